"""The terms of an event, as its organiser sets them: quotas, and the rules of who may come."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_countries import countries

from events.programme.models import Event
from events.programme.periods import require_sane_year
from events.registrations.models import EligibilityRule, Quota, Registration
from events.registrations.places import Hall, held
from events.registrations.texts import short_enough
from network.errors import Invalid
from network.journal import because
from network.models import Centre, Organisation, Person
from network.queries import home_centre
from network.rules import require
from network.vocabulary import iso_country_code

MOST = 60
MOST_PLACES = 100_000
Errors = dict[str, list[Any]]


@dataclass(frozen=True)
class GroupFacts:
    """People of a country, a home centre or a type of organisation: exactly one of the three."""

    country: str = ""
    centre: Centre | None = None
    organisation_kind: str = ""

    @property
    def key(self) -> tuple[str, int | None, str]:
        """What tells groups apart."""
        return (self.country, self.centre.pk if self.centre else None, self.organisation_kind)


@dataclass(frozen=True)
class QuotaFacts(GroupFacts):
    """Places kept for a group, the most that it may have, or both; ``until`` when."""

    reserved: int = 0
    at_most: int | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class RuleFacts(GroupFacts):
    """What is decided about a group, or (``everybody``) about all whom no earlier rule covers."""

    outcome: str = EligibilityRule.Outcome.CONFIRM
    everybody: bool = False
    reason: str = field(default="")


def set_quotas(*, event: Event, quotas: Sequence[QuotaFacts], by: Person) -> list[Quota]:
    """Make these the quotas of the event. A quota of a group that has one already changes it, and keeps its count.

    What becomes free, or is free for somebody now, goes to the waiting list at once. Raises NotAllowed, and Invalid by path
    (``quotas.0.at_most``): a group that is none or comes twice, limits below what the group has taken already, more places
    reserved than the event has.
    """
    require(by, "events.manage_registrations", event)
    quotas, errors = _normal(quotas, "quotas")
    with because(by=by), held(event.pk) as hall:
        present = {_key(quota): quota for quota in hall.quotas}
        if _facts_for(hall.event, quotas):
            for known in present.values():
                known.taken = _taken(hall, known)
        wanted = []
        for index, facts in enumerate(quotas):
            quota = present.pop(facts.key, None) or _new_quota(hall, facts)
            quota.reserved, quota.at_most, quota.until = facts.reserved, facts.at_most, facts.until
            quota.has_lapsed = facts.until is not None and facts.until <= timezone.now()
            _check_quota(quota, f"quotas.{index}", errors)
            _check_until(quota.until, f"quotas.{index}.until", errors)
            wanted.append(quota)
        _check_sum(hall.event, wanted, errors)
        if errors:
            raise Invalid(errors)
        for gone in present.values():
            gone.delete()
        for quota in wanted:
            quota.save()
        Event.objects.filter(pk=event.pk).update(has_quotas=bool(wanted))
        hall.reset_quotas(wanted)
        hall.freed = True
    return wanted


def set_rules(*, event: Event, rules: Sequence[RuleFacts], by: Person) -> list[EligibilityRule]:
    """Make these the eligibility rules of the event, in this order. Registrations that live stay as they are.

    Raises NotAllowed, and Invalid by path (``rules.1.reason``): a group that is none or comes twice, a refusal without a
    reason, rules behind the one for everybody.
    """
    require(by, "events.manage_registrations", event)
    rules, errors = _normal(rules, "rules")
    rows = []
    for index, facts in enumerate(rules):
        path = f"rules.{index}"
        reason = _text(facts.reason, f"{path}.reason", errors)
        if facts.outcome not in EligibilityRule.Outcome.values:
            choices = ", ".join(EligibilityRule.Outcome.values)
            errors[f"{path}.outcome"] = [_("Choose one of: {choices}.").format(choices=choices)]
        if facts.outcome == EligibilityRule.Outcome.REFUSE and not reason:
            errors[f"{path}.reason"] = [_("Say why: people who cannot register read it.")]
        if facts.everybody and index < len(rules) - 1:
            errors[path] = [_("The rule for everybody comes last: those behind it would never apply.")]
        rows.append(
            EligibilityRule(
                event_id=event.pk,
                position=index,
                everybody=facts.everybody,
                country=facts.country,
                centre=facts.centre,
                organisation_kind=facts.organisation_kind,
                outcome=facts.outcome,
                reason=reason,
            )
        )
    if errors:
        raise Invalid(errors)
    with transaction.atomic(), because(by=by):
        Event.objects.select_for_update(no_key=True).only("pk").get(pk=event.pk)
        present = list(EligibilityRule.objects.filter(event_id=event.pk).order_by("position", "pk"))
        for row, old in zip(rows, present, strict=False):
            row.pk = old.pk  # a rule in the same place is the same rule, changed: so the journal tells what differs
            row._state.adding = False  # noqa: SLF001
        for row in rows:
            row.save()
        for old in present[len(rows) :]:
            old.delete()
        Event.objects.filter(pk=event.pk).update(has_rules=bool(rows))
    return rows


def copy_terms(*, source: Event, to: Event) -> None:
    """Give a clone the quotas and rules of its source. Dates are not copied: they were those of another time."""
    for quota in source.quotas.all():
        Quota.objects.create(
            event=to,
            country=quota.country,
            centre=quota.centre,
            organisation_kind=quota.organisation_kind,
            reserved=quota.reserved,
            at_most=quota.at_most,
        )
    for rule in source.eligibility_rules.all():
        rule.pk, rule.event = None, to
        rule._state.adding = True  # noqa: SLF001
        rule.save()
    has_quotas, has_rules = source.quotas.exists(), source.eligibility_rules.exists()
    Event.objects.filter(pk=to.pk).update(has_quotas=has_quotas, has_rules=has_rules)
    to.has_quotas, to.has_rules = has_quotas, has_rules


# --- How they do it ------------------------------------------------------------------------------------------------


def _key(row: Quota) -> tuple[str, int | None, str]:
    return (str(row.country), row.centre_id, row.organisation_kind)


def _normal(groups: Sequence[Any], name: str) -> tuple[list[Any], Errors]:
    """The groups with their country as ISO writes it, and what is wrong with them."""
    errors: Errors = {}
    if len(groups) > MOST:
        raise Invalid({name: [_("At most {most}.").format(most=MOST)]})
    found, seen = [], set()
    for index, facts in enumerate(groups):
        if facts.country:
            facts = _with_country(facts, iso_country_code(facts.country))  # noqa: PLW2901
        path = f"{name}.{index}"
        stated = [bool(facts.country), facts.centre is not None, bool(facts.organisation_kind)].count(True)
        if stated != (0 if getattr(facts, "everybody", False) else 1):
            errors[path] = [_("Say for whom: a country, a home centre or a type of organisation, one of the three.")]
        elif facts.country and facts.country not in dict(countries):
            errors[f"{path}.country"] = [_("This is not a country code. Use ISO 3166, such as AT.")]
        elif facts.organisation_kind and facts.organisation_kind not in Organisation.Kind.values:
            errors[f"{path}.organisation_kind"] = [_("This is not a type of organisation.")]
        elif facts.key in seen:
            errors[path] = [_("This group is there already.")]
        seen.add(facts.key)
        found.append(facts)
    return found, errors


def _with_country(facts: Any, code: str) -> Any:
    return type(facts)(**{**facts.__dict__, "country": code})


def _facts_for(event: Event, quotas: Sequence[QuotaFacts]) -> bool:
    """Registrations made before home centres mattered get theirs, so that quotas count them. Whether there were any."""
    found = False
    if not any(facts.centre for facts in quotas):
        return found
    lacking = Registration.objects.filter(event=event, home_centre=None, state__in=Registration.LIVE)
    for registration in lacking.select_related("person__organisation"):
        if (centre := home_centre(registration.person)) is not None:
            Registration.objects.filter(pk=registration.pk).update(home_centre=centre)
            found = True
    return found


def _new_quota(hall: Hall, facts: QuotaFacts) -> Quota:
    quota = Quota(event=hall.event, country=facts.country, centre=facts.centre, organisation_kind=facts.organisation_kind)
    quota.taken = _taken(hall, quota)
    return quota


def _taken(hall: Hall, quota: Quota) -> int:
    holding = Registration.objects.filter(event=hall.event, state__in=Registration.HOLDING, is_extra=False)
    return sum(quota.covers(registration) for registration in holding)


def _check_quota(quota: Quota, path: str, errors: Errors) -> None:
    if quota.reserved < 0 or quota.reserved > MOST_PLACES:
        errors[f"{path}.reserved"] = [_("From 0 to {most}.").format(most=MOST_PLACES)]
    if quota.at_most is None:
        if not quota.reserved:
            errors[f"{path}.reserved"] = [_("Say how many places are reserved, or how many the group may have at most.")]
        return
    if quota.at_most < 0 or quota.at_most > MOST_PLACES:
        errors[f"{path}.at_most"] = [_("From 0 to {most}.").format(most=MOST_PLACES)]
    elif quota.at_most < quota.reserved:
        errors[f"{path}.at_most"] = [_("This is less than the places reserved.")]
    elif not quota.has_lapsed and quota.at_most < quota.taken:
        text = ngettext(
            "%(taken)s place is taken by this group already. Keep at least that many.",
            "%(taken)s places are taken by this group already. Keep at least that many.",
            quota.taken,
        )
        errors[f"{path}.at_most"] = [text % {"taken": quota.taken}]


def _check_until(until: datetime | None, path: str, errors: Errors) -> None:
    if until is None:
        return
    try:
        require_sane_year(path, until)
    except Invalid as error:
        errors |= error.errors


def _check_sum(event: Event, quotas: Sequence[Quota], errors: Errors) -> None:
    reserved = sum(quota.reserved for quota in quotas if not quota.has_lapsed)
    if not reserved:
        return
    if event.places is None:
        errors["quotas"] = [_("The event has no limit, so nothing can be reserved. Give it a number of places first.")]
    elif reserved > event.places:
        text = _("{reserved} places would be reserved, but the event has only {places}.")
        errors["quotas"] = [text.format(reserved=reserved, places=event.places)]


def _text(text: str, path: str, errors: Errors) -> str:
    try:
        return short_enough(path, text, limit=300)
    except Invalid as error:
        errors.update({name: list(messages) for name, messages in error.errors.items()})
        return text
