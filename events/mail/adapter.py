"""Sign-in by django-allauth: its mails go through our queue."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.utils import translation

from events.mail.actions import queue, queue_letter
from events.mail.composing import language_for, letter

#: What allauth calls the one mail that we have words of our own for.
CODE = "account/email/login_code"


class AccountAdapter(DefaultAccountAdapter):
    """Queues what allauth would send at once, in the language of the page that the person is on."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue our mail with the code; anything else in allauth's own words."""
        language = language_for(None, translation.get_language() or "")
        person = context.get("user")
        if template_prefix == CODE:
            ours = {"code": context["code"], "minutes": settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60}
            queue(kind="sign-in-code", context=ours, person=person, recipient=email, language=language)
            return
        mail = self.render_mail(template_prefix, email, context)
        queue_letter(kind="account", letter=letter(mail.subject, mail.body), person=person, recipient=email, language=language)

    def format_email_subject(self, subject: str) -> str:
        """As it is: the sender's name says where it comes from."""
        return str(subject)
