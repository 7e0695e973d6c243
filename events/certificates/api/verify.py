"""Whether a certificate is genuine."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from events.certificates.api.parts import NUMBER
from events.certificates.api.serializers import (
    CertificateFileInput,
    FileVerdictSerializer,
    MatchSerializer,
    NameInput,
    VerdictSerializer,
)
from events.certificates.verifying import verdicts
from events.certificates.verifying.limits import Comparing, Verifying, visitor
from network.api.endpoints import read
from network.api.schema import problems


class Verify(ViewSet):
    """Whether a certificate is genuine. Open to everybody who has its number or its file, some times a minute."""

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
        verdict = verdicts.by_number(number)
        if verdict is None:
            raise Http404
        return _private(Response(VerdictSerializer(verdict.certificate).data))

    @extend_schema(
        summary="Is this the holder?",
        description="Compares a name with the holder’s, where the holder does not show it.",
        parameters=[NUMBER],
        request=NameInput,
        responses=MatchSerializer,
        auth=[],
    )
    @action(methods=["post"], detail=True, throttle_classes=[Verifying, Comparing])
    def compare(self, request: Request, number: str) -> Response:
        """Compare a name."""
        typed = read(NameInput, request)["name"]
        verdict = verdicts.by_number(number, typed_name=typed)
        if verdict is None:
            raise Http404
        return _private(Response({"matches": bool(verdict.matches)}))

    @extend_schema(
        operation_id="verify_file",
        summary="Is this file the original?",
        description="Compares the file with those that were issued, and judges its seal. Nothing is kept.",
        request={"multipart/form-data": CertificateFileInput},
        responses={200: FileVerdictSerializer, **problems(400, 503)},
        auth=[],
    )
    @action(methods=["post"], detail=False, parser_classes=[MultiPartParser])
    def file(self, request: Request) -> Response:
        """Judge a file."""
        found = verdicts.by_file(request.FILES.get("file"), visitor=visitor(request._request))  # noqa: SLF001 - as the pages know them
        certificate = found.verdict.certificate if found.verdict else None
        body = {"sha256": found.sha256, "verdict": {"certificate": certificate} if certificate else None, "seal": found.seal}
        return _private(Response(FileVerdictSerializer(body).data))


def _private(response: Response) -> Response:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
