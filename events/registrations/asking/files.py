"""Files that people send as answers: what they may be is judged by their content, and who may have them by the registration."""

import hashlib
import secrets
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import FileResponse
from django.template.defaultfilters import filesizeformat
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from events.programme.queries import organised_by
from events.registrations.asking.facts import FILE_TYPES, USUAL_MEGABYTES
from events.registrations.models import AnswerFile, Question
from network.errors import Invalid
from network.models import Person
from network.stores import keep_new
from network.uploads import TooLargeFile

#: Files that somebody uploaded and has not sent yet; with one more, the oldest goes.
MOST_UNSENT = 20
EXTENSIONS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "application/pdf": ".pdf"}


def sniff(head: bytes) -> str:
    """What a file is by its first bytes, whatever its name says; empty if it is nothing that we take."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "application/pdf" if head.startswith(b"%PDF-") else ""


def allowed(question: Question) -> tuple[str, ...]:
    """The types of content that a question takes."""
    names = question.limits.get("types") or FILE_TYPES
    return tuple(media_type for name in names for media_type in FILE_TYPES.get(name, ()))


def most_bytes(question: Question) -> int:
    """How large a file may be."""
    return int(question.limits.get("megabytes", USUAL_MEGABYTES)) * 2**20


def expected(question: Question) -> str:
    """What a question takes, in words."""
    names = question.limits.get("types") or list(FILE_TYPES)
    size = {"n": question.limits.get("megabytes", USUAL_MEGABYTES)}
    if names == ["image"]:
        return _("A picture (PNG, JPEG or WebP) of up to %(n)d MB.") % size
    if names == ["document"]:
        return _("A PDF of up to %(n)d MB.") % size
    return _("A PDF or a picture (PNG, JPEG or WebP) of up to %(n)d MB.") % size


def keep(*, question: Question, person: Person, upload: UploadedFile[Any]) -> AnswerFile:
    """Store a file for an answer that will be sent. Raises CannotKeep, and Invalid (at ``""``) with what is wrong."""
    size = upload.size or 0
    if isinstance(upload, TooLargeFile) or size > most_bytes(question):
        message = _("This file has %(size)s, which is too much. What works: %(expected)s")
        raise Invalid({"": [message % {"size": filesizeformat(size), "expected": expected(question)}]})
    if not size:
        raise Invalid({"": [_("This file is empty. What works: %(expected)s") % {"expected": expected(question)}]})
    content = upload.read()
    media_type = sniff(content[:16])
    if media_type not in allowed(question):
        message = _("This is no file that can be taken, whatever its name says. What works: %(expected)s")
        raise Invalid({"": [message % {"expected": expected(question)}]})
    file = AnswerFile(
        question=question,
        person=person,
        name=tidy_name(upload.name or "", media_type),
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    # The stored name tells nothing and cannot be guessed.
    stored = secrets.token_urlsafe(24) + EXTENSIONS[media_type]
    with transaction.atomic():
        keep_new(file.file, stored, content)
        file.save()
        unsent = AnswerFile.objects.filter(person=person, registration=None).order_by("-pk")
        if surplus := list(unsent.values_list("pk", flat=True)[MOST_UNSENT:]):
            AnswerFile.objects.filter(pk__in=surplus).delete()
    return file


def readable_by(person: Any) -> QuerySet[AnswerFile]:
    """The files that somebody may have: their own, those of their registrations, and those at events that they run."""
    if not isinstance(person, Person):
        return AnswerFile.objects.none()
    own = Q(person=person) | Q(registration__person=person)
    return AnswerFile.objects.filter(own | Q(registration__isnull=False, registration__event__in=organised_by(person)))


def served(file: AnswerFile) -> FileResponse:
    """A file, to be saved and never to be shown: it comes from outside, and pages of ours run in its browser window.

    Raises FileNotFoundError.
    """
    response = FileResponse(file.file.open("rb"), as_attachment=True, filename=file.name, content_type=file.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def said_of(value: Any) -> dict[str, Any]:
    """A file as an answer shows it to programs: with the address where who may gets it."""
    return {**value, "url": f"/api/v1/registrations/files/{value['id']}/"} if isinstance(value, dict) else {}


def tidy_name(sent: str, media_type: str) -> str:
    """The name as it came, in characters that every system takes, with the ending that its content has."""
    try:
        stem = get_valid_filename("".join(character for character in sent if character.isprintable()))
    except SuspiciousFileOperation:  # nothing but dots
        stem = ""
    stem = (stem.rpartition(".")[0] or stem).strip(".") or "file"
    return stem[:150] + EXTENSIONS[media_type]


@receiver(post_delete, sender=AnswerFile, dispatch_uid="delete_what_a_file_stored")
def delete_stored(instance: AnswerFile, **_kwargs: Any) -> None:
    """Whatever deletes the row deletes what is stored, once that is final."""
    storage, name = instance.file.storage, instance.file.name
    if name:
        transaction.on_commit(lambda: storage.delete(name))
