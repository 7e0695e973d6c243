"""Named feeds: any combination of the programme's filters, at a short address that is made from name and filters."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.calendars.feeds import store
from events.calendars.models import Feed, Selection
from events.programme import filters
from events.programme.models import Event
from network.errors import Invalid
from network.models import Centre

#: By what a feed can choose events. Not by days, state or "past": a feed has a window of its own that moves with the date,
#: and shows what is cancelled. With days that stand still it would be an empty calendar one day, and nobody would know why.
FILTERS = ("kind", "centre", "country", "sector", "competence", "language", "format", "q")

LONGEST_NAME = 80
#: A selection is removed when nobody read it for so long; one that was never read, sooner.
KEPT_AFTER_USE, KEPT_UNUSED = timedelta(days=365), timedelta(days=60)

# No vowels, so that no code is a word, and nothing that is easily mistaken. No planned name is of this form: all others
# than "network" have a dash.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"
_LENGTHS = (10, 13, 16)  # 48 bits; longer where another selection has the short one
_ADDRESS = re.compile(r"://|@|\bwww\.|\b[a-z0-9-]+\.[a-z]{2,}\b", re.IGNORECASE)
_CODE = re.compile(rf"[{_ALPHABET}]{{{_LENGTHS[0]},{_LENGTHS[-1]}}}")


def find(code: str) -> Selection | None:
    """The selection of this code, or None."""
    return Selection.objects.filter(code=code).first() if _CODE.fullmatch(code) else None


def named(name: str) -> str:
    """A name as it is kept: without surplus space. Raises Invalid at ``name`` if it is empty or longer than 80 characters."""
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not name:
        raise Invalid({"name": [_("Give the calendar a name, such as “Trainings on health care”.")]})
    if len(name) > LONGEST_NAME:
        raise Invalid({"name": [_("Use at most 80 characters.")]})
    if _ADDRESS.search(name):  # it stands on our pages and on the sites of centres, whoever made it up
        raise Invalid({"name": [_("A name cannot contain an address of a site or a mailbox.")]})
    return name


def normalised(wished: Mapping[str, Any]) -> dict[str, str]:
    """The filters as they are kept: those that are set, each in one spelling (a country by its ISO code).

    Raises Invalid at each filter whose value the programme does not know.
    """
    said = {name: " ".join(str(wished.get(name) or "").split()) for name in FILTERS}
    form = _narrowing({name: value for name, value in said.items() if value}).form
    if form.errors:
        raise Invalid({name: [str(message) for message in messages] for name, messages in form.errors.items()})
    return {name: _code(value) for name in FILTERS if (value := form.cleaned_data.get(name))}


def events(wished: Mapping[str, Any]) -> Q:
    """The events that fit. None do where a filter makes no sense any longer, such as a sector that was removed."""
    found = _narrowing(wished)
    return Q(pk__in=found.qs.order_by().values("pk")) if found.is_valid() else Q(pk__in=())


def make(name: str, wished: Mapping[str, str]) -> Selection:
    """The selection of this name and these filters, both normalised: the one that is there, else a new one."""
    facts = json.dumps([name, dict(sorted(wished.items()))], ensure_ascii=False, separators=(",", ":"))
    for length in _LENGTHS:
        found, _is_new = Selection.objects.get_or_create(
            code=_code_of(facts, length), defaults={"name": name, "filters": dict(wished)}
        )
        if (found.name, found.filters) == (name, wished):
            return found
    raise LookupError(f"every code of {name!r} is taken")  # somebody broke SHA-256


def note_use(code: str, today: date) -> None:
    """Remember that somebody reads the feed. Called when it is built, which is once a day at least."""
    unnoted = Q(last_used_at=None) | Q(last_used_at__date__lt=today)
    Selection.objects.filter(unnoted, code=code).update(last_used_at=timezone.now())


def forget() -> int:
    """Remove what nobody reads any longer, with its stored bodies. Returns how many. A chore."""
    now = timezone.now()
    idle = Q(last_used_at__lt=now - KEPT_AFTER_USE) | Q(last_used_at=None, created_at__lt=now - KEPT_UNUSED)
    codes = list(Selection.objects.filter(idle).values_list("code", flat=True)[:500])
    for code in codes:
        if Selection.objects.filter(idle, code=code).delete()[0]:
            store.forget(Feed.objects.filter(key__startswith=f"{code}/"))
    return len(codes)


def _narrowing(wished: Mapping[str, Any]) -> filters.EventFilter:
    narrowed = filters.only(frozenset(FILTERS))
    return narrowed({name: wished[name] for name in FILTERS if wished.get(name)}, queryset=Event.objects.all())


def _code(value: Any) -> str:
    if isinstance(value, Centre):
        return value.slug
    return str(value.pk) if isinstance(value, models.Model) else str(value)


def _code_of(facts: str, length: int) -> str:
    number = int.from_bytes(hashlib.sha256(facts.encode()).digest())
    letters = []
    for _position in range(length):
        number, letter = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[letter])
    return "".join(letters)
