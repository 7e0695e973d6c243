"""The states of a registration: which may follow which. This table is the only one."""

from django.utils.translation import gettext as _

from events.registrations.models import Registration
from network.errors import WrongState

State = Registration.State

#: From a state (None: not yet there) to those that may follow. What is not live ends there; asking again is a new row.
MOVES: dict[str | None, frozenset[str]] = {
    None: frozenset({State.INVITED, State.PENDING, State.WAITING, State.OFFERED, State.CONFIRMED}),
    State.INVITED: frozenset({State.PENDING, State.WAITING, State.CONFIRMED, State.DECLINED, State.CANCELLED, State.EXPIRED}),
    State.PENDING: frozenset({State.WAITING, State.CONFIRMED, State.DECLINED, State.CANCELLED}),
    State.WAITING: frozenset({State.OFFERED, State.CONFIRMED, State.DECLINED, State.CANCELLED}),
    State.OFFERED: frozenset({State.CONFIRMED, State.DECLINED, State.CANCELLED, State.EXPIRED}),
    State.CONFIRMED: frozenset({State.CANCELLED}),
    State.DECLINED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
}

#: The states that hold a place.
HOLDS_PLACE = frozenset(Registration.HOLDING)


def check_move(before: str | None, after: str) -> None:
    """Raise WrongState unless ``after`` may follow ``before``."""
    if after not in MOVES[before]:
        now = State(before).label if before else _("not there")
        raise WrongState(_("This registration is “{now}” and cannot become “{then}”.").format(now=now, then=State(after).label))
