"""What is told about a number or a file: one answer for the page and for the API."""

import hashlib
import re
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from events.certificates import queries
from events.certificates.content.standing import Standing, disclosed_name, is_of_holder, standing_of
from events.certificates.models import Certificate
from events.certificates.sealing.judging import Judgement, judge
from events.certificates.verifying.forms import NO_FILE, NO_PDF
from network.errors import Invalid
from network.uploads import TooLargeFile

SHA256 = re.compile("[0-9A-Fa-f]{64}")

#: No certificate of ours is nearly as large: without pictures it has 30 kB, with the largest of both 1.5 MB.
MOST_MEGABYTES = 3


@dataclass(frozen=True)
class Verdict:
    """A certificate as it stands, and what of its holder's name may be told."""

    certificate: Certificate
    standing: Standing
    name: str  # as much as the holder chose: whole, initials, or nothing
    #: Whether the name that was typed is the holder's; None: nothing was typed.
    matches: bool | None = None


def by_number(number: str, *, typed_name: str = "") -> Verdict | None:
    """The verdict on a number as somebody typed it; None: unknown, or no number at all."""
    certificate = queries.by_number(number)
    return _verdict(certificate, typed_name) if certificate is not None else None


def by_hash(sha256: str) -> Verdict | None:
    """The verdict on the certificate whose file has this SHA-256; None: no file of ours has it."""
    certificate = queries.by_hash(sha256.lower()) if SHA256.fullmatch(sha256) else None
    return _verdict(certificate) if certificate is not None else None


def _verdict(certificate: Certificate, typed_name: str = "") -> Verdict:
    return Verdict(
        certificate=certificate,
        standing=standing_of(certificate),
        name=disclosed_name(certificate),
        matches=is_of_holder(certificate, typed_name) if typed_name.strip() else None,
    )


@dataclass(frozen=True)
class FileVerdict:
    """What is known about a file: the certificate whose file it is, octet by octet, if it is one; and its seal."""

    sha256: str
    verdict: Verdict | None
    seal: Judgement


def by_file(upload: UploadedFile[bytes] | None, *, visitor: str = "") -> FileVerdict:
    """Compare a file with those that were issued, and judge its seal. Nothing of it is kept. Raises Invalid, Busy.

    ``visitor``: who asks, so that nobody has several files judged at once. An original is judged at once, whoever asks.
    """
    if upload is None:
        raise Invalid({"file": [NO_FILE]})
    too_large = Invalid({"file": [_("This file has more than %(n)d MB: it is none of ours.") % {"n": MOST_MEGABYTES}]})
    if isinstance(upload, TooLargeFile):
        raise too_large
    content = upload.read()
    if not content.startswith(b"%PDF-"):
        raise Invalid({"file": [NO_PDF]})
    digest = hashlib.sha256(content).hexdigest()
    certificate = queries.by_hash(digest)
    if certificate is not None:
        return FileVerdict(sha256=digest, verdict=_verdict(certificate), seal=judge(content, is_ours=True))
    if len(content) > MOST_MEGABYTES * 2**20:
        raise too_large
    return FileVerdict(sha256=digest, verdict=None, seal=judge(content, visitor=visitor))
