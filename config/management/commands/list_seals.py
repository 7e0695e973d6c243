"""`manage.py list_seals`: the seals in use, and those that were."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from events.certificates.models import Seal
from events.certificates.sealing.errors import CannotSeal
from events.certificates.sealing.identity import expires
from events.certificates.sealing.sealer import sealer_for


class Command(BaseCommand):
    """One line for each."""

    help = "List the seals: whose, what key, which level, until when, and whether it can be opened."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether the retired are wanted."""
        parser.add_argument("--all", action="store_true", help="Also those that were retired.")

    def handle(self, **options: Any) -> None:
        """Say them."""
        seals = Seal.objects.select_related("centre").order_by("centre__code", "-made_at", "-pk")
        if not options["all"]:
            seals = seals.filter(retired_at=None)
        for seal in seals:
            self.stdout.write(_line(seal))
        if not seals:
            self.stdout.write("There are none: certificates are issued unsealed. Make one with manage.py make_seal.")


def _line(seal: Seal) -> str:
    end = expires(seal.chain)
    parts = [
        seal.centre.code if seal.centre else "network",
        f"{seal.kind} {seal.reference}",
        seal.level + (f" with {seal.timestamp_url}" if seal.timestamp_url else ""),
        f"until {end:%Y-%m-%d}" if end else "no certificate",
    ]
    if seal.retired_at is not None:
        return "; ".join([*parts, f"retired on {seal.retired_at:%Y-%m-%d}"])
    try:
        sealer_for(seal)
    except CannotSeal as error:
        return "; ".join([*parts, f"DOES NOT WORK: {error.why}"])
    return "; ".join([*parts, "in use"])
