"""What the seal of a file means, in plain words, with the standard's term beside them."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True)
class SealWords:
    """A level of PAdES (ETSI EN 319 142-1): its name here, what it means, and its name in the standard."""

    name: Text
    meaning: Text
    term: str


SEAL_WORDS = {
    "B-B": SealWords(
        _("Sealed"),
        _("The file shows who sealed it, and that nothing was changed since. The time is that of the sealer’s own clock."),
        "PAdES B-B",
    ),
    "B-T": SealWords(
        _("Sealed with a time stamp"),
        _("The file shows who sealed it, and that nothing was changed since. An independent authority confirms when that was."),
        "PAdES B-T",
    ),
    "B-LT": SealWords(
        _("Sealed for years"),
        _(
            "The file shows who sealed it, and that nothing was changed since. An independent authority confirms when that "
            "was, and the file carries all that is needed to check this in later years."
        ),
        "PAdES B-LT",
    ),
    "B-LTA": SealWords(
        _("Sealed for the archive"),
        _(
            "The file shows who sealed it, and that nothing was changed since. An independent authority confirms when that "
            "was. The file carries all that is needed to check this, protected by a further time stamp, for decades."
        ),
        "PAdES B-LTA",
    ),
}


def words_of_seal(level: str) -> SealWords | None:
    """The words of a level; None: the file has no seal, or one of another kind."""
    return SEAL_WORDS.get(level)
