"""Own pages and the desk's pages about people, as a browser without JavaScript uses them."""

from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import override_settings
from django.urls import resolve

import config.urls
from network import urls
from network.models import AccessToken, JoinRequest, Role
from tests import factories

# Addresses as they are in the demonstration.
urlpatterns = [*urls.demonstration(), *config.urls.urlpatterns]


def words_of(client, address):
    return [str(message) for message in client.get(address).context["messages"]]


def test_the_profile_keeps_what_was_typed_and_says_what_is_wrong(client, ana):
    client.force_login(ana)
    response = client.post("/my/profile/", {"name": "", "organisation": "City of Linz"})
    form = response.context["form"]
    assert sorted(form.errors) == ["country", "kind", "language", "name", "timezone"]
    assert 'value="City of Linz"' in response.content.decode()
    ana.refresh_from_db()
    assert ana.name == "Ana Procurer"


def test_a_token_is_shown_once(client, ana):
    client.force_login(ana)
    response = client.post("/my/tokens/", {"name": "Intranet", "scope": "read", "days": "30"})
    secret = response.context["secret"]
    assert secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    again = client.get("/my/tokens/").content.decode()
    assert (secret in again, "Intranet" in again) == (False, True)
    client.post(f"/my/tokens/{AccessToken.objects.get().pk}/revoke/")
    assert AccessToken.objects.get().revoked_at is not None


def test_a_coordinator_appoints_and_dismisses_by_form(client, carl, centre, ana):
    client.force_login(carl)
    client.post("/desk/people/", {"email": ana.email, "kind": "organiser", "centre": centre.slug})
    role = Role.objects.get(person=ana)
    assert words_of(client, "/desk/people/") == ["Ana Procurer now has the role Organiser at Test AT."]
    client.post(f"/desk/people/{role.pk}/dismiss/")
    assert words_of(client, "/desk/people/") == ["Ana Procurer no longer has the role Organiser at Test AT."]
    assert not Role.objects.filter(person=ana).exists()


def test_a_coordinator_is_offered_the_own_centre_and_no_secretariat(client, carl, centre, other_centre):
    client.force_login(carl)
    form = client.get("/desk/people/").context["form"]
    assert list(form.fields["centre"].queryset) == [centre]
    assert [kind for kind, _label in form.fields["kind"].choices] == ["member", "organiser", "coordinator"]
    response = client.post("/desk/people/", {"email": "x@demo.example", "kind": "member", "centre": other_centre.slug})
    assert list(response.context["form"].errors) == ["centre"]


def test_the_last_secretariat_is_told_why_they_stay(client, sara):
    client.force_login(sara)
    client.post(f"/desk/people/{sara.roles.get().pk}/dismiss/")
    assert words_of(client, "/desk/people/") == ["This is the last person of the secretariat. Appoint somebody else first."]


def test_the_list_of_people_costs_the_same_whatever_it_holds(client, sara, centre, django_assert_num_queries):
    client.force_login(sara)
    for number in (1, 3):
        for _more in range(number):
            factories.appoint(factories.PersonFactory(), Role.Kind.MEMBER, centre)
        with django_assert_num_queries(6):  # session, person, roles held; centres for the page and its form; roles
            client.get("/desk/people/")


def test_a_centres_page_is_edited_by_form(client, carl, centre):
    client.force_login(carl)
    form = client.get(f"/desk/centre/{centre.slug}/").context["form"]
    facts = {name: form.initial[name] for name in form.fields}
    response = client.post(f"/desk/centre/{centre.slug}/", {**facts, "city": "Graz", "website": "graz.example"})
    assert response.status_code == 302, response.context["form"].errors
    centre.refresh_from_db()
    assert (centre.city, centre.website) == ("Graz", "https://graz.example")


def test_a_request_to_join_is_listed_until_it_is_answered(client, sara):
    wish = JoinRequest.objects.create(country="PL", organisation="Urząd", contact="Jan", email="jan@demo.example")
    client.force_login(sara)
    assert list(client.get("/desk/join-requests/").context["waiting"]) == [wish]
    client.post(f"/desk/join-requests/{wish.pk}/answered/")
    page = client.get("/desk/join-requests/")
    assert (list(page.context["waiting"]), list(page.context["answered"])) == ([], [wish])


# --- The demonstration ---


@pytest.mark.parametrize("address", ["/demo/", "/demo/sign-in/"])
def test_the_demonstrations_people_do_not_exist_on_a_real_site(client, ana, address):
    assert settings.DEBUG is False
    assert client.post(address, {"email": ana.email}).status_code == 404


@override_settings(ROOT_URLCONF="tests.network.test_pages")
def test_in_the_demonstration_one_click_makes_you_somebody(client, ana, olga):
    assert resolve("/demo/").url_name == "demo"
    page = client.get("/demo/")
    assert ([person.name for person in page.context["with_role"]], [person.name for person in page.context["procurers"]]) == (
        ["Olga Organiser"],
        ["Ana Procurer"],
    )
    assert client.get(f"/demo/sign-in/?{urlencode({'email': olga.email})}").status_code == 405
    assert client.post("/demo/sign-in/", {"email": olga.email})["Location"] == "/desk/"
    assert client.get("/my/profile/").context["person"] == olga


@override_settings(ROOT_URLCONF="tests.network.test_pages")
def test_even_in_the_demonstration_nobody_becomes_a_real_person(client, ana):
    ana.email = "ana@city.example"
    ana.save()
    assert client.post("/demo/sign-in/", {"email": ana.email}).status_code == 404
