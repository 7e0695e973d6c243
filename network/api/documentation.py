"""The OpenAPI document and the page that shows it."""

from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView


class Router(DefaultRouter):
    """The framework's router, without addresses that end in a format (``.json``)."""

    include_format_suffixes = False


@lru_cache(maxsize=8)
def document(_language: str | None) -> dict[str, Any]:
    """The OpenAPI 3.1 document. Endpoints do not change while the server runs, so it is made once for each language."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


class OpenAPI(APIView):
    """``/api/v1/schema/``: JSON, or YAML if asked for by ``Accept: application/yaml``."""

    renderer_classes = [OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer, OpenApiYamlRenderer2]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """The document."""
        return Response(document(get_language()), headers={"Content-Disposition": 'inline; filename="openapi"'})


class Documentation(SpectacularSwaggerSplitView):
    """``/api/v1/docs/``: Swagger UI, served by us and started by a script of its own, as our policy for content asks."""

    template_name = "pages/network/api_docs.html"
    url_name = "api-schema"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The page, or its starting script (``?script``)."""
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        # Its icons are data: addresses inside its style sheet.
        response["Content-Security-Policy"] = "img-src 'self' data:"
        return response
