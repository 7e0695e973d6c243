"""Which files can be read as lists of people, what is said of those that cannot, and what each row is worth."""

import codecs
import io
import re
import time
import zipfile
from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from events.registrations import actions
from events.registrations.lists.words import country_of
from network import sheet_files
from tests.events.registrations.lists import HEAD, at, read, said, why, workbook, wrong


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


GERMAN = 'Vorname;Nachname;E-Mail;Behörde;Land;Art der Organisation;Anmerkung;Lieblingsfarbe\nÄnne;Müßig;a@demo.example;Stadt Köln;Deutschland;local-authority;Isst "alles";Blau\n'


@pytest.mark.parametrize(
    "data",
    [
        GERMAN.encode(),
        codecs.BOM_UTF8 + GERMAN.encode(),
        GERMAN.encode("utf-16"),
        GERMAN.encode("utf-16-le"),
        GERMAN.encode("cp1252"),
        GERMAN.replace(";", "\t").encode(),
        GERMAN.replace(";", ",").encode(),
        GERMAN.replace("\n", "\r\n").encode(),
        GERMAN.replace("\n", "\r").encode(),
        b"sep=;\r\n" + GERMAN.encode(),
    ],
    ids=["utf-8", "utf-8-mark", "utf-16", "utf-16-no-mark", "windows-1252", "tabs", "commas", "crlf", "cr", "sep"],
)
def test_every_usual_csv_is_read(training, olga, data):
    run = read(training, data, olga)
    assert said(run) == [
        {
            "first_name": "Änne",
            "last_name": "Müßig",
            "email": "a@demo.example",
            "organisation": "Stadt Köln",
            "country": "Deutschland",
            "kind": "local-authority",
            "note": 'Isst "alles"',
        }
    ]
    assert (wrong(run), [column["heading"] for column in run.columns if not column["field"]]) == ({}, ["Lieblingsfarbe"])


def test_the_delimiter_is_found_though_others_occur_in_the_cells(training, olga):
    text = 'Name;E-mail;Organisation;Country\n"Maier, Ana, Dr.";a@demo.example;City of A, B, and C;AT\n'
    assert said(read(training, text, olga))[0]["name"] == "Maier, Ana, Dr."


def test_lines_are_numbered_as_the_file_has_them(training, olga):
    text = f'{HEAD},Note\n\nAna A,a@demo.example,"City\nof Graz",AT,"one\n\ntwo"\n,,,,\nBen,no address,City,AT,\n'
    run = read(training, text, olga)
    assert [(row["line"], row["state"]) for row in run.rows] == [(3, "good"), (8, "faulty")]
    assert (said(run)[0]["organisation"], said(run)[0]["note"]) == ("City\nof Graz", "one\n\ntwo")
    assert wrong(run) == {8: ["E-mail: “no address” is no e-mail address. It looks like ana@example.eu."]}


def test_every_fault_of_every_row_is_named_with_what_works(training, olga):
    rows = [
        ",,,",
        "2024-05-01,b@demo.example,City,AT",
        "c@demo.example,Cleo,City,AT",
        '"=HYPERLINK(""http://x"",""Ana"")",d@demo.example,City,AT',
        "Dora\0,d@demo.example,City,Nowhere",
        f"{'E' * 161},e@demo.example,{'C' * 201},AT",
        "Fritz,f@demo.example,City of Graz, Styria,AT",
    ]
    run = read(training, HEAD + "\n" + "\n".join(rows[1:]), olga)
    assert wrong(run) == {
        2: ["Name: “2024-05-01” is no name: it has no letters."],
        3: [
            "E-mail: “cleo” is no e-mail address. It looks like ana@example.eu.",
            "Name: “c@demo.example” is an e-mail address, not a name.",
        ],
        4: ['Name: “=HYPERLINK("http://x","Ana")” is a formula, not a name. Write the name itself.'],
        5: [
            "Name: Some letters could not be read. Save the list as XLSX, or as CSV in UTF-8.",
            "Country: “Nowhere” is no country. Write its code, such as AT, or its name.",
        ],
        6: [
            "Name: This has 161 characters; there is room for 160.",
            "Organisation: This has 201 characters; there is room for 200.",
        ],
        7: [
            "Country: “Styria” is no country. Write its code, such as AT, or its name.",
            ": This row has more cells than there are headings. Is one of its cells divided by mistake?",
        ],
    }


def test_who_is_named_twice_or_registered_already_is_no_fault(training, olga, ana):
    actions.register(event=training, person=ana, by=ana)
    rows = ["Ana,ANA.procurer@demo.example,City,AT", "Nora,nora@demo.example,City,AT", "Nora N,Nora@demo.example,City,AT"]
    run = read(training, HEAD + "\n" + "\n".join(rows), olga)
    assert [(row["line"], row["state"], row["first"]) for row in run.rows] == [
        (2, "registered", 0),
        (3, "good", 0),
        (4, "twice", 3),
    ]
    assert (run.total, run.good, run.faulty) == (3, 1, 0)


def test_a_preview_says_the_same_of_known_and_unknown_addresses(training, olga, ana):
    def lines(email):
        run = read(training, f"{HEAD}\nSomebody Else,{email},,AT\n", olga)
        return [(row["state"], row["wrong"]) for row in run.rows]

    assert lines(ana.email) == lines("nobody@demo.example")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "There is nothing in this file."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "This workbook has a password, or is of the old kind (XLS). Save it as XLSX without one, or as CSV."),
        (b"PK\x03\x04broken", "This workbook cannot be read. Open it in your spreadsheet program and save it again as XLSX, or as CSV."),
        (b"%PDF\0\0\0\0\0\0\0\0", "This is neither a CSV file nor an XLSX workbook. Save the list as one of these."),
        (HEAD.encode(), "There are headings in this file, but nobody under them."),
        (b"Ana;ana@demo.example\nBen;ben@demo.example\n", "These headings are missing in the first row: “Name”, “E-mail address”, “Organisation”, “Country”. Found are: Ana, ana@demo.example."),
        (b'Name,E-mail,Organisation,Country\nAna,"a@demo.example,City,AT\n' + b"Ben,b@demo.example,City,AT\n" * 300, "A quotation mark in line 2 is not closed: everything after it is taken for one cell."),
        ((HEAD + "," * 200 + "\n").encode(), "This table has more than 100 columns."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_list_is_refused_with_what_works(training, olga, content, message):
    assert why(read, training, content, olga) == message


def test_too_many_rows_and_too_large_files_are_refused(desk, training, olga):
    row = "A,a{}@demo.example,C,AT\n"
    assert (
        why(read, training, HEAD + "\n" + "".join(row.format(n) for n in range(10_001)), olga)
        == "This file has more than 10,000 rows. Divide it."
    )
    large = SimpleUploadedFile("people.csv", b"x" * (5 * 2**20 + 1))
    answer = desk.post(at("import"), {"file": large})
    assert (answer.status_code, answer.context["form"].errors["file"]) == (
        400,
        ["This file has 5.0\xa0MB; there may be 5.0\xa0MB. Divide it."],
    )


# --- Workbooks --------------------------------------------------------------------------------------------------------

HEADS = ["Name", "E-mail", "Organisation", "Country", "Note"]


def test_a_workbook_is_read_with_its_types(training, olga):
    data = workbook(
        [
            HEADS,
            ["Ana A", "a@demo.example", "City", "AT", datetime(2027, 5, 1)],
            [],
            ["Ben B", "b@demo.example", 4711, "AT", 12.0],
        ]
    )
    run = read(training, data, olga, "people.xlsx")
    assert [(row["line"], row["said"]["organisation"], row["said"]["note"]) for row in run.rows] == [
        (2, "City", "2027-05-01"),
        (4, "4711", "12"),
    ]
    run = read(training, workbook([HEADS, [date(2027, 5, 1), "a@demo.example", "City", "AT"]]), olga)
    assert wrong(run) == {2: ["Name: “2027-05-01” is no name: it has no letters."]}


def test_formulas_are_read_as_what_they_came_to_or_refused_by_their_cell(training, olga):
    data = workbook(
        [HEADS, ['=CONCATENATE("Ana"," A")', "a@demo.example", "City", "AT"], ["#N/A", "b@demo.example", "City", "AT"]]
    )
    assert wrong(read(training, data, olga)) == {
        2: ["Name: A2 holds a formula whose result is not in the file. Put the value there."],
        3: ["Name: A3 holds the error #N/A."],
    }
    known = repacked(data, "xl/worksheets/sheet1.xml", b"<v></v>", b"<v>Ana A</v>")
    known = repacked(known, "xl/worksheets/sheet1.xml", b'<c r="A2"><f>', b'<c r="A2" t="str"><f>')
    assert said(read(training, known, olga))[0]["name"] == "Ana A"


def test_the_first_sheet_with_something_in_it_is_read_and_named(training, olga):
    def change(book):
        book.active.title = "Guests"
        book.create_sheet("Cover", 0)
        hidden = book.create_sheet("Secret", 0)
        hidden.append(["x"])
        hidden.sheet_state = "hidden"

    run = read(training, workbook([HEADS, ["Ana A", "a@demo.example", "City", "AT"]], change=change), olga, "people.xlsx")
    assert (run.filename, run.good) == ("people.xlsx (Guests)", 1)


def repacked(data, name, old, new):
    """The workbook with something else in one of its parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            content = before.read(part)
            after.writestr(part, content.replace(old, new) if part == name else content)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_workbooks_that_want_to_do_harm_are_refused_quickly(training, olga):
    good = workbook([HEADS, ["Ana A", "a@demo.example", "City", "AT"]])
    broken = "This workbook cannot be read. Open it in your spreadsheet program and save it again as XLSX, or as CSV."
    started = time.process_time()

    bomb = repacked(good, SHEET, b"</sheetData>", b"<row/>" * 8_000_000 + b"</sheetData>")
    assert len(bomb) < 200_000
    assert why(read, training, bomb, olga) == "This workbook unpacks to more than 32.0\xa0MB. Leave only the list in it."
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.txt", "")
    assert (
        why(read, training, many.getvalue(), olga)
        == "This workbook unpacks to more than 32.0\xa0MB. Leave only the list in it."
    )

    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet'
    assert why(read, training, repacked(good, SHEET, b"<worksheet", laughs), olga) == broken
    assert why(read, training, repacked(good, SHEET, b"</sheetData>", b"</sheet"), olga) == broken
    assert why(read, training, repacked(good, SHEET, b'r="2"', b'r="x"'), olga) == broken

    # A cell a million rows down, and one beyond all columns: what is in between does not fill the memory.
    far = (
        b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>Z</t></is></c><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    run = read(training, repacked(good, SHEET, b"</sheetData>", far), olga)
    assert [row["line"] for row in run.rows] == [2, 1048576]
    endless = b'<row r="999999999999"><c r="A2"><v>1</v></c></row></sheetData>'
    assert read(training, repacked(good, SHEET, b"</sheetData>", endless), olga).total == 1

    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file = archive.fp
        archive.close()
        assert why(read, training, file.getvalue(), olga) == "This is not an XLSX workbook. Save the list as XLSX or as CSV."
    assert time.process_time() - started < 20


def test_of_a_workbook_with_hundreds_of_sheets_that_claim_a_million_rows_some_are_looked_through():
    """Packed it is small; all of it would take minutes."""
    last = b'<sheetData><row r="1048576"><c r="CV1048576"/></row></sheetData>'
    book, packed = Workbook(), io.BytesIO()
    for _number in range(99):
        book.create_sheet()
    book.save(packed)
    file = io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            target.writestr(part.filename, re.sub(rb"<sheetData */>|<sheetData></sheetData>", last, source.read(part)))
    size, began = file.tell(), time.process_time()
    file.seek(0)
    assert why(lambda: sheet_files.read(file, size=size, most_rows=100)) == "There is nothing in this file."
    assert time.process_time() - began < 20


def test_a_list_of_countries_that_are_none_fills_no_memory():
    assert [country_of("x" * 10_000), country_of("Österreich")] == ["", "AT"]
    assert not hasattr(country_of, "cache_info")
