"""The commands of the front door: serve, load_demo, demo."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from icalendar import Calendar

from config.management.commands import serve
from config.supervisor import Supervisor
from events.attendance.models import AttendanceRecord
from events.certificates.models import Certificate
from events.programme.models import Event
from events.registrations.models import Registration
from network.models import Person
from tests.requirements import need

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def environment(tmp_path):
    """That of a demonstration of its own, whatever the tests run on."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path / "data"),
        "DATABASE_URL": "",
        "DEBUG": "1",
        "SITE_URL": "",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
    }


def free_port():
    """One that is still free when the server has got so far: the kernel gives those of connections from 32768 on."""
    for port in random.sample(range(10_000, 30_000), 100):
        with suppress(CommandError):
            return serve.free_port("127.0.0.1", str(port))
    raise AssertionError("every port is in use")


def sleeper(seconds):
    return [sys.executable, "-c", f"import time; time.sleep({seconds})"]


def is_alive(process):
    return process.poll() is None


# --- Two processes, or none ------------------------------------------------------------------------------------------


def test_when_one_process_ends_the_other_is_stopped_and_the_words_say_which():
    said = []
    supervisor = Supervisor(said.append)
    supervisor.start("web server", sleeper(600), {})
    supervisor.start("worker", [sys.executable, "-c", "raise SystemExit(3)"], {})

    assert supervisor.run() == 1
    assert said == ["The worker has ended with code 3; stopping everything."]
    assert [is_alive(process) for process in supervisor.processes.values()] == [False, False]


def test_a_wish_to_stop_stops_both_and_is_no_failure():
    supervisor = Supervisor(print)
    supervisor.start("web server", sleeper(600), {})
    supervisor.start("worker", sleeper(600), {})
    threading.Timer(0.2, supervisor.stop_asked.set).start()

    assert supervisor.run() == 0
    assert [is_alive(process) for process in supervisor.processes.values()] == [False, False]


def test_who_does_not_listen_is_ended(tmp_path):
    said, is_deaf = [], tmp_path / "deaf"
    supervisor = Supervisor(said.append, grace=0.3)
    deaf = (
        "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
    )
    supervisor.start("worker", [sys.executable, "-c", deaf, str(is_deaf)], {})
    assert supervisor.wait_until(is_deaf.exists, seconds=600)
    supervisor.stop()

    assert said == ["The worker does not stop; ending it."]
    assert not is_alive(supervisor.processes["worker"])


# --- serve -------------------------------------------------------------------------------------------------------------


def test_a_port_in_use_is_said_in_words():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError) as refusal:
            serve.free_port("127.0.0.1", str(port))

    assert str(refusal.value) == f"Port {port} is in use by another program. Choose another, such as PORT=8001."


@pytest.mark.parametrize("port", ["80x", "-1", "70000", ""])
def test_what_is_no_port_is_said_in_words(port):
    with pytest.raises(CommandError) as refusal:
        serve.free_port("127.0.0.1", port)

    assert str(refusal.value) == f"“{port}” is not a port. Use a number up to 65535, such as PORT=8001."


def test_port_0_is_any_free_one():
    assert serve.free_port("127.0.0.1", "0") > 1023


def test_the_demonstration_is_refused_in_production(settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="works with DEBUG=1 only"):
        call_command("serve", "--demonstration", "--port", "0")


@pytest.mark.once
def test_make_run_shows_where_to_go_and_ctrl_c_stops_everything(environment):
    need("pango")
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    command = [sys.executable, "manage.py", "serve", "--demonstration", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    killer = threading.Timer(1800, lambda: os.killpg(server.pid, signal.SIGKILL))
    killer.start()
    lines = []
    try:
        for line in server.stdout:
            lines.append(line.rstrip())
            if line.startswith("Ctrl-C"):
                break
        assert serve.answers("127.0.0.1", port, site), lines
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=600)
        server.stdout.close()
        killer.cancel()

    assert lines[0] == "Loaded a demonstration season: 38 events, 24 people."
    assert f"The calendar is open at    {site}/" in lines
    assert f"Subscribe a calendar to    {site}/calendars/network.ics" in lines
    assert next(line.split()[0] for line in lines if line.startswith("    ")) == "ana.procurer@demo.example"
    assert server.returncode == 0
    assert not serve.answers("127.0.0.1", port, site)


# --- load_demo -----------------------------------------------------------------------------------------------------------


def counts():
    models = (Event, Registration, AttendanceRecord, Certificate, Person)
    return {model.__name__: model.objects.count() for model in models}


def test_the_season_is_loaded_once_and_shows_every_kind_of_thing(db, capsys):
    need("pango")
    call_command("load_network", verbosity=0)
    call_command("load_demo", verbosity=0)
    loaded = counts()
    call_command("load_demo", verbosity=0)

    assert counts() == loaded
    assert loaded["Event"] == 38
    assert loaded["Certificate"] == 6
    assert set(Event.objects.order_by().values_list("state", flat=True)) == set(Event.State.values)
    assert set(Event.objects.order_by().values_list("kind", flat=True)) == set(Event.Kind.values)
    assert set(Event.objects.order_by().values_list("format", flat=True)) == set(Event.Format.values)
    assert set(Event.objects.order_by().values_list("visibility", flat=True)) == set(Event.Visibility.values)
    assert set(Registration.objects.order_by().values_list("state", flat=True)) >= {
        "confirmed",
        "waiting",
        "pending",
        "cancelled",
    }
    assert Event.objects.filter(state="finished", sessions__attendance=None).count() == 0
    assert not Person.objects.exclude(email__endswith="@demo.example").exists()


def test_without_the_network_there_is_no_season(db):
    with pytest.raises(CommandError, match=r"Run first: manage\.py load_network"):
        call_command("load_demo")


# --- demo ----------------------------------------------------------------------------------------------------------------


@pytest.mark.once
def test_the_whole_story_is_as_promised(environment, tmp_path):
    need("pango")
    answer = subprocess.run(
        [sys.executable, "manage.py", "demo", "--to", tmp_path / "story"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )

    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.splitlines()[-1].startswith("All as promised.")
    assert (tmp_path / "story/certificate.pdf").read_bytes().startswith(b"%PDF-")
    with zipfile.ZipFile(tmp_path / "story/certificates.zip") as archive:
        assert len([name for name in archive.namelist() if name.endswith(".pdf")]) == 2
    (entry,) = Calendar.from_ical((tmp_path / "story/calendar.ics").read_bytes()).walk("VEVENT")
    assert entry["SEQUENCE"] == 3
    assert (tmp_path / "story/story.md").read_text().count("\n1") == 5  # steps 1, 10, 11, 12 and 13
