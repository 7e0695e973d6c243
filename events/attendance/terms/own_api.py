"""A participant's own report over HTTP: whether one is asked for, what was handed in, and handing it in."""

from typing import Any

from django.http import FileResponse, Http404
from django.urls import URLPattern, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.viewsets import ViewSet

from events.attendance.models import AttendanceTerms, HandedIn
from events.attendance.terms import handing_in
from events.attendance.terms.api import HandedInSerializer
from events.registrations.api.questions import FileRenderer, Upload
from events.registrations.api.registrations import OWN, own_registration
from events.registrations.asking.files import EXTENSIONS
from events.registrations.models import Registration
from network.api.endpoints import person_of, read
from network.api.parsing import MultiPart
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.api.throttling import ByEndpoint, People


def addresses() -> list[URLPattern]:
    """What a registration has one of."""
    report = OwnReport.as_view({"get": "retrieve", "put": "update"})
    return [
        path("registrations/<int:registration>/report/", report, name="api-own-report"),
        path("registrations/<int:registration>/report/file/", OwnFile.as_view({"get": "retrieve"}), name="api-own-report-file"),
    ]


class OwnReportSerializer(serializers.Serializer[Any]):
    """Your report, and whether it can be handed in."""

    is_needed = serializers.BooleanField(help_text="The certificate needs a report.")
    closed = serializers.CharField(help_text="Why none can be handed in or replaced, in your language; empty if it can.")
    report = HandedInSerializer(allow_null=True, help_text="Null: none was handed in.")


class OwnReportInput(serializers.Serializer[Any]):
    """The report: a PDF or a picture. What it is, is judged by its content."""

    file = Upload()


class OwnReport(ViewSet):
    """The report of a participant. For the participant alone."""

    permission_classes = [SignedIn]
    parser_classes = [MultiPart]
    throttle_scope = "self-service"

    def get_throttles(self) -> list[BaseThrottle]:
        """Handing in is limited as on the page, in one allowance."""
        return [ByEndpoint(), People()] if self.action == "update" else super().get_throttles()

    @extend_schema(operation_id="registrations_report_retrieve", parameters=[OWN], responses=OwnReportSerializer)
    def retrieve(self, request: Request, registration: int) -> Response:
        """Whether your certificate needs a report, and what you have handed in. 404 where the registration is not yours."""
        return Response(_shown(own_registration(request, registration)))

    @extend_schema(
        operation_id="registrations_report_hand_in",
        parameters=[OWN],
        request={"multipart/form-data": OwnReportInput},
        responses={200: OwnReportSerializer, **problems(409)},
    )
    def update(self, request: Request, registration: int) -> Response:
        """Hand in your report, or put another in its place, until the certificate is issued."""
        found = own_registration(request, registration)
        upload = read(OwnReportInput, request)["file"]
        handing_in.hand_in(registration=found, upload=upload, by=person_of(request))
        return Response(_shown(found))


class OwnFile(ViewSet):
    """The file of the report."""

    permission_classes = [SignedIn]
    renderer_classes = [JSONRenderer, FileRenderer]

    @extend_schema(
        operation_id="registrations_report_file",
        parameters=[OWN],
        responses={(200, kind): OpenApiTypes.BINARY for kind in EXTENSIONS} | problems(404),
    )
    def retrieve(self, request: Request, registration: int) -> FileResponse:
        """What you handed in, as it came. 404 where the organiser only noted that they have it."""
        report = HandedIn.objects.filter(registration=own_registration(request, registration)).first()
        try:
            if report is not None:
                return handing_in.served(report)
        except FileNotFoundError:
            pass
        raise Http404


def _shown(registration: Registration) -> dict[str, Any]:
    said = {
        "is_needed": AttendanceTerms.objects.filter(event=registration.event_id, needs_report=True).exists(),
        "closed": handing_in.closed(registration),
        "report": HandedIn.objects.filter(registration=registration).first(),
    }
    return dict(OwnReportSerializer(said).data)
