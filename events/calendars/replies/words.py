"""What was answered, in words."""

from django.utils.translation import gettext

from events.calendars.models import Invitation, Reply
from events.programme.models import Event
from events.programme.periods import Period
from events.programme.wording import When, moment_and_zone

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


def proposed_in_words(reply: Reply, event: Event) -> str:
    """The time that is proposed instead, on the clock of the event. Empty if it cannot be read, or none is proposed."""
    start, end = reply.proposed_start, reply.proposed_end
    if start is None or end is None or end <= start:
        return moment_and_zone(start, event.timezone) if start else ""
    return str(When(Period.timed(start, end, event.timezone), event.timezone))
