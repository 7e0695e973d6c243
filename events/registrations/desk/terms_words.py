"""What the terms of an event mean, in sentences: its quotas, and its rules on who may come."""

from collections.abc import Sequence

from django.utils.translation import gettext, ngettext

from events.programme.models import Event
from events.programme.periods import moment_in_words
from events.registrations.models import EligibilityRule, Quota
from network.models import Organisation
from network.vocabulary import zone_named

Outcome = EligibilityRule.Outcome


def quotas_in_words(event: Event, quotas: Sequence[Quota]) -> list[str]:
    """A sentence for each quota, and what is left for everybody else. Nothing where there are none."""
    said = [sentence for quota in quotas for sentence in _quota(event, quota)]
    active = [quota for quota in quotas if not quota.has_lapsed]
    if event.places is not None and any(quota.reserved for quota in active):
        kept = sum(max(quota.reserved - quota.taken, 0) for quota in active)
        free = max(event.places - event.places_taken - kept, 0)
        text = ngettext(
            "%(n)d place is free now for people of no such group.",
            "%(n)d places are free now for people of no such group.",
            free,
        )
        said.append(text % {"n": free})
    return said


def _quota(event: Event, quota: Quota) -> list[str]:
    facts = {
        "group": quota.group_name,
        "reserved": quota.reserved,
        "places": event.places,
        "most": quota.at_most,
        "when": moment_in_words(quota.until.astimezone(zone_named(event.timezone))) if quota.until else "",
    }
    if quota.has_lapsed:
        return [gettext("The quota for %(group)s ended on %(when)s. Its places are for everybody now.") % facts]
    said = []
    if quota.reserved and event.places is None:
        text = ngettext(
            "%(reserved)d place is kept for %(group)s.", "%(reserved)d places are kept for %(group)s.", quota.reserved
        )
        said.append(text % facts)
    elif quota.reserved and quota.until:
        text = ngettext(
            "%(reserved)d of %(places)d places is kept for %(group)s until %(when)s; then for everybody.",
            "%(reserved)d of %(places)d places are kept for %(group)s until %(when)s; then for everybody.",
            quota.reserved,
        )
        said.append(text % facts)
    elif quota.reserved:
        text = ngettext(
            "%(reserved)d of %(places)d places is kept for %(group)s.",
            "%(reserved)d of %(places)d places are kept for %(group)s.",
            quota.reserved,
        )
        said.append(text % facts)
    if quota.at_most is not None and quota.until:
        text = ngettext(
            "%(group)s: at most %(most)d place, until %(when)s.",
            "%(group)s: at most %(most)d places, until %(when)s.",
            quota.at_most,
        )
        said.append(text % facts)
    elif quota.at_most is not None:
        text = ngettext("%(group)s: at most %(most)d place.", "%(group)s: at most %(most)d places.", quota.at_most)
        said.append(text % facts)
    return said


def rules_in_words(event: Event, rules: Sequence[EligibilityRule]) -> list[str]:
    """A sentence for each rule in its order, and what holds for whom none covers."""
    said = [_rule(event, rule) for rule in rules]
    if not any(rule.everybody for rule in rules):
        said.append(_no_rule(event, others=bool(rules)))
    return said


def _rule(event: Event, rule: EligibilityRule) -> str:
    who = gettext("Everybody else") if rule.everybody else rule.group_name
    match rule.outcome:
        case Outcome.REFUSE:
            return gettext("%(who)s: cannot register. They read: “%(reason)s”") % {"who": who, "reason": rule.reason}
        case Outcome.APPROVE:
            return gettext("%(who)s: each registration needs approval by %(approver)s.") % {
                "who": who,
                "approver": approver(event),
            }
        case _:
            return gettext("%(who)s: a place at once, if there is one.") % {"who": who}


def _no_rule(event: Event, *, others: bool) -> str:
    """What the event itself says."""
    kinds = dict(Organisation.Kind.choices)
    who = gettext("Everybody else") if others else gettext("Everybody")
    if event.eligible_kinds:
        names = ", ".join(str(kinds.get(kind, kind)) for kind in event.eligible_kinds)
        who = gettext("%(who)s from: %(kinds)s") % {"who": who, "kinds": names}
    if event.needs_approval:
        return gettext("%(who)s: each registration needs approval by %(approver)s.") % {"who": who, "approver": approver(event)}
    return gettext("%(who)s: a place at once, if there is one.") % {"who": who}


def approver(event: Event) -> str:
    """Who approves, in the middle of a sentence."""
    if event.approver == Event.Approver.HOME_CENTRE:
        return gettext("the participant’s home centre")
    return gettext("the organiser")
