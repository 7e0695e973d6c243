"""How to get a calendar into the usual programs: links that subscribe, and links that copy one event."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from events.calendars.entries import texts
from events.calendars.subscribing.devices import Device
from events.programme.models import Event

MOST_DETAILS = 500  # characters in a link that copies; the address of the event's page comes after them

# Which programs stand first on which device; the rest follow in the order of ``programs``.
FIRST = {
    Device.PHONE_OF_APPLE: ("apple", "google"),
    Device.MAC: ("apple", "google"),
    Device.WINDOWS: ("outlook-new", "outlook-classic", "outlook-work", "outlook-home"),
    Device.ANDROID: ("google", "outlook-work", "outlook-home", "nextcloud"),
    Device.CHROME: ("google", "outlook-work", "outlook-home"),
    Device.LINUX: ("thunderbird", "nextcloud", "google"),
}


@dataclass(frozen=True)
class Program:
    """A calendar program and how one subscribes with it: a link, or steps with the address in hand."""

    key: str
    name: str
    url: str = ""
    action: str = ""
    steps: str = ""


@dataclass(frozen=True)
class Copy:
    """A link that copies one event into an online calendar, once."""

    key: str
    name: str
    url: str


def webcal(address: str) -> str:
    """The address with the scheme that opens the calendar program of a telephone or computer."""
    return "webcal:" + address.partition(":")[2]


def programs(address: str, name: str, device: Device = Device.UNKNOWN) -> list[Program]:
    """The usual programs, for a feed's https address and the calendar's name; those of the reader's device first."""
    webcal_address = webcal(address)
    outlook = urlencode({"url": address, "name": name}, quote_via=quote)  # Outlook on the web wants https
    # Google wants its own scheme in cid; it reads the calendar over https.
    google = urlencode({"cid": webcal_address}, quote_via=quote)
    found = [
        Program("apple", "Apple", webcal_address, gettext("Subscribe on iPhone, iPad or Mac")),
        Program(
            "outlook-new",
            gettext("The new Outlook for Windows"),
            # It takes "webcal:" away and uses what is left, so what is left has to be the whole address.
            f"webcal:{address}",
            gettext("Subscribe with the new Outlook"),
            gettext("If nothing opens: Calendar, Add calendar, Subscribe from web, then paste the address."),
        ),
        Program(
            "outlook-classic",
            gettext("Outlook classic"),
            webcal_address,
            gettext("Subscribe with Outlook classic"),
            gettext("If nothing opens: File, Account settings, Internet calendars, New, then paste the address."),
        ),
        Program(
            "outlook-work",
            gettext("Outlook on the web, for work or school"),
            f"https://outlook.office.com/calendar/0/addfromweb?{outlook}",
            gettext("Subscribe with Outlook for work or school"),
            gettext("In the browser. The Outlook on your phone and computer then shows it as well."),
        ),
        Program(
            "outlook-home",
            "Outlook.com",
            f"https://outlook.live.com/calendar/0/addfromweb?{outlook}",
            gettext("Subscribe with Outlook.com"),
            gettext("In the browser, for private accounts of Outlook, Hotmail or Live."),
        ),
        Program(
            "google",
            "Google",
            f"https://calendar.google.com/calendar/r?{google}",
            gettext("Subscribe with Google Calendar"),
            gettext("In the browser, not in the app. The app on your phone then shows it as well."),
        ),
        Program(
            "thunderbird",
            "Thunderbird",
            webcal_address,
            gettext("Subscribe with Thunderbird"),
            gettext("If nothing opens: New calendar, On the network, then paste the address. No user name is needed."),
        ),
        Program(
            "nextcloud",
            "Nextcloud",
            steps=gettext("Calendar, New calendar, New subscription from link, then paste the address."),
        ),
    ]
    first = FIRST.get(device, ())
    return sorted(found, key=lambda program: first.index(program.key) if program.key in first else len(first))


def copies(event: Event) -> list[Copy]:
    """One-time copies into online calendars. They never change afterwards, so a page offers them last.

    Of a course it is the whole span: these links know one time only, and no repetition that would be true.
    """
    where = texts.place(event)
    details = f"{event.summary[:MOST_DETAILS]}\n\n{texts.event_address(event)}"
    if event.all_day:
        after = event.last_day + timedelta(days=1)
        google = f"{event.first_day:%Y%m%d}/{after:%Y%m%d}"
        starts, ends = event.first_day.isoformat(), after.isoformat()
        # Nobody documents it; the last day itself is right for one day however Yahoo reads it.
        yahoo = {"st": f"{event.first_day:%Y%m%d}", "et": f"{event.last_day:%Y%m%d}", "dur": "allday"}
    else:
        google = f"{_compact(event.starts_at)}/{_compact(event.ends_at)}"
        starts, ends = _iso(event.starts_at), _iso(event.ends_at)
        yahoo = {"st": _compact(event.starts_at), "et": _compact(event.ends_at)}
    outlook = _query(
        path="/calendar/action/compose",
        rru="addevent",
        subject=event.title,
        startdt=starts,
        enddt=ends,
        **({"allday": "true"} if event.all_day else {}),
        location=where,
        body=details,
    )
    of_google = _query(action="TEMPLATE", text=event.title, dates=google, details=details, location=where, ctz=event.timezone)
    of_yahoo = _query(v="60", title=event.title, **yahoo, in_loc=where, desc=details)
    return [
        Copy("google", "Google Calendar", f"https://calendar.google.com/calendar/render?{of_google}"),
        Copy("outlook-home", "Outlook.com", f"https://outlook.live.com/calendar/deeplink/compose?{outlook}"),
        Copy(
            "outlook-work",
            gettext("Outlook for work or school"),
            f"https://outlook.office.com/calendar/deeplink/compose?{outlook}",
        ),
        Copy("yahoo", "Yahoo", f"https://calendar.yahoo.com/?{of_yahoo}"),
    ]


def qr_code(address: str) -> SafeString:
    """The address as a QR code to be scanned with a telephone: SVG without styles, in the colour of the text around it."""
    code = segno.make(address, error="m", micro=False)
    title = gettext("QR code of the calendar’s address")
    svg = code.svg_inline(
        scale=4, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True, title=title
    )
    return mark_safe(svg)  # noqa: S308 - made of modules by segno; the title is ours


def _query(**values: str) -> str:
    return urlencode({name: value for name, value in values.items() if value}, quote_via=quote)


def _compact(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
