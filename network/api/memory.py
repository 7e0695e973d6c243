"""How long the API's answers are kept. Apart from what keeps them, so that the worker's chore needs nothing of the API."""

from datetime import timedelta

from django.utils import timezone

from network.models import IdempotentRequest

MEMORY = timedelta(hours=24)


def forget() -> int:
    """Forget the requests of more than a day ago. Returns how many. A chore."""
    deleted, _by_table = IdempotentRequest.objects.filter(created_at__lt=timezone.now() - MEMORY).delete()
    return deleted
