"""What an organiser states about an event, before it is checked: the input of ``create`` and ``edit``.

Forms and serializers only turn text into these types. All rules are in ``checks.py``, so that a page and the API refuse
the same things in the same words.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from events.programme.models import Speaker, Venue
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
    Whole days: ``first_day`` and ``last_day``.
    """

    starts: datetime | None = None
    ends: datetime | None = None
    first_day: date | None = None
    last_day: date | None = None
    title: str = ""
    summary: str = ""
    credited_minutes: int | None = None
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
    places: int | None = None
    registration_opens: datetime | None = None
    registration_closes: datetime | None = None
    attendance_share: int = 80
    sessions: tuple[SessionFacts, ...] = field(default=())
