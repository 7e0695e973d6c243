"""Evidence over HTTP: its files, and the pack."""

from typing import Any

from django.conf import settings
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import ViewSet

from events.attendance import files
from events.attendance.evidence import actions, queries
from events.attendance.evidence.pack import pack_response
from events.attendance.models import EvidenceFile
from events.programme.models import Event
from events.registrations.api.registrations import AT_EVENT, ID, SLUG, visible_event
from events.registrations.models import Registration
from network.api.endpoints import person_of, read
from network.api.parsing import MultiPart
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.errors import Invalid
from network.rules import require

OF_FILE = OpenApiParameter("file", OpenApiTypes.INT, OpenApiParameter.PATH, description="A file of the event.")
IN_LANGUAGE = OpenApiParameter(
    "language",
    OpenApiTypes.STR,
    enum=[code for code, _name in settings.LANGUAGES],
    description="The language of tables and papers; without, that of the request.",
)
UNDER = rf"events/(?P<slug>{SLUG})/evidence"
KINDS = [EvidenceFile.Kind.SHEET.value, EvidenceFile.Kind.OTHER.value]


def register(router: BaseRouter) -> None:
    """Put these endpoints under the API root."""
    router.register(UNDER, Files, basename="api-evidence")
    router.register(UNDER, File, basename="api-evidence-file")


def addresses() -> list[URLPattern]:
    """The pack of an event."""
    return [path("events/<slug:slug>/evidence.zip", Pack.as_view({"get": "retrieve"}), name="api-evidence-pack")]


class EvidenceFileSerializer(serializers.Serializer[EvidenceFile]):
    """A file that proves who was there."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.ChoiceField(choices=EvidenceFile.Kind.choices)
    session = serializers.IntegerField(source="session_id", allow_null=True, help_text="Null: of the whole event.")
    name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    note = serializers.CharField()
    uploaded_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True, help_text="It is kept, and is not in the pack.")


class EvidenceScanInput(serializers.Serializer[Any]):
    """A scan of a signed sheet, or other evidence."""

    file = serializers.FileField(max_length=200, allow_empty_file=True)
    kind = serializers.ChoiceField(choices=KINDS, default=EvidenceFile.Kind.SHEET.value)
    session = serializers.IntegerField(required=False, min_value=1, max_value=2**53, help_text="None: of the whole event.")
    note = serializers.CharField(required=False, max_length=actions.NOTE_LENGTH, allow_blank=True)


class WhoSignedInput(serializers.Serializer[Any]):
    """Who signed."""

    registrations = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=2**53), max_length=1000)


class WhoSignedResult(serializers.Serializer[Any]):
    """What it came to."""

    recorded = serializers.IntegerField(help_text="Who is present and was not.")


class ZIPRenderer(BaseRenderer):
    """Lets a client ask for ``application/zip``; the view answers with the file itself."""

    media_type = "application/zip"
    format = "zip"


class AnyRenderer(BaseRenderer):
    """Whatever somebody accepts, a file is what it is."""

    media_type = "*/*"
    format = "file"


def event_of(request: Request, slug: str) -> Event:
    """The event, for who may record its attendance."""
    event = visible_event(request, slug)
    require(request.user, "events.record_attendance", event)
    return event


class Files(ViewSet):
    """Files that prove who was there. For who runs the event."""

    permission_classes = [SignedIn]
    parser_classes = [MultiPart]

    @extend_schema(
        operation_id="events_evidence_list",
        parameters=[AT_EVENT],
        responses={200: EvidenceFileSerializer(many=True), **problems(403, 404)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """All of them, also those that were withdrawn, without pages. Of webinars the reports that are recorded."""
        found = queries.files_of(event_of(request, slug))
        return Response(EvidenceFileSerializer(found, many=True).data)  # type: ignore[arg-type]

    @extend_schema(
        operation_id="events_evidence_create",
        parameters=[AT_EVENT],
        request={"multipart/form-data": EvidenceScanInput},
        responses={201: EvidenceFileSerializer, **problems(403, 404)},
    )
    def create(self, request: Request, slug: str) -> Response:
        """Keep the scan of a signed sheet, or other evidence: a PDF or a picture. The same file twice is kept once."""
        event = event_of(request, slug)
        sent = read(EvidenceScanInput, request)
        session = event.sessions.filter(pk=sent["session"]).first() if "session" in sent else None
        if "session" in sent and session is None:
            raise Invalid({"session": ["This is no session of this event."]})
        file = actions.keep_scan(
            event=event,
            session=session,
            upload=sent["file"],
            by=person_of(request),
            kind=sent["kind"],
            note=sent.get("note", ""),
        )
        return Response(EvidenceFileSerializer(file).data, status=201)


class File(ViewSet):
    """One of them."""

    permission_classes = [SignedIn]
    lookup_url_kwarg = "file"
    lookup_value_regex = ID

    @extend_schema(
        operation_id="events_evidence_withdraw",
        parameters=[AT_EVENT, OF_FILE],
        responses={200: EvidenceFileSerializer, **problems(403, 404, 409)},
    )
    def destroy(self, request: Request, slug: str, file: str) -> Response:
        """Withdraw a scan that was put there by mistake. It is kept, and is not in the pack."""
        return Response(EvidenceFileSerializer(actions.withdraw(file=self.file(), by=person_of(request))).data)

    @extend_schema(
        operation_id="events_evidence_record_signed",
        parameters=[AT_EVENT, OF_FILE],
        request=WhoSignedInput,
        responses={200: WhoSignedResult, **problems(403, 404, 409)},
    )
    @action(detail=True, methods=["post"])
    def signed(self, request: Request, slug: str, file: str) -> Response:
        """Record those who signed a sheet as present at its session: all or none."""
        found = self.file()
        wanted = set(read(WhoSignedInput, request)["registrations"])
        registrations = list(Registration.objects.filter(event=found.event, pk__in=wanted))
        if missing := wanted - {one.pk for one in registrations}:
            numbers = ", ".join(str(number) for number in sorted(missing))
            raise Invalid({"registrations": [f"Not registered for this event: {numbers}."]})
        count = actions.record_signed(file=found, registrations=registrations, by=person_of(request))
        return Response({"recorded": count})

    @extend_schema(
        operation_id="events_evidence_download",
        parameters=[AT_EVENT, OF_FILE],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **problems(403, 404)},
    )
    @action(detail=True, methods=["get"], renderer_classes=[JSONRenderer, AnyRenderer])
    def content(self, request: Request, slug: str, file: str) -> HttpResponseBase:
        """The file as it came."""
        try:
            return files.served(self.file())
        except FileNotFoundError:
            raise Http404 from None

    def file(self) -> EvidenceFile:
        """The file of the address."""
        event = event_of(self.request, self.kwargs["slug"])
        file = queries.files_of(event).filter(pk=self.kwargs["file"]).first()
        if file is None:
            raise Http404
        file.event = event
        return file


class Pack(ViewSet):
    """Everything that an auditor asks for."""

    permission_classes = [SignedIn]
    renderer_classes = [ZIPRenderer, JSONRenderer]

    @extend_schema(
        operation_id="events_evidence_pack_retrieve",
        parameters=[AT_EVENT, IN_LANGUAGE],
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **problems(403, 404)},
    )
    def retrieve(self, request: Request, slug: str) -> HttpResponseBase:
        """One ZIP with programme, registrations, attendance and its changes, scans, reports, certificates and hashes.

        Begin with `00-overview.pdf`: it has the key figures and says how each is counted again from the tables.
        """
        event = event_of(request, slug)
        language = request.query_params.get("language") or get_language() or settings.LANGUAGE_CODE
        if language not in dict(settings.LANGUAGES):
            raise Invalid({"language": [f"Use one of: {', '.join(dict(settings.LANGUAGES))}."]})
        return pack_response(event, language)
