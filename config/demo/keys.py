"""Keys of the demonstration: a seal of the network, and the issuer's key of its credentials."""

from secrets import token_hex

from events.certificates.credentials.keys import make_key
from events.certificates.models import IssuerKey, Seal
from events.certificates.sealing.actions import make_seal

DAYS = 1500  # longer than the season's past, and than anybody tries it out


def load_keys() -> None:
    """Make them, unless there are some."""
    if not Seal.objects.filter(retired_at=None).exists():
        make_seal(centre=None, days=DAYS)
    if not IssuerKey.objects.filter(retired_at=None).exists():
        make_key(f"demonstration-{token_hex(4)}")
