"""Where the PDFs are kept: each under its own hash, written once, never overwritten."""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from events.certificates.models import Certificate


def keep(pdf: bytes) -> tuple[str, str]:
    """Store a file and return its path and SHA-256. Storing the same bytes twice is once.

    It is called before the row is written, so a row never lacks its file; a file whose row was rolled back is harmless.
    """
    digest = hashlib.sha256(pdf).hexdigest()
    path = f"certificates/{digest[:2]}/{digest}.pdf"
    if not default_storage.exists(path):
        kept = default_storage.save(path, ContentFile(pdf))
        if kept != path:  # somebody else stored the same bytes in this moment
            default_storage.delete(kept)
    return path, digest


def read(certificate: Certificate) -> bytes:
    """The file as it was issued."""
    with certificate.file.open("rb") as file:
        return bytes(file.read())
