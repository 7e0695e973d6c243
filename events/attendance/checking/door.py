"""The rotating code on the room's screen: who types it within a minute was there, and checks themselves in.

The code is made like a time-based one-time password (RFC 6238): an HMAC-SHA-256 of the number of the half minute under the
door's secret, of which thirty bits are written as six characters. The present code and the one before are taken, so a code
that was sent on is worthless after a minute. Opening a closed door makes a new secret.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.attendance import presence
from events.attendance.models import AttendanceRecord, Door
from events.attendance.presence import BY_ONESELF, EARLY
from events.programme.models import Session
from events.programme.states import HELD
from events.registrations.models import Registration
from network.code_words import letters, read_letters
from network.errors import Refused
from network.journal import because
from network.models import Person
from network.rules import require

SECONDS = 30
CHARACTERS = 6


class CannotOpenDoor(Refused):
    """Self check-in is possible only close to the session's time, at an event that is on."""

    code = "cannot_open_door"
    message = _(
        "Self check-in can be open from two hours before the session starts until it ends, at an event that takes place."
    )


class CannotCheckInOneself(Refused):
    """The participant cannot check themselves in; the desk can still do it."""

    code = "cannot_check_in_oneself"
    message = _("You could not be checked in. Ask at the desk.")


class NothingOn(CannotCheckInOneself):
    """None of the person's sessions is on, or starts within two hours."""

    code = "nothing_on_now"
    message = _(
        "None of your sessions is on now. Check-in is possible from two hours before a session starts until it ends, "
        "with a confirmed place."
    )


class DoorClosed(CannotCheckInOneself):
    """The organiser does not use the code on the screen, or not now."""

    code = "door_closed"
    message = _("Check-in with the code on the screen is not open now. Ask at the desk.")


class WrongCode(CannotCheckInOneself):
    """Not what the screen shows now."""

    code = "wrong_code"
    message = _("This is not the code that the screen shows now. It changes every 30 seconds: type the newest.")


def open_door(*, session: Session, by: Person) -> Door:
    """Let people check themselves in with the code on the screen. Opening twice changes nothing.

    Raises NotAllowed, CannotOpenDoor.
    """
    require(by, "events.record_attendance", session.event)
    if not may_be_open(session):
        raise CannotOpenDoor
    with transaction.atomic(), because(by=by):
        Door.objects.get_or_create(session=session, defaults={"secret": secrets.token_hex(32)})
        door = Door.objects.select_for_update().get(session=session)
        if not _is_set_open(door):
            door.secret, door.opened_at, door.closed_at, door.opened_by = secrets.token_hex(32), timezone.now(), None, by
            door.save()
    door.session = session
    return door


def close_door(*, session: Session, by: Person) -> None:
    """Nobody can check themselves in any more. Closing twice changes nothing. Raises NotAllowed."""
    require(by, "events.record_attendance", session.event)
    with transaction.atomic(), because(by=by):
        door = Door.objects.select_for_update().filter(session=session).first()
        if door is not None and _is_set_open(door):
            door.closed_at = timezone.now()
            door.save()


def check_in_oneself(*, registrations: Sequence[Registration], code: str, by: Person) -> AttendanceRecord:
    """The participant types the code on the screen of the session that they are at. Twice is once.

    ``registrations`` are those that the code may be for: one from its own page, all of somebody who is signed in. How often
    somebody may try is the caller's to limit. Returns the record, with its registration and session.
    Raises NotAllowed, NothingOn, DoorClosed, WrongCode, CannotCheckInOneself.
    """
    for registration in registrations:
        require(by, "events.check_oneself_in", registration)
    theirs = [
        (registration, session)
        for registration in registrations
        if registration.state == Registration.State.CONFIRMED
        for session in on_now(registration)
    ]
    if not theirs:
        raise NothingOn
    doors = {door.session_id: door for door in Door.objects.filter(session__in={session.pk for _one, session in theirs})}
    is_open = [(one, session) for one, session in theirs if session.pk in doors and _is_set_open(doors[session.pk])]
    if not is_open:
        raise DoorClosed
    fits = next(((one, session) for one, session in is_open if accepts(doors[session.pk], code)), None)
    if fits is None:
        raise WrongCode
    return _present(*fits, by)


def _present(registration: Registration, session: Session, by: Person) -> AttendanceRecord:
    with transaction.atomic(), because(by=by):
        locked = presence.lock([registration])
        for one in locked:
            one.event = session.event
            chosen = presence.chosen_in(session, locked)
            if presence.obstacle(one, session, at=timezone.now(), chosen=chosen) is not None:
                raise CannotCheckInOneself  # given back or changed a moment ago
        if not session.attendance.filter(registration=registration).exists():
            presence.note(session=session, registrations=locked, present=True, by=by, device=BY_ONESELF)
            presence.settle(session=session, registrations=locked, by=by)
        record = AttendanceRecord.objects.get(registration=registration, session=session)
    record.registration, record.session = registration, session
    return record


def on_now(registration: Registration) -> list[Session]:
    """The person's sessions at the event that can be checked in for now. One query, two where people choose."""
    event, now = registration.event, timezone.now()
    if event.state not in HELD:
        return []
    sessions = list(event.sessions.filter(starts_at__lte=now + EARLY, ends_at__gte=now).order_by("starts_at", "pk"))
    chosen: Collection[int] = ()
    if any(session.is_chosen for session in sessions):
        chosen = set(registration.choices.values_list("session_id", flat=True))
    found = [session for session in sessions if not session.is_chosen or session.pk in chosen]
    for session in found:
        session.event = event
    return found


def at_events_on(person: Person) -> QuerySet[Registration]:
    """The person's confirmed registrations at events that have a session which can be checked in for now."""
    now = timezone.now()
    on = Session.objects.filter(starts_at__lte=now + EARLY, ends_at__gte=now, event__state__in=HELD)
    return Registration.objects.filter(
        person=person, state=Registration.State.CONFIRMED, event__in=on.order_by().values("event")
    ).select_related("event", "person")


def may_be_open(session: Session) -> bool:
    """Whether it is the session's time, and the event is on."""
    return session.event.state in HELD and session.starts_at - EARLY <= timezone.now() <= session.ends_at


def door_of(session: Session) -> Door | None:
    """The session's door if it is open now."""
    door = Door.objects.filter(session=session).first()
    return door if door is not None and _is_set_open(door) and may_be_open(session) else None


def _is_set_open(door: Door) -> bool:
    return door.opened_at is not None and door.closed_at is None


def code_at(door: Door, moment: datetime) -> str:
    """The code of that half minute."""
    return _code(door, int(moment.timestamp()) // SECONDS)


def _code(door: Door, number: int) -> str:
    digest = hmac.digest(door.secret.encode(), number.to_bytes(8, "big"), hashlib.sha256)
    return letters(int.from_bytes(digest[:8], "big"), CHARACTERS)


def changes_at(moment: datetime) -> datetime:
    """When the code of that moment makes room for the next."""
    return datetime.fromtimestamp((int(moment.timestamp()) // SECONDS + 1) * SECONDS, tz=UTC)


def accepts(door: Door, typed: str) -> bool:
    """Whether it is the present code or the one before, compared in constant time."""
    read = read_letters(typed) or ""
    number = int(timezone.now().timestamp()) // SECONDS
    matches = [hmac.compare_digest(_code(door, one), read) for one in (number, number - 1)]
    return any(matches)


def spoken(code: str) -> str:
    """In two groups, for the eye."""
    half = CHARACTERS // 2
    return f"{code[:half]} {code[half:]}"
