"""Which of the parallel sessions somebody takes part in."""

from collections.abc import Collection
from itertools import pairwise

from django.utils.translation import gettext as _

from events.programme.models import Session
from events.registrations.places import Hall
from network.errors import Invalid


def checked_choice(hall: Hall, keys: Collection[int]) -> frozenset[int]:
    """The chosen sessions, if they can be chosen together. One that is for everybody need not be chosen.

    Raises Invalid at ``sessions``: one that is not there to be chosen, two at the same time, none where all are to be chosen.
    """
    chosen, offered = frozenset(keys), hall.chosen_sessions
    if unknown := chosen - offered.keys():
        raise Invalid({"sessions": [_("Not to be chosen here: {keys}.").format(keys=", ".join(map(str, sorted(unknown))))]})
    if not offered:
        return chosen
    in_order = sorted((offered[key] for key in chosen), key=lambda session: (session.starts_at, session.pk))
    for one, other in pairwise(in_order):
        if other.starts_at < one.ends_at:
            text = _("“{one}” and “{other}” are at the same time. Choose one of them.")
            raise Invalid({"sessions": [text.format(one=one, other=other)]})
    if not chosen and not Session.objects.filter(event_id=hall.event.pk, is_chosen=False).exists():
        raise Invalid({"sessions": [_("Choose at least one session.")]})
    return chosen
