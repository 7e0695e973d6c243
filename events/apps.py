"""What the network does together: events and all that follows from them."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """One wing for each capability; see the README for the floor plan."""

    name = "events"
    verbose_name = "Events"

    def ready(self) -> None:
        """Let every wing register its permissions, its journal and what it listens to."""
        from events import wings  # noqa: PLC0415 - needs the models, which are ready only now

        wings.open_doors()
