"""At the door: check in, undo, everybody at once, hours, and a list to sign."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from events.attendance.models import AttendanceRecord
from events.programme.models import Session
from tests import factories
from tests.queries import count_queries


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def course(centre):
    """Two sessions of three hours: one a week ago, one that has just begun."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    event = factories.EventFactory(
        organising_centre=centre,
        slug="course",
        starts_at=now - timedelta(days=7),
        ends_at=now + timedelta(hours=3),
        with_session=False,
    )
    for start, title in ((now - timedelta(days=7), "Needs"), (now, "Market")):
        Session.objects.create(
            event=event,
            title=title,
            starts_at=start,
            ends_at=start + timedelta(hours=3),
            first_day=start.date(),
            last_day=start.date(),
        )
    return event


@pytest.fixture
def there(course, ana, ben):
    return [factories.RegistrationFactory(event=course, person=person, state="confirmed") for person in (ana, ben)]


def sessions(course):
    return list(course.sessions.order_by("starts_at"))


def at(name, **more):
    return reverse(f"desk_{name}", kwargs={"slug": "course", **more})


def mark(desk, session, registration, present="1", **headers):
    return desk.post(at("mark", session=session.pk, registration=registration.pk), {"present": present}, **headers)


def present():
    return sorted(AttendanceRecord.objects.values_list("registration__person__name", "session__title"))


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_the_session_that_is_on_is_shown_first(desk, there, course):
    context = desk.get(at("attendance")).context
    assert (context["session"].title, [row.registration.person.name for row in context["rows"]]) == (
        "Market",
        ["Ana Procurer", "Ben Buyer"],
    )
    assert (context["present"], context["expected"]) == (0, 2)


def test_one_button_checks_in_and_the_same_place_takes_it_back(desk, there, course):
    _first, second = sessions(course)
    response = mark(desk, second, there[0])
    assert response.headers["Location"] == f"{at('attendance')}?session={second.pk}#r{there[0].pk}"
    assert present() == [("Ana Procurer", "Market")]
    mark(desk, second, there[0])  # twice is once
    mark(desk, second, there[0], present="0")
    assert present() == []


def test_with_htmx_the_answer_is_the_row_and_the_counter(desk, there, course):
    page = mark(desk, sessions(course)[1], there[1], headers={"HX-Request": "true"}).content.decode()
    assert page.count("<li") == 1
    assert f'id="r{there[1].pk}"' in page
    assert "of 2 present" in page.split('id="roster-count"')[1]
    assert "<html" not in page


def test_whoever_has_no_place_cannot_be_checked_in_and_the_page_says_why(desk, there, course, cleo):
    waiting = factories.RegistrationFactory(event=course, person=cleo)
    why = "Cleo Contracts has no confirmed place: the registration is “Waiting for approval”."
    assert why in mark(desk, sessions(course)[1], waiting, headers={"HX-Request": "true"}).content.decode()
    response = desk.post(at("mark", session=sessions(course)[1].pk, registration=waiting.pk), {"present": "1"}, follow=True)
    assert said(response) == [why]
    assert present() == []


def test_everybody_at_once_and_back_again(desk, there, course):
    _first, second = sessions(course)
    mark(desk, second, there[0])
    page = desk.post(at("mark_all", session=second.pk), follow=True)
    assert said(page) == ["1 more person is present."]
    assert page.context["undo"] == {"session": second.pk, "registrations": [there[1].pk]}
    back = desk.post(at("mark_all", session=second.pk), {"undo": [there[1].pk]}, follow=True)
    assert said(back) == ["1 check-in is taken back."]
    assert present() == [("Ana Procurer", "Market")]  # what was recorded before stays


def test_a_search_narrows_the_roster_and_what_everybody_means(desk, there, course):
    _first, second = sessions(course)
    page = desk.get(f"{at('attendance')}?session={second.pk}&q=ben")
    assert ([row.registration.person.name for row in page.context["rows"]], page.context["expected"]) == (["Ben Buyer"], 2)
    desk.post(at("mark_all", session=second.pk), {"q": "ben"})
    assert present() == [("Ben Buyer", "Market")]


def test_it_can_be_too_early(desk, there, course):
    _first, second = sessions(course)
    Session.objects.filter(pk=second.pk).update(
        starts_at=timezone.now() + timedelta(hours=2, minutes=5), ends_at=timezone.now() + timedelta(hours=3)
    )
    page = desk.post(at("mark_all", session=second.pk), follow=True)
    assert said(page) == ["It is too early: check-in opens two hours before the session starts."]
    assert page.context["is_open"] is False


def test_nothing_of_another_event_can_be_reached(desk, there, course, training, ana):
    other = factories.RegistrationFactory(event=training, person=ana, state="confirmed")
    foreign = training.sessions.get()
    assert mark(desk, sessions(course)[1], other).status_code == 404
    assert mark(desk, foreign, there[0]).status_code == 404
    assert desk.get(f"{at('attendance')}?session={foreign.pk}").status_code == 404
    assert desk.get(f"{at('attendance')}?session=x").status_code == 404


def test_a_counter_can_be_asked_for_alone(desk, there, course):
    mark(desk, sessions(course)[1], there[0])
    page = desk.get(f"{at('attendance')}?part=count&session={sessions(course)[1].pk}").content.decode()
    assert '<strong class="roster-number">1</strong> of 2 present' in page
    assert "<html" not in page


def test_hours_say_who_earned_the_certificate(desk, there, course):
    for session in sessions(course):
        mark(desk, session, there[0])
    mark(desk, sessions(course)[0], there[1])
    context = desk.get(at("hours")).context
    assert [
        (row["registration"].person.name, row["dots"], row["hours"].minutes_attended, row["percent"], row["hours"].earned)
        for row in context["rows"]
    ] == [
        ("Ana Procurer", [(1, True), (2, True)], 360, 100, True),
        ("Ben Buyer", [(1, True), (2, False)], 180, 50, False),
    ]
    assert context["earned"] == 1


def test_the_list_to_sign_names_everybody_with_room_for_more(desk, there, course):
    response = desk.get(at("sign"))
    assert [row.registration.person.name for row in response.context["rows"]] == ["Ana Procurer", "Ben Buyer"]
    assert response.content.decode().count('class="sign-blank"') == 4


@pytest.mark.parametrize("page", ["attendance", "hours", "sign"])
def test_pages_ask_the_database_as_often_for_three_people_as_for_one(desk, course, page):
    def somebody_comes():
        registration = factories.RegistrationFactory(event=course, state="confirmed")
        AttendanceRecord.objects.create(registration=registration, session=sessions(course)[1], checked_in_at=timezone.now())

    somebody_comes()
    for_one = count_queries(desk, at(page))
    somebody_comes()
    somebody_comes()
    assert count_queries(desk, at(page)) == for_one <= 12
