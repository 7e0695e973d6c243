"""The attendance wing over HTTP, for programs."""

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import ViewSet

from events.attendance import actions
from events.attendance.queries import RosterRow, roster
from events.programme.models import Event, Session
from events.registrations.api.registrations import AT_EVENT, ID, SLUG, ParticipantSerializer, visible_event
from events.registrations.models import Registration
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.errors import Invalid
from network.rules import require

AT_SESSION = OpenApiParameter("session", OpenApiTypes.INT, OpenApiParameter.PATH, description="A session of the event.")
OF_REGISTRATION = OpenApiParameter("registration", OpenApiTypes.INT, OpenApiParameter.PATH, description="A registration.")
MOST_AT_ONCE = 1000


def register(router: BaseRouter) -> None:
    """Put this wing's endpoints under the API root."""
    router.register(rf"events/(?P<slug>{SLUG})/sessions/(?P<session>{ID})/roster", Roster, basename="api-roster")


class RosterRowSerializer(serializers.Serializer[RosterRow]):
    """A participant with a confirmed place, and whether they are there."""

    registration = serializers.IntegerField(source="registration.pk")
    person = ParticipantSerializer(source="registration.person")
    present = serializers.BooleanField()
    checked_in_at = serializers.DateTimeField(source="record.checked_in_at", allow_null=True, default=None)


class PresenceInput(serializers.Serializer[Any]):
    """Many people at once."""

    registrations = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=2**53), max_length=MOST_AT_ONCE)
    present = serializers.BooleanField(help_text="`true` checks in, `false` takes check-ins back.")


class PresenceResult(serializers.Serializer[Any]):
    """What it came to."""

    changed = serializers.IntegerField(help_text="How many were not in this state before.")


class Roster(ViewSet):
    """Who is expected at a session and who came. For who runs the event."""

    permission_classes = [SignedIn]
    lookup_url_kwarg = "registration"
    lookup_value_regex = ID

    @extend_schema(
        operation_id="events_sessions_roster_list",
        parameters=[AT_EVENT, AT_SESSION],
        responses={200: RosterRowSerializer(many=True), **problems(403)},
    )
    def list(self, request: Request, slug: str, session: str) -> Response:
        """Everybody who takes part in the session with a confirmed place, by name: a list for the door, without pages."""
        return Response(RosterRowSerializer(roster(self._session()), many=True).data)  # type: ignore[arg-type]

    @extend_schema(
        operation_id="events_sessions_roster_set",
        parameters=[AT_EVENT, AT_SESSION],
        request=PresenceInput,
        responses={200: PresenceResult, **problems(409)},
    )
    def create(self, request: Request, slug: str, session: str) -> Response:
        """Check in, or undo, many people at once: all or none."""
        found = self._session()
        body = read(PresenceInput, request)
        wanted = set(body["registrations"])
        registrations = list(Registration.objects.filter(event=found.event, pk__in=wanted))
        if missing := wanted - {registration.pk for registration in registrations}:
            numbers = ", ".join(str(number) for number in sorted(missing))
            raise Invalid({"registrations": [f"Not registered for this event: {numbers}."]})
        changed = actions.set_present(
            session=found,
            registrations=registrations,
            present=body["present"],
            by=person_of(request),
        )
        return Response({"changed": changed})

    @extend_schema(
        operation_id="events_sessions_roster_check_in",
        parameters=[AT_EVENT, AT_SESSION, OF_REGISTRATION],
        request=None,
        responses={200: RosterRowSerializer, **problems(409)},
    )
    def update(self, request: Request, slug: str, session: str, registration: str) -> Response:
        """Check somebody in. Doing it twice changes nothing."""
        found = self._session()
        chosen = self._registration(found)
        record = actions.check_in(registration=chosen, session=found, by=person_of(request))
        return Response(RosterRowSerializer(RosterRow(chosen, record)).data)

    @extend_schema(
        operation_id="events_sessions_roster_undo",
        parameters=[AT_EVENT, AT_SESSION, OF_REGISTRATION],
        responses={204: None, **problems(409)},
    )
    def destroy(self, request: Request, slug: str, session: str, registration: str) -> Response:
        """Take a check-in back. Undoing what is not there changes nothing."""
        found = self._session()
        actions.undo_check_in(registration=self._registration(found), session=found, by=person_of(request))
        return Response(status=204)

    def _session(self) -> Session:
        event = event_to_record(self.request, self.kwargs["slug"])
        session = event.sessions.filter(pk=self.kwargs["session"]).first()
        if session is None:
            raise Http404
        session.event = event
        return session

    def _registration(self, session: Session) -> Registration:
        found = Registration.objects.select_related("person__organisation").filter(
            event=session.event, pk=self.kwargs["registration"]
        )
        registration = found.first()
        if registration is None:
            raise Http404
        return registration


def event_to_record(request: Request, slug: str) -> Event:
    """An event whose attendance the person may record; 404 if they may not see it, NotAllowed if they do not run it."""
    event = visible_event(request, slug)
    require(request.user, "events.record_attendance", event)
    return event
