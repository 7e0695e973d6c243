"""What every answer carries: the policy for content, a language, a zone, and no cookie for visitors."""

from datetime import UTC, datetime

import pytest
from django.db import DataError
from django.http import HttpResponse
from django.utils import timezone

from network.middleware import Unstorable
from network.models import Person


def policy_of(response):
    return dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))


def test_nothing_comes_from_elsewhere_and_nothing_is_inline(client, db):
    assert policy_of(client.get("/accounts/login/")) == {
        "default-src": "'self'",
        "base-uri": "'none'",
        "object-src": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


def test_the_page_about_the_api_may_show_the_icons_of_its_style_sheet(client, db):
    policy = policy_of(client.get("/api/v1/docs/"))
    assert (policy["img-src"], policy["default-src"]) == ("'self' data:", "'self'")


@pytest.mark.parametrize("page", ["/accounts/login/", "/my/tokens/", "/desk/people/", "/my/profile/"])
def test_pages_have_no_inline_script_or_style(client, sara, page):
    if not page.startswith("/accounts/"):
        client.force_login(sara)
    html = client.get(page).content.decode()
    assert [part for part in ("<style", " style=", " onclick=", "javascript:", "<script>") if part in html] == []


@pytest.mark.parametrize(
    ("language", "cookie", "header", "spoken"),
    [
        ("de", "en", "en", "de"),  # the person's own
        ("nl", "de", "en", "de"),  # not among those of the interface yet: the cookie
        ("nl", None, "de-AT, en;q=0.5", "de"),  # nor a cookie: the browser
        ("nl", None, "fr", "en"),
        (None, "de", "en", "de"),  # visitors
        (None, None, "de", "de"),
        (None, None, "", "en"),
    ],
)
def test_the_reader_is_spoken_to_in_their_language(client, db, language, cookie, header, spoken):
    if language:
        client.force_login(Person.objects.create_user("a@demo.example", name="A", language=language))
    if cookie:
        client.cookies["django_language"] = cookie
    response = client.get("/accounts/logout/" if language else "/accounts/login/", headers={"Accept-Language": header})
    assert response["Content-Language"] == spoken
    assert f'<html lang="{spoken}"' in response.content.decode()


def test_times_are_in_the_zone_of_the_reader_but_the_api_speaks_utc(client, ana):
    ana.timezone = "Europe/Helsinki"
    ana.save()
    client.force_login(ana)
    made = client.post("/api/v1/tokens/", {"name": "T"}, content_type="application/json").json()
    assert made["expires_at"].endswith("Z")
    ana.tokens.update(last_used_at=datetime(2026, 1, 15, 22, 30, tzinfo=UTC))
    assert ">16 January 2026, 00:30</td>" in client.get("/my/tokens/").content.decode()
    assert timezone.get_current_timezone_name() == "UTC"  # nothing is left over after the request


def test_visitors_get_no_cookie_from_the_api(client, db):
    response = client.get("/api/v1/centres/")
    assert response.cookies == {}
    assert "sessionid" not in client.cookies


def test_pages_of_a_person_do_not_stay_in_the_browser(client, ana):
    assert "Cache-Control" not in client.get("/").headers
    client.force_login(ana)
    assert {client.get(page)["Cache-Control"] for page in ("/", "/my/", "/api/v1/registrations/")} == {"private, no-store"}


def test_what_the_database_cannot_take_is_a_bad_request(rf):
    middleware = Unstorable(lambda _request: HttpResponse())
    answer = middleware.process_exception(rf.get("/"), DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"))
    assert (answer.status_code, b"NUL" in answer.content) == (400, False)
    assert middleware.process_exception(rf.get("/"), ValueError()) is None


def test_a_cookie_with_a_nul_is_refused_before_anything_looks_for_it(client, db):
    client.cookies["sessionid"] = "\x00aaaaaaaaaaaa"
    assert client.get("/my/").status_code == 400
    assert client.get("/api/v1/me/").status_code == 400
