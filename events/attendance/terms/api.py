"""Hours over HTTP: what everybody's came to, how one's came about, what a certificate needs, and reports that are there."""

from typing import Any

from django.http import Http404
from django.urls import URLPattern, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import ViewSet

from events.attendance.hours import Attendance, attendance_of_event, in_words
from events.attendance.models import AttendanceRecord, AttendanceTerms, HandedIn
from events.attendance.terms import actions, handing_in
from events.attendance.terms.explaining import Explanation, Line, explain
from events.programme.models import Event
from events.registrations.api.registrations import AT_EVENT, ID, SLUG, ParticipantSerializer, visible_event
from events.registrations.models import Registration
from events.registrations.queries import of_event
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.rules import require

OF_REGISTRATION = OpenApiParameter("registration", OpenApiTypes.INT, OpenApiParameter.PATH, description="A registration.")
LACKS = ["hours", "session", "evaluation", "report"]


def register(router: BaseRouter) -> None:
    """Put these endpoints under the API root."""
    router.register(rf"events/(?P<slug>{SLUG})/attendance", Hours, basename="api-attendance")


def addresses() -> list[URLPattern]:
    """What an event or a registration has one of: no list, and so not for the router."""
    terms = Terms.as_view({"get": "retrieve", "put": "update"})
    report = Report.as_view({"put": "update", "delete": "destroy"})
    return [
        path("events/<slug:slug>/attendance-terms/", terms, name="api-attendance-terms"),
        path("events/<slug:slug>/attendance/<int:registration>/report/", report, name="api-attendance-report"),
    ]


class MissingSerializer(serializers.Serializer[Any]):
    """Something that is still missing for a certificate."""

    code = serializers.ChoiceField(choices=LACKS)
    session = serializers.IntegerField(allow_null=True, help_text="The session that was not attended, if it is one.")
    words = serializers.CharField(help_text="In your language.")


class HoursSerializer(serializers.Serializer[Any]):
    """How much of the event a participant attended."""

    registration = serializers.IntegerField()
    person = ParticipantSerializer()
    sessions = serializers.IntegerField(help_text="Those for everybody, and those that the participant chose.")
    sessions_attended = serializers.IntegerField(help_text="Those at which they were for the event’s share of the time.")
    minutes = serializers.IntegerField(allow_null=True, help_text="Null for whole days without stated minutes.")
    minutes_attended = serializers.IntegerField(allow_null=True)
    share = serializers.FloatField(min_value=0, max_value=1, help_text="Attended part of the event, from 0 to 1.")
    earned = serializers.BooleanField(help_text="Whether it is enough for a certificate.")
    missing = MissingSerializer(many=True, help_text="What is still missing, if it is not.")


class HoursLineSerializer(serializers.Serializer[Any]):
    """One session in which the participant takes part."""

    session = serializers.IntegerField()
    title = serializers.CharField()
    present = serializers.BooleanField()
    attended = serializers.BooleanField(help_text="For the event’s share of the session.")
    is_required = serializers.BooleanField(help_text="A certificate needs it.")
    minutes = serializers.IntegerField(allow_null=True, help_text="Of those that the session counts.")
    minutes_of_session = serializers.IntegerField(allow_null=True, help_text="Null for whole days without stated minutes.")
    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=AttendanceRecord.Source.choices, allow_null=True
    )
    recorded_by = serializers.CharField(allow_null=True)
    recorded_at = serializers.DateTimeField(allow_null=True)
    spans = serializers.ListField(
        child=serializers.ListField(child=serializers.DateTimeField()), help_text="When they were connected: from, to."
    )
    evidence = serializers.CharField(allow_null=True, help_text="SHA-256 of the file on which it rests.")
    why = serializers.CharField(help_text="In your language.")


class HandedInSerializer(serializers.Serializer[HandedIn]):
    """A report that was handed in."""

    handed_in_at = serializers.DateTimeField()
    name = serializers.CharField(help_text="Of the file; empty where the organiser noted that they have it.")
    size = serializers.IntegerField(help_text="In bytes.")
    sha256 = serializers.CharField()


class ExplanationSerializer(HoursSerializer):
    """A participant's hours with how they came about: the minutes of the lines add up to theirs."""

    lines = HoursLineSerializer(many=True)
    report = HandedInSerializer(allow_null=True)


class TermsSerializer(serializers.Serializer[Any]):
    """What a certificate of attendance needs."""

    share = serializers.IntegerField(read_only=True, help_text="Per cent of the hours: `attendance_share` of the event.")
    required_sessions = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**53),
        max_length=500,
        help_text="Sessions that must be attended; of one to choose, only by who chose it.",
    )
    needs_evaluation = serializers.BooleanField(help_text="It cannot be switched on once somebody has answered.")
    needs_report = serializers.BooleanField()


class Hours(ViewSet):
    """The hours of an event's participants. For who runs the event."""

    permission_classes = [SignedIn]
    lookup_url_kwarg = "registration"
    lookup_value_regex = ID

    @extend_schema(
        operation_id="events_attendance_list",
        parameters=[AT_EVENT],
        responses={200: HoursSerializer(many=True), **problems(403)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """How much of the event everybody with a confirmed place attended, by name, without pages."""
        event = _event(request, slug)
        hours = attendance_of_event(event)
        confirmed = of_event(event, state=Registration.State.CONFIRMED)
        rows = [_row(one, hours[one.pk], event) for one in confirmed if one.pk in hours]
        return Response(HoursSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="events_attendance_retrieve",
        parameters=[AT_EVENT, OF_REGISTRATION],
        responses={200: ExplanationSerializer, **problems(403)},
    )
    def retrieve(self, request: Request, slug: str, registration: str) -> Response:
        """How one participant's hours came about, session by session."""
        found = _registration(_event(request, slug), int(registration))
        return Response(_explained(explain(found)))


class Report(ViewSet):
    """That a participant's report is there. For who runs the event."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_attendance_report_note",
        parameters=[AT_EVENT, OF_REGISTRATION],
        request=None,
        responses={200: HandedInSerializer, **problems(409)},
    )
    def update(self, request: Request, slug: str, registration: int) -> Response:
        """Note that you have the report. Where one was uploaded, it stays."""
        found = _registration(_event(request, slug), registration)
        return Response(HandedInSerializer(handing_in.note_report(registration=found, by=person_of(request))).data)

    @extend_schema(
        operation_id="events_attendance_report_take_back",
        parameters=[AT_EVENT, OF_REGISTRATION],
        responses={204: None, **problems(403, 409)},
    )
    def destroy(self, request: Request, slug: str, registration: int) -> Response:
        """Say that it is not there after all. A file is deleted."""
        found = _registration(_event(request, slug), registration)
        handing_in.take_back_report(registration=found, by=person_of(request))
        return Response(status=204)


class Terms(ViewSet):
    """What a certificate of an event needs. For who runs the event."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_attendance_terms_retrieve",
        parameters=[AT_EVENT],
        responses={200: TermsSerializer, **problems(403)},
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """What is needed: the share of the hours, and what there is besides."""
        return Response(_terms(_event(request, slug)))

    @extend_schema(
        operation_id="events_attendance_terms_set",
        parameters=[AT_EVENT],
        request=TermsSerializer,
        responses={200: TermsSerializer},
    )
    def update(self, request: Request, slug: str) -> Response:
        """State anew what is needed besides the share. It holds at once; certificates that were issued stay valid."""
        event = _event(request, slug)
        actions.set_terms(event=event, by=person_of(request), **read(TermsSerializer, request))
        return Response(_terms(event))


def _event(request: Request, slug: str) -> Event:
    """An event whose attendance the person may record; 404 if they may not see it, NotAllowed if they do not run it."""
    event = visible_event(request, slug)
    require(request.user, "events.record_attendance", event)
    return event


def _registration(event: Event, key: int) -> Registration:
    found = Registration.objects.filter(event=event, pk=min(key, 2**63 - 1)).select_related("person__organisation").first()
    if found is None:
        raise Http404
    found.event = event
    return found


def _row(registration: Registration, attended: Attendance, event: Event) -> dict[str, Any]:
    return {
        "registration": registration.pk,
        "person": registration.person,
        "sessions": attended.sessions,
        "sessions_attended": attended.sessions_attended,
        "minutes": attended.minutes,
        "minutes_attended": attended.minutes_attended,
        "share": attended.share,
        "earned": attended.earned,
        "missing": [
            {"code": one.code, "session": one.session, "words": in_words(one, attended, event)} for one in attended.missing
        ],
    }


def _explained(explanation: Explanation) -> dict[str, Any]:
    report = HandedIn.objects.filter(registration=explanation.registration).first()
    row = _row(explanation.registration, explanation.attendance, explanation.registration.event)
    lines = [_line(line) for line in explanation.lines]
    return dict(ExplanationSerializer({**row, "lines": lines, "report": report}).data)


def _line(line: Line) -> dict[str, Any]:
    record = line.record
    return {
        "session": line.session.pk,
        "title": str(line.session),
        "present": line.present,
        "attended": line.attended,
        "is_required": line.is_required,
        "minutes": line.minutes,
        "minutes_of_session": line.whole,
        "source": record.source if record else None,
        "recorded_by": str(record.recorded_by) if record and record.recorded_by else None,
        "recorded_at": record.checked_in_at if record else None,
        "spans": line.spans,
        "evidence": record.evidence.sha256 if record and record.evidence else None,
        "why": line.why,
    }


def _terms(event: Event) -> dict[str, Any]:
    terms = AttendanceTerms.objects.filter(event=event).first()
    required = terms.required_sessions.order_by("starts_at", "pk").values_list("pk", flat=True) if terms else []
    said = {
        "share": event.attendance_share,
        "required_sessions": list(required),
        "needs_evaluation": terms is not None and terms.needs_evaluation,
        "needs_report": terms is not None and terms.needs_report,
    }
    return dict(TermsSerializer(said).data)
