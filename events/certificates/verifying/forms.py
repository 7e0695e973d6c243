"""What is asked of who checks a certificate: its number, the holder's name, or the file."""

from django import forms
from django.utils.translation import gettext_lazy as _

NO_FILE = _("Choose the certificate’s PDF.")
NO_PDF = _("This is not a PDF file.")


class NumberForm(forms.Form):
    """One field. Whether the number is known is not the form's business."""

    number = forms.CharField(
        label=_("Number of the certificate"),
        help_text=_("Seventeen letters and digits, such as 7Q2K-0F5M-XW3R-9TBA-C. Hyphens, spaces and capitals do not matter."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class NameForm(forms.Form):
    """The name that is compared with the holder's, where the holder does not show it."""

    use_required_attribute = False
    name = forms.CharField(
        label=_("Surname of the holder"),
        help_text=_("As it is printed on the certificate. Capitals and accents do not matter."),
        max_length=160,
        error_messages={"required": _("Type the surname that is printed on the certificate.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class FileForm(forms.Form):
    """The certificate's file."""

    use_required_attribute = False
    file = forms.FileField(
        label=_("The PDF file"),
        help_text=_("Your browser compares it without sending it. To have its seal checked too, send it: we keep nothing."),
        error_messages={"required": NO_FILE, "empty": NO_PDF},
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
    )
