"""What is on, as people read it: the list, the filters, the month, the centres."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import override

from events.programme.models import Event, Session
from events.programme.wording import weekday_and_date
from network.models import Centre, Sector
from tests import factories
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_filters():
    cache.clear()


def page(client, **query):
    response = client.get(f"/?{urlencode(query)}")
    assert response.status_code == 200
    return response.content.decode()


def titles(html):
    """The titles of the rows, in order."""
    return [unescape(title) for title in re.findall(r'<h3><a class="p-name u-url" href="[^"]+">(.*?)</a></h3>', html)]


def asides(html):
    """What each row says about coming."""
    return [unescape(re.sub(r"<[^>]+>", "", words)) for words in re.findall(r'<p class="aside">(.*?)</p>', html)]


def event(title, days=30, hours=2, **facts):
    starts = factories.soon(days)
    return factories.EventFactory(title=title, starts_at=starts, ends_at=starts + timedelta(hours=hours), **facts)


def test_the_list_has_what_is_to_come_by_month_and_what_is_under_way_first(client):
    later = event("Later", 80)
    event("Sooner", 10)
    event("Course", -2, hours=200)
    event("Over", -30)
    html = page(client)
    assert titles(html) == ["Course", "Sooner", "Later"]
    headings = re.findall(r'<h2 class="month-heading" id="[^"]+">(.*?)</h2>', html)
    assert headings[0] == "Under way"
    assert headings[-1] == f"{later.first_day:%B %Y}"


def test_past_events_are_shown_on_request_the_latest_first(client):
    event("Long ago", -90)
    event("Lately", -5)
    event("Coming", 5)
    assert titles(page(client, past="true")) == ["Lately", "Long ago"]


def test_drafts_are_on_nobodys_list_and_network_events_on_that_of_members(client, mia, olga, centre):
    event("Public", 5, organising_centre=centre)
    event("For the network", 6, organising_centre=centre, visibility=Event.Visibility.NETWORK)
    event("Draft", 7, organising_centre=centre, state=Event.State.DRAFT)
    assert titles(page(client)) == ["Public"]
    client.force_login(mia)
    assert titles(page(client)) == ["Public", "For the network"]
    client.force_login(olga)
    assert titles(page(client)) == ["Public", "For the network"]


def test_each_row_says_whether_one_can_still_come(client):
    now = timezone.now()
    event("1", 10, places=40, places_taken=33)
    event("2", 11, places=1, places_taken=0)
    event("3", 12, places=None)
    event("4", 13, places=3, places_taken=3)
    event("5", 14, registration_closes_at=now - timedelta(hours=1))
    event("6", 15, state=Event.State.CANCELLED)
    event("7", 16, state=Event.State.POSTPONED)
    event("8", 60, registration_opens_at=now.replace(month=12, day=24, year=2099, hour=12), registration_closes_at=None)
    assert asides(page(client)) == [
        "7 of 40 places left",
        "1 of 1 place left",
        "Places for everybody",
        "Full, waiting list open",
        "Registration is closed",
        "Cancelled",
        "Postponed",
        "Registration opens on 24 December",
    ]


def test_times_are_those_of_the_place_with_the_name_of_its_zone(client):
    starts = factories.soon(30, hour=9)
    athens = event("Athens", 30, hours=3, timezone="Europe/Athens")
    html = page(client)
    local = starts.astimezone(ZoneInfo("Europe/Athens"))
    assert f'{local:%H:%M}–{local + timedelta(hours=3):%H:%M}</time>&nbsp;<span class="zone">Europe/Athens</span>' in html
    assert f'<time class="date-block date-block-training" datetime="{athens.first_day.isoformat()}">' in html


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "dialogue vienna"}, ["Market dialogue"]),
        ({"kind": "visit"}, ["Hospital visit"]),
        ({"country": "EL"}, ["Hospital visit"]),
        ({"country": "gr"}, ["Hospital visit"]),
        ({"centre": "de-test"}, ["Hospital visit"]),
        ({"sector": "health-care"}, ["Hospital visit"]),
        ({"language": "de"}, ["Market dialogue"]),
        ({"format": "on-site", "kind": "training"}, ["Market dialogue"]),
        ({"kind": ""}, ["Market dialogue", "Hospital visit"]),
        ({"q": "nothing like it"}, []),
    ],
)
def test_filters_narrow_the_list(client, centre, other_centre, query, expected):
    health = Sector.objects.create(slug="health-care", name="Health care")
    athens = factories.VenueFactory(city="Athens", country="GR")
    event("Market dialogue", 10, organising_centre=centre, languages=["de"])
    visit = event("Hospital visit", 11, organising_centre=other_centre, kind="visit", venue=athens)
    visit.sectors.add(health)
    assert titles(page(client, **query)) == expected


def test_days_narrow_the_list_and_a_wrong_one_is_told_at_its_field_and_kept(client):
    event("First", 10)
    second = event("Second", 20)
    day = second.first_day.isoformat()
    assert titles(page(client, **{"from": day})) == ["Second"]
    assert titles(page(client, to=(second.first_day - timedelta(days=1)).isoformat())) == ["First"]
    html = page(client, **{"from": "tomorrow"})
    assert titles(html) == ["First", "Second"]
    assert (
        '<input type="date" id="f-from" name="from" value="tomorrow" aria-invalid="true" aria-describedby="f-from-error">'
        in html
    )
    assert '<ul class="field-errors" id="f-from-error"><li>Enter a valid date.</li></ul>' in html


def test_a_wrong_choice_is_told_and_does_not_empty_the_list(client):
    event("One")
    html = page(client, kind="party")
    assert titles(html) == ["One"]
    assert 'id="f-kind-error"' in html


def test_what_was_chosen_stays_chosen_and_is_carried_to_the_month(client):
    event("One")
    html = page(client, kind="training", q='a "quote" & <b>')
    assert '<option value="training" selected>Training</option>' in html
    assert 'value="a &quot;quote&quot; &amp; &lt;b&gt;"' in html
    assert 'href="?q=a+%22quote%22+%26+%3Cb%3E&amp;kind=training&amp;view=month"' in html


@pytest.mark.parametrize(
    ("query", "link", "feed"),
    [
        ({}, "/calendars/", "/calendars/network.ics"),
        ({"kind": "visit"}, "/calendars/?kind=visit", "/calendars/kind-visit.ics"),
        ({"centre": "at-test"}, "/calendars/?centre=at-test", "/calendars/centre-at-test.ics"),
        ({"language": "de"}, "/calendars/?language=de", "/calendars/language-de.ics"),
        ({"kind": "visit", "language": "de"}, "/calendars/?kind=visit&amp;language=de", None),
        ({"q": "word"}, "/calendars/?q=word", None),
        ({"from": "2027-01-01"}, "/calendars/", None),  # a calendar moves on by itself
    ],
)
def test_the_link_to_subscribe_leads_to_the_choice_with_these_filters(client, centre, query, link, feed):
    """Never to the file itself: a browser would keep a copy of it, which stays as it is."""
    event("One", organising_centre=centre)
    html = page(client, **query)
    assert re.findall(r'<p class="subscribe"><a href="([^"]+)">', html) == [link]
    assert re.findall(r'<a [^>]*href="[^"]+\.ics"', html) == []
    assert re.findall(r'<link [^>]*href="https://calendar.example([^"]+\.ics)"', html) == ([feed] if feed else [])


def test_thirty_events_make_a_page_and_links_lead_on_with_the_filters(client, centre):
    for number in range(31):
        event(f"Number {number}", 5 + number, organising_centre=centre)
    first = page(client, kind="training")
    assert len(titles(first)) == 30
    assert 'rel="next" href="?kind=training&amp;page=2"' in first
    second = page(client, kind="training", page=2)
    assert titles(second) == ["Number 30"]
    assert 'rel="prev" href="?kind=training&amp;page=1"' in second
    assert titles(page(client, page="x")) == titles(first)


def test_nothing_found_says_what_to_do_next(client):
    assert "Nothing is announced yet" in page(client)
    event("One")
    assert "No event fits these filters" in page(client, q="zebra")


def test_the_list_asks_the_database_as_often_for_one_event_as_for_three(client, centre):
    event("One", organising_centre=centre)
    one = count_queries(client, "/")
    event("Two", 40, organising_centre=factories.CentreFactory(), venue=factories.VenueFactory(city="Graz"))
    event("Three", 50)
    assert count_queries(client, "/") == one == 2  # the events, and what the centres’ own calendars have


def test_a_visitor_gets_no_cookie(client):
    response = client.get("/")
    assert dict(response.cookies) == {}


# --- The month


def month_of(moment):
    return f"{moment:%Y-%m}"


def entries(html):
    """Title by day number, as the table shows them."""
    found = []
    for cell in re.findall(r"<td[^>]*>(.*?)</td>", html, re.DOTALL):
        number = re.search(r"day-figure\">(\d+)<", cell)
        found += [(int(number[1]), title) for title in re.findall(r'month-entry-title">(.*?)</span>', cell)]
    return found


def test_the_month_is_a_table_with_each_event_on_its_days(client):
    visit = event("Visit", 40, all_day=True)
    Event.objects.filter(pk=visit.pk).update(
        first_day=visit.first_day.replace(day=10), last_day=visit.first_day.replace(day=12)
    )
    Session.objects.update(all_day=True, first_day=visit.first_day.replace(day=10), last_day=visit.first_day.replace(day=12))
    html = page(client, view="month", month=month_of(visit.first_day))
    assert entries(html) == [(10, "Visit"), (11, "Visit"), (12, "Visit")]
    assert html.count('<th scope="col">') == 7
    assert "Nothing is announced for this month." in page(client, view="month", month="2001-01")


def test_a_phone_names_the_days_of_the_month_in_the_readers_own_way(client):
    event("Market day", 40)
    day = Event.objects.get().first_day

    def named(language):
        html = client.get(
            "/", {"view": "month", "month": month_of(day)}, headers={"accept-language": language}
        ).content.decode()
        return re.findall(r'day-name">([^<]+)<', html)[day.day - 1]

    assert named("en") == weekday_and_date(day)
    with override("de"):
        assert named("de") == weekday_and_date(day)
    assert re.fullmatch(r"[A-Z][a-z]+, \d+\. \w+ \d{4}", named("de"))


def test_a_course_is_on_the_days_of_its_sessions_only(client):
    course = event("Course", 40, with_session=False)
    first = course.first_day.replace(day=3)
    for week in range(3):
        day = first + timedelta(days=7 * week)
        starts = course.starts_at.replace(year=day.year, month=day.month, day=day.day)
        Session.objects.create(event=course, starts_at=starts, ends_at=starts + timedelta(hours=1), first_day=day, last_day=day)
    Event.objects.filter(pk=course.pk).update(first_day=first, last_day=first + timedelta(days=14))
    assert entries(page(client, view="month", month=month_of(first))) == [(3, "Course"), (10, "Course"), (17, "Course")]


def test_a_full_day_shows_some_and_counts_the_rest(client):
    for number in range(9):
        event(f"Event {number}", 40)
    day = Event.objects.earliest("pk").first_day
    html = page(client, view="month", month=month_of(day))
    assert len(entries(html)) == 6
    assert f'<a href="?from={day.isoformat()}&amp;to={day.isoformat()}">and 3 more</a>' in html


def test_the_months_before_and_after_are_linked_with_the_filters(client):
    html = page(client, view="month", month="2027-01", kind="visit")
    assert '<h2 id="month">January 2027</h2>' in html
    assert 'rel="prev" href="?kind=visit&amp;view=month&amp;month=2026-12"' in html
    assert 'rel="next" href="?kind=visit&amp;view=month&amp;month=2027-02"' in html


@pytest.mark.parametrize("wrong", ["2027-13", "x", "99999-01", "1066-10", ""])
def test_a_month_that_is_none_is_this_one(client, monkeypatch, wrong):
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)  # the last of its month, perhaps
    today = timezone.localdate()
    assert f'<h2 id="month">{today:%B %Y}</h2>' in page(client, view="month", month=wrong)


# --- Centres


def test_the_centres_are_listed_by_country_and_those_that_ended_apart(client, centre):
    successor = factories.CentreFactory(code="LT-NEW", short_name="New", country="LT")
    factories.CentreFactory(code="LT-OLD", short_name="Old", country="LT", successor=successor)
    factories.CentreFactory(code="GR-TEST", short_name="Greek", country="GR", status=Centre.Status.BEING_ESTABLISHED)
    html = client.get("/centres/").content.decode()
    active, ended = html.split("Centres that have ended")
    assert re.findall(r'class="country-code" aria-hidden="true">(\w+)<', active) == ["AT", "EL", "LT"]
    assert re.findall(r'<a href="/centres/([\w-]+)/">', ended) == ["lt-old", "lt-new"]
    assert "3 centres in 3 countries" in html


def test_a_centre_shows_its_facts_its_events_and_what_is_unconfirmed(client, centre):
    body = factories.OrganisationFactory(name="Body behind it")
    centre.organisations.add(body)
    centre.unconfirmed = ["city"]
    centre.save()
    together = event("Together", 10)
    together.co_organisers.add(centre)
    event("Own", 11, organising_centre=centre)
    event("Past", -11, organising_centre=centre)
    event("Foreign", 12)
    html = client.get("/centres/at-test/").content.decode()
    assert titles(html) == ["Together", "Own", "Past"]
    assert "Body behind it" in html
    assert re.search(r"Vienna <span class=\"unconfirmed\">\(unconfirmed\)</span>", html)
    assert 'href="/calendars/centre-at-test.ics"' in html


def test_a_centre_that_is_none_is_not_found(client):
    assert client.get("/centres/nowhere/").status_code == 404


def test_a_centre_page_asks_the_database_as_often_for_one_event_as_for_three(client, centre):
    event("One", organising_centre=centre)
    one = count_queries(client, "/centres/at-test/")
    event("Two", 40, organising_centre=centre)
    event("Three", 50, organising_centre=centre)
    assert count_queries(client, "/centres/at-test/") == one


def test_titles_are_text_not_markup(client):
    event("<script>alert(1)</script> & more")
    html = page(client)
    assert "<script>alert" not in html
    assert titles(html) == ["<script>alert(1)</script> & more"]


def test_countries_stand_where_a_reader_looks_for_them(client):
    for code in ("AT", "PT", "ES"):
        factories.CentreFactory(country=code)
    html = client.get("/centres/", headers={"accept-language": "de"}).content.decode()
    assert re.findall(r"</span> (\S+)</td>", html) == ["Österreich", "Portugal", "Spanien"]
    cache.clear()
    choices = client.get("/", headers={"accept-language": "de"}).content.decode()
    assert re.findall(r'<option value="(?:AT|PT|ES)">(.*?)</option>', choices) == ["Österreich", "Portugal", "Spanien"]
