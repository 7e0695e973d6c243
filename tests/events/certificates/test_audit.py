"""A funder's auditor has the evidence pack and nothing else: everything is in it, agrees, and can be counted again."""

import csv
import hashlib
import io
import json
import subprocess
import uuid
import zipfile
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from events.attendance import actions as check_ins
from events.attendance.actions import Note, record_scans
from events.attendance.checking import door
from events.attendance.evaluation import actions as evaluation
from events.attendance.evidence import actions as evidence
from events.attendance.evidence import pack
from events.attendance.models import EvidenceFile
from events.attendance.reports import actions as reports
from events.attendance.terms.actions import set_terms
from events.attendance.terms.handing_in import note_report
from events.certificates.issuing import actions as certificates
from events.certificates.models import Certificate
from events.paper.structure import faults
from events.programme.models import Event, Session, Speaker
from events.registrations.models import SessionChoice
from network.models import FundingProfile
from tests import factories

SCAN = b"%PDF-1.7\n% a scan\n%%EOF\n"
HOUR = timedelta(hours=1)
AT = timezone.now().replace(microsecond=0) + timedelta(hours=1)


def unpacked(event, language="en", at=AT):
    with zipfile.ZipFile(io.BytesIO(b"".join(pack.pack(event, language, at)))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def table(files, name):
    return list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"))))


def text_of(pdf):
    run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(run.stdout.decode().split())


@pytest.fixture
def event(centre):
    """Four sessions of today, the last still on: Opening, a talk online that counts 90 minutes, a workshop to choose, Closing."""
    start = timezone.now().replace(second=0, microsecond=0) - 4.5 * HOUR
    found = factories.EventFactory(
        organising_centre=centre,
        slug="day",
        title="Day of innovation",
        starts_at=start,
        ends_at=start + 5 * HOUR,
        with_session=False,
        funding=FundingProfile.objects.create(
            name="EU",
            emblem_text="Co-funded by the European Union",
            programme="Digital Europe",
            grant_number="101000001",
            disclaimer="Views and opinions are those of the authors only.",
        ),
    )
    for number, (title, hours, counts, chosen) in enumerate(
        [("Opening", 2, None, False), ("Talk online", 1, 90, False), ("Workshop", 1, None, True), ("Closing", 1, None, False)]
    ):
        begin = start + (number + (number > 0)) * HOUR
        session = Session.objects.create(
            event=found,
            title=title,
            starts_at=begin,
            ends_at=begin + hours * HOUR,
            first_day=begin.date(),
            last_day=begin.date(),
            credited_minutes=counts,
            is_chosen=chosen,
        )
        Speaker.objects.create(session=session, name="Tina Trainer", affiliation="University", part="trainer")
    return found


@pytest.fixture
def story(event, olga, ana, ben, cleo):
    """All that can happen at an event: see the comments."""
    opening, talk, workshop, closing = sessions = list(event.sessions.order_by("starts_at"))
    for session in sessions:
        session.event = event
    coming = {
        one: factories.RegistrationFactory(event=event, person=one, state="confirmed", country="AT") for one in (ana, ben, cleo)
    }
    others = [factories.RegistrationFactory(event=event, state="confirmed", country="PT") for _ in range(3)]
    factories.RegistrationFactory(event=event, state="cancelled", reason="I am ill")
    factories.RegistrationFactory(event=event, state="waiting", queued_at=timezone.now())
    factories.RegistrationFactory(event=event, state="declined", reason="For buyers only")
    SessionChoice.objects.create(registration=coming[ana], session=workshop)
    asked = {one.key: str(one.pk) for one in evaluation.switch_on(event=event, by=olga).questions.all()}
    set_terms(event=event, required_sessions=[opening.pk], needs_evaluation=True, needs_report=True, by=olga)
    # At the door: all but one by the desk, one undone, two by a desk without a network, one with another's ticket.
    check_ins.set_present(session=opening, registrations=[coming[ana], coming[ben], *others], present=True, by=olga)
    check_ins.undo_check_in(registration=others[0], session=opening, by=olga)
    offline = [Note(uuid.uuid4(), one, True, opening.starts_at + timedelta(minutes=9)) for one in (coming[cleo], others[1])]
    record_scans(session=opening, notes=offline, by=olga, device="Desk 2")
    record_scans(session=workshop, notes=[Note(uuid.uuid4(), coming[ben], True, workshop.starts_at)], by=olga, device="Desk 2")
    # Online: Ana for 45 of 60 minutes in two connections, a stranger, Ben to the end.
    lines = [("Ana Procurer", 0, 20), ("Ana Procurer", 25, 50), ("A Stranger", 0, 60), ("Ben Buyer", 0, 60)]
    report = "Name (original name),Email,Join time,Leave time,Duration (minutes)\n" + "".join(
        f"{name},,{talk.starts_at + timedelta(minutes=first):%d.%m.%Y %H:%M:%S},"
        f"{talk.starts_at + timedelta(minutes=last):%d.%m.%Y %H:%M:%S},{last - first}\n"
        for name, first, last in lines
    )
    read = reports.read_webinar_report(
        session=talk, upload=SimpleUploadedFile("zoom.csv", report.encode()), by=olga, zone="UTC"
    )
    reports.record_report(report=read, choices={}, by=olga)
    # On paper: Ana signed at the workshop; a wrong scan was withdrawn.
    sheet = evidence.keep_scan(event=event, session=workshop, upload=SimpleUploadedFile("sheet.pdf", SCAN), by=olga)
    evidence.record_signed(file=sheet, registrations=[coming[ana]], by=olga)
    wrong = evidence.keep_scan(event=event, session=opening, upload=SimpleUploadedFile("w.pdf", SCAN + b"w"), by=olga)
    evidence.withdraw(file=wrong, by=olga)
    # By the code on the screen: Ana and Ben.
    opened = door.open_door(session=closing, by=olga)
    for person in (ana, ben):
        door.check_in_oneself(registrations=[coming[person]], code=door.code_at(opened, timezone.now()), by=person)
    # All this was written down on the day. Now it is over; six answer the evaluation, which is closed; reports are handed in.
    LogEntry.objects.update(timestamp=opening.starts_at + HOUR)
    over = closing.starts_at + timedelta(minutes=29)
    Session.objects.filter(pk=closing.pk).update(ends_at=over)
    Event.objects.filter(pk=event.pk).update(ends_at=over)
    event.refresh_from_db()
    for registration in (*coming.values(), *others):
        said = {asked[key]: "4" for key in ("content", "relevance", "organisation", "recommend")}
        registration.refresh_from_db()
        evaluation.answer(registration=registration, answers=said, by=registration.person)
    evaluation.close(event=event, by=olga)
    for person in (ana, ben):
        note_report(registration=coming[person], by=olga)
    # Certificates: Ana's is issued, Ben's is replaced when his name was wrong, and revoked in the end; then Ana's closing is undone.
    certificates.issue(registration=coming[ana], by=olga)
    bens = certificates.issue(registration=coming[ben], by=olga)
    new = certificates.reissue(certificate=bens, reason="A name was wrong", by=olga)
    certificates.revoke(certificate=new, reason="Was never there", by=olga)
    closing.refresh_from_db()
    closing.event = event
    check_ins.undo_check_in(registration=coming[ana], session=closing, by=olga)
    return event


@pytest.fixture(scope="module")
def _packed():
    return {}


@pytest.fixture
def files(_packed, request):
    """The pack of the story. It is made once for all who only read it."""
    if not _packed:
        _packed.update(unpacked(request.getfixturevalue("story")))
    return _packed


def counted_again(files, figure):
    """What somebody comes to who does what the table of figures says, with nothing but the tables."""
    rows = table(files, figure["File in this pack"])
    for column, value in ((figure["Where column"], figure["Equals"]), (figure["And column"], figure["Equals too"])):
        rows = [row for row in rows if row[column] == value] if column else rows
    match figure["What is counted"]:
        case "rows":
            return len(rows)
        case "different values":
            return len({row[figure["Column"]] for row in rows})
        case "sum":
            return sum(int(row[figure["Column"]] or 0) for row in rows)


def test_every_figure_can_be_counted_again_from_the_table_that_it_names(files):
    figures = table(files, "00-figures.csv")
    told = [(one["Figure"], int(one["Value"])) for one in figures]
    assert told == [(one["Figure"], counted_again(files, one)) for one in figures]
    assert len(dict(told)) == len(told)  # no two figures have one name


def test_the_figures_are_what_happened(files):
    figures = {one["Figure"]: int(one["Value"]) for one in table(files, "00-figures.csv")}
    assert figures == {
        "Sessions": 4,
        "Minutes that all sessions count together": 120 + 90 + 60 + 29,
        "Changes of programme and rules after the event": 0,
        "Registrations, whatever became of them": 9,
        "Registrations: Confirmed": 6,
        "Registrations: Cancelled": 1,
        "Registrations: On the waiting list": 1,
        "Registrations: Declined": 1,
        "People who were present at one session at least": 5,
        "Presences: a person at a session": 5 + 2 + 1 + 1,
        "Present at session 1: Opening": 5,
        "Present at session 2: Talk online": 2,
        "Present at session 3: Workshop": 1,
        "Present at session 4: Closing": 1,
        "Presences by source: Checked in by an organiser": 5,
        "Presences by source: Attendance report of the webinar": 2,
        "Presences by source: Signature sheet": 1,
        "Presences by source: Checked in by the participant, with the code on the screen": 1,
        "Presences written down after the session had ended": 0,
        "People present from: Austria": 3,
        "People present from: Portugal": 2,
        "People present from: Local contracting authority": 5,
        "People with a confirmed place": 6,
        # Ana was online for 45 of 60 minutes of a session that counts 90, so for 68; Ben for all.
        "Minutes attended by all of them together": 5 * 120 + 68 + 90 + 60 + 29,
        "People with enough for a certificate of attendance": 2,
        "Entries of the journal about attendance": 14,
        "Entries that changed an attendance": 1,
        "Entries that took an attendance back": 2,
        "Entries about attendance after the event": 1,
        "Scans": 12,
        "Scans that were not followed": 1,
        "Files in this pack: Attendance report of a webinar": 1,
        "Files in this pack: Signed sheet": 1,
        "Files that were withdrawn": 1,
        "Reports handed in": 2,
        "People that the reports of webinars name": 3,
        "People in reports who were taken for nobody": 1,
        "Certificates that were issued": 3,
        "Certificates: Valid": 1,
        "Certificates: Time is over": 0,
        "Certificates: Revoked": 1,
        "Certificates: Replaced": 1,
        "Valid certificates by kind: Certificate of attendance": 1,
        "Minutes that valid certificates certify together": 120 + 68 + 60 + 29,
        "Certificates that differ from what is recorded today": 1,
    }


def test_hours_follow_from_the_attendance_by_the_rules(files):
    attended, present = {}, {}
    for row in table(files, "03-attendance/attendance.csv"):
        attended[row["Registration"]] = attended.get(row["Registration"], 0) + int(row["Minutes that count"] or 0)
        present[row["Registration"]] = present.get(row["Registration"], 0) + (row["Counts as attended"] == "yes")
    programme = {row["No."]: row for row in table(files, "01-programme/programme.csv")}
    chosen = {
        row["Registration"]: row["Chosen sessions"].split(", ") for row in table(files, "02-registrations/registrations.csv")
    }
    hours = table(files, "03-attendance/hours.csv")
    for row in hours:
        key = row["Registration"]
        own = [one for number, one in programme.items() if one["Participants chose it"] == "no" or number in chosen[key]]
        whole = sum(int(one["Minutes that count"]) for one in own)
        assert (int(row["Minutes"]), int(row["Sessions"])) == (whole, len(own))
        assert (int(row["Minutes attended"]), int(row["Sessions attended"])) == (attended[key], present[key])
        assert int(row["Share (%)"]) == 100 * attended[key] // whole
    assert [row["Enough for a certificate"] for row in hours].count("yes") == 2


def test_each_presence_says_how_it_is_known_since_when_and_who_wrote_it_down(files):
    rows = [row for row in table(files, "03-attendance/attendance.csv") if row["Name"] == "Ana Procurer"]
    assert [(row["Session"], row["Present"], row["Minutes recorded"], row["Minutes that count"]) for row in rows] == [
        ("Opening", "yes", "", "120"),
        ("Talk online", "yes", "45", "68"),
        ("Workshop", "yes", "", "60"),
        ("Closing", "no", "", "0"),
    ]
    assert [(row["Recorded by"], row["Evidence"]) for row in rows] == [
        ("Olga Organiser", ""),
        ("Olga Organiser", "05-webinar-reports/session-02-zoom.csv"),
        ("Olga Organiser", "04-signature-sheets/session-03-sheet.pdf"),
        ("", ""),
    ]
    assert [bool(row["Recorded at (Europe/Vienna)"]) for row in rows] == [True, True, True, False]


def test_scans_without_a_network_and_those_not_followed_are_told(files):
    rows = [row for row in table(files, "03-attendance/scans.csv") if row["Desk"] == "Desk 2"]
    told = [(row["Session"], row["Name"], row["What"], row["Followed"], row["Why not"]) for row in rows]
    other = next(row["Name"] for row in rows if row["Name"] not in {"Cleo Contracts", "Ben Buyer"})
    assert (sorted(told[:2]), told[2:]) == (
        [("Opening", "Cleo Contracts", "checked in", "yes", ""), ("Opening", other, "checked in", "yes", "")],
        [
            (
                "Workshop",
                "Ben Buyer",
                "checked in",
                "no",
                "Ben Buyer did not choose “Workshop” and is not expected there. Change their sessions first.",
            )
        ],
    )
    assert all(row["At (Europe/Vienna)"] < row["Received at (Europe/Vienna)"] for row in rows)


def test_whom_a_report_names_and_who_that_is(files):
    assert [
        (row["Name in the report"], row["Name"], row["How they were matched"])
        for row in table(files, "05-webinar-reports/people.csv")
    ] == [
        ("Ana Procurer", "Ana Procurer", "by name"),
        ("A Stranger", "", "not matched"),
        ("Ben Buyer", "Ben Buyer", "by name"),
    ]


def test_the_register_ties_each_certificate_to_a_registration_and_to_its_file(story):
    files = unpacked(story)
    rows = table(files, "07-certificates/register.csv")
    ana, bens, new = Certificate.objects.order_by("serial")
    assert [(row["Number"], row["State"], row["Reason"], row["Replaces"], row["Replaced by"]) for row in rows] == [
        (ana.number, "Valid", "", "", ""),
        (bens.number, "Replaced", "A name was wrong", "", new.number),
        (new.number, "Revoked", "Was never there", bens.number, ""),
    ]
    registered = {row["Registration"]: row["Name"] for row in table(files, "02-registrations/registrations.csv")}
    assert [registered[row["Registration"]] for row in rows] == [row["Holder"] for row in rows]
    assert [row["Differs today"] for row in rows] == ["yes", "no", "no"]  # Ana's closing was taken back
    kept = [row["File"] for row in rows if row["File"]]
    assert [hashlib.sha256(files[f"07-certificates/{name}"]).hexdigest() for name in kept] == [ana.sha256]
    assert rows[0]["Where to check it"].endswith(f"/verify/{ana.number}")


def test_the_overview_says_what_an_auditor_would_ask(files):
    text = text_of(files["00-overview.pdf"])
    for said in (
        "Session 1 “Opening”: there is neither a signed sheet nor a report of the webinar.",
        "Session 4 “Closing”",
        "1 certificate says something else than is recorded today",
        "Co-funded by the European Union",
        "Digital Europe · 101000001",
        "It also needs that this session was attended: Opening.",
        "A certificate of attendance needs 80 % of the hours.",
        "How many rows there are, where “State” = “Confirmed” 02-registrations/registrations.csv",
    ):
        assert said in text, said
    assert "Nothing is missing" not in text


def test_a_file_that_is_lost_or_changed_stands_on_the_overview(story):
    sheet, report = EvidenceFile.objects.get(name="sheet.pdf"), EvidenceFile.objects.get(name="zoom.csv")
    sheet.file.storage.delete(sheet.file.name)
    with report.file.storage.open(report.file.name, "wb") as stored:
        stored.write(b"changed")
    certificate = Certificate.objects.get(revoked_at=None)
    certificate.file.storage.delete(certificate.file.name)
    files = unpacked(story)
    text = text_of(files["00-overview.pdf"])
    lost = {one["name"]: one["remark"] for one in json.loads(files["manifest.json"])["files"] if one["remark"]}
    assert sorted(lost.values()) == ["changed since it was kept", "missing", "missing"]
    for name, remark in lost.items():
        said = (
            "is missing: the file is no longer where it was kept." if remark == "missing" else "has changed since it was kept"
        )
        assert f"{name} {said}" in text, name
        assert (name in files) == (remark != "missing")


def test_papers_can_be_kept_for_decades_and_read_by_everybody(files):
    papers = {
        name: content for name, content in files.items() if name.endswith(".pdf") and name[:2] in {"00", "01", "03", "06"}
    }
    assert sorted(papers) == [
        "00-overview.pdf",
        "01-programme/programme.pdf",
        "03-attendance/participants.pdf",
        "06-evaluation/evaluation.pdf",
    ]
    assert {name: faults(content) for name, content in papers.items()} == {name: [] for name in papers}


def test_the_programme_is_on_paper_with_the_acknowledgement_of_the_funder(files):
    text = text_of(files["01-programme/programme.pdf"])
    for said in (
        "Day of innovation",
        "Opening",
        "Trainer: Tina Trainer (University)",
        "Counts 90 minutes",
        "For those who chose it",
    ):
        assert said in text, said
    assert text.endswith(
        "Co-funded by the European Union Digital Europe · 101000001 Views and opinions are those of the authors only. "
        "Day of innovation Page 1 of 1"
    )


def test_every_column_of_every_table_is_explained(files):
    explained = {}
    for row in table(files, "00-columns.csv"):
        assert row["What stands in it"]
        explained.setdefault(row["File in this pack"], []).append(row["Heading"])
    tables = [name for name in files if name.endswith(".csv") and name[:2] in {"01", "02", "03", "07"}]
    assert {name: explained[name] for name in tables} == {name: list(table(files, name)[0]) for name in tables}


def test_the_same_state_gives_the_same_bytes(story):
    once, again = (b"".join(pack.pack(story, "en", AT)) for _ in range(2))
    assert once == again
    later = unpacked(story, at=AT + HOUR)
    differ = {name for name, content in unpacked(story).items() if later[name] != content}
    assert differ == {"00-README.txt", "00-overview.pdf", "manifest.json", "manifest.csv", "SHA256SUMS"}


def test_nothing_is_in_it_that_an_auditor_need_not_know(files):
    for name, content in files.items():
        if not name.endswith(".pdf"):
            assert b"@demo.example" not in content, name
            assert b"I am ill" not in content, name
    assert "For buyers only" in [row["Reason"] for row in table(files, "02-registrations/registrations.csv")]


def test_the_pack_is_in_the_language_that_was_chosen(story):
    files = unpacked(story, "de")
    (row, *_others) = csv.reader(io.StringIO(files["07-certificates/register.csv"].decode("utf-8-sig")))
    register = table(files, "07-certificates/register.csv")
    assert {"Registernummer", "Grund"} <= set(row)
    assert register[0][row[2]] == "Teilnahmebescheinigung"


def test_a_change_of_the_rules_after_the_event_is_told(story, olga):
    set_terms(event=story, required_sessions=[], needs_evaluation=True, needs_report=False, by=olga)
    rows = [row for row in table(unpacked(story), "01-programme/changes.csv") if row["What"] == "What a certificate needs"]
    assert [(row["By"], row["Before"], row["After"], row["After the event"]) for row in rows][-2:] == [
        ("Olga Organiser", "yes", "no", "yes"),
        ("Olga Organiser", "Opening", "", "yes"),
    ]
