"""Evidence that an auditor accepts: scans of signed sheets, and a pack in which everything is."""

import csv
import hashlib
import io
import json
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from auditlog.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from events.attendance import actions as check_ins
from events.attendance.evidence import actions, pack, papers, parts
from events.attendance.evidence.parts import Part
from events.attendance.models import AttendanceRecord, EvidenceFile, HandedIn, Scan
from events.attendance.reports import actions as reports
from events.programme.models import Session, Speaker
from network.errors import Invalid, NotAllowed, WrongState
from network.journal import because
from network.models import FundingProfile
from network.uploads import TooLargeFile
from network.vocabulary import zone_named
from network.zips import safe_ending, safe_name
from tests import factories
from tests.queries import count_queries

SAMPLES = Path(__file__).parent / "report_samples"
PDF = b"%PDF-1.7\n% a scan\n%%EOF\n"


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def visit(centre):
    """A visit of two sessions that was yesterday."""
    start = (timezone.now() - timedelta(days=1)).astimezone(UTC).replace(hour=8, minute=0, second=0, microsecond=0)
    event = factories.EventFactory(
        organising_centre=centre,
        slug="visit",
        title="Visit & exchange",
        starts_at=start,
        ends_at=start + timedelta(hours=6),
        with_session=False,
        funding=FundingProfile.objects.create(name="EU", emblem_text="Funded by the European Union", grant_number="101000001"),
    )
    for title, hours in (("Welcome", 0), ("Workshop", 3)):
        begin = start + timedelta(hours=hours)
        session = Session.objects.create(
            event=event,
            title=title,
            starts_at=begin,
            ends_at=begin + timedelta(hours=2),
            first_day=begin.date(),
            last_day=begin.date(),
        )
        Speaker.objects.create(session=session, name="Tina Trainer", affiliation="University", part="trainer")
    return event


def sessions(event):
    found = list(event.sessions.order_by("starts_at"))
    for session in found:
        session.event = event
    return found


@pytest.fixture
def anas(visit, ana):
    return factories.RegistrationFactory(event=visit, person=ana, state="confirmed", country="AT")


@pytest.fixture
def bens(visit, ben):
    return factories.RegistrationFactory(event=visit, person=ben, state="confirmed", country="AT")


def upload(content=PDF, name="scan 1.pdf"):
    return SimpleUploadedFile(name, content)


def picture(kind):
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, kind)
    return file.getvalue()


def keep(event, by, **more):
    facts = {"session": sessions(event)[0], "upload": upload(), **more}
    return actions.keep_scan(event=event, by=by, **facts)


def unpacked(event, language="en"):
    with zipfile.ZipFile(io.BytesIO(b"".join(pack.pack(event, language)))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def table(files, name):
    return list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"))))


def text_of(pdf):
    run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(run.stdout.decode().split())


# --- Scans -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "scan_1.pdf", "application/pdf"),
        (picture("JPEG"), "scan_1.jpg", "image/jpeg"),
        (picture("PNG"), "scan_1.png", "image/png"),
        (picture("WEBP"), "scan_1.webp", "image/webp"),
    ],
)
def test_a_scan_is_kept_as_it_came_with_its_hash(visit, olga, content, name, media_type):
    file = keep(visit, olga, upload=upload(content, "scan 1.exe"), note="pages 1 to 3")
    assert (file.name, file.media_type, file.size, file.note) == (name, media_type, len(content), "pages 1 to 3")
    assert (file.kind, file.sha256, file.uploaded_by) == ("sheet", hashlib.sha256(content).hexdigest(), olga)
    with file.file.open() as stored:
        assert stored.read() == content


@pytest.mark.parametrize("content", [b"", b"MZ\x90\0 program", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>"])
def test_what_is_neither_pdf_nor_picture_is_refused_by_its_content(visit, olga, content):
    with pytest.raises(Invalid) as error:
        keep(visit, olga, upload=upload(content))
    assert "What works: a PDF or a picture (PNG, JPEG or WebP) of up to 10.0" in error.value.errors["file"][0]
    assert EvidenceFile.objects.count() == 0


def test_what_is_too_large_is_refused(visit, olga):
    with pytest.raises(Invalid) as error:
        keep(visit, olga, upload=TooLargeFile("huge.pdf", 99 * 2**20, "application/pdf"))
    assert error.value.errors["file"][0].startswith("This file has 99.0")


def test_the_same_scan_twice_is_kept_once(visit, olga):
    assert keep(visit, olga) == keep(visit, olga)
    assert EvidenceFile.objects.count() == 1


def test_a_withdrawn_scan_is_kept_and_counts_again_when_it_is_sent_again(visit, olga):
    file = actions.withdraw(file=keep(visit, olga), by=olga)
    assert file.withdrawn_at is not None
    assert file.file.storage.exists(file.file.name)
    assert keep(visit, olga).withdrawn_at is None


def test_another_centre_keeps_and_withdraws_nothing(visit, olga, otto):
    with pytest.raises(NotAllowed):
        keep(visit, otto)
    with pytest.raises(NotAllowed):
        actions.withdraw(file=keep(visit, olga), by=otto)
    with pytest.raises(NotAllowed):
        actions.record_signed(file=keep(visit, olga), registrations=[], by=otto)


def test_a_session_of_another_event_is_refused(visit, olga, training):
    with pytest.raises(Invalid) as error:
        keep(visit, olga, session=training.sessions.get())
    assert set(error.value.errors) == {"session"}


def test_who_signed_is_recorded_with_the_sheet_as_proof(visit, olga, anas, bens):
    first, _second = sessions(visit)
    check_ins.check_in(registration=bens, session=first, by=olga)
    file = keep(visit, olga)
    assert actions.record_signed(file=file, registrations=[anas, bens], by=olga) == 1
    records = AttendanceRecord.objects.order_by("registration__person__name")
    assert [(one.registration, one.source, one.evidence, one.minutes) for one in records] == [
        (anas, "sheet", file, None),
        (bens, "desk", file, None),
    ]
    assert actions.record_signed(file=file, registrations=[anas, bens], by=olga) == 0


def test_nobody_is_recorded_if_one_has_no_place(visit, olga, anas, cleo):
    waiting = factories.RegistrationFactory(event=visit, person=cleo)
    with pytest.raises(actions.CannotRecord) as error:
        actions.record_signed(file=keep(visit, olga), registrations=[anas, waiting], by=olga)
    assert str(error.value.message).startswith("Cleo Contracts has no confirmed place")
    assert AttendanceRecord.objects.count() == 0


def test_a_sheet_of_the_whole_event_or_a_withdrawn_one_records_nobody(visit, olga, anas):
    whole = keep(visit, olga, session=None)
    gone = actions.withdraw(file=keep(visit, olga), by=olga)
    for file in (whole, gone):
        with pytest.raises(actions.CannotRecord):
            actions.record_signed(file=file, registrations=[anas], by=olga)


def test_a_recorded_report_is_not_withdrawn_here(visit, olga, anas):
    file = keep(visit, olga)
    EvidenceFile.objects.filter(pk=file.pk).update(kind="report")
    file.refresh_from_db()
    with pytest.raises(WrongState):
        actions.withdraw(file=file, by=olga)


# --- The pack --------------------------------------------------------------------------------------------------------


@pytest.fixture
def story(visit, olga, anas, bens, cleo):
    """Ana came to both sessions, Ben's check-in was taken back, Cleo cancelled; a sheet was signed, another withdrawn."""
    first, second = sessions(visit)
    factories.RegistrationFactory(event=visit, person=cleo, state="cancelled", reason="Ill")
    check_ins.check_in(registration=anas, session=first, by=olga)
    check_ins.check_in(registration=bens, session=first, by=olga)
    check_ins.undo_check_in(registration=bens, session=first, by=olga)
    sheet = keep(visit, olga, session=second, upload=upload(name="Unterschriften Größe 1.pdf"))
    actions.record_signed(file=sheet, registrations=[anas], by=olga)
    actions.withdraw(file=keep(visit, olga, upload=upload(PDF + b"wrong", "wrong.pdf")), by=olga)
    return visit


def test_the_pack_has_everything_in_its_order(story):
    assert list(unpacked(story)) == [
        "00-README.txt",
        "00-figures.csv",
        "00-columns.csv",
        "01-programme/changes.csv",
        "01-programme/event.txt",
        "01-programme/programme.csv",
        "01-programme/programme.pdf",
        "02-registrations/changes.csv",
        "02-registrations/registrations.csv",
        "03-attendance/attendance.csv",
        "03-attendance/changes.csv",
        "03-attendance/evidence.csv",
        "03-attendance/hours.csv",
        "03-attendance/participants.pdf",
        "03-attendance/scans.csv",
        "04-signature-sheets/session-02-unterschriften_grosse_1.pdf",
        "07-certificates/register.csv",
        "08-funding/funding.txt",
        "00-overview.pdf",  # it is written last, for it says which of the others are missing
        "manifest.json",
        "manifest.csv",
        "SHA256SUMS",
    ]


def test_sha256sum_accepts_the_unpacked_pack_and_notices_a_changed_byte(story, tmp_path):
    for name, content in unpacked(story).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count(": OK")) == (0, len(unpacked(story)) - 1)
    hours = tmp_path / "03-attendance/hours.csv"
    hours.write_bytes(hours.read_bytes().replace(b"Ana", b"Eva"))
    again = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (again.returncode, "03-attendance/hours.csv: FAILED" in again.stdout) == (1, True)


def test_the_manifest_names_every_file_with_its_hash(story):
    files = unpacked(story)
    told = {one["name"]: (one["size"], one["sha256"], one["remark"]) for one in json.loads(files["manifest.json"])["files"]}
    outside = {"manifest.json", "manifest.csv", "SHA256SUMS"}
    assert told == {
        name: (len(content), hashlib.sha256(content).hexdigest(), "") for name, content in files.items() if name not in outside
    }
    assert [row["name"] for row in table(files, "manifest.csv")] == list(told) == sorted(told)


def test_attendance_says_who_was_where_and_how_it_is_known(story):
    rows = table(unpacked(story), "03-attendance/attendance.csv")
    picked = ("Name", "Organisation", "Country", "Session no.", "Session", "Present", "Source", "Recorded by", "Evidence")
    organisation = {"Ana Procurer": rows[0]["Organisation"], "Ben Buyer": rows[2]["Organisation"]}
    sheet = "04-signature-sheets/session-02-unterschriften_grosse_1.pdf"
    assert [tuple(row[name] for name in picked) for row in rows] == [
        (
            "Ana Procurer",
            organisation["Ana Procurer"],
            "Austria",
            "1",
            "Welcome",
            "yes",
            "Checked in by an organiser",
            "Olga Organiser",
            "",
        ),
        (
            "Ana Procurer",
            organisation["Ana Procurer"],
            "Austria",
            "2",
            "Workshop",
            "yes",
            "Signature sheet",
            "Olga Organiser",
            sheet,
        ),
        ("Ben Buyer", organisation["Ben Buyer"], "Austria", "1", "Welcome", "no", "", "", ""),
        ("Ben Buyer", organisation["Ben Buyer"], "Austria", "2", "Workshop", "no", "", "", ""),
    ]


def test_the_changes_tell_what_was_recorded_and_taken_back_and_by_whom(story):
    rows = table(unpacked(story), "03-attendance/changes.csv")
    picked = [(row["By"], row["What"], row["Name"], row["Session"], row["Before"], row["After"], row["Why"]) for row in rows]
    at_door = [f"Checked in by an organiser, since {row['When (Europe/Vienna)']}" for row in rows]
    workshop = sessions(story)[1].starts_at.astimezone(zone_named("Europe/Vienna"))
    sheet = f"Signature sheet, since {workshop:%Y-%m-%d %H:%M:%S}, 04-signature-sheets/session-02-unterschriften_grosse_1.pdf"
    assert picked == [
        ("Olga Organiser", "recorded", "Ana Procurer", "Welcome", "", at_door[0], ""),
        ("Olga Organiser", "recorded", "Ben Buyer", "Welcome", "", at_door[1], ""),
        ("Olga Organiser", "taken back", "Ben Buyer", "Welcome", at_door[1], "", ""),
        ("Olga Organiser", "recorded", "Ana Procurer", "Workshop", "", sheet, "Signature sheet"),
    ]


def test_registrations_are_there_in_all_states_and_hours_of_who_has_a_place(story):
    files = unpacked(story)
    states = [(row["Name"], row["State"], row["Reason"]) for row in table(files, "02-registrations/registrations.csv")]
    assert states == [
        ("Ana Procurer", "Confirmed", ""),
        ("Ben Buyer", "Confirmed", ""),
        ("Cleo Contracts", "Cancelled", ""),
    ]  # why she does not come is nobody’s business
    hours = [
        (row["Name"], row["Minutes attended"], row["Share (%)"], row["Enough for a certificate"])
        for row in table(files, "03-attendance/hours.csv")
    ]
    assert hours == [("Ana Procurer", "240", "100", "yes"), ("Ben Buyer", "0", "0", "no")]


def test_what_was_withdrawn_is_listed_and_not_in_the_pack(story):
    rows = table(unpacked(story), "03-attendance/evidence.csv")
    assert [(row["Name as it came"], row["File in this pack"] != "", row["Session"]) for row in rows] == [
        ("wrong.pdf", False, "Welcome"),
        ("Unterschriften_Größe_1.pdf", True, "Workshop"),
    ]
    assert next(key for key in rows[0] if key.startswith("Withdrawn at"))
    assert [bool(value) for row in rows for key, value in row.items() if key.startswith("Withdrawn at")] == [True, False]


def test_the_first_page_says_in_plain_words_what_is_what(story):
    files = unpacked(story)
    text = files["00-README.txt"].decode("utf-8-sig")
    assert text.startswith("Evidence of an event\r\n====================\r\n\r\nVisit & exchange\r\n")
    named = [line.strip() for line in text.splitlines() if line.startswith("  ") and not line.startswith("      ")]
    listed = [name.partition("/")[2] for name in files if "/" in name]
    assert named == listed
    assert files["08-funding/funding.txt"].decode("utf-8-sig") == (
        "Acknowledgement: Funded by the European Union\r\nGrant number: 101000001\r\n"
    )


def test_no_address_and_no_answer_is_in_it(story):
    for name, content in unpacked(story).items():
        assert b"@demo.example" not in content, name


def test_nor_is_that_of_somebody_whose_name_is_not_known(visit, olga):
    nobody = factories.PersonFactory(name="", email="nameless@demo.example")
    mine = factories.RegistrationFactory(event=visit, person=nobody, registered_by=nobody, state="confirmed")
    colleagues = factories.RegistrationFactory(event=visit, state="cancelled")
    factories.RegistrationFactory(event=visit, state="confirmed", takes_over=colleagues, registered_by=nobody)
    type(colleagues.person).objects.filter(pk=colleagues.person_id).update(name="", email="colleague@demo.example")
    session = sessions(visit)[0]
    AttendanceRecord.objects.create(
        registration=mine, session=session, source="self", checked_in_at=session.starts_at, recorded_by=nobody
    )
    moments = {"at": session.starts_at, "received_at": session.starts_at}
    Scan.objects.create(session=session, registration=mine, present=True, by=nobody, **moments)
    EvidenceFile.objects.filter(pk=keep(visit, olga).pk).update(uploaded_by=nobody)
    HandedIn.objects.create(registration=mine, handed_in_at=session.starts_at, noted_by=nobody)
    assert [name for name, content in unpacked(visit).items() if b"@demo.example" in content] == []


def test_a_webinars_report_is_in_it_as_it_came(visit, olga, anas):
    first = sessions(visit)[0]
    start = f"{first.starts_at.astimezone(UTC):%d.%m.%Y %H:%M:%S}"
    end = f"{first.ends_at.astimezone(UTC):%d.%m.%Y %H:%M:%S}"
    content = f"Name (original name),Email,Join time,Leave time,Duration (minutes)\nAna Procurer,,{start},{end},120\n".encode()
    report = reports.read_webinar_report(session=first, upload=SimpleUploadedFile("zoom.csv", content), by=olga, zone="UTC")
    assert [name for name in unpacked(visit) if name.startswith("05")] == []  # nobody has said yes
    reports.record_report(report=report, choices={}, by=olga)
    files = unpacked(visit)
    assert files["05-webinar-reports/session-01-zoom.csv"] == content
    row = table(files, "03-attendance/attendance.csv")[0]
    local = datetime.fromisoformat(first.starts_at.isoformat()).astimezone(zone_named("Europe/Vienna"))
    assert (row["Source"], row["Minutes recorded"], row["Evidence"]) == (
        "Attendance report of the webinar",
        "120",
        "05-webinar-reports/session-01-zoom.csv",
    )
    assert row["Connected (Europe/Vienna)"].startswith(f"{local:%H:%M:%S}–")


def test_a_file_that_is_lost_or_changed_is_said_and_the_rest_is_there(story):
    sheet = EvidenceFile.objects.get(withdrawn_at=None)
    storage, name = sheet.file.storage, sheet.file.name
    with storage.open(name, "wb") as stored:
        stored.write(PDF + b"changed")
    remarks = {one["name"]: one["remark"] for one in json.loads(unpacked(story)["manifest.json"])["files"]}
    assert {name: remark for name, remark in remarks.items() if remark} == {
        "04-signature-sheets/session-02-unterschriften_grosse_1.pdf": "changed since it was kept"
    }
    storage.delete(name)
    files = unpacked(story)
    remarks = {one["name"]: one["remark"] for one in json.loads(files["manifest.json"])["files"]}
    assert remarks["04-signature-sheets/session-02-unterschriften_grosse_1.pdf"] == "missing"
    assert "04-signature-sheets/session-02-unterschriften_grosse_1.pdf" not in files["SHA256SUMS"].decode()


@pytest.mark.django_db(transaction=True)
def test_all_tables_are_read_as_of_one_moment(story, olga, anas):
    """What others change while the pack is sent is not in it, nor in its figures."""
    stream = pack.pack(story, "en")
    check_ins.undo_check_in(registration=anas, session=sessions(story)[0], by=olga)
    with zipfile.ZipFile(io.BytesIO(b"".join(stream))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    present = [row["Present"] for row in table(files, "03-attendance/attendance.csv")]
    assert present == ["yes", "yes", "no", "no"]
    assert [row["What"] for row in table(files, "03-attendance/changes.csv")].count("taken back") == 1
    told = {row["Figure"]: row["Value"] for row in table(files, "00-figures.csv")}
    assert told["Presences: a person at a session"] == "2"


def test_two_files_of_one_name_have_two_names(visit, olga):
    for number in range(3):
        keep(visit, olga, upload=upload(PDF + bytes([number]), "SCAN.pdf"))
    assert [name for name in unpacked(visit) if name.startswith("04") and "scan" in name] == [
        "04-signature-sheets/session-01-scan-2.pdf",
        "04-signature-sheets/session-01-scan-3.pdf",
        "04-signature-sheets/session-01-scan.pdf",
    ]


def test_floors_above_add_their_parts(visit, monkeypatch):
    monkeypatch.setattr(parts, "sources", [lambda event: [Part("07-certificates/register.csv", "The register.", lambda: b"x")]])
    monkeypatch.setattr(pack, "sources", parts.sources)
    files = unpacked(visit)
    assert files["07-certificates/register.csv"] == b"x"
    assert list(files).index("07-certificates/register.csv") < list(files).index("08-funding/funding.txt")


def test_who_has_no_account_any_more_is_not_taken_for_the_calendar(story, olga):
    LogEntry.objects.filter(actor=olga).update(actor=None)
    assert {row["By"] for row in table(unpacked(story), "03-attendance/changes.csv")} == {
        "Somebody whose account no longer exists"
    }


def test_an_event_of_many_people_has_several_lists_of_them(visit, monkeypatch):
    monkeypatch.setattr(papers, "MOST_NAMES", 2)
    for _ in range(5):
        factories.RegistrationFactory(event=visit, state="confirmed")
    assert [name for name in unpacked(visit) if name.startswith("03-attendance/participants")] == [
        "03-attendance/participants-00001-00002.pdf",
        "03-attendance/participants-00003-00004.pdf",
        "03-attendance/participants-00005-00005.pdf",
    ]


def test_the_link_to_join_is_not_in_it(visit, olga):
    visit.join_link = "https://meet.example/secret"
    with because(by=olga):
        visit.save()
    assert [name for name, content in unpacked(visit).items() if b"meet.example" in content] == []


def test_the_overview_asks_about_a_funding_that_does_not_fit(visit):
    FundingProfile.objects.update(active_until=visit.first_day - timedelta(days=1), grant_number="")
    visit.refresh_from_db()
    text = text_of(unpacked(visit)["00-overview.pdf"])
    assert "The event was not within the time of its funding." in text
    assert "The funding has no grant number." in text


def test_a_pack_where_nothing_is_missing_says_so(visit, olga, anas, bens):
    first, second = sessions(visit)
    for session, registration in ((first, anas), (second, bens)):  # neither has enough for a certificate
        file = keep(visit, olga, session=session, upload=upload(PDF + str(session.pk).encode()))
        actions.record_signed(file=file, registrations=[registration], by=olga)
    assert "Nothing is missing that the calendar could see" in text_of(unpacked(visit)["00-overview.pdf"])


@pytest.mark.parametrize(
    ("asked", "language", "first"),
    [
        ("", "en", "Evidence of an event"),
        ("de", "de", "Nachweise zu einer Veranstaltung"),
        ("xx", "en", "Evidence of an event"),
    ],
)
def test_the_desk_chooses_the_language_of_the_pack(desk, story, asked, language, first):
    response = desk.get(page("desk_evidence_pack"), {"language": asked})
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        text = archive.read("00-README.txt").decode("utf-8-sig")
    assert (response["Content-Language"], text.splitlines()[0]) == (language, first)


def test_a_program_hears_which_languages_there_are(api, visit, olga):
    api.force_authenticate(olga)
    wrong = api.get("/api/v1/events/visit/evidence.zip", {"language": "xx"})
    assert (wrong.status_code, wrong.data["errors"]) == (400, {"language": ["Use one of: en, de."]})


@pytest.mark.parametrize("state", ["draft", "published", "postponed", "cancelled", "finished"])
def test_an_event_in_any_state_has_a_pack(visit, state):
    type(visit).objects.filter(pk=visit.pk).update(state=state)
    visit.refresh_from_db()
    assert "SHA256SUMS" in unpacked(visit)


def test_cells_are_never_formulas(visit, olga, ana):
    ana.name = "=cmd|' /C calc'!A0"
    ana.save()
    factories.RegistrationFactory(event=visit, person=ana, state="confirmed")
    names = [row["Name"] for row in table(unpacked(visit), "03-attendance/attendance.csv")]
    assert names == ["'=cmd|' /C calc'!A0"] * 2


def test_the_pack_asks_the_database_as_often_for_one_as_for_three(visit, olga):
    def queries():
        unpacked(visit)
        with CaptureQueriesContext(connection) as found:
            unpacked(visit)
        return len(found)

    first, second = sessions(visit)
    counts = []
    for number in (1, 2):
        for _ in range(number):
            one = factories.RegistrationFactory(event=visit, state="confirmed")
            check_ins.check_in(registration=one, session=first, by=olga)
            check_ins.check_in(registration=one, session=second, by=olga)
        counts.append(queries())
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Größe & Maß", "grosse-mass"),
        ("con", "con-"),
        ("../../etc", "etc"),
        ("日本", "file"),
        ("x" * 300, "x" * 80),
        ("A:B*C?", "abc"),
    ],
)
def test_names_are_safe_on_every_file_system(text, name):
    assert safe_name(text) == name


def test_endings_are_plain():
    assert [safe_ending(name) for name in ("a.PDF", "a.tar.gz", "a.<b>", "a", "a.p df")] == [".pdf", ".gz", "", "", ""]


# --- The pages -------------------------------------------------------------------------------------------------------


def page(name, **more):
    return reverse(name, kwargs={"slug": "visit", **more})


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_a_scan_is_uploaded_and_who_signed_is_ticked(desk, visit, anas, bens):
    first, second = sessions(visit)
    shown = desk.post(
        page("desk_evidence"), {"kind": "sheet", "session": first.pk, "file": upload(), "note": "p. 1"}, follow=True
    )
    assert said(shown) == ["“scan_1.pdf” is kept."]
    assert [(proof.session.title, proof.came, proof.sheets) for proof in shown.context["proofs"]] == [
        ("Welcome", 0, 1),
        ("Workshop", 0, 0),
    ]
    file = EvidenceFile.objects.get()
    done = desk.post(page("desk_evidence_signed", key=file.pk), {"signed": [anas.pk, 99, "x"]}, follow=True)
    assert said(done) == ["1 more person is present."]
    assert [proof.session for proof in done.context["missing"]] == [second]
    kept = desk.get(page("desk_evidence_file", key=file.pk))
    assert (b"".join(kept.streaming_content), kept["Content-Disposition"]) == (PDF, 'attachment; filename="scan_1.pdf"')


def test_a_wrong_file_is_said_at_its_field(desk, visit):
    shown = desk.post(page("desk_evidence"), {"kind": "sheet", "session": "event", "file": upload(b"MZ")})
    assert (shown.status_code, list(shown.context["form"].errors)) == (400, ["file"])
    foreign = desk.post(page("desk_evidence"), {"kind": "report", "session": "999999", "file": upload()})
    assert (foreign.status_code, sorted(foreign.context["form"].errors)) == (400, ["kind", "session"])


def test_a_store_that_is_full_or_away_is_said_above_the_form(desk, visit, settings, tmp_path):
    (tmp_path / "away").touch()
    settings.MEDIA_ROOT = tmp_path / "away"
    shown = desk.post(page("desk_evidence"), {"kind": "sheet", "session": "event", "file": upload(), "note": "p. 1"})
    assert (shown.status_code, shown.context["form"].non_field_errors()) == (
        400,
        ["The file could not be stored: Not a directory. Try again when that is mended."],
    )
    assert (shown.context["form"]["note"].value(), EvidenceFile.objects.count()) == ("p. 1", 0)


def test_withdrawing_and_back_again(desk, visit, olga):
    file = keep(visit, olga)
    gone = desk.post(page("desk_evidence_withdraw", key=file.pk), follow=True)
    assert said(gone) == ["“scan_1.pdf” is withdrawn. It is kept, and is not in the pack."]
    assert desk.get(page("desk_evidence_signed", key=file.pk)).status_code == 404
    back = desk.post(page("desk_evidence_withdraw", key=file.pk), {"restore": "1"}, follow=True)
    assert said(back) == ["“scan_1.pdf” counts again."]


def test_a_file_of_another_event_is_not_found_here(desk, visit, training, olga):
    foreign = actions.keep_scan(event=training, session=None, upload=upload(), by=olga)
    for name in ("desk_evidence_file", "desk_evidence_signed"):
        assert desk.get(page(name, key=foreign.pk)).status_code == 404


def test_the_pack_is_sent_while_it_is_made(desk, story):
    response = desk.get(page("desk_evidence_pack"))
    assert (response.streaming, response["Content-Type"], response["Content-Disposition"]) == (
        True,
        "application/zip",
        'attachment; filename="evidence-visit.zip"',
    )
    chunks = list(response.streaming_content)
    assert len(chunks) == len(unpacked(story)) + 1
    with zipfile.ZipFile(io.BytesIO(b"".join(chunks))) as archive:
        assert archive.namelist() == list(unpacked(story))


@pytest.mark.parametrize("name", ["desk_evidence", "api-evidence-list"])
def test_lists_ask_the_database_as_often_for_one_as_for_three(desk, visit, olga, name):
    keep(visit, olga)
    one = count_queries(desk, page(name))
    for number in (1, 2):
        keep(visit, olga, upload=upload(PDF + bytes([number])))
    assert count_queries(desk, page(name)) == one


# --- For programs ----------------------------------------------------------------------------------------------------


def test_a_program_keeps_records_withdraws_and_fetches(api, visit, olga, anas):
    api.force_authenticate(olga)
    address = "/api/v1/events/visit/evidence/"
    made = api.post(address, {"file": upload(), "session": sessions(visit)[0].pk}, format="multipart")
    assert (made.status_code, made.data["kind"], made.data["name"]) == (201, "sheet", "scan_1.pdf")
    key = made.data["id"]
    signed = api.post(f"{address}{key}/signed/", {"registrations": [anas.pk]}, format="json")
    assert signed.data == {"recorded": 1}
    unknown = api.post(f"{address}{key}/signed/", {"registrations": [10**9]}, format="json")
    assert (unknown.status_code, unknown.data["errors"]) == (
        400,
        {"registrations": ["Not registered for this event: 1000000000."]},
    )
    assert b"".join(api.get(f"{address}{key}/content/").streaming_content) == PDF
    pack_of = api.get("/api/v1/events/visit/evidence.zip")
    with zipfile.ZipFile(io.BytesIO(b"".join(pack_of.streaming_content))) as archive:
        assert "SHA256SUMS" in archive.namelist()
    assert api.delete(f"{address}{key}/").data["withdrawn_at"] is not None
    assert [one["id"] for one in api.get(address).data] == [key]
