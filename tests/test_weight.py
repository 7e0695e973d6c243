"""What a web worker holds that has shown nothing but the programme: not what prints, seals, reads spreadsheets or serves the API."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from network.later import Page

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent

#: Each costs a process megabytes, and none is of use to who looks at what is on.
HEAVY = {
    "PIL",
    "asn1crypto",
    "config.api",
    "cryptography",
    "drf_spectacular.utils",
    "fontTools",
    "icalendar",
    "lxml",
    "openpyxl",
    "pikepdf",
    "pkcs11",
    "pyhanko",
    "pyld",
    "pypdfium2",
    "recurring_ical_events",
    "rest_framework.serializers",
    "rest_framework.views",
    "weasyprint",
    "yaml",
}

#: Asks the application in a process of its own, as the web server does: address after address, then which of these are there.
ASK = """
import io, json, sys
from config.wsgi import application

def ask(path):
    heard = []
    environment = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path.partition("?")[0], "QUERY_STRING": path.partition("?")[2], "HTTP_HOST": "calendar.example",
        "SERVER_NAME": "calendar.example", "SERVER_PORT": "443", "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
    }
    b"".join(application(environment, lambda status, headers, exc_info=None: heard.append(status)))
    return heard[0]

paths, heavy = json.load(sys.stdin)
print(json.dumps([[ask(path) for path in paths], [name for name in heavy if name in sys.modules]]))
"""

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DEBUG": "0",
    "HTTPS": "0",
    "SECRET_KEY": "only for this test: " + "a1b2c3d4e5" * 6,
    "SITE_URL": "https://calendar.example",
    "DATABASE_URL": "",
}


@pytest.fixture(scope="module")
def web_worker(tmp_path_factory):
    """Asks a fresh web worker with an empty database; returns what it answered, and which heavy modules it then has."""
    folder = tmp_path_factory.mktemp("weight")
    # DEBUG: static files by their own names, as nobody has collected them here.
    environment = {**os.environ, **ENVIRONMENT, "DEBUG": "1", "ALLOWED_HOSTS": "calendar.example", "DATA_DIR": str(folder)}

    def run(*command, **more):
        return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True, **more).stdout

    run(sys.executable, "manage.py", "migrate", "--verbosity", "0")

    def ask(*paths):
        return json.loads(run(sys.executable, "-c", ASK, input=json.dumps([paths, sorted(HEAVY)])))

    return ask


def test_who_looks_at_what_is_on_loads_nothing_heavy(web_worker):
    assert web_worker("/healthz", "/", "/?kind=training", "/centres/", "/calendars/network.ics") == [["200 OK"] * 5, []]


def test_the_api_is_loaded_by_the_first_who_asks_it(web_worker):
    answers, loaded = web_worker("/", "/api/v1/events/", "/")
    assert answers == ["200 OK"] * 3
    assert set(loaded) >= {"config.api", "drf_spectacular.utils", "rest_framework.serializers", "rest_framework.views"}
    assert not set(loaded) & {"openpyxl", "pikepdf", "pyhanko", "weasyprint"}


def test_a_page_that_links_to_the_api_finds_its_addresses_before_anybody_has_asked_it(web_worker):
    assert web_worker("/problems/not_found")[0] == ["200 OK"]


def test_what_is_no_address_of_the_api_is_told_so_whether_or_not_it_is_loaded(web_worker):
    assert web_worker("/api/v2/", "/api/v1/nothing/")[0] == ["404 Not Found"] * 2


def views(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.callback


def test_every_page_that_is_imported_later_is_there():
    pages = [view for view in views(get_resolver().url_patterns) if isinstance(view, Page)]
    missing = [str(page) for page in pages if not callable(getattr(import_module(page.__module__), page.__name__, None))]
    assert (missing, len(pages) > 100) == ([], True)
