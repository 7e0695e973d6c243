"""The forms of the desk about templates: one template, and what an event settles."""

from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from events.certificates.designs import pictures
from events.certificates.designs.slots import LIMITS, WORDING, Slots
from events.certificates.models import CertificateTemplate, CertificateTerms
from events.programme.models import Event
from network.errors import Invalid, Problem
from network.models import Centre, Person
from network.queries import active_centres, centres_organised_by
from network.rules import is_secretariat

NETWORK = "network"
PICTURES = ("logo", "signature")
TAKES = _("PNG, JPEG, WebP or SVG, of at most 4 MB. It is made anew for paper: upright, trimmed, on white.")
SALT = "certificate-picture"


def _text(label: Any, most: int, **options: Any) -> forms.CharField:
    # What is too long is said by the action, with how many characters there are; the browser need not cut it off.
    return forms.CharField(label=label, required=False, max_length=most * 10, **options)


class TemplateForm(forms.Form):
    """What stands in the slots. Pictures that were uploaded once are kept while the form goes to and fro."""

    use_required_attribute = False

    centre = forms.ChoiceField(label=_("For which centre"))
    name = forms.CharField(
        label=_("Name"),
        max_length=LIMITS["name"] * 10,
        help_text=_("For your list. It is not printed."),
        error_messages={"required": _("Give the template a name, so that you know it again.")},
    )
    design = forms.ChoiceField(
        label=_("Design"), choices=CertificateTemplate.Design.choices, initial="line", widget=forms.RadioSelect
    )
    logo = forms.FileField(label=_("Logo"), required=False, allow_empty_file=True, help_text=TAKES)
    logo_text = _text(
        _("The logo in words"),
        LIMITS["logo_text"],
        help_text=_("For people who cannot see it, such as “Competence centre for innovation procurement”."),
    )
    signatory = _text(_("Who signs"), LIMITS["signatory"], help_text=_("It stands below the line for the signature."))
    signatory_role = _text(_("As what"), LIMITS["signatory_role"], help_text=_("For example “Head of the competence centre”."))
    signature = forms.FileField(label=_("Signature"), required=False, allow_empty_file=True, help_text=TAKES)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, person: Person, template: CertificateTemplate | None = None, data: Any = None, files: Any = None
    ) -> None:
        self.template = template
        self.paths = dict.fromkeys(PICTURES, "")
        super().__init__(data, files, initial=self._initial(template))
        for name in PICTURES:
            self.fields[name].widget.attrs["accept"] = ".png,.jpg,.jpeg,.webp,.svg"
        if template is not None:
            del self.fields["centre"]
        else:
            self.fields["centre"].choices = centre_choices(person)  # type: ignore[attr-defined]
        for code, language in settings.LANGUAGES:
            if code != settings.LANGUAGE_CODE:
                role = format_lazy(_("As what, in {language}"), language=language)
                self.fields[f"signatory_role_{code}"] = _text(role, WORDING["signatory_role"])
            closing = format_lazy(_("Closing words in {language}"), language=language)
            self.fields[f"closing_{code}"] = _text(closing, WORDING["closing"])
        for code, slots in self._in_languages().items():
            for slot in slots:
                self.fields[slot].widget.attrs["lang"] = code

    def _in_languages(self) -> dict[str, list[str]]:
        """The fields for words in each language."""
        return {
            code: [name for slot in WORDING if (name := f"{slot}_{code}") in self.fields] for code, _name in settings.LANGUAGES
        }

    @property
    def words(self) -> list[forms.BoundField]:
        """Those fields, language by language."""
        return [self[name] for names in self._in_languages().values() for name in names]

    def _initial(self, template: CertificateTemplate | None) -> dict[str, Any]:
        if template is None:
            return {}
        slots = Slots.of(template)
        self.paths = {name: getattr(slots, name) for name in PICTURES}
        words = {f"{slot}_{code}": text for code, said in slots.wording.items() for slot, text in said.items()}
        return {**vars(slots), **words, "logo": None, "signature": None, "version": template.version}

    def clean(self) -> dict[str, Any]:
        """Make what was uploaded anew; else keep what was kept before."""
        for name in PICTURES:
            upload = self.cleaned_data.get(name)
            self.paths[name] = "" if f"{name}_removed" in self.data else _unsigned(self.data.get(f"{name}_kept", ""))
            if upload:
                try:
                    self.paths[name] = pictures.make(upload)
                except Invalid as error:
                    self.add_error(name, [str(message) for message in error.errors[""]])
                except Problem as error:
                    self.add_error(name, str(error.message))
        return self.cleaned_data

    @property
    def kept(self) -> dict[str, str]:
        """The pictures that are kept, as the form's hidden fields say it: signed, so that nobody names another file."""
        return {name: signing.dumps(path, salt=SALT) for name, path in self.paths.items() if path}

    def slots(self) -> Slots:
        """What was said; what could not be read is empty."""
        said = self.cleaned_data
        wording: dict[str, dict[str, str]] = {}
        for language, _name in settings.LANGUAGES:
            words = {slot: said.get(f"{slot}_{language}", "") for slot in WORDING}
            wording[language] = {slot: text for slot, text in words.items() if text}
        texts = {name: said.get(name, "") for name in ("name", "logo_text", "signatory", "signatory_role")}
        design = said.get("design") or CertificateTemplate.Design.LINE.value
        return Slots(design=design, wording=wording, **texts, **self.paths)

    def chosen_centre(self) -> Centre | None:
        """Whose template it is to be, or is; None: the network's."""
        if self.template is not None:
            return self.template.centre
        chosen = self.cleaned_data.get("centre", NETWORK)
        return None if chosen == NETWORK else Centre.objects.get(slug=chosen)

    def add_errors(self, problem: Invalid) -> None:
        """Put the action's messages at the fields they are about."""
        for path, messages in problem.errors.items():
            parts = path.split(".")
            name = f"{parts[2]}_{parts[1]}" if len(parts) == 3 else path
            for message in messages:
                self.add_error(name if name in self.fields else None, str(message))


def _unsigned(token: str) -> str:
    try:
        return str(signing.loads(token, salt=SALT)) if token else ""
    except signing.BadSignature:
        return ""


def centre_choices(person: Person) -> list[tuple[str, Any]]:
    """For which centres somebody may make a template; the secretariat for all, and for the network."""
    secretariat = is_secretariat(person)
    centres = active_centres() if secretariat else centres_organised_by(person)
    own = [(centre.slug, str(centre)) for centre in centres.order_by("country", "short_name")]
    return [(NETWORK, _("The whole network")), *own] if secretariat else own


class TermsForm(forms.Form):
    """How an event's certificates look, and for how long they are valid."""

    use_required_attribute = False

    template = forms.ModelChoiceField(
        CertificateTemplate.objects.none(),
        label=_("Template"),
        required=False,
        empty_label=_("The network’s design, without logo and signature"),
    )
    valid_months = forms.IntegerField(
        label=_("Valid for how many months"),
        required=False,
        help_text=_("From the day of issue. Leave it empty if they do not expire."),
        widget=forms.NumberInput(attrs={"min": 1, "max": 240}),
    )

    def __init__(self, event: Event, templates: Any, terms: CertificateTerms | None, data: Any = None) -> None:
        settled = {"template": terms.template, "valid_months": terms.valid_months} if terms is not None else {}
        super().__init__(data, initial=settled)
        field = self.fields["template"]
        field.queryset = templates  # type: ignore[attr-defined]
        field.label_from_instance = label_of  # type: ignore[attr-defined]


def label_of(template: CertificateTemplate) -> str:
    """Its name and whose it is."""
    whose = template.centre.short_name if template.centre is not None else str(_("network"))
    return f"{template.name} ({whose})"
