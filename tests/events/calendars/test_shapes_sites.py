"""The sites that may show a centre's list: how they are written, and who adds and removes them."""

from html import escape

import pytest
from auditlog.models import LogEntry

from events.calendars.models import EmbeddingSite
from events.calendars.shapes import sites
from network.errors import Invalid, NotAllowed
from tests import factories
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://www.example.eu", "https://www.example.eu"),
        ("  https://WWW.Example.EU/  ", "https://www.example.eu"),
        ("www.example.eu", "https://www.example.eu"),
        ("https://example.eu.", "https://example.eu"),
        ("https://example.eu:443", "https://example.eu"),
        ("https://example.eu:8443", "https://example.eu:8443"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://Bücher.example", "https://xn--bcher-kva.example"),
        ("https://παράδειγμα.ευ", "https://xn--hxajbheg2az3al.xn--qxa6a"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://ｅｘａｍｐｌｅ.eu", "https://example.eu"),
    ],
)
def test_a_site_is_kept_as_browsers_write_it(written, origin):
    assert sites.origin_of(written) == origin


NO_SITE = "This is not the address of a site. Write it like https://www.example.eu."


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("http://example.eu", "Only a site with https can show the list."),
        ("javascript://example.eu", "Only a site with https can show the list."),
        ("https://example.eu/page", "Give the site only, without a page: https://www.example.eu."),
        ("https://example.eu?a=b", "Give the site only, without a page: https://www.example.eu."),
        ("https://example.eu#top", "Give the site only, without a page: https://www.example.eu."),
        ("https://ana:secret@example.eu", "Leave out the name and password."),
        ("https://ana@example.eu", "Leave out the name and password."),
        ("https://*.example.eu", NO_SITE),
        ("*", NO_SITE),
        ("https://*", NO_SITE),
        ("", NO_SITE),
        ("https://", NO_SITE),
        ("https://localhost", NO_SITE),
        ("https://127.0.0.1", NO_SITE),
        ("https://2130706433", NO_SITE),
        ("https://[::1]", NO_SITE),
        ("https://example.eu:99999", NO_SITE),
        ("https://example.eu:x", NO_SITE),
        ("https://exa mple.eu", NO_SITE),
        ("https://example.eu; script-src *", NO_SITE),
        ("https://example.eu,https://other.eu", NO_SITE),
        ("https://-example.eu", NO_SITE),
        ("https://example..eu", NO_SITE),
        ("https://exa\u200bmple.eu\u202e", NO_SITE),
        ("https://" + "a" * 64 + ".eu", NO_SITE),
        ("https://" + "a." * 120 + "eu", NO_SITE),
        ("https://[", NO_SITE),
    ],
)
def test_what_is_no_site_is_refused_with_the_reason(written, words):
    with pytest.raises(Invalid) as caught:
        sites.origin_of(written)
    assert {field: [str(message) for message in messages] for field, messages in caught.value.errors.items()} == {
        "origin": [words]
    }


@pytest.mark.parametrize(
    ("website", "origin"),
    [
        ("https://www.centre.example/en/", "https://www.centre.example"),
        ("http://centre.example", "http://centre.example"),
        ("https://centre.example:8443/", "https://centre.example:8443"),
        ("https://Bücher.example/", "https://xn--bcher-kva.example"),
        ("", ""),
        ("https://", ""),
        ("ftp://centre.example", ""),
        ("https://centre.example:x/", ""),
        ("https://a;b.example/", ""),
    ],
)
def test_the_centres_own_website_may_show_its_list(centre, website, origin):
    centre.website = website
    assert sites.own_origin(centre) == origin


def test_the_own_website_comes_first_and_once(centre, carl):
    centre.website = "https://centre.example/"
    for site in ("https://z.example", "https://a.example", "https://centre.example"):
        sites.add_site(centre=centre, origin=site, by=carl)
    assert sites.origins(centre) == ["https://centre.example", "https://a.example", "https://z.example"]


def test_the_coordinator_and_the_secretariat_add_and_remove_sites(centre, carl, sara):
    one = sites.add_site(centre=centre, origin="https://one.example", by=carl)
    two = sites.add_site(centre=centre, origin="https://two.example", by=sara)
    sites.remove_site(site=one, by=sara)
    sites.remove_site(site=one, by=carl)
    assert list(EmbeddingSite.objects.all()) == [two]


@pytest.mark.parametrize("who", ["ana", "mia", "olga", "otto"])
def test_nobody_else_does(centre, carl, who, request):
    person = request.getfixturevalue(who)
    site = sites.add_site(centre=centre, origin="https://one.example", by=carl)
    with pytest.raises(NotAllowed):
        sites.add_site(centre=centre, origin="https://two.example", by=person)
    with pytest.raises(NotAllowed):
        sites.remove_site(site=site, by=person)
    assert list(EmbeddingSite.objects.all()) == [site]


def test_adding_a_site_twice_changes_nothing(centre, carl):
    first = sites.add_site(centre=centre, origin="https://one.example", by=carl)
    assert sites.add_site(centre=centre, origin="ONE.example/", by=carl) == first
    assert EmbeddingSite.objects.count() == 1


def test_two_centres_may_name_the_same_site(centre, other_centre, sara):
    for one in (centre, other_centre):
        sites.add_site(centre=one, origin="https://shared.example", by=sara)
    assert EmbeddingSite.objects.count() == 2


def test_twenty_sites_are_enough(centre, carl):
    for number in range(20):
        sites.add_site(centre=centre, origin=f"https://s{number}.example", by=carl)
    with pytest.raises(sites.TooManySites) as caught:
        sites.add_site(centre=centre, origin="https://one-more.example", by=carl)
    assert str(caught.value) == "There are 20 sites. Remove one that no longer shows the list, then add the new one."
    assert sites.add_site(centre=centre, origin="https://s3.example", by=carl).origin == "https://s3.example"


def test_the_journal_says_who_added_and_who_removed(centre, carl, sara):
    site = sites.add_site(centre=centre, origin="https://one.example", by=carl)
    sites.remove_site(site=site, by=sara)
    entries = LogEntry.objects.get_for_model(EmbeddingSite).order_by("pk")
    assert [(entry.get_action_display(), entry.actor, entry.additional_data, entry.object_repr) for entry in entries] == [
        ("create", carl, {"reason": "add_site"}, "https://one.example"),
        ("delete", sara, {"reason": "remove_site"}, "https://one.example"),
    ]


# --- The desk's page -------------------------------------------------------------------------------------------------

DESK = "/desk/embedding/"


@pytest.fixture
def desk(client, carl, centre):
    """The coordinator's desk."""
    centre.website = "https://centre.example/"
    centre.save()
    client.force_login(carl)
    return client


@pytest.mark.parametrize(
    ("query", "address", "title"),
    [
        ("", "https://calendar.example/embed/at-test/", "What is on: Test AT"),
        ("?calendar=network", "https://calendar.example/embed/at-test/network/", "What is on: Whole network"),
        ("?calendar=kind-visit&language=de", "https://calendar.example/embed/at-test/kind-visit.de/", None),
        ("?language=de", "https://calendar.example/embed/at-test.de/", None),
        ("?calendar=none&language=fr", "https://calendar.example/embed/at-test/", "What is on: Test AT"),
    ],
)
def test_the_code_to_copy_has_the_address_and_a_title(desk, query, address, title):
    response = desk.get(DESK + query)
    code = str(response.context["code"])
    assert code.startswith(f'<iframe src="{address}" title="')
    assert code.endswith('" loading="lazy" width="100%" height="640" style="border: 0"></iframe>')
    assert title is None or f' title="{title}" ' in code
    assert escape(code, quote=True) in response.content.decode()


def test_what_is_in_a_title_does_not_end_the_code(desk, centre):
    centre.short_name = '"><script>'
    centre.save()
    assert ' title="What is on: &quot;&gt;&lt;script&gt;" ' in str(desk.get(DESK).context["code"])


def test_a_site_is_added_and_removed_on_the_page(desk, centre):
    response = desk.post(f"{DESK}?centre=at-test", {"origin": "www.example.eu"}, follow=True)
    assert response.redirect_chain == [("/desk/embedding/?centre=at-test#sites", 302)]
    assert [str(message) for message in response.context["messages"]] == ["https://www.example.eu may show the list now."]
    site = EmbeddingSite.objects.get()
    response = desk.post(f"{DESK}{site.pk}/remove/", follow=True)
    assert [str(message) for message in response.context["messages"]] == ["https://www.example.eu may show the list no longer."]
    assert not EmbeddingSite.objects.exists()


@pytest.mark.parametrize(
    ("origin", "words"),
    [("", "This field is required."), ("http://example.eu", "Only a site with https can show the list."), ("*", NO_SITE)],
)
def test_what_is_wrong_with_a_site_stands_at_its_field_and_what_was_typed_is_kept(desk, origin, words):
    response = desk.post(DESK, {"origin": origin})
    form = response.context["new"]
    assert (response.status_code, form.errors, form["origin"].value()) == (200, {"origin": [words]}, origin)
    assert not EmbeddingSite.objects.exists()


def test_a_full_list_is_told_above_the_form(desk, centre):
    EmbeddingSite.objects.bulk_create([EmbeddingSite(centre=centre, origin=f"https://s{n}.example") for n in range(20)])
    response = desk.post(DESK, {"origin": "https://more.example"})
    assert response.context["new"].non_field_errors() == [
        "There are 20 sites. Remove one that no longer shows the list, then add the new one."
    ]


def test_nobody_reaches_another_centres_sites(desk, other_centre):
    site = EmbeddingSite.objects.create(centre=other_centre, origin="https://de.example")
    assert desk.get(f"{DESK}?centre=de-test").status_code == 403
    assert desk.post(f"{DESK}?centre=de-test", {"origin": "https://a.example"}).status_code == 403
    assert desk.post(f"{DESK}{site.pk}/remove/").status_code == 404
    assert list(EmbeddingSite.objects.all()) == [site]


def test_the_secretariat_chooses_among_all_centres(client, sara, centre, other_centre):
    client.force_login(sara)
    response = client.get(f"{DESK}?centre=de-test")
    assert [value.value for value, _label in response.context["form"].fields["centre"].choices] == ["at-test", "de-test"]
    assert response.context["address"] == "https://calendar.example/embed/de-test/"


def test_the_page_asks_no_more_often_for_three_sites_than_for_one(desk, centre):
    EmbeddingSite.objects.create(centre=centre, origin="https://a.example")
    one = count_queries(desk, DESK)
    for site in ("https://b.example", "https://c.example"):
        EmbeddingSite.objects.create(centre=centre, origin=site)
    factories.CentreFactory()
    assert count_queries(desk, DESK) == one


# --- The API ---------------------------------------------------------------------------------------------------------

API = "/api/v1/calendar-sites/"


def test_a_program_adds_lists_and_removes_sites(api, carl, centre, other_centre):
    EmbeddingSite.objects.create(centre=other_centre, origin="https://de.example")
    api.force_authenticate(carl)
    made = api.post(API, {"centre": "at-test", "origin": "WWW.example.eu"}, format="json")
    expected = {"id": made.data["id"], "centre": "at-test", "origin": "https://www.example.eu"}
    assert (made.status_code, made.data) == (201, expected)
    assert api.post(API, {"centre": "at-test", "origin": "https://www.example.eu"}, format="json").data == expected
    assert api.get(API).data["results"] == [expected]
    assert api.get(f"{API}{made.data['id']}/").data == expected
    assert api.delete(f"{API}{made.data['id']}/").status_code == 204
    assert api.get(API).data["results"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"centre": "at-test", "origin": "http://example.eu"}, 400, "invalid"),
        ({"centre": "at-test"}, 400, "invalid"),
        ({"centre": "none", "origin": "https://example.eu"}, 400, "invalid"),
        ({"centre": "de-test", "origin": "https://example.eu"}, 403, "not_allowed"),
    ],
)
def test_a_program_is_told_what_is_wrong(api, carl, other_centre, body, status, code):
    api.force_authenticate(carl)
    response = api.post(API, body, format="json")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not EmbeddingSite.objects.exists()
