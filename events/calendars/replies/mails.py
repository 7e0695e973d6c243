"""A mail that came in: its bounds, its headers, and the calendar in it.

Everything here was written by a stranger. What is read is small and counted before Python's parser sees it: that one is patient
with nonsense, but takes its time with thousands of parts, and with parts in parts.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from itertools import islice

#: Bounds of a mail. What mail clients send is a few kilobytes; Outlook adds some pictures.
MOST_BYTES = 1_000_000
MOST_HEADER_BYTES = 128 * 1024
MOST_FIELD_BYTES = 8 * 1024  # of a Content-Type: the time that Python takes grows with its square
MOST_BOUNDARIES = 100
MOST_PARTS = 50
DEEPEST = 8
MOST_DASHED_LINES = 2000
MOST_CALENDAR_BYTES = 256 * 1024

#: Where the address stands to which a mail was really delivered, in the ways of Postfix, Exim, Dovecot, Cyrus and qmail.
ADDRESSED = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To")
MOST_FIELDS, MOST_ADDRESSES = 20, 500

_FIELD = re.compile(rb"^content-type:[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE)
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?", re.IGNORECASE)
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
#: Charsets that mail clients write. Others of Python's codecs are no charsets, or slow on purpose-made input.
_CHARSET = re.compile(r"(?:utf-?8|us-ascii|iso-8859-\d{1,2}|windows-125\d|cp125\d|utf-16(?:le|be)?|koi8-[ru])", re.IGNORECASE)


class Unreadable(Exception):
    """A mail that came to one of our addresses and cannot be read. Its text says why, in English."""


@dataclass(frozen=True)
class CalendarPart:
    """The calendar of a mail as text, with the method that its MIME header names (RFC 6047 §2.4)."""

    text: str
    method: str


def header_of(raw: bytes) -> Message:
    """The header, however much follows it."""
    head = raw[:MOST_HEADER_BYTES]
    for end in (b"\r\n\r\n", b"\n\n"):
        head = head.partition(end)[0]
    return BytesHeaderParser().parsebytes(head + b"\r\n\r\n")


def values(header: Message, name: str) -> list[str]:
    """All values of a header field, unfolded and bounded."""
    return [one_line(str(value), MOST_FIELD_BYTES) for value in header.get_all(name, [])]


def one_line(text: str, limit: int) -> str:
    """Text without line breaks and control characters: what a database takes, and what harms no page, log or mail."""
    clean = _SPACES.sub(" ", text[: limit * 4].encode("utf-8", "replace").decode("utf-8")).strip()
    return clean[:limit]


def addresses(header: Message) -> list[str]:
    """Where the mail was sent and delivered to: whatever looks like an address, also in a comment. Ours are long enough."""
    fields = " ".join(value for name in ADDRESSED for value in values(header, name)[:MOST_FIELDS])
    return [match.group() for match in islice(_ADDRESS.finditer(fields), MOST_ADDRESSES)]


def sender(header: Message) -> str:
    """The address in From, in lower case; empty unless there is exactly one field with exactly one plain address.

    Stricter than RFC 5322, because programs differ in what they make of odd fields, and an attacker picks where they differ.
    """
    fields = header.get_all("From", [])
    if len(fields) != 1 or len(str(fields[0])) > 1000:
        return ""
    field = one_line(str(fields[0]), 1000)
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", field)  # a name in quotes may say anything
    name, opens, rest = bare.partition("<")
    address, closes, after = rest.partition(">") if opens else (bare.strip(), "", "")
    if bool(opens) != bool(closes) or after.strip() or (any(sign in name for sign in ',;:"') and opens):
        return ""
    if (opens and "@" in name) or not _ADDRESS.fullmatch(address.strip()):
        return ""
    return address.strip().lower()


def message_id(raw: bytes, header: Message) -> str:
    """What names the mail once and for all: its Message-ID, or a digest where there is none that can be used.

    Fields that each way of delivery adds are not part of the digest, so that a second copy has the same one.
    """
    said = [value.strip() for value in values(header, "Message-ID")]
    if len(said) == 1 and re.fullmatch(r"<[^<>\s]{3,250}>", said[0]):
        return said[0]
    body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    parts = [*said, *values(header, "From"), *values(header, "Date"), *values(header, "Subject")]
    return "sha256:" + hashlib.sha256("\n".join(parts).encode() + b"\n\n" + body).hexdigest()


def sent_at(header: Message) -> datetime | None:
    """The Date field, if it makes sense."""
    for value in values(header, "Date")[:1]:
        try:
            moment = parsedate_to_datetime(value)
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return None


def why_automatic(raw: bytes, header: Message) -> str:
    """Why nobody wrote this by hand; empty if somebody may have (RFC 3834, RFC 3464, RFC 2919).

    Google Calendar marks the answers that people give in it as “auto-generated”. So that word does not count against a mail;
    “auto-replied” does.
    """
    for value in values(header, "Auto-Submitted"):
        if (said := value.partition(";")[0].strip().lower()) not in {"", "no", "auto-generated"}:
            return f"It is automatic (Auto-Submitted: {said[:40]})."
    for value in values(header, "Precedence"):
        if value.lower() in {"bulk", "junk", "list", "auto_reply"}:
            return f"It is automatic or from a list (Precedence: {value.lower()})."
    if header.get("List-Id") is not None or header.get("X-Autoreply") is not None or header.get("X-Autorespond") is not None:
        return "It is from a mailing list or an answering machine."
    if any(value.replace(" ", "") == "<>" for value in values(header, "Return-Path")):
        return "It is a report about a delivery (it has no return path)."
    if _media_type(header) == "multipart/report" or b"message/delivery-status" in raw[:MOST_BYTES].lower():
        return "It is a report about a delivery."
    return ""


def calendar_of(raw: bytes) -> CalendarPart:
    """The first text/calendar part, decoded; where there is none, the first application/ics. Raises Unreadable."""
    _check_bounds(raw)
    try:
        parts = list(_leaves(message_from_bytes(raw)))
        for wanted in ("text/calendar", "application/ics"):
            for part in parts:
                if _media_type(part) == wanted:
                    return _decoded(part)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(f"Its MIME structure is broken ({type(error).__name__}).") from error
    if any(_media_type(part) in {"application/ms-tnef", "application/vnd.ms-tnef"} for part in parts):
        raise Unreadable("It holds a winmail.dat of Outlook (TNEF) instead of a calendar.")
    raise Unreadable("It has no calendar part.")


def _check_bounds(raw: bytes) -> None:
    if len(raw) > MOST_BYTES:
        raise Unreadable(f"It is larger than {MOST_BYTES} bytes.")
    low = raw.replace(b"\r\n", b"\n").lower()
    if low.count(b"boundary") > MOST_BOUNDARIES or low.count(b"message/") > MOST_BOUNDARIES:
        raise Unreadable("It has too many parts in parts.")
    if b"message/delivery-status" in low:  # Python makes a message of each empty line in it
        raise Unreadable("It is a report about a delivery.")
    if low.count(b"\n--") > MOST_DASHED_LINES:
        raise Unreadable("It has too many parts.")
    if any(len(field.group()) > MOST_FIELD_BYTES for field in _FIELD.finditer(low)):
        raise Unreadable("A Content-Type in it is too long.")


def _leaves(message: Message, depth: int = 0, seen: list[int] | None = None) -> Iterator[Message]:
    """The parts that hold something. A mail in the mail is no part of it: what somebody forwards is not what they answer."""
    seen = [0] if seen is None else seen
    seen[0] += 1
    if depth > DEEPEST or seen[0] > MOST_PARTS:
        raise Unreadable("It has too many parts.")
    if message.get_content_maintype() == "message":
        return
    if message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _leaves(part, depth + 1, seen)
    else:
        yield message


def _media_type(message: Message) -> str:
    try:
        return message.get_content_type()
    except Exception:  # noqa: BLE001 - as above
        return ""


def _decoded(part: Message) -> CalendarPart:
    body = part.get_payload(decode=True)
    if not isinstance(body, bytes) or not body.strip():
        raise Unreadable("Its calendar part is empty.")
    if len(body) > MOST_CALENDAR_BYTES:
        raise Unreadable(f"Its calendar is larger than {MOST_CALENDAR_BYTES} bytes.")
    method = part.get_param("method", "")
    return CalendarPart(_text(body, part.get_content_charset("")), one_line(str(method), 20).upper())


def _text(body: bytes, charset: str) -> str:
    """RFC 5545 §3.1.4 wants UTF-8. Who writes something else says so in the charset, or does not."""
    try:
        return body.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        known = (
            charset if _CHARSET.fullmatch(charset) and not charset.lower().startswith(("utf-8", "utf8", "us-")) else "latin-1"
        )
        try:
            return body.decode(known, "replace")
        except (LookupError, UnicodeError):
            return body.decode("latin-1")
