"""Where a certificate's number is typed."""

from django import forms
from django.utils.translation import gettext_lazy as _


class NumberForm(forms.Form):
    """One field. Whether the number is known is not the form's business."""

    number = forms.CharField(
        label=_("Number of the certificate"),
        help_text=_("Seventeen letters and digits, such as 7Q2K-0F5M-XW3R-9TBA-C. Hyphens, spaces and capitals do not matter."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
