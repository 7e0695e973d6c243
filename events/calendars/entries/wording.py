"""The prose of an entry, in the active language and for one audience: its title, and a description as plain text and as HTML.

Both descriptions are made from the same plain facts, so that nobody reads in one what the other keeps from them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from django.utils.html import escape
from django.utils.translation import gettext, pgettext

from events.calendars.entries import ical
from events.calendars.models import Entry, EntryText
from events.programme import markdown
from events.programme.models import Event, Session, Speaker
from events.programme.wording import When, moment_and_zone
from network.vocabulary import LANGUAGE_NAMES

Audience = EntryText.Audience
Kind = Entry.Kind

LONGEST_DESCRIPTION = 2000  # characters; the rest is a click away
LONGEST_PROGRAMME = 2000
LONGEST_ALTREP = 1000  # octets of the whole value of the parameter

_MARKS = re.compile(r"<(?!/?p>)")  # HTML that says more than where paragraphs are
_AS_THEY_ARE = "/:=!'()"  # allowed in a URI, and common in HTML


@dataclass(frozen=True)
class Line:
    """A line of a description. ``address`` is the part of it that leads somewhere."""

    text: str
    address: str = ""

    @property
    def html(self) -> str:
        """With the address as a link."""
        shown, address = escape(self.text).replace("\n", "<br>"), escape(self.address)
        return shown.replace(address, f'<a href="{address}">{address}</a>') if address else shown


@dataclass(frozen=True)
class Description:
    """What an entry says below its title."""

    opening: list[str]  # paragraphs: what changed, what it is about
    body: str  # the event's description, as its organiser wrote it: Markdown
    facts: list[list[Line]]  # groups of lines: the programme, who and where, the way to the page

    @property
    def plain(self) -> str:
        """For every program (RFC 5545 §3.8.1.5)."""
        groups = ("\n".join(line.text for line in group) for group in self.facts)
        return "\n\n".join(part for part in (*self.opening, _shortened(markdown.plain(self.body)), *groups) if part)

    @property
    def html(self) -> str:
        """The same for a program that shows HTML."""
        opening = "".join(f"<p>{Line(part).html}</p>" for part in self.opening if part)
        groups = "".join(f"<p>{'<br>'.join(line.html for line in group)}</p>" for group in self.facts if group)
        return f"{opening}{markdown.html(self.body)}{groups}"

    @property
    def altrep(self) -> str:
        """The HTML as an address of itself, for ALTREP (RFC 5545 §3.2.1, RFC 2397); empty where it is not worth its octets.

        Thunderbird shows it instead of the text, so it has all of the text or is left out: a longer value than a kilobyte is
        for programs to refuse. It is also left out where the organiser wrote plain paragraphs. Every program that reads HTML
        makes links and paragraphs of plain text by itself, and each entry of each feed would be twice as long for nothing.
        """
        if not _MARKS.search(markdown.html(self.body)):
            return ""
        value = f"data:text/html,{quote(ical.clean(self.html), safe=_AS_THEY_ARE)}"  # Thunderbird wants no charset here
        return value if len(value) < LONGEST_ALTREP else ""


def summary(entry: Entry, event: Event, audience: str, *, withdrawn: bool = False) -> str:
    """The title, with the state before it: many programs show nothing else of STATUS."""
    title = entry.title
    if entry.kind == Kind.DEADLINE:
        title = gettext("Deadline for changes: %(title)s") % {"title": title}
    if prefix := _prefix(entry, event, audience, withdrawn=withdrawn):
        return f"{prefix}: {title}"
    return title


def describe(
    entry: Entry, event: Event, session: Session | None, audience: str, *, address: str, where: str, withdrawn: bool = False
) -> Description:
    """What to say of the entry. The link to join is for who has a place, as long as there is something to join."""
    news = _news(entry, event, audience, withdrawn=withdrawn)
    way = (
        gettext("Edit this event: %(address)s")
        if audience == Audience.STAFF
        else gettext("Details and registration: %(address)s")
    )
    last = [Line(way % {"address": address}, address)]
    if entry.kind == Kind.DEADLINE:
        return Description([news], "", [list(_occasion(event, where)), last])
    join_link = "" if entry.cancelled or withdrawn or audience != Audience.PARTICIPANT else event.join_link
    return Description(
        opening=[news, session.summary if session else "", event.summary],
        body=ical.clean(event.description),
        facts=[
            list(_programme(event)) if entry.kind == Kind.WHOLE and not is_replaced(entry, event) else [],
            list(_facts(event, session, join_link)),
            last,
        ],
    )


def is_replaced(entry: Entry, event: Event) -> bool:
    """Whether the entry stands for something that the event no longer has: a block, or a deadline."""
    return entry.kind != Kind.SESSION and entry.cancelled and not is_off(event)


def is_off(event: Event) -> bool:
    """Whether the event does not take place at the times that it has."""
    return event.state in (Event.State.CANCELLED, Event.State.POSTPONED)


def _prefix(entry: Entry, event: Event, audience: str, *, withdrawn: bool) -> str:
    if is_replaced(entry, event):
        return pgettext("before a title", "NO LONGER VALID")
    if withdrawn or entry.cancelled:
        is_postponed = event.state == Event.State.POSTPONED and not entry.is_removed and not withdrawn
        return pgettext("before a title", "POSTPONED") if is_postponed else pgettext("before a title", "CANCELLED")
    if audience == Audience.STAFF:
        return pgettext("before a title", "DRAFT")
    return pgettext("before a title", "Not confirmed") if audience == Audience.TENTATIVE else ""


def _news(entry: Entry, event: Event, audience: str, *, withdrawn: bool) -> str:
    """The first paragraph: why it does not take place, that a place is not sure, or what there is to do."""
    if is_replaced(entry, event):
        if entry.kind == Kind.DEADLINE:
            return gettext("This deadline no longer applies.")
        return gettext("The event takes place, but no longer in one block: see its sessions.")
    if entry.is_removed:
        return gettext("This session was removed from the programme.")
    if withdrawn and not is_off(event):
        return gettext("You do not take part in this.")
    if entry.cancelled or withdrawn:
        is_postponed = event.state == Event.State.POSTPONED
        what = gettext("Postponed. The new time is not known yet.") if is_postponed else gettext("Cancelled.")
        return " ".join(filter(None, (what, event.state_reason)))
    if entry.kind == Kind.DEADLINE:
        until = moment_and_zone(entry.ends_at, event.timezone)
        return gettext("You can change your registration or give back your place until %(until)s.") % {"until": until}
    if audience == Audience.STAFF:
        return gettext("This event is a draft. Only the centres that organise it can see it.")
    return gettext("Your place is not confirmed yet.") if audience == Audience.TENTATIVE else ""


def _programme(event: Event) -> Iterator[Line]:
    """The sessions of a congress, with day and time on the clock of the event."""
    sessions = list(event.sessions.all())
    if event.all_day:
        yield Line(gettext("Programme:"))
    else:
        yield Line(gettext("Programme (times in %(zone)s):") % {"zone": event.timezone})
    length = 0
    for session in sessions:
        at = When(session, event.timezone)
        time = ", ".join(filter(None, (at.days, at.hours)))
        line = f"– {time}: {session.title}" if session.title else f"– {time}"
        length += len(line)
        if length > LONGEST_PROGRAMME:
            yield Line("…")
            return
        yield Line(line)


def _occasion(event: Event, where: str) -> Iterator[Line]:
    """What a deadline is about."""
    yield _fact(gettext("When"), str(When(event, event.timezone)))
    if where:
        yield _fact(gettext("Where"), where)


def _facts(event: Event, session: Session | None, join_link: str) -> Iterator[Line]:
    if session and (names := [_speaker(speaker) for speaker in session.speakers.all()]):
        yield _fact(gettext("Speakers"), "; ".join(names))
    centres = [event.organising_centre, *event.co_organisers.all()]
    yield _fact(gettext("Organised by"), ", ".join(centre.name for centre in centres))
    yield _fact(gettext("Language"), _languages(event.languages))
    if event.interpretation:
        yield _fact(gettext("Interpretation into"), _languages(event.interpretation))
    if join_link:
        yield _fact(gettext("Link to join"), join_link, join_link)


def _fact(label: str, value: str, address: str = "") -> Line:
    return Line(gettext("%(label)s: %(value)s") % {"label": label, "value": value}, address)


def _speaker(speaker: Speaker) -> str:
    return f"{speaker.name} ({speaker.affiliation})" if speaker.affiliation else speaker.name


def _languages(codes: list[str]) -> str:
    return ", ".join(str(LANGUAGE_NAMES.get(code, code)) for code in codes)


def _shortened(value: str) -> str:
    """At most ``LONGEST_DESCRIPTION`` characters, cut between words."""
    if len(value) <= LONGEST_DESCRIPTION:
        return value
    return value[:LONGEST_DESCRIPTION].rsplit(maxsplit=1)[0] + " …"
