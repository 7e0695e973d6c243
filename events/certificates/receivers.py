"""What the certificates wing hears from the floors below."""

from typing import Any

from django.dispatch import receiver

from events.certificates.designs.actions import copy_terms
from events.programme.signals import EventChange, event_changed


@receiver(event_changed, dispatch_uid="certificates_follow_a_clone")
def follow_the_source(change: EventChange, **_kwargs: Any) -> None:
    """A clone's certificates look as those of its source."""
    if change.kind == "created" and change.source is not None and change.by is not None:
        copy_terms(source=change.source, to=change.event, by=change.by)
