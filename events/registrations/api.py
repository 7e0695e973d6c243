"""The registrations wing over HTTP, for programs."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import GenericViewSet, ViewSet

from events.programme.models import Event
from events.programme.queries import organised_by, visible_to
from events.registrations import actions, queries
from events.registrations.models import Registration
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.errors import Invalid
from network.models import Person
from network.rules import require

SLUG = "[-a-zA-Z0-9_]+"
ID = "[0-9]{1,18}"
AT_EVENT = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="The event.")


def register(router: BaseRouter) -> None:
    """Put this wing's endpoints under the API root."""
    router.register("registrations", Registrations, basename="api-registration")
    router.register(rf"events/(?P<slug>{SLUG})/invitations", Invitations, basename="api-invitation")


def visible_event(request: Request, slug: str) -> Event:
    """The event of that name, or 404 where the person may not see one."""
    event = visible_to(request.user).filter(slug=slug).first()
    if event is None:
        raise Http404
    return event


class EventReference(serializers.Serializer[Event]):
    """Which event."""

    slug = serializers.SlugField()
    title = serializers.CharField()


class ParticipantSerializer(serializers.Serializer[Person]):
    """Who is registered. Only the person and who runs the event see this."""

    name = serializers.CharField(source="get_full_name")
    email = serializers.EmailField()
    organisation = serializers.CharField(source="organisation.name", default="")


class RegistrationSerializer(serializers.Serializer[Registration]):
    """A person's registration for an event."""

    id = serializers.IntegerField()
    event = EventReference()
    person = ParticipantSerializer()
    state = serializers.ChoiceField(choices=Registration.State.choices)
    position = serializers.IntegerField(
        source="turn", allow_null=True, help_text="The place in the waiting list, from 1; null in every other state."
    )
    note = serializers.CharField(help_text="The person's note to the organiser.")
    reason = serializers.CharField(help_text="Why it was declined or cancelled.")
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField(help_text="When it came into this state.")


class RegistrationInput(serializers.Serializer[Any]):
    """A request for a place."""

    event = serializers.SlugField(help_text="The event's slug.", max_length=80)
    note = serializers.CharField(required=False, allow_blank=True, max_length=500, help_text="A note to the organiser.")
    person = serializers.EmailField(
        required=False, help_text="For who runs the event: the address of whom to register. Without it: oneself."
    )


class CancellationInput(serializers.Serializer[Any]):
    """Why, if one likes to say."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)


class DeclineInput(serializers.Serializer[Any]):
    """Why: the person reads it."""

    reason = serializers.CharField(max_length=500)


class InvitationInput(serializers.Serializer[Any]):
    """Whom to invite. Somebody new gets an account."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(required=False, allow_blank=True, max_length=160)


class Registrations(GenericViewSet[Registration]):
    """One's own registrations; those of an event for who runs it."""

    permission_classes = [SignedIn]
    serializer_class = RegistrationSerializer
    lookup_value_regex = ID
    filter_backends: list[Any] = []
    cursor_ordering = ("-pk",)

    def get_queryset(self) -> QuerySet[Registration]:
        """What the person may see: their own, and those of the events they run."""
        if getattr(self, "swagger_fake_view", False):
            return Registration.objects.none()
        seen = Registration.objects.filter(Q(person=person_of(self.request)) | Q(event__in=organised_by(self.request.user)))
        return queries.with_turn(seen.select_related("event", "person__organisation"))

    @extend_schema(
        parameters=[
            OpenApiParameter("event", OpenApiTypes.STR, description="The slug of an event. Who runs it sees everybody's."),
            OpenApiParameter("state", OpenApiTypes.STR, enum=Registration.State.values, description="Only this state."),
        ],
        responses={200: RegistrationSerializer(many=True), **problems(400)},
    )
    def list(self, request: Request) -> Response:
        """Your own registrations; with `event`, everybody's if you run it. The latest first."""
        found, slug, state = self.get_queryset(), request.query_params.get("event"), request.query_params.get("state")
        found = found.filter(event__slug=slug) if slug else found.filter(person=person_of(request))
        if state:
            if state not in Registration.State.values:
                raise Invalid({"state": [f"Use one of: {', '.join(Registration.State.values)}."]})
            found = found.filter(state=state)
        page = self.paginate_queryset(found)
        return self.get_paginated_response(RegistrationSerializer(page, many=True).data)  # type: ignore[arg-type]

    @extend_schema(responses=RegistrationSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One registration."""
        return Response(RegistrationSerializer(self.get_object()).data)

    @extend_schema(
        request=RegistrationInput, responses={200: RegistrationSerializer, 201: RegistrationSerializer, **problems(404, 409)}
    )
    def create(self, request: Request) -> Response:
        """Ask for a place. 201 for a new registration; 200 with the one that lives if there is one already.

        `state` says what came of it: `confirmed`, `pending` (the organiser decides) or `waiting` (no place is left).
        """
        facts = read(RegistrationInput, request)
        event = visible_event(request, facts["event"])
        person = person_of(request)
        if "person" in facts:
            require(request.user, "events.manage_registrations", event)
            person = _known(facts["person"])
        before = queries.live(person, event)
        registration = actions.register(event=event, person=person, by=person_of(request), note=facts.get("note", ""))
        return shown(registration, status=200 if before == registration else 201)

    @extend_schema(request=CancellationInput, responses={200: RegistrationSerializer, **problems(409)})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Give the place back, or leave the waiting list. Doing it twice changes nothing."""
        reason = read(CancellationInput, request).get("reason", "")
        return shown(actions.cancel(registration=self.get_object(), by=person_of(request), reason=reason))

    @extend_schema(request=None, responses={200: RegistrationSerializer, **problems(409)})
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Give a pending registration a place, or a turn in the waiting list. For who runs the event."""
        return shown(actions.approve(registration=self.get_object(), by=person_of(request)))

    @extend_schema(request=DeclineInput, responses={200: RegistrationSerializer, **problems(409)})
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """Decline a registration, or take an invitation back, with a reason. For who runs the event."""
        registration = self.get_object()
        require(request.user, "events.decide_registration", registration)
        reason = read(DeclineInput, request)["reason"]
        return shown(actions.decline(registration=registration, by=person_of(request), reason=reason))


class Invitations(ViewSet):
    """Invitations to an event."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_invitations_create",
        parameters=[AT_EVENT],
        request=InvitationInput,
        responses={201: RegistrationSerializer, **problems(409)},
    )
    def create(self, request: Request, slug: str) -> Response:
        """Invite somebody by their address: they may see the event and register for it. For who runs the event."""
        event = visible_event(request, slug)
        require(request.user, "events.manage_registrations", event)
        facts = read(InvitationInput, request)
        invited = actions.invite_by_email(
            event=event,
            email=facts["email"],
            name=facts.get("name", ""),
            by=person_of(request),
        )
        return shown(invited, status=201)


def shown(registration: Registration, *, status: int = 200) -> Response:
    """The registration read anew, after whatever was done to it."""
    found = queries.with_turn(Registration.objects.select_related("event", "person__organisation"))
    return Response(RegistrationSerializer(found.get(pk=registration.pk)).data, status=status)


def _known(email: str) -> Person:
    """The person with this address. Raises Invalid at ``person``."""
    try:
        return actions.person_for(email)
    except Person.DoesNotExist:
        raise Invalid({"person": [actions.UNKNOWN_PERSON]}) from None
