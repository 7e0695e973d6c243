"""Short texts that people add."""

from django.utils.translation import gettext as _

from network.errors import Invalid


def short_enough(field: str, text: str, *, limit: int = 500) -> str:
    """The text without surrounding blanks. Raises Invalid if it is longer than its column."""
    text = text.strip()
    if len(text) > limit:
        raise Invalid({field: [_("Keep it to {limit} characters; these are {length}.").format(limit=limit, length=len(text))]})
    return text
