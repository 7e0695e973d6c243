"""Reports of webinars over HTTP: read one, look at what it says, record it."""

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import ViewSet

from events.attendance.models import ReportImport
from events.attendance.reports import actions
from events.attendance.reports.settling import preview
from events.programme.models import Session
from events.registrations.api.registrations import AT_EVENT, ID, SLUG, ParticipantSerializer, visible_event
from network.api.endpoints import person_of, read
from network.api.parsing import MultiPart
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.rules import require

AT_SESSION = OpenApiParameter("session", OpenApiTypes.INT, OpenApiParameter.PATH, description="A session of the event.")
OF_REPORT = OpenApiParameter("report", OpenApiTypes.INT, OpenApiParameter.PATH, description="A report that was read.")
UNDER = rf"events/(?P<slug>{SLUG})/sessions/(?P<session>{ID})/webinar-reports"
HOWS = ["email", "name", "doubtful", "not_here", "nobody", "chosen"]
CHANGES = ["new", "joined", "minutes", "same", "kept", "outside"]


def register(router: BaseRouter) -> None:
    """Put these endpoints under the API root."""
    router.register(UNDER, Reports, basename="api-webinar-reports")
    router.register(UNDER, Report, basename="api-webinar-report")


class WebinarReportUpload(serializers.Serializer[Any]):
    """A report as its tool exports it."""

    file = serializers.FileField(max_length=200, allow_empty_file=True)
    timezone = serializers.CharField(
        required=False, max_length=60, help_text="Whose clock its times are by, if it does not say so. Else the event's."
    )


class WebinarReportZone(serializers.Serializer[Any]):
    """Read it by another clock."""

    timezone = serializers.CharField(max_length=60, help_text="An IANA name.")


class WebinarPersonChoice(serializers.Serializer[Any]):
    """Who a person of the report is."""

    person = serializers.IntegerField(min_value=0, max_value=10**6, help_text="`index` of the person.")
    registration = serializers.IntegerField(min_value=1, max_value=2**53, allow_null=True, help_text="Null: nobody.")


class WebinarRecordInput(serializers.Serializer[Any]):
    """What to say of people of whom it is not sure who they are."""

    choices = WebinarPersonChoice(many=True, required=False)


class WebinarOutcomeSerializer(serializers.Serializer[Any]):
    """What it came to."""

    recorded = serializers.IntegerField(help_text="Who is present and was not.")
    changed = serializers.IntegerField(help_text="Whose minutes changed.")
    left_out = serializers.ListField(child=serializers.IntegerField(), help_text="Registrations that no longer take part.")


class WebinarPersonSerializer(serializers.Serializer[Any]):
    """A person of the report."""

    index = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()
    spans = serializers.ListField(child=serializers.ListField(child=serializers.DateTimeField()))
    minutes = serializers.IntegerField(allow_null=True, help_text="Where the report says how long, but not exactly when.")
    how = serializers.ChoiceField(choices=HOWS, help_text="How it is known who this is.")
    registration = serializers.IntegerField(allow_null=True, help_text="Who is recorded, if nothing else is said.")
    candidates = serializers.ListField(child=serializers.IntegerField(), help_text="Registrations that may be meant.")


class WebinarParticipantSerializer(serializers.Serializer[Any]):
    """A participant whom the report names."""

    registration = serializers.IntegerField()
    person = ParticipantSerializer()
    minutes = serializers.IntegerField(help_text="Within the session.")
    change = serializers.ChoiceField(choices=CHANGES, help_text="What recording it changes; `new`, `joined`, `minutes` write.")


class WebinarReportRow(serializers.Serializer[Any]):
    """A report that was read."""

    id = serializers.IntegerField(source="pk")
    tool = serializers.ChoiceField(choices=ReportImport.Tool.choices)
    state = serializers.ChoiceField(choices=ReportImport.State.choices)
    file = serializers.CharField(source="evidence.name")
    sha256 = serializers.CharField(source="evidence.sha256")
    timezone = serializers.CharField(source="reading.zone")
    is_timezone_stated = serializers.BooleanField(source="reading.is_zone_stated")
    read_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField(allow_null=True)


class WebinarReportSerializer(WebinarReportRow):
    """A report, what it says of each person, and what recording it changes."""

    people = WebinarPersonSerializer(many=True)
    participants = WebinarParticipantSerializer(many=True)


class _OfSession(ViewSet):
    permission_classes = [SignedIn]

    def session(self) -> Session:
        """The session of the address, for who may record its attendance."""
        event = visible_event(self.request, self.kwargs["slug"])
        require(self.request.user, "events.record_attendance", event)
        session = event.sessions.filter(pk=self.kwargs["session"]).first()
        if session is None:
            raise Http404
        session.event = event
        return session


class Reports(_OfSession):
    """Attendance reports of a session's webinar. For who runs the event."""

    parser_classes = [MultiPart]

    @extend_schema(
        operation_id="events_sessions_webinar_reports_list",
        parameters=[AT_EVENT, AT_SESSION],
        responses={200: WebinarReportRow(many=True), **problems(403, 404)},
    )
    def list(self, request: Request, slug: str, session: str) -> Response:
        """All that were read and not dropped, the latest first."""
        found = ReportImport.objects.filter(session=self.session()).exclude(state=ReportImport.State.DROPPED)
        return Response(WebinarReportRow(found.select_related("evidence").defer("people"), many=True).data)

    @extend_schema(
        operation_id="events_sessions_webinar_reports_read",
        parameters=[AT_EVENT, AT_SESSION],
        request={"multipart/form-data": WebinarReportUpload},
        responses={201: WebinarReportSerializer, **problems(403, 404, 409)},
    )
    def create(self, request: Request, slug: str, session: str) -> Response:
        """Read the report of Zoom, Teams, Webex or BigBlueButton. Nothing is recorded before `record`."""
        at = self.session()
        sent = read(WebinarReportUpload, request)
        report = actions.read_webinar_report(
            session=at, upload=sent["file"], by=person_of(request), zone=sent.get("timezone", "")
        )
        report.session = at
        return Response(shown(report), status=201)


class Report(_OfSession):
    """One of them."""

    lookup_url_kwarg = "report"
    lookup_value_regex = ID

    @extend_schema(
        operation_id="events_sessions_webinar_reports_retrieve",
        parameters=[AT_EVENT, AT_SESSION, OF_REPORT],
        responses={200: WebinarReportSerializer, **problems(403, 404)},
    )
    def retrieve(self, request: Request, slug: str, session: str, report: str) -> Response:
        """What it says of each person, and what recording it would change now."""
        return Response(shown(self.report()))

    @extend_schema(
        operation_id="events_sessions_webinar_reports_read_again",
        parameters=[AT_EVENT, AT_SESSION, OF_REPORT],
        request=WebinarReportZone,
        responses={200: WebinarReportSerializer, **problems(403, 404, 409)},
    )
    def partial_update(self, request: Request, slug: str, session: str, report: str) -> Response:
        """Read it by the clock of another zone."""
        found = self.report()
        again = actions.read_again(report=found, zone=read(WebinarReportZone, request)["timezone"], by=person_of(request))
        again.session = found.session
        return Response(shown(again))

    @extend_schema(
        operation_id="events_sessions_webinar_reports_drop",
        parameters=[AT_EVENT, AT_SESSION, OF_REPORT],
        responses={204: None, **problems(403, 404, 409)},
    )
    def destroy(self, request: Request, slug: str, session: str, report: str) -> Response:
        """Forget one that is not recorded."""
        actions.drop_report(report=self.report(), by=person_of(request))
        return Response(status=204)

    @extend_schema(
        operation_id="events_sessions_webinar_reports_record",
        parameters=[AT_EVENT, AT_SESSION, OF_REPORT],
        request=WebinarRecordInput,
        responses={200: WebinarOutcomeSerializer, **problems(403, 404, 409)},
    )
    @action(detail=True, methods=["post"])
    def record(self, request: Request, slug: str, session: str, report: str) -> Response:
        """Record who was there. Twice is once."""
        said = read(WebinarRecordInput, request).get("choices", [])
        choices = {choice["person"]: choice["registration"] for choice in said}
        outcome = actions.record_report(report=self.report(), choices=choices, by=person_of(request))
        left_out = [one.pk for one in outcome.left_out]
        return Response({"recorded": outcome.recorded, "changed": outcome.changed, "left_out": left_out})

    @extend_schema(
        operation_id="events_sessions_webinar_reports_take_back",
        parameters=[AT_EVENT, AT_SESSION, OF_REPORT],
        request=None,
        responses={200: WebinarReportSerializer, **problems(403, 404, 409)},
    )
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, slug: str, session: str, report: str) -> Response:
        """Undo what it recorded. It can then be recorded anew."""
        actions.take_back_report(report=self.report(), by=person_of(request))
        return Response(shown(self.report()))

    def report(self) -> ReportImport:
        """The report of the address."""
        session = self.session()
        found = ReportImport.objects.filter(session=session, pk=self.kwargs["report"]).exclude(state=ReportImport.State.DROPPED)
        report = found.select_related("evidence").first()
        if report is None:
            raise Http404
        report.session = session
        return report


def shown(report: ReportImport) -> Any:
    """A report as programs get it."""
    is_open = report.state == ReportImport.State.READ
    choices = None if is_open else {index: entry.get("registration") for index, entry in enumerate(report.people)}
    found = preview(report.session, report.people, choices)
    candidates = {asked.index: [one.pk for one in asked.match.candidates] for asked in found.asked}
    people = []
    for index, entry in enumerate(report.people):
        registration, how = found.taken[index]
        how = entry.get("how", how)
        people.append(
            {**entry, "index": index, "registration": registration, "how": how, "candidates": candidates.get(index, [])}
        )
    lines = [
        {
            "registration": line.registration.pk,
            "person": line.registration.person,
            "minutes": line.worth.minutes,
            "change": line.change,
        }
        for line in found.lines
    ]
    return {
        **WebinarReportRow(report).data,
        "people": WebinarPersonSerializer(people, many=True).data,
        "participants": _lines(lines),
    }


def _lines(lines: list[dict[str, Any]]) -> Any:
    return WebinarParticipantSerializer(lines, many=True).data
