"""The registrations as tables: everybody who asked for a place, and every change of a registration's state."""

from collections.abc import Iterator, Sequence

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from events.attendance.evidence.parts import Column, Grid
from events.attendance.evidence.tables.wording import (
    actor_of,
    after_column,
    at,
    by_name,
    journal_columns,
    local,
    named,
    organisation_kind,
    registration_column,
    who,
    who_columns,
    yes_or_no,
)
from events.programme.models import Event, Session
from events.registrations.models import Registration
from network.sheets import Cell

State = Registration.State


def registrations_table(event: Event, everybody: Sequence[Registration], sessions: Sequence[Session]) -> Grid:
    """Everybody who asked for a place, in whatever state, by name. ``everybody`` bring their choices."""
    columns = [
        *who_columns(),
        Column("organisation_kind", _("Type of organisation"), _("The type of their organisation when they registered.")),
        Column("state", _("State"), _("What became of the registration.")),
        Column(
            "reason",
            _("Reason"),
            _("Why the organiser declined it. Why somebody cancelled is not in this pack: it may be about health."),
        ),
        Column("chosen", _("Chosen sessions"), _("The numbers of the sessions that they chose, of those one chooses.")),
        Column("asked_at", at(event, _("Asked at")), _("When the registration was made.")),
        Column("changed_at", at(event, _("Last change at")), _("When its state last changed.")),
        Column("registered_by", _("Registered by"), _("Who registered them, if somebody else did.")),
        Column("takes_over", _("Takes over from"), _("The colleague whose place they took over.")),
    ]
    numbers = {session.pk: number for number, session in enumerate(sessions, start=1)}
    rows: list[list[Cell]] = [
        [
            *who(one),
            organisation_kind(one),
            one.get_state_display(),
            # Why somebody is refused is the organiser’s word; why somebody cannot come may be about health.
            one.reason if one.state == State.DECLINED else "",
            ", ".join(str(number) for number in sorted(numbers[key] for key in one.chosen if key in numbers)),
            local(event, one.created_at),
            local(event, one.changed_at),
            named(one.registered_by),
            named(one.takes_over.person) if one.takes_over else "",
        ]
        for one in sorted(everybody, key=by_name)
    ]
    return Grid(columns, rows)


def changes_table(event: Event, everybody: Sequence[Registration]) -> Grid:
    """Every change of a registration's state, oldest first."""
    columns = [
        *journal_columns(event),
        registration_column(),
        Column("name", _("Name"), _("Whose registration it is.")),
        Column("before", _("Before"), _("The state before; empty: there was no registration.")),
        Column("after_it", _("After"), _("The state afterwards.")),
        after_column(),
    ]
    return Grid(columns, [*_change_rows(event, everybody)])


def _change_rows(event: Event, everybody: Sequence[Registration]) -> Iterator[list[Cell]]:
    states = {value: str(label) for value, label in State.choices}
    names = {one.pk: one.person.name for one in everybody}
    keys = Registration.objects.filter(event=event).order_by().values("pk")
    found = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Registration), object_id__in=keys)
    for entry in found.select_related("actor").order_by("timestamp", "pk"):
        change = (entry.changes or {}).get("state")
        if not isinstance(change, list) or len(change) != 2:
            continue
        before, after = (states.get(str(value), "") for value in change)
        yield [
            local(event, entry.timestamp),
            actor_of(entry),
            entry.object_id,
            names.get(entry.object_id, ""),
            before,
            after,
            yes_or_no(entry.timestamp > event.ends_at),
        ]
