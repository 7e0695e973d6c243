"""What must be true of an event before it is written: all rules at once, each problem at its field."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import TextChoices
from django.utils.translation import gettext as _

from events.programme.checks_of_places import choice_of_sessions, places_of_event, registration_numbers
from events.programme.checks_of_times import (
    CheckedSession,
    period_of_event,
    registration_times,
    sessions_known,
    sessions_within,
    with_a_session,
    with_times,
)
from events.programme.facts import EventFacts, SpeakerFacts
from events.programme.models import Event, Session, Speaker
from events.programme.periods import Period, day_in_words
from events.programme.texts import Errors, cleaned_column
from network.errors import Invalid
from network.models import Centre, Competence, Organisation
from network.vocabulary import LANGUAGE_NAMES

Format = Event.Format

#: What an event of each format needs before it can be published. A draft may still lack it.
NEEDED_TO_PUBLISH: dict[str, tuple[str, ...]] = {
    Format.ON_SITE: ("venue",),
    Format.ONLINE: ("join_link",),
    Format.HYBRID: ("venue", "join_link"),
}

# Limits that keep one event from being a burden for all. Lengths of texts are those of the columns.
MOST_SPEAKERS = 60

ONE_LINE = ("title", "summary", "audience", "eligibility")
MANY_LINES = ("description", "learning_outcomes")


@dataclass(frozen=True)
class CheckedEvent:
    """An event that may be written: its facts in their normal form, and the times that follow from them.

    In the normal form texts are trimmed, all times are explicit and carry the offset of the event's zone, and sessions are in
    the order of their start: ``facts_of`` the written event gives the same facts.
    """

    facts: EventFacts
    period: Period
    sessions: tuple[CheckedSession, ...]


def check(facts: EventFacts, *, event: Event | None, publishing: bool = False) -> CheckedEvent:
    """Check everything that an organiser states, and put it into its normal form.

    ``event`` is the one that is edited, read under lock, or None for a new one. ``publishing`` asks for what a draft may lack;
    an event that is published already always needs it.

    Raises Invalid with every problem that was found, by path: field names of ``EventFacts``, ``sessions.1.starts`` for the
    start of the second session, ``sessions.0.speakers.2.name``, ``competences.0.level``.
    """
    errors = Errors()
    facts = _texts(facts, errors)
    _choices(facts, errors)
    _languages(facts, errors)
    _organisers(facts, errors)
    _competences(facts, errors)
    places_of_event(facts, event, errors)
    registration_numbers(facts, errors)
    _join_link(facts, errors)
    if publishing or (event is not None and event.state != Event.State.DRAFT):
        _needed_to_publish(facts, errors)
    period = period_of_event(facts, errors)
    own = {session.pk: session for session in event.sessions.all()} if event is not None else {}
    facts = with_a_session(facts, own)
    sessions_known(facts, own, errors)
    choice_of_sessions(facts, event, own, errors)
    if period is None:
        _speakers(facts, errors)
        raise Invalid(errors.found)
    _centre_still_there(facts, event, period, errors)
    facts = registration_times(facts, period, errors)
    sessions = sessions_within(facts, period, errors)
    _speakers(facts, errors)
    errors.stop_if_any()
    facts = replace(
        with_times(facts, period),
        sessions=tuple(session.facts for session in sessions),
        languages=tuple(facts.languages),
        interpretation=tuple(facts.interpretation),
    )
    return CheckedEvent(facts, period, sessions)


# --- Texts ---------------------------------------------------------------------------------------------------------


def _texts(facts: EventFacts, errors: Errors) -> EventFacts:
    cleaned: dict[str, Any] = {name: cleaned_column(Event, name, getattr(facts, name), name, errors) for name in ONE_LINE}
    cleaned |= {name: cleaned_column(Event, name, getattr(facts, name), name, errors, lines=True) for name in MANY_LINES}
    for name in ("title", "summary"):
        if not cleaned[name] and name not in errors.found:
            errors.add(name, _("This is needed."))
    sessions = []
    for index, session in enumerate(facts.sessions):
        path = f"sessions.{index}"
        sessions.append(
            replace(
                session,
                title=cleaned_column(Session, "title", session.title, f"{path}.title", errors),
                summary=cleaned_column(Session, "summary", session.summary, f"{path}.summary", errors),
                speakers=tuple(
                    _speaker(speaker, f"{path}.speakers.{place}", errors) for place, speaker in enumerate(session.speakers)
                ),
            )
        )
    return replace(facts, **cleaned, join_link=facts.join_link.strip(), sessions=tuple(sessions))


def _speaker(speaker: SpeakerFacts, path: str, errors: Errors) -> SpeakerFacts:
    name = cleaned_column(Speaker, "name", speaker.name, f"{path}.name", errors)
    if not name and f"{path}.name" not in errors.found:
        errors.add(f"{path}.name", _("This is needed."))
    return replace(
        speaker,
        name=name,
        affiliation=cleaned_column(Speaker, "affiliation", speaker.affiliation, f"{path}.affiliation", errors),
    )


# --- Choices -------------------------------------------------------------------------------------------------------


def _one_of(choices: type[TextChoices], value: str, path: str, errors: Errors) -> None:
    if value not in choices.values:
        known = ", ".join(choices.values)
        errors.add(path, _("“%(value)s” is not known here. Use one of: %(known)s.") % {"value": value, "known": known})


def _choices(facts: EventFacts, errors: Errors) -> None:
    _one_of(Event.Kind, facts.kind, "kind", errors)
    _one_of(Event.Format, facts.format, "format", errors)
    _one_of(Event.Visibility, facts.visibility, "visibility", errors)
    _one_of(Event.Approver, facts.approver, "approver", errors)
    _one_of(Event.Promotion, facts.promotion, "promotion", errors)
    _known_once(facts.eligible_kinds, Organisation.Kind.values, "eligible_kinds", errors)


def _known_once(codes: Sequence[str], known: Iterable[str], path: str, errors: Errors) -> None:
    known = list(known)
    if unknown := [code for code in codes if code not in known]:
        errors.add(path, _("Not known here: %(codes)s.") % {"codes": ", ".join(unknown)})
    if twice := _twice(codes):
        errors.add(path, _("Named twice: %(codes)s.") % {"codes": ", ".join(twice)})


def _twice(values: Iterable[Any]) -> list[Any]:
    values = list(values)
    return list(dict.fromkeys(value for value in values if values.count(value) > 1))


def _languages(facts: EventFacts, errors: Errors) -> None:
    if not facts.languages:
        errors.add("languages", _("Choose at least one language."))
    _known_once(facts.languages, LANGUAGE_NAMES, "languages", errors)
    _known_once(facts.interpretation, LANGUAGE_NAMES, "interpretation", errors)
    if spoken := [
        str(LANGUAGE_NAMES[code]) for code in facts.interpretation if code in facts.languages and code in LANGUAGE_NAMES
    ]:
        errors.add(
            "interpretation",
            _("%(languages)s is spoken at the event; interpretation is into other languages.")
            % {"languages": ", ".join(spoken)},
        )


def _organisers(facts: EventFacts, errors: Errors) -> None:
    if facts.organising_centre in facts.co_organisers:
        errors.add("co_organisers", _("%(centre)s organises the event itself.") % {"centre": facts.organising_centre})
    if twice := _twice(facts.co_organisers):
        errors.add("co_organisers", _("Named twice: %(codes)s.") % {"codes": ", ".join(map(str, twice))})
    if twice := _twice(facts.sectors):
        errors.add("sectors", _("Named twice: %(codes)s.") % {"codes": ", ".join(map(str, twice))})


def _centre_still_there(facts: EventFacts, event: Event | None, period: Period, errors: Errors) -> None:
    """A centre that has ended organises nothing new; what it organised stays as it is."""
    unchanged = event is not None and event.last_day == period.last_day
    before: set[int] = set()
    if event is not None and unchanged:
        before = {event.organising_centre_id, *(centre.pk for centre in event.co_organisers.all())}
    if facts.organising_centre.pk not in before:
        _require_active(facts.organising_centre, period, "organising_centre", errors)
    for centre in facts.co_organisers:
        if centre.pk not in before:
            _require_active(centre, period, "co_organisers", errors)


def _require_active(centre: Centre, period: Period, path: str, errors: Errors) -> None:
    if centre.active_until is None or centre.active_until >= period.last_day:
        return
    message = _("%(centre)s was active until %(day)s only.") % {
        "centre": centre,
        "day": day_in_words(centre.active_until),
    }
    if centre.successor is not None:
        message += " " + _("Its successor is %(centre)s.") % {"centre": centre.successor}
    errors.add(path, message)


def _competences(facts: EventFacts, errors: Errors) -> None:
    for index, (competence, level) in enumerate(facts.competences):
        if level not in Competence.Level.values:
            errors.add(f"competences.{index}.level", _("Levels go from 0 (below basic) to 4 (expert)."))
        if competence in [other for other, _level in facts.competences[:index]]:
            errors.add(f"competences.{index}.competence", _("%(competence)s is named twice.") % {"competence": competence})


def _join_link(facts: EventFacts, errors: Errors) -> None:
    if not facts.join_link:
        return
    most = Event._meta.get_field("join_link").max_length or 0  # noqa: SLF001
    if len(facts.join_link) > most:
        errors.add(
            "join_link",
            _("This has %(length)s characters; there is room for %(most)s.") % {"length": len(facts.join_link), "most": most},
        )
        return
    try:
        URLValidator(schemes=["https", "http"])(facts.join_link)
    except ValidationError:
        errors.add("join_link", _("This is not an address that a browser can open. It starts with https://."))


def _needed_to_publish(facts: EventFacts, errors: Errors) -> None:
    messages = {
        "venue": _("An event that people come to needs a venue before it can be published."),
        "join_link": _("An online event needs its link to join before it can be published."),
    }
    for name in NEEDED_TO_PUBLISH.get(facts.format, ()):
        if not getattr(facts, name) and name not in errors.found:
            errors.add(name, messages[name])


# --- Speakers ------------------------------------------------------------------------------------------------------


def _speakers(facts: EventFacts, errors: Errors) -> None:
    for index, session in enumerate(facts.sessions):
        if len(session.speakers) > MOST_SPEAKERS:
            errors.add(f"sessions.{index}.speakers", _("At most %(most)s people in a session.") % {"most": MOST_SPEAKERS})
        for place, speaker in enumerate(session.speakers):
            _one_of(Speaker.Part, speaker.part, f"sessions.{index}.speakers.{place}.part", errors)
