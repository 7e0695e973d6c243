"""All certificates of an event as one ZIP."""

import csv
import io
import zipfile

import pytest

from events.attendance.evidence.pack import pack
from events.certificates.issuing import actions, files
from events.certificates.register import archive


def unpacked(event):
    return zipfile.ZipFile(io.BytesIO(b"".join(archive.stream(archive.of_event(event)))))


def rows_of(opened):
    return list(csv.reader(io.StringIO(opened.read("register.csv").decode("utf-8-sig"))))


def test_the_archive_has_the_register_and_every_valid_file(course, came, anas, ben, cleo, olga):
    bens = actions.issue(registration=came(ben), by=olga)
    cleos = actions.issue(registration=came(cleo), by=olga)
    actions.revoke(certificate=bens, reason="Wrong person", by=olga)
    opened = unpacked(course)
    year = anas.year
    assert opened.testzip() is None
    assert opened.namelist() == ["register.csv", f"AT-TEST-{year}-1 Ana Procurer.pdf", f"AT-TEST-{year}-3 Cleo Contracts.pdf"]
    assert {entry.compress_type for entry in opened.infolist()} == {zipfile.ZIP_STORED}
    assert opened.read(f"AT-TEST-{year}-3 Cleo Contracts.pdf") == files.read(cleos)
    header, *rows = rows_of(opened)
    assert header == list(archive.COLUMNS)
    assert [(row[0], row[3], row[9], row[13]) for row in rows] == [
        (f"AT-TEST {year}/1", "Ana Procurer", "", anas.sha256),
        (f"AT-TEST {year}/2", "Ben Buyer", "Wrong person", bens.sha256),
        (f"AT-TEST {year}/3", "Cleo Contracts", "", cleos.sha256),
    ]


def test_the_register_in_the_evidence_pack_names_the_files_beside_it(course, anas, olga):
    with zipfile.ZipFile(io.BytesIO(b"".join(pack(course, "en")))) as packed:
        beside = [name.removeprefix("07-certificates/") for name in packed.namelist() if name.startswith("07-certificates/at-")]
        (line,) = csv.DictReader(io.StringIO(packed.read("07-certificates/register.csv").decode("utf-8-sig")))
    assert (beside, line["File"]) == ([f"at-test-{anas.year}-1-ana-procurer.pdf"], f"at-test-{anas.year}-1-ana-procurer.pdf")


def test_the_same_certificates_are_the_same_bytes(course, anas):
    assert b"".join(archive.stream(archive.of_event(course))) == b"".join(archive.stream(archive.of_event(course)))


def test_it_is_sent_while_it_is_made(course, came, anas, ben, olga):
    actions.issue(registration=came(ben), by=olga)
    parts = list(archive.stream(archive.of_event(course)))
    assert len(parts) == 4  # the register, two certificates, the table of contents
    assert parts[1][:2] == b"PK"
    assert parts[1].count(b"%PDF-") == 1


def test_an_event_without_certificates_has_an_empty_register(course):
    opened = unpacked(course)
    assert (opened.namelist(), len(rows_of(opened))) == (["register.csv"], 1)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("Ana / Ben: “C”?", "Ana Ben “C”"),
        ('=HYPERLINK("http://x")', "=HYPERLINK( http x )"),
        ("Ana\u202eFDP.", "Ana FDP"),
        ("X" * 160, "X" * 80),
        ("Αικατερίνη", "Αικατερίνη"),
    ],
)
def test_names_are_safe_for_files_and_spreadsheets(course, anas, name, file):
    anas.facts["holder"]["name"] = name
    anas.save()
    opened = unpacked(course)
    assert opened.namelist()[1] == f"AT-TEST-{anas.year}-1 {file}.pdf"
    cell = rows_of(opened)[1][3]
    assert cell == (f"'{name}" if name.startswith("=") else name)
