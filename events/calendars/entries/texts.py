"""The VEVENT of an entry, in the active language and for one audience: what a calendar program shows of a session.

What is here and what is not follows from what the programs do with it:

- DTSTAMP and LAST-MODIFIED are the stored time of the revision, never "now": else every program sees every entry changed.
- A postponed session is CANCELLED, with "POSTPONED:" before its title: nothing takes place at the time that the entry tells,
  so it must not block it. Once a new time is set the same UID comes back as CONFIRMED with a higher SEQUENCE.
- There is no ORGANIZER: Outlook would show a meeting of somebody else's, and the invitation by mail, which has the same
  UID, needs a mailbox of its own there. CONTACT names the centre instead. There is no ATTENDEE: it is personal data.
- The link to join is in the entry of confirmed participants only.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import pgettext as word

from events.calendars.entries import ical, timezones
from events.calendars.entries.colours import COLOURS
from events.calendars.models import Entry, EntryText
from events.programme.markdown import plain
from events.programme.models import Event, Session, Speaker
from network.vocabulary import LANGUAGE_NAMES

Audience = EntryText.Audience

LONGEST_DESCRIPTION = 2000  # characters; the rest is a click away


def event_address(event: Event) -> str:
    """The event's public page, with the host."""
    return f"{settings.SITE_URL}{event.get_absolute_url()}"


def vevent(*, entry: Entry, event: Event, session: Session | None, audience: str, sibling: str = "") -> str:
    """The component, folded. ``session`` is None once it was removed; ``sibling`` is the UID of the course's first entry."""
    off = entry.cancelled
    tentative = audience in (Audience.TENTATIVE, Audience.STAFF)
    free = off or audience in (Audience.PUBLIC, Audience.STAFF) or entry.kind == Entry.Kind.DEADLINE
    busy = "FREE" if free else "TENTATIVE" if tentative else "BUSY"
    status = "CANCELLED" if off else "TENTATIVE" if tentative else "CONFIRMED"
    address = event_address(event)
    stamp = ical.utc(entry.changed_at)
    return ical.lines(
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"DTSTAMP:{stamp}",
        f"CREATED:{ical.utc(entry.created_at)}",
        f"LAST-MODIFIED:{stamp}",
        f"SEQUENCE:{entry.sequence}",
        *_times(entry),
        f"SUMMARY:{ical.text(_summary(entry, event, audience))}",
        f"STATUS:{status}",
        f"TRANSP:{'TRANSPARENT' if busy == 'FREE' else 'OPAQUE'}",
        f"X-MICROSOFT-CDO-BUSYSTATUS:{busy}",
        f"CLASS:{'PUBLIC' if event.visibility == Event.Visibility.PUBLIC else 'PRIVATE'}",
        f"DESCRIPTION:{ical.text(_description(entry, event, session, audience, address))}",
        *_place(event),
        f"URL:{ical.uri(address)}",
        f"CATEGORIES:{ical.texts([str(event.get_kind_display()), *map(str, event.sectors.all())])}",
        f"COLOR:{COLOURS[event.kind][0]}",
        f"CONTACT:{ical.text(_contact(event))}",
        *_conference(event, audience, off=off),
        *([f"RELATED-TO;RELTYPE=SIBLING:{sibling}"] if sibling else []),
        "END:VEVENT",
    )


def place(event: Event) -> str:
    """Where, on one line."""
    online = gettext("Online")
    if event.format == Event.Format.ONLINE:
        return online
    where = event.venue.one_line if event.venue else ""
    if event.format == Event.Format.HYBRID:
        return gettext("%(place)s, and online") % {"place": where} if where else online
    return where


def zone_of(entry: Entry, event: Event) -> str:
    """The zone in whose wall clock the entry is written; empty where it is in whole days, or in UTC."""
    zone = event.timezone
    if entry.all_day or zone == "UTC" or not (timezones.tells(zone, entry.starts_at) and timezones.tells(zone, entry.ends_at)):
        return ""
    return zone


def _times(entry: Entry) -> list[str]:
    """DTSTART and DTEND: whole days as dates with the exclusive end of RFC 5545 §3.6.1, else wall clock and zone."""
    if entry.all_day:
        after = entry.last_day + timedelta(days=1)
        return [f"DTSTART;VALUE=DATE:{ical.day(entry.first_day)}", f"DTEND;VALUE=DATE:{ical.day(after)}"]
    zone = entry.zone
    if not zone:
        return [f"DTSTART:{ical.utc(entry.starts_at)}", f"DTEND:{ical.utc(entry.ends_at)}"]
    return [
        f"DTSTART;TZID={zone}:{timezones.wall_clock(zone, entry.starts_at)}",
        f"DTEND;TZID={zone}:{timezones.wall_clock(zone, entry.ends_at)}",
    ]


def _summary(entry: Entry, event: Event, audience: str) -> str:
    if entry.cancelled:
        if event.state == Event.State.POSTPONED and not entry.is_removed:
            return f"{word('before a title', 'POSTPONED')}: {entry.title}"
        return f"{word('before a title', 'CANCELLED')}: {entry.title}"
    if audience == Audience.STAFF:
        return f"{word('before a title', 'DRAFT')}: {entry.title}"
    if entry.kind == Entry.Kind.DEADLINE:
        return gettext("Last chance to change or give back your place: %(title)s") % {"title": entry.title}
    return f"{word('before a title', 'Not confirmed')}: {entry.title}" if audience == Audience.TENTATIVE else entry.title


def _description(entry: Entry, event: Event, session: Session | None, audience: str, address: str) -> str:
    """Plain text: what changed, what it is about, who, how to join, and the address, which not every program shows."""
    paragraphs = [
        _news(entry, event, audience),
        session.summary if session else "",
        event.summary,
        _shortened(plain(event.description)),
        "\n".join(_facts(event, session, "" if entry.cancelled or audience != Audience.PARTICIPANT else event.join_link)),
        gettext("Details and registration: %(address)s") % {"address": address},
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _news(entry: Entry, event: Event, audience: str) -> str:
    """The first paragraph: why it does not take place, or that a place is not sure."""
    if not entry.cancelled:
        return gettext("Your place is not confirmed yet.") if audience == Audience.TENTATIVE else ""
    if entry.is_removed:
        return gettext("This session was removed from the programme.")
    if event.state == Event.State.POSTPONED:
        return " ".join(filter(None, (gettext("Postponed. The new time is not known yet."), event.state_reason)))
    return " ".join(filter(None, (gettext("Cancelled."), event.state_reason)))


def _facts(event: Event, session: Session | None, join_link: str) -> Iterator[str]:
    def fact(label: str, value: str) -> str:
        return gettext("%(label)s: %(value)s") % {"label": label, "value": value}

    if session and (names := [_speaker(speaker) for speaker in session.speakers.all()]):
        yield fact(gettext("Speakers"), "; ".join(names))
    centres = [event.organising_centre, *event.co_organisers.all()]
    yield fact(gettext("Organised by"), ", ".join(centre.name for centre in centres))
    yield fact(gettext("Language"), _languages(event.languages))
    if event.interpretation:
        yield fact(gettext("Interpretation into"), _languages(event.interpretation))
    if join_link:
        yield fact(gettext("Link to join"), join_link)


def _speaker(speaker: Speaker) -> str:
    return f"{speaker.name} ({speaker.affiliation})" if speaker.affiliation else speaker.name


def _languages(codes: list[str]) -> str:
    return ", ".join(str(LANGUAGE_NAMES.get(code, code)) for code in codes)


def _shortened(value: str) -> str:
    """At most ``LONGEST_DESCRIPTION`` characters, cut between words."""
    if len(value) <= LONGEST_DESCRIPTION:
        return value
    return value[:LONGEST_DESCRIPTION].rsplit(maxsplit=1)[0] + " …"


def _place(event: Event) -> Iterator[str]:
    """LOCATION, and the point on the map. Apple shows its map only where X-TITLE is the text of LOCATION."""
    where = place(event)
    if where:
        yield f"LOCATION:{ical.text(where)}"
    venue = event.venue
    if event.format == Event.Format.ONLINE or venue is None or venue.latitude is None or venue.longitude is None:
        return
    yield f"GEO:{venue.latitude:.5f};{venue.longitude:.5f}"
    point = f"geo:{venue.latitude:.5f},{venue.longitude:.5f}"
    yield f"X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE={ical.parameter(where)}:{point}"


def _contact(event: Event) -> str:
    centre = event.organising_centre
    return f"{centre.name}, {centre.website}" if centre.website else centre.name


def _conference(event: Event, audience: str, *, off: bool) -> list[str]:
    """The link to join, for those who have a place (RFC 7986 §5.11)."""
    if off or audience != Audience.PARTICIPANT or not event.join_link:
        return []
    label = ical.parameter(gettext("Join online"))
    return [f"CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL={label}:{ical.uri(event.join_link)}"]
