"""The shape of a mail that carries something for a calendar program (RFC 6047 §2.4, and what mail clients make of it).

    multipart/mixed
        multipart/alternative
            text/plain
            text/html
            text/calendar; method=REQUEST; charset=utf-8    last: the richest (RFC 2046 §5.1.4); Outlook looks for the method
        application/ics; name="invite.ics"                  the same bytes, for programs that know files only

Both calendar parts are bytes in base64. As text, Python would write their lines with LF inside base64, Django would add a
second charset, and a long line could be broken by a mail server.
"""

from email import encoders
from email.mime.base import MIMEBase
from typing import Any

from django.core.mail import EmailMultiAlternatives

from events.calendars.invitations.messages import Part


class MailWithCalendar(EmailMultiAlternatives):
    """A mail that may have a part for a calendar program. It needs text and HTML beside it."""

    def __init__(self, *arguments: Any, calendar: Part | None = None, **facts: Any) -> None:
        super().__init__(*arguments, **facts)
        self.calendar = calendar
        if calendar is not None:
            self.attach(_file(calendar))

    def message(self, **policy: Any) -> Any:
        """As Django builds it, with the calendar as the last of the alternatives."""
        mail: Any = super().message(**policy)
        if self.calendar is not None:
            mail.get_payload(0).attach(_part(f"text/calendar; method={self.calendar.method}; charset=utf-8", self.calendar))
        return mail


def _file(calendar: Part) -> Any:
    part = _part('application/ics; name="invite.ics"', calendar)
    part["Content-Disposition"] = 'attachment; filename="invite.ics"'
    return part


def _part(content_type: str, calendar: Part) -> MIMEBase:
    part = MIMEBase("application", "octet-stream")
    part.replace_header("Content-Type", content_type)
    part.set_payload(calendar.body)
    encoders.encode_base64(part)
    return part
