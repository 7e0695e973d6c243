"""What the endpoints of certificates share."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import BaseRenderer

NUMBER = OpenApiParameter(
    "number", OpenApiTypes.STR, OpenApiParameter.PATH, description="The certificate’s number, as printed."
)
SLUG = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="The event’s slug.")


class PDFRenderer(BaseRenderer):
    """Lets a client ask for ``application/pdf``; the view answers with the file itself."""

    media_type = "application/pdf"
    format = "pdf"


class ZIPRenderer(BaseRenderer):
    """Lets a client ask for ``application/zip``; the view answers with the stream itself."""

    media_type = "application/zip"
    format = "zip"
