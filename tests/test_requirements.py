"""What cannot run here is skipped by name, counted, and a failure in CI."""

import os
import subprocess
import sys

import pytest

from tests import requirements

pytestmark = pytest.mark.once


def run_pytest(folder, *, ci):
    """Run a little suite that needs something nobody has, in a process of its own."""
    (folder / "conftest.py").write_text('pytest_plugins = ["tests.requirements"]\n')
    (folder / "test_it.py").write_text(
        "from tests import requirements\n"
        "requirements.REQUIREMENTS['unicorn'] = requirements.Requirement(lambda: False, 'unicorn-utils', 'feed it')\n"
        "def test_one(): requirements.need('unicorn')\n"
        "def test_two(): requirements.need('unicorn')\n"
        "def test_three(): pass\n"
    )
    environment = {**os.environ, "CI": "true" if ci else "", "PYTHONPATH": str(requirements.HERE.parent), "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:django",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            "--rootdir",
            folder,
            folder,
        ],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=600,
    )


def test_skips_are_counted_by_package_in_the_last_line(tmp_path):
    answer = run_pytest(tmp_path, ci=False)

    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.strip().splitlines()[-1] == "2 tests could not run here for want of: unicorn-utils (2)"


def test_in_ci_they_are_failures(tmp_path):
    answer = run_pytest(tmp_path, ci=True)

    assert answer.returncode == 1
    assert "2 failed, 1 passed" in answer.stdout
    assert "needs Debian package unicorn-utils (feed it); CI has to have it" in answer.stdout


@pytest.mark.parametrize("name", requirements.REQUIREMENTS)
def test_every_requirement_names_a_debian_package(name):
    assert requirements.reason_for(name).startswith(f"needs Debian package {requirements.REQUIREMENTS[name].package}")


def test_other_skips_are_not_counted():
    assert requirements.summary_of(["Skipped: not on Sundays"]) == ""
