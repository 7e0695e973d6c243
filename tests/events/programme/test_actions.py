"""The verbs of the programme, as stories."""

import pytest

from events.programme import actions

pytestmark = pytest.mark.django_db


def test_a_draft_is_written_with_one_session_as_long_as_the_event(facts, olga, told):
    event = actions.create(facts=facts(), by=olga)

    assert (event.slug, event.state, event.revision, event.created_by) == ("market-dialogue-in-practice", "draft", 1, olga)
    assert [(s.starts_at, s.ends_at) for s in event.sessions.all()] == [(event.starts_at, event.ends_at)]
    assert [(change.kind, change.by) for change in told] == [("created", olga)]


def test_publish(facts, olga, told):
    event = actions.publish(event=actions.create(facts=facts(), by=olga), by=olga)
    assert (event.state, event.revision) == ("published", 2)
    assert event.published_at is not None
