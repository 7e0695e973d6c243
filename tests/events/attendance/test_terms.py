"""What a certificate needs: stated by the organiser, explained to each person, and reports that are handed in."""

import re
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from events.attendance.evaluation.actions import switch_on
from events.attendance.models import AttendanceRecord, AttendanceTerms, EvidenceFile, HandedIn
from events.attendance.terms import handing_in
from events.attendance.terms.actions import set_terms
from events.attendance.terms.explaining import explain
from events.programme.models import Event, Session
from events.registrations.links import self_service_path
from events.registrations.models import Registration
from network.errors import Invalid, NotAllowed
from tests import factories
from tests.events.attendance.hours import attendance_of
from tests.events.certificates.samples import stored
from tests.queries import count_queries

PDF = b"%PDF-1.7 my report"


@pytest.fixture(autouse=True)
def _kept_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def course(centre):
    """Two sessions of two hours, yesterday: Needs and Market."""
    start = (timezone.now() - timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    event = factories.EventFactory(
        organising_centre=centre,
        slug="course",
        title="Market dialogue",
        starts_at=start,
        ends_at=start + timedelta(hours=4),
        with_session=False,
    )
    for number, title in enumerate(("Needs", "Market")):
        Session.objects.create(
            event=event,
            title=title,
            starts_at=start + timedelta(hours=2 * number),
            ends_at=start + timedelta(hours=2 * number + 2),
            first_day=event.first_day,
            last_day=event.first_day,
        )
    return event


@pytest.fixture
def anas(course, ana):
    return factories.RegistrationFactory(event=course, person=ana, state="confirmed")


@pytest.fixture
def needs_report(course):
    return AttendanceTerms.objects.create(event=course, needs_report=True)


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def said(page):
    return [str(message) for message in page.context["messages"]]


def a_file(content=PDF, name="my report.pdf"):
    return SimpleUploadedFile(name, content)


def page_of(registration):
    return f"{self_service_path(registration)}report/"


# --- terms ---


def test_the_organiser_states_what_is_needed_and_reads_it_in_words(desk, course, olga):
    switch_on(event=course, by=olga)
    address = reverse("desk_attendance_terms", args=["course"])
    assert desk.get(address).context["in_words"] == ["Presence for 80 % of the hours or more."]
    needs = course.sessions.get(title="Needs")
    sent = {"required_sessions": [needs.pk], "needs_evaluation": "on", "needs_report": "on"}
    page = desk.post(address, sent, follow=True)
    assert said(page) == ["Saved. Hours and certificates follow it from now on."]
    assert page.context["in_words"] == [
        "Presence for 80 % of the hours or more.",
        "Presence at the session “Needs”.",
        "The evaluation filled in.",
        "A report handed in.",
    ]
    desk.post(address, {})
    assert desk.get(address).context["in_words"] == ["Presence for 80 % of the hours or more."]


def test_who_changed_what_is_needed_is_journalled_sessions_included(course, olga):
    needs = course.sessions.get(title="Needs")
    terms = set_terms(event=course, required_sessions=[needs.pk], needs_evaluation=False, needs_report=True, by=olga)
    entries = LogEntry.objects.get_for_object(terms).order_by("pk")
    assert {entry.actor for entry in entries} == {olga}
    assert [name for entry in entries for name in entry.changes if name in {"needs_report", "required_sessions"}] == [
        "needs_report",
        "needs_report",
        "required_sessions",
    ]


def test_terms_that_cannot_be_met_are_refused(course, training, olga, otto):
    with pytest.raises(Invalid) as problem:
        set_terms(
            event=course,
            required_sessions=[training.sessions.get().pk],
            needs_evaluation=True,
            needs_report=False,
            by=olga,
        )
    assert problem.value.errors == {
        "required_sessions": ["Choose sessions of this event."],
        "needs_evaluation": ["This event has no evaluation. Switch it on first."],
    }
    assert not AttendanceTerms.objects.exists()
    with pytest.raises(NotAllowed):
        set_terms(event=course, required_sessions=[], needs_evaluation=False, needs_report=False, by=otto)


def test_programs_state_them_too(api, course, olga):
    api.force_authenticate(olga)
    address = "/api/v1/events/course/attendance-terms/"
    nothing = {"share": 80, "required_sessions": [], "needs_evaluation": False, "needs_report": False}
    assert api.get(address).json() == nothing
    market = course.sessions.get(title="Market").pk
    stated = {"required_sessions": [market], "needs_evaluation": False, "needs_report": True}
    assert api.put(address, stated, format="json").json() == {"share": 80, **stated}
    assert api.get(address).json() == {"share": 80, **stated}


# --- how hours came about ---


def test_each_line_says_how_it_came_about(course, anas, olga):
    needs, market = course.sessions.order_by("starts_at")
    evidence = EvidenceFile.objects.create(
        event=course, kind="report", name="zoom.csv", media_type="text/csv", size=9, sha256="a" * 64, uploaded_at=timezone.now()
    )
    begin = market.starts_at
    AttendanceRecord.objects.create(
        registration=anas, session=needs, checked_in_at=needs.starts_at, source="desk", recorded_by=olga
    )
    AttendanceRecord.objects.create(
        registration=anas,
        session=market,
        checked_in_at=begin,
        source="report",
        recorded_by=olga,
        minutes=50,
        spans=[[begin.isoformat(), (begin + timedelta(minutes=50)).isoformat()]],
        evidence=evidence,
    )
    first, second = explain(anas).lines
    assert (first.why, first.minutes, first.whole, first.attended) == ("Present: the whole session counts.", 120, 120, True)
    assert (second.why, second.minutes, second.whole, second.attended) == (
        "Connected for 50 of 120 minutes. That is less than 80 %: the session does not count as attended.",
        50,
        120,
        False,
    )
    assert second.spans == [(begin, begin + timedelta(minutes=50))]


def test_absence_says_nothing_before_anybody_is_recorded(course, anas, ben):
    needs = course.sessions.get(title="Needs")
    assert [line.why for line in explain(anas).lines] == ["Nobody’s presence is recorded for this session yet."] * 2
    bens = factories.RegistrationFactory(event=course, person=ben, state="confirmed")
    AttendanceRecord.objects.create(registration=bens, session=needs, checked_in_at=needs.starts_at)
    assert [line.why for line in explain(anas).lines] == [
        "Not present.",
        "Nobody’s presence is recorded for this session yet.",
    ]


def test_the_desk_shows_each_persons_lines_and_what_they_miss(desk, course, anas, needs_report):
    needs = course.sessions.get(title="Needs")
    AttendanceRecord.objects.create(registration=anas, session=needs, checked_in_at=needs.starts_at)
    page = desk.get(reverse("desk_hours_of", args=["course", anas.pk]))
    assert page.context["missing"] == [
        "Attended 50 % of the hours; a certificate needs 80 %.",
        "The report is not handed in.",
    ]
    (row,) = desk.get(reverse("desk_hours", args=["course"])).context["rows"]
    assert row["missing"] == page.context["missing"]


def test_programs_read_the_lines(api, course, anas, olga, needs_report):
    needs = course.sessions.get(title="Needs")
    AttendanceRecord.objects.create(registration=anas, session=needs, checked_in_at=needs.starts_at, recorded_by=olga)
    api.force_authenticate(olga)
    row = api.get(f"/api/v1/events/course/attendance/{anas.pk}/").json()
    assert [(one["code"], one["words"]) for one in row["missing"]] == [
        ("hours", "Attended 50 % of the hours; a certificate needs 80 %."),
        ("report", "The report is not handed in."),
    ]
    assert {name: row["lines"][0][name] for name in ("title", "present", "minutes", "source", "recorded_by", "why")} == {
        "title": "Needs",
        "present": True,
        "minutes": 120,
        "source": "desk",
        "recorded_by": "Olga Organiser",
        "why": "Present: the whole session counts.",
    }
    assert [line["minutes"] for line in row["lines"]] == [120, 0]


def test_a_participant_sees_their_hours_and_what_to_do(client, course, anas, needs_report):
    for session in course.sessions.all():
        AttendanceRecord.objects.create(registration=anas, session=session, checked_in_at=session.starts_at)
    page = client.get(self_service_path(anas)).content.decode()
    assert "4 h of 4 h, 100 %" in page
    assert "<li>The report is not handed in.</li>" in page
    assert f'href="{page_of(anas)}"' in page
    handing_in.hand_in(registration=anas, upload=a_file(), by=anas.person)
    assert "You have all that the certificate needs." in client.get(self_service_path(anas)).content.decode()


def test_hours_that_are_not_recorded_yet_are_not_called_missing(client, course, anas, needs_report):
    needs, market = course.sessions.order_by("starts_at")
    needs_report.required_sessions.add(market)
    can_grow = "It is not recorded for every session yet who was there, so your hours can still grow."

    def shown():
        page = client.get(self_service_path(anas)).content.decode()
        missing = page.partition("For the certificate this is missing:")[2].partition("</ul>")[0]
        return can_grow in page, re.findall("<li>(.*?)</li>", missing)

    assert shown() == (False, ["The report is not handed in."])  # nothing is recorded of anybody
    AttendanceRecord.objects.create(registration=anas, session=needs, checked_in_at=needs.starts_at)
    assert shown() == (True, ["The report is not handed in."])
    other = factories.RegistrationFactory(event=course, state="confirmed")
    AttendanceRecord.objects.create(registration=other, session=market, checked_in_at=market.starts_at)
    assert shown() == (
        False,
        [
            "Attended 50 % of the hours; a certificate needs 80 %.",
            "“Market” was not attended.",
            "The report is not handed in.",
        ],
    )


def test_what_the_certificate_will_need_is_told_before_the_event(client, training, ana, olga):
    switch_on(event=training, by=olga)
    set_terms(event=training, required_sessions=[], needs_evaluation=True, needs_report=True, by=olga)
    registration = factories.RegistrationFactory(event=training, person=ana, state="confirmed")
    page = client.get(self_service_path(registration)).content.decode()
    needs = page.partition("What the certificate needs")[2].partition("</ul>")[0]
    assert re.findall("<li>(.*?)</li>", needs) == [
        "Presence for 80 % of the hours or more.",
        "The evaluation filled in.",
        "A report handed in.",
    ]


def test_before_the_event_nothing_is_said_of_hours(client, training, ana):
    registration = factories.RegistrationFactory(event=training, person=ana, state="confirmed")
    assert "own-hours" not in client.get(self_service_path(registration)).content.decode()


@pytest.mark.parametrize("name", ["desk_hours", "desk_hours_of", "api-attendance-list", "api-attendance-detail"])
def test_hours_ask_the_database_as_often_for_three_people_as_for_one(desk, course, anas, needs_report, name):
    args = ["course"] if name in {"desk_hours", "api-attendance-list"} else ["course", anas.pk]

    def another():
        registration = factories.RegistrationFactory(event=course, state="confirmed")
        session = course.sessions.first()
        AttendanceRecord.objects.create(registration=registration, session=session, checked_in_at=session.starts_at)

    for_one = count_queries(desk, reverse(name, args=args))
    another()
    another()
    assert count_queries(desk, reverse(name, args=args)) == for_one <= 16


# --- reports ---


def test_a_participant_hands_in_a_report_and_replaces_it(client, course, anas, needs_report):
    page = client.post(page_of(anas), {"file": a_file()}, follow=True)
    assert said(page) == ["Your report is handed in."]
    first = HandedIn.objects.get()
    assert (first.name, first.media_type, first.size, first.noted_by) == ("my_report.pdf", "application/pdf", len(PDF), None)
    assert attendance_of(anas).missing[-1].code == "hours"
    client.post(page_of(anas), {"file": a_file(b"\x89PNG\r\n\x1a\n other", "scan.jpeg")})
    second = HandedIn.objects.get()
    assert (second.name, second.media_type) == ("scan.png", "image/png")  # what it is, whatever its name says
    given = client.get(f"{page_of(anas)}file/")
    assert b"".join(given.streaming_content) == b"\x89PNG\r\n\x1a\n other"
    assert given["Content-Disposition"] == 'attachment; filename="scan.png"'


def test_a_report_that_is_replaced_or_taken_back_is_stored_no_longer(
    course, anas, needs_report, olga, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = handing_in.hand_in(registration=anas, upload=a_file(), by=anas.person)
    storage, name = first.file.storage, first.file.name
    with django_capture_on_commit_callbacks(execute=True):
        second = handing_in.hand_in(registration=anas, upload=a_file(b"%PDF-2"), by=anas.person)
    assert (storage.exists(name), storage.exists(second.file.name)) == (False, True)
    with django_capture_on_commit_callbacks(execute=True):
        handing_in.take_back_report(registration=anas, by=olga)
    assert (storage.exists(second.file.name), HandedIn.objects.count()) == (False, 0)


def test_while_the_store_is_away_the_page_says_so_and_the_old_report_stays(
    client, course, anas, needs_report, settings, tmp_path
):
    handing_in.hand_in(registration=anas, upload=a_file(), by=anas.person)
    (tmp_path / "away").touch()
    settings.MEDIA_ROOT = tmp_path / "away"
    page = client.post(page_of(anas), {"file": a_file(b"%PDF-2")}, follow=True)
    assert said(page) == ["The file could not be stored: Not a directory. Try again when that is mended."]
    assert HandedIn.objects.get().size == len(PDF)


WORKS = "What works: a PDF or a picture (PNG, JPEG or WebP) of up to 10.0\xa0MB."


@pytest.mark.parametrize(
    ("upload", "why"),
    [
        (a_file(b""), f"This file is empty. {WORKS}"),
        (a_file(b"MZ\x90 a program", "report.pdf"), f"This is no file that can be taken, whatever its name says. {WORKS}"),
        (a_file(PDF + b"x" * (10 * 2**20)), f"This file has 10.0\xa0MB, which is too much. {WORKS}"),
    ],
    ids=["empty", "a program", "too large"],
)
def test_what_is_no_report_is_refused_with_what_works(client, course, anas, needs_report, upload, why):
    upload.seek(0)
    page = client.post(page_of(anas), {"file": upload})
    assert (page.status_code, page.context["form"].errors["file"]) == (400, [why])
    assert HandedIn.objects.count() == 0


def test_when_no_report_can_be_handed_in(course, anas, needs_report):
    def why():
        return handing_in.closed(Registration.objects.get(pk=anas.pk))

    assert why() == ""
    Event.objects.update(starts_at=timezone.now() + timedelta(hours=1), ends_at=timezone.now() + timedelta(hours=2))
    assert why() == "A report can be handed in once the event has begun."
    AttendanceTerms.objects.update(needs_report=False)
    assert why() == "This event asks for no report."
    Registration.objects.update(state="cancelled")
    assert why() == "The registration is not confirmed."
    with pytest.raises(handing_in.CannotHandIn):
        handing_in.hand_in(registration=anas, upload=a_file(), by=anas.person)


def test_after_the_certificate_the_report_stays_as_it_is(client, course, anas, needs_report, olga):
    handing_in.hand_in(registration=anas, upload=a_file(), by=anas.person)
    certificate = stored(anas)
    why = "The certificate was issued: the report that it rests on stays as it is."
    for act in (
        lambda: handing_in.hand_in(registration=anas, upload=a_file(b"%PDF-2"), by=anas.person),
        lambda: handing_in.take_back_report(registration=anas, by=olga),
    ):
        with pytest.raises(handing_in.CannotHandIn) as problem:
            act()
        assert str(problem.value.message) == why
    assert client.post(page_of(anas), {"file": a_file(b"%PDF-2")}).status_code == 400
    assert HandedIn.objects.get().size == len(PDF)
    certificate.revoked_at = timezone.now()
    certificate.save()
    assert handing_in.closed(anas) == ""


def test_the_organiser_notes_a_report_on_paper_and_takes_it_back(desk, course, anas, needs_report, olga):
    address = reverse("desk_hours_report", args=["course", anas.pk])
    assert said(desk.post(address, {"do": "note"}, follow=True)) == ["It is noted that you have the report of Ana Procurer."]
    desk.post(address, {"do": "note"})  # twice is once
    report = HandedIn.objects.get()
    assert (report.noted_by, report.file.name) == (olga, "")
    for key in (anas.pk, 0, 10**30):
        assert desk.get(reverse("desk_hours_report_file", args=["course", key])).status_code == 404
    desk.post(address, {"do": "take-back"})
    assert HandedIn.objects.count() == 0


def test_only_who_runs_the_event_and_the_participant_have_the_file(client, course, anas, needs_report, olga, otto, ben):
    handing_in.hand_in(registration=anas, upload=a_file(), by=anas.person)
    address = reverse("desk_hours_report_file", args=["course", anas.pk])
    for person, status in ((otto, 403), (ben, 403), (olga, 200)):
        client.force_login(person)
        response = client.get(address)
        assert response.status_code == status
    assert b"".join(response.streaming_content) == PDF
    for other in (otto, ben):
        with pytest.raises(NotAllowed):
            handing_in.hand_in(registration=anas, upload=a_file(), by=other)


def test_programs_note_a_report(api, course, anas, needs_report, olga):
    api.force_authenticate(olga)
    address = f"/api/v1/events/course/attendance/{anas.pk}/report/"
    assert api.put(address).json()["name"] == ""
    assert [one["code"] for one in api.get(f"/api/v1/events/course/attendance/{anas.pk}/").json()["missing"]] == ["hours"]
    assert api.delete(address).status_code == 204
    AttendanceTerms.objects.update(needs_report=False)
    assert api.put(address).json()["code"] == "cannot_hand_in"
