"""Logos and signatures as they are kept: each under the hash of its bytes, written once, never overwritten.

Only what ``designs/pictures.py`` has made anew comes here; what people upload never does.
"""

import hashlib
from functools import lru_cache
from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.certificates.models import KeptPicture
from events.paper.fonts import CannotPrint
from network.errors import Refused
from network.stores import keep_once

FOLDER = "certificate-pictures"
MEDIA_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}

Picture = tuple[str, bytes]


class LostPicture(CannotPrint):
    """A template's picture is not in the store any more, or is not what it was."""

    code = "lost_picture"

    def __init__(self, path: str) -> None:
        self.text = path
        self.character = ""
        Refused.__init__(
            self, _("A picture of the certificate’s template is lost. Upload it again, then issue the certificate.")
        )


def keep(content: bytes, extension: str) -> str:
    """Store a picture and return its path. The same picture twice is once. Raises CannotKeep (a full disk)."""
    digest = hashlib.sha256(content).hexdigest()
    path = f"{FOLDER}/{digest[:2]}/{digest}{extension}"
    want(path)  # first: what is in the store already might be just about to be removed
    keep_once(path, content)
    return path


def want(*paths: str) -> None:
    """Keep these from being removed for a day; within a transaction, in any case until it ends."""
    now = timezone.now()
    KeptPicture.objects.bulk_create(
        [KeptPicture(path=path, wanted_at=now) for path in sorted({*paths} - {""})],
        update_conflicts=True,
        unique_fields=["path"],
        update_fields=["wanted_at"],
    )


def is_kept(path: str) -> bool:
    """Whether it is in the store."""
    return default_storage.exists(path)


@lru_cache(maxsize=16)
def read(path: str) -> Picture:
    """Media type and content. Raises LostPicture."""
    name = PurePosixPath(path)
    if name.parts[0] != FOLDER or name.suffix not in MEDIA_TYPES:
        raise LostPicture(path)
    try:
        with default_storage.open(path, "rb") as file:
            content = bytes(file.read())
    except OSError as lost:
        raise LostPicture(path) from lost
    if hashlib.sha256(content).hexdigest() != name.stem:
        raise LostPicture(path)
    return MEDIA_TYPES[name.suffix], content
