"""The organiser's list taken along, as CSV and as XLSX: exactly what the list shows, and nothing in it runs."""

import csv
import io
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from events.programme.models import Event, Session
from events.registrations import actions, queries
from events.registrations.lists import exports
from events.registrations.models import Answer, Question, Registration, SessionChoice, SpecialAnswer
from network.models import Person
from network.sheets import Table, as_csv, as_xlsx, safe_cell
from tests import factories

HEADINGS = [
    "Name",
    "E-mail address",
    "Function",
    "Organisation",
    "Country",
    "Type of organisation",
    "State",
    "Turn in the waiting list",
]
TAIL = ["Note", "Reason", "Asked at (Europe/Vienna)", "Last change at (Europe/Vienna)", "Registered by"]


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def three(training, ana, ben, cleo):
    Event.objects.update(places=2)
    return [actions.register(event=training, person=person, by=person) for person in (cleo, ben, ana)]


def at(format="csv", query=""):
    name = "desk_registrations_export" if format == "csv" else "desk_registrations_export_xlsx"
    return reverse(name, args=["market-dialogue"]) + query


def rows_of(response):
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def cells_of(response):
    sheet = openpyxl.load_workbook(io.BytesIO(response.getvalue())).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()], sheet


def ask(training, **facts):
    question = Question.objects.create(
        event=training, position=Question.objects.count(), **{"label": {"en": facts["key"].title()}, **facts}
    )
    Event.objects.filter(pk=training.pk).update(has_questions=True)
    return question


def test_the_csv_holds_what_the_list_shows(desk, training, three, ana):
    Person.objects.filter(pk=ana.pk).update(position="Buyer")
    response = desk.get(at())
    assert response.headers["Content-Disposition"] == 'attachment; filename="market-dialogue-registrations.csv"'
    assert (response.headers["Content-Type"], response.headers["Cache-Control"]) == (
        "text/csv; charset=utf-8",
        "private, no-store",
    )
    assert response.getvalue().startswith(b"\xef\xbb\xbfName,")  # Excel takes the file for UTF-8 only with this mark
    rows = rows_of(desk.get(at()))
    assert rows[0] == HEADINGS + TAIL
    asked = three[2].created_at.astimezone(ZoneInfo("Europe/Vienna")).strftime("%Y-%m-%d %H:%M")
    assert rows[1] == ["Ana Procurer", ana.email, "Buyer", ana.organisation.name, "Austria", "Local contracting authority", "On the waiting list", "1", "", "", asked, rows[1][11], ""]  # fmt: skip
    assert [row[0] for row in rows[1:]] == ["Ana Procurer", "Ben Buyer", "Cleo Contracts"]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_filter_and_order_are_those_of_the_list(desk, training, three, format):
    def names(query):
        response = desk.get(at(format, query))
        rows = rows_of(response) if format == "csv" else cells_of(response)[0]
        return [row[0] for row in rows[1:]]

    for query in ("", "?state=confirmed", "?q=ben", "?sort=-created", "?q=nobody", "?state=waiting&q=ana"):
        page = desk.get(reverse("desk_registrations", args=["market-dialogue"]) + query)
        assert names(query) == [row.person.name for row in page.context["page"].object_list]


def test_the_workbook_has_types_and_headings_that_stay(desk, training, three, ben):
    rows, sheet = cells_of(desk.get(at("xlsx")))
    assert (rows[0], sheet.title, sheet.freeze_panes, sheet.auto_filter.ref) == (
        HEADINGS + TAIL,
        "Registrations",
        "A2",
        "A1:M4",
    )
    assert (rows[1][7], type(rows[1][10])) == (1, datetime)
    assert desk.get(at("xlsx")).headers["Content-Disposition"] == 'attachment; filename="market-dialogue-registrations.xlsx"'


HARM = ['=HYPERLINK("http://x")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", " =1", "#N/A", "=1", "a\x07b"]


@pytest.mark.parametrize("harm", HARM)
def test_no_formula_that_somebody_typed_runs(desk, training, ana, olga, harm):
    registration = factories.RegistrationFactory(event=training, person=ana, note=harm, state="confirmed")
    Person.objects.filter(pk=ana.pk).update(name=harm, position=harm)
    question = ask(training, key="free", kind="text", label={"en": harm})
    Answer.objects.create(registration=registration, question=question, value=harm)
    head, row = rows_of(desk.get(at()))
    for cell in (head[8], row[0], row[2], row[8], row[9]):
        assert cell == safe_cell(harm)
        assert cell.lstrip()[:1] not in {"=", "+", "-", "@"}
    rows, sheet = cells_of(desk.get(at("xlsx")))
    written = harm.replace("\x07", "")
    assert (rows[0][8], rows[1][0], rows[1][2], rows[1][8], rows[1][9]) == (written,) * 5
    assert {cell.data_type for line in sheet.iter_rows() for cell in line if cell.value == written} == {"s"}


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+43 1", "'+43 1"),
        ("-2", "'-2"),
        ("@x", "'@x"),
        (" =1", "' =1"),
        ("\tx", "'\tx"),
        ('Ana";=HYPERLINK("http://x")', 'Ana";\'=HYPERLINK("http://x")'),
        ("Ana; +1+cmd|' /C calc'!A0", "Ana; '+1+cmd|' /C calc'!A0"),
        ("Good:\n=1+1", "Good:\n'=1+1"),
        ("Good:\n- coffee\n- talks ;-)", "Good:\n- coffee\n- talks ;-)"),
        ("Ana", "Ana"),
        (3, "3"),
    ],
)
def test_no_cell_is_taken_for_a_formula(cell, safe):
    assert safe_cell(cell) == safe


def test_numbers_and_days_stay_what_they_are():
    table = Table(["a", "b", "c", "d"], [[-5, 2.5, date(2027, 5, 1), None]], title="A/B: [1]*?" + "x" * 40)
    assert b"".join(as_csv(table)).decode("utf-8-sig") == "a,b,c,d\r\n-5,2.5,2027-05-01,\r\n"
    sheet = openpyxl.load_workbook(as_xlsx(table)).active
    assert [cell.value for cell in sheet[2]] == [-5, 2.5, datetime(2027, 5, 1), None]
    assert (sheet["C2"].number_format, sheet.title) == ("yyyy-mm-dd", "A B   1   " + "x" * 21)


def test_each_question_has_its_column(desk, training, ana, ben):
    ana_s, ben_s = (factories.RegistrationFactory(event=training, person=person, state="confirmed") for person in (ana, ben))
    years, day = ask(training, key="years", kind="number"), ask(training, key="day", kind="date")
    level = ask(
        training,
        key="level",
        kind="choices",
        options=[{"value": "new", "label": {"en": "New here"}}, {"value": "old", "label": {"en": "Old hand"}}],
    )
    for question, value in ((years, -7.5), (day, "2027-05-01"), (level, ["new", "old"])):
        Answer.objects.create(registration=ana_s, question=question, value=value)
    rows = rows_of(desk.get(at()))
    assert [row[8:11] for row in rows] == [
        ["Years", "Day", "Level"],
        ["-7.5", "2027-05-01", "New here, Old hand"],
        ["", "", ""],
    ]
    typed = cells_of(desk.get(at("xlsx")))[0]
    assert typed[1][8:11] == [-7.5, datetime(2027, 5, 1), "New here, Old hand"]
    assert ben_s.pk


def test_answers_of_special_categories_come_only_if_asked_for(desk, training, ana):
    registration = factories.RegistrationFactory(event=training, person=ana, state="confirmed")
    diet = ask(training, key="diet", kind="text", is_special=True, purpose="Lunch")
    SpecialAnswer.objects.create(registration=registration, question=diet, value="No nuts", delete_after=date(2030, 1, 1))
    for query in ("", "?special=no", "?special=1"):
        assert "nuts" not in desk.get(at(query=query)).getvalue().decode()
        assert "Diet" not in desk.get(at(query=query)).getvalue().decode()
    head, row = rows_of(desk.get(at(query="?special=yes")))
    assert (head[8], row[8]) == ("Diet (special category)", "No nuts")
    assert (exports.has_special_questions(Event.objects.get()), exports.has_special_questions(factories.EventFactory())) == (
        True,
        False,
    )


def test_sessions_and_who_registered_them_are_there(desk, training, ana, otto):
    whole = training.sessions.get()
    session = Session.objects.create(
        event=training, title="Costs", is_chosen=True, starts_at=whole.ends_at, ends_at=whole.ends_at + timedelta(hours=1), first_day=whole.last_day, last_day=whole.last_day
    )  # fmt: skip
    registration = factories.RegistrationFactory(event=training, person=ana, state="confirmed", registered_by=otto)
    SessionChoice.objects.create(registration=registration, session=session)
    Event.objects.update(has_choices=True)
    head, row = rows_of(desk.get(at()))
    assert (head[8], row[8], head[-1], row[-1]) == ("Sessions", "Costs", "Registered by", "Otto Other")


def test_the_language_is_that_of_the_reader_though_the_file_is_made_while_it_is_sent(training, three):
    with translation.override("de"):
        table = exports.table(training, queries.of_event(training))
    rows = list(table.rows)
    assert rows[0][4] == "Österreich"


def test_the_database_is_asked_as_often_for_three_people_as_for_one(training):
    ask(training, key="years", kind="number")
    training.refresh_from_db()

    def count():
        with CaptureQueriesContext(connection) as asked:
            list(exports.table(training, queries.of_event(training), special=True).rows)
        return len(asked)

    factories.RegistrationFactory(event=training)
    one = count()
    factories.RegistrationFactory(event=training)
    factories.RegistrationFactory(event=training)
    assert count() == one <= 6


def test_a_long_list_is_read_in_parts_and_keeps_its_order(training, monkeypatch):
    monkeypatch.setattr(exports, "CHUNK", 2)
    people = [factories.RegistrationFactory(event=training, person__name=f"Person {n}") for n in (3, 1, 5, 2, 4)]
    rows = list(exports.table(training, queries.of_event(training)).rows)
    assert [row[0] for row in rows] == ["Person 1", "Person 2", "Person 3", "Person 4", "Person 5"]
    assert Registration.objects.count() == len(people)


def test_programs_get_the_same_file(desk, training, three, api, olga):
    api.force_authenticate(olga)
    address = "/api/v1/events/market-dialogue/registrations"
    for query, page in (("", ""), ("?state=confirmed",) * 2, ("?search=ben", "?q=ben"), ("?country=DE",) * 2):
        assert rows_of(api.get(f"{address}.csv{query}")) == rows_of(desk.get(at("csv", page)))
    assert cells_of(api.get(f"{address}.xlsx"))[0] == cells_of(desk.get(at("xlsx")))[0]
    for name, value in (("state", "asleep"), ("kind", "none"), ("search", "%00")):
        answer = api.get(f"{address}.csv?{name}={value}")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])
