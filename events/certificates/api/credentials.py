"""The credential of a certificate over HTTP: signed in two forms, as a badge, and as an unsigned European one."""

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from events.certificates import queries
from events.certificates.api.parts import NUMBER
from events.certificates.credentials.serving import DOCUMENT, JSON_LD, TOKEN, credential_response
from events.certificates.numbers import parse
from network.api.permissions import SignedIn
from network.api.schema import IF_NONE_MATCH, problems
from network.rules import require


def renderer_of(type_: str, name: str) -> type[BaseRenderer]:
    """Lets a client ask for a media type; the view answers with the content itself."""
    return type("Renderer", (BaseRenderer,), {"media_type": type_, "format": name})


class Credentials(ViewSet):
    """The credential of one certificate, for its holder and for who runs the event."""

    permission_classes = [SignedIn]
    renderer_classes = [JSONRenderer, renderer_of(DOCUMENT, "vc"), renderer_of(JSON_LD, "jsonld")]

    @extend_schema(
        operation_id="certificates_credential",
        summary="The credential (Open Badges 3.0)",
        description="JSON-LD with its proof (`eddsa-rdfc-2022`), as the PDF carries it. It never changes.",
        parameters=[NUMBER, IF_NONE_MATCH],
        responses={(200, DOCUMENT): OpenApiTypes.OBJECT, 304: None, **problems(404)},
    )
    def list(self, request: Request, number: str) -> HttpResponse:
        """The document."""
        return self._answer(request, number, "json")

    @extend_schema(
        summary="The credential as a token",
        description="VC-JWT (EdDSA). Its key is in `/.well-known/did.json`.",
        parameters=[NUMBER, IF_NONE_MATCH],
        responses={(200, TOKEN): OpenApiTypes.STR, 304: None, **problems(404)},
    )
    @action(detail=False, renderer_classes=[renderer_of(TOKEN, "jwt"), JSONRenderer])
    def token(self, request: Request, number: str) -> HttpResponse:
        """The token."""
        return self._answer(request, number, "jwt")

    @extend_schema(
        summary="The badge",
        description="A picture with the credential baked into it, to be shown or put into a backpack.",
        parameters=[NUMBER, IF_NONE_MATCH],
        responses={(200, "image/png"): OpenApiTypes.BINARY, 304: None, **problems(404)},
    )
    @action(detail=False, renderer_classes=[renderer_of("image/png", "png"), JSONRenderer])
    def badge(self, request: Request, number: str) -> HttpResponse:
        """The picture."""
        return self._answer(request, number, "png")

    @extend_schema(
        summary="As a European Digital Credential, unsigned",
        description="European Learning Model v3, to be uploaded in the Commission’s issuing tool and sealed there by the "
        "centre. Until then it proves nothing.",
        parameters=[NUMBER, IF_NONE_MATCH],
        responses={(200, JSON_LD): OpenApiTypes.OBJECT, 304: None, **problems(404)},
    )
    @action(detail=False, renderer_classes=[renderer_of(JSON_LD, "jsonld"), JSONRenderer])
    def european(self, request: Request, number: str) -> HttpResponse:
        """The export."""
        return self._answer(request, number, "elm.json")

    def _answer(self, request: Request, number: str, form: str) -> HttpResponse:
        seen = queries.visible_to(request.user).select_related("credential")
        certificate = seen.filter(number=parse(number)).first()
        if certificate is None:
            raise Http404
        require(request.user, "events.download_certificate", certificate)
        return credential_response(request, certificate, form)
