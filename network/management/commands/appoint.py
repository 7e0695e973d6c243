"""`manage.py appoint`: give somebody a role from the command line, on an administrator's first day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from network import actions
from network.errors import Invalid, Problem
from network.models import Centre, Role


class Command(BaseCommand):
    """Appoint somebody; the account is made if the address has none yet."""

    help = "Give somebody a role. They sign in with a code sent to this address."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, as what, where."""
        parser.add_argument("email")
        parser.add_argument("--role", choices=Role.Kind.values, required=True)
        parser.add_argument("--centre", metavar="CODE", help="The centre's code, such as AT-IOEB; not for the secretariat.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Appoint, and say so."""
        centre = None
        if options["centre"]:
            centre = Centre.objects.filter(code__iexact=options["centre"]).first()
            if centre is None:
                known = ", ".join(Centre.objects.order_by("code").values_list("code", flat=True)) or "none; run load_network"
                raise CommandError(f"No centre has the code {options['centre']}. Known: {known}.")
        try:
            role = actions.appoint_by_administrator(email=options["email"], kind=options["role"], centre=centre)
        except Invalid as error:
            raise CommandError(" ".join(str(message) for found in error.errors.values() for message in found)) from error
        except Problem as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write(f"{role.person.email} is now: {role.get_kind_display()}" + (f", {centre.code}" if centre else ""))
