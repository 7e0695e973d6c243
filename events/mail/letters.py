"""From the facts of a queued message to its letter: what the worker composes just before it sends.

A message about a registration is queued as a row of keys: that is all the transaction of a change in a rush can afford. What
it says comes from the database as it is when it leaves, so that a mail that waited for its server is still true. One that is
no longer true (a reminder of a place that was given back, an offer that was answered) is not composed any more.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from events.calendars.invitations.telling import Told
from events.mail import evaluations, replies
from events.mail.composing import Letter, compose
from events.mail.models import Circular, Message
from events.programme.models import Event
from events.programme.rules import runs
from events.programme.wording import When, moment_and_zone, when
from events.registrations.asking.answering import owes_answers
from events.registrations.links import self_service_url
from events.registrations.models import Registration
from network.models import Centre, Person
from network.rules import ORGANISING

State = Registration.State

#: The kind of message that has nothing to tell but what it carries for the calendar.
ABOUT_A_DATE = "calendar-date"

#: What a letter about a registration tells from; one query.
_JOINED = (
    "event__organising_centre",
    "event__venue",
    "person",
    "home_centre",
    "registered_by",
    "takes_over__person",
    "taken_over_by__person",
)


def letter_of(message: Message, told: Told | None = None) -> Letter | None:
    """The letter: as stored if the message was composed when it was queued, else from its facts as things are now.

    ``told`` is what it carries for the calendar; see ``enclosing``. None if what it tells is no longer true.
    """
    if not message.facts:
        return Letter(message.subject, message.text, message.html)
    registration = Registration.objects.select_related(*_JOINED).get(pk=message.facts["registration"])
    if not is_true(message.kind, message.facts, registration) or (message.kind == ABOUT_A_DATE and told is None):
        return None
    person = registration.person
    with translation.override(message.language):
        if "circular" in message.facts:
            circular = Circular.objects.select_related("event__organising_centre", "event__venue", "person")
            return circular_letter(
                circular.get(pk=message.facts["circular"]),
                language=message.language,
                zone=person.timezone,
                my_link=self_service_url(registration),
                confirmed=registration.state == State.CONFIRMED,
            )
        context = context_of(message.facts, registration) | calendar_context(message.kind, told, registration)
        if "reply" in message.facts:
            context |= replies.context_of(message.facts, registration)
        if message.kind in evaluations.KINDS:
            context |= evaluations.context_of(registration)
        letter = compose(message.kind, context, language=message.language, zone=person.timezone)
        return replace(letter, calendar=told.part if told else None)


def is_true(kind: str, facts: Mapping[str, Any], registration: Registration) -> bool:
    """Whether what a message of this kind tells still holds. What has happened stays true; what is asked for may not."""
    event, now = registration.event, timezone.now()
    match kind:
        case "registration-offer" | "offer-reminder":
            return registration.state == State.OFFERED and registration.deadline is not None and registration.deadline > now
        case "event-reminder":
            if registration.state != State.CONFIRMED or event.state != Event.State.PUBLISHED or event.starts_at <= now:
                return False
            return bool(event.starts_at.isoformat() == facts["starts_at"])  # moved: another reminder comes in its time
        case _ if kind in evaluations.KINDS:
            return evaluations.is_true(registration)
        case _ if "reply" in facts:
            return replies.is_true(kind, facts, registration)
        case _:
            return True


def context_of(facts: Mapping[str, Any], registration: Registration) -> dict[str, Any]:
    """What the templates about registrations and their events may say, in the active language."""
    event, person, deadline = registration.event, registration.person, registration.deadline
    is_new = facts.get("before") is None
    taken = registration.takes_over if is_new else getattr(registration, "taken_over_by", None)
    return {
        "event": event,
        "registration": registration,
        "state": registration.state,
        "before": facts.get("before"),
        "is_new": is_new,
        "reason": facts.get("reason", ""),
        "by_oneself": facts.get("by_oneself", False),
        "colleague": colleague(facts, registration),  # who did it, if a colleague did
        "other": "" if taken is None else str(taken.person),  # the other one, where a colleague takes over
        "decider": decider(registration),
        "confirmed": registration.state == State.CONFIRMED,
        "deadline": "" if deadline is None else moment_and_zone(deadline, person.timezone),
        "sessions": sessions_of(registration),
        "access": access_of(event),
        "owes_answers": registration.is_live and owes_answers(registration),
        "my_link": self_service_url(registration),
    }


def calendar_context(kind: str, told: Told | None, registration: Registration) -> dict[str, Any]:
    """What the templates may say of the calendar, in the active language."""
    if told is None:
        return {}
    entry = told.entry
    return {
        "calendar": told.part.method if told.part else "",  # REQUEST, CANCEL, or nothing is enclosed
        "is_change": kind.startswith("event-"),  # of a date that is in the calendar already
        "date_title": entry.title if entry else "",
        "date_when": str(When(entry, registration.event.timezone)) if entry else "",
        "other_dates": len(told.others),
        "too_many_dates": told.is_too_many,
        "calendars_link": f"{settings.SITE_URL}{reverse('my_calendars')}",
    }


def colleague(facts: Mapping[str, Any], registration: Registration) -> str:
    """The name of the colleague who did it for the person: who registered them, and does not run the event. Else empty."""
    by = registration.registered_by
    if by is None or by.pk != facts.get("by") or by.pk == registration.person_id or runs(by, registration.event):
        return ""
    return str(by)


def decider(registration: Registration) -> Centre | None:
    """The centre that approves in place of the organiser: the person's own, where the event leaves it to that."""
    by_home = registration.event.approver == Event.Approver.HOME_CENTRE
    return registration.home_centre if by_home else None


def sessions_of(registration: Registration) -> list[str]:
    """The sessions that were chosen, each with its time."""
    lines = []
    for session in registration.sessions.order_by("starts_at", "pk"):
        session.event = registration.event
        lines.append(f"{session}, {when(session)}")
    return lines


def access_of(event: Event) -> str:
    """How to get in, on one line, where there is a door."""
    return "" if event.venue is None or event.format == Event.Format.ONLINE else " ".join(event.venue.access.split())


def circular_letter(circular: Circular, *, language: str, zone: str, my_link: str, confirmed: bool) -> Letter:
    """What an organiser wrote, with who wrote it and how to answer. ``confirmed``: with the link to join."""
    writer, event = circular.person, circular.event
    context = {
        "event": event,
        "confirmed": confirmed,
        "subject": circular.subject,
        "text": circular.text,
        "writer": writer,
        "centre": writer_centre(writer, event),
        "reply_to": settings.CONTACT_EMAIL if writer is None else writer.email,
        "my_link": my_link,
    }
    return compose("circular", context, language=language, zone=zone)


def writer_centre(writer: Person | None, event: Event) -> Centre | None:
    """For which of the event's centres somebody writes; None for the secretariat."""
    centres = [event.organising_centre, *event.co_organisers.all()]
    if writer is None:
        return centres[0]
    return next((centre for centre in centres if writer.has_role(*ORGANISING, centre_id=centre.pk)), None)
