"""The code on the room's screen: it changes, is worth nothing a minute later, and checks in only who is expected."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from events.attendance import actions
from events.attendance.checking import door
from events.attendance.models import AttendanceRecord, Door
from events.programme.models import Session
from events.registrations.links import self_service_path
from events.registrations.models import Registration, SessionChoice
from network.code_words import ALPHABET
from network.errors import NotAllowed
from tests import factories


@pytest.fixture(autouse=True)
def _no_half_minute_ends(monkeypatch):
    """Or a story would sometimes read one code and find another shown."""
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.fixture
def session(centre):
    event = factories.EventFactory(organising_centre=centre, slug="today", starts_at=timezone.now() - timedelta(hours=1))
    return event.sessions.get()


@pytest.fixture
def ana_comes(session, ana):
    return factories.RegistrationFactory(event=session.event, person=ana, state="confirmed")


@pytest.fixture
def opened(session, olga):
    return door.open_door(session=session, by=olga)


def shown(opened):
    return door.code_at(opened, timezone.now())


def hours_from_now(session, starts, ends):
    now = timezone.now()
    Session.objects.filter(pk=session.pk).update(starts_at=now + timedelta(hours=starts), ends_at=now + timedelta(hours=ends))
    session.refresh_from_db()


def test_who_types_the_code_is_checked_in_by_themselves_once(opened, ana_comes, ana):
    record = door.check_in_oneself(registrations=[ana_comes], code=f" {shown(opened).lower()} ", by=ana)
    again = door.check_in_oneself(registrations=[ana_comes], code=shown(opened), by=ana)
    assert (record, record.source, record.recorded_by) == (again, "self", ana)


def test_a_code_is_worth_nothing_a_minute_later(opened):
    now = timezone.now()
    taken = [ago for ago in range(0, 180, 30) if door.accepts(opened, door.code_at(opened, now - timedelta(seconds=ago)))]
    assert taken == [0, 30]
    assert not door.accepts(opened, door.code_at(opened, now + timedelta(seconds=30)))
    assert not door.accepts(opened, "")


@given(st.text(max_size=80))
def test_nothing_else_is_the_code(typed):
    assert not door.accepts(Door(secret="a secret"), f"{typed}!")


@given(st.integers(0, 2**33))
def test_codes_can_be_read_aloud(second):
    moment = timezone.datetime.fromtimestamp(second, tz=timezone.get_default_timezone())
    code = door.code_at(Door(secret="a secret"), moment)
    assert len(code) == 6
    assert set(code) <= set(ALPHABET)
    assert door.spoken(code).replace(" ", "") == code
    assert timedelta(0) < door.changes_at(moment) - moment <= timedelta(seconds=30)


def test_every_way_to_fail_has_its_words(session, ana_comes, ana, ben, olga):
    def fails(registrations, code="7Q2K0F", by=ana):
        with pytest.raises(door.CannotCheckInOneself) as refused:
            door.check_in_oneself(registrations=registrations, code=code, by=by)
        return refused.value.code

    assert fails([ana_comes]) == "door_closed"
    opened = door.open_door(session=session, by=olga)
    assert fails([ana_comes], code="hello") == "wrong_code"
    pending = factories.RegistrationFactory(event=session.event, person=ben)
    assert fails([pending], code=shown(opened), by=ben) == "nothing_on_now"
    assert fails([], code=shown(opened)) == "nothing_on_now"
    Session.objects.filter(pk=session.pk).update(is_chosen=True)
    assert fails([ana_comes], code=shown(opened)) == "nothing_on_now"
    SessionChoice.objects.create(registration=ana_comes, session=session)
    door.close_door(session=session, by=olga)
    assert fails([ana_comes], code=shown(opened)) == "door_closed"
    hours_from_now(session, -3, -1)
    assert fails([ana_comes], code=shown(opened)) == "nothing_on_now"
    assert AttendanceRecord.objects.count() == 0


def test_a_place_that_is_given_back_at_that_moment_does_not_count(opened, session, ana_comes, ana):
    Registration.objects.filter(pk=ana_comes.pk).update(state="cancelled")
    with pytest.raises(door.CannotCheckInOneself):
        door.check_in_oneself(registrations=[ana_comes], code=shown(opened), by=ana)
    assert AttendanceRecord.objects.count() == 0


def test_the_code_of_another_room_does_not_open_this_one(session, opened, ana_comes, ana, olga):
    def parallel(title):
        return Session.objects.create(
            event=session.event, title=title, is_chosen=True, starts_at=session.starts_at, ends_at=session.ends_at,
            first_day=session.first_day, last_day=session.last_day,
        )  # fmt: skip

    mine, other = parallel("Mine"), parallel("Other")
    SessionChoice.objects.create(registration=ana_comes, session=mine)
    doors = [door.open_door(session=one, by=olga) for one in (mine, other)]
    with pytest.raises(door.WrongCode):
        door.check_in_oneself(registrations=[ana_comes], code=shown(doors[1]), by=ana)
    assert door.check_in_oneself(registrations=[ana_comes], code=shown(doors[0]), by=ana).session == mine


def test_nobody_checks_in_somebody_else(opened, ana_comes, ben, olga):
    for other in (ben, olga):
        with pytest.raises(NotAllowed):
            door.check_in_oneself(registrations=[ana_comes], code=shown(opened), by=other)


def test_a_door_opens_only_near_the_sessions_time(session, olga, otto):
    with pytest.raises(NotAllowed):
        door.open_door(session=session, by=otto)
    for starts, ends, may in ((2.1, 3, False), (1.9, 3, True), (-3, 0.1, True), (-3, -0.1, False)):
        hours_from_now(session, starts, ends)
        assert door.may_be_open(session) is may
        if not may:
            with pytest.raises(door.CannotOpenDoor):
                door.open_door(session=session, by=olga)
    session.event.state = "cancelled"
    hours_from_now(session, -1, 1)
    session.event.state = "cancelled"
    with pytest.raises(door.CannotOpenDoor):
        door.open_door(session=session, by=olga)


def test_opening_again_keeps_the_code_and_after_closing_there_are_new_ones(session, opened, olga):
    assert door.open_door(session=session, by=olga).secret == opened.secret
    door.close_door(session=session, by=olga)
    door.close_door(session=session, by=olga)
    assert door.door_of(session) is None
    assert door.open_door(session=session, by=olga).secret != opened.secret


def test_the_desk_can_take_it_back(opened, session, ana_comes, ana, olga):
    door.check_in_oneself(registrations=[ana_comes], code=shown(opened), by=ana)
    actions.undo_check_in(registration=ana_comes, session=session, by=olga)
    assert AttendanceRecord.objects.count() == 0
    assert door.check_in_oneself(registrations=[ana_comes], code=shown(opened), by=ana).source == "self"


# --- Pages and API -----------------------------------------------------------------------------------------------------


def test_the_qr_code_on_the_screen_leads_to_a_page_where_one_tap_is_enough(client, opened, ana_comes, ana):
    client.force_login(ana)
    page = client.get(reverse("check_in"), {"code": shown(opened)})
    assert page.context["form"]["code"].value() == shown(opened)
    assert AttendanceRecord.objects.count() == 0  # looking changes nothing
    done = client.post(reverse("check_in"), {"code": shown(opened)})
    assert done.context["record"].registration == ana_comes


def test_the_link_of_the_mail_is_enough_to_check_in(client, opened, ana_comes):
    own = f"{self_service_path(ana_comes)}check-in/"
    assert f'href="{own}"' in client.get(self_service_path(ana_comes)).content.decode()
    refused = client.post(own, {"code": "000000"})
    assert (refused.status_code, refused.context["form"].errors["code"]) == (400, [str(door.WrongCode.message)])
    assert client.post(own, {"code": ""}).status_code == 400
    assert client.post(own, {"code": shown(opened)}).context["record"].source == "self"


def test_their_own_page_asks_who_is_not_present_yet_to_check_in_and_tells_the_others_that_they_are(
    client, opened, ana_comes, olga
):
    def asked():
        page = client.get(self_service_path(ana_comes)).content.decode()
        return [words for words in ("Check-in is on.", "You are checked in") if words in page]

    before = asked()
    actions.check_in(registration=ana_comes, session=opened.session, by=olga)
    assert (before, asked()) == (["Check-in is on."], ["You are checked in"])


def test_a_stranger_is_told_how_to_be_recognised(client, opened):
    page = client.get(reverse("check_in"), {"code": shown(opened)})
    assert page.context["form"] is None
    assert client.post(reverse("check_in"), {"code": shown(opened)}).status_code == 200


def test_somebody_can_guess_ten_times_a_minute(client, settings, opened, ana_comes, ana, ben):
    cache.clear()
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "check-in": "10/min"},
    }
    own = f"{self_service_path(ana_comes)}check-in/"
    tries = [client.post(own, {"code": "000000"}).status_code for _ in range(11)]
    assert tries == [400] * 10 + [429]
    client.force_login(ana)  # the same person, the same allowance
    assert client.post(reverse("check_in"), {"code": shown(opened)}).status_code == 429
    api = client.post(reverse("api-own-check-in-list"), {"code": shown(opened)}, content_type="application/json")
    assert (api.status_code, api.json()["code"]) == (429, "too_many_requests")
    client.force_login(ben)  # who sits beside them does not wait
    assert client.post(reverse("check_in"), {"code": "000000"}).status_code == 400
    cache.clear()


def test_the_api_opens_and_tells_and_checks_in(api, session, ana_comes, ana, olga):
    at = reverse("api-door", args=["today", session.pk])
    api.force_authenticate(olga)
    closed = {"is_open": False, "code": None, "changes_at": None, "address": None}
    assert api.get(at).json() == closed
    told = api.put(at).json()
    assert told["address"] == f"https://calendar.example/check-in/?code={told['code']}"
    api.force_authenticate(ana)
    done = api.post(reverse("api-own-check-in-list"), {"code": told["code"]}).json()
    assert (done["registration"], done["event"], done["session"]) == (ana_comes.pk, "today", session.pk)
    wrong = api.post(reverse("api-own-check-in-list"), {"code": "000000"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_code")
    api.force_authenticate(olga)
    assert (api.delete(at).status_code, api.get(at).json()) == (204, closed)


def test_the_screen_shows_the_code_and_renews_it_without_scripts(client, session, olga, ana_comes):
    client.force_login(olga)
    at = reverse("desk_screen", args=["today", session.pk])
    assert "screen-letters" not in client.get(at).content.decode()
    client.post(reverse("desk_door", args=["today", session.pk]), {"do": "open"})
    page = client.get(at)
    assert page.context["code"].replace(" ", "") in {
        door.code_at(Door.objects.get(), timezone.now() - timedelta(seconds=ago)) for ago in (0, 30)
    }
    assert f'<noscript><meta http-equiv="refresh" content="{page.context["seconds"]}"></noscript>' in page.content.decode()
    assert 1 <= page.context["seconds"] <= 31
    assert page.headers["Cache-Control"] == "private, no-store"
    client.post(reverse("desk_door", args=["today", session.pk]), {"do": "close"})
    assert "screen-letters" not in client.get(at, {"part": "code"}).content.decode()


def test_scans_over_the_api_are_checked_field_by_field(api, session, ana_comes, olga):
    at = reverse("api-scan-list", args=["today", session.pk])
    api.force_authenticate(olga)
    scan = {"id": "9a2f1c7e-5f1b-4a52-9f3e-0d7c9a6b1e11", "code": "x", "present": True, "at": "2027-01-01T09:00:00Z"}
    wrong = [
        {**scan, "id": "1"},
        {**scan, "at": "yesterday"},
        {**scan, "key": "A" * 22},
        {key: value for key, value in scan.items() if key != "code"},
    ]
    told = [api.post(at, {"scans": [scan, one]}).json()["errors"] for one in wrong]
    assert [sorted(errors) for errors in told] == [["scans.1.id"], ["scans.1.at"], ["scans.1.key"], ["scans.1.key"]]
    assert api.post(at, {"scans": [scan] * 501}).status_code == 400
    assert api.post(at, {"scans": [], "device": "@self"}).status_code == 400
    (answer,) = api.post(at, {"scans": [scan]}).json()["answers"]
    assert (answer["problem"], answer["person"], answer["present"]) == ("misread_ticket", None, False)
