"""Where the PDFs are kept: each under its own hash, written once, never overwritten."""

import re

from events.certificates.models import Certificate
from network.stores import keep_once

# What file systems of any kind refuse in names.
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]+')
_LONGEST_NAME = 80


def path_of(sha256: str) -> str:
    """Where the file with this hash is."""
    return f"certificates/{sha256[:2]}/{sha256}.pdf"


def keep(pdf: bytes, sha256: str) -> str:
    """Store a file under its hash and return its path. Storing the same bytes twice is once. Raises CannotKeep (a full disk).

    It is called before the row is written, so a row never lacks its file; a file whose row was rolled back is harmless.
    """
    path = path_of(sha256)
    keep_once(path, pdf)
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
