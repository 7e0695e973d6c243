"""Several processes at the same mailbox, and people who change their mind while a place is given back."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from events.calendars.models import Reply
from events.calendars.replies import actions, receiving
from events.calendars.replies.receiving import Outcome
from events.mail.models import Message
from events.registrations import actions as registrations
from events.registrations.models import Registration
from network.errors import Problem
from tests import factories
from tests.events.calendars import reply_samples as samples
from tests.events.calendars.replying import answer, answer_of, invited, replies_come_here, state
from tests.events.registrations import laws
from tests.events.registrations.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["replies_come_here"]


def test_the_same_mail_in_four_processes_is_one_answer(training, ana):
    invitation = invited(training, ana)
    mail, outcomes = samples.gmail(samples.reply_to(invitation, answer="DECLINED")), []
    together(*[lambda: outcomes.append(receiving.receive(mail))] * 4)
    assert outcomes == [Outcome.TAKEN] * 4
    assert list(Reply.objects.values_list("state", "answer")) == [("due", "DECLINED")]
    assert Message.objects.filter(kind="reply-declined").count() == 1


def test_a_true_mail_takes_the_place_of_a_forged_one_once_in_four_processes(training, ana):
    invitation = invited(training, ana)
    facts = samples.reply_to(invitation, answer="DECLINED")
    receiving.receive(samples.gmail(samples.replace(facts, results=None)))
    reply, outcomes = Reply.objects.get(), []

    def confirm():
        with suppress(Problem, Reply.DoesNotExist):
            actions.confirm(reply=reply, by=ana)

    together(*[lambda: outcomes.append(receiving.receive(samples.gmail(facts)))] * 3, confirm)
    assert outcomes == [Outcome.TAKEN] * 3
    assert list(Reply.objects.values_list("state", "answer")) == [("due", "DECLINED")]
    assert Message.objects.filter(kind="reply-declined").count() == 1


def test_answers_that_come_at_once_leave_the_newest(training, ana):
    invitation = invited(training, ana)
    now = timezone.now()

    def one(number):
        facts = samples.reply_to(
            invitation,
            answer=("ACCEPTED", "DECLINED")[number % 2],
            message_id=f"<{number}@demo.example>",
            stamp=now - timedelta(seconds=number),
        )
        return lambda: receiving.receive(samples.plain(facts))

    together(*[one(number) for number in range(6)])
    assert answer_of(invitation) == "ACCEPTED"  # number 0
    assert Reply.objects.filter(state="due").count() == 0
    assert state(invitation.registration) == "confirmed"


def test_a_place_is_given_back_once_by_any_number_of_workers(training, ana, ben):
    training.places = 1
    training.save()
    invitation = invited(training, ana)
    people = [ben, *factories.PersonFactory.create_batch(2)]
    others = [registrations.register(event=training, person=person, by=person) for person in people]
    reply = answer(invitation, "DECLINED")
    Reply.objects.filter(pk=reply.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    together(*[actions.give_back_due] * 4)
    reply.refresh_from_db()
    assert reply.state == "given-back"
    assert [state(one) for one in others] == ["confirmed", "waiting", "waiting"]
    laws.check(training.pk)


def test_who_undoes_while_the_place_is_given_back_has_it_or_has_it_not(training, ana):
    for round_ in range(4):
        person = factories.PersonFactory()
        invitation = invited(training, person)
        reply = answer(invitation, "DECLINED", number=round_)
        Reply.objects.filter(pk=reply.pk).update(due_at=timezone.now() - timedelta(seconds=1))

        def undo(reply=reply, person=person):
            with suppress(Problem):
                actions.undo(reply=reply, by=person)

        together(undo, actions.give_back_due)
        reply.refresh_from_db()
        ends = {"undone": "confirmed", "given-back": "cancelled"}
        assert state(invitation.registration) == ends[reply.state]
    assert Registration.objects.filter(event=training).count() == 4
