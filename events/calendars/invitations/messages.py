"""The bytes of an invitation: one VEVENT, for one attendee, with a method (RFC 5546 §3.2.2 REQUEST, §3.2.5 CANCEL).

It is the participants' entry, with the UID that it has in every feed. Added are:

- ORGANIZER: the centre's name at the address that answers come to, with the address that mails come from as SENT-BY. Mail
  clients compare both with the sender. SENT-BY is quoted: Thunderbird took an unquoted one for a part of the address.
- the person as the only ATTENDEE, so that nobody learns who else takes part;
- ``X-MICROSOFT-DISALLOW-COUNTER``: Outlook then offers no “propose new time”. The time is the same for all participants.

A CANCEL has STATUS:CANCELLED. A REQUEST never has: Google leaves such an entry in the calendar for ever.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from events.calendars.entries import ical, texts, timezones
from events.calendars.feeds import bodies
from events.calendars.invitations.addresses import organiser_address, takes_replies
from events.calendars.models import Entry, EntryText, Invitation
from events.programme.models import Event, Session
from network.sender import sender_address

Audience = EntryText.Audience
Method = Invitation.Method

#: Lines that tell of the revision, and not of the event.
_REVISION = ("CREATED:", "DTSTAMP:", "LAST-MODIFIED:", "SEQUENCE:")


@dataclass(frozen=True)
class Part:
    """What a mail holds for a calendar program: an iTIP message and its method, which the part's header repeats."""

    method: str
    body: bytes
    answers_to: str = ""  # the address in ORGANIZER, where it takes answers


def part_of(invitation: Invitation, event: Event, *, language: str, related: str = "") -> Part:
    """The iTIP message that an invitation stands for. The same invitation and entry are the same bytes."""
    vevent = component(invitation, event, language=language, related=related)
    answers_to = organiser_address(invitation) if takes_replies() else ""
    return in_calendar(invitation.method, vevent, invitation.entry.zone, answers_to)


def in_calendar(method: str, vevent: str, zone: str, answers_to: str = "") -> Part:
    """A VEVENT, with the zone that it names, as an iTIP message."""
    head = bodies.HEAD.replace("METHOD:PUBLISH", f"METHOD:{method}")
    declared = timezones.vtimezone(zone) if zone else ""
    return Part(method, f"{head}{declared}{vevent}END:VCALENDAR\r\n".encode(), answers_to)


def component(invitation: Invitation, event: Event, *, language: str, related: str = "") -> str:
    """The VEVENT. ``event`` comes with all that its entries tell of; ``related`` as in ``texts.vevent``."""
    entry = invitation.entry
    calls_off = invitation.method == Method.CANCEL
    with translation.override(language):
        return texts.vevent(
            entry=entry,
            event=event,
            session=_session(entry, event),
            audience=Audience.PARTICIPANT,
            related=related,
            withdrawn=calls_off and not entry.cancelled,  # it takes place, without this person
            stamp=invitation.stamp,
            sequence=invitation.sequence,
            extra=[*_people(invitation, event, calls_off=calls_off)],
        )


def digest(vevent: str) -> str:
    """Of what a VEVENT tells, whichever its revision."""
    told = [line for line in vevent.split("\r\n") if not line.startswith(_REVISION)]
    return hashlib.sha256("\r\n".join(told).encode()).hexdigest()


def _session(entry: Entry, event: Event) -> Session | None:
    return next((session for session in event.sessions.all() if session.pk == entry.session_id), None)


def _people(invitation: Invitation, event: Event, *, calls_off: bool) -> Iterator[str]:
    """Who invites, and who is invited."""
    address, sender = organiser_address(invitation), sender_address()
    name = gettext("%(centre)s via %(site)s") % {"centre": event.organising_centre.name, "site": settings.SITE_NAME}
    sent_by = f";SENT-BY={ical.parameter(f'mailto:{sender}')}" if sender.lower() != address.lower() else ""
    yield f"ORGANIZER;CN={ical.parameter(name)}{sent_by}:{ical.uri(f'mailto:{address}')}"
    asked = "" if calls_off else f";PARTSTAT=NEEDS-ACTION;RSVP={'TRUE' if takes_replies() else 'FALSE'}"
    person = ical.parameter(str(invitation.registration.person))
    attendee = ical.uri(f"mailto:{invitation.attendee}")
    yield f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT{asked};CN={person}:{attendee}"
    yield "X-MICROSOFT-DISALLOW-COUNTER:TRUE"
