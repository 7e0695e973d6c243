"""The laws that a machine can hold: layers, style, types, migrations, and settings fit for production."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent

# As in production: nothing of the tests, nothing of the demonstration.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DEBUG": "0",
    "HTTPS": "1",
    "SECRET_KEY": "only for this check: " + "a1b2c3d4e5" * 6,
    "SITE_URL": "https://calendar.example",
    "ALLOWED_HOSTS": "calendar.example",
}


def run(*command, **environment):
    """Run it at the root of the project; fail the test with all it said unless it is content."""
    answer = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        pytest.fail(f"{' '.join(map(str, command))}\n\n{answer.stdout}{answer.stderr}", pytrace=False)


def test_types_hold():
    run("-m", "mypy")


def test_an_import_only_ever_points_down():
    run(PROGRAMS / "lint-imports")


def test_style_is_followed():
    run("-m", "ruff", "check", ".")


def test_layout_is_ruffs():
    run("-m", "ruff", "format", "--check", ".")


def test_migrations_say_what_the_models_say(tmp_path):
    run("manage.py", "makemigrations", "--check", "--dry-run", **PRODUCTION, DATA_DIR=str(tmp_path), DATABASE_URL="")


def test_settings_are_fit_for_production(tmp_path):
    run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION, DATA_DIR=str(tmp_path), DATABASE_URL="")


def test_it_does_not_start_without_a_secret(tmp_path):
    answer = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, **PRODUCTION, "SECRET_KEY": "", "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 1
    assert "SECRET_KEY is not set" in answer.stderr
