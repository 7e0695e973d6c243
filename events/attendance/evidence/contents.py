"""The parts of the evidence pack that this wing knows: programme, registrations, attendance, sheets, reports, funding.

Of each person there is what an auditor needs to know them: name, organisation and country, no address and no answers to
questions. Only the reports of webinars are as their tools wrote them. All tables are read together, before the first is
sent, so that they agree with one another and with the figures of the overview.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from events.attendance.evaluation.queries import standing_of
from events.attendance.evaluation.summary import summary_csv, summary_of
from events.attendance.evidence import figures, papers
from events.attendance.evidence.parts import Grid, Part, table
from events.attendance.evidence.printable import organisers_of
from events.attendance.evidence.queries import files_of, proofs_of
from events.attendance.evidence.tables import attendance, files, journal, programme, registrations
from events.attendance.hours import attendance_of_event
from events.attendance.models import AttendanceTerms, EvidenceFile
from events.programme.models import Event, Session
from events.programme.wording import when
from events.registrations.models import Registration
from events.registrations.queries import of_event
from network.vocabulary import LANGUAGE_NAMES
from network.zips import safe_ending, safe_name

Kind = EvidenceFile.Kind
FOLDERS = {Kind.SHEET: "04-signature-sheets", Kind.REPORT: "05-webinar-reports", Kind.OTHER: "09-other-evidence"}


class Names:
    """Gives every file a name that no other file of the pack has, also where capitals do not count."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def free(self, folder: str, stem: str, ending: str) -> str:
        """The name, with a number behind it if it is taken."""
        name, number = f"{folder}/{stem}{ending}", 1
        while name in self.taken:
            number += 1
            name = f"{folder}/{stem}-{number}{ending}"
        self.taken.add(name)
        return name


@dataclass(frozen=True)
class Known:
    """What several parts need, read once."""

    event: Event
    sessions: Sequence[Session]
    required: set[int]
    everybody: Sequence[Registration]
    files: Sequence[EvidenceFile]
    names: dict[int, str]  # of the files in the pack, by their key


def parts_of(event: Event) -> list[Part]:
    """The parts of this wing as of now, with everything that tables say. Files and papers are made when their turn comes."""
    sessions = list(event.sessions.order_by("starts_at", "pk").prefetch_related("speakers"))
    kept = list(files_of(event))
    everybody = of_event(event).select_related("registered_by", "takes_over__person").prefetch_related("choices")
    known = Known(
        event=event,
        sessions=sessions,
        required=set(
            AttendanceTerms.required_sessions.through.objects.filter(session__event=event).values_list("session", flat=True)
        ),
        everybody=list(everybody),
        files=kept,
        names=_file_names(sessions, [one for one in kept if one.withdrawn_at is None]),
    )
    for session in (*sessions, *(file.session for file in kept if file.session is not None)):
        session.event = event
    return [
        *_programme(known),
        *_registrations(known),
        *_attendance(known),
        *_files(known),
        *_evaluation(event),
        Part(
            "08-funding/funding.txt",
            _("Who funded the event, with the acknowledgement."),
            lambda: _funding(event),
            remarks=figures.about_funding(event),
        ),
    ]


def _programme(known: Known) -> Iterator[Part]:
    event = known.event
    grid = programme.sessions_table(event, known.sessions, known.required)
    changes = programme.changes_table(event)
    yield Part("01-programme/event.txt", _("The event in words, with its description."), lambda: _event_text(event))
    yield Part(
        "01-programme/programme.pdf",
        _("The programme to read and to print, with the funder’s acknowledgement."),
        lambda: papers.programme_pdf(event, known.sessions, known.required),
        is_packed=True,
    )
    yield table(
        "01-programme/programme.csv",
        _("The programme: each session with its times, its speakers and the minutes that it counts."),
        grid,
        figures=figures.of_programme(grid),
    )
    yield table(
        "01-programme/changes.csv",
        _("What was changed about the event, its sessions and the rules for certificates: when, by whom and why."),
        changes,
        figures=[changes.rows_counted(_("Changes of programme and rules after the event"), after=_("yes"))],
    )


def _registrations(known: Known) -> Iterator[Part]:
    grid = registrations.registrations_table(known.event, known.everybody, known.sessions)
    yield table(
        "02-registrations/registrations.csv",
        _("Everybody who asked for a place, with the state of the registration and how it came about."),
        grid,
        figures=figures.of_registrations(grid),
    )
    yield table(
        "02-registrations/changes.csv",
        _("Every change of a registration’s state: when, and by whom."),
        registrations.changes_table(known.event, known.everybody),
    )


def _attendance(known: Known) -> Iterator[Part]:
    event, sessions = known.event, known.sessions
    entries = journal.entries_of(event, sessions)
    grid = attendance.attendance_table(event, sessions, known.everybody, known.names, journal.first_noted(entries))
    hours = attendance.hours_table(event, known.everybody, attendance_of_event(event))
    changes = journal.changes_table(event, sessions, entries, known.names)
    scans = attendance.scans_table(event, sessions)
    yield table(
        "03-attendance/attendance.csv",
        _("Who was present at which session: how it is known, what it counts, who recorded it, and the file that proves it."),
        grid,
        figures=figures.of_attendance(grid, sessions),
        remarks=figures.about_attendance(grid, proofs_of(event)),
    )
    yield table(
        "03-attendance/hours.csv",
        _("The hours of each participant over the whole event, and whether they are enough for a certificate."),
        hours,
        figures=figures.of_hours(hours),
    )
    yield table(
        "03-attendance/changes.csv",
        _("Every entry of the journal about attendance: what was recorded, changed or taken back, when, by whom and why."),
        changes,
        figures=figures.of_changes(changes),
    )
    yield table(
        "03-attendance/scans.csv",
        _("Every check-in and undoing as it was noted at a desk or by the person, also those noted without a network."),
        scans,
        figures=figures.of_scans(scans),
    )
    handed_in = files.handed_in_table(event, known.everybody)
    if handed_in.rows:
        yield table(
            "03-attendance/handed-in.csv",
            _("Whose report was handed in, with the hash of its file. The files stay with the organiser."),
            handed_in,
            figures=[handed_in.rows_counted(_("Reports handed in"))],
        )
    there = _present_at(grid)
    for number, name in enumerate(papers.list_names(len(hours.rows))):
        yield Part(
            name,
            _("The list of participants to read and to print: at which sessions each was present, and the hours."),
            _list(event, hours, there, number),
            is_packed=True,
        )


def _present_at(grid: Grid) -> dict[object, list[str]]:
    """The numbers of the sessions at which each registration is recorded as present."""
    place = {column.name: number for number, column in enumerate(grid.columns)}
    found: dict[object, list[str]] = {}
    for row in grid.rows:
        if row[place["present"]] == _("yes"):
            found.setdefault(row[place["registration"]], []).append(str(row[place["session_no"]]))
    return found


def _list(event: Event, hours: Grid, there: dict[object, list[str]], number: int) -> Callable[[], bytes]:
    return lambda: papers.list_pdf(event, hours, there, number)


def _files(known: Known) -> Iterator[Part]:
    event = known.event
    grid = files.files_table(event, known.files, known.names)
    yield table(
        "03-attendance/evidence.csv",
        _("The list of all scans and reports with their hashes, also of those that were withdrawn and are not in this pack."),
        grid,
        figures=figures.of_files(grid),
    )
    names = {one.pk: one.person.name for one in known.everybody}
    people = files.report_people_table(event, known.sessions, names, known.names)
    if people.rows:
        yield table(
            "05-webinar-reports/people.csv",
            _("Whom the webinars’ reports name, and whom each was taken for and how."),
            people,
            figures=figures.of_report_people(people),
        )
    for file in known.files:
        if file.withdrawn_at is None:
            yield _kept(file, known.names[file.pk])


def _evaluation(event: Event) -> Iterator[Part]:
    standing = standing_of(event)
    summary = summary_of(event, standing) if standing is not None else None
    if summary is None:
        return
    found = summary
    about = _("The evaluation summed up. It is anonymous, and shown from five answers up.")

    def paper() -> bytes:
        from events.attendance.evaluation.paper import summary_pdf  # noqa: PLC0415 - WeasyPrint costs a second and 40 MB

        return summary_pdf(event, found)

    yield Part("06-evaluation/evaluation.pdf", about, paper, is_packed=True)
    yield Part("06-evaluation/evaluation.csv", about, lambda: summary_csv(found))


def _file_names(sessions: Sequence[Session], kept: Sequence[EvidenceFile]) -> dict[int, str]:
    """What each kept file is called in the pack: by its session's number and its own name."""
    numbers = {session.pk: number for number, session in enumerate(sessions, start=1)}
    names = Names()
    return {
        file.pk: names.free(
            FOLDERS[Kind(file.kind)],
            f"session-{numbers[file.session_id]:02}-{_stem(file)}" if file.session_id in numbers else f"event-{_stem(file)}",
            safe_ending(file.name),
        )
        for file in kept
    }


def _stem(file: EvidenceFile) -> str:
    return safe_name(file.name.rpartition(".")[0] or file.name)


def _kept(file: EvidenceFile, name: str) -> Part:
    """A file as it came. Its hash was noted when it came."""

    def content() -> bytes:
        with file.file.open("rb") as stored:
            return bytes(stored.read())

    about = {
        Kind.SHEET: _("A signed sheet, scanned."),
        Kind.REPORT: _("A webinar’s attendance report as its tool wrote it; it holds the addresses that the tool knew."),
        Kind.OTHER: _("Other evidence."),
    }[Kind(file.kind)]
    what = f"{about} {file.note}" if file.note else about
    is_packed = not file.media_type.startswith("text/")
    return Part(name, what, content, at=file.uploaded_at, sha256=file.sha256, is_packed=is_packed)


def _event_text(event: Event) -> bytes:
    lines = [
        (_("Title"), event.title),
        (_("Kind"), event.get_kind_display()),
        (_("State"), event.get_state_display()),
        (_("Reason"), event.state_reason),
        (_("When"), str(when(event))),
        (_("Where"), event.venue.one_line if event.venue else event.get_format_display()),
        (_("Form"), event.get_format_display()),
        (_("Organised by"), ", ".join(organisers_of(event))),
        (_("Languages"), ", ".join(str(LANGUAGE_NAMES.get(code, code)) for code in event.languages)),
        (_("For whom"), event.audience),
    ]
    said = [f"{label}: {text}" for label, text in lines if text]
    for heading, text in (
        (_("In short"), event.summary),
        (_("What participants can do afterwards"), event.learning_outcomes),
        (_("Description"), event.description),
    ):
        if text:
            said += ["", heading, "", text]
    return plain_text(said)


def plain_text(lines: Iterable[str]) -> bytes:
    """Plain text that every editor shows: UTF-8 with its mark, lines that end as Windows ends them."""
    text = "\n".join(lines)
    return ("\ufeff" + text.replace("\r\n", "\n").replace("\n", "\r\n") + "\r\n").encode("utf-8", "replace")


def _funding(event: Event) -> bytes:
    funding = event.funding
    if funding is None:
        return plain_text([_("No funder is named for this event.")])
    lines = [
        (_("Acknowledgement"), funding.emblem_text),
        (_("Programme"), funding.programme),
        (_("Grant number"), funding.grant_number),
        (_("From"), funding.active_from.isoformat() if funding.active_from else ""),
        (_("Until"), funding.active_until.isoformat() if funding.active_until else ""),
        (_("Disclaimer"), funding.disclaimer),
    ]
    return plain_text(f"{label}: {text}" for label, text in lines if text)
