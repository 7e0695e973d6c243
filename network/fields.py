"""A model field for a few codes out of a fixed vocabulary."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _


class CodesField(models.CharField):  # type: ignore[type-arg]
    """Several codes of a fixed vocabulary (languages, CPV divisions), such as ``["de", "en"]``.

    They are kept in one column as ``,de,en,``, so that ``languages__has="de"`` works alike on SQLite and PostgreSQL
    and a list page needs no further query. Pass ``codes`` as pairs of code and label, or a callable that gives them.
    """

    def __init__(self, *args: Any, codes: Any = (), **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        self.codes = codes  # a matter of validation, not of the table: migrations do not hold it
        super().__init__(*args, **kwargs)

    def vocabulary(self) -> Sequence[tuple[str, Any]]:
        """The allowed codes with their labels."""
        return list(self.codes() if callable(self.codes) else self.codes)

    def from_db_value(self, value: str | None, *_args: Any) -> list[str]:
        """Read the column."""
        return self.to_python(value)

    def to_python(self, value: Any) -> list[str]:
        """A list from whatever a form, a fixture or the column gives."""
        if not value:
            return []
        if isinstance(value, str):
            return [code for code in value.split(",") if code]
        return list(value)

    def get_prep_value(self, value: Any) -> str:
        """Write the column."""
        codes = self.to_python(value)
        return f",{','.join(codes)}," if codes else ""

    def value_to_string(self, obj: models.Model) -> str:
        """For fixtures and the journal."""
        return ",".join(self.value_from_object(obj))

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Refuse codes that are not in the vocabulary, by name."""
        known = {code for code, _label in self.vocabulary()}
        if known and (unknown := [code for code in value if code not in known]):
            raise ValidationError(_("Not known here: %(codes)s."), params={"codes": ", ".join(unknown)})
        if not value and not self.blank:
            raise ValidationError(_("Choose at least one."))

    def run_validators(self, value: Iterable[str]) -> None:
        """Measure the stored text, which is what the column holds."""
        super().run_validators(self.get_prep_value(value))

    def formfield(self, **kwargs: Any) -> forms.Field:
        """Check boxes."""
        return forms.MultipleChoiceField(
            choices=self.vocabulary,
            required=not self.blank,
            label=kwargs.get("label", capfirst(self.verbose_name)),
            help_text=kwargs.get("help_text", self.help_text),
            widget=kwargs.get("widget", forms.CheckboxSelectMultiple),
        )


@CodesField.register_lookup
class Has(models.Lookup[Any]):
    """``languages__has="de"``: the code is among them."""

    lookup_name = "has"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Compare with the commas that surround every code."""
        column, params = self.process_lhs(compiler, connection)
        code = str(self.rhs).replace("\\", "").replace("%", "").replace("_", "")
        return f"{column} LIKE %s", (*params, f"%,{code},%")
