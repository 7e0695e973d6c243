"""What the worker tidies up: pictures that somebody uploaded to a template's form, and that no template came to use."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from events.certificates.models import Certificate, CertificateTemplate, KeptPicture
from network.chores import Chore, chores

logger = logging.getLogger(__name__)

#: So long a picture waits for its template. A form that is open for longer asks for it again.
UNUSED = timedelta(days=1)
BATCH = 100


def remove_unused_pictures() -> int:
    """Chore: remove pictures that nothing refers to, neither a template nor a certificate. Returns how many."""
    candidates = _unused().order_by("wanted_at").values_list("path", flat=True)[:BATCH]
    found = list(candidates)
    if not found:
        return 0
    frozen = _on_certificates(found)
    KeptPicture.objects.filter(path__in=frozen).update(is_frozen=True)
    return sum(_remove(path) for path in found if path not in frozen)


def _unused() -> QuerySet[KeptPicture]:
    templates = CertificateTemplate.objects.order_by()
    return KeptPicture.objects.filter(is_frozen=False, wanted_at__lt=timezone.now() - UNUSED).exclude(
        Q(path__in=templates.values("logo")) | Q(path__in=templates.values("signature"))
    )


def _on_certificates(paths: Sequence[str]) -> set[str]:
    """Those that frozen facts name: also what a template had in an earlier version."""
    shown = Certificate.objects.filter(Q(facts__look__logo__in=paths) | Q(facts__look__signature__in=paths)).order_by()
    pairs = shown.values_list("facts__look__logo", "facts__look__signature").distinct()
    return {path for pair in pairs for path in pair} & {*paths}


def _remove(path: str) -> bool:
    """Remove one that no certificate shows, unless it has come to be wanted.

    Whoever uploads the same picture, or stores a template with it, writes its row first: they wait for the lock, and write
    the file again; or this waits for them, and leaves it. A certificate takes its pictures from a template as it is stored in
    that moment, so that certificates need not be looked through again, which would hold the lock for a second and more.
    """
    try:
        with transaction.atomic():
            row = KeptPicture.objects.select_for_update().filter(path=path).first()
            if row is None or not _unused().filter(pk=row.pk).exists():
                return False
            default_storage.delete(path)
            row.delete()
    except OSError:
        logger.exception("The picture %s cannot be removed", path)
        return False
    return True


chores.append(Chore("pictures of templates that were never saved", seconds=3600, run=remove_unused_pictures))
