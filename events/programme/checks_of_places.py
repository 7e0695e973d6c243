"""What must be true of an event's places, of the sessions that participants choose, and of the numbers of its registration."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.programme.facts import EventFacts, SessionFacts
from events.programme.models import Event, Session
from events.programme.periods import day_in_words
from events.programme.texts import Errors

MOST_PLACES = 100_000

#: States of a registration that hold a place. They belong to a floor above: only the relations to it are used.
HOLDING = ("offered", "confirmed")


def registration_numbers(facts: EventFacts, errors: Errors) -> None:
    """Percentages, hours and days lie where the database allows them."""
    for name, least, most, message in (
        ("attendance_share", 1, 100, _("This is a percentage: from 1 to 100.")),
        ("offer_hours", 1, 720, _("From 1 to 720 hours, which are 30 days.")),
        ("reminder_days", 0, 30, _("From 0 to 30 days. 0 stands for no reminder.")),
        ("special_answers_days", 0, 365, _("From 0 to 365 days.")),
    ):
        if not least <= getattr(facts, name) <= most:
            errors.add(name, message)


def places_of_event(facts: EventFacts, event: Event | None, errors: Errors) -> None:
    """At least one place, and none that somebody has is taken away. ``event`` was read under its lock."""
    taken = event.places_taken if event is not None else 0
    _enough(
        facts.places,
        taken,
        ngettext(
            "%(taken)s place is taken already. Cancel registrations first, or keep at least that many.",
            "%(taken)s places are taken already. Cancel registrations first, or keep at least that many.",
            taken,
        ),
        "places",
        errors,
    )


def choice_of_sessions(facts: EventFacts, event: Event | None, own: Mapping[int, Session], errors: Errors) -> None:
    """Only sessions that participants choose have places, no fewer than are taken; nobody's session goes away or changes.

    ``own`` are the event's present sessions by id, read under the lock of the event's row.
    """
    for index, session in enumerate(facts.sessions):
        _places_of_session(session, own.get(session.id or 0), f"sessions.{index}.places", errors)
    _flags_stay(facts.sessions, event, own, errors)
    kept = {session.id for session in facts.sessions}
    for key, present in own.items():
        if key not in kept and present.is_chosen and (taken := _choosers(present)):
            message = ngettext(
                "“%(session)s” of %(day)s cannot be removed: %(taken)s person chose it. Let them choose another session first.",
                "“%(session)s” of %(day)s cannot be removed: %(taken)s people chose it. Let them choose another session first.",
                taken,
            )
            named = {"session": present.title or facts.title, "day": day_in_words(present.first_day), "taken": taken}
            errors.add("sessions", message % named)


def _places_of_session(session: SessionFacts, present: Session | None, path: str, errors: Errors) -> None:
    if session.places is not None and not session.is_chosen:
        errors.add(path, _("Only a session that participants choose has places of its own. All participants come to this one."))
        return
    taken = present.places_taken if present is not None else 0
    message = ngettext(
        "%(taken)s place is taken already. Let people choose another session first, or keep at least that many.",
        "%(taken)s places are taken already. Let people choose another session first, or keep at least that many.",
        taken,
    )
    _enough(session.places, taken, message, path, errors)


def _enough(places: int | None, taken: int, message: str, path: str, errors: Errors) -> None:
    if places is None:
        return
    if places < 1:
        errors.add(path, _("There must be at least one place. For no limit, leave this empty."))
    elif places > MOST_PLACES:
        errors.add(path, _("At most %(most)s. For no limit, leave this empty.") % {"most": MOST_PLACES})
    elif places < taken:
        errors.add(path, message % {"taken": taken})


def _flags_stay(stated: Iterable[SessionFacts], event: Event | None, own: Mapping[int, Session], errors: Errors) -> None:
    """Once somebody has a place, a session stays one for all or one to choose: they said yes to the one or the other."""
    turned = [
        (index, present)
        for index, session in enumerate(stated)
        if (present := own.get(session.id or 0)) is not None and present.is_chosen != session.is_chosen
    ]
    if event is None or not turned or not (people := _participants(event)):
        return
    for index, present in turned:
        message = (
            ngettext(
                "%(people)s person has a place at the event, so this session stays one that participants choose.",
                "%(people)s people have a place at the event, so this session stays one that participants choose.",
                people,
            )
            if present.is_chosen
            else ngettext(
                "%(people)s person has a place at the event and takes part in this session, so it stays one for all. You can "
                "add new sessions to choose from.",
                "%(people)s people have a place at the event and take part in this session, so it stays one for all. You can "
                "add new sessions to choose from.",
                people,
            )
        )
        errors.add(f"sessions.{index}.is_chosen", message % {"people": people})


def _participants(event: Event) -> int:
    """Who holds a place, those beyond the event's places too."""
    return event.places_taken + event.registrations.filter(is_extra=True, state__in=HOLDING).count()


def _choosers(session: Session) -> int:
    """Who holds a place and chose the session, those beyond its places too."""
    return max(session.places_taken, session.choices.filter(registration__state__in=HOLDING).count())
