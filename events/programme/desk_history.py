"""An event's history, read from the journal: when, who, what, before and after, why."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from auditlog.models import LogEntry
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext

from events.programme.desk import desk_event, desk_page, page_of
from events.programme.models import Event, EventCompetence, Session, Speaker
from network.fields import CodesField
from network.vocabulary import zone_named

#: Tables that belong to an event, and the path from their rows to it. Those of the floors above are named, not imported.
FOLLOWED = {
    "Session": "event",
    "EventCompetence": "event",
    "Speaker": "session__event",
    "Registration": "event",
    "AttendanceRecord": "session__event",
    "Certificate": "event",
    "Circular": "event",
    "Quota": "event",
    "EligibilityRule": "event",
    "Question": "event",
}
#: What no reader needs: derived values, keys, bookkeeping.
SILENT = {
    "id", "pk", "event", "session", "registration", "person", "created_at", "updated_at", "changed_at", "queued_at", "revision",
    "places_taken", "created_by", "published_at", "slug", "order", "recorded_by", "issued_by", "checked_in_at", "source",
    "facts", "template", "software", "sha256", "file", "spans", "year", "serial", "issued_at", "certificates", "taught",
    "position",
    "has_choices", "has_quotas", "has_rules", "has_questions", "has_lapsed", "registered_by", "takes_over", "reminded_at",
}  # fmt: skip
TIMES = {"starts_at", "ends_at", "first_day", "last_day"}
#: How the journal names an answer to a question: with this before the question's short name.
ANSWER = "answer "
TOGETHER = timedelta(seconds=2)
LONGEST = 400


@dataclass(frozen=True)
class Line:
    """One field's change."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One row of the journal, in words."""

    what: str
    lines: list[Line]


@dataclass
class Moment:
    """What one person did at one time, for one reason."""

    at: datetime
    who: str
    reason: str
    changes: list[Change] = field(default_factory=list)


def entries_of(event: Event) -> QuerySet[LogEntry]:
    """The journal of an event and of what belongs to it, the latest first."""
    types = {name: ContentType.objects.get_for_model(apps.get_model("events", name)) for name in ("Event", *FOLLOWED)}
    sessions = [str(key) for key in event.sessions.order_by().values_list("pk", flat=True)]
    found = Q(content_type=types["Event"], object_id=event.pk)
    for name, path in FOLLOWED.items():
        rows = apps.get_model("events", name)._default_manager.filter(**{path: event.pk}).order_by()  # noqa: SLF001
        # A deleted row is known by what its last entry says of where it belonged.
        belonged = {"changes__event__0": str(event.pk)} if path == "event" else {"changes__session__0__in": sessions}
        gone = LogEntry.objects.filter(content_type=types[name], action=LogEntry.Action.DELETE, **belonged).order_by()
        found |= Q(content_type=types[name]) & (Q(object_id__in=rows.values("pk")) | Q(object_id__in=gone.values("object_id")))
    return LogEntry.objects.filter(found).select_related("actor", "content_type").order_by("-timestamp", "-pk")


class Reader:
    """Turns journal entries into words. Names of rows that changes point at are read all at once."""

    def __init__(self, entries: Iterable[LogEntry], event: Event) -> None:
        self.entries = list(entries)
        self.event = event
        self.zone = zone_named(event.timezone)
        self.names: dict[tuple[type[models.Model], str], str] = {}
        wanted: dict[type[models.Model], set[str]] = {}
        for entry in self.entries:
            model = entry.content_type.model_class()
            for name, change in (entry.changes or {}).items():
                target = relation(model, name)
                if target is not None and isinstance(change, list) and name not in SILENT:
                    wanted.setdefault(target, set()).update(str(value) for value in change if value not in {None, "None", ""})
        for target, keys in wanted.items():
            for row in target._default_manager.filter(pk__in=keys):  # noqa: SLF001
                self.names[target, str(row.pk)] = str(row)

    def moments(self) -> Iterator[Moment]:
        """The entries in words; what was done together stands together."""
        present: Moment | None = None
        for entry in self.entries:
            change = self.change(entry)
            if change is None:
                continue
            who = str(entry.actor) if entry.actor else (entry.actor_email or gettext("The calendar itself"))
            reason = str((entry.additional_data or {}).get("reason", ""))
            reason = gettext(reason) if reason else ""  # those of the calendar itself are in the reader's language
            if present and (present.who, present.reason) == (who, reason) and present.at - entry.timestamp <= TOGETHER:
                present.changes.append(change)
                continue
            if present:
                yield present
            present = Moment(entry.timestamp, who, reason, [change])
        if present:
            yield present

    def change(self, entry: LogEntry) -> Change | None:
        """One entry in words, or None if it holds nothing that a reader needs."""
        model = entry.content_type.model_class()
        lines = []
        names = set(entry.changes or {})
        # Of days and instants only one pair was stated; the other follows from it.
        derived = {"first_day", "last_day"} if not self.event.all_day else {"starts_at", "ends_at"}
        for name, change in sorted((entry.changes or {}).items(), key=lambda one: place(model, one[0])):
            if name in SILENT or (name in derived and names & (TIMES - derived)):
                continue
            if isinstance(change, dict):  # a relation of many: what was added or removed
                objects = ", ".join(change.get("objects", []))
                added = change.get("operation") == "add"
                lines.append(Line(self.label(model, name), "" if added else objects, objects if added else ""))
                continue
            before, after = (self.say(model, name, value) for value in change)
            if before != after:
                lines.append(Line(self.label(model, name), before, after))
        if entry.action == LogEntry.Action.UPDATE and not lines:
            return None
        return Change(self.what(entry, model), lines if entry.action == LogEntry.Action.UPDATE else [])

    def what(self, entry: LogEntry, model: Any) -> str:
        """A heading for the entry: which thing, and what happened to it."""
        name = model.__name__ if model else ""
        thing = entry.object_repr
        created, deleted = entry.action == LogEntry.Action.CREATE, entry.action == LogEntry.Action.DELETE
        if name == "Event":
            return gettext("Event written down") if created else gettext("Event")
        if name == "AttendanceRecord":
            return gettext("Check-in taken back: %s") % thing if deleted else gettext("Checked in: %s") % thing
        words = {
            "Session": gettext("Session “%s”"),
            "Speaker": gettext("Speaker %s"),
            "EventCompetence": gettext("Competence %s"),
            "Registration": gettext("Registration of %s"),
            "Certificate": gettext("Certificate %s"),
            "Quota": gettext("Quota for %s"),
            "EligibilityRule": gettext("Rule on who may come: %s"),
            "Question": gettext("Question “%s”"),
        }
        if name == "Registration":
            thing = thing.split(",")[0]
        elif name in {"Quota", "EligibilityRule", "Question"}:
            thing = thing.rpartition(": ")[2]  # without the event, which is this one
        said = words.get(name, "%s") % thing
        if created:
            return gettext("%s: added") % said
        return gettext("%s: removed") % said if deleted else said

    @staticmethod
    def label(model: Any, name: str) -> str:
        """The field's name as forms say it."""
        if name.startswith(ANSWER):
            return gettext("Answer to “%s”") % name.removeprefix(ANSWER)
        try:
            words = str(model._meta.get_field(name).verbose_name)  # noqa: SLF001
        except (AttributeError, LookupError, FieldDoesNotExist):
            words = name.replace("_", " ")
        return words[:1].upper() + words[1:]

    def say(self, model: Any, name: str, value: Any) -> str:
        """A value as the journal holds it, in words."""
        if value in {None, "None", ""}:
            return ""
        if name.startswith(ANSWER):  # of special answers the journal says only that there is one
            return {"answered": gettext("answered"), "changed": gettext("changed")}.get(str(value), str(value))
        target = relation(model, name)
        if target is not None:
            return self.names.get((target, str(value)), str(value))
        found = next((one for one in model._meta.get_fields() if one.name == name), None) if model else None  # noqa: SLF001
        text = str(value)
        if isinstance(found, models.DateTimeField):
            moment = parse_datetime(text)
            if moment is not None:
                return date_format(
                    (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(self.zone), "DATETIME_FORMAT"
                )
        elif isinstance(found, models.DateField):
            try:
                return date_format(date.fromisoformat(text), "DATE_FORMAT")
            except ValueError:
                return text
        elif isinstance(found, models.BooleanField):
            return gettext("yes") if text == "True" else gettext("no")
        elif isinstance(found, CodesField):
            labels = {str(code): str(label) for code, label in found.vocabulary()}
            codes = [part.strip(" '\"[]") for part in text.split(",")]
            return ", ".join(labels.get(code, code) for code in codes if code)
        elif isinstance(found, models.JSONField):
            text = plain(text)
        elif found is not None and getattr(found, "choices", None):
            return str(dict(found.flatchoices).get(int(text) if text.isdigit() else text, text))
        return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def plain(text: str) -> str:
    """What stands in a JSON column, without its marks: texts in several languages, lists of choices."""
    try:
        return _plain(json.loads(text))
    except ValueError:
        return text


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)
    if not isinstance(value, dict):
        return gettext("yes") if value is True else str(value)
    if "value" in value:  # a choice
        return _plain(value.get("label") or value["value"])
    if all(isinstance(one, str) for one in value.values()):
        return " / ".join(value.values())
    return ", ".join(f"{name}: {_plain(one)}" for name, one in value.items())


def place(model: Any, name: str) -> int:
    """Where a field stands in its table: the journal's own order differs from one change to the next."""
    names = [one.name for one in model._meta.get_fields()] if model else []  # noqa: SLF001
    return names.index(name) if name in names else len(names)


def relation(model: Any, name: str) -> type[models.Model] | None:
    """The table that a foreign key points at."""
    if model is None:
        return None
    found = next((one for one in model._meta.get_fields() if one.name == name), None)  # noqa: SLF001
    return found.related_model if isinstance(found, models.ForeignKey) else None


def changes_since(event: Event, revision: int | None) -> list[Change]:
    """What was changed since a page was made from ``revision``, in words: for somebody whose page is out of date."""
    if revision is None:
        return []
    ours = []
    for entry in LogEntry.objects.get_for_object(event).order_by("-timestamp", "-pk")[:50]:
        step = (entry.changes or {}).get("revision", [None, None])[1]
        if str(step).isdigit() and int(str(step)) <= revision:
            break
        ours.append(entry)
    if not ours:
        return []
    since = min(entry.timestamp for entry in ours) - TOGETHER
    programme = ContentType.objects.get_for_models(Event, EventCompetence, Session, Speaker).values()
    entries = entries_of(event).filter(timestamp__gte=since, content_type__in=list(programme))[:50]
    return [change for moment in Reader(entries, event).moments() for change in moment.changes]


@desk_page
def history(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that was done with an event."""
    event = desk_event(request, slug)
    page = page_of(request, entries_of(event), 50)
    context = {"event": event, "tab": "history", "page": page, "moments": list(Reader(page.object_list, event).moments())}
    return render(request, "pages/desk/history.html", context)
