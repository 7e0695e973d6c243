"""What organisers write to participants: once to each, however often the button is pressed."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.mail.circulars import NobodyToWriteTo, TooManyMessages, write_to
from events.mail.models import Circular, Message
from events.registrations.links import self_service_url
from events.registrations.models import Registration
from network.errors import Invalid, NotAllowed
from tests import factories

TEXT = "The room has changed.\n\nIt is now on the second floor:\n--\nask at the desk."


@pytest.fixture
def write(training, olga):
    """Olga writes to all registrations of the training."""

    def send(**said):
        facts = {"event": training, "registrations": Registration.objects.all(), "subject": "The room", "text": TEXT}
        return write_to(**{**facts, "by": olga, "key": uuid4().hex, **said})

    return send


@pytest.fixture
def two(training, ana, ben):
    """Ana has a place; Ben waits. Ana gave back an earlier one."""
    factories.RegistrationFactory(event=training, person=ana, state="cancelled")
    return (
        factories.RegistrationFactory(event=training, person=ana, state="confirmed"),
        factories.RegistrationFactory(event=training, person=ben, state="waiting", queued_at=timezone.now()),
    )


def test_each_gets_it_once_with_who_wrote_and_how_to_answer(two, write, sent, told):
    circular = write()
    assert (circular.recipients, told()) == (2, [("circular", "Ana"), ("circular", "Ben")])
    first, _second = sent()
    assert first.subject == "The room"
    assert (
        first.text.split("\n\n--\nYou get")[0]
        == (
            "Olga Organiser of Test AT writes to you about “Market dialogue in practice”:\n\n"
            f"{TEXT}\n\n"
            "To answer, reply to this message or write to olga.organiser@demo.example.\n\n"
            + first.text.split("\n\n")[4]  # the facts of the event, with today's dates
            + f"\n\nSee your registration:\n{self_service_url(two[0])}\n\n"
            "It works without signing in, and for you alone: please do not pass this message on."
        )
    )
    assert [message.reply_to for message in mail.outbox] == [["olga.organiser@demo.example"]] * 2
    assert "ask at the desk.</p>" in first.html


def test_a_second_press_of_the_button_sends_nothing(two, write):
    first, second = write(key="k"), write(key="k")
    assert (first, Circular.objects.count(), Message.objects.count()) == (second, 1, 2)


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_send_it_once(two, write):
    start, found = threading.Barrier(4), []

    def press():
        start.wait()
        try:
            found.append(write(key="the-form").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found)), Message.objects.count()) == (4, 1, 2)


def test_the_key_of_somebody_elses_message_is_refused(two, write, sara):
    write(key="k")
    for said in ({"by": sara, "key": "k"}, {"key": ""}, {"key": "k" * 41}):
        with pytest.raises(Invalid):
            write(**said)


def test_only_registrations_of_the_event_are_written_to(two, write, cleo):
    factories.RegistrationFactory(person=cleo, state="confirmed")
    assert write().recipients == 2


def test_only_who_runs_the_event_writes(two, write, ana, mia, otto, carl, sara):
    for stranger in (ana, mia, otto):
        with pytest.raises(NotAllowed):
            write(by=stranger)
    assert [write(by=person).recipients for person in (carl, sara)] == [2, 2]


@pytest.mark.parametrize(
    ("who", "line"),
    [
        ("sara", "Sara Secretariat of the network’s secretariat writes to you about “Market dialogue in practice”:"),
        ("otto", "Otto Other of Test DE writes to you about “Market dialogue in practice”:"),
    ],
)
def test_it_says_for_whom_somebody_writes(two, training, write, sent, request, otto, other_centre, who, line):
    training.co_organisers.add(other_centre)
    write(by=request.getfixturevalue(who))
    assert sent()[0].text.split("\n\n")[0] == line


def test_lengths_and_an_empty_selection_are_said_clearly(two, write):
    with pytest.raises(Invalid) as refusal:
        write(subject=" ", text="x" * 10_001)
    assert refusal.value.errors == {
        "subject": ["Write something: people read it."],
        "text": ["Keep it to 10000 characters; these are 10001."],
    }
    with pytest.raises(NobodyToWriteTo):
        write(registrations=Registration.objects.filter(state="declined"))
    assert write(subject="s" * 200, text="x" * 10_000).recipients == 2


def test_five_in_an_hour_are_enough(two, write):
    for _ in range(5):
        write()
    with pytest.raises(TooManyMessages):
        write()
    Circular.objects.filter(pk=Circular.objects.last().pk).update(created_at=timezone.now() - timedelta(hours=1))
    write()


def test_it_is_journalled_and_stands_in_the_events_history(client, two, write, training, olga):
    circular = write()
    entry = LogEntry.objects.get_for_object(circular).get()
    assert (entry.actor, entry.changes["subject"], "key" in entry.changes) == (olga, ["None", "The room"], False)
    client.force_login(olga)
    assert "The room" in client.get(f"/desk/events/{training.slug}/history/").content.decode()


def test_writing_to_many_costs_as_many_statements_as_writing_to_few(training, write, two):
    write()  # what is kept in memory is read
    counts = []
    for _ in range(2):
        factories.RegistrationFactory.create_batch(3, event=training)
        with CaptureQueriesContext(connection) as asked:
            write()
        counts.append(len(asked))
    assert counts[0] == counts[1]


# The page


@pytest.fixture
def page(training):
    return f"/desk/events/{training.slug}/write/"


def test_the_page_says_to_whom_with_the_number(client, two, page, olga):
    client.force_login(olga)
    context = client.get(page).context
    assert (context["people"], context["states"], context["names"]) == (
        2,
        [("On the waiting list", 1), ("Confirmed", 1)],
        ["Ana Procurer", "Ben Buyer"],
    )
    assert [client.get(page + query).context["names"] for query in ("?state=confirmed", "?q=ben", "?state=cancelled")] == [
        ["Ana Procurer"],
        ["Ben Buyer"],
        ["Ana Procurer"],
    ]


def test_the_page_previews_and_sends_to_the_same_selection(client, two, page, training, olga, told):
    client.force_login(olga)
    key = client.get(page + "?state=waiting").context["form"].initial["key"]
    said = {"subject": "The room", "text": "On the second floor.\r\nOr the third.", "key": key}
    preview = client.post(page + "?state=waiting", {**said, "do": "preview"})
    assert preview.status_code == 200
    assert preview.context["preview"].subject == "The room"
    assert "On the second floor.\nOr the third." in preview.context["preview"].text
    assert all(self_service_url(registration) not in preview.content.decode() for registration in two)
    assert told() == []
    for _ in range(2):  # pressed twice
        answer = client.post(page + "?state=waiting", {**said, "do": "send"})
        assert (answer.status_code, answer["Location"]) == (302, f"/desk/events/{training.slug}/registrations/?state=waiting")
    assert told() == [("circular", "Ben")]


def test_the_page_keeps_what_was_typed_when_something_is_missing(client, two, page, olga, told):
    client.force_login(olga)
    answer = client.post(page, {"subject": "", "text": "Something long", "key": "k", "do": "send"})
    assert (answer.status_code, answer.context["form"]["text"].value()) == (400, "Something long")
    assert answer.context["form"].errors == {"subject": ["Write something: people read it."]}
    assert told() == []


def test_the_page_costs_the_same_with_two_and_with_five(client, two, page, training, olga):
    client.force_login(olga)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get(page)
        counts.append(len(asked))
        factories.RegistrationFactory.create_batch(3, event=training)
    assert counts[0] == counts[1]


# The API


def test_the_api_writes_to_who_is_in_a_state(api, two, training, olga, told):
    api.force_authenticate(olga)
    address = f"/api/v1/events/{training.slug}/messages/"
    answer = api.post(address, {"subject": "The room", "text": "Second floor", "state": "confirmed"})
    circular = Circular.objects.get()
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": circular.pk,
            "subject": "The room",
            "text": "Second floor",
            "recipients": 1,
            "created_at": answer.json()["created_at"],
        },
    )
    assert told() == [("circular", "Ana")]
    countries = [{"country": code} for code in ("DE", "AT")]
    written = [api.post(address, {"subject": "The room", "text": "Second floor", **one}) for one in countries]
    assert [(one.status_code, one.json().get("recipients")) for one in written] == [(409, None), (201, 2)]
    nobody = api.post(address, {"subject": "The room", "text": "Second floor", "search": "nobody-of-this-name"})
    assert (nobody.status_code, nobody.json()["code"]) == (409, "nobody_to_write_to")


def test_the_api_sends_once_what_is_asked_twice_with_a_key(client, two, training, olga, told):
    client.force_login(olga)
    for _ in range(2):
        answer = client.post(
            f"/api/v1/events/{training.slug}/messages/",
            {"subject": "The room", "text": "Second floor"},
            content_type="application/json",
            headers={"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"},
        )
        assert answer.status_code == 201
    assert told() == [("circular", "Ana"), ("circular", "Ben")]
