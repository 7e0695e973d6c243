"""Which recurrence rules are worked out, and how they are written so that nothing about their end is in doubt.

A rule from outside could keep a machine busy for ever (``FREQ=SECONDLY``, ``INTERVAL=0``). Only those that an event of people
could have are taken; see also ``reading``, which bounds time and memory of the whole.
"""

import re
from datetime import UTC, date, datetime, time

LONGEST = 400
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
MOST_TIMES_A_DAY = 24
MOST_COUNT = 10_000
MOST_INTERVAL = 1_000
_MOMENT = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
_KNOWN = {
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS"),
    *("BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYHOUR", "BYMINUTE", "BYSECOND"),
}


class Refused(ValueError):
    """A rule that is not worked out."""


def mended(rule: str, starts: date, end: date) -> str:
    """The rule, with its UNTIL in the form of its start (RFC 5545 §3.3.10) and not beyond ``end``. Raises Refused.

    A local UNTIL is on the clock of the start; a date means that day to its end, as calendar programs take it.
    """
    parts = _parts(rule)
    if parts.get("FREQ") not in FREQUENCIES or not parts.keys() <= _KNOWN or {"COUNT", "UNTIL"} <= parts.keys():
        raise Refused(rule[:80])
    _require_number(parts, "INTERVAL", MOST_INTERVAL)
    _require_number(parts, "COUNT", MOST_COUNT)
    times = [len(parts[name].split(",")) for name in ("BYHOUR", "BYMINUTE", "BYSECOND") if name in parts]
    product = 1
    for number in times:
        product *= number
    if product > MOST_TIMES_A_DAY:
        raise Refused(rule[:80])
    until = parts.pop("UNTIL", "")
    last = _until(until, starts) if until else None
    if "COUNT" not in parts:
        limit = _as_until(end, starts)
        parts["UNTIL"] = limit if last is None else min(last, limit)
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _parts(rule: str) -> dict[str, str]:
    if len(rule) > LONGEST:
        raise Refused(rule[:80])
    parts: dict[str, str] = {}
    for part in rule.upper().replace(" ", "").strip(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in parts:
            raise Refused(rule[:80])
        parts[name] = value
    return parts


def _require_number(parts: dict[str, str], name: str, most: int) -> None:
    value = parts.get(name, "1")
    if not (value.isascii() and value.isdigit() and len(value) < 7 and 1 <= int(value) <= most):
        raise Refused(f"{name}={value[:20]}")


def _until(value: str, starts: date) -> str:
    match = _MOMENT.fullmatch(value)
    if match is None:
        raise Refused(f"UNTIL={value[:20]}")
    day, clock, is_utc = match.groups()
    if not clock:
        return _as_until(datetime.strptime(day, "%Y%m%d").date(), starts)  # noqa: DTZ007 - a date has no zone
    if not isinstance(starts, datetime):
        return day
    until = datetime.strptime(day + clock, "%Y%m%d%H%M%S").replace(tzinfo=UTC if is_utc else starts.tzinfo)
    return f"{until.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _as_until(day: date, starts: date) -> str:
    """The whole of a day, on the clock of the start."""
    if not isinstance(starts, datetime):
        return f"{day:%Y%m%d}"
    end = datetime.combine(day, time.max, tzinfo=starts.tzinfo).replace(microsecond=0)
    return f"{end.astimezone(UTC):%Y%m%dT%H%M%SZ}"
