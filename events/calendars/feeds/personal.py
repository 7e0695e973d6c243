"""The feeds at secret addresses: what somebody registered for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext

from events.calendars.feeds import bodies, catalogue, store
from events.calendars.models import Entry, EntryText, PersonalAddress
from events.registrations.models import Registration


def feed(digest: str) -> tuple[PersonalAddress, store.Stored] | None:
    """The feed of a personal address, by the SHA-256 of its token, or None if there is no such address.

    A revoked address has an empty calendar.
    """
    owner = _owner(digest)
    if owner is None:
        return None
    key = f"personal/{owner.address.pk}"
    return owner.address, store.valid(key, owner.facts) or store.rebuilt(key, lambda: _recipe(_owner(digest) or owner))


@dataclass(frozen=True)
class _Owner:
    """A personal address with the facts of its person, from one query."""

    address: PersonalAddress
    language: str
    zone: str
    registrations: tuple[tuple[int, str, int], ...]  # event, state and a session that was chosen (0: none), live ones only

    @property
    def facts(self) -> str:
        """A digest. The facts are read rather than counted: there is no counter to forget, and no lock to wait for."""
        seen = repr((self.address.name, self.address.revoked_at, self.language, self.zone, self.registrations))
        return hashlib.sha256(seen.encode()).hexdigest()[:32]


def _owner(digest: str) -> _Owner | None:
    rows = list(
        PersonalAddress.objects.filter(digest=digest).values_list(
            *("pk", "name", "revoked_at", "last_used_at", "person__is_active", "person__language", "person__timezone"),
            *("person__registrations__event_id", "person__registrations__state"),
            "person__registrations__choices__session_id",
        )
    )
    if not rows:
        return None
    pk, name, revoked_at, last_used_at, active, language, zone, *_registration = rows[0]
    live = [(event, state, session or 0) for *_same, event, state, session in rows if state in Registration.LIVE]
    open_to = active and revoked_at is None
    return _Owner(
        address=PersonalAddress(pk=pk, name=name, revoked_at=revoked_at, last_used_at=last_used_at),
        language=language if language in catalogue.languages() else settings.LANGUAGE_CODE,
        zone=zone,
        registrations=tuple(sorted(live)) if open_to else (),
    )


def _recipe(owner: _Owner) -> store.Recipe:
    states: dict[str, set[int]] = {}
    for event, state, _session in owner.registrations:
        states.setdefault(state, set()).add(event)
    confirmed, invited = states.pop(Registration.State.CONFIRMED, ()), states.pop(Registration.State.INVITED, ())
    others = set[int]().union(*states.values())
    theirs = bodies.sessions(frozenset(session for _event, _state, session in owner.registrations))
    with translation.override(owner.language):
        shape = bodies.Shape(
            name=bodies.title(owner.address.name),
            description=gettext("The events that you registered for, confirmed or not."),
            page=f"{settings.SITE_URL}/my/calendars/",
            zone=owner.zone,
        )
    chosen = Q(audience=EntryText.Audience.PARTICIPANT, entry__event_id__in=confirmed) & theirs
    chosen |= Q(audience=EntryText.Audience.TENTATIVE, entry__event_id__in=others) & theirs
    chosen |= Q(audience=EntryText.Audience.TENTATIVE, entry__event_id__in=invited)  # who is invited has yet to choose
    texts = bodies.in_language(owner.language).filter(chosen, entry__kind=Entry.Kind.SESSION)
    components = bodies.components(bodies.in_window(texts, store.today()), zone=shape.zone)

    def write(modified_at: datetime) -> bytes:
        return bodies.calendar(shape, modified_at, components)

    return store.Recipe(write, owner.facts)
