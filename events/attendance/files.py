"""Evidence as it came: judged by its content, kept once, never changed. Withdrawn, it is still there, and said to be."""

import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import FileResponse
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from events.attendance.models import EvidenceFile
from events.programme.models import Event, Session
from events.registrations.asking.files import EXTENSIONS, sniff, tidy_name
from network.errors import Invalid
from network.models import Person
from network.sheets import XLSX_TYPE
from network.stores import keep_new
from network.uploads import TooLargeFile

JSON_TYPE, PLAIN_CSV = "application/json", "text/csv"
#: What each kind of content is called at the end of its name.
ENDINGS = {**EXTENSIONS, PLAIN_CSV: ".csv", XLSX_TYPE: ".xlsx", JSON_TYPE: ".json"}


def scan_in(upload: UploadedFile[Any]) -> tuple[bytes, str]:
    """A PDF or picture that was sent, and which of them it is. Raises Invalid at ``file`` with what works."""
    works = _("What works: a PDF or a picture (PNG, JPEG or WebP) of up to %(most)s.")
    content = bounded(upload, works % {"most": filesizeformat(settings.UPLOAD_MOST_BYTES)})
    media_type = sniff(content[:16])
    if not media_type:
        message = _("This is no file that can be taken, whatever its name says.")
        raise Invalid({"file": [f"{message} {works % {'most': filesizeformat(settings.UPLOAD_MOST_BYTES)}}"]})
    return content, media_type


def bounded(upload: UploadedFile[Any], works: str) -> bytes:
    """The bytes of what was sent. Raises Invalid at ``file``: it is too large, or empty."""
    if isinstance(upload, TooLargeFile) or (upload.size or 0) > settings.UPLOAD_MOST_BYTES:
        message = _("This file has %(size)s, which is too much.") % {"size": filesizeformat(upload.size or 0)}
        raise Invalid({"file": [f"{message} {works}"]})
    content: bytes = upload.read()
    if not content:
        message = _("This file is empty.")
        raise Invalid({"file": [f"{message} {works}"]})
    return content


def table_type(content: bytes) -> str:
    """Which of the kinds of table a webinar's report is."""
    if content.startswith(b"PK"):
        return XLSX_TYPE
    return JSON_TYPE if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else PLAIN_CSV


def keep(
    *, event: Event, session: Session | None, kind: str, content: bytes, media_type: str, name: str, by: Person, note: str = ""
) -> EvidenceFile:
    """Store evidence. The same content at the same session is the file that is there; withdrawn, it counts again.

    Part of a transaction that its verb opens. Raises CannotKeep (a full disk).
    """
    digest = hashlib.sha256(content).hexdigest()
    known = EvidenceFile.objects.select_for_update(of=("self",), no_key=True)
    file = known.filter(event=event, session=session, sha256=digest).first()
    if file is not None:
        if file.withdrawn_at is not None:
            file.withdrawn_at = None
            file.save()
        return file
    file = EvidenceFile(
        event=event,
        session=session,
        kind=kind,
        name=tidy_name(name, media_type) if media_type in EXTENSIONS else _table_name(name, media_type),
        media_type=media_type,
        size=len(content),
        sha256=digest,
        note=note,
        uploaded_by=by,
        uploaded_at=timezone.now(),
    )
    # The stored name tells nothing and cannot be guessed.
    stored = secrets.token_urlsafe(24) + ENDINGS[media_type]
    keep_new(file.file, stored, content)
    file.save()
    return file


def _table_name(name: str, media_type: str) -> str:
    """The name as it came, with the ending that its content has."""
    return tidy_name(name, "application/pdf").removesuffix(".pdf") + ENDINGS[media_type]


def served(file: EvidenceFile) -> FileResponse:
    """A file, to be saved and never to be shown: it comes from outside. Raises FileNotFoundError."""
    response = FileResponse(file.file.open("rb"), as_attachment=True, filename=file.name, content_type=file.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


@receiver(post_delete, sender=EvidenceFile, dispatch_uid="delete_what_evidence_stored")
def delete_stored(instance: EvidenceFile, **_kwargs: Any) -> None:
    """Whatever deletes the row deletes what is stored, once that is final."""
    storage, name = instance.file.storage, instance.file.name
    if name:
        transaction.on_commit(lambda: storage.delete(name))
