"""What seals need, said at the start and before it is too late."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError
from django.utils import timezone

from events.certificates.models import Seal
from events.certificates.sealing.errors import CannotSeal
from events.certificates.sealing.roots import NoRoots, trusted_roots

#: So long before its end one is told.
SOON = timedelta(days=30)


@register()
def settings_hold(app_configs: Any = None, **_kwargs: Any) -> list[CheckMessage]:
    """The files that the settings name are there, and nobody else reads the keys."""
    from events.certificates.sealing.keys import is_open_to_others  # noqa: PLC0415 - cryptography costs a process 15 MB: only who needs it pays

    found: list[CheckMessage] = []
    try:
        trusted_roots()
    except NoRoots as error:
        found.append(Error(f"SEAL_TRUSTED_ROOTS names no list of certificates in PEM form: {error}", id="seals.E001"))
    for name in ("SEAL_PKCS11_MODULE", "SEAL_SERVICES_CA"):
        path = getattr(settings, name)
        if path and not Path(path).is_file():
            found.append(Error(f"{name} names no file: {path}", id="seals.E002"))
    folder = Path(settings.KEYS_DIR)
    if folder.is_dir():
        opened = [path for path in (folder, *folder.iterdir()) if is_open_to_others(path)]
        if opened:
            names = ", ".join(str(path) for path in sorted(opened)[:5])
            found.append(
                Caution(f"Others than their owner may read keys: {names}", hint="chmod -R go= KEYS_DIR", id="seals.W001")
            )
    return found


@register(Tags.database)
def seals_work(app_configs: Any = None, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Every seal in use can be opened, and none expires soon. Nothing is signed, and no service asked."""
    if not databases or "default" not in databases:
        return []
    from events.certificates.sealing.identity import expires  # noqa: PLC0415 - cryptography costs a process 15 MB: only who needs it pays
    from events.certificates.sealing.sealer import sealer_for  # noqa: PLC0415

    try:
        seals = list(Seal.objects.filter(retired_at=None).select_related("centre"))
    except DatabaseError:
        return []  # before the first migration there is no table
    found: list[CheckMessage] = []
    for seal in seals:
        whose = seal.centre.code if seal.centre else "the network"
        try:
            sealer_for(seal)
        except CannotSeal as error:
            # No error: a broken seal is no reason for the whole platform not to start.
            found.append(Caution(f"The seal of {whose} does not work. {error.why}", id="seals.W003"))
            continue
        end = expires(seal.chain)
        if end is not None and end < timezone.now() + SOON:
            found.append(
                Caution(
                    f"The seal of {whose} expires on {end:%Y-%m-%d}; then no certificate can be issued.",
                    hint="manage.py make_seal, or use_seal with a new certificate",
                    id="seals.W002",
                )
            )
    return found
