"""Has a calendar read in a process of its own, with limits of time and memory; see ``reading``."""

import json
import os
import subprocess
import sys
from dataclasses import asdict

from django.conf import settings

from events.calendars.sources import reading
from events.calendars.sources.lines import Unreadable

MOST_SECONDS = 30.0  # by the clock, where the machine is busy with other things


def read_apart(text: str, window: reading.Window) -> reading.Reading:
    """As ``reading.read``, and it ends. Raises Unreadable."""
    asked = {**asdict(window), "first": window.first.isoformat(), "last": window.last.isoformat(), "text": text}
    # Nothing of our secrets is in its environment.
    environment = {"PYTHONPATH": str(settings.BASE_DIR), "PATH": os.environ.get("PATH", ""), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own module; what is from outside goes in by standard input
            [sys.executable, "-m", reading.__name__],
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
    dates = [reading.Date(**date) for date in answer.pop("dates")]
    return reading.Reading(dates=dates, **answer)
