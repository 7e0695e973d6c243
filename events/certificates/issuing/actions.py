"""The verbs of certificates."""

from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from events.certificates import queries
from events.certificates.content.ground import Ground
from events.certificates.issuing.freezing import AlreadyReplaced, NotEarned, Wish, freeze, revoke_row
from events.certificates.issuing.making import Maker
from events.certificates.issuing.running import LostTurn, Turn
from events.certificates.models import Certificate, IssueRun, Recognition
from events.certificates.signals import CertificateChange, certificate_issued
from events.paper.fonts import CannotPrint
from events.programme.models import Event
from events.registrations.models import Registration
from network.errors import Invalid, Problem, Refused
from network.journal import because
from network.models import Person
from network.rules import require

__all__ = [
    "AlreadyReplaced",
    "CannotPrint",
    "CannotSend",
    "NotEarned",
    "issue",
    "issue_all",
    "issue_due",
    "issue_recognition",
    "reissue",
    "resume_lost_runs",
    "revoke",
    "send_again",
]

#: How many certificates of a run are printed, locked and written together. Progress moves, and a crash costs, so many.
CHUNK = 100
REASON_LENGTH = 300

Kind = Certificate.Kind


class CannotSend(Refused):
    """There is nothing to send, or nobody to send it to."""

    code = "cannot_send"


def issue(*, registration: Registration, by: Person, language: str = "", kind: Kind = Kind.ATTENDANCE) -> Certificate:
    """Print, freeze and store a certificate of attendance or achievement, in ``language`` (default: the person's).

    Issuing twice returns the valid certificate that exists. Raises NotAllowed, NotEarned, CannotPrint, CannotSeal, and Invalid
    for a language that certificates are not written in.
    """
    require(by, "events.issue_certificates", registration.event)
    return _one(Wish(kind=kind, registration=registration.pk, language=_offered(language)), event=registration.event, by=by)


def issue_recognition(*, recognition: Recognition, by: Person, language: str = "") -> Certificate:
    """As ``issue``, for who spoke, taught, hosted, was a finalist or won."""
    require(by, "events.issue_certificates", recognition.event)
    wish = Wish(kind=Kind(recognition.kind), recognition=recognition.pk, language=_offered(language))
    return _one(wish, event=recognition.event, by=by)


def _one(wish: Wish, *, event: Event, by: Person, reason: str = "") -> Certificate:
    (outcome,) = freeze([wish], event=event, by=by, maker=Maker(event.organising_centre), reason=reason)
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


def _offered(language: str) -> str:
    if language and language not in dict(settings.LANGUAGES):
        offered = ", ".join(code for code, _name in settings.LANGUAGES)
        raise Invalid({"language": [_("Certificates are written in: %(codes)s.") % {"codes": offered}]})
    return language


def issue_all(*, event: Event, by: Person, anew_because: str = "") -> int:
    """Have the worker issue all certificates of an event that were earned and not yet issued; returns how many.

    With a reason in ``anew_because`` those too that say something which has changed since: each gets a new one in its place.
    Progress is what ``queries.progress_of(event)`` shows. A crashed run is taken up again by itself: nothing is issued twice.
    Asking while one is under way only counts. Who had a certificate revoked gets a new one by name only. Raises NotAllowed.
    """
    require(by, "events.issue_certificates", event)
    anew_because = checked_reason(anew_because) if anew_because else ""
    lines = queries.register_of(event)
    due = sum(line.state == "due" or (bool(anew_because) and line.is_renewable) for line in lines)
    if not due:
        return 0
    now = timezone.now()
    with transaction.atomic():
        Event.objects.select_for_update(of=("self",), no_key=True).get(pk=event.pk)
        run = IssueRun.objects.filter(event=event).first()
        if run is not None and queries.is_alive(run):
            return due
        fresh = {
            "asked_by": by,
            "asked_at": now,
            "beat_at": None,
            "ended_at": None,
            "anew_because": anew_because,
            "problem": "",
            "total": due,
            "done": 0,
        }
        IssueRun.objects.update_or_create(event=event, defaults=fresh)
        _enqueue(event.pk, by.pk)
    return due


def _enqueue(event_id: int, by_id: int) -> None:
    from events.certificates.issuing import tasks  # noqa: PLC0415 - the task calls this module

    tasks.issue_due_certificates.enqueue(event_id, by_id)


def resume_lost_runs() -> int:
    """Take up the runs whose worker died: each is enqueued again, once in a while. Returns how many. A chore of the worker."""
    silent = timezone.now() - queries.SILENCE
    lost = IssueRun.objects.filter(ended_at=None, asked_by__isnull=False).filter(
        Q(beat_at__lt=silent) | Q(beat_at=None, asked_at__lt=silent)
    )
    count = 0
    for run in lost.select_related("asked_by"):
        # Asked for anew: until a worker has it, or it has been silent for as long again, nobody else takes it up.
        mine = lost.filter(pk=run.pk, asked_at=run.asked_at).update(asked_at=timezone.now(), beat_at=None)
        if mine and run.asked_by is not None:
            _enqueue(run.event_id, run.asked_by.pk)
            count += 1
    return count


def issue_due(*, event: Event, by: Person) -> int:
    """Issue what is due, in chunks, and return how many were issued. The body of the worker's task.

    Does nothing while another worker is at it. One person's unprintable name does not stop the others. What stops all (a seal
    that does not work, a full disk, somebody who asked and may no longer) ends the run, which says why; what was issued
    until then stays.
    """
    issued = 0
    with override(by.language or settings.LANGUAGE_CODE):
        turn = Turn.take(event)
        if turn is None:
            return 0
        try:
            # Not before: who lost the right since they asked ends the run, or it would be taken up again for ever.
            require(by, "events.issue_certificates", event)
            for chunk in _issue_chunks(event, by, turn):
                issued += chunk
        except LostTurn:
            return issued
        except Problem as problem:
            turn.end(str(problem.message))
        except Exception:
            turn.end(gettext("An error of this site stopped it. Ask again; if it happens again, tell the secretariat."))
            raise
        else:
            turn.end()
    return issued


def _issue_chunks(event: Event, by: Person, turn: Turn) -> Iterator[int]:
    """Issue one chunk after the other; yields how many each brought."""
    maker = Maker(event.organising_centre, beat=turn.beat)
    reason = IssueRun.objects.get(event=event).anew_because
    lines = queries.register_of(event)
    new = [_wish_of(line.ground) for line in lines if line.state == "due"]
    anew = [_wish_of(line.ground, line.certificate) for line in lines if reason and line.is_renewable]
    turn.begin(len(new) + len(anew))
    for wishes, why in ((new, ""), (anew, reason)):
        for start in range(0, len(wishes), CHUNK):
            chunk = wishes[start : start + CHUNK]
            outcomes = freeze(chunk, event=event, by=by, maker=maker, reason=why)
            turn.tried(len(chunk))
            yield sum(isinstance(outcome, Certificate) for outcome in outcomes)


def _wish_of(ground: Ground, replaces: Certificate | None = None) -> Wish:
    return Wish(
        kind=ground.kind,
        registration=ground.registration.pk if ground.registration else None,
        recognition=ground.recognition.pk if ground.recognition else None,
        language=replaces.language if replaces else "",
        replaces=replaces.pk if replaces else None,
    )


def revoke(*, certificate: Certificate, reason: str, by: Person) -> Certificate:
    """Mark it as no longer valid. Its page says so from now on. Twice is once. Raises NotAllowed, Invalid (no reason)."""
    require(by, "events.revoke_certificate", certificate)
    reason = checked_reason(reason)
    with transaction.atomic(), because(by=by, reason=reason):
        locked = Certificate.objects.select_for_update(of=("self",), no_key=True).select_related("event").get(pk=certificate.pk)
        if locked.revoked_at is None:
            revoke_row(locked, reason=reason, by=by)
    return locked


def reissue(*, certificate: Certificate, reason: str, by: Person) -> Certificate:
    """Revoke it and issue a new one from the present facts, linked from the old one.

    Raises NotAllowed, Invalid (no reason), NotEarned, CannotPrint, CannotSeal, AlreadyReplaced.
    """
    require(by, "events.revoke_certificate", certificate)
    require(by, "events.issue_certificates", certificate.event)
    wish = Wish(
        kind=Kind(certificate.kind),
        registration=certificate.registration_id,
        recognition=certificate.recognition_id,
        language=certificate.language,
        replaces=certificate.pk,
    )
    return _one(wish, event=certificate.event, by=by, reason=checked_reason(reason))


def send_again(*, certificate: Certificate, by: Person) -> None:
    """Tell the holder once more where the certificate is. Raises NotAllowed, CannotSend (revoked, or no account)."""
    require(by, "events.issue_certificates", certificate.event)
    if certificate.revoked_at is not None:
        raise CannotSend(_("It is revoked."))
    if certificate.person is None:
        raise CannotSend(_("The holder has no account here: download the file and send it yourself."))
    with transaction.atomic(), because(by=by):
        change = CertificateChange(certificate=certificate, revoked=False, by=by, again=True)
        certificate_issued.send(sender=Certificate, change=change)


def checked_reason(reason: str) -> str:
    """A reason as the register keeps it. Raises Invalid at ``reason``."""
    reason = " ".join(reason.split())
    if not reason:
        raise Invalid({"reason": [_("Say why. It is for the centre’s register and is not shown in public.")]})
    if len(reason) > REASON_LENGTH:
        raise Invalid({"reason": [_("Use at most %(count)s characters.") % {"count": REASON_LENGTH}]})
    return reason
