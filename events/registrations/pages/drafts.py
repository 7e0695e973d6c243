"""What somebody had typed into the registration form when their sign-in ran out: kept for an hour, given back to them alone."""

import time
from typing import Any

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, QueryDict

from events.registrations.models import Question
from network.models import Person

KEY = "registration_draft"
SECONDS = 3600
LONGEST = 20_000
_SIGNER = Signer(salt="events.registrations.pages.drafts")


def mark_of(person: Person) -> str:
    """Goes with the form, so that what is typed comes back to this person and to nobody else at the same computer."""
    return _SIGNER.sign(str(person.pk))


def keep(request: HttpRequest, slug: str) -> bool:
    """Keep what was sent, in the session. Answers of special categories and files are not kept.

    Returns whether something was kept.
    """
    try:
        whose = _SIGNER.unsign(request.POST.get("whose", ""))
    except BadSignature:
        return False
    special = Question.objects.filter(event__slug=slug, is_special=True).values_list("key", flat=True)
    left_out = {"csrfmiddlewaretoken", "whose", *(f"answers-{key}" for key in special)}
    data = request.POST.copy()
    for name in left_out:
        data.pop(name, None)
    typed = data.urlencode()
    if len(typed) > LONGEST:
        return False
    request.session[KEY] = {"event": slug, "whose": whose, "typed": typed, "at": int(time.time())}
    return True


def take(request: HttpRequest, slug: str, person: Person) -> QueryDict | None:
    """What the person had typed for this event, once; None if there is nothing (any more)."""
    if KEY not in request.session:
        return None
    kept: dict[str, Any] = request.session.pop(KEY)
    if kept["event"] != slug or kept["whose"] != str(person.pk) or kept["at"] < time.time() - SECONDS:
        return None
    return QueryDict(kept["typed"])
