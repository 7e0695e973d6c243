"""What a token may do."""

from rest_framework.permissions import BasePermission


class TokenScope(BasePermission):
    """A token of scope read may only read."""
