"""Messages on the secretariat's desk, and the mails of the demonstration."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from events.mail.models import Message
from network.models import Person

State = Message.State


def message(**fields):
    facts = {"kind": "test", "recipient": "ana@demo.example", "language": "en", "subject": "S", "text": "Secret text"}
    return Message.objects.create(**{**facts, "next_attempt_at": timezone.now(), **fields})


def test_the_secretariat_sees_what_failed_first_and_no_texts(client, sara):
    message(subject="Sent", state=State.SENT)
    message(subject="On its way")
    failed = message(subject="Lost", state=State.FAILED, attempts=10, last_error="SMTPDataError: (451, b'full')")
    client.force_login(sara)
    page = client.get(reverse("desk_messages"))
    assert [row.subject for row in page.context["page"].object_list] == ["Lost", "On its way", "Sent"]
    assert "Secret text" not in page.content.decode()
    assert [(label, count) for _value, label, count in page.context["tabs"]] == [
        ("All", 3),
        ("Queued", 1),
        ("Sent", 1),
        ("Given up", 1),
        ("No longer needed", 0),
    ]
    only = client.get(reverse("desk_messages"), {"state": "sent", "q": "ANA@"})
    assert [row.subject for row in only.context["page"].object_list] == ["Sent"]
    answer = client.post(reverse("desk_message_try_again", args=[failed.pk]), follow=True)
    assert [str(said) for said in answer.context["messages"]] == ["The message to ana@demo.example is on its way again."]
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == (State.QUEUED, 0)


def test_an_address_breaks_before_its_at_and_a_date_is_the_readers(client, sara):
    sent = message(recipient="<long>.name@demo.example", state=State.SENT)
    Message.objects.filter(pk=sent.pk).update(created_at=datetime(2026, 11, 3, 10, 21, tzinfo=UTC))
    Person.objects.filter(pk=sara.pk).update(language="de", timezone="Europe/Berlin")
    client.force_login(Person.objects.get(pk=sara.pk))
    html = client.get(reverse("desk_messages")).content.decode()
    assert "&lt;long&gt;.name<wbr>@demo.example" in html
    assert ">3. November 2026, 11:21 CET</time>" in html


def test_a_blanked_code_is_not_sent_again(client, sara):
    code = message(kind="sign-in-code", text="", state=State.FAILED)
    client.force_login(sara)
    answer = client.post(reverse("desk_message_try_again", args=[code.pk]), follow=True)
    assert [str(said) for said in answer.context["messages"]] == [
        "This message held a code that is no longer valid. Its reader can ask for a new one."
    ]


def test_the_list_costs_the_same_with_one_and_with_three(client, sara):
    client.force_login(sara)
    counts = []
    for _ in range(3):
        message(person=sara)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("desk_messages"))
        counts.append(len(asked))
    assert counts[0] == counts[2]


def test_without_debug_nobody_reads_mails_in_the_browser(client, db):
    assert settings.DEBUG is False
    with pytest.raises(NoReverseMatch):
        reverse("demo_mails")
    assert client.get("/demo/mails/").status_code == 404


SCRIPT = """
import django; django.setup()
from django.test import RequestFactory
from django.urls import resolve
print([resolve(path).view_name for path in ("/demo/mails/", "/demo/mails/1/", "/demo/mails/1/html/", "/demo/mails/1/invite.ics")])
"""


def test_in_the_demonstration_mails_have_addresses():
    environment = {"DEBUG": "1", "DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin:/bin"}
    said = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert said.stdout == "['demo_mails', 'demo_mail', 'demo_mail_html', 'demo_mail_calendar']\n", said.stderr
