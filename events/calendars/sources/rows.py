"""An entry from elsewhere as pages show it."""

from dataclasses import dataclass
from functools import cached_property

from events.calendars.models import Entry
from events.programme.wording import When


@dataclass(frozen=True)
class Row:
    """One date of another calendar; ``entry.source.centre`` is there already."""

    entry: Entry

    @cached_property
    def when(self) -> When:
        """Its time, in its own zone; in that of its centre where it has none."""
        source = self.entry.source
        home = source.centre.timezone if source else "UTC"
        return When(self.entry, self.entry.zone or home)
