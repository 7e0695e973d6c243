"""Named feeds: any combination of the programme's filters, at a short address of their own."""

import re
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.calendars.feeds import catalogue, selections
from events.calendars.models import Feed, Selection
from events.calendars.subscribing import actions
from network.chores import chores
from network.errors import Invalid
from network.models import Competence, Sector
from tests import factories
from tests.events.calendars.reading import lines_of, published, summaries, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def health(db):
    return Sector.objects.create(slug="health", name="Health")


def name_it(name="Health in Vienna", **filters):
    return actions.name_selection(name=name, filters=filters)


def feed_of(selection, language=""):
    return f"/calendars/{selection.code}{language}.ics"


def page_of(client, **query):
    return client.get("/calendars/", query)


def test_a_combination_of_filters_is_a_feed_at_a_short_address(client, centre, health):
    for title, facts in {
        "Fits": {},
        "Visit": {"kind": "visit"},
        "Abroad": {"venue": factories.VenueFactory(country="DE")},
        "Online": {"format": "online", "venue": None},
        "Of another": {"organising_centre": factories.CentreFactory()},
    }.items():
        event = published(title=title, **{"organising_centre": centre, "languages": ["de"], **facts})
        event.sectors.add(health)
        tell(event)
    published(title="Of no sector", organising_centre=centre, languages=["de"])
    everything = {"kind": "training", "centre": centre.slug, "country": "AT", "sector": "health", "language": "de"}
    selection = name_it(**everything, format="on-site", q="supplier")
    assert re.fullmatch("[2-9b-z]{10}", selection.code)
    response = client.get(feed_of(selection))
    assert summaries(response) == ["Fits"]
    lines = lines_of(response.content)
    assert "NAME:Procure2Innovate calendar: Health in Vienna" in lines
    assert f"SOURCE;VALUE=URI:https://calendar.example{feed_of(selection)}" in lines
    assert response["Cache-Control"] == client.get("/calendars/network.ics")["Cache-Control"]
    assert "Österreich" in client.get(feed_of(selection, ".de")).content.decode()


def test_the_same_name_and_filters_are_the_same_feed_however_they_are_written(health):
    first = name_it("  Health  in Greece ", sector="health", country="EL", q=" price   talk ", kind="")
    again = name_it("Health in Greece", q="price talk", country="gr".upper(), sector="health")
    assert first == again
    assert (first.name, first.filters) == ("Health in Greece", {"country": "GR", "sector": "health", "q": "price talk"})
    assert name_it("Health in Greece", sector="health").code != first.code
    assert name_it("Health", sector="health", country="GR", q="price talk").code != first.code
    assert LogEntry.objects.get_for_model(Selection).count() == 3


def test_a_code_that_another_selection_has_grows_longer():
    first = name_it("A", kind="visit")
    Selection.objects.filter(pk=first.pk).update(name="Somebody else's")
    second = name_it("A", kind="visit")
    assert (len(second.code), second.code[:10]) == (13, first.code)
    assert name_it("A", kind="visit") == second
    assert catalogue.find(second.code).title == "A"


@pytest.mark.parametrize(
    ("name", "filters", "fields"),
    [
        ("", {"kind": "visit"}, ["name"]),
        ("x" * 81, {"kind": "visit"}, ["name"]),
        ("A", {}, [""]),
        ("A", {"past": "true", "state": "draft", "from": "2027-01-01"}, [""]),
        ("A", {"kind": "party", "centre": "nowhere"}, ["centre", "kind"]),
        (" ", {"country": "XX", "q": "x" * 201}, ["country", "name", "q"]),
        ("A", {"q": "\x00"}, ["q"]),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(name, filters, fields):
    with pytest.raises(Invalid) as refused:
        actions.name_selection(name=name, filters=filters)
    assert sorted(refused.value.errors) == fields
    assert not Selection.objects.exists()


def test_no_code_looks_like_a_planned_name():
    planned = [feed.name for group in catalogue.groups().values() for feed in group]
    assert [name for name in planned if selections._CODE.fullmatch(name)] == []
    assert not selections._CODE.fullmatch("network")


def test_a_filter_that_makes_no_sense_any_longer_is_an_empty_calendar_at_once(client, health):
    event = published(title="Fits")
    event.sectors.add(health)
    tell(event)
    selection = name_it(sector="health", kind="training")
    assert summaries(client.get(feed_of(selection))) == ["Fits"]
    health.delete()
    response = client.get(feed_of(selection))
    assert (response.status_code, summaries(response)) == (200, [])
    page = page_of(client, calendar=selection.code)
    assert (page.status_code, page.context["coming"]) == (200, 0)


def test_the_feed_follows_a_filter_that_no_entry_tells(client):
    centre = factories.CentreFactory(short_name="Zebra")
    published(title="Fits", organising_centre=centre)
    selection = name_it(q="zebra")
    assert summaries(client.get(feed_of(selection))) == ["Fits"]
    centre.short_name = "Renamed"
    centre.save()
    assert summaries(client.get(feed_of(selection))) == []


def test_drafts_and_what_is_internal_are_in_no_selection(client):
    published(title="Internal", visibility="network")
    published(title="Draft", state="draft", published_at=None)
    assert summaries(client.get(feed_of(name_it(kind="training")))) == []


def test_unknown_codes_are_not_found(client):
    assert client.get("/calendars/bcdfghjkmn.ics").status_code == 404
    assert client.get("/calendars/banana.ics").status_code == 404


@pytest.mark.parametrize("events", [1, 3])
def test_a_warm_selection_costs_what_a_planned_feed_costs(client, events):
    for _number in range(events):
        published()
    selection = name_it(kind="training")
    etag = client.get(feed_of(selection))["ETag"]
    with CaptureQueriesContext(connection) as unchanged:
        assert client.get(feed_of(selection), headers={"if-none-match": etag}).status_code == 304
    Feed.objects.update(revisions="")
    with CaptureQueriesContext(connection) as cold:
        client.get(feed_of(selection))
    assert (len(unchanged), len(cold)) == (1, 12)


def test_its_use_is_noted_once_a_day(client):
    selection = name_it(kind="visit")
    assert selection.last_used_at is None
    client.get(feed_of(selection))
    selection.refresh_from_db()
    first = selection.last_used_at
    assert first is not None
    Feed.objects.update(revisions="")
    client.get(feed_of(selection))
    selection.refresh_from_db()
    assert selection.last_used_at == first
    yesterday = timezone.now() - timedelta(days=1)
    Selection.objects.update(last_used_at=yesterday)
    Feed.objects.update(day=yesterday.date())
    client.get(feed_of(selection))
    selection.refresh_from_db()
    assert selection.last_used_at > first


def test_what_nobody_reads_is_removed_by_the_worker(client):
    now = timezone.now()
    kept = [name_it("Read", kind="visit"), name_it("New", kind="visit")]
    gone = [name_it("Read long ago", kind="visit"), name_it("Never read", kind="visit")]
    for selection in (kept[0], gone[0]):
        client.get(feed_of(selection))
    old = now - timedelta(days=366)
    Selection.objects.filter(pk__in=[kept[0].pk, gone[0].pk]).update(created_at=old - timedelta(days=9))
    Selection.objects.filter(pk=kept[0].pk).update(last_used_at=now - timedelta(days=364))
    Selection.objects.filter(pk=gone[0].pk).update(last_used_at=old)
    Selection.objects.filter(pk=gone[1].pk).update(created_at=now - timedelta(days=61))
    Selection.objects.filter(pk=kept[1].pk).update(created_at=now - timedelta(days=59))
    (chore,) = [chore for chore in chores if chore.run is selections.forget]
    assert (chore.run(), chore.run()) == (2, 0)
    assert sorted(Selection.objects.values_list("name", flat=True)) == ["New", "Read"]
    assert list(Feed.objects.values_list("key", flat=True)) == [f"{kept[0].code}/en"]
    assert client.get(feed_of(gone[0])).status_code == 404


# --- Pages -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({}, "network.ics"),
        ({"kind": "visit"}, "kind-visit.ics"),
        ({"kind": "", "centre": "at-test", "q": " "}, "centre-at-test.ics"),
        ({"language": "de"}, "language-de.ics"),
        ({"sector": "health", "entries": "de"}, "sector-health.de.ics"),
        ({"calendar": "centre-at-test", "entries": "de"}, "centre-at-test.de.ics"),
        ({"calendar": "nonsense", "entries": "xx"}, "network.ics"),
    ],
)
def test_what_a_planned_feed_has_needs_no_name(client, centre, health, query, path):
    page = page_of(client, **query)
    assert page.context["address"] == f"https://calendar.example/calendars/{path}"
    assert client.get(f"/calendars/{path}").status_code == 200
    assert not page.cookies


def test_a_combination_is_given_a_name_and_then_has_its_address(client, centre, health):
    published(title="Fits", organising_centre=centre)
    page = page_of(client, kind="training", country="EL", centre=centre.slug, entries="de", past="true")
    form = page.context["form"]
    assert (page.context["feed"], form["name"].initial) == (None, "Training, Test AT, Greece")
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.content.decode()))
    del hidden["next"], hidden["csrfmiddlewaretoken"]
    assert hidden == {"kind": "training", "centre": "at-test", "country": "EL", "entries": "de"}
    answer = client.post("/calendars/", {**hidden, "name": "Mine"})
    selection = Selection.objects.get()
    assert selection.filters == {"kind": "training", "centre": "at-test", "country": "GR"}
    assert (answer.status_code, answer["Location"]) == (302, f"/calendars/?calendar={selection.code}&entries=de#subscribe")
    page = client.get(answer["Location"])
    assert page.context["address"] == f"https://calendar.example/calendars/{selection.code}.de.ics"
    assert (page.context["chosen"]["country"], page.context["coming"]) == ("EL", 0)


def test_a_name_that_is_missing_is_asked_for_and_the_choice_is_kept(client):
    page = client.post("/calendars/", {"kind": "visit", "format": "online", "name": " "})
    assert (page.status_code, page.context["form"].errors) == (400, {"name": ["This field is required."]})
    assert page.context["chosen"] == {"kind": "visit", "format": "online"}
    assert not Selection.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_wrong_filter_is_told_and_does_not_make_a_wider_calendar(client, method):
    page = getattr(client, method)("/calendars/", {"kind": "visit", "sector": "gone", "name": "A"})
    assert page.status_code == (200 if method == "get" else 400)
    assert (page.context["feed"], list(page.context["errors"])) == (None, ["sector"])
    assert "webcal:" not in page.content.decode()
    assert not Selection.objects.exists()


def test_the_list_leads_to_exactly_its_selection(client, centre):
    published(organising_centre=centre)
    html = client.get("/", {"kind": "training", "country": "AT", "from": "2027-01-01", "past": "true"}).content.decode()
    assert 'href="/calendars/?kind=training&amp;country=AT"' in html
    assert page_of(client, kind="training", country="AT").context["form"]["name"].initial == "Training, Austria"


def test_how_many_one_may_name_in_an_hour_has_an_end_and_program_and_page_share_it(client, api, monkeypatch):
    monkeypatch.setitem(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "selection", "2/hour")
    cache.clear()
    body = {"name": "A", "filters": {"kind": "visit"}}
    statuses = [
        client.post("/calendars/", {"kind": "visit", "format": "online", "name": "A"}).status_code,
        api.post("/api/v1/calendars/selections/", body).status_code,
        api.post("/api/v1/calendars/selections/", body).status_code,
    ]
    refused = client.post("/calendars/", {"kind": "visit", "format": "online", "name": "B"})
    assert statuses == [302, 201, 429]
    assert (refused.status_code, int(refused["Retry-After"]) > 0) == (429, True)
    assert Selection.objects.count() == 2
    cache.clear()


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_however_many_events_fit(client, number):
    for _event in range(number):
        published(kind="visit")
    client.get("/calendars/?kind=visit")
    with CaptureQueriesContext(connection) as queries:
        client.get("/calendars/?kind=visit")
    assert len(queries) == 1


# --- API ---------------------------------------------------------------------------------------------------------------


def test_a_program_names_and_reads_a_selection(api, health):
    body = {"name": "Health", "filters": {"sector": "health", "kind": "training", "country": "EL", "q": ""}}
    made = api.post("/api/v1/calendars/selections/", body)
    assert made.status_code == 201
    code = made.json()["code"]
    assert made.json() == {
        "code": code,
        "name": "Health",
        "filters": {"kind": "training", "country": "GR", "sector": "health"},
        "urls": {
            "en": f"https://calendar.example/calendars/{code}.ics",
            "de": f"https://calendar.example/calendars/{code}.de.ics",
        },
    }
    assert api.post("/api/v1/calendars/selections/", body).json() == made.json()
    assert api.get(f"/api/v1/calendars/selections/{code}/").json() == made.json()
    assert api.get("/api/v1/calendars/selections/bcdfghjkmn/").status_code == 404


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, ["filters", "name"]),
        ({"name": "A", "filters": {}}, [""]),
        ({"name": "A", "filters": {"kind": "party"}}, ["kind"]),
        ({"name": "A", "filters": {"kind": "visit", "past": "true"}}, ["filters.past"]),
        ({"name": "A", "filters": {"kind": ["visit"]}}, ["filters.kind"]),
        ({"name": "A", "filters": "kind=visit"}, ["filters"]),
    ],
)
def test_what_a_program_asks_wrongly_is_told_at_its_field(api, body, errors):
    answer = api.post("/api/v1/calendars/selections/", body)
    assert (answer.status_code, sorted(answer.json()["errors"])) == (400, errors)
    assert not Selection.objects.exists()


def test_a_competence_is_a_filter_too(client, centre):
    competence = Competence.objects.create(code="C7", number=7, cluster="pre-award", name="Market analysis")
    event = published(title="Fits")
    event.taught.create(competence=competence, level=2)
    published(title="Teaches nothing")
    tell(event)
    assert page_of(client, competence="C7").context["form"]["name"].initial == "C7 Market analysis"
    assert summaries(client.get(feed_of(name_it(competence="C7")))) == ["Fits"]


@pytest.mark.parametrize(
    "name", ["Sign in at evil.example now", "https://evil.example", "write to me@evil.example", "www.evil"]
)
def test_a_name_leads_nowhere(name):
    """It stands on our pages, and on the sites of centres, whoever made it up."""
    with pytest.raises(Invalid) as problem:
        actions.name_selection(name=name, filters={"kind": "visit"})
    assert problem.value.errors == {"name": ["A name cannot contain an address of a site or a mailbox."]}


def test_what_is_removed_leaves_nothing_behind_in_any_form(client):
    selection = actions.name_selection(name="Visits", filters={"kind": "visit"})
    for ending in ("ics", "de.ics", "json", "atom"):
        assert client.get(f"/calendars/{selection.code}.{ending}").status_code == 200
    client.get("/calendars/network.json")
    Selection.objects.update(last_used_at=timezone.now() - selections.KEPT_AFTER_USE - timedelta(days=1))
    assert selections.forget() == 1
    left = Feed.objects.values_list("key", flat=True)
    network = Feed.objects.get(key="network/en")
    assert sorted(left) == [f"jcal/{network.pk}", "network/en"]
