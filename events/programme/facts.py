"""What an organiser states about an event, before it is checked: the input of ``create`` and ``edit``.

Forms and serializers only turn text into these types. All rules are in ``checks.py``, so that a page and the API refuse
the same things in the same words.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from events.programme.models import Event, Session, Speaker, Venue
from events.programme.periods import Period
from network.models import Centre, Competence, FundingProfile, Person, Sector


@dataclass(frozen=True)
class SpeakerFacts:
    """Somebody on the programme."""

    name: str
    affiliation: str = ""
    part: str = Speaker.Part.SPEAKER
    person: Person | None = None


@dataclass(frozen=True)
class SessionFacts:
    """One session. ``id`` names a session that exists already; without it the session is new.

    Timed: ``starts`` and ``ends``, either aware or as the wall clock of the event's zone (naive).
    Whole days: ``first_day`` and ``last_day``. Without any time it lasts as long as the event.

    ``is_chosen``: participants choose it, and it may have ``places`` of its own. Others are for all participants.
    """

    starts: datetime | None = None
    ends: datetime | None = None
    first_day: date | None = None
    last_day: date | None = None
    title: str = ""
    summary: str = ""
    credited_minutes: int | None = None
    is_chosen: bool = False
    places: int | None = None
    speakers: tuple[SpeakerFacts, ...] = ()
    id: int | None = None


@dataclass(frozen=True)
class EventFacts:
    """Everything that an organiser states about an event. Names are those of the model; times as in SessionFacts.

    ``all_day`` says which pair of times counts, for the event and all its sessions. An event stated without sessions
    has one, as long as the event.
    """

    kind: str
    title: str
    summary: str
    organising_centre: Centre
    format: str
    timezone: str
    languages: tuple[str, ...]
    all_day: bool = False
    starts: datetime | None = None
    ends: datetime | None = None
    first_day: date | None = None
    last_day: date | None = None
    description: str = ""
    learning_outcomes: str = ""
    co_organisers: tuple[Centre, ...] = ()
    funding: FundingProfile | None = None
    venue: Venue | None = None
    join_link: str = ""
    interpretation: tuple[str, ...] = ()
    sectors: tuple[Sector, ...] = ()
    competences: tuple[tuple[Competence, int], ...] = ()
    audience: str = ""
    visibility: str = "public"
    eligible_kinds: tuple[str, ...] = ()
    eligibility: str = ""
    needs_approval: bool = False
    approver: str = "organiser"
    places: int | None = None
    promotion: str = "automatic"
    offer_hours: int = 48
    registration_opens: datetime | None = None
    registration_closes: datetime | None = None
    changes_close: datetime | None = None
    reminder_days: int = 2
    special_answers_days: int = 30
    attendance_share: int = 80
    sessions: tuple[SessionFacts, ...] = field(default=())


def facts_of(event: Event) -> EventFacts:
    """What an event's organiser stated, as it stands: for forms, partial changes and clones.

    All times are explicit, with the offset of the event's zone; sessions carry their ids and come in the order of their start.
    """
    period = Period.of(event, event.timezone)
    zone = period.zone
    return EventFacts(
        kind=event.kind,
        title=event.title,
        summary=event.summary,
        organising_centre=event.organising_centre,
        format=event.format,
        timezone=event.timezone,
        languages=tuple(event.languages),
        all_day=event.all_day,
        description=event.description,
        learning_outcomes=event.learning_outcomes,
        co_organisers=tuple(event.co_organisers.all()),
        funding=event.funding,
        venue=event.venue,
        join_link=event.join_link,
        interpretation=tuple(event.interpretation),
        sectors=tuple(event.sectors.all()),
        competences=tuple((taught.competence, taught.level) for taught in event.taught.select_related("competence")),
        audience=event.audience,
        visibility=event.visibility,
        eligible_kinds=tuple(event.eligible_kinds),
        eligibility=event.eligibility,
        needs_approval=event.needs_approval,
        approver=event.approver,
        places=event.places,
        promotion=event.promotion,
        offer_hours=event.offer_hours,
        registration_opens=event.registration_opens_at and event.registration_opens_at.astimezone(zone),
        registration_closes=event.registration_closes_at and event.registration_closes_at.astimezone(zone),
        changes_close=event.changes_close_at and event.changes_close_at.astimezone(zone),
        reminder_days=event.reminder_days,
        special_answers_days=event.special_answers_days,
        attendance_share=event.attendance_share,
        sessions=tuple(
            _session_facts(session, event.timezone) for session in event.sessions.prefetch_related("speakers__person")
        ),
        **_times(period),
    )


def _times(period: Period) -> dict[str, Any]:
    if period.all_day:
        return {"first_day": period.first_day, "last_day": period.last_day}
    return {"starts": period.starts, "ends": period.ends}


def _session_facts(session: Session, timezone: str) -> SessionFacts:
    return SessionFacts(
        title=session.title,
        summary=session.summary,
        credited_minutes=session.credited_minutes,
        is_chosen=session.is_chosen,
        places=session.places,
        speakers=tuple(
            SpeakerFacts(name=speaker.name, affiliation=speaker.affiliation, part=speaker.part, person=speaker.person)
            for speaker in session.speakers.all()
        ),
        id=session.pk,
        **_times(Period.of(session, timezone)),
    )
