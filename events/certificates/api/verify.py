"""Whether a certificate is genuine."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from events.certificates import queries
from events.certificates.api.parts import NUMBER
from events.certificates.api.serializers import VerdictSerializer
from events.certificates.verifying.limits import Verifying


class Verify(ViewSet):
    """Whether a certificate is genuine. Open to everybody who has its number, some times a minute."""

    throttle_classes = [Verifying]
    lookup_field = "number"
    lookup_value_regex = "[^/]{1,60}"

    @extend_schema(
        summary="Is it genuine?",
        description="What the certificate says, and whether it still holds. Unknown and impossible numbers get the same 404.",
        parameters=[NUMBER],
        responses=VerdictSerializer,
        auth=[],
    )
    def retrieve(self, request: Request, number: str) -> Response:
        """Look a number up."""
        certificate = queries.by_number(number)
        if certificate is None:
            raise Http404
        response = Response(VerdictSerializer(certificate).data)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response
