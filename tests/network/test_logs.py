"""No log holds the secret of an address."""

import io
import logging

import pytest
from django.conf import settings

from network.logs import WithoutSecrets

TOKEN = "c2VjcmV0LXRva2VuLW9mLTIy"


@pytest.fixture
def log():
    """A logger that writes as the console does, and what it wrote."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(WithoutSecrets())
    logger = logging.getLogger("tests.network.logs")
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    "path", ["/calendars/{}/phone.ics", "/calendars/{}/phone.ICS/", "/replies/{}/", "/registrations/{}/cancel/"]
)
def test_the_token_of_an_address_is_masked(log, path):
    logger, written = log
    logger.warning("Forbidden (%s): %s", "CSRF token missing.", path.format(TOKEN))
    assert written.getvalue() == f"Forbidden (CSRF token missing.): {path.format('…')}\n"


@pytest.mark.parametrize("end", ["/", "", "?format=json"])
def test_whose_evaluation_was_filled_in_is_masked(log, end):
    logger, written = log
    logger.warning("Conflict: %s", f"/api/v1/registrations/12/evaluation{end}")
    assert written.getvalue() == f"Conflict: /api/v1/registrations/…/evaluation{end}\n"


@pytest.mark.parametrize("code", ["7Q2K-0F5M-XW3R-9TBA-C", "7q2k0f5mxw3r9tbac"])
@pytest.mark.parametrize(
    "path",
    [
        "/t/{}/",
        "/verify/{}",
        "/my/certificates/{}.pdf",
        "/credentials/{}.elm.json",
        "/api/v1/certificates/{}/credential/token/",
    ],
)
def test_the_code_of_a_ticket_and_the_number_of_a_certificate_are_masked(log, path, code):
    logger, written = log
    logger.warning("Too Many Requests: %s", path.format(code))
    assert written.getvalue() == f"Too Many Requests: {path.format('…')}\n"


@pytest.mark.parametrize(
    "said",
    [
        "Not Found: /verify/file/",
        "Not Found: /credentials/status/12",
        "Not Found: /desk/events/a-long-slug-of-an-event/certificates/recognitions/12/issue/",
        "Not Found: /calendars/centre-at-ioeb.ics",
        "100 % of /registrations/12/ done",
        "/events/a-very-long-slug-of-an-event/",
    ],
)
def test_other_words_stay_as_they_are(log, said):
    logger, written = log
    logger.warning(said)
    assert written.getvalue() == f"{said}\n"


def test_the_console_masks():
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["secrets"]
