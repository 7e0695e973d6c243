"""The ground floor: who takes part in the network."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    """Countries, centres, organisations, people and their roles."""

    name = "network"
    verbose_name = "Network"

    def ready(self) -> None:
        """Register the permissions and what the journal follows."""
        from network import journal, rules  # noqa: F401, PLC0415 - both register themselves once models exist

        journal.follow_models()
