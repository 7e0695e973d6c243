"""The API's description is complete and true: it has no warnings, and whatever is sent, the answer is one that it names."""

import io
from datetime import timedelta
from functools import cache
from http import HTTPStatus

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from network import actions
from network.api.documentation import document
from network.models import Competence
from tests import factories

load_all_checks()
EXAMPLES = 6
CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def test_the_schema_is_valid_and_has_no_warning():
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out, stderr=io.StringIO())
    assert out.getvalue().startswith("openapi: 3.1")


def test_every_operation_says_what_it_does_and_documents_its_problems():
    poor = []
    for path, methods in document("en")["paths"].items():
        for method, operation in methods.items():
            statuses = set(operation["responses"])
            if not operation.get("description"):
                poor.append(f"{method} {path} has no description")
            mute = [given["name"] for given in operation.get("parameters", []) if not given.get("description")]
            if method == "get" and (mute := [name for name in mute if f"{{{name}}}" not in path]):
                poor.append(f"{method} {path} does not say what {', '.join(mute)} is")
            if not {"401", "429"} <= statuses:
                poor.append(f"{method} {path} does not name 401 and 429")
            if method in {"post", "put", "patch"} and not {"400", "403", "415"} <= statuses:
                poor.append(f"{method} {path} does not name 400, 403 and 415")
            if "{" in path and "404" not in statuses:
                poor.append(f"{method} {path} does not name 404")
    assert poor == []


def test_what_anybody_may_read_asks_for_no_token_in_its_description():
    open_to_all = {
        path.removeprefix("/api/v1")
        for path, methods in document("en")["paths"].items()
        for method, operation in methods.items()
        if method == "get" and {} in operation.get("security", [{}])
    }
    assert open_to_all == {
        "/calendars/",
        "/calendars/selections/{code}/",
        "/centres/",
        "/centres/{slug}/",
        "/competences/",
        "/competences/{code}/",
        "/events/",
        "/events/{slug}/",
        "/events/{slug}/questions/",
        "/sectors/",
        "/sectors/{slug}/",
        "/verify/{number}/",
    }


def test_the_schema_is_served_as_json_and_as_yaml(client, db):
    address = reverse("api-schema")
    as_json = client.get(address, headers={"Accept": "application/json"})
    as_yaml = client.get(address, headers={"Accept": "application/yaml"})
    assert (as_json.status_code, as_json["Content-Type"]) == (200, "application/json")
    assert as_json.json()["openapi"] == "3.1.1"
    assert as_yaml["Content-Type"] == "application/yaml; charset=utf-8"
    Draft202012Validator.check_schema(as_json.json()["components"]["schemas"]["Problem"])


@cache
def application():
    """The platform as the web server calls it."""
    return get_wsgi_application()


def operations():
    """Every operation that the description names."""
    schema = schemathesis.openapi.from_dict(document("en"))
    return [result.ok() for result in schema.get_all_operations()]


@pytest.fixture(autouse=True)
def _keep_the_connection():
    """A server closes its connection after a request; here it is the test's own, as with Django's test client."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def known(training, ana, olga):
    """What addresses can really name, so that requests get further than to 404."""
    Competence.objects.create(code="C6", number=6, cluster=Competence.Cluster.HORIZONTAL, name="Innovation procurement")
    registration = factories.RegistrationFactory(event=training, person=ana)
    return {"slug": training.slug, "event_slug": training.slug, "code": "C6", "registration_id": registration.pk}


def bearer(person):
    """The header of a token that may write."""
    _token, text = actions.make_token(by=person, name="Tests", scope="write", expires_at=timezone.now() + timedelta(days=1))
    return {"Authorization": f"Bearer {text}"}


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
@pytest.mark.parametrize("persona", ["anonymous", "olga"])
def test_whatever_is_sent_the_answer_is_one_that_the_description_names(operation, persona, known, olga):
    headers = bearer(olga) if persona == "olga" else {}

    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE), real=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],  # the first counter-example says enough; shrinking it takes minutes
        suppress_health_check=list(HealthCheck),
    )
    def every_answer_is_named(case, real):
        if real and case.path_parameters:
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        case.headers.update(headers)
        with transaction.atomic():
            response = case.call(app=application(), base_url="http://localhost")
            transaction.set_rollback(True)
        assert response.status_code != HTTPStatus.INTERNAL_SERVER_ERROR, response.text
        case.validate_response(response, checks=CHECKS.get_by_names(CHECKED))

    every_answer_is_named()
