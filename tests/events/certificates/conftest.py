"""What the stories about certificates need: an event that is over, and people who came."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from events.attendance.models import AttendanceRecord
from events.certificates.issuing import actions, tasks
from events.certificates.sealing import judging
from events.programme.models import EventCompetence, Session
from events.registrations.models import Registration
from network.models import Competence, FundingProfile
from tests import factories


@pytest.fixture(autouse=True)
def _kept_files(settings, tmp_path, monkeypatch):
    """Every story has a store of its own, and nobody has asked for a number yet. How slow the machine is judges no file."""
    settings.MEDIA_ROOT = tmp_path / "files"
    cache.clear()
    monkeypatch.setattr(judging, "MOST_SECONDS", 600.0)


@pytest.fixture
def funding(db):
    return FundingProfile.objects.create(
        name="Programme 2027",
        emblem_text="Co-funded by the European Union",
        programme="Horizon Europe",
        grant_number="101000000",
        disclaimer="Views and opinions expressed are those of the authors only.",
    )


@pytest.fixture
def course(centre, other_centre, funding):
    """A course of the centre that ended last week: two sessions of three hours and one hour."""
    start = (timezone.now() - timedelta(days=7)).replace(hour=7, minute=0, second=0, microsecond=0)
    event = factories.EventFactory(
        organising_centre=centre,
        title="Market dialogue in practice",
        slug="market-dialogue",
        starts_at=start,
        ends_at=start + timedelta(hours=4),
        funding=funding,
        learning_outcomes="Plan a market consultation\n\n  Write down what was heard  \n",
        languages=["en", "de"],
        attendance_share=70,
        with_session=False,
    )
    event.co_organisers.add(other_centre)
    competence, _new = Competence.objects.get_or_create(
        code="C6", defaults={"number": 6, "cluster": "horizontal", "name": "Innovation procurement"}
    )
    EventCompetence.objects.create(event=event, competence=competence, level=3)
    for begin, hours in ((start, 3), (start + timedelta(hours=3), 1)):
        Session.objects.create(
            event=event,
            starts_at=begin,
            ends_at=begin + timedelta(hours=hours),
            first_day=event.first_day,
            last_day=event.first_day,
        )
    return event


@pytest.fixture
def came(course):
    """``came(ana)``: confirmed and present at all sessions; ``came(ben, 0)``: at the first only; ``came(cleo, ())``: at none."""

    def came_to(person, *sessions, event=course):
        registration, _new = Registration.objects.get_or_create(
            event=event,
            person=person,
            defaults={"state": Registration.State.CONFIRMED, "changed_at": timezone.now()},
        )
        every = list(event.sessions.order_by("starts_at"))
        attended = every if not sessions else [] if sessions == ((),) else [every[index] for index in sessions]
        for session in attended:
            AttendanceRecord.objects.get_or_create(
                registration=registration, session=session, defaults={"checked_in_at": session.starts_at}
            )
        return registration

    return came_to


@pytest.fixture
def anas(came, ana, olga):
    """Ana's certificate."""
    return actions.issue(registration=came(ana), by=olga)


@pytest.fixture
def worker():
    """Let the worker issue what was asked for, in this transaction."""

    def work():
        queued = DBTaskResult.objects.filter(task_path=tasks.issue_due_certificates.module_path)
        for result in queued:
            tasks.issue_due_certificates.call(*result.args_kwargs["args"])
        queued.delete()

    return work
