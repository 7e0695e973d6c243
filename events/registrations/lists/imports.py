"""The verbs of an import: read a list and show what is in it, confirm it, carry it out, forget it.

Reading writes nothing but the import's own row. A confirmed one is carried out by the worker, batch by batch: each batch, its
results and how far it came are one transaction, so a worker that dies loses nothing and repeats nothing.
"""

import logging
from collections.abc import Collection
from datetime import timedelta
from typing import IO, TypedDict

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.programme.models import Event
from events.registrations.asking.facts import questions_of
from events.registrations.eligibility import closed
from events.registrations.errors import RegistrationClosed
from events.registrations.lists.colleagues import GroupResult, RowResult, register_colleagues
from events.registrations.lists.import_answers import Questionnaire
from events.registrations.lists.import_rows import ANSWER, Row, colleague_of, read_rows
from events.registrations.models import Question, RegistrationImport
from events.registrations.places import takes_place
from network.errors import Invalid, NotAllowed, Problem, WrongState
from network.models import Person
from network.rules import may, require
from network.sheet_files import read

logger = logging.getLogger(__name__)

MOST_ROWS = 10_000
BATCH = 200
#: A run of which nothing was heard for so long has lost its worker.
SILENCE = timedelta(minutes=2)
#: How long the people in a list are kept that was not confirmed, and in one that was carried out.
PREVIEW_LIFE, RESULT_LIFE = timedelta(days=1), timedelta(days=30)

State, Mode = RegistrationImport.State, RegistrationImport.Mode


class Result(TypedDict):
    """What became of a row: the state of its registration (empty: there is none), whether it is new, and why not."""

    state: str
    is_new: bool
    why: str


def read_list(*, event: Event, file: IO[bytes], filename: str, size: int, by: Person) -> RegistrationImport:
    """Read a CSV file or XLSX workbook and keep what is in it, and what is wrong with it, as a preview.

    It takes the place of the person's other previews at this event. Raises NotAllowed, RegistrationClosed (the event does not
    take place), Invalid at ``file``: it cannot be read, is too large, or its headings do not say who is meant.
    """
    _require_open(event, by)
    sheet = read(file, size=size, most_rows=MOST_ROWS)
    columns, rows = read_rows(event, sheet)
    name = f"{filename[-100:]} ({sheet.sheet[:40]})" if sheet.sheet else filename[-100:]
    states = [row["state"] for row in rows]
    with transaction.atomic():
        RegistrationImport.objects.filter(event=event, person=by, state=State.PREVIEW).delete()
        return RegistrationImport.objects.create(
            event=event,
            person=by,
            filename="".join(letter for letter in name if letter.isprintable()),
            columns=columns,
            rows=rows,
            total=len(rows),
            faulty=states.count("faulty"),
            good=states.count("good"),
        )


def confirm(
    *,
    registration_import: RegistrationImport,
    by: Person,
    mode: str = Mode.FIT,
    sessions: Collection[int] = (),
    without_faulty: bool = False,
) -> RegistrationImport:
    """Have the worker register the people in the good rows. Confirming what runs or is done changes nothing.

    One that failed goes on where it stopped. Raises NotAllowed, RegistrationClosed, Invalid: no row is good, or some are faulty
    and it was not said to go ahead without them (``without_faulty``).
    """
    from events.registrations.lists import import_tasks  # noqa: PLC0415 - the task calls these actions

    _require_open(registration_import.event, by)
    with transaction.atomic():
        run = RegistrationImport.objects.select_for_update().defer("rows", "results").get(pk=registration_import.pk)
        if run.state not in {State.PREVIEW, State.FAILED}:
            return run
        if not run.good:
            raise Invalid({"": [_("There is nobody in this list to import.")]})
        if run.faulty and not without_faulty:
            raise Invalid(
                {"without_faulty": [_("Say that the faulty rows are to be left out, or mend them and upload the list again.")]}
            )
        if mode not in Mode.values:
            raise Invalid({"mode": [_("Use one of: {modes}.").format(modes=", ".join(Mode.values))]})
        if not run.done:
            run.results, run.mode, run.sessions = [], mode, sorted(sessions)
        run.person, run.state, run.problem = by, State.RUNNING, ""
        run.confirmed_at, run.beat_at, run.ended_at = timezone.now(), None, None
        run.save()
        import_tasks.carry_out_import.enqueue(run.pk)
    return run


def discard(*, registration_import: RegistrationImport, by: Person) -> None:
    """Delete a list with all that was read. Raises NotAllowed, WrongState (it is being imported)."""
    require(by, "events.manage_registrations", registration_import.event)
    with transaction.atomic():
        found = RegistrationImport.objects.select_for_update().defer("rows", "results").filter(pk=registration_import.pk)
        for one in found:
            if one.state == State.RUNNING:
                raise WrongState(_("This list is being imported. Wait until that is done."))
            one.delete()


def _require_open(event: Event, by: Person) -> None:
    require(by, "events.manage_registrations", event)
    if not takes_place(event):
        raise closed(event, at_any_time=True) or RegistrationClosed


# --- The worker's part -----------------------------------------------------------------------------------------------


def carry_out(key: int) -> None:
    """Register the people of a confirmed list, and note row by row what became of them. Called again, it goes on."""
    run = RegistrationImport.objects.select_related("event", "person").filter(pk=key, state=State.RUNNING).first()
    if run is None:
        return
    good = [row for row in run.rows if row["state"] == "good"]
    questionnaire = Questionnaire(questions_of(run.event))
    size = len(good) if run.mode == Mode.ALL else BATCH
    with translation.override(run.person.language):
        try:
            while _next(key, good, size, questionnaire):
                pass
        except (OperationalError, InterfaceError):
            raise  # the database is away: the run stays open, and ``resume`` finds it
        except Exception as error:
            if not isinstance(error, Problem):
                logger.exception("The import %d stopped.", key)
            why = str(error.message) if isinstance(error, Problem) else _("Something went wrong on our side. Try again.")
            stopped = {"state": State.FAILED, "problem": why[:500], "ended_at": timezone.now()}
            RegistrationImport.objects.filter(pk=key, state=State.RUNNING).update(**stopped)


def _next(key: int, good: list[Row], size: int, questionnaire: Questionnaire) -> bool:
    """One batch. Its row is locked: of two workers who are at it one waits, or leaves. Returns whether there is more to do."""
    with transaction.atomic():
        locked = RegistrationImport.objects.select_for_update(skip_locked=True).defer("rows")
        run = locked.filter(pk=key, state=State.RUNNING).first()
        if run is None:
            return False
        event, by = Event.objects.get(pk=run.event_id), Person.objects.get(pk=run.person_id)
        if not may(by, "events.manage_registrations", event):
            raise NotAllowed(_("Whoever confirmed this list may no longer register people at this event."))
        batch = good[run.done : run.done + size]
        colleagues = [colleague_of(row, questionnaire, run.sessions) for row in batch]
        result = register_colleagues(event=event, rows=colleagues, by=by, mode=run.mode)
        run.results = [*run.results, *(_result(row) for row in result.rows)]
        run.beat_at = timezone.now()
        if result.written:
            run.done += len(batch)
        if not result.written or run.done >= len(good):
            run.state, run.ended_at = (State.DONE if result.written else State.FAILED), run.beat_at
            run.problem = "" if result.written else _why_nobody(result)
        run.save(update_fields=["results", "beat_at", "done", "state", "ended_at", "problem"])
        if run.state == State.DONE:
            _forget_special(run, but_of={"faulty"})
        return run.state == State.RUNNING


def _forget_special(run: RegistrationImport, *, but_of: Collection[str] = ()) -> None:
    """Forget what the list says about health, diet and belief: it is kept as answers, which delete themselves."""
    asked = Question.objects.filter(event=run.event_id, is_special=True).values_list("key", flat=True)
    special = {f"{ANSWER}{key}" for key in asked}
    if not any(special & row["said"].keys() for row in run.rows if row["state"] not in but_of):
        return
    for row in run.rows:
        if row["state"] not in but_of:
            row["said"] = {name: text for name, text in row["said"].items() if name not in special}
    run.save(update_fields=["rows"])


def _result(row: RowResult) -> Result:
    return {
        "state": row.registration.state if row.registration is not None else "",
        "is_new": row.is_new,
        "why": in_words(row.problem),
    }


def in_words(problem: Problem | None) -> str:
    """What is wrong, in one line."""
    if isinstance(problem, Invalid):
        return " ".join(str(message) for messages in problem.errors.values() for message in messages)
    return str(problem.message) if problem is not None else ""


def _why_nobody(result: GroupResult) -> str:
    number = sum(row.problem is not None for row in result.rows)
    return ngettext(
        "Nobody was registered: it was to be all or nobody, and %(n)d person could not be.",
        "Nobody was registered: it was to be all or nobody, and %(n)d people could not be.",
        number,
    ) % {"n": number}


# --- What the clock brings -------------------------------------------------------------------------------------------


def is_silent(run: RegistrationImport) -> bool:
    """Whether nothing was heard of a run for so long that its worker must have died."""
    heard = run.beat_at or run.confirmed_at or run.created_at
    return run.state == State.RUNNING and heard < timezone.now() - SILENCE


def resume() -> int:
    """Have runs go on whose workers died. Returns how many."""
    from events.registrations.lists import import_tasks  # noqa: PLC0415 - the task calls these actions

    resumed = 0
    for run in RegistrationImport.objects.filter(state=State.RUNNING).defer("rows", "results"):
        if is_silent(run):
            with transaction.atomic():
                RegistrationImport.objects.filter(pk=run.pk).update(beat_at=timezone.now())
                import_tasks.carry_out_import.enqueue(run.pk)
            resumed += 1
    return resumed


def forget() -> int:
    """Delete previews of yesterday, and a month after the end lists that failed and the people in those that did not.

    What lists say about health, diet and belief goes after a day, with those that failed. Returns how many lists.
    """
    now = timezone.now()
    with_special = Question.objects.filter(is_special=True).values("event")
    for run in RegistrationImport.objects.filter(event__in=with_special, ended_at__lt=now - PREVIEW_LIFE).exclude(rows=[]):
        if run.state == State.DONE:
            _forget_special(run)
        elif run.state == State.FAILED:
            run.delete()
    useless = Q(state=State.PREVIEW, created_at__lt=now - PREVIEW_LIFE) | Q(state=State.FAILED, ended_at__lt=now - RESULT_LIFE)
    deleted, _kinds = RegistrationImport.objects.filter(useless).delete()
    old = RegistrationImport.objects.filter(state=State.DONE, ended_at__lt=now - RESULT_LIFE)
    return deleted + old.exclude(rows=[]).update(rows=[], results=[])
