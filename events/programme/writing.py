"""Puts checked facts into rows: the event, its sessions, speakers and competences. Called by actions alone, under lock."""

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from events.programme.checks import CheckedEvent
from events.programme.checks_of_times import CheckedSession
from events.programme.models import Event, EventCompetence, Session, Speaker, Timed
from events.programme.periods import day_in_words
from network.errors import Invalid

#: Facts that are columns of the same name.
COLUMNS = (
    "kind", "title", "summary", "description", "learning_outcomes", "organising_centre", "funding", "format", "venue",
    "join_link", "timezone", "audience", "visibility", "eligibility", "needs_approval", "approver", "places", "promotion",
    "offer_hours", "reminder_days", "special_answers_days", "attendance_share",
)  # fmt: skip
SESSION_COLUMNS = ("title", "summary", "credited_minutes", "is_chosen", "places")
CODES = ("languages", "interpretation", "eligible_kinds")


def write(event: Event, checked: CheckedEvent) -> None:
    """Save the event and make everything that hangs on it what ``checked`` says. Rows that stay the same are not touched.

    Raises Invalid at ``sessions`` when a session would go at which attendance is recorded.
    """
    facts = checked.facts
    for name in COLUMNS:
        setattr(event, name, getattr(facts, name))
    for name in CODES:
        setattr(event, name, list(getattr(facts, name)))
    event.registration_opens_at, event.registration_closes_at = facts.registration_opens, facts.registration_closes
    event.changes_close_at = facts.changes_close
    event.has_choices = any(session.is_chosen for session in facts.sessions)
    checked.period.write_to(event)
    event.save()
    event.co_organisers.set(facts.co_organisers)
    event.sectors.set(facts.sectors)
    _write_competences(event, checked)
    _write_sessions(event, checked)


def _write_competences(event: Event, checked: CheckedEvent) -> None:
    present = {taught.competence_id: taught for taught in event.taught.all()}
    for competence, level in checked.facts.competences:
        taught = present.pop(competence.pk, None) or EventCompetence(event=event, competence=competence)
        if taught.pk is None or taught.level != level:
            taught.level = level
            taught.save()
    for taught in present.values():
        taught.delete()


def _write_sessions(event: Event, checked: CheckedEvent) -> None:
    present = {session.pk: session for session in event.sessions.prefetch_related("speakers")}
    kept = {one.facts.id for one in checked.sessions}
    for key, session in present.items():
        if key not in kept:
            _remove(session)
    for one in checked.sessions:
        session = present[one.facts.id] if one.facts.id is not None else Session(event=event)
        _write_session(session, one)


def _remove(session: Session) -> None:
    # Attendance is a floor above: it protects its sessions in the database, and that is how we know.
    name, day = session.title or session.event.title, day_in_words(session.first_day)
    try:
        with transaction.atomic():
            session.delete()
    except ProtectedError:
        message = _("“%(session)s” of %(day)s cannot be removed: it is recorded who was there.")
        raise Invalid({"sessions": [message % {"session": name, "day": day}]}) from None


def _write_session(session: Session, one: CheckedSession) -> None:
    before = _state_of(session)
    for name in SESSION_COLUMNS:
        setattr(session, name, getattr(one.facts, name))
    one.period.write_to(session)
    if session.pk is None or before != _state_of(session):
        session.save()
    _write_speakers(session, one)


def _state_of(session: Session) -> list[Any]:
    return [getattr(session, name) for name in (*SESSION_COLUMNS, *(field.name for field in Timed._meta.get_fields()))]  # noqa: SLF001


def _write_speakers(session: Session, one: CheckedSession) -> None:
    """Speakers have no identity of their own: they are rewritten from the first place that differs."""
    present = list(session.speakers.all())
    for place, facts in enumerate(one.facts.speakers):
        speaker = present[place] if place < len(present) else Speaker(session=session)
        stated = {
            "name": facts.name,
            "affiliation": facts.affiliation,
            "part": facts.part,
            "person": facts.person,
            "order": place,
        }
        if speaker.pk is None or any(getattr(speaker, name) != value for name, value in stated.items()):
            for name, value in stated.items():
                setattr(speaker, name, value)
            speaker.save()
    for speaker in present[len(one.facts.speakers) :]:
        speaker.delete()
