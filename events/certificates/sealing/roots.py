"""The certificates of the authorities that we were told to trust."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from cryptography import x509

LARGEST_FILE = 5 * 2**20


class NoRoots(Exception):
    """The file that SEAL_TRUSTED_ROOTS names is no list of certificates."""


def trusted_roots() -> "list[x509.Certificate]":
    """Those in the file that SEAL_TRUSTED_ROOTS names; none if it names none. Raises NoRoots."""
    if not settings.SEAL_TRUSTED_ROOTS:
        return []
    path = Path(settings.SEAL_TRUSTED_ROOTS)
    try:
        found = path.stat()
        return _read(path, found.st_mtime_ns, found.st_size)
    except (OSError, ValueError) as error:
        raise NoRoots(str(path)) from error


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, size: int) -> "list[x509.Certificate]":
    from cryptography import x509  # noqa: PLC0415 - cryptography costs a process 15 MB: only who needs it pays

    if size > LARGEST_FILE:
        raise ValueError(size)
    return x509.load_pem_x509_certificates(path.read_bytes())
