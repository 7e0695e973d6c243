"""Where the PDFs are kept: each under its own hash, written once, never overwritten."""

import re

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from events.certificates.models import Certificate
from network.errors import Refused

# What file systems of any kind refuse in names.
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]+')
_LONGEST_NAME = 80


class CannotKeep(Refused):
    """The store has no room, or cannot be reached. What was asked for can be asked again once it has been mended."""

    code = "cannot_keep"


def path_of(sha256: str) -> str:
    """Where the file with this hash is."""
    return f"certificates/{sha256[:2]}/{sha256}.pdf"


def keep(pdf: bytes, sha256: str) -> str:
    """Store a file under its hash and return its path. Storing the same bytes twice is once. Raises CannotKeep (a full disk).

    It is called before the row is written, so a row never lacks its file; a file whose row was rolled back is harmless.
    """
    path = path_of(sha256)
    try:
        if not default_storage.exists(path):
            kept = default_storage.save(path, ContentFile(pdf))
            if kept != path:  # somebody else stored the same bytes in this moment
                default_storage.delete(kept)
    except OSError as error:
        raise CannotKeep(
            _("The file could not be stored: %(why)s. Nothing was issued.") % {"why": error.strerror or error}
        ) from error
    return path


def read(certificate: Certificate) -> bytes:
    """The file as it was issued."""
    with certificate.file.open("rb") as file:
        return bytes(file.read())


def file_name(certificate: Certificate) -> str:
    """What a certificate is called when it is saved: ``AT-IOEB-2027-14 Ana Procurer.pdf``. The number makes it unique."""
    name = _NOT_IN_NAMES.sub(" ", certificate.facts["holder"]["name"])
    name = " ".join(name.split())[:_LONGEST_NAME].strip(" .")
    return f"{certificate.centre.code}-{certificate.year}-{certificate.serial} {name}".strip() + ".pdf"
