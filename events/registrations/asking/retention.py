"""Answers that delete themselves: those of special categories on their day or once their purpose is gone, files never sent."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from events.programme.models import Event
from events.registrations.models import AnswerFile, Registration, SpecialAnswer
from network.chores import Chore, chores
from network.journal import Note, write

#: How many are deleted in one transaction.
BATCH = 500
#: How long a file waits for the form that it belongs to.
UNSENT = timedelta(days=1)
#: An event that is postponed has no end yet; its answers wait for the new one, but not for ever.
LONGEST_WAIT = timedelta(days=365)

State = Registration.State
#: States in which a special answer has no purpose any more.
ENDED = frozenset({State.DECLINED, State.CANCELLED, State.EXPIRED})


def deletion_day(event: Event) -> date:
    """The last day on which special answers of an event are there."""
    return event.last_day + timedelta(days=event.special_answers_days)


def follow_the_end(event: Event) -> None:
    """Let the special answers go when the event's end, or the days after it, say so now."""
    day = deletion_day(event)
    SpecialAnswer.objects.filter(registration__event=event).exclude(delete_after=day).update(delete_after=day)


def forget_special(registrations: Iterable[Registration]) -> int:
    """Delete the special answers of these registrations: nobody needs them any more. Returns how many there were."""
    return _delete(SpecialAnswer.objects.filter(registration__in=[row.pk for row in registrations]), "Not needed any more")


def forget_special_of(event: Event) -> int:
    """The same for an event that does not take place."""
    return _delete(SpecialAnswer.objects.filter(registration__event=event), "The event does not take place")


def delete_due(today: date | None = None) -> int:
    """Chore: delete the special answers whose day has passed, some hundreds at once. Returns how many."""
    today = today or timezone.localdate()
    past = Q(delete_after__lt=today)
    waiting = Q(registration__event__state=Event.State.POSTPONED, delete_after__gte=today - LONGEST_WAIT)
    with transaction.atomic():
        keys = SpecialAnswer.objects.filter(past).exclude(waiting).order_by("pk").values_list("pk", flat=True)[:BATCH]
        return _delete(SpecialAnswer.objects.filter(pk__in=list(keys)), "Their time is over")


def delete_unsent_files() -> int:
    """Chore: delete files that were uploaded for a form that never came. Returns how many."""
    unsent = AnswerFile.objects.filter(registration=None, created_at__lt=timezone.now() - UNSENT)
    _total, counts = AnswerFile.objects.filter(pk__in=list(unsent.values_list("pk", flat=True)[:BATCH])).delete()
    return counts.get(AnswerFile._meta.label, 0)  # noqa: SLF001 - Django's documented API


def _delete(answers: QuerySet[SpecialAnswer], reason: str) -> int:
    """Delete answers and their files. The journal says that they are gone, and not what they were."""
    gone = list(answers.order_by("pk").values_list("pk", "registration", "question", "question__key", "question__kind"))
    if not gone:
        return 0
    SpecialAnswer.objects.filter(pk__in=[row[0] for row in gone]).delete()
    if files := [row for row in gone if row[4] == "file"]:
        ofthese = Q(registration__in={row[1] for row in files}, question__in={row[2] for row in files})
        pairs = {(row[1], row[2]) for row in files}
        found = [file.pk for file in AnswerFile.objects.filter(ofthese) if (file.registration_id, file.question_id) in pairs]
        AnswerFile.objects.filter(pk__in=found).delete()
    keys: dict[int, list[str]] = {}
    for _pk, registration, _question, key, _kind in gone:
        keys.setdefault(registration, []).append(key)
    rows = Registration.objects.filter(pk__in=keys).select_related("event", "person").order_by("pk")
    write(_note(row, keys[row.pk], reason) for row in rows)
    return len(gone)


def _note(registration: Registration, keys: Sequence[str], reason: str) -> Note:
    changes: dict[str, tuple[str | None, str | None]] = {f"answer {key}": ("answered", None) for key in keys}
    return Note(registration, changes, reason=reason)


chores.append(Chore("special answers whose time is over", seconds=600, run=delete_due))
chores.append(Chore("files that were never sent", seconds=3600, run=delete_unsent_files))
