"""Endpoints of the ground floor."""

from rest_framework.routers import BaseRouter


def register(router: BaseRouter) -> None:
    """Put this floor's endpoints under the API root."""
