"""What people answer in their mail clients, and what becomes of it."""

from datetime import UTC, datetime, timedelta

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from config.demo.clock import clock_at
from events.calendars.invitations import telling
from events.calendars.models import Invitation, Reply
from events.calendars.replies import actions, receiving
from events.calendars.replies.receiving import Outcome
from events.calendars.replies.tasks import forget
from events.mail.models import Message
from events.programme.models import Event, Session
from events.registrations import actions as registrations
from events.registrations.models import Registration
from network.errors import Invalid, NotAllowed, WrongState
from tests.events.calendars import reply_samples as samples
from tests.events.calendars.replying import answer, answer_of, invited, queued, replies_come_here, state, told

pytestmark = pytest.mark.django_db
__all__ = ["replies_come_here"]


@pytest.fixture
def invitation(training, ana):
    """Ana's invitation to the training."""
    return invited(training, ana)


def later(**parts):
    return datetime.now(UTC) + timedelta(**parts)


def after(**parts):
    """It is so much later."""
    return clock_at(timezone.now() + timedelta(**parts))


def outcome(reply):
    reply.refresh_from_db()
    return reply.state, reply.why


# --- The table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", samples.CLIENTS, ids=lambda client: client.__name__)
@pytest.mark.parametrize("said", ["ACCEPTED", "TENTATIVE", "DECLINED"])
def test_the_answers_of_every_client_are_noted(invitation, client, said):
    reply = answer(invitation, said, client=client)
    assert (reply.why, reply.is_authentic, reply.answer, reply.sequence) == ("", True, said, invitation.sequence)
    assert answer_of(invitation) == said


def test_who_accepts_has_the_place_that_they_had_and_nobody_is_mailed(invitation):
    before = Message.objects.count()
    assert outcome(answer(invitation, "ACCEPTED")) == ("applied", "")
    assert state(invitation.registration) == "confirmed"
    assert Message.objects.count() == before


def test_who_declines_gives_the_place_back_after_half_an_hour(invitation):
    now = timezone.now()
    with clock_at(now):
        reply = answer(invitation, "DECLINED")
    assert (reply.state, reply.due_at) == ("due", now + timedelta(minutes=30))
    assert state(invitation.registration) == "confirmed"
    assert queued() == [("reply-declined", "ana.procurer@demo.example")]
    with clock_at(now + timedelta(minutes=29)):
        assert actions.give_back_due() == 0
    with clock_at(now + timedelta(minutes=30)):
        assert actions.give_back_due() == 1
    assert state(invitation.registration) == "cancelled"
    assert outcome(reply) == ("given-back", "")
    assert actions.give_back_due() == 0


def test_a_place_that_is_declined_goes_to_who_waits_longest(training, ana, ben, cleo):
    training.places = 1
    training.save()
    invitation = invited(training, ana)
    first = registrations.register(event=training, person=ben, by=ben)
    second = registrations.register(event=training, person=cleo, by=cleo)
    answer(invitation, "DECLINED")
    with after(minutes=31):
        actions.give_back_due()
    assert [state(one) for one in (first, second)] == ["confirmed", "waiting"]


def test_the_person_gives_the_place_back_and_the_journal_says_by_what(invitation, ana):
    answer(invitation, "DECLINED")
    with after(minutes=31):
        actions.give_back_due()
    entry = LogEntry.objects.get_for_object(invitation.registration).latest("pk")
    assert (entry.actor, entry.additional_data["reason"]) == (ana, "You declined the invitation in your calendar.")
    noted = LogEntry.objects.get_for_object(invitation).latest("pk")
    assert (noted.actor, noted.additional_data["reason"]) == (ana, f"Reply by mail {Reply.objects.get().pk}")
    assert noted.changes["answer"] == ["NEEDS-ACTION", "DECLINED"]


@pytest.mark.parametrize("second", ["ACCEPTED", "TENTATIVE"])
def test_who_comes_after_all_keeps_the_place(invitation, second):
    first = answer(invitation, "DECLINED", stamp=later(seconds=-20))
    answer(invitation, second, stamp=later(seconds=-10))
    assert outcome(first) == ("undone", "The person answered again.")
    with after(minutes=31):
        actions.give_back_due()
    assert (state(invitation.registration), answer_of(invitation)) == ("confirmed", second)


def test_declining_twice_gives_back_once_and_mails_once(invitation):
    answer(invitation, "DECLINED", stamp=later(seconds=-20))
    second = answer(invitation, "DECLINED", number=2, stamp=later(seconds=-10))
    assert second.state == "applied"
    assert queued() == [("reply-declined", "ana.procurer@demo.example")]


def test_undoing_keeps_the_place_and_asks_the_calendar_anew(invitation, ana):
    reply = answer(invitation, "DECLINED")
    assert actions.undo(reply=reply, by=ana).state == "undone"
    with after(minutes=31):
        actions.give_back_due()
    assert (state(invitation.registration), answer_of(invitation)) == ("confirmed", "NEEDS-ACTION")
    assert queued("calendar-date") == [("calendar-date", ana.email)]
    assert actions.undo(reply=reply, by=ana).state == "undone"
    assert queued("calendar-date") == [("calendar-date", ana.email)]


def test_an_organiser_undoes_an_answer_and_a_stranger_does_not(invitation, olga, ben, otto):
    reply = answer(invitation, "ACCEPTED")
    for stranger in (ben, otto):
        with pytest.raises(NotAllowed):
            actions.undo(reply=reply, by=stranger)
    assert actions.undo(reply=reply, by=olga).state == "undone"
    assert answer_of(invitation) == "NEEDS-ACTION"


def test_only_the_answer_that_holds_can_be_taken_back(invitation, ana):
    first = answer(invitation, "TENTATIVE", stamp=later(seconds=-20))
    answer(invitation, "ACCEPTED", stamp=later(seconds=-10))
    with pytest.raises(WrongState):
        actions.undo(reply=first, by=ana)


def test_what_was_given_back_is_put_back_by_the_organiser_only(invitation, ana, olga):
    reply = answer(invitation, "DECLINED")
    with after(minutes=31):
        actions.give_back_due()
    reply.refresh_from_db()
    with pytest.raises(NotAllowed):
        actions.undo(reply=reply, by=ana)
    assert actions.undo(reply=reply, by=olga).state == "undone"
    assert [one.state for one in Registration.objects.filter(person=ana).order_by("pk")] == ["cancelled", "confirmed"]


def test_a_place_that_was_given_back_otherwise_is_not_given_back_again(invitation, ana):
    reply = answer(invitation, "DECLINED")
    registrations.cancel(registration=invitation.registration, by=ana)
    registrations.register(event=invitation.registration.event, person=ana, by=ana)
    with after(minutes=31):
        actions.give_back_due()
    assert outcome(reply) == ("applied", "The place was given back already.")
    assert [one.state for one in Registration.objects.filter(person=ana).order_by("pk")] == ["cancelled", "confirmed"]


def test_who_registers_again_and_is_invited_again_keeps_the_new_place(training, invitation, ana):
    reply = answer(invitation, "DECLINED")
    registrations.cancel(registration=invitation.registration, by=ana)
    new = registrations.register(event=training, person=ana, by=ana)
    told(training, ana)
    with after(minutes=31):
        actions.give_back_due()
    assert (outcome(reply)[0], state(new)) == ("applied", "confirmed")


@pytest.mark.parametrize("said", ["ACCEPTED", "TENTATIVE"])
def test_an_answer_gets_nobody_a_place_that_is_gone(training, ana, ben, said):
    training.places = 1
    training.save()
    invitation = invited(training, ana)
    other = registrations.register(event=training, person=ben, by=ben)
    registrations.cancel(registration=invitation.registration, by=ana)
    reply = answer(invitation, said)
    assert outcome(reply) == ("ignored", "The place is gone; the calendar is told so.")
    assert (state(invitation.registration), state(other)) == ("cancelled", "confirmed")
    assert queued("calendar-date") == [("calendar-date", ana.email)]
    again = answer(invitation, said, number=2, stamp=later(seconds=5))
    assert outcome(again) == ("ignored", "The place is gone.")
    assert queued("calendar-date") == [("calendar-date", ana.email)]


def test_an_offer_is_not_taken_by_a_reply(training, ana, ben):
    training.places, training.promotion = 1, Event.Promotion.OFFER
    training.save()
    invitation = invited(training, ana)
    registrations.register(event=training, person=ben, by=ben)
    registrations.cancel(registration=invitation.registration, by=ana)
    offered = Registration.objects.get(person=ben)
    # An invitation that should not be there, to be sure that it would not help.
    theirs = Invitation.objects.create(
        registration=offered,
        entry=invitation.entry,
        token="a" * 26,
        attendee=ben.email,
        method="REQUEST",
        sequence=0,
        stamp=timezone.now(),
        told="x",
    )
    answer(theirs, "ACCEPTED")
    assert (state(offered), answer_of(theirs)) == ("offered", "NEEDS-ACTION")


# --- Too late --------------------------------------------------------------------------------------------------------


def test_after_the_deadline_the_organiser_decides_and_the_person_is_told(training, invitation, ana, olga):
    Event.objects.filter(pk=training.pk).update(changes_close_at=timezone.now() - timedelta(hours=1))
    reply = answer(invitation, "DECLINED")
    assert outcome(reply) == ("for-organiser", "It is too late to give the place back.")
    assert state(invitation.registration) == "confirmed"
    assert queued() == [("reply-too-late", ana.email)]
    assert actions.settle(reply=reply, by=olga).state == "settled"


def test_once_it_has_begun_the_organiser_decides(training, invitation):
    with clock_at(training.starts_at + timedelta(minutes=1)):
        reply = answer(invitation, "DECLINED", stamp=training.starts_at)
    assert outcome(reply) == ("for-organiser", "It is too late to give the place back.")


def test_shortly_before_the_deadline_the_place_is_given_back_in_time(training, invitation):
    closes = timezone.now() + timedelta(minutes=10)
    Event.objects.filter(pk=training.pk).update(changes_close_at=closes)
    reply = answer(invitation, "DECLINED")
    assert reply.due_at == closes - timedelta(minutes=2)
    with clock_at(reply.due_at):
        actions.give_back_due()
    assert state(invitation.registration) == "cancelled"


def test_a_worker_that_slept_over_the_deadline_leaves_it_to_the_organiser(training, invitation, ana):
    closes = timezone.now() + timedelta(minutes=10)
    Event.objects.filter(pk=training.pk).update(changes_close_at=closes)
    reply = answer(invitation, "DECLINED")
    with clock_at(closes + timedelta(minutes=1)):
        actions.give_back_due()
    assert outcome(reply) == ("for-organiser", "It is too late to give the place back.")
    assert queued() == [("reply-declined", ana.email), ("reply-too-late", ana.email)]
    assert state(invitation.registration) == "confirmed"


# --- A course --------------------------------------------------------------------------------------------------------


@pytest.fixture
def dates(training, ana):
    """Ana's invitations to the three dates of a course."""
    for weeks in (1, 2):
        start, end = (moment + timedelta(weeks=weeks) for moment in (training.starts_at, training.ends_at))
        Session.objects.create(event=training, starts_at=start, ends_at=end, first_day=start.date(), last_day=end.date())
    Event.objects.filter(pk=training.pk).update(ends_at=end, last_day=end.date())
    invited(training, ana)
    return told(training, ana)


def test_one_date_of_a_course_that_is_declined_gives_nothing_back(dates):
    reply = answer(dates[1], "DECLINED")
    assert outcome(reply) == ("applied", "One date of several.")
    assert [answer_of(one) for one in dates] == ["NEEDS-ACTION", "DECLINED", "NEEDS-ACTION"]
    assert queued("reply-declined") == []


def test_a_course_is_given_back_once_every_date_is_declined(dates):
    states = [answer(one, "DECLINED", number=number).state for number, one in enumerate(dates)]
    assert states == ["applied", "applied", "due"]
    with after(minutes=31):
        actions.give_back_due()
    assert state(dates[0].registration) == "cancelled"


def test_one_date_that_is_accepted_after_all_keeps_the_course(dates):
    for number, one in enumerate(dates):
        last = answer(one, "DECLINED", number=number, stamp=later(seconds=-20))
    answer(dates[0], "ACCEPTED", stamp=later(seconds=-10))
    assert outcome(last) == ("undone", "The person answered again.")


def test_a_date_without_an_invitation_is_not_declined(dates, training):
    Invitation.objects.filter(pk=dates[2].pk).delete()
    assert [answer(one, "DECLINED", number=number).state for number, one in enumerate(dates[:2])] == ["applied", "applied"]


# --- Delegation and other times ----------------------------------------------------------------------------------------


def delegated(invitation, to="ben.buyer@demo.example"):
    return answer(invitation, "DELEGATED", parameters=f';DELEGATED-TO="mailto:{to}"')


def test_a_delegation_waits_for_the_organiser_who_passes_the_place_on(invitation, ana, ben, olga):
    reply = delegated(invitation)
    assert (reply.state, reply.delegate, state(invitation.registration)) == ("for-organiser", ben.email, "confirmed")
    new = actions.pass_on(reply=reply, by=olga)
    assert (new.person, new.state, state(invitation.registration)) == (ben, "confirmed", "cancelled")
    reply.refresh_from_db()
    assert reply.state == "settled"
    with pytest.raises(WrongState):
        actions.pass_on(reply=reply, by=olga)


def test_a_delegation_to_nobody_we_know_stays_with_the_organiser(invitation, olga):
    reply = delegated(invitation, "nobody@demo.example")
    with pytest.raises(Invalid):
        actions.pass_on(reply=reply, by=olga)
    assert outcome(reply) == ("for-organiser", "It is delegated.")
    assert state(invitation.registration) == "confirmed"


def test_the_person_cannot_settle_what_waits_for_the_organiser(invitation, ana):
    reply = delegated(invitation)
    for verb in (actions.settle, actions.pass_on):
        with pytest.raises(NotAllowed):
            verb(reply=reply, by=ana)


def test_a_proposal_of_another_time_waits_for_the_organiser_and_changes_nothing(invitation, ana):
    times = ("DTSTART;TZID=W. Europe Standard Time:20270616T090000", "DTEND;TZID=W. Europe Standard Time:20270616T160000")
    reply = answer(
        invitation, "DECLINED", client=samples.outlook_desktop, method="COUNTER", extra=times, comment="The day after\\, please"
    )
    assert (reply.state, reply.comment) == ("for-organiser", "The day after, please")
    assert (reply.proposed_start, reply.proposed_end) == (
        datetime(2027, 6, 16, 7, tzinfo=UTC),
        datetime(2027, 6, 16, 14, tzinfo=UTC),
    )
    assert (state(invitation.registration), answer_of(invitation)) == ("confirmed", "NEEDS-ACTION")
    assert queued() == [("reply-countered", ana.email), ("calendar-date", ana.email)]


def test_a_newer_proposal_waits_in_place_of_the_older_one(invitation):
    first = answer(invitation, "TENTATIVE", method="COUNTER", stamp=later(seconds=-20))
    newer = answer(invitation, "TENTATIVE", number=2, method="COUNTER", stamp=later(seconds=-10))
    older = answer(invitation, "TENTATIVE", number=3, method="COUNTER", stamp=later(seconds=-30))
    assert [outcome(one) for one in (first, newer, older)] == [
        ("ignored", "A newer one waits in its place."),
        ("for-organiser", "Another time is proposed."),
        ("ignored", "A newer proposal waits already."),
    ]


def test_a_proposal_does_not_displace_who_is_to_come_instead(invitation):
    both = [delegated(invitation), answer(invitation, "TENTATIVE", method="COUNTER", stamp=later(seconds=5))]
    assert [outcome(one)[0] for one in both] == ["for-organiser", "for-organiser"]


def test_who_is_told_that_it_is_too_late_is_told_once(training, invitation, ana):
    Event.objects.filter(pk=training.pk).update(changes_close_at=timezone.now() - timedelta(hours=1))
    for number in range(3):
        last = answer(invitation, "DECLINED", number=number, stamp=later(seconds=number - 9))
    assert list(Reply.objects.filter(state="for-organiser")) == [last]
    assert queued() == [("reply-too-late", ana.email)]


def robot(invitation, said, *, first=0, **facts):
    """Answer five mails in a row, each of which asks with a new SEQUENCE. Returns what mails came of it."""
    before = len(queued())
    for number in range(first, first + 5):
        answer(invitation, said, number=number, stamp=later(seconds=number - 60), **facts)
        telling.tell(registration=invitation.registration, language="en", entry=invitation.entry_id, again=True)
    return [kind for kind, _address in queued()[before:]]


def test_a_robot_that_proposes_other_times_comes_to_an_end_and_may_begin_anew_tomorrow(invitation):
    mails = ["reply-countered", "calendar-date"] * 3
    assert robot(invitation, "TENTATIVE", method="COUNTER") == mails
    assert Reply.objects.filter(state="for-organiser").count() == 1
    with after(days=1, minutes=1):
        assert robot(invitation, "TENTATIVE", first=5, method="COUNTER") == mails


def test_a_robot_that_accepts_what_is_gone_comes_to_an_end(training, invitation, ana):
    registrations.cancel(registration=invitation.registration, by=ana)
    told(training, ana)
    assert robot(invitation, "ACCEPTED") == ["calendar-date"] * 3


def test_a_robot_that_is_always_late_comes_to_an_end(invitation):
    for number in range(5):
        Invitation.objects.filter(pk=invitation.pk).update(sequence=10 + number)
        answer(invitation, "ACCEPTED", number=number, sequence=number, stamp=later(seconds=number - 60))
    assert Reply.objects.filter(told_again=True).count() == 3


def test_a_proposal_without_a_zone_is_on_the_clock_of_the_event(invitation):
    reply = answer(invitation, "ACCEPTED", method="COUNTER", extra=("DTSTART;TZID=Our Own:20270616T090000",))
    assert reply.proposed_start == datetime(2027, 6, 16, 7, tzinfo=UTC)


# --- What counts, and what does not ------------------------------------------------------------------------------------


def test_the_same_mail_twice_is_one_answer(invitation):
    mail = samples.gmail(samples.reply_to(invitation, answer="DECLINED"))
    assert [receiving.receive(mail) for _time in range(2)] == [Outcome.TAKEN, Outcome.TAKEN]
    assert (Reply.objects.count(), len(queued())) == (1, 1)


def test_a_mail_without_a_message_id_is_known_by_its_words_on_every_way(invitation):
    mail = samples.gmail(samples.reply_to(invitation, message_id=""))
    receiving.receive(mail)
    receiving.receive(b"Received: from elsewhere by mx.calendar.example\r\n" + mail)
    assert Reply.objects.count() == 1
    assert Reply.objects.get().message_id.startswith("sha256:")


def test_what_comes_out_of_order_does_not_overwrite_what_is_newer(invitation):
    answer(invitation, "ACCEPTED", stamp=later(seconds=-10))
    old = answer(invitation, "DECLINED", stamp=later(seconds=-20))
    assert outcome(old) == ("ignored", "A newer answer is noted already.")
    assert answer_of(invitation) == "ACCEPTED"


def test_an_answer_to_an_older_invitation_changes_nothing_and_the_present_one_is_sent_once(invitation, ana):
    Invitation.objects.filter(pk=invitation.pk).update(sequence=3)
    old = answer(invitation, "DECLINED", sequence=2)
    assert outcome(old) == ("ignored", "It answers an older invitation; the present one is sent again.")
    again = answer(invitation, "DECLINED", sequence=2, number=2, stamp=later(seconds=2))
    assert outcome(again) == ("ignored", "It answers an older invitation.")
    assert (answer_of(invitation), queued()) == ("NEEDS-ACTION", [("calendar-date", ana.email)])


def test_an_answer_without_a_sequence_is_to_the_first_invitation(invitation):
    assert answer(invitation, "ACCEPTED", sequence=None).state == "applied"
    Invitation.objects.filter(pk=invitation.pk).update(sequence=1)
    assert answer(invitation, "DECLINED", sequence=None, stamp=later(seconds=2)).state == "ignored"


def test_a_clock_that_is_a_little_fast_is_taken_for_now(invitation):
    now = timezone.now()
    with clock_at(now):
        reply = answer(invitation, "ACCEPTED", stamp=now + timedelta(minutes=50))
    assert (reply.state, reply.stamp) == ("applied", now)


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=50_000)])
def test_a_clock_that_is_absurd_is_not_believed_and_the_person_is_asked(invitation, ahead):
    reply = answer(invitation, "DECLINED", stamp=timezone.now() + ahead)
    assert (reply.state, reply.is_authentic, answer_of(invitation)) == ("to-confirm", True, "NEEDS-ACTION")


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("Auto-Submitted: auto-replied", "It is automatic (Auto-Submitted: auto-replied)."),
        ("Precedence: bulk", "It is automatic or from a list (Precedence: bulk)."),
        ("List-Id: <people.demo.example>", "It is from a mailing list or an answering machine."),
        ("Return-Path: <>", "It is a report about a delivery (it has no return path)."),
    ],
)
def test_automatic_mail_changes_nothing(invitation, header, why):
    receiving.receive(samples.plain(samples.reply_to(invitation, answer="DECLINED"), header))
    reply = Reply.objects.get()
    assert (reply.state, reply.why, answer_of(invitation)) == ("ignored", why, "NEEDS-ACTION")


def test_an_answering_machine_without_a_calendar_is_taken_away_quietly(invitation):
    to = f"rsvp-{invitation.token}@replies.example"
    mail = f"From: {invitation.attendee}\r\nTo: {to}\r\nAuto-Submitted: auto-replied\r\nSubject: Away\r\n\r\nI am away.\r\n"
    assert receiving.receive(mail.encode()) is Outcome.TAKEN
    assert Reply.objects.get().state == "ignored"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"answer": "NEEDS-ACTION"}, "PARTSTAT=NEEDS-ACTION is no answer."),
        ({"answer": "X-LATER"}, "PARTSTAT=X-LATER is no answer."),
        ({"method": "REQUEST"}, "METHOD:REQUEST is no answer."),
        ({"method": "REFRESH"}, "METHOD:REFRESH is no answer."),
        ({"extra": ("RECURRENCE-ID:20270615T070000Z",)}, "It has a RECURRENCE-ID, and nothing of ours recurs."),
    ],
)
def test_what_is_no_answer_changes_nothing(invitation, facts, why):
    receiving.receive(samples.plain(samples.reply_to(invitation, **facts)))
    assert (Reply.objects.get().why, answer_of(invitation)) == (why, "NEEDS-ACTION")


def test_who_is_locked_out_does_not_act_by_mail(invitation, ana):
    ana.is_active = False
    ana.save()
    assert outcome(answer(invitation, "DECLINED")) == ("ignored", "The person’s account is closed.")


def test_the_organiser_may_be_missing_or_the_only_place_with_the_address(invitation):
    facts = samples.reply_to(invitation)
    assert receiving.receive(samples.outlook_com(facts)) is Outcome.TAKEN
    body = samples.calendar(facts, "-//Test//EN", f"ORGANIZER:mailto:{facts.to}", samples.partstat(facts))
    facts = samples.reply_to(invitation, to="calendar@demo.example", message_id="<2@client.demo.example>")
    part = samples.part("text/calendar; method=REPLY", body, "8bit")
    assert receiving.receive(samples.mail(facts, "Accepted", part)) is Outcome.TAKEN


def test_the_address_may_be_known_from_the_envelope_only(invitation):
    to = f"rsvp-{invitation.token}@replies.example"
    mail = samples.outlook_com(samples.reply_to(invitation, to="calendar@demo.example"))
    assert receiving.receive(mail) is Outcome.NOT_OURS
    assert receiving.receive(mail, recipient=to.upper()) is Outcome.TAKEN


# --- Forged ----------------------------------------------------------------------------------------------------------

FORGED_BELOW = (
    "mx.calendar.example; dmarc=fail header.from={domain}\r\n"
    "Authentication-Results: mx.calendar.example; dmarc=pass header.from={domain}"
)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"sender": "mallory@evil.example"}, "From is not the attendee."),
        ({"sender": "ana.procurer@demo.example>, <mallory@evil.example"}, "It has not exactly one plain address in From."),
        ({"results": None}, "It has no Authentication-Results of mx.calendar.example."),
        ({"results": "mx.evil.example; dmarc=pass header.from=demo.example"}, "It has no Authentication-Results of mx.calendar.example."),
        ({"results": "mx.calendar.example; dmarc=fail header.from=demo.example"}, "DMARC says fail."),
        ({"results": FORGED_BELOW}, "DMARC says fail."),
        ({"results": "mx.calendar.example; spf=pass (dmarc=pass) smtp.mailfrom=demo.example"}, "The Authentication-Results do not say one thing about DMARC."),
        ({"results": 'mx.calendar.example; dkim=pass header.i="a;dmarc=pass header.from=demo.example"; dmarc=none'}, "DMARC says none."),
        ({"results": "mx.calendar.example; dmarc=pass header.from=evil.example"}, "DMARC passed for another domain than that of From."),
        ({"results": "mx.calendar.example; dmarc=pass"}, "DMARC passed for another domain than that of From."),
        ({"results": "mx.calendar.example; dmarc=pass header.from=demo.example; dmarc=pass header.from=demo.example"}, "The Authentication-Results do not say one thing about DMARC."),
        ({"results": "mx.calendar.example; dmarc=pass header.from=demo.example; spf=pass smtp.helo=(x; dmarc=fail header.from=demo.example"}, "The Authentication-Results do not say one thing about DMARC."),
        ({"results": 'mx.calendar.example; dmarc=pass header.from=demo.example; spf=pass smtp.helo="x; dmarc=fail header.from=demo.example'}, "The Authentication-Results do not say one thing about DMARC."),
        ({"results": "mx.calendar.example; dmarc=pass header.from=demo.example header.from=evil.example"}, "DMARC passed for another domain than that of From."),
    ],
)  # fmt: skip
def test_who_it_is_from_is_not_taken_on_trust(invitation, facts, why):
    reply = answer(invitation, "DECLINED", **facts)
    assert (reply.state, reply.why, reply.is_authentic) == ("to-confirm", why, False)
    assert (answer_of(invitation), state(invitation.registration)) == ("NEEDS-ACTION", "confirmed")
    assert queued() == [("reply-asked", "ana.procurer@demo.example")]


def test_a_header_that_programs_read_differently_is_not_trusted(invitation):
    """Python sees no further than the odd line; who judged DMARC may have seen the second From."""
    mail = samples.thunderbird(samples.reply_to(invitation, answer="DECLINED"))
    receiving.receive(mail.replace(b"\r\n\r\n", b"\r\nX-Odd : 1\r\nFrom: mallory@demo.example\r\n\r\n", 1))
    assert outcome(Reply.objects.get()) == ("to-confirm", "Its header is not well-formed.")


@pytest.mark.parametrize(
    "results",
    [
        "MX.calendar.example; dmarc=pass (p=none (nested; dis=none)) header.from=demo.example",
        '"mx.calendar.example" 1; spf=fail smtp.mailfrom=x; dmarc=PASS policy.p=reject header.from=Demo.Example',
        "mx.calendar.example;\r\n\tdkim=pass header.d=demo.example;\r\n\tdmarc=pass header.from=ana.procurer@demo.example",
        "mx.calendar.example; dmarc/1=pass header.from=demo.example\r\nAuthentication-Results: mx.calendar.example; dmarc=fail",
        "mx.other.example; dmarc=fail\r\nAuthentication-Results: mx.calendar.example; dmarc=pass header.from=demo.example",
    ],
)
def test_what_our_own_mail_server_vouches_for_is_believed(invitation, results):
    assert answer(invitation, "ACCEPTED", results=results).state == "applied"


def test_without_a_mail_server_to_trust_everybody_is_asked(invitation, settings):
    settings.REPLIES_AUTHSERV_ID = ""
    reply = answer(invitation, "ACCEPTED")
    assert outcome(reply) == ("to-confirm", "REPLIES_AUTHSERV_ID is not set, so no mail can be trusted.")


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"uid": "another@calendar.example"}, "Its UID is not that of the invitation."),
        ({"attendee": "ben.buyer@demo.example"}, "Its attendee is not who was invited."),
    ],
)
def test_what_does_not_match_does_nothing_and_mails_nobody(invitation, facts, why):
    receiving.receive(samples.plain(samples.reply_to(invitation, answer="DECLINED", **facts)))
    reply = Reply.objects.get()
    assert (reply.state, reply.why, reply.registration, queued()) == ("ignored", why, None, [])


def test_an_address_like_ours_without_an_invitation_is_not_ours(invitation, caplog):
    to = "rsvp-" + "b" * 26 + "@replies.example"
    good = samples.plain(samples.reply_to(invitation, to=to))
    broken = good.replace(b"BEGIN:VEVENT", b"BEGIN:VEVEN")
    assert [receiving.receive(mail, recipient=to) for mail in (good, broken, b"x")] == [Outcome.NOT_OURS] * 3
    assert (Reply.objects.count(), caplog.records) == (0, [])


def test_an_invitation_has_so_many_rows_a_day(invitation, caplog, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_ROWS", 3)
    facts = samples.reply_to(invitation, answer="DECLINED", uid="another@x")
    broken = samples.plain(samples.reply_to(invitation, message_id="<b@x>")).replace(b"BEGIN:VEVENT", b"BEGIN:VEVEN")
    forged = [samples.plain(facts, message_id=f"<{number}@x>") for number in range(5)]
    assert [receiving.receive(mail) for mail in [*forged, broken, forged[0]]] == [Outcome.TAKEN] * 7
    assert Reply.objects.count() == 3
    assert [record.getMessage() for record in caplog.records] == [
        f"Invitation {invitation.pk} has had 3 mails within a day; further ones are not noted."
    ]
    assert answer(invitation, "TENTATIVE").state == "applied"  # forged mails keep no true one out
    with after(days=1, minutes=1):
        assert receiving.receive(broken) is Outcome.SET_ASIDE
    assert Reply.objects.count() == 5


@pytest.mark.parametrize("forgery", [{"results": None}, {"uid": "another@x"}, {"attendee": "ben.buyer@demo.example"}])
def test_a_forged_mail_reserves_no_message_id(invitation, ana, forgery):
    facts = samples.reply_to(invitation, answer="DECLINED", message_id="<known@client.demo.example>")
    forged = samples.plain(
        facts, **{"method": "COUNTER", "comment": "Not mine", "extra": ("DTSTART:20270616T070000Z",), **forgery}
    )
    receiving.receive(forged)
    true = samples.plain(facts)
    assert [receiving.receive(mail) for mail in (true, true, forged)] == [Outcome.TAKEN] * 3
    reply = Reply.objects.get()
    assert (reply.state, reply.comment, reply.proposed_start, answer_of(invitation)) == ("due", "", None, "DECLINED")
    assert [kind for kind, _address in queued()].count("reply-declined") == 1


def test_what_the_person_denied_does_not_keep_out_what_they_wrote(invitation, ana):
    actions.deny(reply=answer(invitation, "TENTATIVE", results=None), by=ana)
    assert answer(invitation, "TENTATIVE").state == "applied"


def test_what_the_person_confirmed_is_not_done_again(invitation, ana):
    reply = answer(invitation, "DECLINED", results=None)
    actions.undo(reply=actions.confirm(reply=reply, by=ana), by=ana)
    answer(invitation, "DECLINED", sequence=0)
    assert [outcome(one) for one in Reply.objects.all()] == [("undone", "It was taken back.")]


def test_an_authentic_mail_with_an_absurd_clock_is_asked_about_once(invitation, ana):
    stamp = timezone.now() + timedelta(hours=2)
    actions.deny(reply=answer(invitation, "DECLINED", stamp=stamp), by=ana)
    with after(minutes=90):
        assert outcome(answer(invitation, "DECLINED", stamp=stamp))[0] == "ignored"


def test_the_address_of_somebody_else_s_invitation_does_not_help(training, invitation, ben):
    theirs = invited(training, ben)
    receiving.receive(samples.plain(samples.reply_to(theirs, answer="DECLINED", attendee=invitation.attendee)))
    assert [answer_of(one) for one in (invitation, theirs)] == ["NEEDS-ACTION", "NEEDS-ACTION"]


def test_somebody_else_is_not_declined_by_ones_own_authentic_mail(training, invitation, ben):
    theirs = invited(training, ben)
    reply = answer(theirs, "DECLINED", sender=invitation.attendee)
    assert outcome(reply) == ("to-confirm", "From is not the attendee.")
    assert queued() == [("reply-asked", ben.email)]


def test_a_person_is_asked_three_times_a_day_at_most(invitation, ana):
    states = []
    for number in range(5):
        reply = answer(invitation, "DECLINED", number=number, results=None, stamp=later(seconds=number - 20))
        states.append(reply.state)
        if reply.state == "to-confirm":
            actions.deny(reply=reply, by=ana)
    assert states == ["to-confirm", "to-confirm", "to-confirm", "ignored", "ignored"]
    assert len(queued("reply-asked")) == 3
    with after(days=1, minutes=1):
        assert answer(invitation, "DECLINED", number=9, results=None).state == "to-confirm"


# --- Was it you? -----------------------------------------------------------------------------------------------------


def test_what_the_person_confirms_is_done_as_if_it_were_authentic(invitation, ana):
    reply = answer(invitation, "DECLINED", results=None)
    confirmed = actions.confirm(reply=reply, by=ana)
    assert (confirmed.state, answer_of(invitation)) == ("due", "DECLINED")
    assert actions.confirm(reply=reply, by=ana).state == "due"
    assert queued() == [("reply-asked", ana.email), ("reply-declined", ana.email)]


def test_what_the_person_denies_is_forgotten(invitation, ana, ben):
    reply = answer(invitation, "DECLINED", results=None)
    for verb in (actions.confirm, actions.deny):
        with pytest.raises(NotAllowed):
            verb(reply=reply, by=ben)
    assert actions.deny(reply=reply, by=ana).state == "ignored"
    with pytest.raises(WrongState):
        actions.confirm(reply=reply, by=ana)
    assert answer_of(invitation) == "NEEDS-ACTION"


def test_what_is_confirmed_late_does_not_overwrite_what_is_newer(invitation, ana):
    reply = answer(invitation, "DECLINED", results=None, stamp=later(seconds=-20))
    answer(invitation, "ACCEPTED", stamp=later(seconds=-10))
    assert actions.confirm(reply=reply, by=ana).state == "ignored"
    assert answer_of(invitation) == "ACCEPTED"


def test_what_is_confirmed_after_the_event_moved_changes_nothing(invitation, ana):
    reply = answer(invitation, "DECLINED", results=None)
    Invitation.objects.filter(pk=invitation.pk).update(sequence=5)
    assert actions.confirm(reply=reply, by=ana).why == "It answers an older invitation."


def test_maybe_becomes_yes_with_one_click(invitation, ana):
    reply = answer(invitation, "TENTATIVE")
    assert actions.keep(reply=reply, by=ana).state == "settled"
    assert actions.keep(reply=reply, by=ana).state == "settled"
    assert answer_of(invitation) == "ACCEPTED"


# --- What is kept ----------------------------------------------------------------------------------------------------


def test_what_a_mail_said_is_not_kept_in_the_journal(invitation):
    answer(invitation, "ACCEPTED", comment="My knee hurts")
    entries = LogEntry.objects.get_for_model(Reply)
    assert not any("knee" in str(entry.changes) or "ana.procurer" in str(entry.changes) for entry in entries)
    assert entries.count() == 2


def test_what_was_set_aside_is_tried_again_when_it_is_put_back(invitation, monkeypatch):
    mail = samples.plain(samples.reply_to(invitation))
    monkeypatch.setattr(receiving.answers, "MOST_LINES", 1)
    assert receiving.receive(mail) is Outcome.SET_ASIDE
    monkeypatch.undo()
    assert receiving.receive(mail) is Outcome.TAKEN
    assert (Reply.objects.get().state, answer_of(invitation)) == ("applied", "ACCEPTED")


def test_a_mistake_of_our_own_sets_the_mail_aside_and_writes_nothing_half(invitation, monkeypatch):
    def stumble(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(receiving.applying, "_decline", stumble)
    assert receiving.receive(samples.plain(samples.reply_to(invitation, answer="DECLINED"))) is Outcome.SET_ASIDE
    reply = Reply.objects.get()
    assert (reply.state, reply.why) == ("set-aside", "Our own mistake (ZeroDivisionError).")
    assert answer_of(invitation) == "NEEDS-ACTION"


def test_nothing_is_ours_without_a_domain_for_replies(invitation, settings):
    mail = samples.plain(samples.reply_to(invitation))
    settings.REPLIES_DOMAIN = ""
    assert (receiving.receive(mail), Reply.objects.count()) == (Outcome.NOT_OURS, 0)


def test_replies_go_half_a_year_after_the_event(training, invitation):
    answer(invitation, "ACCEPTED")
    receiving.receive(samples.plain(samples.reply_to(invitation, uid="another@x", message_id="<s@x>")))
    ends = training.ends_at
    with clock_at(timezone.now() + timedelta(days=29)):
        assert forget() == 0
    with clock_at(timezone.now() + timedelta(days=31)):
        assert forget() == 1
    with clock_at(ends + timedelta(days=182)):
        assert forget() == 0
    with clock_at(ends + timedelta(days=184)):
        assert forget() == 1


def test_half_a_year_after_the_event_an_invitation_forgets_what_was_answered(training, invitation, ana):
    answer(invitation, "DECLINED")
    with clock_at(training.ends_at + timedelta(days=182)):
        forget()
    assert answer_of(invitation) == "DECLINED"
    entries = LogEntry.objects.get_for_object(invitation).count()
    with clock_at(training.ends_at + timedelta(days=184)):
        forget()
    invitation.refresh_from_db()
    assert (invitation.answer, invitation.answered_at, invitation.attendee) == ("NEEDS-ACTION", None, ana.email)
    assert LogEntry.objects.get_for_object(invitation).count() == entries


def test_the_journal_does_not_keep_how_a_mail_client_calls_itself(invitation, ana, olga):
    for number, said in enumerate(["DECLINED", "TENTATIVE", "DELEGATED"]):
        answer(invitation, said, message_id=f"<{number}@ana-s-laptop.demo.example>", stamp=later(seconds=number - 9))
    asked = answer(invitation, "ACCEPTED", number=4, results=None, message_id="<4@ana-s-laptop.demo.example>")
    actions.deny(reply=asked, by=ana)
    actions.settle(reply=Reply.objects.get(state="for-organiser"), by=olga)
    reasons = [entry.additional_data["reason"] for entry in LogEntry.objects.get_for_model(Reply) if entry.additional_data]
    assert len(reasons) >= 8
    assert not [reason for reason in reasons if "laptop" in reason]
    assert reasons[:2] == [f"Settled: reply by mail {asked.pk - 1}", f"Denied: reply by mail {asked.pk}"]


def test_the_journal_does_not_keep_who_wrote(invitation):
    reply = answer(invitation, "DECLINED", comment="Ill", sender="ana.private@demo.example")
    key = str(reply.pk)
    reply.delete()
    entries = LogEntry.objects.filter(content_type__model="reply", object_pk=key)
    assert entries.count() >= 2
    assert not [
        entry for entry in entries if "ana.private" in f"{entry.object_repr}{entry.changes}" or "Ill" in str(entry.changes)
    ]


def test_one_that_fails_keeps_no_other_back(training, invitation, ben, monkeypatch):
    other = invited(training, ben)
    first, second = answer(invitation, "DECLINED"), answer(other, "DECLINED", number=2)
    true = actions.give_back

    def fail_for_the_first(*, reply_id):
        if reply_id == first.pk:
            raise ZeroDivisionError
        true(reply_id=reply_id)

    monkeypatch.setattr(actions, "give_back", fail_for_the_first)
    with after(minutes=31):
        actions.give_back_due()
    assert [outcome(one)[0] for one in (first, second)] == ["due", "given-back"]
