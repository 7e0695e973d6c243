"""Certificates as one ZIP with their register, made while it is sent: how many does not matter."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from events.certificates.issuing import files
from events.certificates.models import Certificate
from events.programme.models import Event
from network import zips
from network.sheets import CSV_TYPE, Cell, Table, as_csv
from network.zips import Packed

REGISTER = "register.csv"
COLUMNS = (
    "register number",
    "number",
    "kind",
    "name",
    "event",
    "event ended",
    "issued",
    "valid until",
    "revoked",
    "reason",
    "replaced by",
    "language",
    "seal",
    "sha256",
    "file",
)
CHUNK = 200
EPOCH = datetime(1980, 1, 1, tzinfo=UTC)  # the first moment that a ZIP can name


def of_event(event: Event) -> QuerySet[Certificate]:
    """All certificates of an event in the order of the register, the revoked ones too."""
    return in_order(Certificate.objects.filter(event=event))


def in_order(certificates: QuerySet[Certificate]) -> QuerySet[Certificate]:
    """As a register lists them: by centre, year and running number, with what a line shows."""
    joined = certificates.select_related("centre", "event", "replaced_by")
    return joined.order_by("centre__code", "year", "serial")


def stream(certificates: QuerySet[Certificate]) -> Iterator[bytes]:
    """The ZIP in parts: the register first, then each valid certificate, stored as it is (PDFs are compressed already).

    ``certificates`` come in the order of the register, however many: some hundred at a time are in memory.
    """
    return zips.stream(_files(certificates))


def _files(certificates: QuerySet[Certificate]) -> Iterator[Packed]:
    lines, kept, moment = b"".join(register(certificates)), [], EPOCH
    for pk, issued_at, revoked_at in certificates.values_list("pk", "issued_at", "revoked_at"):
        moment = max(moment, issued_at)
        if revoked_at is None:
            kept.append(pk)
    yield Packed(REGISTER, lines, moment, is_packed=True)
    for start in range(0, len(kept), CHUNK):
        for certificate in in_order(Certificate.objects.filter(pk__in=kept[start : start + CHUNK])):
            yield Packed(files.file_name(certificate), files.read(certificate), certificate.issued_at, is_packed=True)


def archive_name(event: Event) -> str:
    """What the ZIP of an event is called when it is saved."""
    return f"certificates-{slugify(event.slug)}.zip"


def register(certificates: QuerySet[Certificate], file_name: Callable[[Certificate], str] = files.file_name) -> Iterator[bytes]:
    """The register as CSV, one line each, the revoked ones too. ``file_name``: what the files beside it are called."""
    lines = certificates.iterator(chunk_size=CHUNK)
    return as_csv(Table(COLUMNS, (_cells(certificate, file_name) for certificate in lines)))


def _cells(certificate: Certificate, file_name: Callable[[Certificate], str]) -> list[Cell]:
    replaced_by = getattr(certificate, "replaced_by", None)
    return [
        certificate.register_number,
        certificate.number,
        certificate.kind,
        certificate.facts["holder"]["name"],
        certificate.facts["event"]["title"],
        certificate.facts["event"]["ends"][:10],
        certificate.issued_at.isoformat(timespec="seconds"),
        certificate.valid_until.isoformat() if certificate.valid_until else "",
        certificate.revoked_at.isoformat(timespec="seconds") if certificate.revoked_at else "",
        certificate.revocation_reason,
        replaced_by.number if replaced_by else "",
        certificate.language,
        certificate.seal_level,
        certificate.sha256,
        "" if certificate.revoked_at else file_name(certificate),
    ]


def archive_response(certificates: QuerySet[Certificate], name: str) -> StreamingHttpResponse:
    """The ZIP of some certificates, in the order of the register, sent while it is made."""
    response = StreamingHttpResponse(stream(certificates), content_type="application/zip")
    response["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=name))
    response["Cache-Control"] = "private, no-store"
    return response


def register_response(certificates: QuerySet[Certificate], name: str) -> StreamingHttpResponse:
    """Their register as CSV."""
    response = StreamingHttpResponse(register(certificates), content_type=CSV_TYPE)
    response["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=name))
    response["Cache-Control"] = "private, no-store"
    return response
