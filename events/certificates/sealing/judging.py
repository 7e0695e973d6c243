"""Judging the seal of a file that somebody shows us: in a process of its own, see ``looking``."""

import json
import logging
import os
import ssl
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from events.certificates.models import Seal
from events.certificates.sealing.roots import NoRoots, trusted_roots
from network.errors import Refused

logger = logging.getLogger(__name__)

END = "-----END CERTIFICATE-----"
LARGEST_FILE = 10 * 2**20
MOST_SECONDS = 25.0  # by the clock, where the machine is busy with other things
MOST_AT_ONCE = 2  # in this process of the web server; each takes about 70 MB
#: So long one waits for a place. Short: whoever waits keeps a thread of the web server from all others.
PATIENCE = 1.0

_places = threading.BoundedSemaphore(MOST_AT_ONCE)
_LOOKING = f"{__package__}.looking"  # not imported: pyHanko costs a process half a second


@dataclass(frozen=True)
class Judgement:
    """What is known about the seal of a file."""

    is_sealed: bool = False
    #: The signature holds, covers the whole file, and nothing was added afterwards.
    is_intact: bool = False
    #: Which of our seals, retired ones too; None: somebody else's.
    seal: Seal | None = None
    #: The subject of the sealing certificate.
    signer: str = ""
    signed_at: datetime | None = None
    level: str = ""
    #: Whether the chain ends at a root that we were told to trust; None: we were told of none.
    is_trusted: bool | None = None
    #: Whether it could be judged: not where the file is damaged, or is made to keep us busy.
    is_readable: bool = True


UNREADABLE = Judgement(is_readable=False)


class Busy(Refused):
    """Others have their files judged just now. Nothing is known about this one."""

    code = "judging_busy"
    message = _("Many files are being checked just now. Try again in a moment.")


def judge(pdf: bytes) -> Judgement:
    """Judge any octets. Reaches no network, keeps nothing. Raises Busy, whatever the file is."""
    if len(pdf) > LARGEST_FILE:
        return UNREADABLE
    if not _places.acquire(timeout=PATIENCE):
        raise Busy
    try:
        return _judged(pdf)
    except (subprocess.SubprocessError, OSError, ValueError, KeyError, TypeError):
        return UNREADABLE
    finally:
        _places.release()


def _judged(pdf: bytes) -> Judgement:
    try:
        roots = [settings.SEAL_TRUSTED_ROOTS] if trusted_roots() else []
    except NoRoots:
        logger.exception("SEAL_TRUSTED_ROOTS cannot be read")
        roots = []
    # Nothing of our secrets is in its environment.
    environment = {"PYTHONPATH": str(settings.BASE_DIR), "PATH": os.environ.get("PATH", ""), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(  # noqa: S603 - our own module; what is from outside goes in by standard input
        [sys.executable, "-m", _LOOKING, *roots],
        input=pdf,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a file can make the library complain without end
        cwd=settings.BASE_DIR,
        env=environment,
        timeout=MOST_SECONDS,
        check=True,
    )
    seen = json.loads(done.stdout)
    certificate = bytes.fromhex(seen["certificate"])
    return Judgement(
        is_sealed=seen["is_sealed"],
        is_intact=seen["is_intact"],
        seal=_ours(certificate) if certificate else None,
        signer=seen["signer"],
        signed_at=datetime.fromisoformat(seen["signed_at"]) if seen["signed_at"] else None,
        level=seen["level"],
        is_trusted=seen["is_trusted"],
        is_readable=seen["is_readable"],
    )


def _ours(certificate: bytes) -> Seal | None:
    """The seal of this certificate (DER); of several, the newest."""
    for seal in Seal.objects.select_related("centre"):
        own = seal.chain[: seal.chain.find(END) + len(END)]
        try:
            if ssl.PEM_cert_to_DER_cert(own) == certificate:
                return seal
        except ValueError:
            continue
    return None
