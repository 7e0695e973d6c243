"""What the commands about seals share."""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.db import IntegrityError

from events.certificates.sealing.errors import CannotSeal
from network.errors import Invalid, Problem
from network.models import Centre


def add_whose(parser: ArgumentParser) -> None:
    """A centre's, or the network's."""
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--centre", metavar="CODE", help="The centre's code, such as AT-IOEB.")
    whose.add_argument("--network", action="store_true", help="For the centres that have none of their own.")


def whose(options: Mapping[str, Any]) -> Centre | None:
    """The centre that was named; None: the network. Raises CommandError."""
    if not options["centre"]:
        return None
    centre = Centre.objects.filter(code__iexact=options["centre"]).first()
    if centre is None:
        known = ", ".join(Centre.objects.order_by("code").values_list("code", flat=True)) or "none; run load_network"
        raise CommandError(f"No centre has the code {options['centre']}. Known: {known}.")
    return centre


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what an action raises into words."""
    try:
        yield
    except Invalid as error:
        raise CommandError(" ".join(str(message) for found in error.errors.values() for message in found)) from error
    except IntegrityError as error:
        raise CommandError("Somebody else put a seal into use at the same moment. Look at it with list_seals.") from error
    except CannotSeal as error:
        raise CommandError(str(error.why)) from error
    except Problem as error:
        raise CommandError(str(error.message)) from error
