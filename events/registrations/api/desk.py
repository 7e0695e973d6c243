"""The organiser's side over HTTP: invitations, quotas, eligibility rules, and how many places there are."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import ViewSet

from events.programme.models import Event
from events.registrations import decisions, queries, terms
from events.registrations.api import shapes as api_shapes
from events.registrations.api.registrations import AT_EVENT, SLUG, visible_event
from events.registrations.api.shapes import InvitationInput, RegistrationSerializer
from events.registrations.models import EligibilityRule, Quota, Registration
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.models import Centre, Organisation
from network.rules import require


def register(router: BaseRouter) -> None:
    """Put these endpoints under the API root."""
    router.register(rf"events/(?P<slug>{SLUG})/invitations", Invitations, basename="api-invitation")


def addresses() -> list[URLPattern]:
    """What an event has one of each: no list, and so not for the router."""
    return [
        path("events/<slug:slug>/places/", Places.as_view({"get": "retrieve"}), name="api-event-places"),
        path("events/<slug:slug>/quotas/", Quotas.as_view({"get": "retrieve", "put": "update"}), name="api-event-quotas"),
        path(
            "events/<slug:slug>/eligibility-rules/",
            Rules.as_view({"get": "retrieve", "put": "update"}),
            name="api-event-eligibility-rules",
        ),
    ]


def run_event(request: Request, slug: str) -> Event:
    """The event of that name, for who runs it. Raises Http404, NotAllowed."""
    event = visible_event(request, slug)
    require(request.user, "events.manage_registrations", event)
    return event


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
        event = run_event(request, slug)
        invited = decisions.invite_by_email(event=event, by=person_of(request), **read(InvitationInput, request))
        return Response(api_shapes.told_at_once(invited, request.user), status=201)


class GroupSerializer(serializers.Serializer[Any]):
    """People of a country, a home centre or a type of organisation: exactly one of the three is stated."""

    country = serializers.CharField(required=False, allow_blank=True, default="", max_length=2, help_text="ISO 3166, or EL.")
    centre = serializers.SlugRelatedField(
        slug_field="slug", queryset=Centre.objects.all(), required=False, allow_null=True, default=None, help_text="Its slug."
    )
    organisation_kind = serializers.ChoiceField(
        choices=Organisation.Kind.choices, required=False, allow_blank=True, default="", help_text="A type of organisation."
    )


class QuotaSerializer(GroupSerializer):
    """Places kept for a group, the most that it may have, or both."""

    reserved = serializers.IntegerField(required=False, default=0, min_value=0, max_value=terms.MOST_PLACES)
    at_most = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0, max_value=terms.MOST_PLACES)
    until = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="Then what the group has not used is for everyone."
    )
    taken = serializers.IntegerField(read_only=True, help_text="Places that people of the group hold.")
    has_lapsed = serializers.BooleanField(read_only=True)


class QuotasSerializer(serializers.Serializer[Any]):
    """All quotas of an event."""

    quotas = QuotaSerializer(many=True)


class RuleSerializer(GroupSerializer):
    """What is decided about a group, or about everybody whom no earlier rule covers."""

    everybody = serializers.BooleanField(required=False, default=False)
    outcome = serializers.ChoiceField(choices=EligibilityRule.Outcome.choices)
    reason = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=300, help_text="Told to who is refused."
    )


class RulesSerializer(serializers.Serializer[Any]):
    """All eligibility rules of an event, in the order in which they are asked."""

    rules = RuleSerializer(many=True)


class Quotas(ViewSet):
    """Places reserved for, or limited to, groups of people."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_quotas_retrieve", parameters=[AT_EVENT], responses={200: QuotasSerializer, **problems(404)}
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """The quotas of an event, with how many of their places are taken. For who runs the event."""
        return self._shown(Quota.objects.filter(event=run_event(request, slug)))

    @extend_schema(
        operation_id="events_quotas_update",
        parameters=[AT_EVENT],
        request=QuotasSerializer,
        responses={200: QuotasSerializer, **problems(400)},
    )
    def update(self, request: Request, slug: str) -> Response:
        """Make these the quotas of the event. Places that somebody may have now go to the waiting list at once."""
        event = run_event(request, slug)
        facts = read(QuotasSerializer, request)["quotas"]
        terms.set_quotas(event=event, quotas=[terms.QuotaFacts(**one) for one in facts], by=person_of(request))
        return self._shown(Quota.objects.filter(event=event))

    @staticmethod
    def _shown(quotas: QuerySet[Quota]) -> Response:
        return Response(QuotasSerializer({"quotas": quotas.select_related("centre")}).data)


class Rules(ViewSet):
    """Who may come, and who needs approval."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_eligibility_rules_retrieve",
        parameters=[AT_EVENT],
        responses={200: RulesSerializer, **problems(404)},
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """The rules of an event. For who runs the event."""
        return self._shown(run_event(request, slug))

    @extend_schema(
        operation_id="events_eligibility_rules_update",
        parameters=[AT_EVENT],
        request=RulesSerializer,
        responses={200: RulesSerializer, **problems(400)},
    )
    def update(self, request: Request, slug: str) -> Response:
        """Make these the rules of the event, in this order. Registrations that live stay as they are."""
        event = run_event(request, slug)
        facts = read(RulesSerializer, request)["rules"]
        terms.set_rules(event=event, rules=[terms.RuleFacts(**one) for one in facts], by=person_of(request))
        return self._shown(event)

    @staticmethod
    def _shown(event: Event) -> Response:
        rules = EligibilityRule.objects.filter(event=event).select_related("centre").order_by("position", "pk")
        return Response(RulesSerializer({"rules": rules}).data)


class StatesSerializer(serializers.Serializer[Any]):
    """How many registrations are in each state."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """One for each state."""
        return {state: serializers.IntegerField() for state in Registration.State.values}


class PlacesOfSessionSerializer(serializers.Serializer[Any]):
    """The places of a session that participants choose."""

    id = serializers.IntegerField()
    title = serializers.CharField(source="__str__")
    places = serializers.IntegerField(allow_null=True)
    places_taken = serializers.IntegerField()


class PlacesSerializer(serializers.Serializer[Any]):
    """How many places there are, and who has them."""

    places = serializers.IntegerField(allow_null=True, help_text="null: no limit.")
    taken = serializers.IntegerField(help_text="Confirmed, and offered to somebody.")
    extra = serializers.IntegerField(help_text="People who take part beyond the places, by invitation.")
    states = StatesSerializer()
    sessions = PlacesOfSessionSerializer(many=True)
    quotas = QuotaSerializer(many=True)
    as_of = serializers.DateTimeField(allow_null=True, help_text="The last change of a registration.")


class Places(ViewSet):
    """The places of an event."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_places_retrieve", parameters=[AT_EVENT], responses={200: PlacesSerializer, **problems(404)}
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """How many places there are and who has them: by state, session and quota. For who runs the event."""
        event = run_event(request, slug)
        latest: datetime | None = queries.last_change(event)
        return Response(
            PlacesSerializer(
                {
                    "places": event.places,
                    "taken": event.places_taken,
                    "extra": queries.extra_places(event),
                    "states": queries.summary(event),
                    "sessions": event.sessions.filter(is_chosen=True),
                    "quotas": event.quotas.select_related("centre"),
                    "as_of": latest,
                }
            ).data
        )
