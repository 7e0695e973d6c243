"""A webinar's report: who was there is read, matched, shown, and recorded when an organiser says yes. The people are invented."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from auditlog.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from events.attendance import actions as check_ins
from events.attendance.models import AttendanceRecord, EvidenceFile, ReportImport
from events.attendance.reports import actions
from events.programme.models import Event, Session
from network.errors import Invalid, NotAllowed, WrongState
from tests import factories
from tests.queries import count_queries

SAMPLES = Path(__file__).parent / "report_samples"


def at(hour, minute=0, second=0):
    """A moment of 28 April 2021, in UTC: the day of the session."""
    return datetime(2021, 4, 28, hour, minute, second, tzinfo=UTC)


@pytest.fixture
def webinar(centre):
    """Online, 9:00 to 12:00 in Vienna (7:00 to 10:00 UTC) on 28 April 2021."""
    event = factories.EventFactory(
        organising_centre=centre,
        slug="webinar",
        title="Market dialogue",
        format=Event.Format.ONLINE,
        venue=None,
        starts_at=at(7),
        ends_at=at(10),
        with_session=False,
    )
    Session.objects.create(
        event=event, title="Dialogue", starts_at=at(7), ends_at=at(10), first_day=at(7).date(), last_day=at(7).date()
    )
    return event


@pytest.fixture
def session(webinar):
    found = webinar.sessions.get()
    found.event = webinar
    return found


def joins(event, name, email, state="confirmed"):
    person = factories.PersonFactory(name=name, email=email)
    return factories.RegistrationFactory(event=event, person=person, state=state)


@pytest.fixture
def anna(webinar):
    return joins(webinar, "Dr. Anna Mueller", "Anna.Mueller@demo.example")


@pytest.fixture
def bens(webinar, ben):
    return factories.RegistrationFactory(event=webinar, person=ben, state="confirmed")


@pytest.fixture
def cleos(webinar, cleo):
    return factories.RegistrationFactory(event=webinar, person=cleo, state="confirmed")


def sample(name="zoom_meeting_en.csv"):
    """A sample, moved from 2027 to 2021: what is over can be recorded."""
    content = (SAMPLES / name).read_bytes()
    encoding = "utf-16" if content.startswith(b"\xff\xfe") else "utf-8"
    return content.decode(encoding).replace("2027", "2021").replace("/27,", "/21,").replace("04.27,", "04.21,").encode(encoding)


def upload(content=None, name="participants.csv"):
    return SimpleUploadedFile(name, sample() if content is None else content)


def zoom(*rows):
    lines = ["Name (original name),Email,Join time,Leave time,Duration (minutes)"]
    lines += [f"{name},{email},28.04.2021 {start}:00,28.04.2021 {end}:00,1" for name, email, start, end in rows]
    return "\n".join(lines).encode()


def read(session, by, content=None, **more):
    return actions.read_webinar_report(session=session, upload=upload(content), by=by, **more)


def record(session, by, content=None, choices=None):
    return actions.record_report(report=read(session, by, content), choices=choices or {}, by=by)


def recorded():
    rows = AttendanceRecord.objects.select_related("registration__person").order_by("registration__person__name")
    return {row.registration.person.name: (row.source, row.minutes, row.spans) for row in rows}


ANNA = ("report", 175, [["2021-04-28T07:00:00Z", "2021-04-28T08:15:00Z"], ["2021-04-28T08:20:30Z", "2021-04-28T10:00:00Z"]])
BEN = ("report", 178, [["2021-04-28T07:02:11Z", "2021-04-28T10:00:00Z"]])
CLEO = ("report", 90, [["2021-04-28T07:30:00Z", "2021-04-28T09:00:00Z"]])


@pytest.mark.parametrize(
    "name",
    ["zoom_meeting_en.csv", "zoom_webinar_en.csv", "zoom_webinar_de.csv", "teams_en.csv", "teams_de.csv", "webex_en.csv"],
)
def test_connections_are_joined_cut_to_the_session_and_counted(session, olga, anna, bens, cleos, name):
    outcome = record(session, olga, sample(name))
    assert (outcome.recorded, outcome.changed, outcome.left_out) == (3, 0, [])
    assert recorded() == {"Dr. Anna Mueller": ANNA, "Ben Buyer": BEN, "Cleo Contracts": CLEO}


def test_nothing_is_recorded_before_somebody_says_yes(session, olga, anna):
    report = read(session, olga)
    assert (report.state, report.tool, recorded()) == ("read", "zoom", {})
    file = EvidenceFile.objects.get()
    assert (file.kind, file.name, file.media_type, file.size) == ("report", "participants.csv", "text/csv", len(sample()))
    with file.file.open() as kept:
        assert kept.read() == sample()


def test_the_report_keeps_whom_each_person_was_taken_for(session, olga, anna, bens, cleos):
    record(session, olga)
    kept = [(one["name"], one["registration"], one["how"]) for one in ReportImport.objects.get().people]
    assert kept == [
        ("Olga Organiser", None, "nobody"),
        ("Anna Müller", anna.pk, "email"),
        ("Buyer, Ben", bens.pk, "name"),
        ("C C (Cleo Contracts)", cleos.pk, "name"),
    ]


def test_the_same_file_again_changes_nothing(session, olga, anna, bens, cleos):
    record(session, olga)
    before, entries = recorded(), LogEntry.objects.get_for_model(AttendanceRecord).count()
    outcome = record(session, olga)
    assert (outcome.recorded, outcome.changed) == (0, 0)
    assert (recorded(), LogEntry.objects.get_for_model(AttendanceRecord).count()) == (before, entries)
    assert EvidenceFile.objects.count() == 1


def test_recording_twice_is_once(session, olga, anna):
    report = read(session, olga)
    assert actions.record_report(report=report, choices={}, by=olga).recorded == 1
    assert actions.record_report(report=report, choices={}, by=olga).recorded == 0


def test_a_second_report_joins_the_first(session, olga, anna):
    record(session, olga, zoom(("Anna Müller", "", "09:00", "10:00")))
    outcome = record(session, olga, zoom(("Anna Mueller", "", "09:30", "10:30"), ("Anna Müller", "", "11:00", "11:15")))
    assert (outcome.recorded, outcome.changed) == (0, 1)
    spans = [["2021-04-28T07:00:00Z", "2021-04-28T08:30:00Z"], ["2021-04-28T09:00:00Z", "2021-04-28T09:15:00Z"]]
    assert recorded() == {"Dr. Anna Mueller": ("report", 105, spans)}


def test_online_a_check_in_stays_and_gets_the_minutes(session, olga, anna, bens):
    check_ins.check_in(registration=anna, session=session, by=olga)
    check_ins.check_in(registration=bens, session=session, by=olga)
    outcome = record(session, olga, zoom(("Anna Müller", "", "09:00", "10:00")))
    assert (outcome.recorded, outcome.changed) == (0, 1)
    assert recorded() == {
        "Dr. Anna Mueller": ("desk", 60, [["2021-04-28T07:00:00Z", "2021-04-28T08:00:00Z"]]),
        "Ben Buyer": ("desk", None, []),  # is not in the report, and stays
    }


def test_whoever_was_in_the_room_was_there_whatever_the_report_says(session, webinar, olga, anna, bens):
    Event.objects.filter(pk=webinar.pk).update(format=Event.Format.HYBRID)
    webinar.refresh_from_db()
    check_ins.check_in(registration=anna, session=session, by=olga)
    record(session, olga, zoom(("Anna Müller", "", "09:00", "09:10"), ("Ben Buyer", "", "09:00", "10:00")))
    assert recorded() == {
        "Dr. Anna Mueller": ("desk", None, []),
        "Ben Buyer": ("report", 60, [["2021-04-28T07:00:00Z", "2021-04-28T08:00:00Z"]]),
    }


def test_who_was_connected_outside_of_the_session_only_is_not_recorded(session, olga, anna, bens):
    record(session, olga, zoom(("Anna Müller", "", "07:00", "08:59"), ("Ben Buyer", "", "11:59", "13:00")))
    assert recorded() == {"Ben Buyer": ("report", 1, [["2021-04-28T09:59:00Z", "2021-04-28T10:00:00Z"]])}


def test_a_report_without_times_counts_its_minutes_up_to_the_session(session, olga, anna, bens, cleos):
    record(session, olga, sample("zoom_unique_en.csv"))
    assert recorded() == {
        "Dr. Anna Mueller": ("report", 177, []),
        "Ben Buyer": ("report", 180, []),
        "Cleo Contracts": ("report", 90, []),
    }


def test_a_report_of_first_and_last_counts_what_it_says_in_between(session, olga, anna):
    record(session, olga, sample("bigbluebutton_de.csv"))
    assert recorded() == {"Dr. Anna Mueller": ("report", 177, [["2021-04-28T07:00:00Z", "2021-04-28T10:00:00Z"]])}


def test_the_clock_of_the_file_can_be_changed_before_it_is_recorded(session, olga, anna):
    report = read(session, olga, zoom(("Anna Müller", "", "08:00", "09:00")))
    assert report.reading == {"zone": "Europe/Vienna", "is_zone_stated": False, "order": "", "how": ""}
    report = actions.read_again(report=report, zone="Europe/Lisbon", by=olga)
    actions.record_report(report=report, choices={}, by=olga)
    assert recorded() == {"Dr. Anna Mueller": ("report", 60, [["2021-04-28T07:00:00Z", "2021-04-28T08:00:00Z"]])}
    with pytest.raises(WrongState):
        actions.read_again(report=report, zone="Europe/Vienna", by=olga)


def test_a_zone_that_is_none_is_refused(session, olga):
    with pytest.raises(Invalid) as error:
        read(session, olga, zone="Mars/Base")
    assert set(error.value.errors) == {"timezone"}


def test_taking_it_back_leaves_what_others_said(session, olga, anna, bens, cleos):
    check_ins.check_in(registration=cleos, session=session, by=olga)
    record(session, olga, zoom(("Anna Müller", "", "09:00", "10:00")))
    rows = [
        ("Anna Müller", "", "10:00", "11:00"),
        ("Ben Buyer", "", "09:00", "10:00"),
        ("Cleo Contracts", "", "09:00", "10:00"),
    ]
    record(session, olga, zoom(*rows))
    assert [minutes for _source, minutes, _spans in recorded().values()] == [60, 60, 120]
    second = ReportImport.objects.first()
    assert actions.take_back_report(report=second, by=olga) == 3
    assert recorded() == {
        "Dr. Anna Mueller": ("report", 60, [["2021-04-28T07:00:00Z", "2021-04-28T08:00:00Z"]]),
        "Cleo Contracts": ("desk", None, []),
    }
    second.refresh_from_db()
    assert (second.state, second.recorded_at) == ("read", None)
    assert actions.record_report(report=second, choices={}, by=olga).recorded == 1  # Ben; the others change


def test_the_journal_says_who_recorded_what_and_why(session, olga, anna):
    record(session, olga, zoom(("Anna Müller", "", "09:00", "10:00")))
    entry = LogEntry.objects.get_for_model(AttendanceRecord).get()
    assert (entry.actor, entry.action, entry.additional_data) == (olga, 0, {"reason": "Attendance report of the webinar"})
    assert (entry.changes["source"], entry.changes["minutes"]) == (["None", "report"], ["None", "60"])
    assert "people" not in LogEntry.objects.get_for_model(ReportImport).filter(action=0).get().changes


def test_a_dropped_report_leaves_nothing(session, olga, anna, django_capture_on_commit_callbacks):
    report = read(session, olga)
    storage, name = report.evidence.file.storage, report.evidence.file.name
    with django_capture_on_commit_callbacks(execute=True):
        actions.drop_report(report=report, by=olga)
    assert (ReportImport.objects.count(), EvidenceFile.objects.count(), storage.exists(name)) == (0, 0, False)


def test_what_was_recorded_cannot_be_dropped(session, olga, anna):
    record(session, olga)
    with pytest.raises(WrongState):
        actions.drop_report(report=ReportImport.objects.get(), by=olga)
    assert actions.forget_reports() == 0


def test_nobody_says_yes_for_a_week_and_it_is_forgotten(session, olga):
    read(session, olga)
    assert actions.forget_reports() == 0
    ReportImport.objects.update(read_at=timezone.now() - timedelta(days=8))
    assert (actions.forget_reports(), EvidenceFile.objects.count()) == (1, 0)


def test_another_centre_cannot_read_or_record(session, olga, otto, anna):
    with pytest.raises(NotAllowed):
        read(session, otto)
    report = read(session, olga)
    with pytest.raises(NotAllowed):
        actions.record_report(report=report, choices={}, by=otto)
    with pytest.raises(NotAllowed):
        actions.drop_report(report=report, by=otto)


def test_a_session_that_has_not_begun_has_no_report(session, olga):
    Session.objects.filter(pk=session.pk).update(
        starts_at=timezone.now() + timedelta(hours=1), ends_at=timezone.now() + timedelta(hours=2)
    )
    session.refresh_from_db()
    with pytest.raises(actions.CannotImport):
        read(session, olga)


def test_somebody_elses_registration_cannot_be_chosen(session, olga, anna, training, cleo):
    foreign = factories.RegistrationFactory(event=training, person=cleo, state="confirmed")
    with pytest.raises(Invalid) as error:
        record(session, olga, choices={0: foreign.pk, 77: None})
    assert error.value.errors == {
        "people.0": ["This is no participant of this session."],
        "people.77": ["The report names nobody in this place."],
    }
    assert recorded() == {}


def test_who_cancelled_meanwhile_is_left_out_and_told(session, olga, anna, bens):
    report = read(session, olga)
    type(anna).objects.filter(pk=anna.pk).update(state="cancelled")
    outcome = actions.record_report(report=report, choices={}, by=olga)
    assert (outcome.recorded, list(recorded())) == (1, ["Ben Buyer"])


# --- Who is meant ----------------------------------------------------------------------------------------------------


def matches(session, *people):
    from events.attendance.reports.settling import preview

    entries = [{"name": name, "email": email, "spans": [], "minutes": 60} for name, email in people]
    found = preview(session, entries)
    how = {line.registration.person.name: line.hows for line in found.lines}
    asked = {
        one.entry["name"]: ([str(other.person) for other in one.match.candidates], one.match.proposed) for one in found.asked
    }
    return how, asked, [(one.entry["name"], one.match.how) for one in found.nobody]


@pytest.mark.parametrize(
    "name",
    [
        "Anna Müller",
        "MUELLER Anna",
        "Müller, Anna (Guest)",
        "Dr. Anna Müller",
        "AM (Anna Müller)",
        "Anna Müller | City of Graz",
        "Mag. Ánna Muller",
    ],
)
def test_a_name_is_known_in_whatever_way_it_is_written(session, anna, name):
    assert matches(session, (name, "")) == ({"Dr. Anna Mueller": ["name"]}, {}, [])


def test_an_address_says_more_than_a_name(session, anna, bens):
    assert matches(session, ("Ben Buyer", "ANNA.mueller@demo.example")) == ({"Dr. Anna Mueller": ["email"]}, {}, [])


def test_the_same_name_with_another_address_is_asked_and_proposed(session, anna):
    how, asked, nobody = matches(session, ("Anna Müller", "anna@home.example"))
    assert (how, asked, nobody) == ({"Dr. Anna Mueller": ["doubtful"]}, {"Anna Müller": (["Dr. Anna Mueller"], anna)}, [])


@pytest.mark.parametrize("name", ["Anna", "A. Müller", "Anna Maria Müller", "Ana Müller", "Anna Mülelr"])
def test_a_name_that_is_nearly_one_is_asked_and_not_proposed(session, anna, name):
    assert matches(session, (name, "")) == ({}, {name: (["Dr. Anna Mueller"], None)}, [])


def test_two_of_one_name_are_asked(session, webinar, anna):
    twin = joins(webinar, "Anna Müller", "another.anna@demo.example")
    how, asked, _nobody = matches(session, ("Anna Müller", ""))
    assert (how, sorted(asked["Anna Müller"][0]), asked["Anna Müller"][1]) == (
        {},
        sorted([str(anna.person), str(twin.person)]),
        None,
    )


@pytest.mark.parametrize("name", ["iPhone", "Bert Müller", "Gast", "()", "Зоя"])
def test_others_are_nobody(session, anna, name):
    assert matches(session, (name, "")) == ({}, {}, [(name, "nobody")])


def test_who_only_waits_for_a_place_is_no_participant(session, webinar):
    joins(webinar, "Wanda Waiting", "wanda@demo.example", state="pending")
    assert matches(session, ("Wanda", "wanda@demo.example")) == ({}, {}, [("Wanda", "not_here")])


def test_who_chose_another_session_is_no_participant(session, anna):
    Session.objects.filter(pk=session.pk).update(is_chosen=True)
    session.refresh_from_db()
    assert matches(session, ("Anna", anna.person.email)) == ({}, {}, [("Anna", "not_here")])


# --- The pages -------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def page(name, **more):
    return reverse(name, kwargs={"slug": "webinar", **more})


def said(response):
    return [str(message) for message in response.context["messages"]]


def send(desk, session, content=None, **more):
    facts = {"session": session.pk, "file": upload(content), "timezone": "Europe/Vienna", **more}
    return desk.post(page("desk_reports"), facts, follow=True)


def test_a_report_is_uploaded_looked_at_and_recorded(desk, session, anna, bens, cleos):
    shown = send(desk, session)
    assert [(line["person"].name, line["minutes"], line["change"]) for line in shown.context["lines"]] == [
        ("Ben Buyer", 178, "is recorded as present"),
        ("Cleo Contracts", 90, "is recorded as present"),
        ("Dr. Anna Mueller", 175, "is recorded as present"),
    ]
    assert [one["name"] for one in shown.context["nobody"]] == ["Olga Organiser"]
    done = desk.post(page("desk_report", key=ReportImport.objects.get().pk), follow=True)
    assert said(done) == ["3 people are recorded as present."]
    assert recorded() == {"Dr. Anna Mueller": ANNA, "Ben Buyer": BEN, "Cleo Contracts": CLEO}
    back = desk.post(page("desk_report_take_back", key=ReportImport.objects.get().pk), follow=True)
    assert said(back) == ["What the report recorded of 3 people is taken back."]
    assert recorded() == {}


def test_a_report_of_another_day_is_noticed_before_it_is_recorded(desk, webinar, session, anna, bens, cleos):
    assert send(desk, session).context["is_of_another_time"] is False
    Session.objects.filter(pk=session.pk).update(starts_at=at(7) + timedelta(days=7), ends_at=at(10) + timedelta(days=7))
    shown = desk.get(page("desk_report", key=ReportImport.objects.get().pk))
    assert {line["change"] for line in shown.context["lines"]} == {"was not connected during the session: is not recorded"}
    assert "Nobody of this report was connected while this session ran." in shown.content.decode()


def test_the_organiser_decides_about_who_is_not_sure(desk, session, anna, bens, cleos):
    shown = send(
        desk,
        session,
        zoom(("Anna M", "", "09:00", "10:00"), ("iPhone", "", "09:00", "10:00"), ("B. Buyer", "", "09:00", "10:00")),
    )
    asked = {one["name"]: one["field"] for one in shown.context["asked"] + shown.context["nobody"]}
    key = ReportImport.objects.get().pk
    choices = {asked["Anna M"]: anna.pk, asked["iPhone"]: "Cleo Contracts (cleo.contracts@demo.example)", asked["B. Buyer"]: ""}
    desk.post(page("desk_report", key=key), choices)
    assert sorted(recorded()) == ["Cleo Contracts", "Dr. Anna Mueller"]
    after = desk.get(page("desk_report", key=key)).context
    assert [entry["name"] for entry in after["left"]] == ["B. Buyer"]


def test_a_name_that_is_nobodys_is_said_at_its_field_and_what_was_typed_is_kept(desk, session, anna):
    send(desk, session, zoom(("iPhone", "", "09:00", "10:00")))
    response = desk.post(page("desk_report", key=ReportImport.objects.get().pk), {"p0": "Somebody Else"})
    assert response.status_code == 400
    assert (response.context["nobody"][0]["value"], response.context["errors"][0][:2]) == ("Somebody Else", ("p0", "iPhone"))
    assert recorded() == {}


@pytest.mark.parametrize("value", ["x", "99999999999999999999", "-1", "0"])
def test_a_choice_that_was_not_offered_is_refused(desk, session, anna, value):
    send(desk, session, zoom(("Anna", "", "09:00", "10:00")))
    assert desk.post(page("desk_report", key=ReportImport.objects.get().pk), {"p0": value}).status_code == 400
    assert recorded() == {}


def test_a_file_that_is_no_report_is_said_at_its_field(desk, session):
    response = send(desk, session, b"Name,Shoe size\nAnna,38\n")
    assert response.status_code == 400
    assert list(response.context["form"].errors) == ["file"]
    assert (EvidenceFile.objects.count(), ReportImport.objects.count()) == (0, 0)


def test_the_zone_is_changed_on_the_page(desk, session, anna):
    send(desk, session, zoom(("Anna Müller", "", "08:00", "09:00")))
    key = ReportImport.objects.get().pk
    shown = desk.post(page("desk_report_zone", key=key), {"timezone": "Europe/Lisbon"}, follow=True)
    assert [line["minutes"] for line in shown.context["lines"]] == [60]
    wrong = desk.post(page("desk_report_zone", key=key), {"timezone": "x"}, follow=True)
    assert said(wrong) == ["“x” is not a time zone. Use an IANA name such as Europe/Vienna."]


def test_the_page_asks_the_database_as_often_for_one_as_for_three(desk, session, webinar, anna):
    content = zoom(*((f"Person {n}", f"p{n}@demo.example", "09:00", "10:00") for n in range(3)))
    send(desk, session, content)
    address = page("desk_report", key=ReportImport.objects.get().pk)
    joins(webinar, "Person 0", "p0@demo.example")
    one = count_queries(desk, address)
    for n in (1, 2):
        joins(webinar, f"Person {n}", f"p{n}@demo.example")
    assert count_queries(desk, address) == one
    assert len(desk.get(address).context["lines"]) == 3


@pytest.mark.parametrize(
    "address", ["/desk/events/webinar/attendance/webinar/", "/api/v1/events/webinar/sessions/{}/webinar-reports/"]
)
def test_lists_of_reports_ask_the_database_as_often_for_three_as_for_one(desk, session, olga, address):
    address = address.format(session.pk)
    read(session, olga, zoom(("Person 1", "", "09:00", "10:00")))
    one = count_queries(desk, address)
    for n in (2, 3):
        read(session, olga, zoom((f"Person {n}", "", "09:00", "10:00")))
    assert (count_queries(desk, address), ReportImport.objects.count()) == (one, 3)


def test_recording_asks_the_database_as_often_for_one_as_for_three(session, webinar, olga, django_assert_max_num_queries):
    for n in range(40):
        joins(webinar, f"Person {n}", f"p{n}@demo.example")
    report = read(session, olga, zoom(*((f"Person {n}", "", "09:00", "10:00") for n in range(40))))
    with django_assert_max_num_queries(26):
        assert actions.record_report(report=report, choices={}, by=olga).recorded == 40


# --- For programs ----------------------------------------------------------------------------------------------------


def test_a_program_reads_records_and_takes_back(api, session, olga, anna, bens):
    api.force_authenticate(olga)
    address = f"/api/v1/events/webinar/sessions/{session.pk}/webinar-reports/"
    made = api.post(
        address,
        {"file": upload(zoom(("Anna M", "", "09:00", "10:00"), ("Ben Buyer", "", "09:00", "10:00")))},
        format="multipart",
    )
    assert made.status_code == 201, made.data
    assert [(one["name"], one["how"], one["registration"], one["candidates"]) for one in made.data["people"]] == [
        ("Anna M", "doubtful", None, [anna.pk]),
        ("Ben Buyer", "name", bens.pk, []),
    ]
    assert [(one["registration"], one["minutes"], one["change"]) for one in made.data["participants"]] == [(bens.pk, 60, "new")]
    key = made.data["id"]
    done = api.post(f"{address}{key}/record/", {"choices": [{"person": 0, "registration": anna.pk}]}, format="json")
    assert done.data == {"recorded": 2, "changed": 0, "left_out": []}
    assert api.get(f"{address}{key}/").data["people"][0]["how"] == "chosen"
    assert [one["state"] for one in api.get(address).data] == ["recorded"]
    assert api.patch(f"{address}{key}/", {"timezone": "UTC"}, format="json").status_code == 409
    assert api.post(f"{address}{key}/take-back/").data["state"] == "read"
    assert recorded() == {}
    assert api.delete(f"{address}{key}/").status_code == 204
    assert api.get(f"{address}{key}/").status_code == 404


def test_a_program_hears_what_is_wrong(api, session, olga):
    api.force_authenticate(olga)
    address = f"/api/v1/events/webinar/sessions/{session.pk}/webinar-reports/"
    wrong = api.post(address, {"file": upload(b"x,y\n1,2\n")}, format="multipart")
    assert (wrong.status_code, list(wrong.data["errors"])) == (400, ["file"])
    assert api.post(address, {}, format="multipart").status_code == 400
