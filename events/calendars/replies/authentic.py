"""Whether a mail really comes from whom it says: the verdict of our own mail server (RFC 8601), and the address in From.

RFC 6047 offers only S/MIME, which nobody uses. So a reply counts where From is the ATTENDEE, and our server found that the
domain of From vouches for the mail (DMARC: an aligned signature or sender).
"""

import re
from email.message import Message

from django.conf import settings

from events.calendars.replies.mails import sender, values

_DMARC = re.compile(r"dmarc\s*(?:/\s*1\s*)?=\s*(?P<result>[a-z]+)(?P<rest>\s.*|)", re.IGNORECASE | re.DOTALL)
_HEADER_FROM = re.compile(r"\sheader\.from\s*=\s*(?P<value>\"[^\"]*\"|\S+)", re.IGNORECASE)


def why_not(header: Message, attendee: str) -> str:
    """Why it is not certain that the attendee sent this; empty if it is."""
    if header.defects:  # where one program sees the end of the header, another reads on: a second From, say
        return "Its header is not well-formed."
    address = sender(header)
    if not address:
        return "It has not exactly one plain address in From."
    if address != attendee.lower():
        return "From is not the attendee."
    if not settings.REPLIES_AUTHSERV_ID:
        return "REPLIES_AUTHSERV_ID is not set, so no mail can be trusted."
    results = _results(header)
    if results is None:
        return f"It has no Authentication-Results of {settings.REPLIES_AUTHSERV_ID}."
    dmarc = [match for result in results if (match := _DMARC.fullmatch(result))]
    if len(dmarc) != 1:
        return "The Authentication-Results do not say one thing about DMARC."
    if (verdict := dmarc[0]["result"].lower()) != "pass":
        return f"DMARC says {verdict[:20]}."
    judged = _HEADER_FROM.findall(dmarc[0]["rest"])
    domain = judged[0].strip('"').rpartition("@")[2].lower().rstrip(".") if len(judged) == 1 else ""
    return "" if domain == address.rpartition("@")[2] else "DMARC passed for another domain than that of From."


def _results(header: Message) -> list[str] | None:
    """What our server wrote, result by result; None if it wrote nothing.

    Of the fields in its name only the topmost counts. A server writes its fields above those that came with the mail, so what
    stands further down may be anybody's. The filter that judges DMARC has to write last, then, as OpenDMARC and rspamd do.
    """
    for value in values(header, "Authentication-Results"):
        plain, is_whole = _without_comments(value)
        first, *results = plain.split(";")
        name = (first.split() or [""])[0].strip('"')
        if name.lower() == settings.REPLIES_AUTHSERV_ID.lower():
            return [result.strip() for result in results if result.strip()] if is_whole else []
    return None


def _without_comments(value: str) -> tuple[str, bool]:
    """The field without what stands in parentheses, which may be nested (RFC 5322 §3.2.2), and without quoted semicolons.

    And whether each comment and quoted string ends: one that does not may hide the verdict that stands behind it.
    """
    kept, depth, quoted, escaped = [], 0, False, False
    for sign in value:
        if escaped:
            escaped = False
            continue
        if sign == "\\" and (quoted or depth):
            escaped = True
        elif sign == '"' and not depth:
            quoted = not quoted
            kept.append(sign)
        elif quoted:
            kept.append(" " if sign == ";" else sign)
        elif sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(sign)
    return "".join(kept), not (depth or quoted)
