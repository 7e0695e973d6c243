"""The rows of the page “Quotas and rules”: what was typed, as facts for the actions, and their errors back at the fields."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.programme.desk_sheet import clock
from events.programme.forms import DAY_ENDS, ClockField, DayField, Typed
from events.programme.models import Event
from events.programme.periods import instant
from events.registrations.models import EligibilityRule, Group, Quota, Registration
from events.registrations.terms import MOST, MOST_PLACES, QuotaFacts, RuleFacts
from network.errors import Errors, Invalid
from network.models import Centre, Organisation
from network.queries import active_centres
from network.vocabulary import eu_country_code, zone_named

EMPTY_ROWS = 2
EVERYBODY = "everybody"

#: Whom organisers are likely to mean: the EU, its neighbours and candidates. Those that occur at the event are added.
NEAR = (
    "AL", "AT", "BA", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GE", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "TR",
    "UA",
)  # fmt: skip


def groups(event: Event, present: Sequence[Group]) -> list[tuple[str, Any]]:
    """Whom a row can be about, in groups of a list: countries, home centres, types of organisation. Three queries."""
    used = {str(row.country) for row in present if row.country}
    asking = Registration.objects.filter(event=event).order_by().values_list("country", flat=True).distinct()
    codes = {*NEAR, *used, *(code for code in asking if code)}
    named = sorted(((code, str(Organisation(country=code).country.name)) for code in codes), key=lambda one: one[1])
    centres = {centre.pk: centre for centre in active_centres().order_by("country", "short_name")}
    centres |= {row.centre.pk: row.centre for row in present if row.centre is not None}
    return [
        ("", gettext("Choose a group")),
        (gettext("People of a country"), [(f"country:{code}", name) for code, name in named]),
        (
            gettext("People of a home centre"),
            [
                (f"centre:{key}", f"{centre.short_name} ({eu_country_code(str(centre.country))})")
                for key, centre in centres.items()
            ],
        ),
        (gettext("Types of organisation"), [(f"kind:{code}", words) for code, words in Organisation.Kind.choices]),
    ]


def _key_of(row: Group) -> str:
    """The group of a row as its list names it."""
    if getattr(row, "everybody", False):
        return EVERYBODY
    if row.country:
        return f"country:{row.country}"
    return f"kind:{row.organisation_kind}" if row.organisation_kind else f"centre:{row.centre_id}"


class GroupForm(Typed):
    """A row about a group."""

    group = forms.ChoiceField(label=_("For whom"), required=False)
    is_gone = forms.BooleanField(label=_("Delete"), required=False)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = choices  # type: ignore[attr-defined]

    #: Fields without which a row says nothing; the others have a value from the start.
    COUNTING: tuple[str, ...] = ("group",)

    @property
    def is_left_out(self) -> bool:
        """Nothing was typed, or the row is to be deleted."""
        typed = any(self.data.get(self.add_prefix(name), "").strip() for name in self.COUNTING)
        return not typed or bool(self.data.get(self.add_prefix("is_gone")))

    def group_facts(self) -> dict[str, Any]:
        """Country, centre or type of organisation."""
        name, _colon, value = self.cleaned_data.get("group", "").partition(":")
        if name == "centre":
            return {"centre": Centre.objects.get(pk=value)}
        return {"country": {"country": value}, "kind": {"organisation_kind": value}}.get(name, {})

    def clean(self) -> dict[str, Any]:
        """Whom it is about has to be said."""
        if not self.is_left_out and not self.cleaned_data.get("group") and "group" not in self.errors:
            self.add_error("group", gettext("Say for whom."))
        return self.cleaned_data


class QuotaForm(GroupForm):
    """One quota."""

    COUNTING = ("group", "reserved", "at_most", "until_day", "until_time")
    reserved = forms.IntegerField(label=_("Reserved"), required=False, min_value=0, max_value=MOST_PLACES)
    at_most = forms.IntegerField(label=_("At most"), required=False, min_value=0, max_value=MOST_PLACES)
    until_day = DayField(label=_("Until"), required=False)
    until_time = ClockField(label=_("Time"))

    def clean(self) -> dict[str, Any]:
        """A time needs its day."""
        self.complain_if_only_a_time("until")
        return super().clean()

    def facts(self, zone: ZoneInfo, stored: datetime | None) -> QuotaFacts:
        """What was typed. Raises Invalid (an hour that the zone skips)."""
        typed = self.moment("until", by_default=DAY_ENDS)
        same = typed is not None and stored is not None and typed == datetime.combine(*clock(stored, zone))
        until = stored if same else (typed and instant(typed, zone))
        said = self.cleaned_data
        return QuotaFacts(reserved=said["reserved"] or 0, at_most=said["at_most"], until=until, **self.group_facts())


class RuleForm(GroupForm):
    """One rule."""

    COUNTING = ("group", "reason")
    order = forms.IntegerField(label=_("Order"), required=False, min_value=0, max_value=999)
    outcome = forms.ChoiceField(label=_("What is decided"), choices=EligibilityRule.Outcome.choices, required=False)
    reason = forms.CharField(label=_("Reason"), required=False, widget=forms.TextInput(attrs={"maxlength": "300"}))

    def facts(self) -> RuleFacts:
        """What was typed."""
        said = self.cleaned_data
        everybody = said.get("group") == EVERYBODY
        return RuleFacts(outcome=said["outcome"], reason=said["reason"], everybody=everybody, **self.group_facts())


def _fingerprint(quotas: Sequence[Quota], rules: Sequence[EligibilityRule]) -> str:
    """What tells these terms from others."""
    told = [(_key_of(quota), quota.reserved, quota.at_most, quota.until) for quota in quotas]
    return hashlib.sha256(repr((told, [(_key_of(rule), rule.outcome, rule.reason) for rule in rules])).encode()).hexdigest()[
        :16
    ]


class TermsSheet:
    """All rows of the page. ``rows_of_quotas`` and ``rows_of_rules`` say how many there are of each."""

    def __init__(
        self, event: Event, quotas: Sequence[Quota], rules: Sequence[EligibilityRule], data: QueryDict | None = None
    ) -> None:
        self.event, self.data = event, data
        self.zone = zone_named(event.timezone)
        choices = groups(event, [*quotas, *rules])
        more = EMPTY_ROWS if data and data.get("do") == "more" else 0
        self.fingerprint = _fingerprint(quotas, rules)
        self.stored = {_key_of(quota): quota.until for quota in quotas}
        self.quotas = [
            QuotaForm(
                data if number < self._sent("quotas", 0) else None, prefix=f"quotas-{number}", choices=choices, initial=initial
            )
            for number, initial in self._rows("quotas", [self._quota(quota) for quota in quotas], {}, more)
        ]
        with_rest = [*choices, (EVERYBODY, gettext("Everybody else"))]
        facts = [self._rule(rule, number) for number, rule in enumerate(rules, start=1)]
        empty = {"order": len(rules) + 1, "outcome": EligibilityRule.Outcome.CONFIRM}
        self.rules = [
            RuleForm(
                data if number < self._sent("rules", 0) else None, prefix=f"rules-{number}", choices=with_rest, initial=initial
            )
            for number, initial in self._rows("rules", facts, empty, more)
        ]

    @property
    def is_stale(self) -> bool:
        """Whether somebody else changed the terms since the page was made."""
        return self.data is not None and self.data.get("seen", self.fingerprint) != self.fingerprint

    def _sent(self, name: str, default: int) -> int:
        """How many rows were sent."""
        text = self.data.get(f"rows_of_{name}", "") if self.data else ""
        return min(int(text), MOST) if text.isdecimal() and len(text) < 4 else default

    def _rows(
        self, name: str, stored: list[dict[str, Any]], empty: dict[str, Any], more: int
    ) -> list[tuple[int, dict[str, Any]]]:
        """Number and first values of each row. A new row differs from ``empty`` where something was typed."""
        count = self._sent(name, len(stored) + EMPTY_ROWS) if self.data else len(stored) + EMPTY_ROWS
        count = min(max(count + more, 1), MOST)
        return [(number, stored[number] if number < len(stored) and not self.data else dict(empty)) for number in range(count)]

    def _quota(self, quota: Quota) -> dict[str, Any]:
        day, time = clock(quota.until, self.zone)
        return {
            "group": _key_of(quota),
            "reserved": quota.reserved or None,
            "at_most": quota.at_most,
            "until_day": day,
            "until_time": time,
        }

    @staticmethod
    def _rule(rule: EligibilityRule, number: int) -> dict[str, Any]:
        return {"group": _key_of(rule), "order": number, "outcome": rule.outcome, "reason": rule.reason}

    # --- reading -------------------------------------------------------------------------------------------------

    def is_valid(self) -> bool:
        """Whether each row that counts can be read."""
        counting = [form for form in (*self.quotas, *self.rules) if form.is_bound and not form.is_left_out]
        judged = [form.is_valid() for form in counting]  # each, so that all errors are shown
        return all(judged)

    def facts(self) -> tuple[list[QuotaFacts], list[RuleFacts]]:
        """What was typed, in the order it is meant. Raises Invalid at ``quotas.0.until``."""
        self.told_quotas = [form for form in self.quotas if form.is_bound and not form.is_left_out]
        rules = [form for form in self.rules if form.is_bound and not form.is_left_out]
        self.told_rules = sorted(rules, key=lambda form: (form.cleaned_data.get("order") or 0, rules.index(form)))
        quotas, errors = [], {}
        for index, form in enumerate(self.told_quotas):
            try:
                quotas.append(form.facts(self.zone, self.stored.get(form.cleaned_data["group"])))
            except Invalid as error:
                errors[f"quotas.{index}.until"] = error.errors[""]
        if errors:
            raise Invalid(errors)
        return quotas, [form.facts() for form in self.told_rules]

    def add_errors(self, errors: Errors) -> list[str]:
        """Put what the actions said at the fields of the rows. Returns what concerns a whole table."""
        whole = []
        fields = {"until": "until_day", "country": "group", "organisation_kind": "group", "": "group"}
        for path, messages in errors.items():
            name, _dot, rest = path.partition(".")
            number, _dot, place = rest.partition(".")
            told: Sequence[GroupForm] = self.told_rules if name == "rules" else self.told_quotas
            if not number:
                whole += [str(message) for message in messages]
                continue
            form = told[int(number)]
            for message in messages:
                form.add_error(fields.get(place, place), message)
        return whole

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """All that is wrong in the rows: the field's id, what it is called, the message."""
        found = []
        for words, rows in ((gettext("Quota %(n)d"), self.quotas), (gettext("Rule %(n)d"), self.rules)):
            for number, form in enumerate(rows, start=1):
                if not form.is_bound or form.is_left_out:
                    continue
                for name, messages in form.errors.items():
                    field = form[name]
                    heading = f"{words % {'n': number}}, {field.label}"
                    found += [(field.id_for_label, heading, str(message)) for message in messages]
        return found
