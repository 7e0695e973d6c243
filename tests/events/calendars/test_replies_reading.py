"""What is read from a stranger's bytes: no mail is too odd, too broken or too large to be answered with a reason."""

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.calendars.models import Invitation
from events.calendars.replies import answers, authentic, mails, receiving
from tests.events.calendars import reply_samples as samples
from tests.events.calendars.replying import invited, replies_come_here

__all__ = ["replies_come_here"]

FACTS = samples.Facts(
    to="rsvp-" + "a" * 26 + "@replies.example", uid="1@calendar.example", answer="DECLINED", comment="Ill\\, sorry"
)


def read(raw):
    """What the mail says, or why it cannot be read."""
    try:
        return answers.read(mails.calendar_of(raw))
    except mails.Unreadable as error:
        return str(error)


def with_calendar(text, content_type="text/calendar; method=REPLY; charset=utf-8", encoding="8bit"):
    return samples.mail(FACTS, "Re", samples.part(content_type, text, encoding))


def calendar(*lines, method="REPLY"):
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", *lines, "END:VCALENDAR", ""])


def event(*lines):
    return ["BEGIN:VEVENT", *lines, "END:VEVENT"]


@pytest.mark.parametrize("client", samples.CLIENTS, ids=lambda client: client.__name__)
def test_every_client_says_the_same(client):
    said = read(client(FACTS))
    attendee = said.of("Ana.Procurer@demo.example")
    assert (said.method, said.uid, attendee.answer, said.comment, said.sequence) == (
        "REPLY",
        "1@calendar.example",
        "DECLINED",
        "Ill, sorry",
        0,
    )
    assert f"{said.stamp:%Y%m%dT%H%M%SZ}"[:8] == FACTS.stamp_text[:8]
    assert said.organiser == ("" if client is samples.outlook_com else FACTS.to)


BROKEN = {
    "no calendar": (samples.mail(FACTS, "Re", samples.part("text/plain", "I cannot come", "8bit")), "It has no calendar part."),
    "winmail.dat": (
        samples.mail(FACTS, "Re", samples.multipart("mixed", [samples.part('application/ms-tnef; name="winmail.dat"', "x")])),
        "It holds a winmail.dat of Outlook (TNEF) instead of a calendar.",
    ),
    "an empty part": (with_calendar(""), "Its calendar part is empty."),
    "no calendar in the part": (with_calendar("Hello"), "Its calendar is broken (ValueError)."),
    "truncated base64": (
        samples.outlook_desktop(FACTS).replace(b"RU5EOlZDQUxFTkRBUg0K", b"RU5").replace(b"\r\n--b1--", b"")[:-40],
        "Its calendar is broken (ValueError).",
    ),
    "no event": (with_calendar(calendar()), "Its calendar has no event."),
    "no UID": (with_calendar(calendar(*event("DTSTAMP:20270101T000000Z"))), "Its calendar has not exactly one UID."),
    "two UIDs": (with_calendar(calendar(*event("UID:1"), *event("UID:2"))), "Its calendar has not exactly one UID."),
    "one UID twice in one event": (with_calendar(calendar(*event("UID:1", "UID:2"))), "Its calendar has not exactly one UID."),
    "two methods": (with_calendar(calendar(*event("UID:1"), method="COUNTER")), "Its METHOD is not that of its MIME header."),
    "10,000 components": (with_calendar(calendar(*event("UID:1") * 5000)), "Its calendar has too many components."),
    "100,000 lines": (with_calendar(calendar(*event("UID:1", *["X-A:1"] * 20_000))), "Its calendar has too many lines."),
    "a large calendar": (with_calendar(calendar(*event("UID:1", "X-A:" + "a" * 300_000))), "Its calendar is larger than 262144 bytes."),
    "a huge mail": (with_calendar(calendar(*event("UID:1"))) + b"x" * 1_000_000, "It is larger than 1000000 bytes."),
    "a mail in the mail": (
        samples.mail(FACTS, "Fwd", samples.multipart("mixed", [["Content-Type: message/rfc822", "", *samples.plain(FACTS).decode().splitlines()]], "b9")),
        "It has no calendar part.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused_with_a_reason(name):
    raw, why = BROKEN[name]
    assert read(raw) == why


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\x0b", "\x1c"])
def test_only_the_ends_of_lines_end_lines(sign):
    """What a title holds is no line of its own, such as another attendee."""
    lines = [
        f"SUMMARY:Talk{sign}ATTENDEE;PARTSTAT=DECLINED:mailto:b@demo.example",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@demo.example",
    ]
    said = read(with_calendar(calendar(*event("UID:1", *lines)), encoding="base64"))
    assert [(one.address, one.answer) for one in said.attendees] == [("a@demo.example", "ACCEPTED")]


def nested(depth):
    body = samples.plain(FACTS).split(b"\r\n\r\n", 1)[1]
    for number in range(depth):
        line = f"b{number}".encode()
        body = b'Content-Type: multipart/mixed; boundary="' + line + b'"\r\n\r\n--' + line + b"\r\n" + body
    return b"To: " + FACTS.to.encode() + b"\r\n" + body


HOSTILE = {
    "parts in parts in parts": nested(5000),
    "parts in parts, just so many": nested(90),
    "mails in mails": b"Content-Type: message/rfc822\r\n\r\n" * 20_000,
    "mails in mails, just so many": b"Content-Type: message/rfc822\r\n\r\n" * 90,
    "very many parts": b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\n" * 100_000,
    "a report of nothing": b"Content-Type: message/delivery-status\r\n\r\n" + b"\r\n" * 400_000,
    "a long parameter": b'Content-Type: text/calendar; a="' + b";" * 900_000 + b"\r\n\r\nx",
    "a folded long parameter": b'Content-Type: text/calendar; a="' + b";\r\n " * 200_000 + b"\r\n\r\nx",
    "a long From": b"From: " + b"(" * 900_000 + b"\r\n\r\nx",
    "many addresses": b"To: " + b"a@b, " * 190_000 + b"\r\n\r\nx",
    "comments in comments": b"To: " + b"(" * 400_000 + b"a@b\r\nAuthentication-Results: mx.calendar.example" + b"(" * 400_000,
    "one long folded line": with_calendar("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:" + "a\r\n " * 60_000),
    "many parameters": with_calendar(calendar(*event("UID:1", "ATTENDEE" + ";A=1" * 50_000 + ":mailto:a@b"))),
    "one long quoted parameter": with_calendar(calendar(*event("UID:1", 'ATTENDEE;A="' + "x:;" * 80_000))),
    "many escapes": with_calendar(calendar(*event("UID:1", "COMMENT:" + "\\" * 200_000))),
    "many delegates": with_calendar(calendar(*event("UID:1", "ATTENDEE;DELEGATED-TO=" + '"mailto:a@b",' * 15_000 + '"x":mailto:a@b'))),
    "a zone that changes every second": with_calendar(
        calendar("BEGIN:VTIMEZONE", "TZID:Evil", "BEGIN:STANDARD", "DTSTART:19700101T000000", "RRULE:FREQ=SECONDLY",
                 "TZOFFSETFROM:+0000", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE",
                 *event("UID:1", "DTSTART;TZID=Evil:20270101T000000"))),
    "a slow codec": with_calendar(calendar(*event("UID:1", "COMMENT:\xff" * 3)), "text/calendar; charset=idna"),
    "NULs everywhere": b"\x00" * 900_000,
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_takes_long(name, settings):
    settings.REPLIES_AUTHSERV_ID = "mx.calendar.example"
    raw = HOSTILE[name][: mails.MOST_BYTES + 1]
    started = time.process_time()
    header = mails.header_of(raw)
    for value in (
        mails.addresses(header),
        mails.sender(header),
        mails.message_id(raw, header),
        mails.why_automatic(raw, header),
    ):
        assert len(str(value)) < 1_000_000
    assert len(authentic.why_not(header, "ana.procurer@demo.example")) < 200
    said = read(raw)
    assert isinstance(said, str | answers.Said)
    assert time.process_time() - started < 3


def test_a_zone_that_a_stranger_defines_is_not_remembered():
    evil = calendar(
        "BEGIN:VTIMEZONE", "TZID:Ours", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0500", "TZOFFSETTO:+0500",
        "END:STANDARD", "END:VTIMEZONE", *event("UID:1", "DTSTART;TZID=Ours:20270101T000000"),
    )  # fmt: skip
    assert read(with_calendar(evil)).starts.tzinfo is None


@pytest.mark.parametrize(
    ("charset", "written"),
    [("utf-8", "utf-8"), ("utf-8", "latin-1"), ("iso-8859-1", "latin-1"), ("windows-1252", "cp1252"), ("x-unknown", "latin-1"), ("zlib_codec", "latin-1")],
)  # fmt: skip
def test_a_wrong_charset_loses_nothing_but_perhaps_a_letter(charset, written):
    text = calendar(*event("UID:1", "COMMENT:Ärger", "ATTENDEE;PARTSTAT=DECLINED:mailto:a@b.example"))
    head = f"To: x@y\r\nContent-Type: text/calendar; method=REPLY; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    said = read(head.encode() + text.encode(written))
    assert (said.comment, said.of("a@b.example").answer) == ("Ärger", "DECLINED")


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("ATTENDEE:MAILTO:A@B.example", "a@b.example"),
        ("ATTENDEE:mailto:a@b.example?subject=x", "a@b.example"),
        ("ATTENDEE:a@b.example", "a@b.example"),
        ("ATTENDEE;EMAIL=a@b.example:urn:uuid:1", "a@b.example"),
        ('ATTENDEE;X-FOO=1;CN="x;y:z":mailto:a@b.example', "a@b.example"),
        ("ATTENDEE:tel:+43", ""),
        ("ATTENDEE:mailto:a b@c", ""),
    ],
)
def test_an_attendee_is_known_by_the_address(line, address):
    said = read(with_calendar(calendar(*event("UID:1", line))))
    assert [one.address for one in said.attendees] == ([address] if address else [])


@pytest.mark.parametrize(
    ("line", "stamp"),
    [
        ("DTSTAMP:20270101T100000Z", "2027-01-01T10:00:00+00:00"),
        ("DTSTAMP:20270101T100000", "2027-01-01T10:00:00+00:00"),
        ("DTSTAMP;TZID=Europe/Vienna:20270101T100000", "2027-01-01T10:00:00+00:00"),  # it has no zone (RFC 5545 §3.8.7.2)
        ("DTSTAMP:00010101T000000Z", None),
        ("DTSTAMP:99991231T235959Z", None),
        ("DTSTAMP;VALUE=DATE:20270101", None),
        ("DTSTAMP:yesterday", None),
        ("X-NO:DTSTAMP", None),
    ],
)
def test_a_moment_is_one_or_none(line, stamp):
    said = read(with_calendar(calendar(*event("UID:1", line))))
    assert (said.stamp and said.stamp.isoformat()) == stamp


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("Ana <ana@demo.example>", "ana@demo.example"),
        ("ANA@demo.example", "ana@demo.example"),
        ('"Procurer, Ana" <ana@demo.example>', "ana@demo.example"),
        ("=?utf-8?Q?Ana_=C3=84?= <ana@demo.example>", "ana@demo.example"),
        ('"ana@demo.example" <mallory@evil.example>', "mallory@evil.example"),
        ("ana@demo.example <mallory@evil.example>", ""),
        ("ana@demo.example, mallory@evil.example", ""),
        ("<ana@demo.example> <mallory@evil.example>", ""),
        ("<ana@demo.example>mallory@evil.example", ""),
        ("Group: ana@demo.example;", ""),
        ("ana@demo.example (mallory@evil.example)", ""),
        ("<@evil.example:ana@demo.example>", ""),
        ("ana@demo.example\x00@evil.example", ""),
        ("", ""),
    ],
)
def test_from_is_one_plain_address_or_none(field, address):
    assert mails.sender(mails.header_of(f"From: {field}\r\nTo: x@y\r\n\r\n".encode())) == address


def test_two_from_fields_are_none():
    assert mails.sender(mails.header_of(b"From: ana@demo.example\r\nFrom: ana@demo.example\r\n\r\n")) == ""


MUTATIONS = [client(FACTS) for client in samples.CLIENTS]


@given(seed=st.integers(0, 2**32), which=st.sampled_from(range(len(MUTATIONS))), number=st.integers(1, 60))
@settings(max_examples=150)
def test_no_mail_that_was_damaged_on_its_way_is_too_much(seed, which, number):
    """Bytes are changed, removed, repeated: it says something, or there is a reason."""
    dice, raw = random.Random(seed), bytearray(MUTATIONS[which])
    for _time in range(number):
        at = dice.randrange(len(raw))
        match dice.randrange(4):
            case 0:
                raw[at] = dice.randrange(256)
            case 1:
                del raw[at : at + dice.randrange(1, 9)]
            case 2:
                raw[at:at] = raw[at : at + dice.randrange(1, 200)]
            case 3:
                raw[at:at] = dice.choice(
                    [b"\r\n", b"\n\n", b"--b1", b"BEGIN:VEVENT\r\n", b'"', b";", b"\x00", b"=?utf-8?q?", b"\xff"]
                )
    assert isinstance(read(bytes(raw)), str | answers.Said)
    header = mails.header_of(bytes(raw))
    mails.addresses(header)
    assert mails.message_id(bytes(raw), header)
    assert isinstance(authentic.why_not(header, "ana.procurer@demo.example"), str)


@given(lines=st.lists(st.text(max_size=80), max_size=30))
@settings(max_examples=100)
def test_no_calendar_is_too_odd(lines):
    assert isinstance(read(with_calendar(calendar(*event("UID:1", *lines)))), str | answers.Said)


@pytest.mark.django_db
@given(header=st.binary(max_size=300), body=st.binary(max_size=300))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_that_come_to_the_address_of_an_invitation_are_taken_or_set_aside(training, ana, header, body):
    invitation = Invitation.objects.first() or invited(training, ana)
    raw = f"To: rsvp-{invitation.token}@replies.example\r\n".encode() + header + b"\r\n\r\n" + body
    assert receiving.receive(raw) in {receiving.Outcome.TAKEN, receiving.Outcome.SET_ASIDE}
