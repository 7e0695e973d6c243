"""The VEVENT of an entry, in the active language and for one audience: what a calendar program shows of a session.

What is here and what is not follows from what the programs do with it:

- DTSTAMP and LAST-MODIFIED are the stored time of the revision, never "now": else every program sees every entry changed.
- A postponed session is CANCELLED, with "POSTPONED:" before its title: nothing takes place at the time that the entry tells,
  so it must not block it. Once a new time is set the same UID comes back as CONFIRMED with a higher SEQUENCE.
- There is no ORGANIZER: Outlook would show a meeting of somebody else's, and the invitation by mail, which has the same
  UID, needs a mailbox of its own there. CONTACT names the centre instead. There is no ATTENDEE: it is personal data.
- The link to join is in the entry of confirmed participants only. CLASS tells who may know of the event, so it is the same
  for them: their colleagues may see where they are.
- X-MICROSOFT-DISALLOW-COUNTER is for invitations: in a feed there is nothing to answer.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from events.calendars.entries import ical, timezones, wording
from events.calendars.entries.colours import COLOURS
from events.calendars.models import Entry, EntryText
from events.programme.models import Event, Session, Venue
from network.models import Centre

Audience = EntryText.Audience
Kind = Entry.Kind

RADIUS = 72  # metres around the point that Apple calls the place: about a building


def event_address(event: Event) -> str:
    """The event's public page, with the host."""
    return f"{settings.SITE_URL}{event.get_absolute_url()}"


def vevent(
    *,
    entry: Entry,
    event: Event,
    session: Session | None,
    audience: str,
    related: str = "",
    withdrawn: bool = False,
    stamp: datetime | None = None,
    sequence: int | None = None,
    extra: Sequence[str] = (),
) -> str:
    """The component, folded.

    ``session`` is None once it was removed, and for kinds that have none. ``related`` is the UID of another entry of the
    event: a deadline's parent, another's sibling. Invitations by mail have lines of their own (``extra``, not yet folded), a
    ``stamp`` and a ``sequence``; ``withdrawn`` calls the entry off for its reader alone, who no longer has a place.
    """
    off = entry.cancelled or withdrawn
    tentative = audience in (Audience.TENTATIVE, Audience.STAFF)
    free = off or audience in (Audience.PUBLIC, Audience.STAFF) or entry.kind == Kind.DEADLINE
    busy = "FREE" if free else "TENTATIVE" if tentative else "BUSY"
    status = "CANCELLED" if off else "TENTATIVE" if tentative else "CONFIRMED"
    address = _desk_address(event) if audience == Audience.STAFF else event_address(event)
    where = "" if has_place(entry) else place(event)  # else LOCATION tells it
    words = wording.describe(entry, event, session, audience, address=address, where=where, withdrawn=withdrawn)
    written = ical.utc(stamp or entry.changed_at)
    return ical.lines(
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"DTSTAMP:{written}",
        f"CREATED:{ical.utc(entry.created_at)}",
        f"LAST-MODIFIED:{written}",
        f"SEQUENCE:{entry.sequence if sequence is None else sequence}",
        *times(entry),
        f"SUMMARY:{ical.text(wording.summary(entry, event, audience, withdrawn=withdrawn))}",
        f"STATUS:{status}",
        f"TRANSP:{'TRANSPARENT' if busy == 'FREE' else 'OPAQUE'}",
        f"X-MICROSOFT-CDO-BUSYSTATUS:{busy}",
        f"CLASS:{_class(event)}",
        f"DESCRIPTION{_altrep(words)}:{ical.text(words.plain)}",
        *(_place(event) if has_place(entry) else ()),
        f"URL:{ical.uri(address)}",
        f"CATEGORIES:{ical.texts(list(_categories(entry, event)))}",
        f"COLOR:{COLOURS[event.kind][0]}",
        f"IMAGE;VALUE=URI;DISPLAY=BADGE;FMTTYPE=image/png:{ical.uri(image_address(event))}",
        f"CONTACT:{ical.text(contact(event.organising_centre))}",
        *(_conference(event) if audience == Audience.PARTICIPANT and has_place(entry) and not off else ()),
        *([f"RELATED-TO;RELTYPE={'PARENT' if entry.kind == Kind.DEADLINE else 'SIBLING'}:{related}"] if related else []),
        *extra,
        "END:VEVENT",
    )


def place(event: Event) -> str:
    """Where, on one line."""
    if event.format == Event.Format.ONLINE:
        return gettext("Online")
    where = event.venue.one_line if event.venue else ""
    return _also_online(where) if event.format == Event.Format.HYBRID else where


def has_place(entry: Entry) -> bool:
    """Whether one goes somewhere, or joins: not for a deadline."""
    return entry.kind != Kind.DEADLINE


def zone_of(entry: Entry, zone: str) -> str:
    """The zone in whose wall clock the entry is written: ``zone``; empty where it is in whole days, or in UTC."""
    if entry.all_day or zone == "UTC" or not (timezones.tells(zone, entry.starts_at) and timezones.tells(zone, entry.ends_at)):
        return ""
    return zone


def image_address(event: Event) -> str:
    """The badge of the kind of event: one file for all readers, at an address that stays when the file changes."""
    return urljoin(f"{settings.SITE_URL}/", f"{settings.STATIC_URL}calendar/{event.kind}.png")


def _desk_address(event: Event) -> str:
    """Where the centre works on a draft: its public page is for nobody yet."""
    return f"{settings.SITE_URL}{reverse('desk_event', args=[event.slug])}"


def times(entry: Entry) -> list[str]:
    """DTSTART and DTEND: whole days as dates with the exclusive end of RFC 5545 §3.6.1, else wall clock and zone."""
    if entry.all_day:
        after = entry.last_day + timedelta(days=1)
        return [f"DTSTART;VALUE=DATE:{ical.day(entry.first_day)}", f"DTEND;VALUE=DATE:{ical.day(after)}"]
    zone = entry.zone
    if not zone:
        return [f"DTSTART:{ical.utc(entry.starts_at)}", f"DTEND:{ical.utc(entry.ends_at)}"]
    return [
        f"DTSTART;TZID={zone}:{timezones.wall_clock(zone, entry.starts_at)}",
        f"DTEND;TZID={zone}:{timezones.wall_clock(zone, entry.ends_at)}",
    ]


def _class(event: Event) -> str:
    """Who may know of it where somebody shares their calendar (RFC 5545 §3.8.1.3). A draft is for nobody yet."""
    is_public = event.visibility == Event.Visibility.PUBLIC and event.state != Event.State.DRAFT
    return "PUBLIC" if is_public else "PRIVATE"


def _altrep(words: wording.Description) -> str:
    return f';ALTREP="{value}"' if (value := words.altrep) else ""


def _categories(entry: Entry, event: Event) -> Iterator[str]:
    if entry.kind == Kind.DEADLINE:
        yield gettext("Deadline")
    yield str(event.get_kind_display())
    yield from map(str, event.sectors.all())


def _place(event: Event) -> Iterator[str]:
    """LOCATION, and the point on the map.

    Apple shows its map only where X-TITLE and X-ADDRESS are the two lines of LOCATION; without a street, X-TITLE is all of it.
    """
    venue = event.venue
    if event.format == Event.Format.ONLINE or venue is None or venue.latitude is None or venue.longitude is None:
        if text := place(event):
            yield f"LOCATION:{ical.text(text)}"
        return
    title, address = _title_and_address(venue)
    if event.format == Event.Format.HYBRID:
        title = _also_online(title)
    latitude, longitude = f"{venue.latitude:.5f}", f"{venue.longitude:.5f}"
    where = f"{title}\n{address}" if address else title
    yield f"LOCATION:{ical.text(where)}"
    yield f"GEO:{latitude};{longitude}"
    known = f"X-ADDRESS={ical.parameter(address)};" if address else ""
    facts = f"VALUE=URI;{known}X-APPLE-RADIUS={RADIUS};X-TITLE={ical.parameter(title)}"
    yield f"X-APPLE-STRUCTURED-LOCATION;{facts}:geo:{latitude},{longitude}"


def _title_and_address(venue: Venue) -> tuple[str, str]:
    if not venue.address:
        return venue.one_line, ""
    return venue.name, venue.one_line.removeprefix(f"{venue.name}, ")


def _also_online(where: str) -> str:
    return gettext("%(place)s, and online") % {"place": where} if where else gettext("Online")


def contact(centre: Centre) -> str:
    """Whom to ask."""
    return f"{centre.name}, {centre.website}" if centre.website else centre.name


def _conference(event: Event) -> Iterator[str]:
    """The link to join (RFC 7986 §5.11). Two features are two values, not one in quotes."""
    if event.join_link:
        label = ical.parameter(gettext("Join online"))
        yield f"CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL={label}:{ical.uri(event.join_link)}"
