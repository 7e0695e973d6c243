"""What the calendars wing says to the wings above it, inside the transaction of the change."""

from dataclasses import dataclass

from django.dispatch import Signal

from events.calendars.models import Source


@dataclass(frozen=True)
class SourceNews:
    """A calendar that a centre publishes elsewhere cannot be read any more, or can again."""

    source: Source


source_failed = Signal()  # sends news: SourceNews; once for a trouble
source_recovered = Signal()  # sends news: SourceNews; if the trouble was told
