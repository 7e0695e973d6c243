"""The programme wing over HTTP, for programs: events with their verbs, and venues."""

import hashlib
import json
from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import NotAuthenticated, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import GenericViewSet

from events.programme import actions, api_examples, queries
from events.programme.api_input import (
    CloneInput,
    EventChanges,
    EventInput,
    MoveInput,
    ReasonInput,
    VenueInput,
    changed_facts,
    facts_from,
)
from events.programme.api_output import (
    EventSerializer,
    EventSummarySerializer,
    VenueSerializer,
    details_of,
    rows,
    summaries,
    venue_of,
)
from events.programme.facts import facts_of
from events.programme.filters import EventFilter, only
from events.programme.models import Event, Venue
from network.api.conditional import answer, etag, expected_revision
from network.api.schema import ETAG, IF_MATCH, IF_NONE_MATCH, problems
from network.models import Person
from network.rules import require

# What these take, for the description; the pages share the filters and have no use for it.
for _filter in (EventFilter.by_centre, EventFilter.by_country, EventFilter.by_sector, EventFilter.by_competence):
    extend_schema_field(OpenApiTypes.STR)(_filter)


def register(router: BaseRouter) -> None:
    """Put this wing's endpoints under the API root."""
    router.register("events", Events, basename="api-event")
    router.register("venues", Venues, basename="api-venue")


def _example(value: dict[str, Any], name: str = "Example") -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _verb(text: str, request: Any, example: dict[str, Any] | None = None, *, status: int = 200) -> Any:
    """The description that all verbs share."""
    return extend_schema(
        request=request,
        responses={status: EventSerializer, **problems(400, 409, 412)},
        parameters=[ETAG] if status == 201 else [IF_MATCH, ETAG],
        description=text,
        examples=[_example(example)] if example else [],
    )


@extend_schema_view(
    list=extend_schema(
        description="Events that you may see, by their start. `past=false` leaves those that are not over yet; "
        "`past=true` those that are, the latest first.",
        responses=EventSummarySerializer(many=True),
    )
)
class Events(GenericViewSet[Event]):
    """Events. Times are in ISO 8601 with the offset of the event's zone; whole days are dates."""

    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    filterset_class = EventFilter
    serializer_class = EventSummarySerializer

    @property
    def cursor_ordering(self) -> tuple[str, str]:
        """By start; what is over backwards."""
        return ("-starts_at", "-pk") if self.request.query_params.get("past") == "true" else ("starts_at", "pk")

    def get_queryset(self) -> QuerySet[Event]:
        """What the person may see."""
        if getattr(self, "swagger_fake_view", False):
            return Event.objects.none()
        return queries.visible_to(self.request.user)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """With the filters that the address names, and no others."""
        asked = self.request.query_params
        names = EventFilter.base_filters.keys() & asked.keys()
        if not names:
            return queryset
        filtered = only(frozenset(names))(asked, queryset=queryset, request=self.request)
        if not filtered.is_valid():
            raise ValidationError(filtered.errors)
        return cast("QuerySet[Any]", filtered.qs)

    def list(self, request: Request) -> Response:
        """A page of summaries."""
        page = self.paginate_queryset(rows(self.filter_queryset(self.get_queryset())))
        return self.get_paginated_response(summaries(page or []))

    @extend_schema(responses={200: EventSerializer, 304: None}, parameters=[IF_NONE_MATCH, ETAG])
    def retrieve(self, request: Request, slug: str) -> Response:
        """One event, with its sessions. `join_link` only shows to those who have a place or run the event."""
        return self._shown(self._event())

    @extend_schema(
        request=EventInput,
        responses={201: EventSerializer, **problems(400, 409)},
        parameters=[ETAG],
        examples=[
            _example(api_examples.WORKSHOP, "A workshop"),
            _example(api_examples.COURSE, "A course online"),
            _example(api_examples.CONFERENCE, "A day with workshops to choose from"),
            _example(api_examples.VISIT, "A visit of whole days"),
        ],
    )
    def create(self, request: Request) -> Response:
        """Write a draft. It shows to nobody but its organisers until it is published."""
        self._require("network.use_desk")
        facts = facts_from(self._read(EventInput))
        return self._shown(actions.create(facts=facts, by=self.by), status=201)

    @extend_schema(
        request=EventInput,
        responses={200: EventSerializer, **problems(400, 409, 412)},
        parameters=[IF_MATCH, ETAG],
        examples=[_example(api_examples.WORKSHOP)],
    )
    def update(self, request: Request, slug: str) -> Response:
        """State the whole event anew. Sessions that keep their `id` stay what they are; the others go or are new."""
        event = self._event_to_change()
        facts = facts_from(self._read(EventInput), known=facts_of(event))
        return self._shown(actions.edit(event=event, facts=facts, by=self.by, revision=self._revision(event)))

    @extend_schema(
        request=EventChanges,
        responses={200: EventSerializer, **problems(400, 409, 412)},
        parameters=[IF_MATCH, ETAG],
        examples=[_example(api_examples.CHANGES)],
    )
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change what is stated, and leave the rest. New times of a published event count as moving it."""
        event = self._event_to_change()
        # Facts are a whole: what is left out must be as it was when we read it, so its revision is expected in any case.
        revision = self._revision(event) or event.revision
        facts = changed_facts(facts_of(event), self._read(EventChanges))
        return self._shown(actions.edit(event=event, facts=facts, by=self.by, revision=revision))

    @extend_schema(responses={204: None, **problems(409, 412)}, parameters=[IF_MATCH])
    def destroy(self, request: Request, slug: str) -> Response:
        """Discard a draft. What was published once cannot be deleted; cancel it instead."""
        event = self._event_to_change()
        actions.discard(event=event, by=self.by, revision=self._revision(event))
        return Response(status=204)

    @_verb("Publish a draft or a postponed event: it becomes visible, opens for registration and enters the calendars.", None)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, slug: str) -> Response:
        """Publish."""
        event = self._event_to_change()
        return self._shown(actions.publish(event=event, by=self.by, revision=self._revision(event)))

    @_verb(
        "Let the event start at another time. Its end, its sessions and a stated end of registration and of changes move along "
        "on the wall clock. A postponed event is published again.",
        MoveInput,
        api_examples.MOVE,
    )
    @action(detail=True, methods=["post"])
    def move(self, request: Request, slug: str) -> Response:
        """Move."""
        event = self._event_to_change()
        body = self._body(MoveInput)
        moved = actions.move(
            event=event,
            starts=body.start(),
            reason=body.validated_data.get("reason", ""),
            by=self.by,
            revision=self._revision(event),
        )
        return self._shown(moved)

    @_verb("Postpone: it will take place, at a time not yet known. Registrations stay.", ReasonInput, api_examples.POSTPONE)
    @action(detail=True, methods=["post"])
    def postpone(self, request: Request, slug: str) -> Response:
        """Postpone."""
        event = self._event_to_change()
        reason = self._read(ReasonInput)["reason"]
        return self._shown(actions.postpone(event=event, reason=reason, by=self.by, revision=self._revision(event)))

    @_verb("Call the event off. It stays visible, and in calendars as cancelled.", ReasonInput, api_examples.CANCEL)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, slug: str) -> Response:
        """Cancel."""
        event = self._event_to_change()
        reason = self._read(ReasonInput)["reason"]
        return self._shown(actions.cancel(event=event, reason=reason, by=self.by, revision=self._revision(event)))

    @_verb("Write a new draft like this event at another time.", CloneInput, api_examples.CLONE, status=201)
    @action(detail=True, methods=["post"])
    def clone(self, request: Request, slug: str) -> Response:
        """Clone."""
        event = self._event_to_change()
        body = self._body(CloneInput)
        draft = actions.clone(event=event, starts=body.start(), title=body.validated_data.get("title", ""), by=self.by)
        return self._shown(draft, status=201)

    # --- What they share ---

    @property
    def by(self) -> Person:
        """Who changes something; ``_require`` has made sure that it is a person."""
        return cast("Person", self.request.user)

    def _event(self) -> Event:
        event = self.get_queryset().filter(slug=self.kwargs["slug"]).first()
        if event is None:
            raise Http404
        return event

    def _require(self, permission: str, subject: Any = None) -> None:
        """Tell who may not before telling what is wrong with the input. The action asks again."""
        if not self.request.user.is_authenticated:
            raise NotAuthenticated
        require(self.request.user, permission, subject)

    def _event_to_change(self) -> Event:
        event = self._event()
        self._require("events.change_event", event)
        return event

    def _revision(self, event: Event) -> int | None:
        return expected_revision(self.request, current=event.revision)

    def _body(self, kind: Any) -> Any:
        body = kind(data=self.request.data)
        body.is_valid(raise_exception=True)
        return body

    def _read(self, kind: Any) -> dict[str, Any]:
        data: dict[str, Any] = self._body(kind).validated_data
        return data

    def _shown(self, event: Event, status: int = 200) -> Response:
        """The event read anew, with the ETag of its revision; what depends on the reader or the clock is its variant."""
        details = details_of(queries.with_all_parts(Event.objects.filter(pk=event.pk)).get(), self.request.user)
        variant = hashlib.sha256(json.dumps(details, sort_keys=True).encode()).hexdigest()[:12]
        response = answer(self.request, etag(details["revision"], variant), details, status=status)
        if status == 201:
            response["Location"] = self.reverse_action("detail", args=[event.slug])
        return response


@extend_schema_view(
    list=extend_schema(
        description="Venues that centres use. For organisers.", responses={200: VenueSerializer(many=True), **problems(403)}
    )
)
class Venues(ListModelMixin, GenericViewSet[Venue]):
    """Venues, shared by all centres."""

    serializer_class = VenueSerializer
    queryset = Venue.objects.all()
    filter_backends: list[Any] = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """For organisers only."""
        super().initial(request, *args, **kwargs)
        if not request.user.is_authenticated:
            raise NotAuthenticated
        require(request.user, "events.add_venue")

    @extend_schema(
        request=VenueInput,
        responses={201: VenueSerializer, **problems(400)},
        examples=[_example(api_examples.VENUE)],
    )
    def create(self, request: Request) -> Response:
        """Add a venue."""
        body = VenueInput(data=request.data)
        body.is_valid(raise_exception=True)
        venue = actions.add_venue(venue=Venue(**body.validated_data), by=cast("Person", request.user))
        return Response(venue_of(venue), status=201)
