"""Mails that ask for the evaluation: one when it opens, and one shortly before it closes. The worker's chores.

Everybody who was there gets both rows in the table of messages, whether they have answered or not; whether the mail is still
needed is decided when it leaves, and the table does not keep what came of that (``kinds.DISCREET``). So neither a row, nor its
absence, nor its state tells who has filled in the evaluation.

Each is told once, by its ``cause``: to a registration, whatever becomes of the times of event and evaluation.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from events.attendance.evaluation import queries
from events.attendance.hours import in_words
from events.attendance.models import AttendanceTerms, Evaluation
from events.attendance.terms import handing_in
from events.attendance.terms.explaining import explain
from events.certificates.models import Certificate
from events.mail.models import Message
from events.mail.notices import Notice, queue_all
from events.programme.models import Event
from events.programme.wording import moment_and_zone
from events.registrations.links import self_service_url
from events.registrations.models import Registration
from network.chores import Chore, chores

ASKED, REMINDER = KINDS = ("evaluation-asked", "evaluation-reminder")

#: The last part of an evaluation's time, and at most this long before its end.
LAST_PART = 4
CLOSES_SOON = timedelta(days=3)
SETTLES = timedelta(days=1)  # who has just been asked is left alone

#: How many people one transaction asks.
CHUNK = 500


def ask_for_evaluations() -> int:
    """Queue the mails of evaluations that are open. Returns how many."""
    found = queries.open_now()
    return _queue(queries.to_be_asked(found).filter(~Exists(_told(ASKED))), ASKED) if found else 0


def remind_of_evaluations() -> int:
    """Queue the reminders of evaluations that close soon, for who was asked a day ago or earlier. Returns how many."""
    now = timezone.now()
    found = [evaluation for evaluation in queries.open_now() if _moment_to_remind(evaluation) <= now]
    asked = _told(ASKED).filter(created_at__lte=now - SETTLES)
    due = queries.to_be_asked(found).filter(Exists(asked), ~Exists(_told(REMINDER)))
    return _queue(due, REMINDER) if found else 0


def is_true(registration: Registration) -> bool:
    """Whether there is still something to ask for: see ``letters.is_true``."""
    evaluation = queries.evaluation_of(registration.event)
    if evaluation is None or registration.pk not in queries.to_answer([registration]):
        return False
    return queries.to_be_asked([evaluation]).filter(pk=registration.pk).exists()


def context_of(registration: Registration) -> dict[str, Any]:
    """What the templates about an evaluation may say besides, in the active language."""
    event, own_page = registration.event, self_service_url(registration)
    evaluation = queries.evaluation_of(event)
    terms = AttendanceTerms.objects.filter(event=event).first()
    needs_evaluation, needs_report = (terms.needs_evaluation, terms.needs_report) if terms else (False, False)
    is_certified = Certificate.objects.filter(registration=registration, revoked_at=None).exists()
    report_waits = needs_report and not hasattr(registration, "report") and not handing_in.closed(registration)
    return {
        "confirmed": False,  # nobody needs the link to join any more
        "is_over": event.ends_at <= timezone.now(),
        "closes": moment_and_zone(queries.closes_at(evaluation), registration.person.timezone) if evaluation else "",
        "least": queries.LEAST,
        "needs_evaluation": needs_evaluation,
        "needs_report": needs_report,
        "is_certified": is_certified,
        "missing": _missing(registration, event) if (needs_evaluation or needs_report) and not is_certified else [],
        "evaluation_link": f"{own_page}evaluation/",
        "report_link": f"{own_page}report/" if report_waits else "",
    }


def _missing(registration: Registration, event: Event) -> list[str]:
    """What the certificate still needs, as sentences. Hours only once they are known."""
    explanation = explain(registration)
    return [in_words(one, explanation.attendance, event) for one in explanation.surely_missing]


def _moment_to_remind(evaluation: Evaluation) -> datetime:
    opens_at, closes_at = queries.opens_at(evaluation), queries.closes_at(evaluation)
    return closes_at - min((closes_at - opens_at) / LAST_PART, CLOSES_SOON)


def _cause(kind: str, registration: Registration) -> str:
    return f"registration:{registration.pk}:{kind}"


def _told(kind: str) -> QuerySet[Message]:
    """The message of this kind to the registration of the outer query: ``_cause`` as SQL."""
    key = Cast(OuterRef("pk"), CharField())
    return Message.objects.filter(cause=Concat(Value("registration:"), key, Value(f":{kind}")))


def _notices(kind: str, registrations: Iterable[Registration]) -> Iterable[Notice]:
    for one in registrations:
        yield Notice(kind, one.person, {"registration": one.pk}, _cause(kind, one))


def _queue(due: QuerySet[Registration], kind: str) -> int:
    """In chunks, each a transaction of two statements. Two workers at once write the same causes, of which one counts.

    Who is due is read at once: for the first few by their key, a database looks through all registrations that there are.
    """
    keys = sorted(due.order_by().values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        with transaction.atomic():
            chunk = Registration.objects.filter(pk__in=keys[start : start + CHUNK]).select_related("person").order_by("pk")
            queue_all(_notices(kind, chunk))
    return len(keys)


chores.append(Chore("mails that ask for evaluations", 60.0, ask_for_evaluations))
chores.append(Chore("reminders of evaluations", 60.0, remind_of_evaluations))
