"""`manage.py make_seal`: makes a key for a centre's seal, for a start, and says what it is worth."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.seals import add_whose, in_words, whose
from events.certificates.sealing import actions
from events.certificates.sealing.keys import secret_name

WORTH = """
What it is worth: everybody can check that a certificate comes from the holder of this key and was not changed. It is an
advanced electronic seal at most. The certificate vouches for itself, so PDF readers say "unknown" or "not trusted" beside
the name, until somebody tells them to trust it. A qualified seal, which the law presumes to be genuine (eIDAS, Regulation
910/2014, Article 35), needs a certificate and a device of a qualified trust service provider: see manage.py use_seal.
"""


class Command(BaseCommand):
    """Makes the key, the certificate and the seal, and retires the seal that was in use."""

    help = "Make a key and a certificate that it signs itself, and seal certificates with it from now on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose seal, and for how long."""
        add_whose(parser)
        parser.add_argument("--days", type=int, default=1095, help="How long its certificate is valid; default: 1095.")

    def handle(self, **options: Any) -> None:
        """Make it, and say so."""
        centre = whose(options)
        with in_words():
            seal = actions.make_seal(centre=centre, days=options["days"])
        self.stdout.write(f"Certificates of {centre or 'centres without a seal of their own'} are sealed from now on.")
        self.stdout.write(f"The key is in {settings.KEYS_DIR}/{seal.reference}. Keep a copy of it in a safe place.")
        variable = secret_name(seal)
        if variable.removeprefix("SEAL_SECRET_") in settings.SEAL_SECRETS:
            self.stdout.write(f"It is locked with the passphrase in {variable}, which web server and worker need, too.")
        else:
            self.stdout.write(
                f"Only the user of this process may read it, but it is not locked. To lock it, set {variable} to a passphrase "
                "and run this command again."
            )
        self.stdout.write(WORTH)
