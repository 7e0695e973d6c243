"""What the stories about other people’s calendars need."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.utils import timezone

from config.demo.clock import clock_at
from tests.events.calendars.sources_server import CalendarServer


@pytest.fixture
def clock():
    """It is noon on 1 May 2027; ``clock(moment)`` sets another time."""
    held = []

    def at(moment):
        if held:
            held.pop().__exit__(None, None, None)
        held.append(clock_at(moment))
        held[-1].__enter__()

    at(datetime(2027, 5, 1, 12, tzinfo=UTC))
    yield at
    held.pop().__exit__(None, None, None)


@pytest.fixture
def autumn(monkeypatch):
    """It is 2 November 2026, and goes on: what is announced for 2027 is still to come, in whatever year the story is told."""
    since = count()
    start = datetime(2026, 11, 2, 9, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: start + timedelta(microseconds=next(since)))


@pytest.fixture
def partner(settings):
    """The server of a partner, on this machine, which may be reached nevertheless."""
    server = CalendarServer()
    settings.CALENDAR_SOURCES_MAY_REACH = [server.door]
    yield server
    server.close()
