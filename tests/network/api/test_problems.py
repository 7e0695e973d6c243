"""Whatever goes wrong under /api/ is told in one shape."""

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404
from django.utils.translation import override
from rest_framework import exceptions, serializers
from rest_framework.test import APIRequestFactory

from network.api.problems import answer
from network.errors import Invalid, NotAllowed, Refused, Stale
from network.models import Person


class Full(Refused):
    code = "full"
    message = "There is no place left."


def told(exc, user=None):
    """Status and content of the problem that an exception becomes."""
    request = APIRequestFactory().get("/api/v1/things/")
    request.user = user
    response = answer(exc, {"request": request})
    return response.status_code, response.data


@pytest.mark.parametrize(
    ("exc", "status", "code"),
    [
        (Full(), 409, "full"),
        (Stale(), 412, "stale"),
        (Invalid({"title": ["Missing."]}), 400, "invalid"),
        (NotAllowed(), 401, "not_signed_in"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "not_allowed"),
        (exceptions.ParseError(), 400, "malformed"),
        (exceptions.NotAuthenticated(), 401, "not_signed_in"),
        (exceptions.AuthenticationFailed("Gone."), 401, "token_not_accepted"),
        (exceptions.PermissionDenied(code="token_may_only_read"), 403, "token_may_only_read"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.NotAcceptable(), 406, "not_acceptable"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=7), 429, "too_many_requests"),
        (IntegrityError("UNIQUE constraint failed: hidden.table"), 409, "conflict"),
        (DataError("value too long"), 400, "malformed"),
        (OperationalError("database is locked"), 503, "busy"),
        (ZeroDivisionError("hidden"), 500, "internal_error"),
    ],
)
def test_each_error_has_its_status_and_code(exc, status, code):
    got_status, problem = told(exc)
    assert (got_status, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"https://calendar.example/problems/{code}"
    assert problem["title"] != ""
    assert problem["detail"] != ""
    assert "hidden" not in str(problem)


def test_who_is_signed_in_but_may_not_is_told_403():
    assert told(NotAllowed(), user=Person(pk=1))[0] == 403


def test_a_refusal_says_what_its_type_is_and_what_this_case_is():
    _status, problem = told(Full("All 20 places are taken."))
    assert problem["title"] == "There is no place left."
    assert problem["detail"] == "All 20 places are taken."


def test_input_errors_are_a_map_from_path_to_messages():
    class Session(serializers.Serializer):
        starts_at = serializers.DateTimeField()

    class Event(serializers.Serializer):
        title = serializers.CharField()
        sessions = Session(many=True)

        def validate(self, attrs):
            raise serializers.ValidationError("As a whole it is wrong.")

    faulty = Event(data={"sessions": [{"starts_at": "2026-01-01T10:00Z"}, {}]})
    with pytest.raises(serializers.ValidationError) as caught:
        faulty.is_valid(raise_exception=True)
    assert told(caught.value)[1]["errors"] == {
        "title": ["This field is required."],
        "sessions.1.starts_at": ["This field is required."],
    }
    whole = Event(data={"title": "A", "sessions": []})
    with pytest.raises(serializers.ValidationError) as caught:
        whole.is_valid(raise_exception=True)
    assert told(caught.value)[1]["errors"] == {"": ["As a whole it is wrong."]}


def test_a_problem_is_in_the_language_of_the_reader():
    with override("de"):
        assert told(Invalid({"": []}))[1]["title"] == str(Invalid.message)


def test_headers_say_how_to_go_on():
    throttled = answer(exceptions.Throttled(wait=7), {})
    assert throttled["Retry-After"] == "7"
    assert answer(exceptions.NotAuthenticated(), {})["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer(OperationalError(), {})["Retry-After"] == "2"


def test_an_address_that_no_endpoint_has_is_a_problem_for_every_method(client, db):
    for method in ("get", "post", "delete"):
        response = getattr(client, method)("/api/v1/nothing/")
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
        assert response.json()["code"] == "not_found"


def test_an_address_without_its_last_slash_gets_the_reason(client, db):
    assert client.get("/api/v1/centres").json()["detail"] == (
        "No endpoint has this address. Addresses of this API end with “/”."
    )


def test_a_client_that_wants_another_format_can_read_the_error(client, db):
    response = client.get("/api/v1/centres/", headers={"Accept": "text/csv"})
    assert (response.status_code, response["Content-Type"]) == (406, "application/problem+json")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"a": ' * 100_000, 400, "malformed"),
        (b"[" * 100_000, 400, "malformed"),
        (b'{"contact": "\\ud800"}', 400, "malformed"),
        (b'{"country": "\\ud83d\\ude00"}', 400, "invalid"),  # two halves are a whole character
        (b'{"message": NaN}', 400, "malformed"),
        (b'{"message": "\xff"}', 400, "malformed"),
        (b'{"message": ' + b"9" * 5000 + b"}", 400, "malformed"),
        (b'"' + b"x" * 10_000_000 + b'"', 413, "too_large"),
    ],
)
def test_what_nobody_sends_by_mistake_is_refused_without_an_error_of_ours(api, db, body, status, code):
    cache.clear()
    response = api.generic("POST", "/api/v1/join-requests/", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (status, code)
