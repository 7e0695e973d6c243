"""``manage.py receive_mail``: takes in what mail clients answered to invitations, from a pipe, a maildir or an IMAP mailbox."""

import hashlib
import imaplib
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError
from imap_tools import ImapToolsError

from events.calendars.replies import mailboxes, mails
from events.calendars.replies.receiving import Outcome, receive
from events.calendars.replies.tasks import set_aside_directory

#: Of sysexits.h: a mail server keeps the mail, and tries again later.
EX_TEMPFAIL = 75


class Command(BaseCommand):
    """For a pipe of the mail server, without options. The worker looks into the IMAP mailbox by itself."""

    help = (
        "Take in answers of mail clients: one mail from standard input, or all of a maildir or of the IMAP mailbox in the "
        "settings. Mails that are not about our invitations are left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the mails are."""
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--maildir", metavar="PATH", type=Path, help="Look into this maildir.")
        where.add_argument("--imap", action="store_true", help="Look into the mailbox of REPLIES_IMAP_HOST.")
        parser.add_argument("--recipient", default="", help="For standard input: the address that the mail was delivered to.")

    def handle(self, *, maildir: Path | None, imap: bool, recipient: str, **_options: Any) -> None:
        """Do it. Ends with 0, or with 75 if the database or the mailbox is away and the mail is to be tried again."""
        try:
            if maildir is not None:
                self._say_how_many(mailboxes.look_into_maildir(maildir))
            elif imap:
                if not settings.REPLIES_IMAP_HOST:
                    raise CommandError("REPLIES_IMAP_HOST is not set.")
                self._say_how_many(mailboxes.look_into_imap())
            else:
                self._take(sys.stdin.buffer, recipient)
        except (OperationalError, InterfaceError) as error:
            raise CommandError(f"The database does not answer: {error}", returncode=EX_TEMPFAIL) from error
        except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
            raise CommandError(f"The mails cannot be read: {error}", returncode=EX_TEMPFAIL) from error

    def _take(self, stream: Any, recipient: str) -> None:
        raw = stream.read(mails.MOST_BYTES + 1)
        while stream.read(1 << 20):  # a mail server takes offence if nobody reads to the end
            pass
        outcome = receive(raw, recipient=recipient)
        if outcome is Outcome.SET_ASIDE:
            _keep(raw)
        self.stdout.write(f"The mail is {outcome.value}.")

    def _say_how_many(self, number: int) -> None:
        self.stdout.write(f"{number} mails were ours.")


def _keep(raw: bytes) -> None:
    """Keep a mail that was set aside for a month: the mail server forgets it once we end well. One file for each Message-ID."""
    directory = set_aside_directory()
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    name = mails.message_id(raw, mails.header_of(raw))
    file = directory / f"{hashlib.sha256(name.encode()).hexdigest()}.eml"
    if not file.exists():
        half = file.with_suffix(".half")  # so that a crash leaves no half mail that passes for a whole one
        half.touch(mode=0o600)
        half.write_bytes(raw)
        half.replace(file)
