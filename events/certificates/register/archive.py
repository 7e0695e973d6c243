"""All certificates of an event as one ZIP, made while it is sent: the size of an event does not matter."""

import csv
import io
import zipfile
from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from events.certificates.issuing import files
from events.certificates.models import Certificate
from events.programme.models import Event
from network.sheets import safe_cell

REGISTER = "register.csv"
COLUMNS = ("register number", "number", "name", "issued", "revoked", "reason", "replaced by", "language", "sha256", "file")


class _Outbox(io.RawIOBase):
    """A stream that cannot go back: what is written can be taken away at once."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """All since the last time."""
        content = b"".join(self.parts)
        self.parts.clear()
        return content


def of_event(event: Event) -> QuerySet[Certificate]:
    """All certificates of an event in the order of the register, the revoked ones too."""
    certificates = Certificate.objects.filter(event=event).select_related("centre", "replaced_by")
    return certificates.order_by("centre__code", "year", "serial")


def stream(event: Event) -> Iterator[bytes]:
    """The ZIP in parts: the register first, then each valid certificate, stored as it is (PDFs are compressed already)."""
    certificates = list(of_event(event))
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:
        moment = max((certificate.issued_at for certificate in certificates), default=event.ends_at)
        archive.writestr(_entry(REGISTER, moment.timetuple()[:6]), register(certificates))
        yield outbox.take()
        for certificate in certificates:
            if certificate.revoked_at is None:
                entry = _entry(files.file_name(certificate), certificate.issued_at.timetuple()[:6])
                archive.writestr(entry, files.read(certificate))
                yield outbox.take()
    yield outbox.take()


def archive_name(event: Event) -> str:
    """What the ZIP is called when it is saved."""
    return f"certificates-{slugify(event.slug)}.zip"


def register(certificates: list[Certificate]) -> bytes:
    """The register as CSV (UTF-8 with its mark, so that Excel reads it), one line each, the revoked ones too."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for certificate in certificates:
        replaced_by = getattr(certificate, "replaced_by", None)
        row = (
            certificate.register_number,
            certificate.number,
            certificate.facts["holder"]["name"],
            certificate.issued_at.isoformat(timespec="seconds"),
            certificate.revoked_at.isoformat(timespec="seconds") if certificate.revoked_at else "",
            certificate.revocation_reason,
            replaced_by.number if replaced_by else "",
            certificate.language,
            certificate.sha256,
            "" if certificate.revoked_at else files.file_name(certificate),
        )
        writer.writerow([safe_cell(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _entry(name: str, moment: tuple[int, ...]) -> zipfile.ZipInfo:
    """An entry with the time of issue instead of now, readable by its owner and group."""
    year, month, day, hour, minute, second = moment
    entry = zipfile.ZipInfo(name, (year, month, day, hour, minute, second))
    entry.external_attr = 0o640 << 16
    return entry


def archive_response(event: Event) -> StreamingHttpResponse:
    """The ZIP, sent while it is made."""
    response = StreamingHttpResponse(stream(event), content_type="application/zip")
    response["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=archive_name(event)))
    response["Cache-Control"] = "private, no-store"
    return response
