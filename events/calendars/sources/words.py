"""What went wrong with a source, in words for the centre: what it is, and what works."""

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from events.calendars.models import Source

Words = str | Promise

#: What keeps a source from being fetched or read. “%(detail)s” is the detail of the exception.
PROBLEMS: dict[str, Words] = {
    "address": _("This is not an address of the web. It begins with https:// and has no blanks."),
    "address-scheme": _("The address has to begin with https:// or webcal://, also where it leads on to."),
    "address-port": _("The address names a port. Calendars are read at the usual port of https only."),
    "address-password": _("The address has a name or a password in it. Use one that everybody may read."),
    "address-own": _("The address is one of this site. What is here already does not have to be fetched."),
    "address-unknown": _("There is no server of the name %(detail)s that this site may read."),
    "connection": _("The server %(detail)s does not answer, or broke off."),
    "timeout": _("The server took too long to answer."),
    "tls": _("The certificate of %(detail)s is not valid, so that nobody can know whether it is the right server."),
    "protocol": _("The server’s answer is not one of the web (HTTP)."),
    "redirects": _("The address leads on to another more than %(detail)s times."),
    "status": _("The server answered with the error %(detail)s."),
    "packing": _("The server packed the calendar in a way that could not be unpacked."),
    "half": _("The calendar is incomplete: its end is missing."),
    "too-large": _("The calendar is larger than %(detail)s MB."),
    "too-many-lines": _("The calendar has more than %(detail)s lines."),
    "too-many-events": _("The calendar has more than %(detail)s events."),
    "too-many-zones": _("The calendar describes more than %(detail)s time zones."),
    "too-many-dates": _("The calendar has more than %(detail)s dates between three months ago and in eighteen months."),
    "too-many-together": _(
        "The calendars that your centre shows would have more than %(detail)s dates together. Hide one, or publish fewer dates."
    ),
    "grown": _("It suddenly has %(now)s dates, before %(before)s. Look, then fetch it again by hand to take it over."),
    "too-much-work": _("It takes too long to work out the dates of this calendar: one of its repetitions makes no sense."),
    "nothing": _("There is nothing in it."),
    "html": _("This is a web page, not a calendar. Look for an address or a file that ends in .ics or is called iCal."),
    "no-calendar": _("This is not a calendar: it does not begin with BEGIN:VCALENDAR."),
    "structure": _("The calendar is broken: its parts do not begin and end in pairs."),
    "ours": _("All events in this calendar come from this site. What is here already does not have to be fetched."),
    "nothing-readable": _("None of its events could be read. The first one: %(detail)s."),
}

#: The same for single statuses of HTTP, which a person can do something about.
STATUSES: dict[str, Words] = {
    "401": _("The server asks for a password (401). Use an address that everybody may read."),
    "403": _("The server does not let us read the calendar (403). Publish it for everybody."),
    "404": _("There is nothing at this address (404). Look up the address where you publish the calendar."),
    "410": _("The calendar is no longer at this address (410). Look up where it is now."),
    "429": _("The server says that it is asked too often (429)."),
}

#: Why a single event is left out.
FAULTS: dict[str, Words] = {
    "private": _("marked as private"),
    "ours": _("comes from this site"),
    "no-title": _("has no title"),
    "no-start": _("has no start"),
    "zone": _("names a time zone that the calendar does not describe"),
    "rule": _("repeats by a rule that is not taken, such as every hour"),
    "year": _("begins in a year that nobody can mean"),
    "too-long": _("lasts longer than a year"),
    "same-uid": _("has the same UID as another event"),
    "format": _("is not written as the standard says"),
}


def problem(code: str, detail: str = "") -> str:
    """In words what kept a source from being read; empty for no code."""
    if not code:
        return ""
    words = STATUSES.get(detail) if code == "status" else None
    if words is None:
        words = PROBLEMS.get(code, _("The calendar could not be read."))
    now, _blank, before = detail.partition(" ")
    return str(words) % {"detail": fault(detail) if code == "nothing-readable" else detail, "now": now, "before": before}


def fault(code: str) -> str:
    """In words why an event is left out."""
    return str(FAULTS.get(code, FAULTS["format"]))


def remark(title: str, code: str) -> str:
    """An event that is left out, with the reason."""
    words = {"title": title or gettext("An event without a title"), "why": fault(code)}
    return gettext("%(title)s: %(why)s") % words


def found(shown: int, left_out: int) -> str:
    """“43 dates, 2 events were left out”."""
    parts = [ngettext("%(n)d date", "%(n)d dates", shown) % {"n": shown}]
    if left_out:
        parts.append(ngettext("%(n)d event was left out", "%(n)d events were left out", left_out) % {"n": left_out})
    return ", ".join(parts)


def says(source: Source) -> str:
    """What is wrong with a source at the moment."""
    return problem(source.error, source.error_detail)
