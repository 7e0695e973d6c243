"""The verbs of certificates.

A certificate is set in type before anything is locked; under the lock its facts, with the register number in them, are
collected again. Only if they are still what was printed is the row written, so nothing slow happens inside the lock and
what is printed is what was true.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.attendance.hours import attendance_of
from events.certificates import files, queries
from events.certificates.facts import Facts, Place, collect
from events.certificates.fonts import CannotPrint
from events.certificates.models import Certificate, IssueRun
from events.certificates.numbers import new_number
from events.certificates.signals import CertificateChange, certificate_issued
from events.programme.models import Event
from events.registrations.models import Registration
from network.errors import Invalid, Refused
from network.journal import because
from network.models import Centre, Person
from network.rules import require
from network.vocabulary import zone_named

__all__ = ["AlreadyReplaced", "CannotPrint", "NotEarned", "issue", "issue_all", "issue_due", "reissue", "revoke"]

#: How often a certificate is printed again because another took its register number; the last time is under the lock.
ATTEMPTS = 4
REASON_LENGTH = 300


class NotEarned(Refused):
    """The event is not over, or too few hours were attended."""

    code = "not_earned"


class AlreadyReplaced(Refused):
    """A newer certificate took its place; that one can be revoked or issued anew."""

    code = "already_replaced"
    message = _("A newer certificate has taken the place of this one. Change that one instead.")


def issue(*, registration: Registration, by: Person, language: str = "") -> Certificate:
    """Render, freeze and store a certificate of attendance, in ``language`` (default: the person's).

    Issuing twice returns the valid certificate that exists. Raises NotAllowed, NotEarned, CannotPrint, and Invalid for a
    language that certificates are not written in.
    """
    require(by, "events.issue_certificates", registration.event)
    if language and language not in dict(settings.LANGUAGES):
        offered = ", ".join(code for code, _name in settings.LANGUAGES)
        raise Invalid({"language": [_("Certificates are written in: %(codes)s.") % {"codes": offered}]})
    return _freeze(registration.pk, by=by, language=language)


def issue_all(*, event: Event, by: Person) -> int:
    """Have the worker issue all certificates of an event that were earned and not yet issued; returns how many.

    Progress is what ``queries.progress_of(event)`` shows. A crashed run is resumed by asking again: nothing is issued twice.
    Asking while one is under way only counts. Who had a certificate revoked gets a new one by name only. Raises NotAllowed.
    """
    from events.certificates import tasks  # noqa: PLC0415 - the task calls this module

    require(by, "events.issue_certificates", event)
    due = queries.progress_of(event).due
    if not due:
        return 0
    now = timezone.now()
    with transaction.atomic():
        Event.objects.select_for_update(of=("self",), no_key=True).get(pk=event.pk)
        run = IssueRun.objects.filter(event=event).first()
        if run is not None and queries.is_alive(run):
            return due
        fresh = {"asked_by": by, "asked_at": now, "beat_at": None, "ended_at": None, "total": due, "done": 0}
        IssueRun.objects.update_or_create(event=event, defaults=fresh)
        tasks.issue_due_certificates.enqueue(event.pk, by.pk)
    return due


def issue_due(*, event: Event, by: Person) -> int:
    """Issue what is due, each in its own transaction, and return how many were issued. The body of the worker's task.

    Does nothing while another worker is at it. One person's unprintable name does not stop the others.
    """
    require(by, "events.issue_certificates", event)
    issued = 0
    with _only_worker(event) as alone:
        if not alone:
            return 0
        for line in queries.register_of(event):
            if line.state != "due":
                continue
            try:
                issue(registration=line.registration, by=by)
            except (CannotPrint, NotEarned):
                pass  # the register says why
            else:
                issued += 1
            IssueRun.objects.filter(event=event).update(beat_at=timezone.now(), done=F("done") + 1)
    return issued


@contextmanager
def _only_worker(event: Event) -> Iterator[bool]:
    """Take the event's run, unless a living worker has it. Ended however it ends: only a killed worker leaves it open."""
    now = timezone.now()
    free = Q(beat_at=None) | Q(beat_at__lt=now - queries.SILENCE)
    taken = IssueRun.objects.filter(free, event=event, ended_at=None).update(beat_at=now)
    try:
        yield bool(taken)
    finally:
        if taken:
            IssueRun.objects.filter(event=event).update(ended_at=timezone.now())


def revoke(*, certificate: Certificate, reason: str, by: Person) -> Certificate:
    """Mark it as no longer valid. Its page says so from now on. Twice is once. Raises NotAllowed, Invalid (no reason)."""
    require(by, "events.revoke_certificate", certificate)
    reason = _checked(reason)
    with transaction.atomic(), because(by=by, reason=reason):
        locked = Certificate.objects.select_for_update(of=("self",), no_key=True).select_related("event").get(pk=certificate.pk)
        if locked.revoked_at is None:
            _revoke(locked, reason=reason, by=by)
    return locked


def reissue(*, certificate: Certificate, reason: str, by: Person) -> Certificate:
    """Revoke it and issue a new one from the present facts, linked from the old one.

    Raises NotAllowed, Invalid (no reason), NotEarned, CannotPrint, AlreadyReplaced.
    """
    require(by, "events.revoke_certificate", certificate)
    require(by, "events.issue_certificates", certificate.event)
    return _freeze(
        certificate.registration_id, by=by, language=certificate.language, replacing=certificate, reason=_checked(reason)
    )


def _checked(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise Invalid({"reason": [_("Say why. It is for the centre’s register and is not shown in public.")]})
    if len(reason) > REASON_LENGTH:
        raise Invalid({"reason": [_("Use at most %(count)s characters.") % {"count": REASON_LENGTH}]})
    return reason


def _freeze(
    registration_id: int, *, by: Person, language: str, replacing: Certificate | None = None, reason: str = ""
) -> Certificate:
    """Print and store the certificate of a registration; see the head of this module."""
    registration = _read(registration_id)
    if replacing is None and (valid := _valid(registration)):
        return valid
    from events.certificates import render  # noqa: PLC0415 - WeasyPrint costs a second and 40 MB: only who prints pays

    number, now = new_number(), timezone.now().replace(microsecond=0)
    language = language or _language_of(registration.person)
    for attempt in range(1, ATTEMPTS + 1):
        printed, pdf = None, b""
        if attempt < ATTEMPTS:
            printed = _facts(_read(registration_id), number=number, language=language, now=now)
            pdf = render.render(printed)
        with transaction.atomic(), because(by=by, reason=reason):
            registration = _locked(registration_id)
            if replacing is None and (valid := _valid(registration)):
                return valid
            if replacing is not None:
                replacing = _replaceable(replacing.pk)
            facts = _facts(registration, number=number, language=language, now=now)
            if facts != printed and attempt < ATTEMPTS:
                continue
            if facts != printed:
                pdf = render.render(facts)
            if replacing is not None and replacing.revoked_at is None:
                _revoke(replacing, reason=reason, by=by, replaced=True)
            return _write(registration, facts, pdf, now=now, by=by, replacing=replacing)
    raise AssertionError("unreachable: the last attempt prints under the lock")


def _read(registration_id: int) -> Registration:
    return Registration.objects.select_related("person", "event__organising_centre", "event__venue", "event__funding").get(
        pk=registration_id
    )


def _locked(registration_id: int) -> Registration:
    """Lock the registration (one valid certificate each), then the centre (its register), and read afresh."""
    Registration.objects.select_for_update(of=("self",), no_key=True).get(pk=registration_id)
    registration = _read(registration_id)
    Centre.objects.select_for_update(of=("self",), no_key=True).get(pk=registration.event.organising_centre_id)
    return registration


def _valid(registration: Registration) -> Certificate | None:
    return Certificate.objects.filter(registration=registration, revoked_at=None).select_related("centre").first()


def _replaceable(pk: int) -> Certificate:
    """The certificate to be replaced, locked. Raises AlreadyReplaced where another one is valid by now."""
    certificate = Certificate.objects.select_for_update(of=("self",), no_key=True).select_related("event").get(pk=pk)
    others = Certificate.objects.filter(registration_id=certificate.registration_id, revoked_at=None).exclude(pk=pk)
    if Certificate.objects.filter(replaces=certificate).exists() or others.exists():
        raise AlreadyReplaced
    return certificate


def _facts(registration: Registration, *, number: str, language: str, now: datetime) -> Facts:
    """The facts as they are now, with the next register number. Raises NotEarned."""
    event = registration.event
    if not queries.is_over(event):
        raise NotEarned(_("The event is not over yet, or did not take place."))
    if registration.state != Registration.State.CONFIRMED:
        raise NotEarned(_("The registration is not confirmed."))
    attendance = attendance_of(registration)
    if not attendance.earned:
        raise NotEarned(queries.not_enough(attendance, event))
    year = now.astimezone(zone_named(event.organising_centre.timezone)).year
    taken = Certificate.objects.filter(centre=event.organising_centre, year=year).aggregate(last=Max("serial"))["last"]
    place = Place(number=number, year=year, serial=(taken or 0) + 1)
    return collect(registration=registration, attendance=attendance, place=place, language=language, issued_at=now)


def _language_of(person: Person) -> str:
    """The person's language if certificates are written in it, else English."""
    return person.language if person.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _write(
    registration: Registration, facts: Facts, pdf: bytes, *, now: datetime, by: Person, replacing: Certificate | None
) -> Certificate:
    from events.certificates import render  # noqa: PLC0415 - loaded by now

    path, digest = files.keep(pdf)
    certificate = Certificate.objects.create(
        number=facts["number"],
        registration=registration,
        event=registration.event,
        person=registration.person,
        centre=registration.event.organising_centre,
        year=facts["register"]["year"],
        serial=facts["register"]["serial"],
        language=facts["language"],
        facts=facts,
        template=render.TEMPLATE,
        software=render.software(),
        file=path,
        sha256=digest,
        issued_at=now,
        issued_by=by,
        replaces=replacing,
    )
    certificate_issued.send(sender=Certificate, change=CertificateChange(certificate=certificate, revoked=False, by=by))
    return certificate


def _revoke(certificate: Certificate, *, reason: str, by: Person, replaced: bool = False) -> None:
    certificate.revoked_at = timezone.now()
    certificate.revocation_reason = reason
    certificate.save(update_fields=["revoked_at", "revocation_reason"])
    change = CertificateChange(certificate=certificate, revoked=True, by=by, replaced=replaced)
    certificate_issued.send(sender=Certificate, change=change)
