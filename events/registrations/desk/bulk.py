"""What the organiser does with many rows at once: ticked ones, or all that a filter finds.

A row that has changed since the page was made is left alone, and the answer says what it is now. What cannot be done for one
does not keep back the others.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, ngettext

from events.programme.models import Event
from events.registrations import actions, decisions
from events.registrations.desk.forms import FilterForm
from events.registrations.desk.listing import chosen
from events.registrations.models import Registration
from events.registrations.states import MOVES
from network.errors import Invalid, Refused
from network.models import Person

State = Registration.State

#: So many at once, each under the lock of the event. Who has more presses again.
MOST_AT_ONCE = 500
NAMES_SHOWN = 5
UNDO = "registrations_undo"

#: What can be done with which registrations.
APPLICABLE: dict[str, frozenset[str]] = {
    "approve": frozenset({State.PENDING}),
    "decline": frozenset(state for state in Registration.LIVE if State.DECLINED in MOVES[state]),
    "cancel": frozenset(Registration.LIVE),
    "first": frozenset({State.WAITING}),
}


def require_known(do: str) -> None:
    """Raise Invalid unless a button said what to do: the key Enter in a field says nothing."""
    if do not in APPLICABLE:
        raise Invalid({"": [gettext("Choose what to do with them: press one of the buttons.")]})


@dataclass
class Ticked:
    """The rows that are meant: those that can be acted upon, those that have changed meanwhile, and how many were too many."""

    rows: list[Registration] = field(default_factory=list)
    changed: list[Registration] = field(default_factory=list)
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.rows or self.changed)


def ticked(request: HttpRequest, event: Event, do: str) -> Ticked:
    """The rows that a form of the list means.

    ``registrations`` has the ticked ones as ``12:pending``: key, and state as it was shown. ``one`` is a row's own button
    (``approve:12:pending``). With ``all``, everybody whom the filter in the address finds and ``do`` fits, as of ``seen``.
    """
    if request.POST.get("all") and not request.POST.get("one"):
        return _known(_everybody(request, event, do), event)
    return _known(ticked_among(request, Registration.objects.filter(event=event)), event)


def ticked_among(request: HttpRequest, registrations: QuerySet[Registration]) -> Ticked:
    """The ticked ones of these registrations."""
    shown = dict(_shown(request))
    result = Ticked()
    for row in registrations.filter(pk__in=shown).select_related("person__organisation").order_by("created_at", "pk"):
        (result.changed if shown[row.pk] not in {"", row.state} else result.rows).append(row)
    result.more = max(len(result.rows) - MOST_AT_ONCE, 0)
    del result.rows[MOST_AT_ONCE:]
    return result


def _everybody(request: HttpRequest, event: Event, do: str) -> Ticked:
    found = Registration.objects.filter(event=event, pk__in=chosen(event, FilterForm(request.GET)).order_by().values("pk"))
    found = found.select_related("person__organisation").order_by("created_at", "pk")
    fitting = found.filter(state__in=APPLICABLE.get(do, ()))
    seen = moment(request.POST.get("seen", ""))
    changed = fitting.filter(changed_at__gt=seen) if seen else fitting.none()
    old = fitting.exclude(changed_at__gt=seen) if seen else fitting
    result = Ticked(list(old[:MOST_AT_ONCE]), list(changed[:MOST_AT_ONCE]))
    result.more = max(old.count() - MOST_AT_ONCE, 0)
    return result


def _known(result: Ticked, event: Event) -> Ticked:
    """Each row knows its event, which the rules ask."""
    for row in (*result.rows, *result.changed):
        row.event = event
    return result


def moment(text: str) -> datetime | None:
    """The instant that a page names in its address or form; None for what is none, or on no clock in UTC."""
    try:
        found = parse_datetime(text)
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _shown(request: HttpRequest) -> Iterable[tuple[int, str]]:
    """Key and state of each row that was sent."""
    one = request.POST.get("one", "")
    sent = [one.partition(":")[2]] if one else request.POST.getlist("registrations")
    for text in sent:
        key, _colon, state = text.partition(":")
        if key.isdecimal() and len(key) < 19:
            yield int(key), state


@dataclass
class Report:
    """What became of many rows. ``done`` are as they are now; of the others it is known why not."""

    done: list[Registration] = field(default_factory=list)
    refused: list[tuple[Registration, str]] = field(default_factory=list)
    more: int = 0

    def tell(self, request: HttpRequest, said: str, *, care: bool = False) -> None:
        """Say what was done (``said``) and, by reason, for whom it was not."""
        if self.done:
            (messages.warning if care else messages.success)(request, said)
        if self.more:
            text = ngettext(
                "%(n)d more was left for another time: press again.",
                "%(n)d more were left for another time: press again.",
                self.more,
            )
            messages.warning(request, text % {"n": self.more})
        if not self.refused:
            return
        whys: dict[str, list[str]] = defaultdict(list)
        for row, why in self.refused:
            whys[why].append(str(row.person))
        if len(self.refused) > 1:
            text = ngettext("%(n)d could not be done.", "%(n)d could not be done.", len(self.refused))
            messages.error(request, text % {"n": len(self.refused)})
        for why, names in whys.items():
            shown = ", ".join(names[:NAMES_SHOWN])
            if len(names) > NAMES_SHOWN:
                shown = gettext("%(names)s and %(n)d more") % {"names": shown, "n": len(names) - NAMES_SHOWN}
            messages.error(request, f"{shown}: {why}")


def do_all(those: Ticked, act: Callable[[Registration], Registration]) -> Report:
    """Do it for each. Raises NotAllowed and Invalid, which concern all."""
    report = Report(more=those.more)
    for outcome in decisions.decide_all(those.rows, act):
        if outcome.refusal is None:
            report.done.append(outcome.registration)
        else:
            report.refused.append((outcome.registration, str(outcome.refusal.message)))
    for row in those.changed:
        text = gettext("this changed since you opened the list and is now “%(state)s”. It was left as it is.")
        report.refused.append((row, text % {"state": row.get_state_display()}))
    return report


def approve(request: HttpRequest, those: Ticked, by: Person) -> None:
    """Approve, and say who has a place and who waits."""
    pending = Ticked([row for row in those.rows if row.state == State.PENDING], those.changed, those.more)
    report = do_all(pending, lambda row: decisions.approve(registration=row, by=by))
    text = gettext("this is “%(state)s”. Only what waits for approval can be approved.")
    report.refused += [(row, text % {"state": row.get_state_display()}) for row in those.rows if row.state != State.PENDING]
    states = [row.state for row in report.done]
    confirmed, waiting = states.count(State.CONFIRMED), len(states) - states.count(State.CONFIRMED)
    parts = []
    if confirmed:
        parts.append(ngettext("%(n)d has a place", "%(n)d have a place", confirmed) % {"n": confirmed})
    if waiting:
        parts.append(ngettext("%(n)d waits for one", "%(n)d wait for one", waiting) % {"n": waiting})
    said = ngettext("%(n)d approved: %(parts)s. They are told.", "%(n)d approved: %(parts)s. They are told.", len(states))
    report.tell(request, said % {"n": len(states), "parts": ", ".join(parts)}, care=bool(waiting))


def decline(request: HttpRequest, those: Ticked, by: Person, reason: str, *, can_undo: bool = True) -> None:
    """Decline with a reason, and offer to take it back. Raises Invalid (the reason)."""
    before = {row.pk: row.state for row in those.rows}
    report = do_all(those, lambda row: decisions.decline(registration=row, by=by, reason=reason))
    text = ngettext("%(n)d person is declined and told why.", "%(n)d people are declined and told why.", len(report.done))
    report.tell(request, text % {"n": len(report.done)})
    if can_undo:
        _remember(request, "restore", report.done, before)


def cancel(request: HttpRequest, those: Ticked, by: Person, reason: str) -> None:
    """Take people off the list, and offer to take it back. Raises Invalid (the reason)."""
    before = {row.pk: row.state for row in those.rows}
    report = do_all(those, lambda row: actions.cancel(registration=row, by=by, reason=reason))
    text = ngettext(
        "%(n)d person is off the list and is told so.", "%(n)d people are off the list and are told so.", len(report.done)
    )
    report.tell(request, text % {"n": len(report.done)})
    _remember(request, "restore", report.done, before)


def put_first(request: HttpRequest, those: Ticked, by: Person, reason: str) -> None:
    """Give the first turns of the waiting list to these, in the order they have. Raises Invalid (the reason)."""
    waiting = sorted((row for row in those.rows if row.queued_at), key=lambda row: (row.queued_at, row.pk))
    turns = {row.pk: turn for turn, row in enumerate(waiting, start=1)}
    others = [row for row in those.rows if row.pk not in turns]
    report = do_all(
        Ticked([*waiting, *others], those.changed, those.more),
        lambda row: decisions.put_at(registration=row, turn=turns.get(row.pk, 1), by=by, reason=reason),
    )
    text = ngettext(
        "%(n)d person is first on the waiting list.", "%(n)d people are first on the waiting list.", len(report.done)
    )
    report.tell(request, text % {"n": len(report.done)})


# --- Taking it back ------------------------------------------------------------------------------------------------


def _remember(request: HttpRequest, kind: str, done: Sequence[Registration], before: dict[int, str]) -> None:
    """Keep for the next page what can be taken back."""
    if done:
        request.session[UNDO] = {
            "event": done[0].event_id,
            "kind": kind,
            "rows": [f"{row.pk}:{before[row.pk]}" for row in done],
        }


def remember_turn(request: HttpRequest, registration: Registration, before: int, after: int) -> None:
    """Keep for the next page which turn somebody had."""
    request.session[UNDO] = {
        "event": registration.event_id,
        "kind": "turn",
        "rows": [f"{registration.pk}:{before}"],
        "person": str(registration.person),
        "after": after,
    }


def undoable(request: HttpRequest, event: Event) -> dict[str, Any] | None:
    """What was just done at this event and can be taken back. It is offered once."""
    kept = request.session.get(UNDO)
    if not kept or kept.get("event") != event.pk:
        return None
    del request.session[UNDO]
    return {**kept, "count": len(kept["rows"])}


def undo(request: HttpRequest, event: Event, by: Person) -> None:
    """Take back what the form says: give somebody their turn again, or put people back on the list."""
    before = dict(_shown(request))
    rows = {
        row.pk: row for row in Registration.objects.filter(event=event, pk__in=before).select_related("person__organisation")
    }
    those = _known(Ticked([rows[key] for key in before if key in rows][:MOST_AT_ONCE]), event)
    if not those:
        return
    if request.POST.get("kind") == "turn":
        (row, *_others) = those.rows
        turn = int(before[row.pk]) if before[row.pk].isdecimal() and len(before[row.pk]) < 10 else 1
        report = do_all(
            Ticked([row]), lambda one: decisions.put_at(registration=one, turn=turn, by=by, reason=gettext("Taken back"))
        )
        report.tell(request, gettext("%(person)s has the former turn again: no. %(n)d.") % {"person": row.person, "n": turn})
        return
    report = do_all(those, lambda row: _put_back(row, before[row.pk], by))
    states = [row.state for row in report.done]
    counted = [(State(state).label, states.count(state)) for state in dict.fromkeys(states)]
    parts = ", ".join(f"{count} “{name}”" for name, count in counted)
    said = ngettext(
        "%(n)d person is on the list again: %(parts)s.", "%(n)d people are on the list again: %(parts)s.", len(states)
    )
    report.tell(request, said % {"n": len(states), "parts": parts}, care=State.WAITING in states)


def _put_back(row: Registration, before: str, by: Person) -> Registration:
    try:
        return decisions.put_back(registration=row, before=before, by=by)
    except Invalid as error:  # for example, a session that is not there any more
        raise Refused("; ".join(str(message) for found in error.errors.values() for message in found)) from error
