"""Two editors at the same moment, with connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from django.db import connections

from events.programme import actions
from events.programme.facts import facts_of
from events.programme.models import Event


def at_once(*calls):
    """Run the calls at the same moment, each with its own connection; give what each returned or raised."""
    ready = Barrier(len(calls))

    def run(call):
        try:
            ready.wait(120)
            return call()
        except Exception as error:  # noqa: BLE001 - it is the result
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_of_many_editors_of_one_revision_exactly_one_wins(training, olga):
    facts = facts_of(training)

    def editor(places):
        return lambda: actions.edit(event=training, facts=replace(facts, places=places), by=olga, revision=1)

    results = at_once(*(editor(places) for places in range(30, 36)))
    winners = [result for result in results if isinstance(result, Event)]
    assert sum(isinstance(result, actions.Stale) for result in results) == 5
    training.refresh_from_db()
    assert [(winner.places, winner.revision) for winner in winners] == [(training.places, 2)]


@pytest.mark.django_db(transaction=True)
def test_events_of_one_title_written_at_once_have_addresses_of_their_own(facts, olga):
    results = at_once(*(lambda: actions.create(facts=facts(), by=olga) for _ in range(4)))
    assert sorted(event.slug for event in results) == [
        "market-dialogue-in-practice",
        "market-dialogue-in-practice-2",
        "market-dialogue-in-practice-3",
        "market-dialogue-in-practice-4",
    ]
