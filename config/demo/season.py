"""The demonstration season: ``season.toml`` told as a line of happenings, each done by the ordinary actions at its time.

An event is announced, people register, it is moved or called off, they come, it ends, certificates are issued. Whatever
of this lies before the present has happened; the rest is still to come. Nothing is written around the actions.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from config.demo.clock import clock_at
from config.demo.keys import load_keys
from config.demo.people import CROWD, PEOPLE, load_people
from events.attendance import actions as attendance
from events.attendance.hours import attendance_of_event
from events.certificates.issuing import actions as certificates
from events.programme import actions as programme
from events.programme.facts import EventFacts, SessionFacts, SpeakerFacts
from events.programme.models import Event, Venue
from events.registrations import actions as registrations
from events.registrations import decisions, terms
from events.registrations.asking import questions
from events.registrations.models import Registration
from network.journal import because
from network.models import Centre, Competence, FundingProfile, Person, Sector
from network.vocabulary import zone_named

Plan = dict[str, Any]
DATA = Path(__file__).with_name("season.toml")
LEAD = timedelta(days=75)  # an event is announced so long before it starts, or a few days ago
FIRST_TO_COME = ("ana", "ben", "cleo")
#: What the people of the demonstration answer where they are asked, in turn.
ANSWERS = ({"photos": "yes"}, {"photos": "no", "diet": ["vegetarian"]}, {"photos": "yes", "access": ["step-free"]})
OF_THE_NETWORK = ("mia", "olga", "oscar", "carl")


@dataclass
class Season:
    """One telling. ``present`` is the moment up to which things have happened."""

    present: datetime
    people: dict[str, Person] = field(default_factory=dict)
    venues: dict[str, Venue] = field(default_factory=dict)

    def load(self) -> int:
        """Tell it all in one transaction, in the order of time. Returns the number of events."""
        facts = tomllib.loads(DATA.read_text())
        with transaction.atomic():
            with clock_at(self.present - timedelta(days=400)):
                self.people = load_people()
                load_keys()
            with because(by=None, reason="Demonstration"):
                self.venues = {key: _venue(**venue) for key, venue in facts["venue"].items()}
                self.funding = _funding()
            stories = [Story(self, plan, number) for number, plan in enumerate(facts["event"])]
            happenings = [happening for story in stories for happening in story.happenings()]
            for moment, happen in sorted(happenings, key=lambda happening: happening[0]):
                if moment <= self.present:
                    with clock_at(moment):
                        happen()
        return len(stories)


Happening = tuple[datetime, Callable[[], object]]


class Story:
    """What happens around one event."""

    def __init__(self, season: Season, plan: Plan, number: int) -> None:
        self.season, self.plan, self.number = season, plan, number
        self.by = season.people[plan["by"]]
        self.centre = Centre.objects.get(code=plan["centre"])
        self.zone = zone_named(plan.get("timezone", self.centre.timezone))
        hour, minute = map(int, (plan.get("at") or plan.get("sessions", [{"at": "09:00"}])[0]["at"]).split(":"))
        self.starts = datetime.combine(self._first_day(), time(hour, minute), self.zone)
        # Not all on one day, and the last ones a little before the present.
        self.announced = min(self.starts - LEAD, season.present - timedelta(days=3 + number % 17, minutes=7 * number))
        self.crowd = [season.people[name] for name in self._crowd()]

    def happenings(self) -> Iterator[Happening]:
        """Everything, past and to come, with its moment."""
        plan = self.plan
        yield self.announced - timedelta(days=2), self.write
        if plan.get("state") == "draft":
            return
        yield self.announced, self.publish
        until = min(self.starts, self.season.present)
        step = min((until - self.announced) / (len(self.crowd) + 2), timedelta(hours=31))
        for turn, person in enumerate(self.crowd):
            moment = self.announced + step * (turn + 1)
            yield moment, partial(self.register, person)
            if plan.get("approval") and (until == self.starts or turn < len(self.crowd) - 2):  # the last two still wait
                yield moment + step / 2, partial(self.approve, person)
        if plan.get("gives_back"):
            yield until - timedelta(hours=5), partial(self.give_back, self.crowd[0])
        if "moved_from" in plan:
            yield until - timedelta(days=1, hours=2), self.move
        if plan.get("state") in {"cancelled", "postponed"}:
            yield until - timedelta(hours=20), self.call_off
            return
        yield from self._attendance()

    def _attendance(self) -> Iterator[Happening]:
        times = self.times(self.starts.date())
        if times["all_day"]:
            ends = datetime.combine(times["last_day"], time(), self.zone) + timedelta(days=1)
            yield self.starts, partial(self.check_in, 0)
        else:
            ends = times["ends"].replace(tzinfo=self.zone)
            for index, session in enumerate(times["sessions"]):
                yield session.starts.replace(tzinfo=self.zone) - timedelta(minutes=10), partial(self.check_in, index)
        yield ends, self.finish
        if self.plan.get("certificates"):
            yield ends + timedelta(days=1), self.certify

    # --- What happens ----------------------------------------------------------------------------------------------

    def write(self) -> None:
        """The organiser writes a draft."""
        self.event = programme.create(facts=self.facts(), by=self.by)
        for block in self.plan.get("blocks", ()):
            questions.switch_block(event=self.event, block=block, on=True, by=self.by)
        if "quotas" in self.plan:
            terms.set_quotas(event=self.event, quotas=[terms.QuotaFacts(**quota) for quota in self.plan["quotas"]], by=self.by)

    def publish(self) -> None:
        """It is announced."""
        self.event = programme.publish(event=self.event, by=self.by)

    def register(self, person: Person) -> None:
        """Somebody asks for a place; where it is by invitation, they are invited first."""
        if self.plan.get("visibility") == "invited":
            decisions.invite(event=self.event, person=person, by=self.by)
        answers = ANSWERS[self.crowd.index(person) % len(ANSWERS)] if "blocks" in self.plan else None
        registrations.register(event=self.event, person=person, by=person, sessions=self._choice(person), answers=answers)

    def _choice(self, person: Person) -> list[int]:
        """One session of each time at which there are several to choose from: another for the next person."""
        at: dict[datetime, list[int]] = {}
        for session in self.event.sessions.filter(is_chosen=True):
            at.setdefault(session.starts_at, []).append(session.pk)
        return [keys[self.crowd.index(person) % len(keys)] for keys in at.values()]

    def approve(self, person: Person) -> None:
        """The organiser says yes."""
        decisions.approve(registration=Registration.objects.get(event=self.event, person=person), by=self.by)

    def give_back(self, person: Person) -> None:
        """Somebody cannot come after all; the first in the waiting list gets the place."""
        registration = Registration.objects.get(event=self.event, person=person)
        registrations.cancel(registration=registration, by=person, reason="I have to be in court that day.")

    def move(self) -> None:
        """It is held on another day than announced."""
        starts = self.starts.replace(tzinfo=None)
        self.event = programme.move(event=self.event, starts=starts, by=self.by, reason=self.plan["reason"])

    def call_off(self) -> None:
        """It is cancelled or postponed."""
        act = programme.cancel if self.plan["state"] == "cancelled" else programme.postpone
        self.event = act(event=self.event, reason=self.plan["reason"], by=self.by)

    def check_in(self, index: int) -> None:
        """Most come: of every five, one misses one session or another."""
        session = self.event.sessions.all()[index]
        confirmed = Registration.objects.filter(event=self.event, state=Registration.State.CONFIRMED)
        come = [registration for turn, registration in enumerate(confirmed, start=1) if (turn + index) % 5]
        attendance.set_present(session=session, registrations=come, present=True, by=self.by)

    def finish(self) -> None:
        """It is over."""
        programme.finish(event=self.event)

    def certify(self) -> None:
        """The first two who earned a certificate have it already."""
        earned = [key for key, hours in attendance_of_event(self.event).items() if hours.earned]
        for registration in Registration.objects.filter(pk__in=sorted(earned)[:2]):
            certificates.issue(registration=registration, by=self.by)

    # --- What the plan says ----------------------------------------------------------------------------------------

    def facts(self) -> EventFacts:
        """The plan as an organiser states it, with the time that was planned first."""
        plan = self.plan
        later = plan["day"] - plan.get("moved_from", plan["day"])
        return EventFacts(
            kind=plan["kind"],
            title=plan["title"],
            summary=plan["summary"],
            description=_description(plan),
            learning_outcomes="\n".join(plan.get("outcomes", ())),
            organising_centre=self.centre,
            co_organisers=tuple(Centre.objects.filter(code__in=plan.get("co", ()))),
            funding=self.season.funding if self.number % 4 == 0 else None,
            format=plan["format"],
            venue=self.season.venues[plan["venue"]] if "venue" in plan else None,
            join_link="" if plan["format"] == "on-site" else f"https://meet.demo.example/room-{self.number}",
            timezone=self.zone.key,
            languages=tuple(plan["languages"]),
            interpretation=tuple(plan.get("interpretation", ())),
            sectors=tuple(Sector.objects.filter(slug__in=plan["sectors"])),
            competences=tuple(
                (Competence.objects.get(code=code), level) for code, level in plan.get("competences", {}).items()
            ),
            audience=plan.get("audience", ""),
            visibility=plan.get("visibility", "public"),
            eligible_kinds=tuple(plan.get("eligible", ())),
            eligibility=plan.get("eligibility", ""),
            needs_approval=plan.get("approval", False),
            places=plan.get("places"),
            promotion=plan.get("promotion", "automatic"),
            **self.times(self.starts.date() - timedelta(days=later)),
        )

    def times(self, day: date) -> dict[str, Any]:
        """All times if the event starts on ``day``: by the wall clock of its zone, or whole days."""
        plan = self.plan
        if "days" in plan:
            last_day = day + timedelta(days=plan["days"] - 1)
            session = SessionFacts(first_day=day, last_day=last_day, credited_minutes=plan.get("minutes"))
            return {
                "all_day": True,
                "first_day": day,
                "last_day": last_day,
                "sessions": (session,) if "minutes" in plan else (),
            }
        slots = plan.get("sessions") or [{"day": 0, **{key: plan[key] for key in ("at", "hours", "speakers") if key in plan}}]
        sessions = tuple(_session(slot, day) for slot in slots)
        return {"all_day": False, "starts": sessions[0].starts, "ends": sessions[-1].ends, "sessions": sessions}

    def _first_day(self) -> date:
        """The planned day, or the next from which no day of the event, or of a week of it, falls on a weekend."""
        plan = self.plan
        last = max([plan.get("days", 1) - 1, *(slot["day"] % 7 for slot in plan.get("sessions", ()))])
        day = self.season.present.astimezone(self.zone).date() + timedelta(days=plan["day"])
        while day.weekday() + last > 4:
            day += timedelta(days=1)
        return day

    def _crowd(self) -> list[str]:
        """Who registers, in this order: different people at different events, and the first three nearly everywhere."""
        plan = self.plan
        if plan.get("visibility", "public") != "public":
            return list(OF_THE_NETWORK)
        shift = self.number % len(CROWD)
        names = [*FIRST_TO_COME, *(demo.first_name for demo in (*CROWD[shift:], *CROWD[:shift]))]
        if self.number % 3 == 1:
            names = names[1:]
        eligible = plan.get("eligible")
        if eligible:
            demo_people = {demo.first_name: demo for demo in (*PEOPLE, *CROWD)}
            names = [name for name in names if demo_people[name].kind in eligible]
        return names[: plan.get("people", 0)]


def _session(slot: Plan, day: date) -> SessionFacts:
    hour, minute = map(int, slot["at"].split(":"))
    starts = datetime.combine(day + timedelta(days=slot["day"]), time(hour, minute))
    return SessionFacts(
        starts=starts,
        ends=starts + timedelta(hours=slot["hours"]),
        title=slot.get("title", ""),
        is_chosen=slot.get("chosen", False),
        places=slot.get("places"),
        speakers=tuple(SpeakerFacts(name, affiliation, part) for name, affiliation, part in slot.get("speakers", ())),
    )


def _description(plan: Plan) -> str:
    """The plan's topics as an organiser would write them down."""
    topics = "\n".join(f"- {topic}" for topic in plan["topics"])
    heading = {"training": "What we shall work on", "visit": "What you will see", "ceremony": "The evening"}[plan["kind"]]
    return f"## {heading}\n\n{topics}\n\n*This event belongs to the demonstration and does not take place.*"


def _venue(*, name: str, at: list[float], **facts: str) -> Venue:
    latitude, longitude = (Decimal(str(degrees)) for degrees in at)
    venue, _new = Venue.objects.get_or_create(name=name, defaults={**facts, "latitude": latitude, "longitude": longitude})
    return venue


def _funding() -> FundingProfile:
    funding, _new = FundingProfile.objects.get_or_create(
        name="Demonstration programme",
        defaults={
            "emblem_text": "Funded by nobody: a demonstration",
            "programme": "Demonstration programme",
            "grant_number": "DEMO-000",
            "disclaimer": "This profile shows where a funder’s disclaimer stands.",
        },
    )
    return funding


def is_loaded() -> bool:
    """Whether the season has been told here before."""
    return Event.objects.filter(created_by__email__in=[demo.email for demo in PEOPLE]).exists()
