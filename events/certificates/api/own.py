"""One's own certificates, and those of the events that one runs."""

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from events.certificates import queries
from events.certificates.api.parts import NUMBER, PDFRenderer, ZIPRenderer
from events.certificates.api.serializers import (
    CertificateSerializer,
    DisclosureSerializer,
    IssueSerializer,
    ReasonSerializer,
)
from events.certificates.holding.actions import choose_disclosure
from events.certificates.issuing import actions
from events.certificates.issuing.serving import pdf_response
from events.certificates.models import Certificate, Recognition
from events.certificates.numbers import parse
from events.certificates.register.archive import archive_response, in_order
from events.certificates.register.filters import RegisterFilter
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
        description="Your own, newest first. With any filter: of all that you may see, those of the events that you run too.",
    ),
    retrieve=extend_schema(summary="One certificate", parameters=[NUMBER]),
)
class Certificates(ListModelMixin, RetrieveModelMixin, GenericViewSet[Certificate]):
    """Certificates of attendance: one's own, and those of the events that one runs."""

    serializer_class = CertificateSerializer
    permission_classes = [SignedIn]
    filter_backends = [DjangoFilterBackend]
    filterset_class = RegisterFilter
    lookup_field = "number"
    lookup_value_regex = "[0-9A-Za-z-]{1,30}"
    cursor_ordering = ("-issued_at", "-pk")

    def get_queryset(self) -> QuerySet[Certificate]:
        """What the person may see; a list without any filter is of one's own."""
        if getattr(self, "swagger_fake_view", False):
            return Certificate.objects.none()
        seen = queries.visible_to(self.request.user)
        if self.action == "archive":
            return in_order(queries.run_by(self.request.user))
        if self.action != "list" or any(self.request.query_params.get(name) for name in RegisterFilter.base_filters):
            return seen
        return seen.filter(person=person_of(self.request))

    def get_object(self) -> Certificate:
        """By its number, however it is written. Filters are for lists."""
        found = self.get_queryset().filter(number=parse(self.kwargs["number"])).first()
        if found is None:
            raise Http404
        return found

    @extend_schema(
        summary="Issue a certificate",
        description="For one registration, or one recognition (who spoke, taught, hosted, was a finalist or won), of an event "
        "that you run. Where a valid one exists, it is returned (200).",
        request=IssueSerializer,
        responses={201: CertificateSerializer, 200: CertificateSerializer, **problems(409)},
    )
    def create(self, request: Request) -> Response:
        """Issue one."""
        asked = read(IssueSerializer, request)
        events, by, language = events_visible_to(request.user), person_of(request), asked["language"]
        if asked["recognition"] is not None:
            recognition = Recognition.objects.filter(event__in=events, pk=asked["recognition"])
            which = recognition.select_related("event__organising_centre", "person").first()
            if which is None:
                raise Invalid({"recognition": [_("There is no such recognition that you may see.")]})
            known = set(which.certificates.values_list("pk", flat=True))
            certificate = actions.issue_recognition(recognition=which, by=by, language=language)
        else:
            registrations = Registration.objects.filter(event__in=events, pk=asked["registration"])
            registration = registrations.select_related("event__organising_centre", "person").first()
            if registration is None:
                raise Invalid({"registration": [_("There is no such registration that you may see.")]})
            known = set(registration.certificates.values_list("pk", flat=True))
            kind = Certificate.Kind(asked["kind"])
            certificate = actions.issue(registration=registration, by=by, language=language, kind=kind)
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
        summary="Tell the holder again",
        description="Sends the mail once more that says where the certificate is. For who runs the event.",
        parameters=[NUMBER],
        request=None,
        responses={204: None, **problems(403, 409)},
    )
    @action(methods=["post"], detail=True)
    def send(self, request: Request, number: str) -> Response:
        """Send it again."""
        actions.send_again(certificate=self.get_object(), by=person_of(request))
        return Response(status=204)

    @extend_schema(
        summary="What those are told who check it",
        description="The holder chooses: the whole name, the initials, or nothing but whether a name that is typed is right.",
        parameters=[NUMBER],
        request=DisclosureSerializer,
        responses=CertificateSerializer,
    )
    @action(methods=["post"], detail=True)
    def disclosure(self, request: Request, number: str) -> Response:
        """Choose."""
        wanted = read(DisclosureSerializer, request)["disclosure"]
        certificate = choose_disclosure(certificate=self.get_object(), disclosure=wanted, by=person_of(request))
        return Response(CertificateSerializer(certificate).data)

    @extend_schema(
        operation_id="certificates_archive",
        summary="Certificates of the events that you run, as a ZIP",
        description="Those that the filters find, such as all issued between two days, with `register.csv`, which lists the "
        "revoked ones too.",
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **problems(403)},
    )
    @action(detail=False, renderer_classes=[ZIPRenderer, JSONRenderer], pagination_class=None)
    def archive(self, request: Request) -> HttpResponseBase:
        """The files."""
        require(request.user, "network.use_desk")
        return archive_response(self.filter_queryset(self.get_queryset()), "certificates.zip")

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
