"""The parts of the evidence pack that this wing knows: programme, registrations, attendance, sheets, reports, funding.

Of each person there is what an auditor needs to know them: name, organisation and country, no address and no answers to
questions. Only the reports of webinars are as their tools wrote them.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from events.attendance.evaluation.summary import summary_files
from events.attendance.evidence import tables
from events.attendance.evidence.parts import Part
from events.attendance.evidence.queries import files_of
from events.attendance.evidence.sheets import days_of, organisers_of, sheet_pdf
from events.attendance.models import EvidenceFile
from events.programme.models import Event, Session
from events.programme.wording import when
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


def parts_of(event: Event, at: datetime) -> list[Part]:
    """The parts of this wing, as of now. What they say is read when their turn comes."""
    sessions = list(event.sessions.order_by("starts_at", "pk").prefetch_related("speakers"))
    for session in sessions:
        session.event = event
    files = [one for one in files_of(event) if one.withdrawn_at is None]
    names = _file_names(sessions, files)
    found = [
        Part(
            "01-programme/programme.csv",
            _("The programme: each session with its times and speakers."),
            lambda: tables.programme(sessions),
        ),
        Part("01-programme/event.txt", _("The event in words, with its description."), lambda: _event_text(event)),
        Part(
            "02-registrations/registrations.csv",
            _("Everybody who asked for a place, with the state of the registration and how it came about."),
            lambda: tables.registrations(event),
        ),
        Part(
            "03-attendance/attendance.csv",
            _(
                "Who was present at which session: how it is known, for how many minutes, who recorded it, and the file "
                "that proves it."
            ),
            lambda: tables.attendance(event, sessions, names),
        ),
        Part(
            "03-attendance/hours.csv",
            _("The hours of each participant over the whole event, and whether they are enough for a certificate."),
            lambda: tables.hours(event),
        ),
        Part(
            "03-attendance/changes.csv",
            _("Every entry of the journal about attendance: what was recorded, changed or taken back, when, by whom and why."),
            lambda: tables.changes(event, sessions),
        ),
        Part(
            "03-attendance/evidence.csv",
            _(
                "The list of all scans and reports with their hashes, also of those that were withdrawn and are not in "
                "this pack."
            ),
            lambda: tables.evidence(event, names),
        ),
    ]
    for day, of_day in days_of(event, sessions).items():
        if event.format != Event.Format.ONLINE:
            found.append(
                Part(
                    f"04-signature-sheets/list-{day.isoformat()}.pdf",
                    _("The list of names for signing on this day, as it is now; the signed ones are scans."),
                    _sheet(event, of_day, len(sessions), at),
                    is_packed=True,
                )
            )
    found += [_kept(file, names[file.pk]) for file in files]
    found += [_evaluation(name, content) for name, content in summary_files(event)]
    found.append(Part("08-funding/funding.txt", _("Who funded the event, with the acknowledgement."), lambda: _funding(event)))
    return found


def _sheet(event: Event, sessions: list[tuple[int, Session]], of: int, at: datetime) -> Callable[[], bytes]:
    return lambda: sheet_pdf(event, sessions, of=of, printed_at=at)


def _evaluation(name: str, content: bytes) -> Part:
    about = _("The evaluation summed up. It is anonymous, and shown from five answers up.")
    return Part(f"06-evaluation/{name}", about, lambda: content, is_packed=name.endswith(".pdf"))


def _file_names(sessions: list[Session], files: list[EvidenceFile]) -> dict[int, str]:
    """What each kept file is called in the pack: by its session's number and its own name."""
    numbers = {session.pk: number for number, session in enumerate(sessions, start=1)}
    names = Names()
    return {
        file.pk: names.free(
            FOLDERS[Kind(file.kind)],
            f"session-{numbers[file.session_id]:02}-{_stem(file)}" if file.session_id in numbers else f"event-{_stem(file)}",
            safe_ending(file.name),
        )
        for file in files
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
    return _text(said)


def _text(lines: Iterable[str]) -> bytes:
    """Plain text that every editor shows: UTF-8 with its mark, lines that end as Windows ends them."""
    text = "\n".join(lines)
    return ("\ufeff" + text.replace("\r\n", "\n").replace("\n", "\r\n") + "\r\n").encode()


def _funding(event: Event) -> bytes:
    funding = event.funding
    if funding is None:
        return _text([_("No funder is named for this event.")])
    lines = [
        (_("Acknowledgement"), funding.emblem_text),
        (_("Programme"), funding.programme),
        (_("Grant number"), funding.grant_number),
        (_("Disclaimer"), funding.disclaimer),
    ]
    return _text(f"{label}: {text}" for label, text in lines if text)
