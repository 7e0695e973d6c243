"""What some tests need from the machine, by the name of its Debian package. A pytest plugin, loaded by conftest.py.

``need("chromium")`` in a test or a fixture skips it where the program is missing; so do the marks ``browser``, ``node``
and ``postgres``. Such skips are counted by package in a last line. With ``CI=true`` they are failures.
"""

import ctypes.util
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).resolve().parent
SAYS = "needs Debian package "


class Requirement(NamedTuple):
    """How one sees that it is there, the Debian package it comes in, and what else to do to have it."""

    is_there: Callable[[], object]
    package: str
    hint: str = ""


def _program(*names: str) -> Callable[[], object]:
    return lambda: all(shutil.which(name) for name in names)


def _library(name: str) -> Callable[[], object]:
    return lambda: ctypes.util.find_library(name)


def _script(path: str) -> Callable[[], object]:
    return lambda: shutil.which("node") and (HERE / path).is_dir()


def _is_postgres() -> bool:
    from django.db import connection

    return connection.vendor == "postgresql"


REQUIREMENTS = {
    "chromium": Requirement(_program("chromium"), "chromium"),
    "node": Requirement(_program("node"), "nodejs"),
    "npm": Requirement(_program("npm"), "npm"),
    "ical.js": Requirement(_script("interop/node_modules/ical.js"), "npm", "then: npm ci --prefix tests/interop"),
    "axe": Requirement(_script("journeys/node_modules/axe-core"), "npm", "then: npm ci --prefix tests/journeys"),
    "pango": Requirement(_library("pango-1.0"), "libpango-1.0-0"),
    "harfbuzz-subset": Requirement(_library("harfbuzz-subset"), "libharfbuzz-subset0"),
    "poppler": Requirement(_program("pdftotext", "pdftoppm", "pdfinfo"), "poppler-utils"),
    "pdfsig": Requirement(_program("pdfsig"), "poppler-utils"),
    "softhsm": Requirement(_program("softhsm2-util"), "softhsm2"),
    "qpdf": Requirement(_program("qpdf"), "qpdf"),
    "zbar": Requirement(_program("zbarimg"), "zbar-tools"),
    "git": Requirement(_program("git"), "git"),
    "make": Requirement(_program("make"), "make"),
    "openssl": Requirement(_program("openssl"), "openssl"),
    "gettext": Requirement(_program("msgfmt"), "gettext"),
    "postgres": Requirement(_is_postgres, "postgresql", "and DATABASE_URL=postgres://… to say where it is"),
}
LONGEST = {"test_house.py", "test_commands.py"}
BY_MARK = {"browser": ("chromium",), "node": ("node",), "postgres": ("postgres",)}


def in_ci() -> bool:
    """Whether this is the run that has to have everything."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def reason_for(name: str) -> str:
    """The words for what is missing; the package is the word after ``SAYS``."""
    requirement = REQUIREMENTS[name]
    return f"{SAYS}{requirement.package}" + (f" ({requirement.hint})" if requirement.hint else "")


def need(*names: str) -> None:
    """Skip the test that calls this, unless the machine has all of ``names`` (keys of REQUIREMENTS). In CI: fail it."""
    for name in names:
        if not REQUIREMENTS[name].is_there():
            if in_ci():
                pytest.fail(f"{reason_for(name)}; CI has to have it", pytrace=False)
            pytest.skip(reason_for(name))


def summary_of(reasons: list[str]) -> str:
    """One line that counts by package the skips that ``need`` caused: empty if there was none."""
    packages = Counter(reason.partition(SAYS)[2].split(" ")[0] for reason in reasons if SAYS in reason)
    total = sum(packages.values())
    if not total:
        return ""
    listed = ", ".join(f"{package} ({count})" for package, count in sorted(packages.items()))
    return f"{total} test{'s' if total > 1 else ''} could not run here for want of: {listed}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no process is left with one of them at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Marks need what they name."""
    for mark in item.iter_markers():
        need(*BY_MARK.get(mark.name, ()))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """The last line, after pytest's own."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput"):
        return
    skipped = [str(report.longrepr[2]) for report in reporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple)]
    if line := summary_of(skipped):
        reporter.write_line(line, yellow=True)
