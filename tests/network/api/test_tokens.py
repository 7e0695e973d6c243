"""Personal access tokens: what they open, when they end, what is noted of their use."""

from datetime import timedelta

import pytest
from django.utils import timezone

from network import actions
from network.models import AccessToken


@pytest.fixture
def make(ana):
    """A token of Ana's and the header that carries it."""

    def make_one(scope="write", **changes):
        token, text = actions.make_token(by=ana, name="Tests", scope=scope, expires_at=timezone.now() + timedelta(days=1))
        AccessToken.objects.filter(pk=token.pk).update(**changes)
        return token, {"Authorization": f"Bearer {text}"}

    return make_one


def test_a_token_signs_in_its_person(api, make, ana):
    _token, header = make()
    assert api.get("/api/v1/me/", headers=header).json()["email"] == ana.email


def test_a_token_that_may_only_read_changes_nothing(api, make, ana):
    _token, header = make(scope="read")
    assert api.get("/api/v1/me/", headers=header).status_code == 200
    response = api.patch("/api/v1/me/", {"name": "Other"}, headers=header)
    assert (response.status_code, response.json()["code"]) == (403, "token_may_only_read")
    ana.refresh_from_db()
    assert ana.name == "Ana Procurer"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"revoked_at": timezone.now()}, "This token was revoked. Make a new one."),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "This token has expired. Make a new one."),
    ],
)
def test_a_token_that_has_ended_is_refused_with_the_reason(api, make, changes, words):
    _token, header = make(**changes)
    response = api.get("/api/v1/centres/", headers=header)
    assert (response.status_code, response.json()["detail"]) == (401, words)
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_the_token_of_a_closed_account_is_refused(api, make, ana):
    _token, header = make()
    ana.is_active = False
    ana.save()
    assert api.get("/api/v1/me/", headers=header).status_code == 401


def test_an_unknown_token_is_refused_even_where_none_is_needed(api, db):
    assert api.get("/api/v1/centres/", headers={"Authorization": "Bearer p2i_nonsense"}).status_code == 401
    assert api.get("/api/v1/centres/").status_code == 200


def test_the_last_use_is_noted_once_an_hour(api, make, django_assert_num_queries):
    token, header = make()
    api.get("/api/v1/sectors/", headers=header)
    token.refresh_from_db()
    first = token.last_used_at
    assert first is not None
    with django_assert_num_queries(2):  # the token with its person, the sectors
        api.get("/api/v1/sectors/", headers=header)
    long_ago = timezone.now() - timedelta(minutes=61)
    AccessToken.objects.filter(pk=token.pk).update(last_used_at=long_ago)
    api.get("/api/v1/sectors/", headers=header)
    token.refresh_from_db()
    assert token.last_used_at > first


def test_only_the_digest_is_kept(make):
    token, header = make()
    text = header["Authorization"].removeprefix("Bearer ")
    stored = AccessToken.objects.filter(pk=token.pk).values().get()
    assert (text[:4], len(text), text[-4:]) == ("p2i_", 47, stored["hint"])
    assert text not in str(stored)


def test_a_token_is_made_and_revoked_over_the_api(api, make, ana, ben):
    _token, header = make()
    made = api.post("/api/v1/tokens/", {"name": "Intranet", "scope": "read"}, headers=header)
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    mine = {"Authorization": f"Bearer {made.json()['token']}"}
    assert api.get("/api/v1/me/", headers=mine).status_code == 200
    assert "token" not in api.get("/api/v1/tokens/", headers=mine).json()["results"][0]
    assert api.delete(f"/api/v1/tokens/{made.json()['id']}/", headers=header).status_code == 204
    assert api.get("/api/v1/me/", headers=mine).status_code == 401


def test_a_token_made_with_a_token_does_not_outlive_it(api, make):
    token, header = make(scope="write")
    made = api.post("/api/v1/tokens/", {"name": "Longer"}, headers=header).json()
    assert AccessToken.objects.get(pk=made["id"]).expires_at == token.expires_at
