"""Attendance over HTTP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.programme.models import Event
from events.registrations.actions import register


@pytest.fixture
def today(training):
    now = timezone.now()
    times = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=3)}
    Event.objects.update(**times, registration_closes_at=now + timedelta(hours=2))
    training.sessions.update(**times)
    training.refresh_from_db()
    return training


@pytest.fixture
def address(today):
    return f"/api/v1/events/{today.slug}/sessions/{today.sessions.get().pk}/roster/"


def test_the_roster_checks_in_and_undoes(api, today, address, ana, ben, olga):
    first, second = (register(event=today, person=person, by=person) for person in (ana, ben))
    api.force_authenticate(olga)
    for _ in range(2):
        answer = api.put(f"{address}{first.pk}/")
        assert (answer.status_code, answer.json()["present"]) == (200, True)
    assert [(row["person"]["name"], row["present"]) for row in api.get(address).json()] == [
        ("Ana Procurer", True),
        ("Ben Buyer", False),
    ]
    assert api.post(address, {"registrations": [first.pk, second.pk], "present": True}).json() == {"changed": 1}
    assert api.delete(f"{address}{second.pk}/").status_code == 204
    (row, other) = api.get(f"/api/v1/events/{today.slug}/attendance/").json()
    assert {key: row[key] for key in ("registration", "sessions", "minutes", "minutes_attended", "share", "earned")} == {
        "registration": first.pk,
        "sessions": 1,
        "minutes": 240,
        "minutes_attended": 240,
        "share": 1.0,
        "earned": True,
    }
    assert (other["share"], other["earned"]) == (0.0, False)


def test_what_does_not_fit_is_refused(api, today, address, ana, olga):
    api.force_authenticate(olga)
    assert api.put(f"{address}999999/").status_code == 404
    strange = api.post(address, {"registrations": [999999], "present": True})
    assert strange.json()["errors"] == {"registrations": ["Not registered for this event: 999999."]}
    Event.objects.update(state="cancelled")
    today.state = "published"
    registration = today.registrations.create(person=ana, state="confirmed", changed_at=timezone.now())
    assert api.put(f"{address}{registration.pk}/").json()["code"] == "cannot_check_in"


@pytest.mark.parametrize(
    ("name", "status"),
    [(None, 401), ("ana", 403), ("mia", 403), ("otto", 403), ("olga", 200), ("carl", 200), ("sara", 200)],
)
def test_who_may(api, today, address, request, name, status):
    if name:
        api.force_authenticate(request.getfixturevalue(name))
    for path in (address, f"/api/v1/events/{today.slug}/attendance/"):
        assert api.get(path).status_code == status
