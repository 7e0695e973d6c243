"""Sign-in by django-allauth: its mails go through our queue."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.utils import translation

from events.mail.actions import queue, queue_letter
from events.mail.composing import language_for, letter

#: What allauth calls a mail, and the kind of ours that replaces it.
KINDS = {
    "account/email/login_code": "sign-in-code",
    "account/email/email_confirmation": "confirm-address",
    "account/email/email_confirmation_signup": "confirm-address",
    "account/email/unknown_account": "unknown-account",
    "account/email/account_already_exists": "account-exists",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Queues what allauth would send at once, in the language of the page that the person is on."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue one of our mails in its place, or (for one that we have no words for) allauth's own text."""
        language = language_for(None, translation.get_language() or "")
        person = context.get("user")
        kind = KINDS.get(template_prefix)
        if kind is not None:
            minutes = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60
            ours = {"code": context.get("code", ""), "email": email, "minutes": minutes}
            queue(kind=kind, context=ours, person=person, recipient=email, language=language)
            return
        mail = self.render_mail(template_prefix, email, context)
        queue_letter(kind="account", letter=letter(mail.subject, mail.body), person=person, recipient=email, language=language)

    def format_email_subject(self, subject: str) -> str:
        """As it is: the sender's name says where it comes from."""
        return str(subject)
