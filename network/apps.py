"""The ground floor: who takes part in the network."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    """Countries, centres, organisations, people and their roles."""

    name = "network"
    verbose_name = "Network"

    def ready(self) -> None:
        """Register the permissions, what the journal follows and what is done by the clock."""
        # ruff: noqa: PLC0415 - what needs the models can be imported only once they exist
        from network import journal, rules  # noqa: F401 - rules registers itself
        from network.api import memory
        from network.chores import Chore, chores

        journal.follow_models()
        chores.append(Chore("forget answered requests", 3600, memory.forget))
