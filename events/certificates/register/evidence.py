"""The certificates in the evidence pack of an event: the register, and each valid file as it was issued."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from events.attendance.evidence.parts import Part, sources
from events.certificates.issuing import files
from events.certificates.models import Certificate
from events.certificates.register.archive import of_event, register
from events.programme.models import Event
from network.zips import safe_name

FOLDER = "07-certificates"


def certificates(event: Event) -> Iterator[Part]:
    """The register with all certificates, the revoked ones too, and the files of those that hold."""
    issued = of_event(event)
    yield Part(
        f"{FOLDER}/register.csv",
        _("Every certificate that was issued: number, holder, date, seal and hash; for revoked ones when and why."),
        lambda: b"".join(register(issued, _name)),
    )
    for certificate in issued.filter(revoked_at=None):
        yield _file(certificate)


def _file(certificate: Certificate) -> Part:
    return Part(
        f"{FOLDER}/{_name(certificate)}",
        _("A certificate as it was issued."),
        lambda: files.read(certificate),
        at=certificate.issued_at,
        sha256=certificate.sha256,
        is_packed=True,
    )


def _name(certificate: Certificate) -> str:
    """What its file is called in the pack, and in the register beside it."""
    name = safe_name(certificate.facts["holder"]["name"], otherwise="certificate")
    return f"{certificate.centre.code.lower()}-{certificate.year}-{certificate.serial}-{name}.pdf"


sources.append(certificates)
