"""What is asked of a foreign calendar, and what is found in it. ``reading`` has libraries of its own."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Date:
    """One occurrence of a foreign event. Times are ISO 8601: instants in UTC, or days with the last one included."""

    uid: str
    key: str  # which of its event's occurrences; empty for the only one
    all_day: bool
    starts: str
    ends: str
    zone: str  # the IANA zone in whose clock to tell it
    title: str
    place: str = ""
    description: str = ""
    link: str = ""
    categories: list[str] = field(default_factory=list)
    status: str = "CONFIRMED"


@dataclass
class Reading:
    """What is in a calendar."""

    dates: list[Date] = field(default_factory=list)
    events: int = 0  # in the file, whenever they are
    left_out: int = 0
    remarks: list[list[str]] = field(default_factory=list)  # of the first that were left out: title and code


@dataclass(frozen=True)
class Window:
    """From when to when, and how to understand what the file leaves open."""

    first: date
    last: date
    zone: str  # of times without any, where the calendar names none
    own_host: str = ""  # UIDs that end with it are ours
