"""What the stories about mail need."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.utils import timezone

from config.demo.clock import clock_at
from events.mail.delivery import deliver_due
from events.mail.models import Message
from events.programme.models import Event
from events.registrations.models import Registration
from events.registrations.signals import RegistrationChange, registration_changed
from tests import factories
from tests.events.mail.smtp import MailServer


@pytest.fixture
def smtp(settings):
    """A real mail server, which accepts everything unless told otherwise."""
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 60
    yield server
    server.close()


@pytest.fixture
def worker():
    """Let the worker do everything that is due."""
    return lambda: call_command("db_worker", batch=True, startup_delay=False, verbosity=0, reload=False)


@pytest.fixture
def sent():
    """Send everything that is due; the messages of one kind or of all, oldest first."""

    def send(kind=""):
        while deliver_due():
            pass
        found = Message.objects.order_by("pk")
        return list(found.filter(kind=kind) if kind else found)

    return send


@pytest.fixture
def told():
    """What was queued, oldest first, as (kind, first name)."""
    return lambda: [
        (message.kind, message.person.name.split()[0] if message.person else message.recipient)
        for message in Message.objects.select_related("person").order_by("pk")
    ]


@pytest.fixture
def spring():
    """It is the spring before, whenever the tests run."""
    with clock_at(datetime(2027, 5, 1, tzinfo=UTC)):
        yield


@pytest.fixture
def summer(centre):
    """A training in Vienna on Tuesday 15 June 2027, from 9:00 to 16:00 there, with one place."""
    return factories.EventFactory(
        organising_centre=centre,
        title="Market dialogue in practice",
        slug="market-dialogue",
        places=1,
        format=Event.Format.HYBRID,
        join_link="https://meet.example/room",
        starts_at=datetime(2027, 6, 15, 7, tzinfo=UTC),
        ends_at=datetime(2027, 6, 15, 14, tzinfo=UTC),
    )


@pytest.fixture
def registered(summer):
    """A person's registration for the summer's training, in a state since some time; nobody is told."""

    def make(person, state="confirmed", **fields):
        now = timezone.now()
        fields.setdefault("changed_at", now)
        fields.setdefault("queued_at", now if state == "waiting" else None)
        return factories.RegistrationFactory(**{"event": summer, "person": person, "state": state, **fields})

    return make


@pytest.fixture
def tell():
    """Say that registrations came into their states from ``before``: what the registrations wing does after each move."""

    def send(*registrations, before=None, by=None):
        changes = [RegistrationChange(registration, before, by, registration.reason) for registration in registrations]
        registration_changed.send(Registration, changes=changes)

    return send
