"""What a report changes: for each participant how long they were there, and how that agrees with what is recorded already.

- Nobody is recorded twice, and nobody's presence is taken away: whoever is present and not in the report stays present.
- A second report of the session joins the first: the connections are united. The same report again changes nothing.
- Online there is no door: a check-in by the desk or by oneself stays, and the report says how many minutes it was.
- On site or in both forms, whoever was checked in was in the room: the report of the others changes nothing for them.
- Who was connected for less than half a minute of the session is not recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from events.attendance.models import AttendanceRecord
from events.attendance.reports import spans
from events.attendance.reports.matching import Match, Matcher
from events.attendance.reports.shapes import Entry, Span, spans_in
from events.programme.models import Event, Session
from events.registrations.models import Registration
from events.registrations.queries import taking_part_in

Source = AttendanceRecord.Source

#: Changes that write something; the others are told, and write nothing.
WRITTEN = {"new", "joined", "minutes"}


@dataclass(frozen=True)
class Worth:
    """How long somebody was there. ``is_exact``: the minutes are those of the spans."""

    spans: Sequence[Span]
    minutes: int
    is_exact: bool = True


@dataclass
class Line:
    """A participant whom the report names, what they were, and what the report changes.

    ``change``: "new"; "joined" (a report recorded them already: united); "minutes" (checked in; the report says how long);
    "same" (nothing new); "kept" (was in the room); "outside" (connected, but not during the session).
    """

    registration: Registration
    names: list[str]
    hows: list[str]
    worth: Worth
    record: AttendanceRecord | None
    change: str


@dataclass
class Asked:
    """A person of the report of whom it is not sure who they are, or who is nobody here."""

    index: int
    entry: Entry
    match: Match
    minutes: int


@dataclass
class Preview:
    """A report against the session's participants and what is recorded of them."""

    lines: list[Line]
    asked: list[Asked]  # doubtful, the organiser decides
    nobody: list[Asked]  # not registered, or not a participant of this session
    absent: list[Registration] = field(default_factory=list)  # participants whom the report does not name
    stay: list[Registration] = field(default_factory=list)  # of those: who is present already, and stays so
    expected: list[Registration] = field(default_factory=list)
    taken: dict[int, tuple[int | None, str]] = field(default_factory=dict)  # by place: whose it is, and how that is known

    def count(self, *changes: str) -> int:
        """How many lines bring one of these changes."""
        return sum(line.change in changes for line in self.lines)


def worth_of(session: Session, entries: Iterable[Entry]) -> Worth:
    """The time of all these connections of one person together, within the session, to the minute."""
    exact, outer, stated = list[Span](), list[Span](), 0
    whole = [(session.starts_at, session.ends_at)]
    for entry in entries:
        found = spans.clipped(spans.joined(spans_in(entry["spans"])), session.starts_at, session.ends_at)
        if entry["minutes"] is None:
            exact += found
        else:
            outer += found
            # Where only the length is known, it may all have been during the session.
            stated += min(entry["minutes"], spans.minutes(found if entry["spans"] else whole))
    exact = spans.joined(exact)
    if not stated:
        return Worth(exact, spans.minutes(exact))
    together = spans.joined([*exact, *outer])
    most = spans.minutes(together) if outer or exact else spans.minutes(whole)
    return Worth(together, min(most if outer else spans.minutes(whole), stated + spans.minutes(exact)), is_exact=False)


def united(record: AttendanceRecord, worth: Worth) -> Worth:
    """What an earlier report said and what this one says, together."""
    before = spans.joined(spans_in(record.spans))
    together = spans.joined([*before, *worth.spans])
    length, known = spans.minutes(together), record.minutes or 0
    if worth.is_exact and known == spans.minutes(before):
        return Worth(together, length)
    # Lengths that are only stated add up where the times do not overlap; else the longer one is known.
    is_apart = bool(before and worth.spans) and length == spans.minutes(before) + spans.minutes(worth.spans)
    return Worth(together, known + worth.minutes if is_apart else max(known, worth.minutes), is_exact=False)


def settled(session: Session, record: AttendanceRecord | None, worth: Worth) -> tuple[Worth, str]:
    """What to record of a participant, and what kind of change that is (see Line)."""
    if not worth.minutes:
        return worth, "outside"
    if record is None:
        return worth, "new"
    if record.minutes is not None or record.source == Source.REPORT:
        together = united(record, worth)
        same = together.minutes == record.minutes and spans.joined(spans_in(record.spans)) == list(together.spans)
        return together, "same" if same else "joined"
    return (worth, "minutes") if session.event.format == Event.Format.ONLINE else (worth, "kept")


def preview(session: Session, people: Sequence[Entry], choices: Mapping[int, int | None] | None = None) -> Preview:
    """The report as it would be recorded now, with these choices for people of whom it is not sure. Three queries."""
    everybody = list(
        Registration.objects.filter(event=session.event_id)
        .select_related("person__organisation")
        .order_by("person__name", "pk")
    )
    keys = set(taking_part_in(session).order_by().values_list("pk", flat=True))
    expected = [one for one in everybody if one.pk in keys]
    # Somebody may have registered again after a cancellation: the registration that takes part is meant.
    named = {one.person_id for one in expected}
    others = [one for one in everybody if one.person_id not in named]
    matcher, by_key = Matcher(expected, others), {one.pk: one for one in expected}
    records = {record.registration_id: record for record in session.attendance.filter(registration__in=keys)}
    asked, nobody = list[Asked](), list[Asked]()
    of: dict[int, list[tuple[Entry, str]]] = {}
    taken: dict[int, tuple[int | None, str]] = {}
    for index, entry in enumerate(people):
        match = matcher.match(entry["name"], entry["email"])
        chosen = match.registration
        how = match.how
        if choices is not None and index in choices:
            key = choices[index]
            chosen, how = (by_key.get(key) if key is not None else None), "chosen"
        if match.how == "doubtful":
            asked.append(Asked(index, entry, match, worth_of(session, [entry]).minutes))
        elif match.registration is None:
            nobody.append(Asked(index, entry, match, worth_of(session, [entry]).minutes))
        taken[index] = (chosen.pk if chosen is not None else None, how)
        if chosen is not None:
            of.setdefault(chosen.pk, []).append((entry, how))
    lines = []
    for one in expected:
        if one.pk in of:
            entries = [entry for entry, _how in of[one.pk]]
            record = records.get(one.pk)
            worth, change = settled(session, record, worth_of(session, entries))
            names = list(dict.fromkeys(entry["name"] for entry in entries))
            lines.append(Line(one, names, [how for _entry, how in of[one.pk]], worth, record, change))
    absent = [one for one in expected if one.pk not in of]
    stay = [one for one in absent if one.pk in records]
    return Preview(lines, asked, nobody, absent, stay, expected, taken)
