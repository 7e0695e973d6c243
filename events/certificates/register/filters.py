"""The filters of a centre's register: one set, for the desk's page and the API."""

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.certificates.content.standing import STANDINGS
from events.certificates.models import Certificate
from events.certificates.numbers import parse
from events.programme.forms import DayField
from network.models import Centre


class PeriodForm(forms.Form):
    """What the filters must be together."""

    def clean(self) -> dict[str, Any]:
        """The days must be in order."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("issued_from"), cleaned.get("issued_until")
        if first and last and last < first:
            self.add_error("issued_until", _("The last day must not be before the first."))
        return cleaned


STANDING_NAMES = {
    "valid": _("Valid"),
    "expired": _("Time is over"),
    "revoked": _("Revoked"),
    "replaced": _("Replaced"),
}


class DayFilter(filters.DateFilter):
    """A day, typed or picked."""

    field_class = DayField


class RegisterFilter(filters.FilterSet):
    """Narrows a queryset of certificates. A wrong value is an error at its field; what is left out does not narrow."""

    q = filters.CharFilter(
        label=_("Search"), method="by_text", max_length=200, help_text=_("Holder, event, or a certificate’s number.")
    )
    centre = filters.ModelChoiceFilter(
        label=_("Centre"), queryset=Centre.objects.all(), to_field_name="slug", empty_label=_("All centres")
    )
    event = filters.CharFilter(label=_("Event"), field_name="event__slug", help_text=_("The slug of an event."))
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Certificate.Kind.choices, empty_label=_("All kinds"))
    standing = filters.ChoiceFilter(
        label=_("State"),
        choices=[(name, STANDING_NAMES[name]) for name in STANDINGS],
        method="by_standing",
        empty_label=_("All states"),
    )
    issued_from = DayFilter(label=_("Issued from"), method="by_first_day")
    issued_until = DayFilter(label=_("Issued until"), method="by_last_day")

    class Meta:
        model = Certificate
        form = PeriodForm
        fields: list[str] = []

    def by_text(self, found: QuerySet[Certificate], _name: str, text: str) -> QuerySet[Certificate]:
        """Every word occurs in the holder's or the event's name; or it is a number."""
        if number := parse(text):
            return found.filter(number=number)
        for word in text.split():
            found = found.filter(
                Q(facts__holder__name__icontains=word) | Q(facts__event__title__icontains=word) | Q(number__istartswith=word)
            )
        return found

    def by_standing(self, found: QuerySet[Certificate], _name: str, standing: str) -> QuerySet[Certificate]:
        """As ``content.standing`` judges; the day is that of the server's zone, not of each centre's."""
        over = Q(valid_until__lt=timezone.localdate())
        match standing:
            case "valid":
                return found.filter(Q(revoked_at=None) & (Q(valid_until=None) | ~over))
            case "expired":
                return found.filter(over, revoked_at=None)
            case "replaced":
                return found.filter(revoked_at__isnull=False, replaced_by__isnull=False)
            case _:
                return found.filter(revoked_at__isnull=False, replaced_by=None)

    def by_first_day(self, found: QuerySet[Certificate], _name: str, day: date) -> QuerySet[Certificate]:
        """On this day or later."""
        return found.filter(issued_at__gte=_midnight(day))

    def by_last_day(self, found: QuerySet[Certificate], _name: str, day: date) -> QuerySet[Certificate]:
        """On this day or before."""
        return found.filter(issued_at__lt=_midnight(day + timedelta(days=1))) if day < date.max else found


def newest_first(found: QuerySet[Certificate]) -> QuerySet[Certificate]:
    """The order of the desk's list."""
    return found.order_by(F("issued_at").desc(), F("pk").desc())


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
