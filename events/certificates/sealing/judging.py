"""Judging the seal of a file that somebody shows us: in a process of its own, see ``looking``.

So that nobody keeps this site busy with files that were made for it: one file of strangers at a time in each process of the web
server, one more may wait for a moment, and one at a time from each address, over all processes that share a cache; whoever else
asks is told when to ask again. What no certificate is like costs nothing (``outside``); a file that used up its time is known
by its hash for an hour. The files that we issued have a place of their own, and their answer is kept: they never wait for those
of strangers.
"""

import hashlib
import json
import logging
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from events.certificates.models import Seal
from events.certificates.sealing import outside
from events.certificates.sealing.roots import NoRoots, trusted_roots
from network import errors

logger = logging.getLogger(__name__)

END = "-----END CERTIFICATE-----"
MOST_SECONDS = 25.0  # by the clock, where the machine is busy with other things
#: So long one waits for a place. Short: whoever waits keeps a thread of the web server from all others.
PATIENCE = 1.0
PATIENCE_WITH_OURS = 5.0
KEPT = 3600  # seconds for which an answer is kept

_place = threading.BoundedSemaphore(1)  # where a file of strangers is looked at; it takes about 70 MB
_bench = threading.BoundedSemaphore(1)  # where the next one waits
_place_of_ours = threading.BoundedSemaphore(1)
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

Seen = dict[str, Any]  # what ``looking`` tells: the fields of its Look
_NOTHING_TO_SEE: Seen = {"is_readable": False}


class Busy(errors.Busy):
    """Others have their files judged just now, or the same visitor another one. Nothing is known about this one."""

    code = "judging_busy"
    message = _("Many files are being checked just now. Try again in a few seconds.")


def judge(pdf: bytes, *, is_ours: bool = False, visitor: str = "") -> Judgement:
    """Judge any octets. Reaches no network, keeps nothing of a stranger's file. Raises Busy, whatever the file is.

    ``is_ours``: we issued it, octet by octet. ``visitor``: whose file it is; empty: nobody's who is counted.
    """
    match outside.kind_of(pdf):
        case "odd":
            return UNREADABLE
        case "unsealed":
            return Judgement()
    kept = f"judged:{hashlib.sha256(pdf).hexdigest()}:{_known_roots()}"
    seen: Seen | None = cache.get(kept)
    if seen is None:
        with _our_place() if is_ours else _a_place(visitor):
            seen, is_final = _looked_at(pdf)
        if is_final and (is_ours or seen is _NOTHING_TO_SEE):
            cache.set(kept, seen, KEPT)
    return _judgement(seen)


@contextmanager
def _a_place(visitor: str) -> Iterator[None]:
    """One for each process, and one for each visitor. Raises Busy."""
    turn = f"judging:{visitor}"
    if visitor and not cache.add(turn, 1, MOST_SECONDS + PATIENCE):
        raise Busy(_("Another file from your address is being checked just now. Try again in a few seconds."))
    try:
        if not _bench.acquire(timeout=0.1):  # whoever finds a free place gets up at once
            raise Busy
        try:
            if not _place.acquire(timeout=PATIENCE):
                raise Busy
        finally:
            _bench.release()
        try:
            yield
        finally:
            _place.release()
    finally:
        if visitor:
            cache.delete(turn)


@contextmanager
def _our_place() -> Iterator[None]:
    if not _place_of_ours.acquire(timeout=PATIENCE_WITH_OURS):
        raise Busy
    try:
        yield
    finally:
        _place_of_ours.release()


def _known_roots() -> str:
    """What tells one list of trusted authorities from another, and whether there is one."""
    try:
        return hashlib.sha256(b"".join(one.tbs_certificate_bytes for one in trusted_roots())).hexdigest()[:16]
    except NoRoots:
        return "none"


def _looked_at(pdf: bytes) -> tuple[Seen, bool]:
    """What was seen, and whether it would be seen again. Raises Busy where the machine had no time for it."""
    try:
        done = _look(pdf)
    except subprocess.TimeoutExpired as late:  # its own time is not used up: the machine is busy
        raise Busy from late
    except OSError:
        logger.exception("No process could be started to judge a file")
        return _NOTHING_TO_SEE, False
    if done.returncode == -signal.SIGXCPU:
        return _NOTHING_TO_SEE, True
    try:
        seen: Seen = json.loads(done.stdout)
    except ValueError:
        return _NOTHING_TO_SEE, False
    return seen, True


def _look(pdf: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        roots = [settings.SEAL_TRUSTED_ROOTS] if trusted_roots() else []
    except NoRoots:
        logger.exception("SEAL_TRUSTED_ROOTS cannot be read")
        roots = []
    # Nothing of our secrets is in its environment.
    environment = {"PYTHONPATH": str(settings.BASE_DIR), "PATH": os.environ.get("PATH", ""), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(  # noqa: S603 - our own module; what is from outside goes in by standard input
        [sys.executable, "-m", _LOOKING, *roots],
        input=pdf,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a file can make the library complain without end
        cwd=settings.BASE_DIR,
        env=environment,
        timeout=MOST_SECONDS,
        check=False,
    )


def _judgement(seen: Seen) -> Judgement:
    if not seen["is_readable"]:
        return Judgement(is_readable=False, is_sealed=bool(seen.get("is_sealed")))
    certificate = bytes.fromhex(seen["certificate"])
    return Judgement(
        is_sealed=seen["is_sealed"],
        is_intact=seen["is_intact"],
        seal=_ours(certificate) if certificate else None,
        signer=seen["signer"],
        signed_at=datetime.fromisoformat(seen["signed_at"]) if seen["signed_at"] else None,
        level=seen["level"],
        is_trusted=seen["is_trusted"],
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
