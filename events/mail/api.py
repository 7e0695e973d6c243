"""The mail wing over HTTP, for programs: an organiser writes to participants."""

from typing import Any
from uuid import uuid4

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import ViewSet

from events.mail import circulars, queries
from events.mail.models import Circular
from events.programme.queries import visible_to
from events.registrations.models import Registration
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.models import Organisation
from network.rules import require

SLUG = "[-a-zA-Z0-9_]+"
AT_EVENT = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="The event.")


def register(router: BaseRouter) -> None:
    """Put this wing's endpoint under the API root."""
    router.register(rf"events/(?P<slug>{SLUG})/messages", Messages, basename="api-event-message")


class MessageInput(serializers.Serializer[Any]):
    """What to write, and to whom."""

    subject = serializers.CharField(max_length=circulars.SUBJECT_LENGTH)
    text = serializers.CharField(max_length=circulars.TEXT_LENGTH, help_text="Plain text. An empty line begins a paragraph.")
    state = serializers.ChoiceField(
        choices=Registration.State.choices,
        required=False,
        help_text="Only to people whose registration is in this state. Without it: to all whose registration lives.",
    )
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Only to people in whose name, address or organisation these words are.",
    )
    country = serializers.CharField(
        required=False, allow_blank=True, max_length=2, help_text="Only to people whose organisation is there. ISO 3166."
    )
    kind = serializers.ChoiceField(
        choices=Organisation.Kind.choices, required=False, help_text="Only to people of this type of organisation."
    )
    session = serializers.IntegerField(
        required=False, min_value=1, max_value=2**53, help_text="Only to who chose this session."
    )
    answer = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Only to who answered so: `key:value`, of a choice."
    )


class CircularSerializer(serializers.Serializer[Circular]):
    """What was written, and to how many."""

    id = serializers.IntegerField()
    subject = serializers.CharField()
    text = serializers.CharField()
    recipients = serializers.IntegerField(help_text="How many people get it, each once.")
    created_at = serializers.DateTimeField()


class Messages(ViewSet):
    """Messages to the participants of an event."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_messages_create",
        parameters=[AT_EVENT],
        request=MessageInput,
        responses={201: CircularSerializer, **problems(409)},
    )
    def create(self, request: Request, slug: str) -> Response:
        """Write to participants: each gets one mail in their language's frame, and answers to you. For who runs the event.

        At most five messages in an hour for each event. With an `Idempotency-Key` a repeated request sends nothing again.
        """
        event = visible_to(request.user).filter(slug=slug).first()
        if event is None:
            raise Http404
        require(request.user, "events.manage_registrations", event)
        facts = read(MessageInput, request)
        asked = {name: str(facts.get(name, "")) for name in ("state", "country", "kind", "session", "answer")}
        asked["q"] = facts.get("search", "")
        circular = circulars.write_to(
            event=event,
            registrations=queries.written_to(event, asked),
            subject=facts["subject"],
            text=facts["text"],
            by=person_of(request),
            key=uuid4().hex,
        )
        return Response(CircularSerializer(circular).data, status=201)
