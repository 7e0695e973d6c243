"""Tells the desk's first page that people wait for the approval of their home centre."""

from django.urls import reverse
from django.utils.translation import ngettext

from events.programme.work import Step, notices
from events.registrations.queries import to_decide_for_home
from network.models import Person


def requests_wait(person: Person) -> Step | None:
    """How many wait for somebody of the reader's centre; one query, or none who organises nowhere."""
    count = to_decide_for_home(person).count()
    if not count:
        return None
    text = ngettext(
        "%(n)d person waits for the approval of your centre as their home centre.",
        "%(n)d people wait for the approval of your centre as their home centre.",
        count,
    )
    return Step(text % {"n": count}, reverse("desk_requests"), urgent=True)


notices.append(requests_wait)
