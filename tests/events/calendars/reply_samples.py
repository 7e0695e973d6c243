"""Replies as mail clients write them: made up from the RFCs and from what is known of each client, with invented people.

Each client is a function from facts to the bytes of a mail. ``forge`` changes what a forger would change.
"""

import base64
import quopri
from dataclasses import dataclass, replace
from datetime import UTC, datetime

#: What our own mail server writes above a mail whose DMARC it found to pass.
PASSED = "mx.calendar.example; dkim=pass header.d={domain}; dmarc=pass (p=reject dis=none) header.from={domain}"


@dataclass(frozen=True)
class Facts:
    """What a reply is about."""

    to: str  # rsvp-…@…
    uid: str
    answer: str = "ACCEPTED"
    attendee: str = "ana.procurer@demo.example"
    sender: str = ""  # in From; empty: the attendee
    sequence: int | None = 0
    stamp: datetime | None = None
    message_id: str = "<1@client.demo.example>"
    comment: str = ""
    results: str | None = PASSED  # Authentication-Results of our own mail server
    method: str = "REPLY"
    extra: tuple[str, ...] = ()  # lines of the VEVENT
    parameters: str = ""  # of ATTENDEE

    @property
    def mail_from(self):
        return self.sender or self.attendee

    @property
    def stamp_text(self):
        return f"{(self.stamp or datetime.now(UTC)).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def reply_to(invitation, **facts):
    """The facts of a reply to this invitation."""
    given = {
        "to": f"rsvp-{invitation.token}@replies.example",
        "uid": invitation.entry.uid,
        "attendee": invitation.attendee,
        "sequence": invitation.sequence,
    }
    return Facts(**{**given, **facts})


def trace(facts):
    """What mail servers write above a mail on its way."""
    domain = facts.mail_from.rpartition("@")[2]
    lines = [f"Delivered-To: {facts.to}"]
    if facts.results is not None:
        lines.append(f"Authentication-Results: {facts.results.format(domain=domain)}")
    return [*lines, "Received: from mail.demo.example (mail.demo.example [192.0.2.7]) by mx.calendar.example"]


def vevent(facts, *lines):
    return [
        "BEGIN:VEVENT",
        f"UID:{facts.uid}",
        *([] if facts.sequence is None else [f"SEQUENCE:{facts.sequence}"]),
        f"DTSTAMP:{facts.stamp_text}",
        *lines,
        *([f"COMMENT:{facts.comment}"] if facts.comment else []),
        *facts.extra,
        "END:VEVENT",
    ]


def calendar(facts, producer, *lines, before=()):
    whole = ["BEGIN:VCALENDAR", f"PRODID:{producer}", "VERSION:2.0", f"METHOD:{facts.method}", *before, *vevent(facts, *lines)]
    return "".join(f"{line}\r\n" for line in [*whole, "END:VCALENDAR"])


def partstat(facts, **more):
    parameters = "".join(f";{name.replace('_', '-')}={value}" for name, value in more.items())
    return f"ATTENDEE;PARTSTAT={facts.answer}{parameters}{facts.parameters}:mailto:{facts.attendee}"


def part(content_type, body, encoding="base64", *more):
    if encoding == "base64":
        written = base64.encodebytes(body.encode()).decode()
    elif encoding == "quoted-printable":
        written = quopri.encodestring(body.encode()).decode()
    else:
        written = body
    return [f"Content-Type: {content_type}", *more, f"Content-Transfer-Encoding: {encoding}", "", *written.splitlines()]


def multipart(kind, parts, boundary="b1"):
    lines = [f'Content-Type: multipart/{kind}; boundary="{boundary}"', ""]
    for one in parts:
        lines += [f"--{boundary}", *one]
    return [*lines, f"--{boundary}--"]


def mail(facts, subject, body, *headers, to=None):
    lines = [
        *trace(facts),
        f"From: Ana Procurer <{facts.mail_from}>",
        f"To: {to or facts.to}",
        f"Subject: {subject}",
        "Date: Mon, 03 May 2027 10:00:00 +0000",
        *([f"Message-ID: {facts.message_id}"] if facts.message_id else []),
        "MIME-Version: 1.0",
        *headers,
        *body,
        "",
    ]
    return "\r\n".join(lines).encode()


# --- The clients -----------------------------------------------------------------------------------------------------


def outlook_desktop(facts):
    """Base64, a Windows time zone, the answer in upper case, the description repeated, X-MICROSOFT properties."""
    zone = [
        "BEGIN:VTIMEZONE",
        "TZID:W. Europe Standard Time",
        "BEGIN:STANDARD",
        "DTSTART:16010101T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
    times = [] if facts.method == "COUNTER" else ["DTSTART;TZID=W. Europe Standard Time:20270615T090000"]
    body = calendar(
        facts,
        "Microsoft Exchange Server 2010",
        f"ATTENDEE;PARTSTAT={facts.answer};CN=Ana Procurer{facts.parameters}:MAILTO:{facts.attendee.upper()}",
        f"ORGANIZER;CN=Test AT:MAILTO:{facts.to.upper()}",
        *times,
        "SUMMARY;LANGUAGE=en-US:Accepted: Market dialogue in practice",
        "CLASS:PUBLIC",
        "PRIORITY:5",
        "TRANSP:OPAQUE",
        "X-MICROSOFT-CDO-APPT-SEQUENCE:0",
        "X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY",
        "X-MS-OLK-FORCEINSPECTOROPEN:TRUE",
        before=zone,
    )
    parts = [
        part('text/plain; charset="us-ascii"', "", "7bit"),
        part(f'text/calendar; charset="utf-8"; method={facts.method}', body),
    ]
    return mail(
        facts, "Accepted: Market dialogue", multipart("alternative", parts), "X-MS-Has-Attach:", "Content-Language: en-US"
    )


def outlook_com(facts):
    """No ORGANIZER at all."""
    body = calendar(
        facts, "Microsoft Exchange Server 2010", partstat(facts), "SUMMARY;LANGUAGE=en-US:Accepted: Market dialogue"
    )
    parts = [part('text/html; charset="us-ascii"', "<p></p>", "7bit"), part("text/calendar; method=REPLY; charset=utf-8", body)]
    return mail(facts, "Accepted: Market dialogue", multipart("alternative", parts))


def gmail(facts):
    """Quoted-printable, marked as generated by Google Calendar, with the calendar as a file besides."""
    body = calendar(
        facts,
        "-//Google Inc//Google Calendar 70.9054//EN",
        "DTSTART:20270615T070000Z",
        "DTEND:20270615T140000Z",
        f"ORGANIZER;CN=Test AT:mailto:{facts.to}",
        partstat(facts, CUTYPE="INDIVIDUAL", ROLE="REQ-PARTICIPANT", CN="Ana Procurer", X_NUM_GUESTS=0),
        "CREATED:20270501T080000Z",
        "STATUS:CONFIRMED",
        before=["CALSCALE:GREGORIAN"],
    )
    inner = [
        part('text/plain; charset="UTF-8"; format=flowed; delsp=yes', "Ana Procurer has accepted this invitation.", "base64"),
        part('text/calendar; charset="UTF-8"; method=REPLY', body, "quoted-printable"),
    ]
    file = part('application/ics; name="invite.ics"', body, "base64", 'Content-Disposition: attachment; filename="invite.ics"')
    whole = multipart("mixed", [multipart("alternative", inner, "b2"), file])
    sender = "Sender: Google Calendar <calendar-notification@google.example>"
    return mail(facts, "Accepted: Market dialogue", whole, sender, "Auto-Submitted: auto-generated")


def apple(facts):
    """The address in EMAIL, a path of iCloud as the value; quoted-printable."""
    body = calendar(
        facts,
        "-//Apple Inc.//Mac OS X 14.0//EN",
        f"ORGANIZER;CN=Test AT;EMAIL={facts.to}:mailto:{facts.to}",
        f"ATTENDEE;CN=Ana;CUTYPE=INDIVIDUAL;EMAIL={facts.attendee};PARTSTAT={facts.answer}{facts.parameters}:/123456/principal/",
        "SUMMARY:Market dialogue in practice",
        "REQUEST-STATUS:2.0;Success",
        before=["CALSCALE:GREGORIAN"],
    )
    parts = [
        part("text/plain; charset=utf-8", "Ana has accepted.", "quoted-printable"),
        part("text/calendar; charset=utf-8; method=REPLY", body, "quoted-printable"),
    ]
    return mail(facts, "Ana has accepted", multipart("alternative", parts))


def thunderbird(facts):
    """8 bit, folded lines, the same calendar again as application/ics."""
    body = calendar(
        facts,
        "-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN",
        f'ORGANIZER;CN=Test\r\n  AT via the calendar;SENT-BY="mailto:calendar@demo.example":mailto:{facts.to}',
        f"ATTENDEE;RSVP=TRUE;CN=Ana Procurer;PARTSTAT={facts.answer};ROLE=REQ-PARTICI\r\n PANT{facts.parameters}:mailto:{facts.attendee}",
        "SUMMARY:Market dialogue in practice – Ä",
        "X-MOZ-LASTACK:20270503T100000Z",
    )
    inner = [
        part("text/plain; charset=utf-8", "Ana accepted.", "8bit"),
        part("text/calendar; method=REPLY; charset=utf-8", body, "8bit"),
    ]
    file = part("application/ics; name=invite.ics", body, "base64")
    return mail(facts, "Invitation: accepted", multipart("mixed", [multipart("alternative", inner, "b2"), file]))


def nextcloud(facts):
    """One part, which is an attachment; lines end with LF before they are encoded."""
    body = calendar(
        facts,
        "-//Sabre//Sabre VObject 4.5.4//EN",
        f"ORGANIZER;CN=Test AT:mailto:{facts.to}",
        partstat(facts, CN="Ana Procurer", X_SCHEDULE=1),
        "REQUEST-STATUS:2.0;Success",
    ).replace("\r\n", "\n")
    parts = [
        part("text/plain; charset=utf-8", "Ana accepted", "quoted-printable"),
        part('text/calendar; method=REPLY; charset="utf-8"; name=event.ics', body, "quoted-printable"),
    ]
    return mail(facts, "Re: Market dialogue", multipart("mixed", parts))


CLIENTS = (outlook_desktop, outlook_com, gmail, apple, thunderbird, nextcloud)


def plain(facts, *headers, **changes):
    """The smallest reply that there is."""
    facts = replace(facts, **changes)
    body = calendar(facts, "-//Test//EN", f"ORGANIZER:mailto:{facts.to}", partstat(facts))
    return mail(
        facts, "Re: Market dialogue", part(f"text/calendar; method={facts.method}; charset=utf-8", body, "8bit"), *headers
    )


def somebody_else_s():
    """A mail that has nothing to do with us."""
    return (
        b"Delivered-To: secretariat@demo.example\r\nFrom: Ben Buyer <ben.buyer@demo.example>\r\nTo: secretariat@demo.example\r\n"
        b"Subject: Lunch\r\nMessage-ID: <lunch@demo.example>\r\nDate: Mon, 03 May 2027 10:00:00 +0000\r\n\r\nAt noon?\r\n"
    )
