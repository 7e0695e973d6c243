"""Hours: computed once, here."""

from dataclasses import dataclass

from events.programme.models import Event


@dataclass(frozen=True)
class Attendance:
    """How much of an event somebody attended. Minutes are None for whole-day sessions without stated minutes."""

    sessions: int
    sessions_attended: int
    minutes: int | None
    minutes_attended: int | None
    share: float  # of the weights, 0 to 1
    earned: bool  # share is at least the event's attendance_share


def attendance_of_event(event: Event) -> dict[int, Attendance]:
    """The attendance of every confirmed registration of ``event``, by registration id. A constant number of queries.

    A session weighs its credited minutes, else its length by the clock; whole days without stated minutes weigh by days.
    """
    raise NotImplementedError
