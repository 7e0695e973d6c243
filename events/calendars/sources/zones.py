"""Which time zone a foreign calendar means by a name.

IANA’s names win, also where they are wrapped (``/freeassociation.sourceforge.net/Europe/Vienna``) or called as Windows calls
them (``W. Europe Standard Time``). Any other name means what the VTIMEZONE of that name in the file says.
"""

import hashlib
from functools import cache
from zoneinfo import available_timezones

import icalendar
from icalendar.timezone import tzp
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from events.calendars.sources.lines import name_and_value

LONGEST_RULE = 200
_UTC = {"Z", "GMT", "UTC", "ETC/UTC", "ETC/GMT", "COORDINATED UNIVERSAL TIME"}


def iana(name: str) -> str:
    """The IANA name that is meant, or empty."""
    name = name.strip().strip('"').strip("/")
    if name.upper() in _UTC:
        return "UTC"
    known = _known()
    parts = name.split("/")
    candidates = [name, WINDOWS_TO_OLSON.get(name, ""), *("/".join(parts[-size:]) for size in (3, 2) if len(parts) > size)]
    return next((known[candidate.lower()] for candidate in candidates if candidate.lower() in known), "")


@cache
def _known() -> dict[str, str]:
    """IANA’s places, by what people make of their letters."""
    return {zone.lower(): zone for zone in available_timezones() - {"localtime", "posixrules", "Factory"}}


class Zones:
    """The zones of one file. Worked out when they are first asked for."""

    def __init__(self, components: list[list[str]]) -> None:
        self._components: dict[str, list[str]] = {}
        for lines in components:
            facts = dict(map(name_and_value, reversed(lines)))  # the first of each name counts
            self._components.setdefault(facts.get("TZID", ""), lines)
        self._found: dict[str, str] = {}

    def named(self, name: str) -> str:
        """By which name icalendar knows the zone that the file calls so; empty if nobody knows it."""
        name = name.strip('"')
        if name not in self._found:
            self._found[name] = iana(name) or self._own(name)
        return self._found[name]

    def _own(self, name: str) -> str:
        lines = self._components.get(name)
        if not lines:
            return ""
        hint = next((value for prop, value in map(name_and_value, lines) if prop == "X-LIC-LOCATION"), "")
        return iana(hint) or _introduced(lines)


def _introduced(lines: list[str]) -> str:
    """Make the zone that these lines describe known to icalendar; empty if they make no sense.

    icalendar keeps zones by their name for as long as the process lives, and another file may mean another zone by this name.
    So it is called by what it says.
    """
    if any(name == "RRULE" and not _is_yearly(value) for name, value in map(name_and_value, lines)):
        return ""
    own = "zone-" + hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
    text = [f"TZID:{own}" if name_and_value(line)[0] == "TZID" else line for line in lines]
    try:
        component = icalendar.Timezone.from_ical("\r\n".join(["BEGIN:VTIMEZONE", *text, "END:VTIMEZONE", ""]))
        tzp.cache_timezone_component(component)
    except Exception:  # noqa: BLE001 - whatever a stranger wrote into it: it is no zone
        return ""
    return own


def _is_yearly(rule: str) -> bool:
    """Clocks are changed by the year. Another rule would have to be worked out minute by minute."""
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";"))
    return len(rule) <= LONGEST_RULE and parts.get("FREQ") == "YEARLY" and parts.get("INTERVAL", "1") == "1"
