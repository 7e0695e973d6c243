"""The event form as a whole: the event, its sessions, their speakers and a new venue, read from one page and back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext

from events.programme.facts import EventFacts, SessionFacts, SpeakerFacts
from events.programme.forms import DAY_ENDS, EventForm, SessionForm, SpeakerForm, Typed, VenueForm
from events.programme.models import Event, Session, Speaker, Timed, Venue
from network.errors import Errors
from network.models import Person
from network.vocabulary import zone_named

MOST_ROWS = 100

# Fields of the form that are called alike in the model and in the facts: one value, or several.
AS_TYPED = (
    "kind", "title", "summary", "description", "learning_outcomes", "join_link", "format", "audience", "visibility",
    "eligibility", "needs_approval", "approver", "places", "promotion", "offer_hours", "reminder_days", "special_answers_days",
    "attendance_share",
)  # fmt: skip
OF_A_SESSION = ("title", "summary", "credited_minutes", "is_chosen", "places")
SEVERAL = ("languages", "interpretation", "co_organisers", "sectors", "eligible_kinds")

# Where an error of the actions is shown: the path's name, and the fields that answer for it (for whole days; for times).
EVENT_PLACES = {
    "starts": ("starts_day", "starts_time"),
    "ends": ("ends_day", "ends_time"),
    "first_day": ("starts_day", "starts_day"),
    "last_day": ("ends_day", "ends_day"),
    "registration_opens": ("opens_day", "opens_day"),
    "registration_closes": ("closes_day", "closes_day"),
    "changes_close": ("changes_day", "changes_day"),
}


def clock(moment: datetime | None, zone: ZoneInfo) -> tuple[Any, Any]:
    """Day and time of an instant on the wall clock of a zone."""
    if moment is None:
        return None, None
    local = moment.astimezone(zone)
    return local.date(), local.time().replace(second=0, microsecond=0)


def times_of(timed: Timed, zone: ZoneInfo) -> dict[str, Any]:
    """The four fields of days and times for an event or session."""
    if timed.all_day:
        starts, ends = (timed.first_day, None), (timed.last_day, None)
    else:
        starts, ends = clock(timed.starts_at, zone), clock(timed.ends_at, zone)
    return {
        "starts_day": starts[0],
        "starts_time": starts[1],
        "ends_day": ends[0] if ends[0] != starts[0] else None,
        "ends_time": ends[1],
    }


def initial_of(event: Event) -> dict[str, Any]:
    """What the form of an existing event starts with."""
    zone = zone_named(event.timezone)
    opens, closes = clock(event.registration_opens_at, zone), clock(event.registration_closes_at, zone)
    changes = clock(event.changes_close_at, zone)
    return {
        **{name: getattr(event, name) for name in (*AS_TYPED, "timezone", "all_day", "languages", "interpretation")},
        "eligible_kinds": event.eligible_kinds,
        **times_of(event, zone),
        "organising_centre": event.organising_centre_id,
        "co_organisers": [centre.pk for centre in event.co_organisers.all()],
        "funding": event.funding_id,
        "venue": event.venue_id or "",
        "sectors": [sector.pk for sector in event.sectors.all()],
        "opens_day": opens[0],
        "opens_time": opens[1],
        "closes_day": closes[0],
        "closes_time": closes[1],
        "changes_day": changes[0],
        "changes_time": changes[1],
        **{f"competence_{taught.competence_id}": taught.level for taught in event.taught.all()},
    }


@dataclass
class SessionRow:
    """A session's form, with the forms of its speakers."""

    key: str
    form: SessionForm
    speakers: list[tuple[str, SpeakerForm]] = field(default_factory=list)

    @property
    def number(self) -> str:
        """Unused key for the next speaker's row."""
        return str(max([int(key) for key, _form in self.speakers], default=-1) + 1)

    @property
    def is_blank(self) -> bool:
        """Nothing was typed here."""
        return self.form.is_blank and all(form.is_blank for _key, form in self.speakers)


class EventSheet:
    """One page of forms. Rows are named by repeated hidden fields, so that adding and removing one needs no renumbering.

    ``sessions`` lists the keys of the session rows; ``sessions-<key>-speakers`` those of the speakers in one.
    """

    def __init__(
        self, *, person: Person, event: Event | None = None, data: QueryDict | None = None, initial: Any = None
    ) -> None:
        self.person, self.event, self.data = person, event, data
        start = initial_of(event) if event is not None else dict(initial or {})
        self.form = EventForm(data, person=person, event=event, initial=start)
        self.venue = VenueForm(data if data and data.get("venue") == "new" else None, prefix="new-venue")
        self.stored = list(event.sessions.prefetch_related("speakers__person")) if event is not None else []
        self.rows = list(self._typed_rows(data)) if data is not None else list(self._stored_rows())
        self._told: list[SessionRow] = []  # the rows behind facts.sessions, for the paths of errors

    # --- reading -------------------------------------------------------------------------------------------------

    def _typed_rows(self, data: QueryDict) -> Iterator[SessionRow]:
        for key in keys_of(data, "sessions"):
            prefix = f"sessions-{key}"
            row = SessionRow(key, SessionForm(data, prefix=prefix))
            for number in keys_of(data, f"{prefix}-speakers"):
                row.speakers.append((number, SpeakerForm(data, prefix=f"{prefix}-speakers-{number}")))
            yield row

    def _stored_rows(self) -> Iterator[SessionRow]:
        for key, session in enumerate(self.stored):
            times = {} if self._is_whole_event(session) else times_of(session, zone_named(session.event.timezone))
            initial = {
                "id": session.pk,
                **{name: getattr(session, name) for name in OF_A_SESSION},
                **times,
            }
            row = SessionRow(str(key), SessionForm(prefix=f"sessions-{key}", initial=initial))
            for number, speaker in enumerate(session.speakers.all()):
                known = {"id": speaker.pk, "name": speaker.name, "affiliation": speaker.affiliation, "part": speaker.part}
                row.speakers.append((str(number), SpeakerForm(prefix=f"sessions-{key}-speakers-{number}", initial=known)))
            yield row

    def _is_whole_event(self, session: Session) -> bool:
        """The only session, exactly as long as the event: its times are left empty, so that they follow the event's."""
        event = session.event
        return len(self.stored) == 1 and (session.starts_at, session.ends_at) == (event.starts_at, event.ends_at)

    @property
    def next_key(self) -> str:
        """Unused key for the next session's row."""
        return str(max([int(row.key) for row in self.rows], default=-1) + 1)

    @property
    def forms(self) -> list[Typed | VenueForm]:
        """All forms that were filled in."""
        found: list[Typed | VenueForm] = [self.form]
        if self.venue.is_bound:
            found.append(self.venue)
        for row in self.rows:
            found += [row.form, *(form for _key, form in row.speakers)]
        return found

    def is_valid(self) -> bool:
        """Whether all that was typed has the form of what was asked for. Judges every form, so that all errors show."""
        well_formed = [form.is_valid() for form in self.forms]
        filled = [row for row in self.rows if not row.is_blank]
        all_day = self.form.cleaned_data.get("all_day", False)
        timed = [row.form.says_when(all_day=all_day, is_alone=len(filled) == 1) for row in filled]
        return all(well_formed) and all(timed)

    def facts(self, venue: Venue | None) -> EventFacts:
        """What was typed, as the actions take it. Only after ``is_valid``. ``venue`` is the one that was chosen or made."""
        said, form = self.form.cleaned_data, self.form
        all_day = said["all_day"]
        first_day: date = said["starts_day"]
        last_day: date = said["ends_day"] or first_day
        plain = {name: said[name] for name in (*AS_TYPED, "organising_centre", "funding", "timezone", "all_day")}
        several: dict[str, Any] = {name: tuple(said[name]) for name in SEVERAL}
        facts = EventFacts(
            **plain,
            **several,
            starts=None if all_day else self._exactly(form.moment("starts"), "starts_at"),
            ends=None if all_day else self._exactly(datetime.combine(last_day, said["ends_time"]), "ends_at"),
            first_day=first_day if all_day else None,
            last_day=last_day if all_day else None,
            venue=venue,
            competences=form.taught(),
            registration_opens=self._exactly(form.moment("opens", by_default=time.min), "registration_opens_at"),
            registration_closes=self._exactly(form.moment("closes", by_default=DAY_ENDS), "registration_closes_at"),
            changes_close=self._exactly(form.moment("changes", by_default=DAY_ENDS), "changes_close_at"),
        )
        self._told = [row for row in self.rows if not row.is_blank]
        return replace(facts, sessions=tuple(self._session(row, facts) for row in self._told))

    def _exactly(self, typed: datetime | None, name: str) -> datetime | None:
        stored = getattr(self.event, name) if self.event is not None and not self.event.all_day else None
        return exactly(typed, stored, zone_named(self.form.cleaned_data["timezone"]))

    def _session(self, row: SessionRow, event: EventFacts) -> SessionFacts:
        said = row.form.cleaned_data
        stored = next((session for session in self.stored if session.pk == said["id"]), None)
        facts = SessionFacts(
            **{name: said[name] for name in OF_A_SESSION},
            id=stored.pk if stored else None,
            speakers=self._speakers(row),
        )
        if row.form.has_no_times:
            return facts  # as long as the event
        first = said["starts_day"] or event.first_day or (event.starts.date() if event.starts else None)
        last = said["ends_day"] or first
        if event.all_day:
            return replace(facts, first_day=first, last_day=last)
        zone = zone_named(event.timezone)
        starts, ends = join(first, said["starts_time"]), join(last, said["ends_time"])
        return replace(
            facts,
            starts=exactly(starts, stored.starts_at if stored else None, zone),
            ends=exactly(ends, stored.ends_at if stored else None, zone),
        )

    def _speakers(self, row: SessionRow) -> tuple[SpeakerFacts, ...]:
        known: dict[int, Speaker] = {speaker.pk: speaker for session in self.stored for speaker in session.speakers.all()}
        found = []
        for _key, form in row.speakers:
            if form.is_blank:
                continue
            said = form.cleaned_data
            person = known[said["id"]].person if said["id"] in known else None
            found.append(
                SpeakerFacts(
                    name=said["name"], affiliation=said["affiliation"], part=said["part"] or Speaker.Part.SPEAKER, person=person
                )
            )
        return tuple(found)

    # --- rows ----------------------------------------------------------------------------------------------------

    def act(self, do: str) -> str:
        """Add or remove a row and show what was typed, unjudged. Returns the id of the field that should have the focus."""
        for form in self.forms:
            form.quiet()
        verb, _colon, rest = do.partition(":")
        key, _colon, number = rest.partition(":")
        row = next((row for row in self.rows if row.key == key), None)
        if verb == "add-session" and len(self.rows) < MOST_ROWS:
            new = self.next_key
            self.rows.append(SessionRow(new, SessionForm(prefix=f"sessions-{new}")))
            return f"id_sessions-{new}-title"
        if verb == "remove-session" and row is not None:
            self.rows.remove(row)
            return "add-session"
        if verb == "add-speaker" and row is not None and len(row.speakers) < MOST_ROWS:
            new = row.number
            row.speakers.append((new, SpeakerForm(prefix=f"sessions-{key}-speakers-{new}")))
            return f"id_sessions-{key}-speakers-{new}-name"
        if verb == "remove-speaker" and row is not None:
            row.speakers = [pair for pair in row.speakers if pair[0] != number]
            return f"add-speaker-{key}"
        return ""

    @property
    def template_row(self) -> SessionRow:
        """An empty row for scripts to copy; ``__key__`` and ``__number__`` stand for its names."""
        speaker = SpeakerForm(prefix="sessions-__key__-speakers-__number__")
        return SessionRow("__key__", SessionForm(prefix="sessions-__key__"), [("__number__", speaker)])

    # --- errors --------------------------------------------------------------------------------------------------

    def place(self, errors: Errors) -> None:
        """Put what an action found wrong at the fields where it was typed."""
        for path, messages in errors.items():
            form, name = self._place_of(path)
            for message in messages:
                form.add_error(name, message)

    def _place_of(self, path: str) -> tuple[Any, str | None]:
        parts = path.split(".")
        if parts[0] == "sessions" and len(parts) > 1 and parts[1].isdigit() and int(parts[1]) < len(self._told):
            row = self._told[int(parts[1])]
            if parts[2:3] == ["speakers"]:
                filled = [form for _key, form in row.speakers if not form.is_blank]
                if len(parts) > 3 and parts[3].isdigit() and int(parts[3]) < len(filled):
                    return filled[int(parts[3])], known(filled[int(parts[3])], parts[4] if len(parts) > 4 else "")
                return row.form, None
            return row.form, known(row.form, self._field(parts[2] if len(parts) > 2 else "", row.form))
        if parts[0] == "new_venue" and len(parts) > 1 and self.venue.is_bound:
            return self.venue, known(self.venue, parts[1])
        if parts[0] == "competences" and len(parts) > 1 and parts[1].isdigit():
            taught = self.form.taught()
            code = taught[int(parts[1])][0].code if int(parts[1]) < len(taught) else ""
            return self.form, known(self.form, f"competence_{code}")
        return self.form, known(self.form, self._field(parts[0], self.form))

    def _field(self, name: str, form: Typed) -> str:
        name = name.removesuffix("_at")
        if name not in EVENT_PLACES:
            return name
        days, times = EVENT_PLACES[name]
        if self.form.cleaned_data.get("all_day"):
            return days
        # An end on the wrong day is mended at the day, where one was typed.
        if name == "ends" and form.cleaned_data.get("ends_day") and form.cleaned_data.get("starts_day"):
            return days if form.cleaned_data["ends_day"] < form.cleaned_data["starts_day"] else times
        return times

    @property
    def summary(self) -> list[tuple[str, str, str]]:
        """All errors for the top of the page: the field's id, its label, the message."""
        found = []
        for form in self.forms:
            if not form.is_bound:
                continue
            for name, messages in form.errors.items():
                target = ""
                if name in form.fields:
                    target = f"{form[name].auto_id}_0" if form[name].use_fieldset else form[name].id_for_label
                label = str(form[name].label) if name in form.fields else ""
                found += [(str(target), self._row_label(form) + label, str(message)) for message in messages]
        return found

    def _row_label(self, form: Any) -> str:
        for index, row in enumerate(self.rows, start=1):
            if form is row.form or any(form is other for _key, other in row.speakers):
                return gettext("Session %(number)d: ") % {"number": index}
        return ""


def keys_of(data: Mapping[str, Any], name: str) -> list[str]:
    """The keys of rows that a page sent, without repetition and nonsense, at most ``MOST_ROWS``."""
    sent = data.getlist(name) if isinstance(data, QueryDict) else []
    return list(dict.fromkeys(key for key in sent if key.isdecimal() and key.isascii() and len(key) < 4))[:MOST_ROWS]


def known(form: forms.BaseForm, name: str) -> str | None:
    """The field's name if the form has it; None stands for the whole form."""
    return name if name in form.fields else None


def join(day: date | None, clock_time: Any) -> datetime | None:
    """Day and time as a naive wall clock, or None where one is missing."""
    return datetime.combine(day, clock_time) if day and clock_time is not None else None


def exactly(typed: datetime | None, stored: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The typed wall clock; where it is what is stored already, the stored instant.

    An hour that happens twice, when summer time ends, could not be told apart otherwise.
    """
    if typed is None or stored is None or stored.astimezone(zone).replace(tzinfo=None, fold=0) != typed:
        return typed
    return stored
