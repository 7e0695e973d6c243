"""One's own certificates, and those of the events that one runs."""

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from events.certificates import queries
from events.certificates.api.parts import NUMBER, PDFRenderer
from events.certificates.api.serializers import CertificateSerializer, IssueSerializer, ReasonSerializer
from events.certificates.issuing import actions
from events.certificates.issuing.serving import pdf_response
from events.certificates.models import Certificate
from events.programme.queries import visible_to as events_visible_to
from events.registrations.models import Registration
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import IF_NONE_MATCH, problems
from network.errors import Invalid
from network.rules import require


@extend_schema_view(
    list=extend_schema(
        summary="My certificates, or those of an event",
        description="Your own, newest first. With `event`: all of an event that you run.",
        parameters=[OpenApiParameter("event", OpenApiTypes.STR, description="Slug of an event.")],
    ),
    retrieve=extend_schema(summary="One certificate", parameters=[NUMBER]),
)
class Certificates(ListModelMixin, RetrieveModelMixin, GenericViewSet[Certificate]):
    """Certificates of attendance: one's own, and those of the events that one runs."""

    serializer_class = CertificateSerializer
    permission_classes = [SignedIn]
    filter_backends = []
    lookup_field = "number"
    lookup_value_regex = "[0-9A-Za-z-]{1,30}"
    cursor_ordering = ("-issued_at", "-pk")

    def get_queryset(self) -> QuerySet[Certificate]:
        """What the person may see; a list without ``event`` is of one's own."""
        if getattr(self, "swagger_fake_view", False):
            return Certificate.objects.none()
        seen = queries.visible_to(self.request.user)
        if self.action != "list":
            return seen
        if slug := self.request.query_params.get("event"):
            return seen.filter(event__slug=slug)
        return seen.filter(person=person_of(self.request))

    @extend_schema(
        summary="Issue a certificate",
        description="For one registration of an event that you run. Where a valid one exists, it is returned (200).",
        request=IssueSerializer,
        responses={201: CertificateSerializer, 200: CertificateSerializer, **problems(409)},
    )
    def create(self, request: Request) -> Response:
        """Issue one."""
        asked = read(IssueSerializer, request)
        events = events_visible_to(request.user)
        registrations = Registration.objects.filter(event__in=events, pk=asked["registration"])
        registration = registrations.select_related("event").first()
        if registration is None:
            raise Invalid({"registration": [_("There is no such registration that you may see.")]})
        known = set(Certificate.objects.filter(registration=registration).values_list("pk", flat=True))
        certificate = actions.issue(registration=registration, by=person_of(request), language=asked["language"])
        return Response(CertificateSerializer(certificate).data, status=200 if certificate.pk in known else 201)

    @extend_schema(
        summary="Revoke a certificate", parameters=[NUMBER], request=ReasonSerializer, responses=CertificateSerializer
    )
    @action(methods=["post"], detail=True)
    def revoke(self, request: Request, number: str) -> Response:
        """From now on it is not valid, and its page says so."""
        reason = read(ReasonSerializer, request)["reason"]
        certificate = actions.revoke(certificate=self.get_object(), reason=reason, by=person_of(request))
        return Response(CertificateSerializer(certificate).data)

    @extend_schema(
        summary="Replace a certificate by a new one",
        description="Revokes it and issues a new one from the facts as they are now, linked from the old one.",
        parameters=[NUMBER],
        request=ReasonSerializer,
        responses={201: CertificateSerializer, **problems(409)},
    )
    @action(methods=["post"], detail=True)
    def reissue(self, request: Request, number: str) -> Response:
        """Correct it."""
        reason = read(ReasonSerializer, request)["reason"]
        certificate = actions.reissue(certificate=self.get_object(), reason=reason, by=person_of(request))
        return Response(CertificateSerializer(certificate).data, status=201)

    @extend_schema(
        summary="The certificate’s PDF",
        parameters=[NUMBER, IF_NONE_MATCH],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 304: None},
    )
    @action(detail=True, renderer_classes=[PDFRenderer, JSONRenderer])
    def file(self, request: Request, number: str) -> HttpResponseBase:
        """The file as it was issued."""
        certificate = self.get_object()
        require(request.user, "events.download_certificate", certificate)
        return pdf_response(request, certificate)
