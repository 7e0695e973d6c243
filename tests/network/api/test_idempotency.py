"""A POST that is sent twice is done once: double clicks, lost connections, killed workers."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from config.demo.clock import clock_at
from network import actions
from network.api import idempotency, memory, problems
from network.api.documentation import document
from network.chores import chores
from network.middleware import Idempotency
from network.models import AccessToken, IdempotentRequest, JoinRequest, Organisation
from network.signals import join_requested
from tests.events.registrations.test_races import together

ADDRESS = "/api/v1/join-requests/"
WISH = {"country": "HR", "organisation": "City of Zagreb", "contact": "Hana Horvat", "email": "hana@demo.example"}
OTHER = {**WISH, "organisation": "City of Split"}


@pytest.fixture
def key():
    return str(uuid.uuid4())


@pytest.fixture
def no_raise(api):
    """A client that answers what goes wrong, as in production."""
    api.raise_request_exception = False
    return api


@pytest.fixture
def on_the_way():
    """``on_the_way(job)``: do the job while the next request to join is written, in its transaction."""
    listeners = []

    def meet(job):
        def listen(**_kwargs):
            join_requested.disconnect(listen)
            job()

        listeners.append(listen)
        join_requested.connect(listen, weak=False)

    yield meet
    for listen in listeners:
        join_requested.disconnect(listen)


@pytest.fixture
def moment():
    """Now, for as long as the test takes: on a slow machine, too, no second passes."""
    now = timezone.now()
    with clock_at(now):
        yield now


def ask(client, key, body=None, address=ADDRESS, **headers):
    """Send the wish with the key."""
    return client.post(
        address, WISH if body is None else body, content_type="application/json", headers={"Idempotency-Key": key, **headers}
    )


def ask_as(client, person, key, body, address, scope="write"):
    """Send with a token of the person's, made for this request."""
    _token, text = actions.make_token(by=person, name="T", scope=scope, expires_at=timezone.now() + timedelta(days=1))
    return ask(client, key, body, address, Authorization=f"Bearer {text}")


def told(response):
    """Status and code of a problem."""
    return response.status_code, response.json()["code"]


def let_the_lease_run_out():
    assert IdempotentRequest.objects.filter(status=None).update(lease_until=timezone.now()) == 1


@pytest.fixture
def api(db):
    return Client()


# --- Once, and answered alike ------------------------------------------------------------------------------------------


def test_a_repeated_request_is_done_once_and_gets_the_same_answer(api, key):
    first, second = ask(api, key), ask(api, key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert (first.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    differing = {name for name in {**first.headers, **second.headers} if first.get(name) != second.get(name)}
    assert differing == {"Idempotency-Replayed"}
    assert JoinRequest.objects.count() == 1


def test_another_key_is_another_request(api, key):
    assert ask(api, key).json()["id"] != ask(api, "another").json()["id"]


def test_what_the_endpoint_says_in_headers_is_said_again(api, olga, training, key):
    api.force_login(olga)
    address = f"/api/v1/events/{training.slug}/clone/"
    body = {"starts": (timezone.now() + timedelta(days=90)).strftime("%Y-%m-%dT09:30")}
    first, again = ask(api, key, body, address), ask(api, key, body, address)
    assert (first.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])


@pytest.mark.django_db
def test_an_answer_without_a_body_is_repeated_without_one(rf, key):
    endpoint = HttpResponse(status=204)
    del endpoint["Content-Type"]
    pair = keyed_pair(rf, key, endpoint)
    assert [(answer.status_code, answer.content, answer.get("Content-Type")) for answer in pair] == [(204, b"", None)] * 2
    assert pair[1]["Idempotency-Replayed"] == "true"


def keyed_pair(rf, key, endpoint):
    """What a request and its repetition get, from an endpoint that answers so."""
    middleware = idempotency.Once(endpoint if callable(endpoint) else lambda _request: endpoint)

    def once():
        request = rf.post("/api/v1/somewhere/", headers={"Idempotency-Key": key})
        return middleware(request)

    return once(), once()


@pytest.mark.django_db
@pytest.mark.parametrize("endpoint", [StreamingHttpResponse([b"one"]), HttpResponse(b"x" * (idempotency.MOST_KEPT + 1))])
def test_an_answer_that_cannot_be_kept_is_not_repeated_but_nothing_is_done_twice(rf, key, endpoint):
    first, second = keyed_pair(rf, key, endpoint)
    assert first is endpoint
    assert (second.status_code, b'"code":"idempotency_answer_not_kept"' in second.content) == (409, True)


def test_a_replay_is_in_the_language_of_the_first_answer(api, key):
    first = ask(api, key, {}, **{"Accept-Language": "de"})
    again = ask(api, key, {}, **{"Accept-Language": "en"})
    assert (first.status_code, first["Content-Language"]) == (400, "de")
    assert (again.content, again["Content-Language"]) == (first.content, "de")


# --- Not the same request --------------------------------------------------------------------------------------------


def test_the_key_of_another_request_is_refused(api, key):
    ask(api, key)
    assert told(ask(api, key, OTHER)) == (422, "idempotency_key_reused")
    assert told(ask(api, key, address=f"{ADDRESS}?page=2")) == (422, "idempotency_key_reused")
    assert told(ask(api, key, **{"If-Match": '"8"'})) == (422, "idempotency_key_reused")
    assert told(ask(api, key, address="/api/v1/organisations/")) == (422, "idempotency_key_reused")
    assert JoinRequest.objects.count() == 1


def test_somebody_else_with_the_same_key_is_somebody_else(api, ana, ben, key):
    address, body = "/api/v1/tokens/", {"name": "Script"}
    mine, theirs = ask_as(api, ana, key, body, address), ask_as(api, ben, key, body, address)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["token"] != theirs.json()["token"]
    assert theirs.get("Idempotency-Replayed") is None


def test_visitors_are_told_apart_by_address(api, key, settings):
    def visitor(address):
        return api.post(ADDRESS, WISH, "application/json", headers={"Idempotency-Key": key}, REMOTE_ADDR=address).json()["id"]

    assert visitor("192.0.2.1") == visitor("192.0.2.1") != visitor("192.0.2.2")


def test_behind_our_proxy_visitors_are_told_apart_by_the_address_that_it_saw(api, key, settings):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    made = [ask(api, key, **{"X-Forwarded-For": f"198.51.100.9, {seen}"}).json()["id"] for seen in ("192.0.2.1", "192.0.2.2")]
    assert len(set(made)) == 2


def test_a_person_may_repeat_with_another_token_of_theirs(api, ana, key):
    body, address = {"name": "City of Graz", "country": "AT"}, "/api/v1/organisations/"
    assert ask_as(api, ana, key, body, address).content == ask_as(api, ana, key, body, address).content


def test_a_token_that_may_only_read_never_gets_what_one_that_may_write_got(api, ana, key):
    address, body = "/api/v1/tokens/", {"name": "Script"}
    assert ask_as(api, ana, key, body, address).status_code == 201
    assert told(ask_as(api, ana, key, body, address, scope="read")) == (403, "token_may_only_read")


def test_a_token_that_was_revoked_gets_no_old_answers(api, ana, key):
    token, text = actions.make_token(by=ana, name="T", scope="write", expires_at=timezone.now() + timedelta(days=1))
    header, address = {"Authorization": f"Bearer {text}"}, "/api/v1/organisations/"
    body = {"name": "City of Graz", "country": "AT"}
    assert ask(api, key, body, address, **header).status_code == 201
    actions.revoke_token(token=token, by=ana)
    assert told(ask(api, key, body, address, **header)) == (401, "token_not_accepted")


def test_what_is_shown_once_cannot_be_read_in_the_table(api, ana, key):
    text = ask_as(api, ana, key, {"name": "Script"}, "/api/v1/tokens/").json()["token"]
    row = IdempotentRequest.objects.values().get()
    assert [secret for secret in (text, key, ana.email, "Script") if secret in str(row)] == []


# --- Errors ----------------------------------------------------------------------------------------------------------


def test_a_refusal_is_repeated_as_it_was(api, ana, key):
    for _number in range(actions.MOST_LIVE_TOKENS):
        actions.make_token(by=ana, name="T", scope="read", expires_at=timezone.now() + timedelta(days=1))
    api.force_login(ana)
    first = ask(api, key, {"name": "Script"}, "/api/v1/tokens/")
    assert told(first) == (409, "too_many_tokens")
    AccessToken.objects.all().delete()
    again = ask(api, key, {"name": "Script"}, "/api/v1/tokens/")
    assert (again.status_code, again.content, again["Idempotency-Replayed"]) == (409, first.content, "true")
    assert again["Content-Type"] == "application/problem+json"
    assert AccessToken.objects.count() == 0


def test_input_that_is_wrong_stays_wrong(api, key):
    first, again = ask(api, key, {"country": "HR"}), ask(api, key, {"country": "HR"})
    assert (told(first), again.content, again["Idempotency-Replayed"]) == ((400, "invalid"), first.content, "true")


def test_what_a_refused_request_wrote_is_undone(api, key, on_the_way):
    def refuse():
        Organisation.objects.create(name="Left over", country="AT")
        raise actions.TooManyTokens

    on_the_way(refuse)
    assert told(ask(api, key)) == (409, "too_many_tokens")
    assert (JoinRequest.objects.count(), Organisation.objects.filter(name="Left over").count()) == (0, 0)


@pytest.mark.parametrize(
    ("error", "status", "code"), [(ZeroDivisionError, 500, "internal_error"), (OperationalError, 503, "busy")]
)
def test_an_error_of_ours_frees_the_key(no_raise, key, on_the_way, error, status, code):
    def fail():
        raise error

    on_the_way(fail)
    assert told(ask(no_raise, key)) == (status, code)
    assert (JoinRequest.objects.count(), IdempotentRequest.objects.count()) == (0, 0)
    again = ask(no_raise, key)
    assert (again.status_code, again.get("Idempotency-Replayed"), JoinRequest.objects.count()) == (201, None, 1)


def test_who_was_not_signed_in_signs_in_and_repeats(api, ana, key):
    body, address = {"name": "City of Graz", "country": "AT"}, "/api/v1/organisations/"
    assert told(ask(api, key, body, address)) == (401, "not_signed_in")
    assert IdempotentRequest.objects.count() == 0
    api.force_login(ana)
    assert ask(api, key, body, address).status_code == 201


def test_who_asked_too_often_waits_and_repeats(api, key, settings):
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "join": "1/hour"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    cache.clear()
    assert ask(api, "first").status_code == 201
    assert told(ask(api, key)) == (429, "too_many_requests")
    cache.clear()
    assert ask(api, key).status_code == 201
    cache.clear()


def test_repetitions_count_as_requests(api, key, settings):
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "visitors": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    cache.clear()
    answers = [ask(api, key) for _number in range(4)]  # the first is counted by its endpoint, under the limit for joining
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert answers[-1]["Content-Type"] == "application/problem+json"
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    cache.clear()


def test_an_address_that_no_endpoint_has_remembers_nothing(api, key):
    assert told(ask(api, key, address="/api/v1/nothing/")) == (404, "not_found")
    assert IdempotentRequest.objects.count() == 0


def test_a_repetition_without_the_forms_token_gets_nothing(ana, key):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    client.cookies["csrftoken"] = "x" * 32
    body, address = {"name": "Script"}, "/api/v1/tokens/"
    assert ask(client, key, body, address, **{"X-CSRFToken": "x" * 32}).status_code == 201
    assert told(ask(client, key, body, address)) == (403, "not_allowed")


def test_too_much_is_refused_before_it_is_read(api, key):
    response = ask(api, key, b'"' + b"x" * 10_000_000 + b'"')
    assert told(response) == (413, "too_large")


# --- Bad luck --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("running", "wait"), [(0, "1"), (10, "10"), (40, "20"), (59, "1")])
def test_while_the_first_is_running_the_second_waits(api, key, moment, running, wait):
    ask(api, key)
    lease = moment + idempotency.LEASE - timedelta(seconds=running, milliseconds=50)
    IdempotentRequest.objects.update(status=None, lease_until=lease)
    JoinRequest.objects.all().delete()
    response = ask(api, key)
    assert (told(response), response["Retry-After"]) == ((409, "idempotency_key_in_use"), wait)
    assert told(ask(api, key, OTHER)) == (422, "idempotency_key_reused")
    assert JoinRequest.objects.count() == 0


def test_the_answer_that_never_arrived_is_given_to_who_asks_again(api, key, settings):
    settings.MIDDLEWARE = [f"{__name__}.dies_before_it_answers", *settings.MIDDLEWARE]
    with pytest.raises(SystemExit):
        ask(Client(), key)
    assert JoinRequest.objects.count() == 1  # it was committed
    settings.MIDDLEWARE = settings.MIDDLEWARE[1:]
    again = ask(Client(), key)
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert again.json()["id"] == JoinRequest.objects.get().pk


def dies_before_it_answers(get_response):
    """Middleware: the process ends when all is done but nothing is sent."""

    def die(request):
        get_response(request)
        raise SystemExit

    return die


@pytest.mark.django_db(transaction=True)
def test_the_key_of_a_killed_worker_frees_itself(api, key):
    worker = subprocess.run(
        [sys.executable, "-c", KILLED, connection.settings_dict["NAME"], key],
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert worker.returncode == -signal.SIGKILL, worker.stderr
    assert told(ask(api, key)) == (409, "idempotency_key_in_use")
    let_the_lease_run_out()
    first, again = ask(api, key), ask(api, key)
    assert (first.status_code, first.get("Idempotency-Replayed")) == (201, None)
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    assert JoinRequest.objects.count() == 1


# A web worker that is killed (as by a machine that has no memory left) after it wrote, before it committed.
KILLED = f"""
import os, signal, sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from django.test import Client
from network.signals import join_requested
def die(**kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
join_requested.connect(die)
Client().post({ADDRESS!r}, {WISH!r}, "application/json", headers={{"Idempotency-Key": sys.argv[2]}})
"""


def test_a_worker_that_was_too_slow_does_nothing_once_its_key_was_taken_over(api, key, on_the_way):
    on_the_way(lambda: IdempotentRequest.objects.update(lease_until=timezone.now() + 2 * idempotency.LEASE))
    assert told(ask(api, key)) == (409, "idempotency_key_in_use")
    assert JoinRequest.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_what_the_database_refuses_when_the_transaction_ends_is_told_as_a_problem(api, key, on_the_way):
    def refer_to_nobody():
        AccessToken.objects.bulk_create([AccessToken(person_id=10**9, name="T", expires_at=timezone.now())])

    on_the_way(refer_to_nobody)
    assert told(ask(api, key)) == (409, "conflict")
    assert JoinRequest.objects.count() == 0
    assert ask(api, key).status_code == 201


@pytest.mark.django_db
def test_after_a_statement_that_failed_in_the_endpoint_its_problem_is_still_the_answer(rf, key):
    def endpoint(_request):
        try:
            Organisation.objects.create(name=None)
        except IntegrityError as error:
            return problems.answer(error, {}).render()

    assert [answer.status_code for answer in keyed_pair(rf, key, endpoint)] == [409, 409]
    assert IdempotentRequest.objects.count() == 0


@pytest.mark.django_db
def test_a_change_that_could_not_be_saved_is_not_told_as_done(rf, key):
    def endpoint(_request):
        with suppress(IntegrityError):
            Organisation.objects.create(name=None)  # outside of a savepoint: the transaction is lost
        return HttpResponse(status=201)

    assert [answer.status_code for answer in keyed_pair(rf, key, endpoint)] == [500, 500]
    assert IdempotentRequest.objects.count() == 0


def test_limits_count_what_was_refused_where_the_database_is_the_cache(api, key, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
    call_command("createcachetable")
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "join": "2/hour"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    assert [ask(api, f"{key}-{number}", {}).status_code for number in range(3)] == [400, 400, 429]


@pytest.mark.django_db(transaction=True)
def test_clicks_at_the_same_moment_make_one_change(api, key):
    answers = []
    together(*[lambda: answers.append(ask(Client(), key))] * 6)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"idempotency_key_in_use"}
    assert len([answer for answer in answers if answer.status_code == 201 and "Idempotency-Replayed" not in answer]) == 1
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert JoinRequest.objects.count() == IdempotentRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_finds_a_dead_workers_key_at_the_same_moment_makes_one_change(api, key):
    ask(api, key)
    JoinRequest.objects.all().delete()
    IdempotentRequest.objects.update(status=None, body="", lease_until=timezone.now())
    answers = []
    together(*[lambda: answers.append(ask(Client(), key))] * 6)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert JoinRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_second_click_does_not_wait_for_the_first(api, key, on_the_way, moment):
    begun, go_on, answers = threading.Event(), threading.Event(), []
    on_the_way(lambda: (begun.set(), go_on.wait(120)))

    def second_click():
        assert begun.wait(120)
        try:
            answers.append(ask(Client(), key))
        finally:
            go_on.set()

    together(lambda: answers.append(ask(Client(), key)), second_click)
    second, first = answers
    assert (told(second), second["Retry-After"], first.status_code) == ((409, "idempotency_key_in_use"), "1", 201)


@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_away_the_answer_is_that_it_passes(no_raise, key, monkeypatch):
    def away(self):
        raise OperationalError

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", away)
    response = ask(no_raise, key)
    assert (told(response), response["Retry-After"]) == ((503, "busy"), "2")
    monkeypatch.undo()
    assert ask(no_raise, key).status_code == 201


# --- The header ------------------------------------------------------------------------------------------------------


def test_only_post_has_keys(api, ana, key):
    api.force_login(ana)
    header = {"Idempotency-Key": key}
    assert api.get("/api/v1/me/", headers=header).status_code == 200
    assert api.patch("/api/v1/me/", {"name": "Ana Maria"}, "application/json", headers=header).status_code == 200
    assert api.post("/accounts/logout/", headers=header).status_code == 302
    assert IdempotentRequest.objects.count() == 0


def test_a_request_without_a_key_is_done_each_time_and_asks_the_database_nothing_more(api, rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        Idempotency(lambda _request: HttpResponse())(rf.post(ADDRESS, WISH))
    made = [api.post(ADDRESS, WISH, "application/json").json()["id"] for _time in range(2)]
    assert (len(set(made)), IdempotentRequest.objects.count()) == (2, 0)


@pytest.mark.parametrize(
    "wrong",
    ["", " ", "two words", "x" * 256, "schlüssel", "\x7f", '"', '""', '"open', '"two words"', '"a"b"', '"a\\b"', '"a";b=c'],
)
def test_a_key_that_is_none_is_refused(api, wrong):
    assert told(ask(api, wrong)) == (400, "idempotency_key_invalid")
    assert JoinRequest.objects.count() == 0


@pytest.mark.parametrize("right", ["1", "x" * 255, "a,b", 'a"b', "!~", '"' + "x" * 255 + '"'])
def test_any_visible_ascii_is_a_key(api, right):
    assert ask(api, right).status_code == 201


@pytest.mark.parametrize(("bare", "quoted"), [("8e03978e", '"8e03978e"'), ('a"b\\c', '"a\\"b\\\\c"')])
def test_a_key_in_quotes_is_the_same_key(api, bare, quoted):
    assert ask(api, bare).json() == ask(api, quoted).json()
    assert JoinRequest.objects.count() == 1


# --- Looked after ----------------------------------------------------------------------------------------------------


def test_keys_are_forgotten_after_a_day(api, key):
    ask(api, key)
    ask(api, "old")
    [chore] = [chore for chore in chores if chore.run is memory.forget]
    assert chore.run() == 0
    oldest = IdempotentRequest.objects.latest("pk")
    IdempotentRequest.objects.filter(pk=oldest.pk).update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert chore.run() == 1
    assert ask(api, "old").get("Idempotency-Replayed") is None
    assert ask(api, key)["Idempotency-Replayed"] == "true"


def test_every_post_of_the_description_names_the_header_and_its_problems():
    posts = [methods["post"] for methods in document("en")["paths"].values() if "post" in methods]
    lacking = [
        operation["operationId"]
        for operation in posts
        if "Idempotency-Key" not in [given["name"] for given in operation.get("parameters", [])]
        or not {"400", "409", "422"} <= set(operation["responses"])
    ]
    assert (len(posts) > 10, lacking) == (True, [])
