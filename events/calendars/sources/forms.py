"""Forms of the desk’s pages about other calendars: text in, types out. The actions judge."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from events.calendars.models import Source
from events.calendars.sources.lines import MOST_BYTES
from network.models import Centre
from network.uploads import TooLargeFile

_NAME = _("It stands beside every entry: “Academy of the ministry”.")
_ADDRESS = _("Where your other program publishes its calendar. It begins with https:// or webcal:// and often ends in .ics.")
_FILE = _("A file in the format iCalendar (.ics), of 5 MB at most. It stays as it is until you upload another.")


class _File(forms.FileField):
    """A calendar file, of a bearable size."""

    widget = forms.FileInput(attrs={"accept": ".ics,.ical,.ifb,.icalendar,text/calendar"})

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The file; an error where nothing of it was kept."""
        if isinstance(data, TooLargeFile) or (isinstance(data, UploadedFile) and (data.size or 0) > MOST_BYTES):
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        return super().clean(data, initial)


def content_of(file: UploadedFile[Any] | None) -> dict[str, Any]:
    """The arguments of an action that takes a file."""
    return {} if file is None else {"body": file.read(), "filename": file.name or ""}


class AddForm(forms.Form):
    """A calendar to add: an address or a file."""

    use_required_attribute = False
    centre = forms.ModelChoiceField(Centre.objects.none(), label=_("Centre"), to_field_name="slug", empty_label=None)
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_NAME)
    url = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=500,
        help_text=_ADDRESS,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    file = _File(label=_("Or a file"), required=False, max_length=200, allow_empty_file=True, help_text=_FILE)

    def __init__(self, *args: Any, centres: QuerySet[Centre], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["centre"]
        field.queryset = centres  # type: ignore[attr-defined]
        if len(centres) == 1:
            field.widget, field.initial = forms.HiddenInput(), centres[0].slug


class ChangeForm(forms.Form):
    """Another name, and another address or a newer file."""

    use_required_attribute = False
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_NAME)
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_ADDRESS,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    file = _File(label=_("A newer file"), required=False, max_length=200, allow_empty_file=True, help_text=_FILE)

    def __init__(self, data: Any = None, files: Any = None, *, source: Source) -> None:
        super().__init__(data, files, initial={"name": source.name, "url": source.url})
        del self.fields["file" if source.url else "url"]
