"""Reads a webinar's attendance report, whichever of the four tools wrote it, in whichever language, encoding and date style."""

import io
from collections.abc import Collection, Sequence
from datetime import date, datetime, tzinfo

from django.utils.translation import gettext as _

from events.attendance.models import ReportImport
from events.attendance.reports import bigbluebutton, teams, webex, zoom
from events.attendance.reports.headings import normal
from events.attendance.reports.moments import Clock, Unreadable, duration, is_nothing, order_of, zone_called
from events.attendance.reports.shapes import RawLine, Report, Seen, Span
from events.programme.periods import known_zone
from network import sheet_files
from network.errors import Invalid
from network.sheet_files import Line

MOST_ROWS = 20_000
LONGEST_NAME, LONGEST_ADDRESS = 200, 254

Tool = ReportImport.Tool
#: In this order: what the first ones are known by is the most particular.
TOOLS = {Tool.WEBEX: webex, Tool.BIGBLUEBUTTON: bigbluebutton, Tool.TEAMS: teams, Tool.ZOOM: zoom}
ZONE_LABELS = ("time zone", "timezone", "zeitzone", "all times", "alle zeiten", "alle uhrzeiten", "alle zeitangaben")


def read_report(content: bytes, *, zone: str, days: Collection[date]) -> Report:
    """The people of a report and when they were connected.

    ``zone`` is whose clock its times are of if it does not say so itself; ``days`` are those of the session, which decide
    between 3 April and 4 March where the dates themselves do not. Raises Invalid at ``file`` or ``timezone``.
    """
    assumed = known_zone(zone)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        people = bigbluebutton.people_in(content)
        if people is None:
            raise Invalid({"file": [_("This JSON is not the data of BigBlueButton’s learning dashboard.")]})
        return Report(Tool.BIGBLUEBUTTON, _known(people), "UTC", is_zone_stated=True)
    sheet = sheet_files.read(io.BytesIO(content), size=len(content), most_rows=MOST_ROWS, in_parts=True)
    for tool, parser in TOOLS.items():
        if parser.is_mine(sheet.lines):
            lines = parser.read(sheet.lines)
            stated = _stated_zone(sheet.lines)
            name, clock_zone = stated or (zone, assumed)
            return _report(tool, lines, name, clock_zone, days, is_zone_stated=stated is not None)
    raise Invalid({"file": [_unknown(sheet.lines)]})


def _unknown(lines: Sequence[Line]) -> str:
    widest = max(lines[:30], key=lambda line: sum(bool(cell) for cell in line.cells))
    found = ", ".join(f"“{cell[:40]}”" for cell in widest.cells[:8] if cell)
    return _(
        "This is not an attendance report that we know. Known are those of Zoom, Microsoft Teams, Webex and BigBlueButton in "
        "English or German, as the tool exports them, with a column for the name and columns for coming and going or for the "
        "duration. Found is: {found}."
    ).format(found=found)


def _stated_zone(lines: Sequence[Line]) -> tuple[str, tzinfo] | None:
    """The zone that a heading, or a line before the table, names for the whole report."""
    for line in lines[:40]:
        text = " ".join(line.cells)
        if any(label in text.lower() for label in ZONE_LABELS) and (found := zone_called(text)):
            return found
        for cell in line.cells:
            # “Join Time (Europe/Vienna)”, “First Join (UTC)”
            if cell.endswith(")") and normal(cell) != " ".join(cell.lower().split()) and (found := zone_called(cell)):
                return found
    return None


def _report(
    tool: str, lines: Sequence[RawLine], zone: str, clock_zone: tzinfo, days: Collection[date], *, is_zone_stated: bool
) -> Report:
    texts = [text for line in lines for text in (line.day, line.joined, line.left) if text]
    order, how = order_of(texts, days)
    clock = Clock(order, clock_zone)
    moments = [(_moment(clock, line, line.joined), _moment(clock, line, line.left)) for line in lines]
    # Whoever has not left when the report was saved was there until the last that it knows.
    end = max((moment for pair in moments for moment in pair if moment), default=None)
    people = []
    for line, (start, leave) in zip(lines, moments, strict=True):
        seconds = duration(line.duration)
        stop = leave or end
        spans: tuple[Span, ...] = ((start, stop),) if start and stop and start < stop else ()
        minutes = None if seconds is None or not line.is_summary else (seconds + 30) // 60
        if not start and minutes is None:
            continue  # listed, but never came
        if minutes is not None and spans and (spans[0][1] - spans[0][0]).total_seconds() <= seconds + 60:  # type: ignore[operator]
            minutes = None  # there without a break: the times are exact
        people.append(Seen(line.name, line.email.strip().lower(), spans, minutes))
    if not people:
        raise Invalid({"file": [_("This is a report of {tool}, but it names nobody who came.").format(tool=Tool(tool).label)]})
    return Report(tool, _known(people), zone, is_zone_stated, order, how)


def _moment(clock: Clock, line: RawLine, text: str) -> datetime | None:
    if is_nothing(text):
        return None
    try:
        return clock.read(text, line.day)
    except Unreadable:
        message = _("Line {number}: “{text}” is no date and time that we can read. Export the report again, as it comes.")
        raise Invalid({"file": [message.format(number=line.number, text=text[:60])]}) from None


def _known(people: Sequence[Seen]) -> list[Seen]:
    """One of each: lines of the same address, or of the same name without an address, are one person's connections."""
    together: dict[tuple[str, str], list[Seen]] = {}
    for one in people:
        name = " ".join(one.name.split())[:LONGEST_NAME] or one.email[:LONGEST_NAME]
        email = one.email if "@" in one.email and len(one.email) <= LONGEST_ADDRESS else ""
        if name:
            together.setdefault((email or name.casefold(), email), []).append(Seen(name, email, one.spans, one.minutes))
    return [_joined(same) for same in together.values()]


def _joined(same: Sequence[Seen]) -> Seen:
    stated = [one.minutes for one in same if one.minutes is not None]
    spans = tuple(span for one in same for span in one.spans)
    if not stated:
        return Seen(same[0].name, same[0].email, spans)
    # Of lines that say only how long, and of exact ones, the lengths add up.
    exact = sum((end - start).total_seconds() for one in same if one.minutes is None for start, end in one.spans)
    return Seen(same[0].name, same[0].email, spans, sum(stated) + round(exact / 60))
