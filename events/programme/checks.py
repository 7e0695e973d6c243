"""What must be true of an event before it is written: all rules at once, each problem at its field."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.programme.facts import EventFacts, SessionFacts, SpeakerFacts
from events.programme.models import Event, Session, Speaker
from events.programme.periods import Period, day_in_words, instant, moment_in_words
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
MOST_PLACES = 100_000
MOST_SESSIONS = 200
MOST_SPEAKERS = 60
MINUTES_OF_A_DAY = 24 * 60

ONE_LINE = ("title", "summary", "audience", "eligibility")
MANY_LINES = ("description", "learning_outcomes")
TIMES = ("starts", "ends", "first_day", "last_day")


@dataclass(frozen=True)
class CheckedSession:
    """A session that may be written."""

    facts: SessionFacts
    period: Period


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
    _places(facts, event, errors)
    _join_link(facts, errors)
    if publishing or (event is not None and event.state != Event.State.DRAFT):
        _needed_to_publish(facts, errors)
    period = _period(facts, errors)
    _sessions_known(facts, event, errors)
    if period is None:
        _speakers(facts, errors)
        raise Invalid(errors.found)
    _centre_still_there(facts, event, period, errors)
    facts = _registration_window(facts, period, errors)
    facts, sessions = _sessions(facts, event, period, errors)
    _speakers(facts, errors)
    errors.stop_if_any()
    facts = replace(
        _with_times(facts, period),
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


def _places(facts: EventFacts, event: Event | None, errors: Errors) -> None:
    if not 1 <= facts.attendance_share <= 100:
        errors.add("attendance_share", _("This is a percentage: from 1 to 100."))
    if facts.places is None:
        return
    taken = event.places_taken if event is not None else 0
    if facts.places < 1:
        errors.add("places", _("There must be at least one place. For no limit, leave this empty."))
    elif facts.places > MOST_PLACES:
        errors.add("places", _("At most %(most)s. For no limit, leave this empty.") % {"most": MOST_PLACES})
    elif facts.places < taken:
        errors.add(
            "places",
            ngettext(
                "%(taken)s place is taken already. Cancel registrations first, or keep at least that many.",
                "%(taken)s places are taken already. Cancel registrations first, or keep at least that many.",
                taken,
            )
            % {"taken": taken},
        )


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


# --- Times ---------------------------------------------------------------------------------------------------------


def _period(facts: EventFacts, errors: Errors) -> Period | None:
    try:
        return _period_of(facts, all_day=facts.all_day, timezone=facts.timezone)
    except Invalid as error:
        errors.take(error)
        return None


def _period_of(thing: EventFacts | SessionFacts, *, all_day: bool, timezone: str) -> Period:
    """The period that is stated. Raises Invalid for missing times, for those of the other kind, and as Period does."""
    stated, other = (TIMES[2:], TIMES[:2]) if all_day else (TIMES[:2], TIMES[2:])
    problems = {name: [_("This is needed.")] for name in stated if getattr(thing, name) is None}
    for name in other:
        if getattr(thing, name) is not None:
            problems[name] = [
                _("The event is of whole days: give days, without a time of day.")
                if all_day
                else _("The event has times of day: give the start and the end with their time.")
            ]
    if problems:
        raise Invalid(problems)
    if all_day:
        assert thing.first_day is not None  # noqa: S101 - for the type checker; checked above
        assert thing.last_day is not None  # noqa: S101
        return Period.whole_days(thing.first_day, thing.last_day, timezone)
    assert thing.starts is not None  # noqa: S101
    assert thing.ends is not None  # noqa: S101
    return Period.timed(thing.starts, thing.ends, timezone)


def _with_times(thing: Any, period: Period) -> Any:
    """The facts with their times as the period has them, and none of the other kind."""
    if period.all_day:
        return replace(thing, starts=None, ends=None, first_day=period.first_day, last_day=period.last_day)
    return replace(thing, starts=period.starts, ends=period.ends, first_day=None, last_day=None)


def _registration_window(facts: EventFacts, period: Period, errors: Errors) -> EventFacts:
    window: dict[str, datetime | None] = {}
    for name in ("registration_opens", "registration_closes"):
        moment = getattr(facts, name)
        try:
            window[name] = None if moment is None else instant(moment, period.zone).astimezone(period.zone)
        except Invalid as error:
            errors.take(error, instead=name)
            window[name] = None
    opens, closes = window["registration_opens"], window["registration_closes"]
    if opens and opens.astimezone(UTC) >= period.ends_at:
        errors.add("registration_opens", _("Registration must open before the event ends."))
    if closes and closes.astimezone(UTC) > period.ends_at:
        errors.add("registration_closes", _("Registration must close before the event ends."))
    if opens and closes and closes <= opens:
        errors.add("registration_closes", _("Registration must close after it opens."))
    return replace(facts, registration_opens=opens, registration_closes=closes)


# --- Sessions ------------------------------------------------------------------------------------------------------


def _sessions_known(facts: EventFacts, event: Event | None, errors: Errors) -> None:
    """Sessions that are named by id must be this event's, each once."""
    if len(facts.sessions) > MOST_SESSIONS:
        errors.add("sessions", _("At most %(most)s sessions.") % {"most": MOST_SESSIONS})
    own = {session.pk for session in event.sessions.all()} if event is not None else set()
    seen: set[int] = set()
    for index, session in enumerate(facts.sessions):
        if session.id is None:
            continue
        if session.id not in own:
            errors.add(f"sessions.{index}.id", _("The event has no session of this number. Leave it out for a new session."))
        elif session.id in seen:
            errors.add(f"sessions.{index}.id", _("This session is named twice."))
        seen.add(session.id)


def _sessions(
    facts: EventFacts, event: Event | None, period: Period, errors: Errors
) -> tuple[EventFacts, tuple[CheckedSession, ...]]:
    """Each session with its period: it lies within the event, or, stated without times, lasts as long as the event."""
    stated = facts.sessions
    if not stated:
        # The only session of an event keeps its identity: calendars and attendance know it by that.
        first = event.sessions.first() if event is not None else None
        stated = (SessionFacts(id=first.pk if first else None),)
    checked = []
    for index, session in enumerate(stated):
        path = f"sessions.{index}."
        if all(getattr(session, name) is None for name in TIMES):
            own = period
        else:
            try:
                own = _period_of(session, all_day=period.all_day, timezone=period.timezone)
            except Invalid as error:
                errors.take(error, prefix=path)
                continue
            _within(own, period, path, errors)
        if session.credited_minutes is not None and not 0 <= session.credited_minutes <= own.days * MINUTES_OF_A_DAY:
            errors.add(
                f"{path}credited_minutes",
                _("This must be from 0 to the length of the session, %(most)s minutes.")
                % {"most": own.days * MINUTES_OF_A_DAY},
            )
        checked.append(CheckedSession(_with_times(session, own), own))
    checked.sort(key=lambda one: (one.period.starts_at, one.facts.id is None, one.facts.id or 0))
    return facts, tuple(checked)


def _within(own: Period, whole: Period, path: str, errors: Errors) -> None:
    if whole.contains(own):
        return
    start, end = ("first_day", "last_day") if whole.all_day else ("starts", "ends")
    if own.starts_at < whole.starts_at or own.starts_at >= whole.ends_at:
        errors.add(
            path + start, _("The session must lie within the event, which starts %(start)s and ends %(end)s.") % _shown(whole)
        )
    if own.ends_at > whole.ends_at or own.ends_at <= whole.starts_at:
        errors.add(
            path + end, _("The session must lie within the event, which starts %(start)s and ends %(end)s.") % _shown(whole)
        )


def _shown(period: Period) -> dict[str, str]:
    if period.all_day:
        return {"start": day_in_words(period.first_day), "end": day_in_words(period.last_day)}
    return {"start": moment_in_words(period.starts), "end": moment_in_words(period.ends)}


def _speakers(facts: EventFacts, errors: Errors) -> None:
    for index, session in enumerate(facts.sessions):
        if len(session.speakers) > MOST_SPEAKERS:
            errors.add(f"sessions.{index}.speakers", _("At most %(most)s people in a session.") % {"most": MOST_SPEAKERS})
        for place, speaker in enumerate(session.speakers):
            _one_of(Speaker.Part, speaker.part, f"sessions.{index}.speakers.{place}.part", errors)
