"""What an evidence pack is made of. Each part says in plain words what it is; floors above add what only they know.

To add parts, append a function to ``sources`` in a module that ``events.wings`` imports::

    def certificates(event: Event) -> Iterable[Part]:
        yield Part("07-certificates/register.csv", gettext("Every certificate that was issued…"), lambda: register(event))

    sources.append(certificates)

Parts stand in the pack in the order of their names, so begin the name with the number of the folder: ``06-evaluation``,
``07-certificates``. Names are ASCII, with one folder at most; see ``network.zips.safe_name``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from events.programme.models import Event


@dataclass(frozen=True)
class Part:
    """A file of the pack. ``content`` is called when its turn comes, in the language of the reader.

    It may raise FileNotFoundError: then the manifest says that the file is missing. ``sha256`` is what was noted when the file
    was kept; if the content has another, the manifest says so. ``at`` is when it came to be; None: with the pack.
    """

    name: str
    about: str
    content: Callable[[], bytes]
    at: datetime | None = None
    sha256: str = ""
    is_packed: bool = False  # compressed already: PDF, pictures


Source = Callable[[Event], Iterable[Part]]

#: Who adds parts, beside those of this wing.
sources: list[Source] = []
