"""What all tables of the evidence pack share: moments on the event's clock, people, who did it, yes and no."""

from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.utils.translation import gettext as _

from events.attendance.evidence.parts import Column
from events.programme.models import Event
from events.registrations.models import Registration
from network.models import Person
from network.sheets import Cell
from network.vocabulary import zone_named


def local(event: Event, moment: datetime | None) -> str:
    """On the event's own clock, which the headings name, to the second."""
    return f"{moment.astimezone(zone_named(event.timezone)):%Y-%m-%d %H:%M:%S}" if moment else ""


def yes_or_no(value: object) -> str:
    """The value as a word."""
    return _("yes") if value else _("no")


def at(event: Event, heading: str) -> str:
    """A heading with the name of the clock."""
    return f"{heading} ({event.timezone})"


def registration_column() -> Column:
    """The number that ties the tables together."""
    return Column("registration", _("Registration"), _("The registration’s number. It ties the tables of this pack together."))


def session_columns() -> list[Column]:
    """Which session it is."""
    return [
        Column("session_no", _("Session no."), _("The number of the session in the programme.")),
        Column("session", _("Session"), _("The title of the session.")),
    ]


def who_columns() -> list[Column]:
    """What identifies a person to an auditor."""
    return [
        registration_column(),
        Column("name", _("Name"), _("The person, as their account says on the day on which the pack was made.")),
        Column("organisation", _("Organisation"), _("Their organisation on the day on which the pack was made.")),
        Column("country", _("Country"), _("Their country when they registered, else that of their organisation.")),
    ]


def who(registration: Registration) -> list[Cell]:
    """The cells of ``who_columns``."""
    person, organisation = registration.person, registration.person.organisation
    country = registration.country or (organisation.country if organisation else None)
    return [registration.pk, person.name, organisation.name if organisation else "", str(country.name) if country else ""]


def organisation_kind(registration: Registration) -> str:
    """The type of organisation that they came from when they registered."""
    kinds: dict[str, Any] = dict(Registration._meta.get_field("organisation_kind").flatchoices)  # noqa: SLF001 - documented
    organisation = registration.person.organisation
    kind = registration.organisation_kind or (organisation.kind if organisation else "")
    return str(kinds.get(kind, kind))


def named(person: Person | None) -> str:
    """The person’s name. Not ``str``, which is the address of who has no name yet: no address is in the pack."""
    return person.name if person else ""


def by_name(registration: Registration) -> tuple[str, int]:
    """The order of the tables: by name, whatever the database thinks of capitals."""
    return (registration.person.name.casefold(), registration.pk)


def actor_of(entry: LogEntry) -> str:
    """Who did what the journal says."""
    if isinstance(entry.actor, Person):
        return entry.actor.name
    return _("Somebody whose account no longer exists") if entry.actor_email else _("The calendar itself")


def reason_of(entry: LogEntry) -> str:
    """Why, in the reader's language where the calendar itself said it."""
    reason = str((entry.additional_data or {}).get("reason", ""))
    return _(reason) if reason else ""


def journal_columns(event: Event) -> list[Column]:
    """When and by whom something was changed."""
    return [
        Column("at", at(event, _("When")), _("When it was written down.")),
        Column("by", _("By"), _("Who did it.")),
    ]


def after_column() -> Column:
    """Whether the event was over then."""
    return Column("after", _("After the event"), _("Whether it was written down after the event had ended."))
