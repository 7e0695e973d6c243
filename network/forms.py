"""Forms of the ground floor: the profile, tokens, roles, a centre's facts."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from network.errors import Invalid
from network.models import AccessToken, Centre, Organisation, Person, Role
from network.vocabulary import LANGUAGES, time_zones


def add_errors(form: forms.BaseForm, problem: Invalid) -> None:
    """Put an action's messages at the fields they are about; what has no field stands above the form."""
    for path, messages in problem.errors.items():
        for message in messages:
            form.add_error(path if path in form.fields else None, message)


def country_choices() -> list[tuple[str, Any]]:
    """All countries by name, after an empty first line."""
    return [("", _("Choose a country")), *countries]


def time_zone_choices() -> list[tuple[str, str]]:
    """All zones that people choose from."""
    return [(zone, zone.replace("_", " ")) for zone in time_zones()]


class ProfileForm(forms.Form):
    """Who one is, and in which language and zone one reads."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=160,
        help_text=_("As it shall stand on your certificates."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    position = forms.CharField(
        label=_("Function"),
        max_length=120,
        required=False,
        help_text=_("For example “Head of procurement”."),
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    organisation = forms.CharField(
        label=_("Organisation"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    kind = forms.ChoiceField(
        label=_("Type of organisation"),
        choices=Organisation.Kind.choices,
        initial=Organisation.Kind.LOCAL_AUTHORITY,
        help_text=_("Some events are open to certain types only."),
    )
    country = forms.ChoiceField(
        label=_("Country of the organisation"),
        choices=lazy(country_choices, list)(),
        widget=forms.Select(attrs={"autocomplete": "country"}),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, help_text=_("For mails, certificates and these pages.")
    )
    timezone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)

    @staticmethod
    def facts_of(person: Person) -> dict[str, Any]:
        """What the form shows at first."""
        organisation = person.organisation
        return {
            "name": person.name,
            "position": person.position,
            "language": person.language,
            "timezone": person.timezone,
            "organisation": organisation.name if organisation else "",
            "kind": organisation.kind if organisation else Organisation.Kind.LOCAL_AUTHORITY,
            "country": organisation.country.code if organisation else "",
        }


class WelcomeForm(ProfileForm):
    """The first questions to a newcomer: no more than a registration needs."""

    timezone = None  # type: ignore[assignment]
    position = None  # type: ignore[assignment]


class IntroductionForm(WelcomeForm):
    """What a page asks of somebody besides its own questions, because their profile lacks it."""

    language = None  # type: ignore[assignment]
    use_required_attribute = False

    def __init__(self, person: Person, data: Any = None) -> None:
        super().__init__(data, initial=self.facts_of(person))
        if person.organisation_id is not None:
            for name in ("organisation", "kind", "country"):
                del self.fields[name]
        elif person.name.strip():
            del self.fields["name"]


class TokenForm(forms.Form):
    """A new access token."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What it is for, so that you know it again: “Intranet calendar”.")
    )
    scope = forms.ChoiceField(
        label=_("It may"), choices=AccessToken.Scope.choices, initial=AccessToken.Scope.READ, widget=forms.RadioSelect
    )
    days = forms.TypedChoiceField(
        label=_("It is valid for"),
        coerce=int,
        initial=90,
        choices=[(30, _("30 days")), (90, _("90 days")), (180, _("180 days")), (365, _("a year"))],
    )

    def expires_at(self) -> Any:
        """When the token ends."""
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


class AppointForm(forms.Form):
    """Give somebody a role at a centre."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("If it has no account yet, one is made; they sign in with a code."),
    )
    kind = forms.ChoiceField(label=_("Role"))
    centre = forms.ModelChoiceField(Centre.objects.none(), label=_("Centre"), required=False, to_field_name="slug")

    def __init__(self, *args: Any, centres: Any, secretariat: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [choice for choice in Role.Kind.choices if secretariat or choice[0] != Role.Kind.SECRETARIAT]
        field = self.fields["kind"]
        field.choices = kinds  # type: ignore[attr-defined]
        centre = self.fields["centre"]
        centre.queryset = centres  # type: ignore[attr-defined]
        centre.required = not secretariat
        if secretariat:
            centre.help_text = _("Leave it empty for the secretariat, which belongs to the whole network.")


def field_for(db_field: models.Field[Any, Any], **kwargs: Any) -> forms.Field | None:
    """A model's usual form field; a web address without a scheme is taken as https."""
    if isinstance(db_field, models.URLField):
        kwargs["assume_scheme"] = "https"
    return db_field.formfield(**kwargs)


class CentreForm(forms.ModelForm):  # type: ignore[type-arg]
    """A centre's public facts."""

    class Meta:
        model = Centre
        fields = ["name", "short_name", "city", "website", "languages", "timezone", "status", "organisations", "unconfirmed"]
        widgets = {"organisations": forms.CheckboxSelectMultiple}
        formfield_callback = field_for

    DOUBTED = ("name", "short_name", "city", "website", "languages", "timezone", "status", "organisations", "active_until")

    unconfirmed = forms.MultipleChoiceField(
        label=_("Not confirmed yet"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The public page marks these facts as not confirmed."),
    )
    timezone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = {name: Centre._meta.get_field(name) for name in self.DOUBTED}  # noqa: SLF001 - Django's documented API
        choices = [(name, str(field.verbose_name).capitalize()) for name, field in fields.items()]  # type: ignore[union-attr]
        self.fields["unconfirmed"].choices = choices  # type: ignore[attr-defined]
        here = Organisation.objects.filter(country=self.instance.country) | self.instance.organisations.all()
        self.fields["organisations"].queryset = here.distinct().order_by("name")  # type: ignore[attr-defined]
