"""What it takes to have it: from a clone to a page, the virtual environment, a start, the memory of a web worker.

Each figure stands beside the best that was measured of a peer on this kind of machine. It clones the last commit, so commit
first; pip's cache should be warm. Run: .venv/bin/python benchmarks/footprint.py
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench import ROOT, any_port, manage, memory, server


def make_run(folder: Path) -> float:
    """Seconds from ``make run`` to a page that answers; then stop it as Ctrl-C does."""
    port = any_port()
    clean = {
        name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "DATA_DIR", "SITE_URL"}
    }
    started = time.monotonic()
    process = subprocess.Popen(
        ["make", "run", f"PORT={port}"], cwd=folder, env=clean, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
                    assert answer.status == 200
                    return time.monotonic() - started
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None or time.monotonic() - started > 600:
                    raise
                time.sleep(0.05)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)


def size_of(folder: Path) -> float:
    """MiB on disk, as du counts them."""
    return int(subprocess.run(["du", "-sk", folder], capture_output=True, text=True, check=True).stdout.split()[0]) / 1024


def line(what: str, value: float, unit: str, limit: float, peer: str) -> bool:
    """Print a figure with its limit and its peer; whether it is within the limit."""
    held = value <= limit
    print(f"{what:44} {value:7.1f} {unit:4} limit {limit:5.0f}  {'held' if held else 'MISSED':6}  best peer: {peer}")
    return held


def median(measure: Callable[[], float], times: int = 3) -> float:
    """The middle of some measurements."""
    return sorted(measure() for _ in range(times))[times // 2]


def main() -> int:
    """Print all figures; 1 if one is over its limit."""
    held = []
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "clone")
        started = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        seconds = time.monotonic() - started + make_run(clone)
        held.append(line("clone to a page that answers (make run)", seconds, "s", 60, "103 s (pretalx)"))
        held.append(line("second make run to a page", make_run(clone), "s", 10, "-"))
        held.append(line("virtual environment", size_of(clone / ".venv"), "MiB", 250, "260 MiB (pretalx)"))
    with tempfile.TemporaryDirectory() as folder:
        data, port = Path(folder), any_port()
        manage(data, port, "migrate", "--verbosity", "0")
        manage(data, port, "collectstatic", "--noinput", "--verbosity", "0")
        figures = []

        def start() -> float:
            with server(data, port) as running:
                first = memory(running.worker)[0]
                for _ in range(60):
                    running.get("/")
                    running.get("/calendars/network.ics")
                figures.append((first, memory(running.worker)[1]))
                return running.seconds_to_first_page

        held.append(line("start of the web server to the first page", median(start), "s", 2, "3.3 s (pretalx)"))
        held.append(line("web worker after one page", max(first for first, _ in figures), "MiB", 100, "107 MiB (pretalx)"))
        held.append(
            line("web worker after 120 reads, at most", max(most for _, most in figures), "MiB", 120, "250 MiB (pretalx)")
        )
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
