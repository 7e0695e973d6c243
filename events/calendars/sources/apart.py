"""Has a calendar read in a process of its own, with limits of time and memory; see ``reading``."""

import json
import os
import subprocess
import sys
from dataclasses import asdict

from django.conf import settings

from events.calendars.sources.dates import Date, Reading, Window
from events.calendars.sources.lines import Unreadable

READING = "events.calendars.sources.reading"  # by its name: its libraries are loaded where it runs
MOST_SECONDS = 30.0  # by the clock, where the machine is busy with other things


def read_apart(text: str, window: Window) -> Reading:
    """As ``reading.read``, and it ends. Raises Unreadable."""
    asked = {**asdict(window), "first": window.first.isoformat(), "last": window.last.isoformat(), "text": text}
    # Nothing of our secrets is in its environment.
    environment = {"PYTHONPATH": str(settings.BASE_DIR), "PATH": os.environ.get("PATH", ""), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own module; what is from outside goes in by standard input
            [sys.executable, "-m", READING],
            input=json.dumps(asked).encode(),
            capture_output=True,
            cwd=settings.BASE_DIR,
            env=environment,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("too-much-work") from None
    if done.returncode:
        raise Unreadable("too-much-work")
    answer = json.loads(done.stdout)
    if "code" in answer:
        raise Unreadable(answer["code"], answer["detail"])
    dates = [Date(**date) for date in answer.pop("dates")]
    return Reading(dates=dates, **answer)
