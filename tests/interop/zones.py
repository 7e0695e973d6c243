"""The zones of the network and of the EU's other members, and the hours when their clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONES = [
    "Africa/Ceuta",
    "Atlantic/Azores",
    "Atlantic/Canary",
    "Atlantic/Madeira",
    "Atlantic/Reykjavik",
    "Asia/Famagusta",
    "Asia/Nicosia",
    "Europe/Amsterdam",
    "Europe/Athens",
    "Europe/Berlin",
    "Europe/Bratislava",
    "Europe/Brussels",
    "Europe/Bucharest",
    "Europe/Budapest",
    "Europe/Busingen",
    "Europe/Copenhagen",
    "Europe/Dublin",
    "Europe/Helsinki",
    "Europe/Istanbul",
    "Europe/Kyiv",
    "Europe/Lisbon",
    "Europe/Ljubljana",
    "Europe/London",
    "Europe/Luxembourg",
    "Europe/Madrid",
    "Europe/Malta",
    "Europe/Oslo",
    "Europe/Paris",
    "Europe/Prague",
    "Europe/Riga",
    "Europe/Rome",
    "Europe/Sofia",
    "Europe/Stockholm",
    "Europe/Tallinn",
    "Europe/Vienna",
    "Europe/Vilnius",
    "Europe/Warsaw",
    "Europe/Zagreb",
]


def changes_of(zone, year):
    """The moments when the zone's clock is changed, to the hour."""
    info, moment = ZoneInfo(zone), datetime(year, 1, 1, tzinfo=UTC)
    while moment.year == year:
        later = moment + timedelta(hours=1)
        if moment.astimezone(info).utcoffset() != later.astimezone(info).utcoffset():
            yield later
        moment = later


def hours_around(zone, year):
    """Every hour of the two days around each change of the clock, at half past."""
    for change in changes_of(zone, year):
        for hours in range(-24, 24):
            yield change + timedelta(hours=hours, minutes=30)
