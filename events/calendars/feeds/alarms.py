"""Reminders in a feed of one's own, for who wishes them (VALARM, RFC 5545 §3.6.6): added to entries, never kept in them."""

import uuid
from dataclasses import dataclass

from events.calendars.entries import ical

LONGEST = 28 * 24 * 60  # minutes: four weeks, as far as the usual programs look ahead
DAY = 24 * 60
MORNING = 9 * 60  # when to remind of whole days: their start is midnight, when nobody wants to be told

_END = "END:VEVENT\r\n"


@dataclass(frozen=True)
class Alarm:
    """How long before the start the entries of an address remind."""

    minutes: int
    address: int  # key of the address: two feeds of one person do not share alarms

    def inserted(self, component: str, *, uid: str, title: str, all_day: bool) -> str:
        """The VEVENT with the alarm as its last part.

        Its UID is made of the entry's (RFC 9074 §4): the same whenever the feed is built, and when the minutes change.
        """
        alarm = ical.lines(
            "BEGIN:VALARM",
            f"UID:{uuid.uuid5(uuid.NAMESPACE_URL, f'{uid}/alarm/{self.address}')}",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{ical.text(title)}",
            f"TRIGGER:{_before(self._before_midnight if all_day else self.minutes)}",
            "END:VALARM",
        )
        return f"{component.removesuffix(_END)}{alarm}{_END}"

    @property
    def _before_midnight(self) -> int:
        """At nine in the morning of the day before, or as many whole days earlier as the wish has."""
        return max(1, self.minutes // DAY) * DAY - MORNING


def _before(minutes: int) -> str:
    """A duration as in RFC 5545 §3.3.6, negative: -PT15M, -PT2H, -P1D, -P1DT15H."""
    days, rest = divmod(minutes, DAY)
    hours, rest = divmod(rest, 60)
    time = f"{hours}H" * bool(hours) + f"{rest}M" * bool(rest)
    if not days and not time:
        return "PT0M"
    return "-P" + f"{days}D" * bool(days) + (f"T{time}" if time else "")
