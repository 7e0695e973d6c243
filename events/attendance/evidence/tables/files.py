"""The files that prove attendance as tables: scans and reports, whom the reports name, and the reports that were handed in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from events.attendance.evidence.parts import Column, Grid
from events.attendance.evidence.tables.wording import at, by_name, local, named, session_columns, who, who_columns, yes_or_no
from events.attendance.models import EvidenceFile, HandedIn, ReportImport
from events.programme.models import Event, Session
from events.registrations.models import Registration
from network.sheets import Cell
from network.vocabulary import zone_named


def files_table(event: Event, files: Sequence[EvidenceFile], names: Mapping[int, str]) -> Grid:
    """All files with their hashes, withdrawn ones too; ``names`` are those in the pack, by the file's key."""
    columns = [
        Column("file", _("File in this pack"), _("Where it is; empty: it was withdrawn and is not in the pack.")),
        Column("name", _("Name as it came"), _("What the file was called where it came from.")),
        Column("kind", _("Kind"), _("A signed sheet, a webinar’s report, or other evidence.")),
        Column("session", _("Session"), _("Which session it is of.")),
        Column("note", _("Note"), _("What the organiser noted about it.")),
        Column("size", _("Bytes"), _("Its size.")),
        Column("sha256", "SHA-256", _("The hash that was noted when it was uploaded.")),
        Column("uploaded_at", at(event, _("Uploaded at")), _("When it was uploaded.")),
        Column("by", _("By"), _("Who uploaded it.")),
        Column("withdrawn", _("Withdrawn"), _("Whether the organiser said that it was put there by mistake.")),
        Column("withdrawn_at", at(event, _("Withdrawn at")), _("When that was said.")),
    ]
    rows: list[list[Cell]] = [
        [
            names.get(file.pk, ""),
            file.name,
            file.get_kind_display(),
            str(file.session) if file.session else _("the whole event"),
            file.note,
            file.size,
            file.sha256,
            local(event, file.uploaded_at),
            named(file.uploaded_by),
            yes_or_no(file.withdrawn_at),
            local(event, file.withdrawn_at),
        ]
        for file in files
    ]
    return Grid(columns, rows)


def report_people_table(event: Event, sessions: Sequence[Session], people: Mapping[int, str], names: Mapping[int, str]) -> Grid:
    """Whom each webinar's report names, and whom they were taken for. ``people`` are names by registration."""
    columns = [
        Column("file", _("File in this pack"), _("The webinar’s report as its tool wrote it.")),
        *session_columns(),
        Column("said", _("Name in the report"), _("As the tool wrote it.")),
        Column("registration", _("Registration"), _("Whom they were taken for; empty: nobody.")),
        Column("name", _("Name"), _("Who that is.")),
        Column("how", _("How they were matched"), _("By e-mail address, by name, or by an organiser’s choice.")),
        Column("connected", at(event, _("Connected")), _("From when to when, as the report says.")),
        Column("minutes", _("Minutes stated"), _("Where the report says how long, but not when.")),
        Column("zone", _("Read by the clock of"), _("Whose clock the report’s times are.")),
        Column("stated", _("The report says so"), _("Whether the report itself names this clock.")),
    ]
    hows = {
        "email": _("by e-mail address"),
        "name": _("by name"),
        "chosen": _("chosen by the organiser"),
        "doubtful": _("by name, confirmed by the organiser"),
        "not_here": _("registered, but no participant of this session"),
        "nobody": _("not matched"),
    }
    numbers = {session.pk: (number, str(session)) for number, session in enumerate(sessions, start=1)}
    zone = zone_named(event.timezone)
    found = ReportImport.objects.filter(session__event=event, state=ReportImport.State.RECORDED)
    rows: list[list[Cell]] = []
    for report in found.order_by("session__starts_at", "session_id", "recorded_at", "pk"):
        for one in report.people:
            key = one.get("registration")
            how = str(one.get("how", ""))
            spans = [[datetime.fromisoformat(moment).astimezone(zone) for moment in span] for span in one["spans"]]
            rows.append(
                [
                    names.get(report.evidence_id, ""),
                    *numbers[report.session_id],
                    one["name"],
                    key,
                    people.get(key or 0, ""),
                    _("not matched") if key is None and how == "doubtful" else hows.get(how, how),
                    "; ".join(f"{start:%H:%M:%S}–{end:%H:%M:%S}" for start, end in spans),
                    one["minutes"],
                    str(report.reading.get("zone", "")),
                    yes_or_no(report.reading.get("is_zone_stated")),
                ]
            )
    return Grid(columns, rows)


def handed_in_table(event: Event, everybody: Iterable[Registration]) -> Grid:
    """Whose report was handed in, and the hash of the file. The files themselves are theirs and stay with the organiser."""
    columns = [
        *who_columns(),
        Column("file", _("File name"), _("What the file was called. Empty: the organiser noted that they have the report.")),
        Column("size", _("Bytes"), _("Its size.")),
        Column("sha256", "SHA-256", _("The hash of the file, by which the organiser’s copy can be checked.")),
        Column("at", at(event, _("Handed in at")), _("When it was handed in.")),
        Column("by", _("Noted by"), _("The organiser who noted it, if one did.")),
    ]
    found = {one.registration_id: one for one in HandedIn.objects.filter(registration__event=event).select_related("noted_by")}
    rows: list[list[Cell]] = []
    for one in sorted((one for one in everybody if one.pk in found), key=by_name):
        report = found[one.pk]
        when, by = local(event, report.handed_in_at), named(report.noted_by)
        rows.append([*who(one), report.name, report.size or None, report.sha256, when, by])
    return Grid(columns, rows)
