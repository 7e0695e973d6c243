"""The verbs of revoking many certificates: choose them, confirm with one reason, and have it carried out.

Each certificate is revoked, told and noted in one transaction of its own: a worker that dies loses nothing and tells nobody
twice, and what cannot be done for one does not keep back the others.
"""

import logging
from datetime import timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.certificates.issuing.actions import checked_reason
from events.certificates.issuing.freezing import revoke_row
from events.certificates.models import Certificate, Revocation, RevocationRun
from events.certificates.queries import SILENCE
from network.errors import Invalid
from network.journal import because
from network.models import Person
from network.rules import may, require

logger = logging.getLogger(__name__)

Outcome = Revocation.Outcome

#: As many as one page's list ticks are revoked at once; more by the worker.
AT_ONCE = 10
MOST = 5_000
BATCH = 500
#: How long a choice waits to be confirmed.
CHOICE_LIFE = timedelta(days=1)


def choose(*, certificates: QuerySet[Certificate], by: Person) -> RevocationRun:
    """Keep a choice of certificates that are to be revoked. Nothing happens to them before ``confirm``.

    Raises NotAllowed (no organiser), Invalid (none, or too many).
    """
    require(by, "network.use_desk")
    keys = list(certificates.order_by("pk").values_list("pk", flat=True).distinct()[: MOST + 1])
    if not keys:
        raise Invalid({"certificates": [_("Nothing was chosen. Tick the certificates first.")]})
    if len(keys) > MOST:
        text = _("These are more than %(n)d certificates. Narrow the filter, and revoke them in parts.")
        raise Invalid({"certificates": [text % {"n": MOST}]})
    with transaction.atomic():
        run = RevocationRun.objects.create(chosen_by=by)
        chosen = (Revocation(run=run, certificate_id=key) for key in keys)
        Revocation.objects.bulk_create(chosen, batch_size=BATCH)
    return run


def confirm(*, run: RevocationRun, reason: str, by: Person) -> RevocationRun:
    """Revoke what was chosen, with one reason: a few at once, many by the worker. Confirmed twice is once.

    What cannot be revoked is left as it is, and the run says why. Raises NotAllowed, Invalid (no reason).
    """
    require(by, "events.confirm_revocations", run)
    reason = checked_reason(reason)
    now = timezone.now()
    with transaction.atomic():
        mine = RevocationRun.objects.filter(pk=run.pk, confirmed_at=None).update(reason=reason, confirmed_at=now, beat_at=now)
        few = run.revocations.count() <= AT_ONCE
        if mine and not few:
            _enqueue(run.pk)
    if mine and few:
        carry_out(run.pk)
    return RevocationRun.objects.get(pk=run.pk)


def _enqueue(key: int) -> None:
    from events.certificates.issuing import tasks  # noqa: PLC0415 - the task calls this module

    tasks.revoke_chosen_certificates.enqueue(key)


def carry_out(key: int) -> int:
    """Revoke what waits in a confirmed run; returns how many were. Called again it goes on, and two at once share the work."""
    run = RevocationRun.objects.filter(pk=key, confirmed_at__isnull=False, ended_at=None).first()
    if run is None:
        return 0
    done = 0
    for waiting in run.revocations.filter(outcome=Outcome.WAITING).order_by("pk").values_list("pk", flat=True):
        try:
            done += _one(waiting) == Outcome.DONE
        except (OperationalError, InterfaceError):
            raise  # the database is away, for all of them: the run stays open, and ``resume_lost`` finds it
        except Exception:
            logger.exception("Certificate of revocation %d could not be revoked; the others are.", waiting)
            Revocation.objects.filter(pk=waiting, outcome=Outcome.WAITING).update(outcome=Outcome.FAILED)
    RevocationRun.objects.filter(pk=key, ended_at=None).exclude(revocations__outcome=Outcome.WAITING).update(
        ended_at=timezone.now()
    )
    return done


def _one(key: int) -> str:
    """Revoke one, and note what became of it. Who chose it is read anew each time: their roles may be taken in a long run."""
    with transaction.atomic():
        locked = Revocation.objects.select_for_update(of=("self",), no_key=True).select_related("run__chosen_by")
        revocation = locked.get(pk=key)
        if revocation.outcome != Outcome.WAITING:
            return ""  # another worker was here
        by, reason = revocation.run.chosen_by, revocation.run.reason
        certificates = Certificate.objects.select_for_update(of=("self",), no_key=True).select_related("event")
        certificate = certificates.get(pk=revocation.certificate_id)
        revocation.outcome = outcome_now(certificate, by)
        with because(by=by, reason=reason):
            if revocation.outcome == Outcome.WAITING:
                revoke_row(certificate, reason=reason, by=by)
                revocation.outcome = Outcome.DONE
            revocation.save(update_fields=["outcome"])
        RevocationRun.objects.filter(pk=revocation.run_id).update(beat_at=timezone.now())
    return revocation.outcome


def outcome_now(certificate: Certificate, by: Person) -> Outcome:
    """Why ``by`` cannot revoke it as things are; WAITING: they can."""
    if certificate.revoked_at is not None:
        replaced = Certificate.objects.filter(replaces=certificate).exists()
        return Outcome.ALREADY_REPLACED if replaced else Outcome.ALREADY_REVOKED
    return Outcome.WAITING if may(by, "events.revoke_certificate", certificate) else Outcome.NOT_ALLOWED


def resume_lost() -> int:
    """Chore: take up the runs whose worker died. Returns how many."""
    silent = RevocationRun.objects.filter(ended_at=None, beat_at__lt=timezone.now() - SILENCE)
    count = 0
    for key, beat_at in silent.values_list("pk", "beat_at"):
        # Heard of now: until it has been silent for as long again, nobody else takes it up.
        if silent.filter(pk=key, beat_at=beat_at).update(beat_at=timezone.now()):
            _enqueue(key)
            count += 1
    return count


def forget_unconfirmed() -> int:
    """Chore: forget the choices that nobody confirmed. Returns how many."""
    old = RevocationRun.objects.filter(confirmed_at=None, chosen_at__lt=timezone.now() - CHOICE_LIFE)
    with transaction.atomic():
        # Locked and read again: one that is being confirmed in this moment is not forgotten with what it is to revoke.
        keys = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True))
        RevocationRun.objects.filter(pk__in=keys).delete()
    return len(keys)
