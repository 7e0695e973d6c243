"""What waits for the organiser, at the events of the desk's list and beside them. Floors above add what only they can know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from events.programme.models import Event
from network.models import Person


@dataclass(frozen=True)
class Step:
    """Something that waits for the organiser, and where it is done."""

    text: str
    url: str
    urgent: bool = False
    link: str = ""  # the words of the link, if they are not the usual ones


#: Asked once for a whole page of events: the step of each event that has one, by event id. In few queries, however many events.
Source = Callable[[Sequence[Event]], Mapping[int, Step]]

#: Asked once for the desk's first page: what waits for the reader beside their own events, if there is something.
Notice = Callable[[Person], Step | None]

#: Who adds such notices.
notices: list[Notice] = []

#: Who adds steps, in the order in which they are shown. Each registers itself; see ``events.wings``.
sources: list[Source] = []
