"""The certificates wing over HTTP, for programs."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import GenericViewSet, ViewSet

from events.certificates import actions, pages, queries
from events.certificates.limits import Verifying
from events.certificates.models import Certificate
from events.certificates.serializers import (
    AskedSerializer,
    CertificateSerializer,
    IssueSerializer,
    ReasonSerializer,
    RegisterSerializer,
    VerdictSerializer,
)
from events.programme.models import Event
from events.programme.queries import visible_to as events_visible_to
from events.registrations.models import Registration
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import IF_NONE_MATCH, problems
from network.errors import Invalid
from network.rules import require

NUMBER = OpenApiParameter(
    "number", OpenApiTypes.STR, OpenApiParameter.PATH, description="The certificate’s number, as printed."
)
# An address that ends like a list's, and answers with one thing.
ONE_REGISTER = forced_singular_serializer(RegisterSerializer)  # type: ignore[no-untyped-call]
SLUG = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="The event’s slug.")


class PDFRenderer(BaseRenderer):
    """Lets a client ask for ``application/pdf``; the view answers with the file itself."""

    media_type = "application/pdf"
    format = "pdf"


class ZIPRenderer(BaseRenderer):
    """Lets a client ask for ``application/zip``; the view answers with the stream itself."""

    media_type = "application/zip"
    format = "zip"


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
        return pages.pdf_response(request, certificate)


class EventCertificates(ViewSet):
    """The certificates of an event that one runs."""

    permission_classes = [SignedIn]

    def _event(self, request: Request, slug: str) -> Event:
        events = events_visible_to(request.user).select_related("organising_centre", "venue", "funding")
        event = events.filter(slug=slug).first()
        if event is None:
            raise Http404
        require(request.user, "events.issue_certificates", event)
        return event

    @extend_schema(
        operation_id="events_certificates_register",
        summary="Register and progress",
        description="Everybody with a confirmed registration or a certificate, and how far issuing is.",
        parameters=[SLUG],
        responses={200: ONE_REGISTER, **problems(403)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """The register."""
        event = self._event(request, slug)
        lines = queries.register_of(event)
        return Response(RegisterSerializer({"progress": queries.summed_up(event, lines), "register": lines}).data)

    @extend_schema(
        operation_id="events_certificates_issue_all",
        summary="Issue all that are due",
        description="A worker issues them one after the other; GET shows the progress. Asking again resumes, never repeats.",
        parameters=[SLUG],
        request=None,
        responses={202: AskedSerializer},
    )
    def create(self, request: Request, slug: str) -> Response:
        """Ask for all."""
        event = self._event(request, slug)
        due = actions.issue_all(event=event, by=person_of(request))
        return Response(AskedSerializer({"asked_for": due, "progress": queries.progress_of(event)}).data, status=202)

    @extend_schema(
        operation_id="events_certificates_archive",
        summary="All valid certificates as a ZIP",
        description="With `register.csv`, which lists the revoked ones too.",
        parameters=[SLUG],
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **problems(403)},
    )
    @action(detail=False, renderer_classes=[ZIPRenderer, JSONRenderer])
    def archive(self, request: Request, slug: str) -> HttpResponseBase:
        """The files."""
        return pages.archive_response(self._event(request, slug))


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


def register(router: BaseRouter) -> None:
    """Put this wing's endpoints under the API root."""
    views: list[tuple[str, Any, str]] = [
        ("certificates", Certificates, "api-certificate"),
        (r"events/(?P<slug>[-a-zA-Z0-9_]+)/certificates", EventCertificates, "api-event-certificate"),
        ("verify", Verify, "api-verify"),
    ]
    for prefix, view, name in views:
        router.register(prefix, view, basename=name)
