"""What the ground floor tells the wings above it, inside the transaction."""

from django.dispatch import Signal

# A country asks to join. Arguments: join_request.
join_requested = Signal()
