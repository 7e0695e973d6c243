"""Invitations by mail, as a mail client takes them: from the action to the calendar, through a real mail server."""

import threading
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.calendars.invitations import telling
from events.calendars.models import CalendarWishes, Entry, Invitation
from events.mail import delivery
from events.mail.models import Message
from events.programme import actions as programme
from events.programme.facts import EventFacts, SessionFacts, facts_of
from events.registrations import actions, decisions
from events.registrations.links import self_service_path
from events.registrations.models import Registration
from tests import factories
from tests.events.mail.itip import MailClient

pytestmark = pytest.mark.django_db

VIENNA = ZoneInfo("Europe/Vienna")
State = Message.State


@pytest.fixture(autouse=True)
def _a_mailbox_for_replies(settings):
    settings.REPLIES_DOMAIN = "replies.example"


def nine(days):
    """Nine o'clock in Vienna, so many days from now."""
    return (factories.today().astimezone(VIENNA) + timedelta(days=days)).replace(hour=9, minute=0, second=0, microsecond=0)


@pytest.fixture
def announce(centre, olga):
    """A function that publishes an event in Vienna: a session of two hours at each of these moments."""

    def publish(*starts, title="Market dialogue", chosen=(), **stated):
        sessions = tuple(
            SessionFacts(starts=start, ends=start + timedelta(hours=2), title=f"Part {n}", is_chosen=n in chosen)
            for n, start in enumerate(starts, start=1)
        )
        facts = EventFacts(
            kind="training",
            title=title,
            summary="How to talk to suppliers.",
            organising_centre=centre,
            format="hybrid",
            timezone="Europe/Vienna",
            languages=("en",),
            starts=starts[0],
            ends=max(session.ends for session in sessions),
            venue=factories.VenueFactory(),
            join_link="https://meet.example/room",
            sessions=sessions if len(starts) > 1 else (),
        )
        event = programme.publish(event=programme.create(facts=replace(facts, **stated), by=olga), by=olga)
        Entry.objects.filter(event=event).update(sequence=0)  # whatever it was as a draft: stories count from here
        return event

    return publish


@pytest.fixture
def clients():
    """The mail clients that stories have met, by address."""
    return {}


@pytest.fixture
def post(smtp, clients):
    """A function that lets the worker send all that is queued, and each reader's client take it.

    It returns what a person's mails offered: (kind of message, offer, method, SEQUENCE).
    """

    def deliver(person):
        before = len(smtp.raw)
        while delivery.deliver_due():
            pass
        news = []
        for raw, mail in zip(smtp.raw[before:], smtp.mails[before:], strict=True):
            client = clients.setdefault(mail["To"], MailClient(mail["To"]))
            taken = client.take(raw)
            if mail["To"] != person.email:
                continue
            kind = Message.objects.get(pk=int(mail["Message-ID"].removeprefix("<message-").partition(".")[0])).kind
            news.append((kind, taken.offer, taken.method, taken.sequence) if taken else (kind,))
        assert Message.objects.filter(state__in=[State.QUEUED, State.FAILED]).count() == 0
        return news

    return deliver


def shown(clients, person):
    """What is in somebody's calendar."""
    return clients[person.email].shown


# One event


def test_who_registers_has_the_date_in_the_calendar_and_who_gives_the_place_back_no_longer(announce, post, clients, ana):
    start = nine(40)
    registration = actions.register(event=announce(start), person=ana, by=ana)
    assert post(ana) == [("registration-confirmed", "add", "REQUEST", 0)]
    assert shown(clients, ana) == [(start, "Market dialogue")]
    actions.cancel(registration=registration, by=ana)
    assert post(ana) == [("registration-cancelled", "delete", "CANCEL", 1)]
    assert shown(clients, ana) == []


def test_a_move_and_a_new_place_and_a_postponement_and_a_new_date_are_followed(announce, post, clients, ana, olga):
    event = announce(nine(40))
    actions.register(event=event, person=ana, by=ana)
    told = post(ana)
    event = programme.move(event=event, starts=nine(50), by=olga)
    told += post(ana)
    assert shown(clients, ana) == [(nine(50), "Market dialogue")]
    event = programme.edit(event=event, facts=replace(facts_of(event), join_link="https://meet.example/hall"), by=olga)
    told += post(ana)
    event = programme.postpone(event=event, reason="The room burned down.", by=olga)
    told += post(ana)
    assert shown(clients, ana) == []
    event = programme.move(event=event, starts=nine(60), by=olga)
    told += post(ana)
    assert shown(clients, ana) == [(nine(60), "Market dialogue")]
    programme.cancel(event=event, reason="Nobody came.", by=olga)
    told += post(ana)
    assert shown(clients, ana) == []
    assert told == [
        ("registration-confirmed", "add", "REQUEST", 0),
        ("event-moved", "update", "REQUEST", 1),
        ("event-place", "update", "REQUEST", 2),
        ("event-postponed", "delete", "CANCEL", 3),
        ("event-moved", "add", "REQUEST", 4),
        ("event-cancelled", "delete", "CANCEL", 5),
    ]
    invitation = Invitation.objects.select_related("entry").get()
    assert invitation.sequence >= invitation.entry.sequence


def test_what_is_on_again_at_the_time_first_planned_is_in_the_calendar_again(announce, post, clients, ana, olga):
    event = announce(nine(40))
    actions.register(event=event, person=ana, by=ana)
    event = programme.postpone(event=event, reason="A strike.", by=olga)
    post(ana)
    programme.publish(event=event, by=olga)
    post(ana)
    assert shown(clients, ana) == [(nine(40), "Market dialogue")]


def test_the_organiser_takes_a_place_away(announce, post, clients, ana, olga):
    registration = actions.register(event=announce(nine(40)), person=ana, by=ana)
    post(ana)
    actions.cancel(registration=registration, by=olga, reason="The room is too small.")
    assert post(ana) == [("registration-cancelled", "delete", "CANCEL", 1)]


def test_who_registers_again_goes_on_with_the_same_conversation(announce, post, clients, ana):
    event = announce(nine(40))
    actions.cancel(registration=actions.register(event=event, person=ana, by=ana), by=ana)
    assert post(ana) == [("registration-confirmed",), ("registration-cancelled",)]  # never told, so nothing to call off
    first = actions.register(event=event, person=ana, by=ana)
    told = post(ana)
    actions.cancel(registration=first, by=ana)
    told += post(ana)
    second = actions.register(event=event, person=ana, by=ana)
    told += post(ana)
    assert told == [
        ("registration-confirmed", "add", "REQUEST", 0),
        ("registration-cancelled", "delete", "CANCEL", 1),
        ("registration-confirmed", "add", "REQUEST", 2),
    ]
    assert Invitation.objects.get().registration == second


def test_who_cancels_and_registers_again_before_the_mails_leave_hears_of_the_place_that_is_there(announce, post, clients, ana):
    event = announce(nine(40))
    first = actions.register(event=event, person=ana, by=ana)
    post(ana)
    actions.cancel(registration=first, by=ana)
    second = actions.register(event=event, person=ana, by=ana)
    assert post(ana) == [("registration-cancelled",), ("registration-confirmed", "update", "REQUEST", 1)]
    assert shown(clients, ana) == [(nine(40), "Market dialogue")]
    assert Invitation.objects.get().registration == second


def test_the_place_goes_to_a_colleague_and_so_does_the_date(announce, post, clients, ana, ben):
    registration = actions.register(event=announce(nine(40)), person=ana, by=ana)
    post(ana)
    actions.pass_on(registration=registration, to=ben, by=ana)
    assert post(ana) == [("registration-taken-over", "delete", "CANCEL", 1)]
    assert (shown(clients, ana), shown(clients, ben)) == ([], [(nine(40), "Market dialogue")])


def test_who_waits_is_invited_when_a_place_is_theirs(announce, post, clients, ana, ben):
    event = announce(nine(40), places=1)
    first = actions.register(event=event, person=ana, by=ana)
    actions.register(event=event, person=ben, by=ben)
    assert post(ben) == [("registration-waiting",)]
    actions.cancel(registration=first, by=ana)
    assert post(ben) == [("registration-promoted", "add", "REQUEST", 0)]


def test_who_asks_is_invited_once_approved_and_who_is_declined_never(announce, post, clients, ana, ben, olga):
    event = announce(nine(40), needs_approval=True)
    asked = [actions.register(event=event, person=person, by=person) for person in (ana, ben)]
    assert post(ana) == [("registration-pending",)]
    decisions.approve(registration=asked[0], by=olga)
    decisions.decline(registration=asked[1], by=olga, reason="Full.")
    assert post(ana) == [("registration-confirmed", "add", "REQUEST", 0)]
    assert (Invitation.objects.count(), clients[ben.email].known) == (1, {})


def test_reminders_and_descriptions_change_no_calendar(announce, post, ana, olga, clients):
    event = announce(nine(40))
    registration = actions.register(event=event, person=ana, by=ana)
    post(ana)
    programme.edit(event=event, facts=replace(facts_of(event), description="With **coffee**."), by=olga)
    assert post(ana) == []
    from events.mail.notices import Notice, queue_all

    start = registration.event.starts_at.isoformat()
    queue_all([Notice("event-reminder", ana, {"registration": registration.pk, "starts_at": start}, "reminder")])
    assert post(ana) == [("event-reminder",)]


def test_what_is_over_stays_in_the_calendar(announce, post, clients, ana):
    registration = actions.register(event=announce(nine(2), nine(9)), person=ana, by=ana)
    post(ana)
    late = timezone.now() - timedelta(days=1)
    first = Entry.objects.order_by("starts_at").first()
    Entry.objects.filter(pk=first.pk).update(starts_at=late - timedelta(hours=2), ends_at=late)
    actions.cancel(registration=registration, by=ana)
    assert post(ana) == [("registration-cancelled", "delete", "CANCEL", 1)]
    assert shown(clients, ana) == [(nine(2), "Market dialogue (1/2): Part 1")]


# Several dates


def test_each_date_of_a_course_is_an_invitation_of_its_own(announce, post, clients, ana):
    dates = [nine(30), nine(37), nine(44), nine(51)]
    actions.register(event=announce(*dates), person=ana, by=ana)
    assert post(ana) == [
        ("registration-confirmed", "add", "REQUEST", 0),
        *[("calendar-date", "add", "REQUEST", 0)] * 3,
    ]
    titles = [f"Market dialogue ({n}/4): Part {n}" for n in range(1, 5)]
    assert shown(clients, ana) == list(zip(dates, titles, strict=True))


def test_a_course_of_which_one_date_moves_tells_of_this_one(announce, post, clients, ana, olga):
    event = announce(nine(30), nine(37), nine(44))
    actions.register(event=event, person=ana, by=ana)
    post(ana)
    facts = facts_of(event)
    second = replace(facts.sessions[1], starts=nine(39), ends=nine(39) + timedelta(hours=2))
    programme.edit(event=event, facts=replace(facts, sessions=(facts.sessions[0], second, facts.sessions[2])), by=olga)
    assert post(ana) == [("event-moved", "update", "REQUEST", 1)]
    assert [start for start, _title in shown(clients, ana)] == [nine(30), nine(39), nine(44)]


def test_a_date_more_and_a_date_less_reach_the_calendar(announce, post, clients, ana, olga):
    event = announce(nine(30), nine(37), nine(44))
    actions.register(event=event, person=ana, by=ana)
    post(ana)
    facts = facts_of(event)
    more = SessionFacts(starts=nine(51), ends=nine(51) + timedelta(hours=2), title="Part 4")
    kept = (facts.sessions[0], facts.sessions[2], more)
    programme.edit(event=event, facts=replace(facts, sessions=kept, ends=more.ends), by=olga)
    assert post(ana) == [("event-moved", "add", "REQUEST", 0), ("calendar-date", "delete", "CANCEL", 1)]
    assert [start for start, _title in shown(clients, ana)] == [nine(30), nine(44), nine(51)]


def test_who_gives_the_place_at_a_course_back_has_no_date_left(announce, post, clients, ana):
    registration = actions.register(event=announce(nine(30), nine(37), nine(44)), person=ana, by=ana)
    post(ana)
    actions.cancel(registration=registration, by=ana)
    assert post(ana) == [("registration-cancelled", "delete", "CANCEL", 1), *[("calendar-date", "delete", "CANCEL", 1)] * 2]
    assert shown(clients, ana) == []


def test_who_gives_the_place_back_before_the_other_dates_left_never_hears_of_them(announce, smtp, post, clients, ana):
    registration = actions.register(event=announce(nine(30), nine(37), nine(44)), person=ana, by=ana)
    delivery.deliver(message_id=Message.objects.get().pk)
    clients[ana.email] = MailClient(ana.email)
    clients[ana.email].take(smtp.raw[0])
    actions.cancel(registration=registration, by=ana)
    assert post(ana) == [("registration-cancelled", "delete", "CANCEL", 1)]
    assert list(Message.objects.filter(kind="calendar-date").values_list("state", flat=True)) == [State.DROPPED] * 2


def test_a_congress_is_one_entry(announce, post, clients, ana):
    days = [nine(30), nine(31), nine(32)]
    actions.register(event=announce(*days, title="Congress"), person=ana, by=ana)
    assert post(ana) == [("registration-confirmed", "add", "REQUEST", 0)]
    assert shown(clients, ana) == [(days[0].date(), "Congress")]


def test_a_congress_that_becomes_a_course_is_told_anew(announce, post, clients, ana, olga):
    event = announce(nine(30), nine(31), title="Congress")
    actions.register(event=event, person=ana, by=ana)
    post(ana)
    facts = facts_of(event)
    late = replace(facts.sessions[1], starts=nine(35), ends=nine(35) + timedelta(hours=2))
    programme.edit(event=event, facts=replace(facts, sessions=(facts.sessions[0], late), ends=late.ends), by=olga)
    assert post(ana) == [
        ("event-moved", "add", "REQUEST", 0),
        ("calendar-date", "add", "REQUEST", 1),  # this session has moved
        ("calendar-date", "delete", "CANCEL", 1),
    ]
    assert [start for start, _title in shown(clients, ana)] == [nine(30), nine(35)]


def test_of_too_many_dates_a_mail_says_how_to_subscribe(announce, post, clients, ana):
    actions.register(event=announce(*(nine(30 + 3 * n) for n in range(13))), person=ana, by=ana)
    assert post(ana) == [("registration-confirmed",)]
    text = Message.objects.get().text
    assert (
        "These are too many dates for invitations by mail. Subscribe to your own calendar instead, and all of them are in it:\n"
        "https://calendar.example/my/calendars/"
    ) in text
    assert Invitation.objects.count() == 0


# Sessions that one chooses


@pytest.fixture
def workshops(announce):
    """A lecture for all, and two weeks later two workshops to choose from."""
    return announce(nine(30), nine(44), nine(45), title="Workshops", chosen=(2, 3))


def test_other_sessions_are_other_dates(workshops, post, clients, ana):
    _lecture, dialogue, contract = workshops.sessions.order_by("starts_at")
    registration = actions.register(event=workshops, person=ana, by=ana, sessions=[dialogue.pk])
    assert len(post(ana)) == 2
    assert [start for start, _title in shown(clients, ana)] == [nine(30), nine(44)]
    actions.change(registration=registration, by=ana, sessions=[contract.pk])
    assert post(ana) == [("registration-sessions", "add", "REQUEST", 0), ("calendar-date", "delete", "CANCEL", 1)]
    assert [start for start, _title in shown(clients, ana)] == [nine(30), nine(45)]
    actions.change(registration=registration, by=ana, sessions=[contract.pk])  # the same again
    assert post(ana) == []


def test_who_waits_and_chooses_others_gets_no_mail_of_it(announce, post, ana, ben, clients):
    event = announce(nine(30), nine(44), nine(45), title="Workshops", chosen=(2, 3), places=1)
    _lecture, dialogue, contract = event.sessions.order_by("starts_at")
    actions.register(event=event, person=ben, by=ben, sessions=[dialogue.pk])
    registration = actions.register(event=event, person=ana, by=ana, sessions=[dialogue.pk])
    assert post(ana) == [("registration-waiting",)]
    actions.change(registration=registration, by=ana, sessions=[contract.pk])
    assert post(ana) == []


# Who wants none


def wish(person, invitations):
    CalendarWishes.objects.update_or_create(person=person, defaults={"invitations": invitations})


def test_who_wants_no_invitations_gets_none_and_the_others_do(announce, post, clients, ana, ben, olga):
    wish(ana, invitations=False)
    event = announce(nine(40))
    for person in (ana, ben):
        actions.register(event=event, person=person, by=person)
    assert post(ana) == [("registration-confirmed",)]
    programme.move(event=event, starts=nine(50), by=olga)
    assert post(ana) == [("event-moved",)]
    assert (Invitation.objects.get().person, shown(clients, ben)) == (ben, [(nine(50), "Market dialogue")])


def test_who_turns_them_off_keeps_what_is_true_and_loses_what_no_longer_is(announce, post, clients, ana, olga):
    event = announce(nine(40))
    actions.register(event=event, person=ana, by=ana)
    post(ana)
    wish(ana, invitations=False)
    programme.edit(event=event, facts=replace(facts_of(event), description="New"), by=olga)
    assert post(ana) == []
    assert telling.tell(registration=Registration.objects.get(), language="en") is None
    event.refresh_from_db()
    event = programme.move(event=event, starts=nine(50), by=olga)
    assert post(ana) == [("event-moved", "delete", "CANCEL", 1)]
    wish(ana, invitations=True)
    programme.move(event=event, starts=nine(60), by=olga)
    assert post(ana) == [("event-moved", "add", "REQUEST", 2)]


# A mail server that fails


def calendars(raws):
    """The calendar parts of mails, byte for byte."""
    from email import message_from_bytes

    return [part.get_payload(decode=True) for raw in raws for part in message_from_bytes(raw).walk() if is_calendar(part)]


def is_calendar(part):
    return part.get_content_type() in {"text/calendar", "application/ics"}


def try_again():
    Message.objects.filter(state=State.QUEUED).update(next_attempt_at=timezone.now())
    delivery.deliver_due()


def test_what_is_tried_again_has_the_same_bytes(announce, smtp, ana, clients, post, monkeypatch):
    actions.register(event=announce(nine(40)), person=ana, by=ana)
    smtp.answers["data"] = [b"451 later", b"drop", b"451 later"]
    later = timezone.now() + timedelta(hours=3)
    delivery.deliver_due()
    monkeypatch.setattr(timezone, "now", lambda: later)
    for _ in range(3):
        try_again()
    tried = calendars(smtp.tried)
    assert (len(smtp.tried), len(tried), len(set(tried))) == (4, 8, 1)
    client = MailClient(ana.email)
    assert [client.take(raw).offer for raw in smtp.raw] == ["add", "already processed"]
    assert Message.objects.filter(state=State.SENT).count() == 1


def test_a_mail_about_a_date_that_passed_meanwhile_still_invites(announce, smtp, ana):
    actions.register(event=announce(nine(40)), person=ana, by=ana)
    smtp.answers["data"] = [b"451 later"]
    delivery.deliver_due()
    Entry.objects.update(starts_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now())
    try_again()
    (raw,) = smtp.raw
    assert MailClient(ana.email).take(raw).method == "REQUEST"


def test_a_mail_that_waited_for_its_server_tells_what_is_true_then_and_the_next_the_same(announce, smtp, ana, olga):
    event = announce(nine(40))
    actions.register(event=event, person=ana, by=ana)
    smtp.answers["data"] = [b"451 later"]
    delivery.deliver_due()
    programme.move(event=event, starts=nine(50), by=olga)
    for _ in range(2):
        try_again()
    client = MailClient(ana.email)
    taken = [client.take(raw) for raw in smtp.raw]
    assert [(one.offer, one.sequence) for one in taken] == [("add", 1), ("already processed", 1)]
    assert client.shown == [(nine(50), "Market dialogue")]


def test_mails_that_leave_in_the_wrong_order_do_no_harm(announce, smtp, ana, olga):
    event = announce(nine(30), nine(37))
    registration = actions.register(event=event, person=ana, by=ana)
    delivery.deliver_due()
    actions.cancel(registration=registration, by=ana)
    smtp.answers["data"] = [b"451 later"]
    delivery.deliver_due()  # the news of the cancellation waits
    actions.register(event=event, person=ana, by=ana)
    for _ in range(4):
        try_again()
    client = MailClient(ana.email)
    for raw in smtp.raw:
        client.take(raw)
    assert [start for start, _title in client.shown] == [nine(30), nine(37)]
    assert set(Message.objects.values_list("state", flat=True)) <= {State.SENT, State.DROPPED}


def test_a_message_that_is_lost_after_it_was_composed_queued_the_others_only_once(announce, smtp, ana):
    actions.register(event=announce(nine(30), nine(37)), person=ana, by=ana)
    smtp.answers["data"] = [b"451 later"] * 2
    delivery.deliver_due()
    for _ in range(3):
        try_again()
    assert [message.kind for message in Message.objects.order_by("pk")] == ["registration-confirmed", "calendar-date"]


@pytest.mark.django_db(transaction=True)
def test_workers_that_tell_one_person_at_once_tell_the_same(announce, smtp, ana, olga):
    event = announce(nine(40))
    actions.register(event=event, person=ana, by=ana)
    for days in (50, 60):
        event = programme.move(event=event, starts=nine(days), by=olga)
    start = threading.Barrier(3)

    def work():
        start.wait()
        try:
            while delivery.deliver_due():
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while delivery.deliver_due():
        pass
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}
    assert (len(smtp.raw), len(set(calendars(smtp.raw)))) == (3, 1)


# Once more


def test_an_invitation_is_sent_once_more_with_the_next_sequence(announce, post, clients, ana):
    registration = actions.register(event=announce(nine(40)), person=ana, by=ana)
    post(ana)
    invitation = Invitation.objects.get()
    stamps = [invitation.stamp]
    telling.resend(invitation)
    telling.resend(invitation)
    assert post(ana) == [("calendar-date", "update", "REQUEST", 1)]
    stamps.append(Invitation.objects.get().stamp)
    telling.resend(invitation)
    assert post(ana) == [("calendar-date", "update", "REQUEST", 2)]
    stamps.append(Invitation.objects.get().stamp)
    assert stamps == sorted(set(stamps))  # also within one second
    actions.cancel(registration=registration, by=ana)
    post(ana)
    telling.resend(invitation)
    assert post(ana) == [("calendar-date", "nothing", "CANCEL", 4)]


def test_a_new_question_has_no_answer_yet(announce, post, clients, ana, olga):
    event = announce(nine(40))
    actions.register(event=event, person=ana, by=ana)
    post(ana)
    Invitation.objects.update(answer="ACCEPTED")
    programme.move(event=event, starts=nine(50), by=olga)
    post(ana)
    assert Invitation.objects.get().answer == "NEEDS-ACTION"


def test_a_new_registration_has_no_answer_yet_to_any_of_its_dates(announce, post, clients, ana):
    event = announce(nine(40), nine(47))
    first = actions.register(event=event, person=ana, by=ana)
    post(ana)
    Invitation.objects.update(answer="DECLINED")
    actions.cancel(registration=first, by=ana)
    second = actions.register(event=event, person=ana, by=ana)
    assert post(ana) == [
        ("registration-cancelled",),
        ("registration-confirmed", "update", "REQUEST", 1),
        ("calendar-date", "update", "REQUEST", 1),
    ]
    told = Invitation.objects.order_by("pk").values_list("registration", "answer")
    assert list(told) == [(second.pk, "NEEDS-ACTION")] * 2


def test_who_wants_no_invitations_and_registers_again_gets_none(announce, post, clients, ana):
    event = announce(nine(40))
    first = actions.register(event=event, person=ana, by=ana)
    post(ana)
    wish(ana, invitations=False)
    actions.cancel(registration=first, by=ana)
    actions.register(event=event, person=ana, by=ana)
    assert post(ana) == [("registration-cancelled",), ("registration-confirmed",)]


# The mail itself


@pytest.fixture
def mail(announce, smtp, ana):
    """The confirmation of a place, as it came to the server."""
    actions.register(event=announce(nine(40), title="Größe, “Wert”; Ευρώπη 🎓"), person=ana, by=ana)
    delivery.deliver_due()
    return smtp


def test_the_mail_has_the_shape_that_mail_clients_know(mail, ana):
    (sent,) = mail.mails
    assert [part.get_content_type() for part in sent.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    invitation = Invitation.objects.get()
    address = f"rsvp-{invitation.token}@replies.example"
    assert (sent["From"], sent["To"], sent["Auto-Submitted"], sent["Reply-To"]) == (
        "Procure2Innovate calendar <calendar@demo.example>",
        ana.email,
        "auto-generated",
        f"{address}, secretariat@demo.example",
    )
    *_before, calendar, file = sent.walk()
    assert b"\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n" in mail.raw[0]
    assert (calendar["Content-Transfer-Encoding"], calendar["Content-Disposition"]) == ("base64", None)
    assert (file["Content-Type"], file["Content-Disposition"], file["Content-Transfer-Encoding"]) == (
        'application/ics; name="invite.ics"',
        'attachment; filename="invite.ics"',
        "base64",
    )
    assert calendar.get_payload(decode=True) == file.get_payload(decode=True)


def test_every_byte_survives_the_way(mail):
    (raw,) = mail.raw
    head, _separator, _body = raw.partition(b"\r\n\r\n")
    assert (head.isascii(), raw.count(b"\n"), raw.count(b"charset=utf-8")) == (True, raw.count(b"\r\n"), 1)
    assert max(map(len, raw.split(b"\r\n"))) <= 998  # RFC 5321 §4.5.3.1.6
    body = calendars([raw])[0]
    assert body.count(b"\n") == body.count(b"\r\n") > 20
    assert max(map(len, body.split(b"\r\n"))) <= 75
    assert body.endswith(b"END:VCALENDAR\r\n")


def test_the_invitation_says_who_invites_whom(mail, ana, centre):
    calendar = icalendar.Calendar.from_ical(calendars(mail.raw)[0])
    (entry,) = calendar.walk("VEVENT")
    stored = Invitation.objects.select_related("entry").get()
    assert (calendar["METHOD"], "UID" in calendar, len(calendar.walk("VTIMEZONE"))) == ("REQUEST", False, 1)
    assert (str(entry["UID"]), str(entry["SUMMARY"]), int(entry["SEQUENCE"])) == (
        stored.entry.uid,
        "Größe, “Wert”; Ευρώπη 🎓",
        0,
    )
    organiser, attendee = entry["ORGANIZER"], entry["ATTENDEE"]
    assert (str(organiser), dict(organiser.params)) == (
        f"mailto:rsvp-{stored.token}@replies.example",
        {"CN": f"{centre.name} via Procure2Innovate calendar", "SENT-BY": "mailto:calendar@demo.example"},
    )
    assert (str(attendee), dict(attendee.params)) == (
        f"mailto:{ana.email}",
        {
            "CUTYPE": "INDIVIDUAL",
            "ROLE": "REQ-PARTICIPANT",
            "PARTSTAT": "NEEDS-ACTION",
            "RSVP": "TRUE",
            "CN": "Ana Procurer",
        },
    )
    assert (str(entry["STATUS"]), str(entry["TRANSP"]), str(entry["X-MICROSOFT-DISALLOW-COUNTER"])) == (
        "CONFIRMED",
        "OPAQUE",
        "TRUE",
    )
    assert entry.decoded("DTSTAMP") == stored.stamp
    assert "meet.example/room" in str(entry["DESCRIPTION"])


def test_without_a_mailbox_for_answers_nobody_is_asked_to_answer(announce, smtp, ana, settings):
    settings.REPLIES_DOMAIN = ""
    actions.register(event=announce(nine(40)), person=ana, by=ana)
    delivery.deliver_due()
    (entry,) = icalendar.Calendar.from_ical(calendars(smtp.raw)[0]).walk("VEVENT")
    organiser = entry["ORGANIZER"]
    assert (str(organiser), "SENT-BY" in organiser.params, entry["ATTENDEE"].params["RSVP"]) == (
        "mailto:calendar@demo.example",
        False,
        "FALSE",
    )
    assert smtp.mails[0]["Reply-To"] == "secretariat@demo.example"


def test_who_no_longer_has_a_place_gets_no_link_to_join(announce, smtp, ana):
    registration = actions.register(event=announce(nine(40)), person=ana, by=ana)
    delivery.deliver_due()
    actions.cancel(registration=registration, by=ana)
    delivery.deliver_due()
    (entry,) = icalendar.Calendar.from_ical(calendars(smtp.raw[1:])[0]).walk("VEVENT")
    assert (str(entry["STATUS"]), str(entry["SUMMARY"])) == ("CANCELLED", "CANCELLED: Market dialogue")
    assert "meet.example" not in str(entry)
    assert str(entry["DESCRIPTION"]).split("\n\n")[0] == "You do not take part in this."


def test_the_mail_says_what_comes_and_how_to_turn_it_off(mail):
    text = Message.objects.get().text
    assert text.split("\n\n--\n")[0].split("\n\n")[-1] == (
        "An invitation for your calendar comes with this message. Accept it, and your calendar follows every change. "
        "Google Calendar shows it only once you have accepted, because it does not know us yet. If nothing shows up, the page "
        "of your registration has the entry as a file, and other ways."
    )
    assert text.split("\n\n--\n")[1].split("\n")[1] == (
        "Invitations by mail can be turned off at https://calendar.example/my/calendars/"
    )


@pytest.mark.parametrize(
    ("verb", "says"),
    [
        (programme.move, "This message brings the change to your calendar, too. Accept it there once more."),
        (programme.cancel, "With this message the date leaves your calendar."),
    ],
)
def test_a_mail_says_what_becomes_of_the_date_in_the_calendar(announce, post, ana, olga, verb, says):
    event = announce(nine(30), nine(37))
    actions.register(event=event, person=ana, by=ana)
    post(ana)
    assert "\n\nAn invitation for your calendar comes" in Message.objects.get(kind="registration-confirmed").text
    verb(event=event, by=olga, **({"starts": nine(32)} if verb is programme.move else {"reason": "Ill"}))
    message = Message.objects.latest("pk")
    post(ana)
    message.refresh_from_db()
    closing = message.text.split("\n\n--\n")[0].split("\n\n")[-1]
    assert closing == f"{says} Every other date has its own message."


def test_a_date_of_its_own_says_which(announce, smtp, ana):
    start = nine(37)
    actions.register(event=announce(nine(30), start), person=ana, by=ana)
    while delivery.deliver_due():
        pass
    date = Message.objects.get(kind="calendar-date")
    assert date.subject == "For your calendar: Market dialogue (2/2): Part 2"
    assert date.text.split("\n\n")[0] == (
        "“Market dialogue (2/2): Part 2” is a date of your registration. This message brings it to your calendar as it is now."
    )


@pytest.fixture
def note(client):
    """A function: whether the page of a registration says that an invitation comes."""

    def is_there(registration):
        page = client.get(self_service_path(registration)).content.decode()
        return "An invitation for your calendar comes by mail. Google Calendar shows it only once you have accepted" in page

    return is_there


def test_the_page_of_a_place_says_that_an_invitation_comes_where_one_does(announce, note, ana, ben):
    short, long = announce(nine(40), places=1), announce(*(nine(30 + 3 * n) for n in range(13)), title="Long")
    place = actions.register(event=short, person=ana, by=ana)
    waiting = actions.register(event=short, person=ben, by=ben)
    many = actions.register(event=long, person=ana, by=ana)
    assert [note(registration) for registration in (place, waiting, many)] == [True, False, False]
    wish(ana, invitations=False)
    assert note(place) is False


# What it costs, and who sees what


def test_a_rush_writes_no_more_than_rows_of_messages(announce, ana, ben):
    event = announce(nine(40))
    actions.register(event=event, person=ben, by=ben)
    with CaptureQueriesContext(connection) as asked:
        actions.register(event=event, person=ana, by=ana)
    tables = {query["sql"].split('"')[1] for query in asked if query["sql"].startswith(("INSERT", "UPDATE"))}
    assert tables == {"events_registration", "auditlog_logentry", "events_message", "events_event"}
    assert not [query for query in asked if "invitation" in query["sql"] or "calendarwishes" in query["sql"]]


def test_composing_costs_the_same_for_a_course_of_two_and_of_eight(announce, smtp, ana):
    counts = []
    for number in (2, 8):
        event = announce(*(nine(30 + 3 * n) for n in range(number)), title=f"Course of {number}")
        actions.register(event=event, person=ana, by=ana)
        with CaptureQueriesContext(connection) as asked:
            delivery.deliver(message_id=Message.objects.latest("pk").pk)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_secretariat_and_the_journal_see_no_token(client, mail, ana, sara):
    token = Invitation.objects.get().token
    client.force_login(sara)
    page = client.get("/desk/messages/").content.decode()
    message = Message.objects.get()
    from auditlog.models import LogEntry

    journal = [str(entry.changes) for entry in LogEntry.objects.all()]
    seen = [page, str(message.facts), message.text, message.html, message.subject, *journal]
    assert [token in one for one in seen] == [False] * len(seen)
    assert LogEntry.objects.get_for_object(Invitation.objects.get()).count() == 1


def test_in_the_demonstration_one_opens_what_a_mail_carries(announce, smtp, rf, ana):
    from django.http import Http404

    from events.mail import pages

    actions.register(event=announce(nine(40)), person=ana, by=ana)
    message = Message.objects.get()
    with pytest.raises(Http404):
        pages.demo_mail_calendar(rf.get("/"), message.pk)
    delivery.deliver_due()
    opened = pages.demo_mail_calendar(rf.get("/"), message.pk)
    assert (opened.content, opened["Content-Type"]) == (calendars(smtp.raw)[0], "text/calendar; method=REQUEST; charset=utf-8")


def test_invitations_go_with_the_registration(announce, post, ana, clients):
    actions.register(event=announce(nine(40)), person=ana, by=ana)
    post(ana)
    Registration.objects.all().delete()
    assert Invitation.objects.count() == 0
