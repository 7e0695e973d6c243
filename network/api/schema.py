"""How our endpoints describe themselves."""

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """OpenAPI for our conventions."""
