"""What was answered, in words."""

from django.utils.translation import gettext

from events.calendars.models import Invitation, Reply

Answer = Invitation.Answer


def answer_in_words(reply: Reply) -> str:
    """What was answered, as a person would say it."""
    words = {
        Answer.ACCEPTED: gettext("Yes, I come"),
        Answer.TENTATIVE: gettext("Maybe"),
        Answer.DECLINED: gettext("No, I do not come"),
        Answer.DELEGATED: gettext("Somebody else comes for me"),
    }
    if reply.method == "COUNTER":
        return gettext("Another time would suit me")
    return words.get(Answer(reply.answer), "") if reply.answer in Answer.values else ""
