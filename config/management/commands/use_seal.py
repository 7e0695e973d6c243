"""`manage.py use_seal`: seals a centre's certificates with a key that exists."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.seals import add_whose, in_words, whose
from events.certificates.models import Seal
from events.certificates.sealing import actions
from events.certificates.sealing.identity import LONGEST_CHAIN

HELP = """Seal certificates with a key that exists: a file below KEYS_DIR (PEM or PKCS#12), a PKCS#11 device
(pkcs11:token=…;object=…, with SEAL_PKCS11_MODULE), or a remote signing service (https://…#name-of-the-key, as in the Cloud
Signature Consortium's API 2). Passphrase, PIN or token come from SEAL_SECRET_ and the centre's code, such as
SEAL_SECRET_AT_IOEB, or from SEAL_SECRET_NETWORK. An empty page is sealed first: where that fails, nothing changes."""


class Command(BaseCommand):
    """Tries the key, puts it into use, and retires the seal that was in use."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose seal, where its key is, and what else belongs to it."""
        add_whose(parser)
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--key-file", metavar="NAME", help="Its name below KEYS_DIR.")
        where.add_argument("--pkcs11", metavar="URI", help="RFC 7512, without library and PIN.")
        where.add_argument("--remote", metavar="URL", help="The service's address, with # and the name of the key.")
        where.add_argument("--none", action="store_true", help="Retire the seal in use, and put none in its place.")
        parser.add_argument(
            "--chain", type=Path, metavar="FILE", help="Its certificate and those above it, in PEM; a key file may have them."
        )
        parser.add_argument("--level", choices=Seal.Level.values, default=Seal.Level.B_B, help="PAdES; default: B-B.")
        parser.add_argument("--timestamps", metavar="URL", default="", help="The time-stamping authority, from B-T on.")

    def handle(self, **options: Any) -> None:
        """Do it, and say so."""
        centre = whose(options)
        if options["none"]:
            former = actions.retire_seal(centre=centre)
            self.stdout.write(f"Retired: {former}." if former else "There is no seal in use.")
            return
        with in_words():
            kind, reference = next(
                (kind, options[name])
                for kind, name in (
                    (Seal.Kind.KEY_FILE, "key_file"),
                    (Seal.Kind.PKCS11, "pkcs11"),
                    (Seal.Kind.REMOTE, "remote"),
                )
                if options[name] is not None
            )
            seal = actions.use_seal(
                centre=centre,
                kind=kind,
                reference=reference,
                chain=_read(options["chain"]),
                level=options["level"],
                timestamp_url=options["timestamps"],
            )
        self.stdout.write(f"An empty page was sealed as {seal.level}. In use from now on: {seal}.")


def _read(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        with path.open(encoding="ascii") as file:
            return file.read(LONGEST_CHAIN + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The chain cannot be read: {error}") from error
