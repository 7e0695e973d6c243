"""The mail wing over HTTP, for programs."""

from rest_framework.routers import BaseRouter


def register(router: BaseRouter) -> None:
    """Put this wing's endpoints under the API root."""
