"""What the stories about mail need."""

import pytest
from django.core.management import call_command

from events.mail.models import Message
from tests.events.mail.smtp import MailServer


@pytest.fixture
def smtp(settings):
    """A real mail server, which accepts everything unless told otherwise."""
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
    yield server
    server.close()


@pytest.fixture
def worker():
    """Let the worker do everything that is due."""
    return lambda: call_command("db_worker", batch=True, startup_delay=False, verbosity=0, reload=False)


@pytest.fixture
def told():
    """What was queued, oldest first, as (kind, first name)."""
    return lambda: [
        (message.kind, message.person.name.split()[0] if message.person else message.recipient)
        for message in Message.objects.select_related("person").order_by("pk")
    ]
