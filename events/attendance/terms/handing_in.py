"""Reports that participants hand in: kept as they came, judged by their content, replaceable until a certificate was issued."""

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

from events.attendance.models import AttendanceTerms, HandedIn
from events.programme.states import HELD
from events.registrations.asking.files import EXTENSIONS, sniff, tidy_name
from events.registrations.models import Registration
from network.errors import Invalid, Refused
from network.journal import because
from network.models import Person
from network.rules import require
from network.stores import keep_new
from network.uploads import TooLargeFile

ACCEPTED = tuple(EXTENSIONS)


class CannotHandIn(Refused):
    """No report can be handed in now: none is asked for, the event has not begun, or a certificate was issued."""

    code = "cannot_hand_in"


def hand_in(*, registration: Registration, upload: UploadedFile[Any], by: Person) -> HandedIn:
    """Keep the report of a participant, in the place of one that was there.

    Raises NotAllowed, CannotHandIn, CannotKeep, and Invalid at ``file`` with what is wrong with it and what works.
    """
    require(by, "events.hand_in_report", registration)
    content, media_type = _checked(upload)
    with transaction.atomic(), because(by=by):
        _lock(registration)
        report = HandedIn.objects.filter(registration=registration).first() or HandedIn(registration=registration)
        _forget_stored(report)
        report.name = tidy_name(upload.name or "", media_type)
        report.media_type, report.size = media_type, len(content)
        report.sha256 = hashlib.sha256(content).hexdigest()
        report.handed_in_at, report.noted_by = timezone.now(), None if by.pk == registration.person_id else by
        # The stored name tells nothing and cannot be guessed.
        keep_new(report.file, secrets.token_urlsafe(24) + EXTENSIONS[media_type], content)
        report.save()
    return report


def note_report(*, registration: Registration, by: Person) -> HandedIn:
    """Note that the organiser has the report of a participant, on paper or by mail. Twice is once; a file that is there stays.

    Raises NotAllowed, CannotHandIn.
    """
    require(by, "events.record_attendance", registration.event)
    with transaction.atomic(), because(by=by):
        _lock(registration)
        report = HandedIn.objects.filter(registration=registration).first()
        if report is None:
            report = HandedIn.objects.create(registration=registration, handed_in_at=timezone.now(), noted_by=by)
    return report


def take_back_report(*, registration: Registration, by: Person) -> None:
    """Say that no report was handed in after all; a file is deleted. Taking back what is not there changes nothing.

    Raises NotAllowed, CannotHandIn.
    """
    require(by, "events.record_attendance", registration.event)
    with transaction.atomic(), because(by=by):
        _lock(registration)
        for report in HandedIn.objects.filter(registration=registration):
            report.delete()


def closed(registration: Registration) -> str:
    """Why no report can be handed in, replaced or taken back now; empty if it can. Three queries at most."""
    event = registration.event
    if registration.state != Registration.State.CONFIRMED:
        return _("The registration is not confirmed.")
    if not AttendanceTerms.objects.filter(event=event, needs_report=True).exists():
        return _("This event asks for no report.")
    if event.state not in HELD or event.starts_at > timezone.now():
        return _("A report can be handed in once the event has begun.")
    # Certificates are a floor above: only the relation is used, nothing is imported.
    if Registration.objects.filter(pk=registration.pk, certificates__isnull=False, certificates__revoked_at=None).exists():
        return _("The certificate was issued: the report that it rests on stays as it is.")
    return ""


def served(report: HandedIn) -> FileResponse:
    """The file, to be saved and never to be shown: it comes from outside. Raises FileNotFoundError where there is none."""
    if not report.file:
        raise FileNotFoundError
    response = FileResponse(report.file.open("rb"), as_attachment=True, filename=report.name, content_type=report.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def _lock(registration: Registration) -> None:
    """Lock the registration and raise CannotHandIn unless it can have a report."""
    fresh = Registration.objects.select_for_update(of=("self",), no_key=True).select_related("event").get(pk=registration.pk)
    if problem := closed(fresh):
        raise CannotHandIn(problem)


def _checked(upload: UploadedFile[Any]) -> tuple[bytes, str]:
    """What was sent, and what it is. Raises Invalid."""
    most = settings.UPLOAD_MOST_BYTES
    works = _("What works: a PDF or a picture (PNG, JPEG or WebP) of up to %(most)s.") % {"most": filesizeformat(most)}
    size = upload.size or 0
    if isinstance(upload, TooLargeFile) or size > most:
        message = _("This file has %(size)s, which is too much.") % {"size": filesizeformat(size)}
        raise Invalid({"file": [f"{message} {works}"]})
    if not size:
        message = _("This file is empty.")
        raise Invalid({"file": [f"{message} {works}"]})
    content = upload.read()
    media_type = sniff(content[:16])
    if not media_type:
        message = _("This is no file that can be taken, whatever its name says.")
        raise Invalid({"file": [f"{message} {works}"]})
    return content, media_type


def _forget_stored(report: HandedIn) -> None:
    """Delete what is stored for it, once the transaction is final."""
    storage, name = report.file.storage, report.file.name
    if name:
        transaction.on_commit(lambda: storage.delete(name))


@receiver(post_delete, sender=HandedIn, dispatch_uid="delete_what_a_report_stored")
def delete_stored(instance: HandedIn, **_kwargs: Any) -> None:
    """Whatever deletes the row deletes what is stored."""
    _forget_stored(instance)
