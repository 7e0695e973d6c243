"""What a proposal of another time is answered with: DECLINECOUNTER (RFC 5546 §3.2.8). The time is the same for everybody."""

import re

from events.calendars.entries import ical
from events.calendars.invitations import messages
from events.calendars.invitations.addresses import organiser_address
from events.calendars.invitations.messages import Part
from events.calendars.models import Invitation, Reply
from events.programme.models import Event

METHOD = "DECLINECOUNTER"

#: Of the invitation it repeats what names it, and who speaks with whom.
_KEPT = ("BEGIN:", "END:", "UID:", "DTSTAMP:", "SEQUENCE:", "ORGANIZER", "ATTENDEE", "SUMMARY:")
_QUESTION = re.compile(r";PARTSTAT=[A-Z-]+|;RSVP=[A-Z]+")


def part_of(reply: Reply, *, language: str) -> Part:
    """The iTIP message. The same reply is the same bytes: it has the SEQUENCE that was answered, and the time of the answer."""
    invitation = Invitation.objects.select_related("entry", "registration__person").get(replies=reply)
    event = (
        Event.objects.select_related("organising_centre", "venue")
        .prefetch_related("co_organisers", "sectors", "sessions__speakers")
        .get(entries=invitation.entry)
    )
    # Not saved: the invitation as it was answered.
    invitation.method, invitation.sequence, invitation.stamp = Invitation.Method.REQUEST, reply.sequence or 0, reply.received_at
    vevent = messages.component(invitation, event, language=language)
    whole = vevent.replace("\r\n ", "").split("\r\n")
    kept = [_QUESTION.sub("", line) if line.startswith("ATTENDEE") else line for line in whole if line.startswith(_KEPT)]
    return messages.in_calendar(METHOD, ical.lines(*kept), "", organiser_address(invitation))
