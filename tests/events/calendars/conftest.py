"""What the stories about other people’s calendars need."""

from datetime import UTC, datetime

import pytest

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
def partner(settings):
    """The server of a partner, on this machine, which may be reached nevertheless."""
    server = CalendarServer()
    settings.CALENDAR_SOURCES_MAY_REACH = [server.door]
    yield server
    server.close()
