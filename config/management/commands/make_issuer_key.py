"""`manage.py make_issuer_key`: makes the key that signs the certificates' credentials, and says what it is worth."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from events.certificates.credentials import keys
from events.certificates.credentials.issuer import did
from events.certificates.models import IssuerKey
from network.errors import Problem


class Command(BaseCommand):
    """Makes a key, or takes in the one in ISSUER_KEY; without one, certificates are issued without a credential."""

    help = "Make the key that signs the certificates' credentials (Open Badges 3.0), or retire it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What it is called, and whether it takes the place of another."""
        today = timezone.now().date().isoformat()
        parser.add_argument("--name", default=today, help=f"small letters, digits and hyphens; default: {today}")
        parser.add_argument("--retire", action="store_true", help="let it take the place of the key in use")
        parser.add_argument("--only-retire", action="store_true", help="make none: sign no more credentials")
        parser.add_argument("--show", action="store_true", help="only say which keys there are")

    def handle(self, **options: Any) -> None:
        """Do it, and say it."""
        if options["show"]:
            self._show()
            return
        if options["only_retire"]:
            self.stdout.write(f"Retired: {keys.retire_keys()}. What they signed is still checked by them.")
            return
        try:
            key = keys.make_key(options["name"], retire=options["retire"])
        except Problem as error:
            raise CommandError(str(error.message)) from error
        except OSError as error:
            raise CommandError(f"The key could not be written: {error}") from error
        self.stdout.write(
            f"Key {key.name} is in use from now on. It speaks as {did()}.\n"
            f"Everybody finds its public half at {settings.SITE_URL}/.well-known/did.json: that this site has it is all that "
            "vouches for it. The host must be yours for as long as certificates are to be checked, and be reached by https."
        )
        if settings.ISSUER_KEY:
            self.stdout.write("The private half is the one in ISSUER_KEY. Keep a copy: whoever has it can sign in your name.")
        else:
            self.stdout.write(
                f"The private half is in {keys.file_of(key.name)}, in the clear, for this machine's user only. Keep a "
                "copy in a safe place: whoever has it can sign in your name, and without it no credential can be signed.\n"
                "Other machines read it from ISSUER_KEY, or from the same file in their KEYS_DIR."
            )

    def _show(self) -> None:
        for key in IssuerKey.objects.all():
            state = "in use" if key.retired_at is None else f"retired on {key.retired_at:%Y-%m-%d}"
            self.stdout.write(f"{key.name}: {key.public} ({state})")
