"""Where mails are kept: a maildir, or a mailbox behind IMAP. Ours are taken out of it; everything else stays as it is.

Ours go to “Processed”, or to “Set aside” if they cannot be read. They are moved after what they say is committed: if that
fails, they come again, and are known by their Message-ID. From there they are removed after a month, by what they say of
themselves: somebody may keep mails of their own in a folder with this name.

Other people's mail is not touched, not marked as read and not read twice: what was seen is remembered; see ``Mailbox``.
"""

import imaplib
import logging
import os
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.message import Message
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from imap_tools import (
    AND,
    ImapToolsError,
    MailBox,
    MailboxFetchError,
    MailboxFolderSelectError,
    MailboxMoveError,
)

from events.calendars.models import Mailbox
from events.calendars.replies import mails
from events.calendars.replies.receiving import Outcome, is_addressed_to_us, names_an_invitation, receive

logger = logging.getLogger(__name__)

PROCESSED, SET_ASIDE = "Processed", "Set aside"
FOLDERS = {Outcome.TAKEN: PROCESSED, Outcome.SET_ASIDE: SET_ASIDE}

#: So long mails stay in these folders.
KEPT = timedelta(days=30)

#: Bounds of one look: what is left over waits for the next one.
MOST_MAILS = 500
MOST_SECONDS = 45.0
TIMEOUT = 15.0  # seconds that a server may take for one answer


def may_hold_calendar(header: Message, size: int) -> bool:
    """Whether a mail that is not addressed to us may be an answer all the same: its calendar names the invitation."""
    return size <= mails.MOST_BYTES and header.get_content_maintype() in {"multipart", "text", "application"}


# --- A maildir -----------------------------------------------------------------------------------------------------


def look_into_maildir(path: Path) -> int:
    """Take what is ours out of a maildir, in the order of arrival. Returns how many these were.

    Sub-folders are made as Maildir++ names them: ``.Processed`` and ``.Set aside``.
    """
    if not (path / "new").is_dir():
        raise NotADirectoryError(f"{path} is no maildir: it has no directory “new”.")
    name = f"maildir:{path.resolve()}"[:300]
    left = set(_seen(name).get("left", []))
    taken, ends, files = 0, time.monotonic() + MOST_SECONDS, _files(path)
    still_there = {_key(file) for file in files}
    for file in files:
        if _key(file) in left:
            continue
        if taken >= MOST_MAILS or time.monotonic() > ends:
            break
        outcome = _take_file(file)
        if outcome is Outcome.NOT_OURS:
            left.add(_key(file))
        elif outcome is not None:
            _move_file(file, path / f".{FOLDERS[outcome]}")
            taken += 1
    for file in _old_files(path):
        still_there.add(_key(file))
        if _key(file) not in left and not _remove_if_ours(file):
            left.add(_key(file))
    _remember(name, {"left": sorted(left & still_there)})
    return taken


def _files(path: Path) -> list[Path]:
    """Those that are new and those that somebody's mail program has seen, the oldest first."""
    found = [Path(entry.path) for part in ("new", "cur") for entry in _entries(path / part)]
    return sorted(found, key=lambda file: (file.name.partition(".")[0].zfill(20), file.name))


def _entries(directory: Path) -> Iterator[os.DirEntry[str]]:
    with suppress(FileNotFoundError), os.scandir(directory) as entries:
        yield from (entry for entry in entries if entry.is_file(follow_symlinks=False) and not entry.name.startswith("."))


def _key(file: Path) -> str:
    """The name without the flags, which change when somebody reads the mail."""
    return file.name.partition(":2,")[0]


def _take_file(file: Path) -> Outcome | None:
    """Read and receive it; None if it is gone meanwhile."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(mails.MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError:
        logger.warning("A mail in the maildir cannot be read; the others are.")
        return None
    try:
        return receive(raw)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("A mail in the maildir cannot be taken in; it stays where it is.")
        return Outcome.NOT_OURS


def _move_file(file: Path, folder: Path) -> None:
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        (folder / "maildirfolder").touch(exist_ok=False)  # by this file a server knows a sub-folder
    with suppress(FileNotFoundError):  # another process moved it
        file.replace(folder / file.parent.name / file.name)


def _old_files(path: Path) -> Iterator[Path]:
    """Those that came a month ago and were moved to our folders."""
    ends = time.time() - KEPT.total_seconds()
    for folder in FOLDERS.values():
        for file in _files(path / f".{folder}"):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < ends:
                    yield file


def _remove_if_ours(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            raw = stream.read(mails.MOST_BYTES + 1)
    except OSError:
        return False
    if is_ours := names_an_invitation(raw):
        file.unlink(missing_ok=True)
    return is_ours


# --- IMAP ----------------------------------------------------------------------------------------------------------


def look_into_imap() -> int:
    """Take what is ours out of the mailbox that the settings name, in the order of arrival. Returns how many these were.

    Raises OSError, imaplib's or imap_tools' errors if the server cannot be reached or refuses us.
    """
    folder = settings.REPLIES_IMAP_FOLDER
    name = f"imap://{settings.REPLIES_IMAP_USER}@{settings.REPLIES_IMAP_HOST}:{settings.REPLIES_IMAP_PORT}/{folder}"[:300]
    with _imap() as box:
        box.folder.set(folder)
        validity = _validity(box)
        seen = _seen(name)
        start = begin = int(seen.get("next", 1)) if seen.get("validity") == validity else 1
        # A server answers “n:*” with the last mail also where n is beyond it (RFC 9051 §6.4.4).
        uids = sorted(uid for found in box.uids(f"UID {start}:*", charset=None) if (uid := int(found)) >= start)
        taken, ends = 0, time.monotonic() + MOST_SECONDS
        try:
            for uid in uids[:MOST_MAILS]:
                if time.monotonic() > ends:
                    break
                outcome = _take_uid(box, uid)
                if outcome is None:
                    continue  # it comes again, unless a later one shows that it is not the server
                taken += outcome is not Outcome.NOT_OURS
                start = uid + 1
        finally:
            if start != begin or seen.get("validity") != validity:
                _remember(name, {"validity": validity, "next": start})
        return taken


@contextmanager
def _imap() -> Iterator[MailBox]:
    """A connection, over TLS, to a server that proves its name."""
    context = ssl.create_default_context(cafile=settings.REPLIES_IMAP_CA or None)
    box = MailBox(settings.REPLIES_IMAP_HOST, settings.REPLIES_IMAP_PORT, timeout=TIMEOUT, ssl_context=context)
    try:
        box.login(settings.REPLIES_IMAP_USER, settings.REPLIES_IMAP_PASSWORD, initial_folder=None)
        yield box
    finally:
        with suppress(Exception):
            box.logout()


def _validity(box: MailBox) -> str:
    """The UIDVALIDITY of the folder: where it differs, the mails have other numbers (RFC 9051 §2.3.1.1)."""
    _kind, found = box.client.response("UIDVALIDITY")
    return found[0].decode() if found and found[0] else ""


def _take_uid(box: MailBox, uid: int) -> Outcome | None:
    """Read, receive and move it; None if the server refuses. Whatever is wrong with one mail keeps no other back.

    Raises what concerns all of them: that the database or the connection is gone.
    """
    try:
        raw = _read_uid(box, uid)
        outcome = receive(raw) if raw else Outcome.NOT_OURS
        if outcome is not Outcome.NOT_OURS:
            _move_uid(box, uid, FOLDERS[outcome])
    except (OSError, imaplib.IMAP4.abort, OperationalError, InterfaceError):
        raise
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        logger.warning("The server refuses mail %d in the mailbox of replies (%s).", uid, type(error).__name__)
        return None
    except Exception:
        logger.exception("Mail %d in the mailbox of replies cannot be taken in; it stays where it is.", uid)
        return Outcome.NOT_OURS
    return outcome


def remove_old_from_imap() -> int:
    """Remove what came a month ago from our folders. Returns how many mails.

    Raises OSError, imaplib's or imap_tools' errors if the server cannot be reached or refuses us.
    """
    removed, ends = 0, time.monotonic() + MOST_SECONDS
    with _imap() as box:
        for folder in FOLDERS.values():
            with suppress(MailboxFolderSelectError):  # there is none yet
                box.folder.set(folder)
                for uid in box.uids(AND(date_lt=(timezone.now() - KEPT).date(), deleted=False), charset=None)[:MOST_MAILS]:
                    if time.monotonic() > ends:
                        break
                    removed += _remove_uid_if_ours(box, int(uid))
    return removed


def _remove_uid_if_ours(box: MailBox, uid: int) -> bool:
    try:
        raw = _read_uid(box, uid)
    except MailboxFetchError:
        return False
    if not names_an_invitation(raw):
        return False
    box.client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")  # the library's way expunges the whole folder
    if "UIDPLUS" in box.client.capabilities:  # without it, what others marked would go, too
        box.client.uid("EXPUNGE", str(uid))
    return True


def _read_uid(box: MailBox, uid: int) -> bytes:
    """Read the header, then, if it may be ours, the mail; neither marks it as read, and of both only so much as is bounded.

    Nothing, if it cannot be ours.
    """
    head, size = _fetch(box, uid, f"BODY.PEEK[HEADER]<0.{mails.MOST_HEADER_BYTES}>")
    header = mails.header_of(head)
    if not is_addressed_to_us(header) and not may_hold_calendar(header, size):
        return b""
    raw, _size = _fetch(box, uid, f"BODY.PEEK[]<0.{mails.MOST_BYTES + 1}>")
    return raw


def _fetch(box: MailBox, uid: int, what: str) -> tuple[bytes, int]:
    """A part of a mail, and the size of the whole. Nothing, if somebody took the mail away meanwhile."""
    status, found = box.client.uid("FETCH", str(uid), f"(RFC822.SIZE {what})")
    if status != "OK":
        raise MailboxFetchError((status, found), "OK")
    literals = [item[1] for item in found if isinstance(item, tuple)]
    told = b" ".join(item[0] if isinstance(item, tuple) else item for item in found if item)
    size = re.search(rb"RFC822\.SIZE (\d{1,12})", told)
    return (literals[0] if literals else b""), int(size[1]) if size else 0


def _move_uid(box: MailBox, uid: int, folder: str) -> None:
    """Move it, or, on a server that cannot move, mark it: without MOVE, removing it would remove what others marked, too."""
    if "MOVE" not in box.client.capabilities:
        box.client.uid("STORE", str(uid), "+FLAGS.SILENT", f"({folder.replace(' ', '')})")
        return
    try:
        box.move(str(uid), folder)
    except MailboxMoveError:
        box.folder.create(folder)
        box.move(str(uid), folder)


# --- What was seen -------------------------------------------------------------------------------------------------


def _seen(name: str) -> dict[str, Any]:
    found = Mailbox.objects.filter(name=name).values_list("seen", flat=True).first()
    return found if isinstance(found, dict) else {}


def _remember(name: str, seen: dict[str, Any]) -> None:
    """Two processes that look at the same time may each forget what the other saw. Then it is looked at once more."""
    if seen != _seen(name):
        Mailbox.objects.update_or_create(name=name, defaults={"seen": seen})
