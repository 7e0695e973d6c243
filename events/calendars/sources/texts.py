"""The VEVENT of an entry from elsewhere, in the active language: what its calendar says, and whose calendar that is.

It blocks nobody's time, and everybody may read it. See ``entries.texts`` for what is in an entry of ours.
"""

from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, pgettext

from events.calendars.entries import ical, texts
from events.calendars.entries.colours import COLOURS
from events.calendars.models import Entry, Source
from events.calendars.sources.dates import Date
from network.models import Centre


def vevent(entry: Entry, source: Source, date: Date) -> str:
    """The component, folded."""
    stamp = ical.utc(entry.changed_at)
    return ical.lines(
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"DTSTAMP:{stamp}",
        f"CREATED:{ical.utc(entry.created_at)}",
        f"LAST-MODIFIED:{stamp}",
        f"SEQUENCE:{entry.sequence}",
        *(texts.times(entry) if entry.ends_at > entry.starts_at else texts.times(entry)[:1]),  # what has no end has no DTEND
        f"SUMMARY:{ical.text(_summary(entry))}",
        f"STATUS:{date.status}",
        "TRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "CLASS:PUBLIC",
        f"DESCRIPTION:{ical.text(_description(source, date))}",
        *([f"LOCATION:{ical.text(date.place)}"] if date.place else []),
        f"URL:{ical.uri(date.link or _page(source.centre))}",
        *([f"CATEGORIES:{ical.texts(date.categories)}"] if date.categories else []),
        f"COLOR:{COLOURS[''][0]}",
        f"CONTACT:{ical.text(texts.contact(source.centre))}",
        "END:VEVENT",
    )


def _summary(entry: Entry) -> str:
    if not entry.cancelled:
        return entry.title
    prefix = pgettext("before a title", "CANCELLED")
    return f"{prefix}: {entry.title}"


def _description(source: Source, date: Date) -> str:
    """What its calendar says, then which calendar that is, and where to read on."""
    return "\n\n".join(filter(None, _paragraphs(source, date)))


def _paragraphs(source: Source, date: Date) -> Iterator[str]:
    yield date.description
    yield gettext("From the calendar “%(calendar)s” of %(centre)s.") % {"calendar": source.name, "centre": source.centre.name}
    if date.link and date.link not in date.description:
        yield gettext("Details: %(address)s") % {"address": date.link}


def _page(centre: Centre) -> str:
    """Where all of the centre's own calendar is listed."""
    return f"{settings.SITE_URL}{reverse('other_calendars')}?centre={centre.slug}"
