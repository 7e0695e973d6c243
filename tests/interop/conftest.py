"""Programs that others wrote read our calendars."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.requirements import need

HERE = Path(__file__).resolve().parent


@pytest.fixture
def ical_js():
    """A function that has ical.js read a calendar, or a mail's part of a method: {"findings": [...], "events": [...]}."""
    need("node", "ical.js")

    def read(body, method="PUBLISH"):
        done = subprocess.run(
            ["node", HERE / "strict.mjs", "-", method], input=body, capture_output=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return read
