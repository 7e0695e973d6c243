"""Facts that are right, for tests to make wrong."""

from dataclasses import replace
from datetime import datetime

import pytest

from events.programme.facts import EventFacts
from events.programme.signals import event_changed
from tests import factories


@pytest.fixture
def facts(centre):
    """A function that gives the facts of a good on-site training, 6 May 2027, with what is passed in instead."""
    good = EventFacts(
        kind="training",
        title="Market dialogue in practice",
        summary="How to talk to suppliers before the call.",
        organising_centre=centre,
        format="on-site",
        timezone="Europe/Vienna",
        languages=("en",),
        starts=datetime(2027, 5, 6, 9, 0),
        ends=datetime(2027, 5, 6, 16, 0),
        venue=factories.VenueFactory(),
        places=20,
    )
    return lambda **changes: replace(good, **changes)


@pytest.fixture
def told():
    """What the programme has told the other wings, in order."""
    changes = []

    def listen(change, **_kwargs):
        changes.append(change)

    event_changed.connect(listen)
    yield changes
    event_changed.disconnect(listen)
