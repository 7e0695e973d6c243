"""A worker that is killed in the middle of a batch, for real, and the one after it: nobody is left out or certified twice."""

import hashlib
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from events.certificates import queries
from events.certificates.issuing import actions, files
from events.certificates.models import Certificate, IssueRun
from events.mail.models import Message
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = [f"Person {letter}" for letter in "ABCDEFGH"]


def work(code, tmp_path):
    """A worker in a process of its own that prints four at a time and ends when nothing is left to do."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.killed_worker",
        "TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "DATA_DIR": str(tmp_path),
    }
    command = [sys.executable, "-c", f"{SET_UP}{code}{WORK}"]
    return subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def the_register():
    return list(Certificate.objects.order_by("serial").values_list("serial", "facts__holder__name"))


def test_the_next_worker_goes_on_where_the_killed_one_stopped(course, came, olga, tmp_path):
    people = [factories.PersonFactory(name=name) for name in NAMES]
    for person in people:
        came(person)
    assert actions.issue_all(event=course, by=olga) == 8

    killed = work(DIE_AT_THE_SIXTH, tmp_path)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    run = IssueRun.objects.get()
    assert (the_register(), run.done, run.ended_at) == (list(enumerate(NAMES[:4], start=1)), 4, None)
    first = list(Certificate.objects.order_by("serial").values_list("number", "sha256"))
    assert queries.progress_of(course).running  # it was heard of a moment ago
    assert actions.resume_lost_runs() == 0

    IssueRun.objects.update(beat_at=timezone.now() - timedelta(minutes=3))
    following = work("", tmp_path)

    assert following.returncode == 0, following.stderr
    assert the_register() == list(enumerate(NAMES, start=1))
    assert list(Certificate.objects.order_by("serial").values_list("number", "sha256"))[:4] == first
    for certificate in Certificate.objects.select_related("centre"):
        assert hashlib.sha256(files.read(certificate)).hexdigest() == certificate.sha256
    told = Message.objects.filter(kind="certificate-issued").values_list("recipient", flat=True)
    assert sorted(told) == sorted(person.email for person in people)
    progress = queries.progress_of(course)
    assert (progress.valid, progress.due, progress.running, progress.run.done) == (8, 0, False, 8)
    assert actions.issue_all(event=course, by=olga) == 0


SET_UP = """
import os, signal
import django
django.setup()
from django.core.management import call_command
from events.certificates.issuing import actions
from events.certificates.signals import certificate_issued
actions.CHUNK = 4
"""

# After the second chunk's second row was written, before the chunk is committed.
DIE_AT_THE_SIXTH = """
seen = []
def die(change, **kwargs):
    seen.append(change)
    if len(seen) == 6:
        os.kill(os.getpid(), signal.SIGKILL)
certificate_issued.connect(die)
"""

WORK = """
call_command("db_worker", interval=0.05, batch=True, startup_delay=False, reload=False, verbosity=0)
"""
