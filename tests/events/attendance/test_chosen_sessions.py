"""Parallel sessions: whoever chose another one is not expected, not counted, and loses no hours by it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from events.attendance import actions, queries
from events.attendance.hours import Attendance, Missing, attendance_of_event
from events.attendance.models import AttendanceRecord
from events.programme.models import Session
from events.registrations.models import SessionChoice
from events.registrations.queries import taking_part_in
from tests import factories
from tests.events.attendance.hours import attendance_of
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def day(centre):
    """A day that has begun: a lecture of two hours for all, then a workshop of one hour or one of three, as one chooses."""
    start = timezone.now() - timedelta(hours=1)
    event = factories.EventFactory(
        organising_centre=centre, slug="day", starts_at=start, with_session=False, attendance_share=100, has_choices=True
    )
    for title, after, hours, is_chosen in (("Lecture", 0, 2, False), ("Short", 2, 1, True), ("Long", 2, 3, True)):
        Session.objects.create(
            event=event,
            title=title,
            starts_at=start + timedelta(hours=after),
            ends_at=start + timedelta(hours=after + hours),
            first_day=event.first_day,
            last_day=event.last_day,
            is_chosen=is_chosen,
        )
    return event


@pytest.fixture
def lecture(day):
    return day.sessions.get(title="Lecture")


@pytest.fixture
def short(day):
    return day.sessions.get(title="Short")


@pytest.fixture
def long(day):
    return day.sessions.get(title="Long")


def registered(day, person, *sessions, state="confirmed"):
    registration = factories.RegistrationFactory(event=day, person=person, state=state, queued_at=timezone.now())
    for session in sessions:
        SessionChoice.objects.create(registration=registration, session=session)
    return registration


def came(registration, *sessions):
    for session in sessions:
        AttendanceRecord.objects.create(registration=registration, session=session, checked_in_at=timezone.now())


@pytest.fixture
def people(day, short, long, ana, ben, cleo, mia):
    """Ana chose the short workshop, Ben the long one, Cleo none; Mia, who chose the short one, waits."""
    return [
        registered(day, ana, short),
        registered(day, ben, long),
        registered(day, cleo),
        registered(day, mia, short, state="waiting"),
    ]


def names(rows):
    return [row.registration.person.name for row in rows]


def test_a_chosen_session_expects_only_those_who_chose_it(people, lecture, short, long):
    everybody = ["Ana Procurer", "Ben Buyer", "Cleo Contracts"]
    assert [names(queries.roster(session)) for session in (lecture, short, long)] == [
        everybody,
        ["Ana Procurer"],
        ["Ben Buyer"],
    ]
    assert [sorted(str(one.person) for one in taking_part_in(session)) for session in (lecture, short, long)] == [
        everybody,
        ["Ana Procurer"],
        ["Ben Buyer"],
    ]
    assert names(queries.roster(long, search="ana")) == []


def test_whoever_chose_another_session_is_not_checked_in_and_the_desk_says_why(people, short, olga):
    _ana, ben, _cleo, waiting = people
    with pytest.raises(actions.CannotCheckIn) as refused:
        actions.check_in(registration=ben, session=short, by=olga)
    assert str(refused.value.message) == (
        "Ben Buyer did not choose “Short” and is not expected there. Change their sessions first."
    )
    with pytest.raises(actions.CannotCheckIn) as refused:
        actions.check_in(registration=waiting, session=short, by=olga)
    assert str(refused.value.message) == "Mia Member has no confirmed place: the registration is “On the waiting list”."
    with pytest.raises(actions.CannotCheckIn):
        actions.set_present(session=short, registrations=people[:2], present=True, by=olga)
    assert AttendanceRecord.objects.count() == 0


def test_whoever_chose_the_session_is_checked_in(people, lecture, short, olga):
    ana, _ben, cleo, _waiting = people
    assert actions.check_in(registration=ana, session=short, by=olga).session == short
    assert actions.check_in(registration=cleo, session=lecture, by=olga).session == lecture


def test_a_check_in_can_be_taken_back_from_who_has_chosen_another_session_since(people, short, long, olga):
    ana = people[0]
    actions.check_in(registration=ana, session=short, by=olga)
    SessionChoice.objects.filter(registration=ana).update(session=long)
    actions.undo_check_in(registration=ana, session=short, by=olga)
    assert AttendanceRecord.objects.count() == 0


def test_hours_are_those_of_ones_own_sessions(people, day, lecture, short, long):
    ana, ben, cleo, waiting = people
    came(ana, lecture, short)
    came(ben, lecture)
    came(cleo, lecture)
    assert attendance_of_event(day) == {
        ana.pk: Attendance(2, 2, 180, 180, 1.0, earned=True),
        ben.pk: Attendance(2, 1, 300, 120, 0.4, earned=False, missing=(Missing("hours"),)),
        cleo.pk: Attendance(1, 1, 120, 120, 1.0, earned=True),
    }
    assert attendance_of(waiting) == Attendance(2, 0, 180, 0, 0.0, earned=False, missing=(Missing("hours"),))


def test_a_record_at_a_session_that_is_no_longer_ones_own_counts_nothing(people, day, lecture, short, long):
    ana = people[0]
    came(ana, short, lecture)
    SessionChoice.objects.filter(registration=ana).update(session=long)
    assert attendance_of(ana) == Attendance(2, 1, 300, 120, 0.4, earned=False, missing=(Missing("hours"),))
    assert queries.present_by_session(day) == {lecture.pk: 1, short.pk: 0, long.pk: 0}


def test_a_choice_of_a_session_that_is_for_all_now_changes_nothing(people, day, lecture, short, long):
    Session.objects.filter(pk=short.pk).update(is_chosen=False)
    assert {key: (one.sessions, one.minutes) for key, one in attendance_of_event(day).items()} == {
        people[0].pk: (2, 180),
        people[1].pk: (3, 360),
        people[2].pk: (2, 180),
    }


def test_hours_cost_three_queries_however_much_is_chosen(day, short, long, django_assert_num_queries):
    for number in range(3):
        came(registered(day, factories.PersonFactory(), short, long), short)
        with django_assert_num_queries(3):
            assert len(attendance_of_event(day)) == number + 1


def test_the_roster_of_a_chosen_session_asks_twice(day, short, django_assert_num_queries):
    for number in range(3):
        registered(day, factories.PersonFactory(), short)
        with django_assert_num_queries(2):
            assert len([row.registration.person.organisation.name for row in queries.roster(short)]) == number + 1


# --- At the desk ---------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def at(name, session=None):
    return reverse(f"desk_{name}", args=["day"]) + (f"?session={session.pk}" if session else "")


def test_the_door_counts_those_who_are_expected(desk, people, lecture, short):
    came(people[0], lecture)
    came(people[1], short)  # by a mistake of former times
    first, second = (desk.get(at("attendance", session)).context for session in (lecture, short))
    assert [(page["present"], page["expected"], names(page["rows"])) for page in (first, second)] == [
        (1, 3, ["Ana Procurer", "Ben Buyer", "Cleo Contracts"]),
        (0, 1, ["Ana Procurer"]),
    ]
    assert [one["detail"].rpartition(" · ")[2] for one in first["sessions"]] == ["1 present", "0 present", "0 present"]


def test_everybody_at_once_is_everybody_who_is_expected(desk, people, short):
    desk.post(reverse("desk_mark_all", args=["day", short.pk]))
    assert list(AttendanceRecord.objects.values_list("registration", "session")) == [(people[0].pk, short.pk)]


def test_the_list_to_sign_has_those_who_are_expected(desk, people, short):
    response = desk.get(at("sign", short))
    assert names(response.context["rows"]) == ["Ana Procurer"]
    assert "Only those who chose this session." in response.content.decode()


def test_a_session_that_nobody_chose_says_so(desk, day, short, ana):
    registered(day, ana)
    page = desk.get(at("attendance", short)).content.decode()
    assert "Nobody has chosen this session yet" in page
    assert "Nobody has a confirmed place yet" not in page


def test_hours_show_which_sessions_are_not_ones_own(desk, people, lecture, short):
    came(people[0], lecture)
    response = desk.get(at("hours"))
    assert [row["dots"] for row in response.context["rows"]] == [
        [(1, True), (2, False), (3, None)],
        [(1, False), (2, None), (3, False)],
        [(1, False), (2, None), (3, None)],
    ]
    assert "1 attended, 2 not attended, 3 not chosen" in " ".join(response.content.decode().split())


@pytest.mark.parametrize("page", ["attendance", "hours", "sign"])
def test_pages_ask_the_database_as_often_for_three_choices_as_for_one(desk, day, lecture, short, long, page):
    address = at(page, None if page == "hours" else short)
    came(registered(day, factories.PersonFactory(), short), lecture)
    for_one = count_queries(desk, address)
    came(registered(day, factories.PersonFactory(), short), lecture, short)
    came(registered(day, factories.PersonFactory(), long), long)
    assert count_queries(desk, address) == for_one <= 13


def test_programs_see_the_same(api, people, day, short, olga):
    api.force_authenticate(olga)
    address = f"/api/v1/events/day/sessions/{short.pk}/roster/"
    assert [row["person"]["name"] for row in api.get(address).json()] == ["Ana Procurer"]
    refused = api.put(f"{address}{people[1].pk}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_check_in")
    assert [
        (row["person"]["name"], row["sessions"], row["minutes"]) for row in api.get("/api/v1/events/day/attendance/").json()
    ] == [
        ("Ana Procurer", 2, 180),
        ("Ben Buyer", 2, 300),
        ("Cleo Contracts", 1, 120),
    ]
