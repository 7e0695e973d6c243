"""Check-in over HTTP: a desk's list for when the network is away, its scans, the screen's code, and checking in oneself."""

from typing import Any

from django.conf import settings
from django.http import Http404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import ViewSet

from events.attendance.checking import door, offline, scanning
from events.attendance.checking.limits import CheckingIn
from events.attendance.models import Door
from events.programme.models import Event, Session
from events.registrations.api.registrations import AT_EVENT, ID, SLUG, ParticipantSerializer, visible_event
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import ETAG, IF_NONE_MATCH, problems
from network.rules import require

AT_SESSION = OpenApiParameter("session", OpenApiTypes.INT, OpenApiParameter.PATH, description="A session of the event.")
MOST_AT_ONCE = 500
DEVICE = r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$"


def register(router: BaseRouter) -> None:
    """Put these endpoints under the API root."""
    router.register(rf"events/(?P<slug>{SLUG})/sessions/(?P<session>{ID})/scans", Scans, basename="api-scan")
    router.register("check-in", OwnCheckIn, basename="api-own-check-in")


def addresses() -> list[URLPattern]:
    """What a session has one of: no list, and so not for the router."""
    one_door = Doors.as_view({"get": "retrieve", "put": "update", "delete": "destroy"})
    one_list = OfflineList.as_view({"get": "retrieve"})
    return [
        path("events/<slug:slug>/sessions/<int:session>/door/", one_door, name="api-door"),
        path("events/<slug:slug>/sessions/<int:session>/check-in-list/", one_list, name="api-check-in-list"),
    ]


class OfflineListSerializer(serializers.Serializer[Any]):
    """What a desk keeps to check people in without a network. How it is sealed: events/attendance/checking/offline.py."""

    session = serializers.IntegerField()
    salt = serializers.CharField(help_text="Of the session, in base64url.")
    opens_at = serializers.DateTimeField(help_text="From when on people can be checked in.")
    expires_at = serializers.DateTimeField(help_text="When the list is to be deleted where it is kept.")
    people = serializers.DictField(
        child=serializers.CharField(),
        help_text="By key, a hash of the ticket’s code: a nonce and the sealed record, in base64url. Only the code opens it.",
    )
    present = serializers.DictField(
        child=serializers.DateTimeField(), help_text="Who is checked in, by the same key, and since when."
    )


class ScanInput(serializers.Serializer[Any]):
    """One check-in or undoing, noted by a desk."""

    id = serializers.UUIDField(help_text="Made where it is noted. Sent again with the same number, it counts once.")
    key = serializers.RegexField(
        r"^[A-Za-z0-9_-]{22}$", required=False, help_text="The ticket’s key in the offline list; or else `code`."
    )
    code = serializers.CharField(required=False, max_length=60, help_text="The ticket’s code, as it was read or typed.")
    present = serializers.BooleanField(help_text="`true` checks in, `false` takes a check-in back.")
    at = serializers.DateTimeField(
        help_text="When it was noted, by the device’s clock put right by its distance from ours (`now` of the last answer)."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the two says whose it is."""
        if bool(attrs.get("key")) is bool(attrs.get("code")):
            raise serializers.ValidationError({"key": ["Send either the key or the code."]})
        return attrs


class ScansInput(serializers.Serializer[Any]):
    """What a desk noted since it last had a network."""

    device = serializers.RegexField(
        DEVICE, max_length=40, required=False, default="", allow_blank=True, help_text="What the desk calls itself."
    )
    scans = ScanInput(many=True)

    def validate_scans(self, value: list[Any]) -> list[Any]:
        """Not more at once than one transaction should hold."""
        if len(value) > MOST_AT_ONCE:
            raise serializers.ValidationError(f"At most {MOST_AT_ONCE} at once.")
        return value


class ScanAnswerSerializer(serializers.Serializer[Any]):
    """What became of a scan."""

    id = serializers.UUIDField()
    problem = serializers.CharField(
        allow_blank=True,
        help_text="Empty if it was followed; else `unknown_ticket`, `misread_ticket`, `not_confirmed`, `other_session`, "
        "`too_early`, `event_not_on` or `number_taken`.",
    )
    detail = serializers.CharField(allow_blank=True, help_text="The problem in words.")
    at = serializers.DateTimeField(
        allow_null=True, help_text="The moment that counts: yours, or ours if yours lay ahead. Null if nothing was kept."
    )
    registration = serializers.IntegerField(source="registration.pk", allow_null=True, default=None)
    person = ParticipantSerializer(source="registration.person", allow_null=True, default=None)
    present = serializers.SerializerMethodField()
    checked_in_at = serializers.DateTimeField(source="record.checked_in_at", allow_null=True, default=None)

    def get_present(self, answer: scanning.Answer) -> bool:
        """Whether the person is checked in now, whatever came of this scan."""
        return answer.record is not None


class ScansResult(serializers.Serializer[Any]):
    """The answers, in the order of what was sent."""

    now = serializers.DateTimeField(help_text="Our clock.")
    answers = ScanAnswerSerializer(many=True)


class NotFollowedSerializer(serializers.Serializer[Any]):
    """A check-in that arrived and could not be followed, of somebody who is not checked in."""

    id = serializers.UUIDField()
    registration = serializers.IntegerField(source="registration.pk")
    person = ParticipantSerializer(source="registration.person")
    at = serializers.DateTimeField()
    device = serializers.CharField()
    problem = serializers.CharField()
    detail = serializers.CharField(help_text="The problem in words.")


class DoorSerializer(serializers.Serializer[Any]):
    """The code for the room's screen."""

    is_open = serializers.BooleanField()
    code = serializers.CharField(allow_null=True, help_text="Null while it is closed.")
    changes_at = serializers.DateTimeField(allow_null=True, help_text="When the next code follows.")
    address = serializers.URLField(allow_null=True, help_text="Where one checks oneself in with it: for a QR.")


class OwnCheckInInput(serializers.Serializer[Any]):
    """What the screen shows."""

    code = serializers.CharField(max_length=60)


class OwnCheckInSerializer(serializers.Serializer[Any]):
    """Where you are checked in now."""

    registration = serializers.IntegerField(source="registration.pk")
    event = serializers.CharField(source="session.event.slug")
    session = serializers.IntegerField(source="session.pk")
    checked_in_at = serializers.DateTimeField()


class OfflineList(ViewSet):
    """The encrypted list of a session. For who runs the event."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_sessions_check_in_list_retrieve",
        parameters=[AT_EVENT, AT_SESSION, IF_NONE_MATCH, ETAG],
        responses={200: OfflineListSerializer, 304: None, **problems(403)},
    )
    def retrieve(self, request: Request, slug: str, session: int) -> Response:
        """The list, unless the `ETag` is the one that you have. A lost copy reveals nobody: a ticket’s code opens its entry."""
        found = offline.offline_list(session_to_record(request, slug, session))
        etag = f'"{found.etag}"'
        asked = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
        response = Response(status=304) if etag in asked else Response(OfflineListSerializer(found.body()).data)
        response["ETag"] = etag
        response["Cache-Control"] = "private, no-cache"
        return response


class Scans(ViewSet):
    """What desks note at the door. For who runs the event."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_sessions_scans_list",
        parameters=[AT_EVENT, AT_SESSION],
        responses={200: NotFollowedSerializer(many=True), **problems(403)},
    )
    def list(self, request: Request, slug: str, session: str) -> Response:
        """Check-ins that could not be followed, of people who are not checked in now: somebody should look at them."""
        rows = scanning.not_followed(session_to_record(request, slug, session))
        shown = [
            {
                "id": scan.pk,
                "registration": scan.registration,
                "at": scan.at,
                "device": scan.device,
                "problem": scan.problem,
                "detail": detail,
            }
            for scan, detail in rows
        ]
        return Response(NotFollowedSerializer(shown, many=True).data)

    @extend_schema(
        operation_id="events_sessions_scans_create",
        parameters=[AT_EVENT, AT_SESSION],
        request=ScansInput,
        responses={200: ScansResult},
    )
    def create(self, request: Request, slug: str, session: str) -> Response:
        """Send what was noted, perhaps without a network and long ago. Each counts once, however often it is sent.

        Among the scans of a person the one with the latest `at` decides, whoever sends first. Each is answered by itself:
        one that cannot be followed does not hold up the others.
        """
        found = session_to_record(request, slug, session)
        body = read(ScansInput, request)
        answers = scanning.receive(
            session=found,
            sent=[scanning.Sent(**scan) for scan in body["scans"]],
            by=person_of(request),
            device=body["device"],
        )
        return Response(ScansResult({"now": timezone.now(), "answers": answers}).data)


class Doors(ViewSet):
    """The rotating code of a session's room. For who runs the event."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_sessions_door_retrieve",
        parameters=[AT_EVENT, AT_SESSION],
        responses={200: DoorSerializer, **problems(403)},
    )
    def retrieve(self, request: Request, slug: str, session: int) -> Response:
        """The code that the screen shows now."""
        return _told(door.door_of(session_to_record(request, slug, session)))

    @extend_schema(
        operation_id="events_sessions_door_open",
        parameters=[AT_EVENT, AT_SESSION],
        request=None,
        responses={200: DoorSerializer, **problems(409)},
    )
    def update(self, request: Request, slug: str, session: int) -> Response:
        """Let participants check themselves in. Doing it twice changes nothing."""
        return _told(door.open_door(session=session_to_record(request, slug, session), by=person_of(request)))

    @extend_schema(operation_id="events_sessions_door_close", parameters=[AT_EVENT, AT_SESSION], responses={204: None})
    def destroy(self, request: Request, slug: str, session: int) -> Response:
        """End it."""
        door.close_door(session=session_to_record(request, slug, session), by=person_of(request))
        return Response(status=204)


class OwnCheckIn(ViewSet):
    """Checking in oneself."""

    permission_classes = [SignedIn]
    throttle_classes = [CheckingIn]

    @extend_schema(
        operation_id="check_in_create", request=OwnCheckInInput, responses={200: OwnCheckInSerializer, **problems(409)}
    )
    def create(self, request: Request) -> Response:
        """Check yourself in with the code that the screen in the room shows. It is good for a minute at most."""
        person = person_of(request)
        body = read(OwnCheckInInput, request)
        registrations = list(door.at_events_on(person))
        record = door.check_in_oneself(registrations=registrations, code=body["code"], by=person)
        return Response(OwnCheckInSerializer(record).data)


def session_to_record(request: Request, slug: str, session: str | int) -> Session:
    """A session whose attendance the person may record; 404 if they may not see it, NotAllowed if they do not run it."""
    event: Event = visible_event(request, slug)
    require(request.user, "events.record_attendance", event)
    found = event.sessions.filter(pk=session).first()
    if found is None:
        raise Http404
    found.event = event
    return found


def check_in_address(code: str) -> str:
    """Where the screen's QR code leads."""
    return f"{settings.SITE_URL}{reverse('check_in')}?code={code}"


def _told(open_door: Door | None) -> Response:
    now = timezone.now()
    code = door.code_at(open_door, now) if open_door else None
    facts = {
        "is_open": open_door is not None,
        "code": code,
        "changes_at": door.changes_at(now) if open_door else None,
        "address": check_in_address(code) if code else None,
    }
    response = Response(DoorSerializer(facts).data)
    response["Cache-Control"] = "no-store"
    return response
