"""The event form at the desk: what is typed becomes an event; what is wrong is said at its field, and nothing is lost."""

import pytest
from django.urls import reverse

from events.programme.models import Event, Session, Venue
from network.models import Competence, Sector
from tests import factories
from tests.queries import count_queries

NEW = "/desk/events/new/"


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def typed(centre):
    """A whole form for a training of one day, as a browser sends it."""
    return {
        "kind": "training",
        "title": "Market dialogue in practice",
        "summary": "How to talk to suppliers before the call.",
        "organising_centre": centre.pk,
        "starts_day": "2030-06-14",
        "starts_time": "09:00",
        "ends_day": "",
        "ends_time": "16:30",
        "timezone": "Europe/Vienna",
        "format": "online",
        "venue": "",
        "join_link": "https://meet.example/room",
        "languages": ["en", "de"],
        "visibility": "public",
        "places": "20",
        "approver": "organiser",
        "promotion": "automatic",
        "offer_hours": "48",
        "reminder_days": "2",
        "special_answers_days": "30",
        "attendance_share": "80",
        "do": "save",
    }


def errors_of(response):
    """The summary's lines as (field, message)."""
    return [(target, message) for target, _label, message in response.context["errors"]]


def test_an_organiser_saves_a_draft(desk, olga, typed):
    response = desk.post(NEW, typed)
    event = Event.objects.get()
    assert response.headers["Location"] == reverse("desk_event", args=[event.slug])
    assert (event.state, event.title, event.created_by) == ("draft", "Market dialogue in practice", olga)
    assert (event.starts_at.isoformat(), event.ends_at.isoformat()) == (
        "2030-06-14T07:00:00+00:00",
        "2030-06-14T14:30:00+00:00",
    )
    assert sorted(event.languages) == ["de", "en"]
    assert event.sessions.count() == 1


def test_save_and_publish_is_one_step(desk, typed):
    desk.post(NEW, typed | {"do": "publish"})
    assert Event.objects.get().state == "published"


def test_what_cannot_be_published_is_not_half_written(desk, typed):
    response = desk.post(NEW, typed | {"do": "publish", "join_link": ""})
    assert response.status_code == 400
    assert errors_of(response) == [("id_join_link", "An online event needs its link to join before it can be published.")]
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "id_title"),
        ({"summary": " "}, "id_summary"),
        ({"ends_time": "08:00"}, "id_ends_time"),
        ({"ends_day": "2030-06-13"}, "id_ends_day"),
        ({"starts_day": "14 June"}, "id_starts_day"),
        ({"starts_day": ""}, "id_starts_day"),
        ({"starts_time": ""}, "id_starts_time"),
        ({"starts_time": "25:00"}, "id_starts_time"),
        ({"timezone": "Europe/Atlantis"}, "id_timezone"),
        ({"starts_day": "2030-03-31", "starts_time": "02:30"}, "id_starts_time"),  # the hour that summer time skips
        ({"closes_day": "2030-06-15"}, "id_closes_day"),  # registration would close after the end
        ({"closes_time": "12:00"}, "id_closes_day"),
        ({"changes_day": "2030-06-15"}, "id_changes_day"),  # changes would end after the event
        ({"changes_time": "12:00"}, "id_changes_day"),
        ({"offer_hours": "721"}, "id_offer_hours"),
        ({"offer_hours": ""}, "id_offer_hours"),
        ({"reminder_days": "31"}, "id_reminder_days"),
        ({"special_answers_days": "-1"}, "id_special_answers_days"),
        ({"approver": "nobody"}, "id_approver_0"),
        ({"promotion": ""}, "id_promotion_0"),
        ({"places": "0"}, "id_places"),
        ({"places": "many"}, "id_places"),
        ({"attendance_share": "101"}, "id_attendance_share"),
        ({"languages": []}, "id_languages_0"),
        ({"join_link": "no link"}, "id_join_link"),
        ({"interpretation": ["en"]}, "id_interpretation_0"),
        ({"title": "x" * 161}, "id_title"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(desk, typed, change, field):
    response = desk.post(NEW, typed | change)
    assert response.status_code == 400
    assert [target for target, _message in errors_of(response)] == [field]
    assert Event.objects.count() == 0
    for name, value in (typed | change).items():
        if name in {"title", "starts_day", "ends_time", "places"} and name != "summary":
            assert response.context["form"][name].value() == value


def test_an_unknown_zone_stays_in_the_choice_so_that_one_sees_it(desk, typed):
    page = desk.post(NEW, typed | {"timezone": "Europe/Atlantis"}).content.decode()
    assert '<option value="Europe/Atlantis" selected>' in page


def session(key, **fields):
    return {f"sessions-{key}-{name}": value for name, value in fields.items()}


def test_sessions_with_speakers(desk, typed):
    typed |= {"sessions": ["0", "3"], "sessions-3-speakers": ["1"], "ends_day": "2030-06-15"}
    typed |= session(0, title="Needs", starts_time="09:00", ends_time="12:00")  # no day: the event's first
    typed |= session(3, title="Market", starts_day="2030-06-15", starts_time="13:00", ends_time="16:00", credited_minutes="90")
    typed |= session(
        3, **{"speakers-1-name": "Eva Expert", "speakers-1-affiliation": "University", "speakers-1-part": "trainer"}
    )
    desk.post(NEW, typed)
    first, second = Session.objects.order_by("starts_at")
    assert (first.title, first.starts_at.isoformat()) == ("Needs", "2030-06-14T07:00:00+00:00")
    assert (second.title, second.credited_minutes) == ("Market", 90)
    assert [(one.name, one.affiliation, one.part) for one in second.speakers.all()] == [("Eva Expert", "University", "trainer")]


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ({"starts_day": "2030-06-20", "starts_time": "09:00", "ends_time": "10:00"}, "starts_time"),  # outside the event
        ({"starts_time": "11:00", "ends_time": "10:00"}, "ends_time"),
        ({"starts_time": "11:00"}, "ends_time"),
        ({"starts_day": "yesterday", "starts_time": "11:00", "ends_time": "12:00"}, "starts_day"),
        ({"starts_time": "10:00", "ends_time": "11:00", "credited_minutes": "9999"}, "credited_minutes"),
        ({"starts_time": "10:00", "ends_time": "11:00", "places": "8"}, "places"),  # though nobody chooses it
        ({"starts_time": "10:00", "ends_time": "11:00", "is_chosen": "on", "places": "0"}, "places"),
    ],
)
def test_a_wrong_session_is_wrong_in_its_row(desk, typed, fields, target):
    typed |= {"sessions": ["0", "7"]}
    typed |= session(0, title="Fine", starts_time="09:00", ends_time="10:00") | session(7, title="Wrong", **fields)
    response = desk.post(NEW, typed)
    assert response.status_code == 400
    assert errors_of(response)[0][0] == f"id_sessions-7-{target}"
    assert {place for place, _message in errors_of(response)} <= {
        f"id_sessions-7-{name}" for name in ("starts_time", "ends_time", target)
    }
    assert response.context["errors"][0][1].startswith("Session 2: ")
    assert Event.objects.count() == 0


def test_a_speaker_without_a_name_is_wrong_in_its_row(desk, typed):
    typed |= {"sessions": ["0"], "sessions-0-speakers": ["0", "2"], "sessions-0-speakers-2-affiliation": "University"}
    response = desk.post(NEW, typed)
    assert [target for target, _message in errors_of(response)] == ["id_sessions-0-speakers-2-name"]


def test_a_new_event_starts_with_what_most_events_have(desk):
    form = desk.get(NEW).context["form"]
    names = ("approver", "promotion", "offer_hours", "reminder_days", "special_answers_days", "attendance_share")
    assert {name: form[name].value() for name in names} == {
        "approver": "organiser",
        "promotion": "automatic",
        "offer_hours": 48,
        "reminder_days": 2,
        "special_answers_days": 30,
        "attendance_share": 80,
    }


def test_without_a_time_changes_end_with_their_day(desk, typed):
    desk.post(NEW, typed | {"changes_day": "2030-06-12"})
    assert Event.objects.get().changes_close_at.isoformat() == "2030-06-12T21:59:00+00:00"


def test_what_holds_for_a_chosen_session_is_said_in_its_row(desk, typed):
    typed |= {"sessions": ["0", "4"]}
    typed |= session(0, title="For all", starts_time="09:00", ends_time="12:00")
    typed |= session(4, title="Workshop", starts_time="13:00", ends_time="16:00", is_chosen="on", places="8")
    desk.post(NEW, typed)
    event = Event.objects.get()
    Event.objects.update(places_taken=3)
    event.sessions.filter(is_chosen=True).update(places_taken=3)
    page = reverse("desk_event", args=[event.slug])
    shown = as_shown(desk.get(page))
    fewer = desk.post(page, shown | {"sessions-1-places": "2"})
    assert errors_of(fewer) == [
        (
            "id_sessions-1-places",
            "3 places are taken already. Let people choose another session first, or keep at least that many.",
        )
    ]
    unticked = {name: value for name, value in shown.items() if name not in {"sessions-1-is_chosen", "sessions-1-places"}}
    assert errors_of(desk.post(page, unticked)) == [
        (
            "id_sessions-1-is_chosen",
            "3 people have a place at the event, so this session stays one that participants choose.",
        )
    ]
    gone = desk.post(page, shown | {"sessions": ["0"]})
    assert [message for _target, message in errors_of(gone)] == [
        "“Workshop” of 14 June 2030 cannot be removed: 3 people chose it. Let them choose another session first."
    ]


def test_rows_come_and_go_without_any_script(desk, typed):
    typed |= {"sessions": ["0", "1"], "sessions-1-speakers": ["0"], "title": ""}
    typed |= session(0, title="First") | session(1, title="Second", **{"speakers-0-name": "Eva Expert"})

    added = desk.post(NEW, typed | {"do": "add-session"})
    assert [row.form["title"].value() for row in added.context["sheet"].rows] == ["First", "Second", None]
    assert added.context["focus"] == "id_sessions-2-title"
    assert (added.status_code, added.context["errors"]) == (200, [])  # nobody asked to save yet

    removed = desk.post(NEW, typed | {"do": "remove-session:0"})
    assert [row.form["title"].value() for row in removed.context["sheet"].rows] == ["Second"]

    speakers = desk.post(NEW, typed | {"do": "add-speaker:1"}).context["sheet"].rows[1].speakers
    assert [form["name"].value() for _key, form in speakers] == ["Eva Expert", None]
    none = desk.post(NEW, typed | {"do": "remove-speaker:1:0"}).context["sheet"].rows[1].speakers
    assert none == []
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    "nonsense", ["add-speaker:99", "remove-session:x", "remove-speaker:0:0", "explode", "add-session:1:2:3", ""]
)
def test_nonsense_for_a_row_changes_nothing(desk, typed, nonsense):
    assert desk.post(NEW, typed | {"do": nonsense, "sessions": ["0", "x", "-1", "99999", "٣"]}).status_code in {200, 302}


def test_a_new_venue_is_written_with_its_event(desk, typed):
    typed |= {
        "format": "on-site",
        "venue": "new",
        "new-venue-name": "Town hall",
        "new-venue-city": "Graz",
        "new-venue-country": "AT",
    }
    desk.post(NEW, typed)
    assert Event.objects.get().venue == Venue.objects.get(name="Town hall", city="Graz")


def test_a_new_venue_is_not_left_behind_when_the_event_is_wrong(desk, typed):
    typed |= {
        "venue": "new",
        "new-venue-name": "Town hall",
        "new-venue-city": "Graz",
        "new-venue-country": "AT",
        "ends_time": "08:00",
    }
    assert desk.post(NEW, typed).status_code == 400
    assert Venue.objects.count() == 0
    missing = desk.post(NEW, typed | {"new-venue-city": "", "ends_time": "16:00"})
    assert [target for target, _message in errors_of(missing)] == ["id_new-venue-city"]


def test_competences_sectors_and_co_organisers(desk, typed, other_centre):
    competence = Competence.objects.create(code="C7", number=7, cluster="pre-award", name="Market analysis")
    sector = Sector.objects.create(slug="health-care", name="Health care")
    desk.post(NEW, typed | {"competence_C7": "3", "sectors": [sector.pk], "co_organisers": [other_centre.pk]})
    event = Event.objects.get()
    assert [(taught.competence, taught.level) for taught in event.taught.all()] == [(competence, 3)]
    assert (list(event.sectors.all()), list(event.co_organisers.all())) == ([sector], [other_centre])


def test_whole_days(desk, typed):
    desk.post(NEW, typed | {"all_day": "on", "starts_time": "", "ends_time": "", "ends_day": "2030-06-16"})
    event = Event.objects.get()
    assert (event.all_day, str(event.first_day), str(event.last_day)) == (True, "2030-06-14", "2030-06-16")
    page = desk.get(reverse("desk_event", args=[event.slug])).context["form"]
    assert (page["all_day"].value(), str(page["ends_day"].value()), page["starts_time"].value()) == (True, "2030-06-16", None)


def test_one_organises_for_ones_own_centre_only(desk, typed, other_centre):
    response = desk.post(NEW, typed | {"organising_centre": other_centre.pk})
    assert [target for target, _message in errors_of(response)] == ["id_organising_centre"]
    assert Event.objects.count() == 0


def as_shown(response):
    """What a browser would send back from a page of the form, untouched."""
    sheet = response.context["sheet"]
    sent = {"revision": response.context["revision"], "sessions": [row.key for row in sheet.rows], "do": "save"}
    forms = [sheet.form]
    for row in sheet.rows:
        forms += [row.form, *(form for _key, form in row.speakers)]
        sent[f"sessions-{row.key}-speakers"] = [key for key, _form in row.speakers]
    for form in forms:
        for field in form:
            value = field.value()
            if value is True:
                sent[field.html_name] = "on"
            elif value is not None and value is not False:
                sent[field.html_name] = value
    return sent


def test_saving_what_is_shown_changes_nothing(desk, typed, ana):
    typed |= {"sessions": ["0", "1"], "sessions-0-speakers": ["0"], "places": ""}
    typed |= {
        "promotion": "offer",
        "offer_hours": "24",
        "needs_approval": "on",
        "approver": "home-centre",
        "reminder_days": "0",
    }
    typed |= {"changes_day": "2030-06-13", "changes_time": "18:00", "special_answers_days": "7"}
    typed |= session(0, title="One", starts_time="09:00", ends_time="10:00", **{"speakers-0-name": "Eva Expert"})
    typed |= session(1, title="Two", starts_time="10:00", ends_time="12:00", is_chosen="on", places="8")
    desk.post(NEW, typed)
    event = Event.objects.get()
    event.sessions.first().speakers.update(person=ana)
    page = reverse("desk_event", args=[event.slug])
    before = list(event.sessions.values_list("pk", flat=True))
    assert desk.post(page, as_shown(desk.get(page))).status_code == 302
    event.refresh_from_db()
    assert (event.revision, list(event.sessions.values_list("pk", flat=True))) == (1, before)
    assert list(event.sessions.values_list("is_chosen", "places")) == [(False, None), (True, 8)]
    assert (event.promotion, event.offer_hours, event.needs_approval, event.approver) == ("offer", 24, True, "home-centre")
    assert (event.reminder_days, event.special_answers_days) == (0, 7)
    assert event.changes_close_at.isoformat() == "2030-06-13T16:00:00+00:00"


def test_a_speaker_stays_who_they_are_when_the_name_is_corrected(desk, typed, ana):
    typed |= {"sessions": ["0"], "sessions-0-speakers": ["0"], "sessions-0-speakers-0-name": "A. Procurer"}
    desk.post(NEW, typed)
    speaker = Session.objects.get().speakers.get()
    speaker.person = ana
    speaker.save()
    page = reverse("desk_event", args=[Event.objects.get().slug])
    sent = as_shown(desk.get(page)) | {"sessions-0-speakers-0-name": "Ana Procurer"}
    desk.post(page, sent)
    assert [(one.name, one.person) for one in Session.objects.get().speakers.all()] == [("Ana Procurer", ana)]


def test_an_hour_that_happens_twice_is_not_moved_by_saving(desk, centre):
    """At 01:30 UTC on 27 October 2030 it is half past two in Vienna for the second time."""
    from datetime import UTC, datetime

    second = datetime(2030, 10, 27, 1, 30, tzinfo=UTC)
    event = factories.EventFactory(organising_centre=centre, slug="twice", starts_at=second)
    page = reverse("desk_event", args=["twice"])
    sent = as_shown(desk.get(page)) | {"title": "Another title"}
    assert sent["starts_time"].isoformat() == "02:30:00"
    assert desk.post(page, sent).status_code == 302
    event.refresh_from_db()
    assert (event.title, event.starts_at) == ("Another title", second)


def test_who_is_late_sees_what_changed_and_keeps_what_they_typed(desk, carl, client, training):
    page = reverse("desk_event", args=[training.slug])
    mine = as_shown(desk.get(page)) | {"title": "Olga’s title"}
    theirs = as_shown(desk.get(page)) | {"places": "33"}
    desk.force_login(carl)
    assert desk.post(page, theirs).status_code == 302

    late = desk.post(page, mine)
    assert late.status_code == 400
    assert late.context["form"]["title"].value() == "Olga’s title"
    assert [(line.label, line.before, line.after) for change in late.context["changed"] for line in change.lines] == [
        ("Places", "20", "33")
    ]
    training.refresh_from_db()
    assert (training.title, training.places) == ("Market dialogue in practice", 33)
    again = desk.post(page, mine | {"revision": late.context["revision"]})
    assert again.status_code == 302


def test_the_form_asks_the_database_as_often_for_three_sessions_as_for_one(desk, training):
    page = reverse("desk_event", args=[training.slug])
    first = training.sessions.get()
    first.speakers.create(name="Speaker")
    for_one = count_queries(desk, page)
    for number in range(2):
        times = {name: getattr(first, name) for name in ("starts_at", "ends_at", "first_day", "last_day")}
        Session.objects.create(event=training, **times).speakers.create(name=f"Speaker {number}")
    assert count_queries(desk, page) == for_one <= 20
