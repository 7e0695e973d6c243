"""Who may register for an event, and whether somebody has to approve it.

In this order: the event must be open, the profile complete, the event meant for the person. Then the first eligibility rule
that covers the person decides; without one, the types of organisation that the event is open to keep others out, and the event
says whether each registration is approved. An invitation is the organiser's word: it stands for all of this but the window
(unless it says so) and the profile.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from events.programme.models import Event
from events.programme.periods import moment_in_words
from events.programme.queries import registration_window, visible_to
from events.registrations.errors import (
    ChangesClosed,
    NotEligible,
    NotYetOpen,
    ProfileIncomplete,
    RegistrationClosed,
    WasDeclined,
)
from events.registrations.models import EligibilityRule, Registration
from events.registrations.places import is_over
from network.errors import Refused
from network.models import Organisation, Person
from network.queries import home_centre
from network.vocabulary import zone_named

State = Registration.State
Outcome = EligibilityRule.Outcome


@dataclass(frozen=True)
class Verdict:
    """Whether a person may ask for a place: ``refusal`` says why not; ``needs_approval`` if somebody has to decide."""

    refusal: Refused | None = None
    needs_approval: bool = False


def new_registration(event: Event, person: Person) -> Registration:
    """A registration that is not written yet, with the facts of the person by which rules and quotas decide.

    The home centre is looked up only where the event asks for it: it costs a query, and most events do not.
    """
    registration = Registration(event=event, person=person)
    registration.chosen = frozenset()
    if person.organisation is not None:
        registration.country, registration.organisation_kind = person.organisation.country, person.organisation.kind
    find_home(registration)
    return registration


def find_home(registration: Registration) -> None:
    """Note the home centre of a new registration's person, where the event asks for it and it is not there yet."""
    event = registration.event
    asks = event.has_quotas or event.has_rules or event.approver == Event.Approver.HOME_CENTRE
    if asks and registration.home_centre is None:
        registration.home_centre = home_centre(registration.person)


def verdict(event: Event, who: Registration, last: Registration | None) -> Verdict:
    """Whether the person of ``who`` (see ``new_registration``) may ask for a place now.

    ``last`` is their last registration at the event, whatever its state; that it still lives is no reason against it.
    """
    invited = is_invited(last)
    refusal = closed(event, at_any_time=invited and last is not None and last.when_closed) or profile_gap(who.person)
    return Verdict(refusal) if refusal is not None else meant_for(event, who, last)


def meant_for(event: Event, who: Registration, last: Registration | None) -> Verdict:
    """Whether the event is for this person, whenever they ask: what holds for a colleague who takes over, too."""
    if is_invited(last):
        return Verdict()
    if last is not None and last.state == State.DECLINED:
        return Verdict(WasDeclined())
    if event.visibility != Event.Visibility.PUBLIC and not visible_to(who.person).filter(pk=event.pk).exists():
        return Verdict(NotEligible(_("This event is for invited people only.") if event.visibility == "invited" else None))
    return rules_say(event, who)


def rules_say(event: Event, who: Registration) -> Verdict:
    """What the event's rules say about the facts of a person. One query where the event has rules."""
    if event.has_rules:
        rules = EligibilityRule.objects.filter(event_id=event.pk).order_by("position", "pk")
        rule = next((rule for rule in rules if rule.covers(who)), None)
        if rule is not None:
            refused = rule.outcome == Outcome.REFUSE
            return Verdict(NotEligible(rule.reason) if refused else None, rule.outcome == Outcome.APPROVE)
    kinds = cast("list[str]", event.eligible_kinds)
    if kinds and who.organisation_kind not in kinds:
        names = dict(Organisation.Kind.choices)
        text = _("This event is open to: {kinds}. Your organisation is listed as “{own}”.").format(
            kinds=", ".join(str(names.get(kind, kind)) for kind in kinds),
            own=names.get(who.organisation_kind, who.organisation_kind),
        )
        return Verdict(NotEligible(text))
    return Verdict(needs_approval=event.needs_approval)


def why_not(event: Event, person: Person, last: Registration | None = None) -> Refused | None:
    """Why this person cannot register themself now, or None if they can. Being registered already is no reason."""
    return verdict(event, new_registration(event, person), last).refusal


def is_invited(last: Registration | None) -> bool:
    """Whether the person holds an invitation that can still be taken up."""
    return last is not None and last.state == State.INVITED and (last.deadline is None or last.deadline > timezone.now())


def closed(event: Event, *, at_any_time: bool = False) -> RegistrationClosed | None:
    """Why nobody can register now, or None. ``at_any_time``: outside the window too, until the event's end."""
    if event.state == Event.State.CANCELLED:
        return RegistrationClosed(_("This event is cancelled."))
    if event.state == Event.State.POSTPONED:
        return RegistrationClosed(_("This event is postponed. Registration opens again when its new time is known."))
    if is_over(event):
        return RegistrationClosed(_("This event is over."))
    if event.state != Event.State.PUBLISHED:
        return RegistrationClosed(_("This event is not published."))
    if at_any_time:
        return None
    opens, closes = registration_window(event)
    now, zone = timezone.now(), zone_named(event.timezone)
    if opens is not None and now < opens:
        return NotYetOpen(_("Registration opens on {when}.").format(when=_in_zone(opens, zone)))
    if now >= closes:
        return RegistrationClosed(_("Registration closed on {when}.").format(when=_in_zone(closes, zone)))
    return None


def no_more_changes(event: Event) -> RegistrationClosed | None:
    """Why participants can no longer change or cancel their registration themselves, or None if they can."""
    if is_over(event):
        return RegistrationClosed(_("This event is over. Its registrations stay as they are."))
    until = event.changes_close_at
    if until is not None and until <= timezone.now():
        when = _in_zone(until, zone_named(event.timezone))
        return ChangesClosed(
            _("Changes were possible until {when}. Write to the organiser if you cannot come.").format(when=when)
        )
    return None


def profile_gap(person: Person, *, own: bool = True) -> ProfileIncomplete | None:
    """The door list and the certificate need a name and an organisation."""
    if person.name.strip() and person.organisation_id:
        return None
    return ProfileIncomplete(
        None if own else _("This person’s profile has no name or no organisation yet. Invite them instead.")
    )


def _in_zone(instant: datetime, zone: ZoneInfo) -> str:
    return f"{moment_in_words(instant.astimezone(zone))} ({zone.key})"
