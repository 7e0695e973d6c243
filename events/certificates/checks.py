"""What certificates need from the machine, said at the start instead of at the first certificate."""

import ctypes
import sys
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution

# As WeasyPrint names them when it loads them.
PANGO = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0")
SUBSETTER = "libharfbuzz-subset.so.0"


def is_there(library: str) -> bool:
    """Whether the system has a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


@register()
def libraries_are_there(app_configs: Any = None, **_kwargs: Any) -> list[CheckMessage]:
    """Without Pango there are no certificates; without HarfBuzz's subsetter they take three to four times as long."""
    if sys.platform != "linux":
        return []
    found: list[CheckMessage] = []
    if not all(is_there(library) for library in PANGO):
        found.append(
            Error(
                "Pango is missing, so no certificate can be printed.",
                hint="apt install libpango-1.0-0 libpangoft2-1.0-0",
                id="certificates.E001",
            )
        )
    if not is_there(SUBSETTER):
        found.append(
            Caution(
                "libharfbuzz-subset is missing: each certificate takes three to four times as long as it need.",
                hint="apt install libharfbuzz-subset0",
                id="certificates.W001",
            )
        )
    return found
