"""The sheets that people sign: on paper for everybody, in the order of the door."""

import subprocess
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from events.attendance.evidence.sheets import MOST_COLUMNS, days_of, sheet_pdf
from events.paper.structure import faults
from events.programme.models import Session
from events.registrations.models import SessionChoice
from network.models import FundingProfile
from tests import factories
from tests.queries import count_queries


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def course(centre):
    """Three sessions on two days; the last is one to choose."""
    start = factories.soon(10, hour=8)
    funding = FundingProfile.objects.create(
        name="EU",
        emblem_text="Funded by the European Union",
        programme="Horizon Europe",
        grant_number="101000001",
        disclaimer="Views are ours.",
    )
    event = factories.EventFactory(
        organising_centre=centre,
        slug="course",
        title="Market dialogue",
        starts_at=start,
        ends_at=start + timedelta(days=2),
        with_session=False,
        funding=funding,
    )
    for title, hours, chosen in (("Needs", 0, False), ("Market", 3, False), ("Workshop", 26, True)):
        begin = start + timedelta(hours=hours)
        Session.objects.create(
            event=event,
            title=title,
            starts_at=begin,
            ends_at=begin + timedelta(hours=2),
            first_day=begin.date(),
            last_day=begin.date(),
            is_chosen=chosen,
        )
    return event


@pytest.fixture
def people(course):
    graz = factories.OrganisationFactory(name="City of Graz", city="Graz")
    names = ("zoë Zimmer", "Άννα Παππά", "Иван Петров", "Łukasz Wiśniewski", "Ana Procurer")
    return [
        factories.RegistrationFactory(
            event=course, person=factories.PersonFactory(name=name, organisation=graz), state="confirmed"
        )
        for name in names
    ]


def sessions(course):
    found = list(course.sessions.order_by("starts_at"))
    for session in found:
        session.event = course
    return found


def text_of(pdf):
    run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return run.stdout.decode()


def sheet(course, *numbers):
    all_sessions = sessions(course)
    return sheet_pdf(course, [(number, all_sessions[number - 1]) for number in numbers], of=3, printed_at=timezone.now())


def squeezed(text):
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def test_the_sheet_of_a_session_says_what_a_funder_wants_and_names_everybody_in_the_order_of_the_door(course, people):
    lines = squeezed(text_of(sheet(course, 1)))
    assert lines[:3] == ["Signature sheet", "Market dialogue", "1. Needs"]
    assert "Where Procurement house, Test street 1, Vienna, Austria" in lines
    assert f"Organised by {course.organising_centre.name}" in lines
    assert "No. Name Organisation Signature" in lines
    assert [line for line in lines if line.endswith("City of Graz, Graz, Austria")] == [
        "1 Ana Procurer City of Graz, Graz, Austria",
        "2 zoë Zimmer City of Graz, Graz, Austria",
        "3 Łukasz Wiśniewski City of Graz, Graz, Austria",
        "4 Άννα Παππά City of Graz, Graz, Austria",
        "5 Иван Петров City of Graz, Graz, Austria",
    ]
    assert {"Funded by the European Union", "Horizon Europe · 101000001", "Views are ours."} <= set(lines)
    assert lines[-1] == "Market dialogue Page 2 of 2"


def test_the_organiser_never_signs_on_a_page_without_lines_of_the_table(course, people):
    for _ in range(4):
        factories.RegistrationFactory(event=course, state="confirmed")  # with the empty lines, they fill the first page
    *_first, last = text_of(sheet(course, 1)).rstrip("\f").split("\f")
    assert squeezed(last)[0] == "No. Name Organisation Signature"
    assert "For the organiser: name, date, signature" in squeezed(last)


def test_a_session_that_one_chooses_lists_who_chose_it(course, people):
    workshop = sessions(course)[2]
    SessionChoice.objects.create(registration=people[4], session=workshop)
    assert [line for line in squeezed(text_of(sheet(course, 3))) if "City of Graz" in line] == [
        "1 Ana Procurer City of Graz, Graz, Austria"
    ]


def test_a_day_has_a_column_for_each_session_and_says_who_is_not_expected(course, people):
    Session.objects.filter(event=course, title="Market").update(is_chosen=True)
    SessionChoice.objects.create(registration=people[4], session=sessions(course)[1])
    text = text_of(sheet(course, 1, 2))
    lines = squeezed(text)
    assert sum("1. Needs" in line and "2. Market" in line for line in lines) == text.count("\f")  # on every page
    crossed = [line.split()[1] for line in lines if "City of Graz" in line and line.endswith("–")]
    assert crossed == ["zoë", "Łukasz", "Άννα", "Иван"]


def test_days_are_those_of_the_events_own_clock(course):
    days = days_of(course, sessions(course))
    assert [[number for number, _session in found] for found in days.values()] == [[1, 2], [3]]


@pytest.mark.parametrize("numbers", [(1,), (1, 2)])
def test_the_sheet_conforms_to_both_standards(course, people, numbers, tmp_path):
    pdf = sheet(course, *numbers)
    assert faults(pdf) == []
    path = tmp_path / "sheet.pdf"
    path.write_bytes(pdf)
    assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0


def test_a_day_of_many_sessions_has_several_tables(course, people):
    first = sessions(course)[0]
    for number in range(MOST_COLUMNS):
        Session.objects.create(
            event=course,
            title=f"More {number}",
            starts_at=first.starts_at,
            ends_at=first.ends_at,
            first_day=first.first_day,
            last_day=first.last_day,
        )
    of_day = next(iter(days_of(course, sessions(course)).values()))
    text = text_of(sheet_pdf(course, of_day, of=9, printed_at=timezone.now()))
    assert len(of_day) == MOST_COLUMNS + 2
    assert sum("Ana Procurer" in line for line in text.splitlines()) == 2


def test_letters_that_no_font_has_become_a_question_mark_and_it_is_said(course):
    person = factories.PersonFactory(name="李 Li 😀", organisation=None)
    factories.RegistrationFactory(event=course, person=person, state="confirmed")
    lines = squeezed(text_of(sheet(course, 1)))
    assert "1 ? Li ?" in lines
    assert any("A question mark stands for a letter that this paper’s" in line for line in lines)


def test_very_long_names_and_markup_stay_in_their_cells(course):
    long = factories.OrganisationFactory(name="<b>Ministry</b> & " + "x" * 150, city="")
    factories.RegistrationFactory(
        event=course, person=factories.PersonFactory(name="A" * 160, organisation=long), state="confirmed"
    )
    pdf = sheet(course, 1)
    assert faults(pdf) == []
    assert "<b>Ministry</b> &" in text_of(pdf)


def test_both_sheets_are_on_the_page_and_open(desk, course, people):
    page = desk.get(reverse("desk_sign", kwargs={"slug": "course"})).content.decode()
    one, day = sessions(course)[0], next(iter(days_of(course, sessions(course))))
    addresses = [
        reverse("desk_sheet", kwargs={"slug": "course", "session": one.pk}),
        reverse("desk_sheet_of_day", kwargs={"slug": "course", "day": day.isoformat()}),
    ]
    assert all(f'href="{address}"' in page for address in addresses)
    for address in addresses:
        response = desk.get(address)
        assert (response.status_code, response["Content-Type"], response.content[:5]) == (200, "application/pdf", b"%PDF-")


@pytest.mark.parametrize("day", ["2020-01-01", "x", "2020-13-01"])
def test_a_day_without_sessions_has_no_sheet(desk, course, day):
    assert desk.get(reverse("desk_sheet_of_day", kwargs={"slug": "course", "day": day})).status_code == 404


def test_a_session_of_another_event_has_no_sheet_here(desk, course, training):
    address = reverse("desk_sheet", kwargs={"slug": "course", "session": training.sessions.get().pk})
    assert desk.get(address).status_code == 404


def test_the_sheet_asks_the_database_as_often_for_one_as_for_three(desk, course):
    address = reverse("desk_sheet", kwargs={"slug": "course", "session": sessions(course)[0].pk})
    factories.RegistrationFactory(event=course, state="confirmed")
    one = count_queries(desk, address)
    for _ in range(2):
        factories.RegistrationFactory(event=course, state="confirmed")
    assert count_queries(desk, address) == one
