"""A mail client that takes invitations: the rules of RFC 5546 (§2.1.5, §3.2) with the manners that were seen in Thunderbird.

It is a stricter reader than any real one: it also finds what only some of them stumble over.
"""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default

import icalendar


@dataclass
class Item:
    """What is in the calendar."""

    summary: str
    starts: object
    location: str
    status: str
    sequence: int


@dataclass
class Taken:
    """What a mail offered."""

    offer: str  # add, update, already processed, delete, nothing, outdated
    method: str
    sequence: int
    summary: str


class MailClient:
    """Somebody's mail client and calendar. They say yes to whatever is offered, unless ``accepts`` is off."""

    def __init__(self, address):
        self.address, self.accepts = address, True
        self.calendar, self.known, self.organisers = {}, {}, {}

    def take(self, raw):
        """Read a mail as it came from the server. None if it has nothing for a calendar."""
        mail = message_from_bytes(raw, policy=default)
        assert mail["To"] == self.address
        parts = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
        if not parts:
            return None
        (part,) = parts
        calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
        (entry,) = calendar.walk("VEVENT")
        method, uid, sequence = str(calendar["METHOD"]), str(entry["UID"]), int(entry["SEQUENCE"])
        assert part.get_param("method") == method
        self._check_people(entry, uid)
        assert (str(entry["STATUS"]) == "CANCELLED") == (method == "CANCEL")
        return Taken(self._apply(method, uid, sequence, entry), method, sequence, str(entry["SUMMARY"]))

    def _check_people(self, entry, uid):
        attendee = entry["ATTENDEE"]
        assert not isinstance(attendee, list), "others are named"
        assert str(attendee).lower() == f"mailto:{self.address}".lower()
        organiser = str(entry["ORGANIZER"])
        # A UID belongs to its organiser; from anybody else it is a forgery (RFC 5546 §6.1.1).
        assert self.organisers.setdefault(uid, organiser) == organiser

    def _apply(self, method, uid, sequence, entry):
        """RFC 5546 §2.1.5: the SEQUENCE decides, then the DTSTAMP. What was seen is remembered, also of what was deleted."""
        revision: tuple[int, datetime] = (sequence, entry.decoded("DTSTAMP"))
        before = self.known.get(uid)
        if before is not None and revision[0] == before[0]:
            assert revision == before, "the same SEQUENCE with another DTSTAMP"
            return "already processed"
        if before is not None and revision < before:
            return "outdated"
        self.known[uid] = revision
        if method == "CANCEL":
            return "delete" if self.calendar.pop(uid, None) else "nothing"
        offer = "update" if uid in self.calendar else "add"
        if self.accepts:
            self.calendar[uid] = Item(
                str(entry["SUMMARY"]), entry.decoded("DTSTART"), str(entry.get("LOCATION", "")), str(entry["STATUS"]), sequence
            )
        return offer

    @property
    def shown(self):
        """What is in the calendar: (start, title), in order."""
        return sorted((item.starts, item.summary) for item in self.calendar.values())
