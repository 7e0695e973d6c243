"""Composing: from a text template to subject, text and HTML in the reader's language and zones.

A mail is written once, as text. Its HTML follows from the text: a paragraph that ends in an address becomes a button, lines
of “* Label: value” become a list of facts (readers of the text do not see the star). So both parts say the same, and a
translator meets each sentence once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from events.calendars.invitations.messages import Part
from events.programme.models import Event
from events.programme.wording import when
from network.models import Person
from network.vocabulary import zone_named

_FACT = re.compile(r"\* ([^:]+): (\S.*)")
_STAR = re.compile(r"^\* (?=[^:]+: \S)", re.MULTILINE)
_ADDRESS = re.compile(r"https?://\S+")
_CODE = re.compile(r"[A-Z0-9]{3,8}(-[A-Z0-9]{2,8})*")


@dataclass(frozen=True)
class Letter:
    """A message that is composed, not yet addressed."""

    subject: str
    text: str
    html: str
    calendar: Part | None = None  # for the reader's calendar program


@dataclass(frozen=True)
class Block:
    """A part of the text as HTML shows it."""

    form: Literal["text", "facts", "link", "code"]
    lines: list[str]
    facts: list[tuple[str, str]]
    address: str = ""


def language_for(person: Person | None, language: str = "") -> str:
    """The language to write in: as asked, else the person's, else the site's; only one that the interface has."""
    known = dict(settings.LANGUAGES)
    wanted = (language, person.language if person else "", settings.LANGUAGE_CODE)
    return next(code for code in wanted if code in known)


def compose(kind: str, context: Mapping[str, Any], *, language: str, zone: str | None = None) -> Letter:
    """Render ``templates/mail/<kind>.txt``. Times are in the event's zone and, where it differs, the reader's ``zone``.

    An ``event`` in the context brings ``when``, ``own_when``, ``where`` and ``link`` with it; the link to join is in the
    message only if ``confirmed`` is true.
    """
    with translation.override(language):
        site = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "contact": settings.CONTACT_EMAIL}
        facts = {**site, **context}
        event = context.get("event")
        if isinstance(event, Event):
            facts |= event_facts(event, zone, confirmed=bool(context.get("confirmed")))
        subject, _separator, text = render_to_string(f"mail/{kind}.txt", facts).partition("\n\n")
        return letter(subject.removeprefix("Subject:"), text)


def letter(subject: str, text: str) -> Letter:
    """A letter from its subject and its text; the HTML follows. The language is the active one."""
    subject, text = " ".join(subject.split()), _tidy(text)
    language = translation.get_language() or settings.LANGUAGE_CODE
    body, separator, footer = text.rpartition("\n--\n")  # the last: people may draw such a line in what they write
    if not separator:
        body, footer = text, ""
    parts = {"blocks": blocks_of(body), "footer": [line for line in footer.split("\n") if line]}
    html = render_to_string("mail/base.html", {"subject": subject, "language": language, **parts})
    return Letter(subject[:300], _STAR.sub("", text), html)


def event_facts(event: Event, zone: str | None, *, confirmed: bool) -> dict[str, str]:
    """When and where the event is, in words."""
    own = ""
    postponed = event.state == Event.State.POSTPONED
    if zone and not event.all_day and not postponed:
        starts = event.starts_at
        if starts.astimezone(zone_named(zone)).utcoffset() != starts.astimezone(zone_named(event.timezone)).utcoffset():
            own = str(when(event, zone))
    where = []
    if event.format != Event.Format.ONLINE and event.venue is not None:
        where.append(event.venue.one_line)
    if event.format != Event.Format.ON_SITE:
        where.append(_("online"))
    return {
        "when": _("the new date is not known yet") if postponed else str(when(event)),
        "own_when": own,
        "where": ", ".join(where),
        "join_link": event.join_link if confirmed else "",
        "link": f"{settings.SITE_URL}{event.get_absolute_url()}",
    }


def blocks_of(text: str) -> list[Block]:
    """The parts of a text: paragraphs, facts, links and codes."""
    return [_block(part.strip().split("\n")) for part in text.split("\n\n") if part.strip()]


def _block(lines: list[str]) -> Block:
    if _ADDRESS.fullmatch(lines[-1]):
        return Block("link", [line.removesuffix(":") for line in lines[:-1]], [], lines[-1])
    if len(lines) == 1 and _CODE.fullmatch(lines[0]):
        return Block("code", lines, [])
    facts = [match.groups() for line in lines if (match := _FACT.fullmatch(line))]
    if len(facts) == len(lines):
        return Block("facts", lines, [(label, value) for label, value in facts])
    return Block("text", lines, [])


def _tidy(text: str) -> str:
    """No blanks at the ends of lines, one empty line between paragraphs: templates leave gaps where a part is absent."""
    lines = "\n".join(line.strip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()
