"""The registrations wing over HTTP, for programs: registering, and what participants do with their registration."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import GenericViewSet

from events.programme import queries as programme
from events.programme.models import Event
from events.registrations import actions, decisions
from events.registrations.api import shapes as api_shapes
from events.registrations.api.shapes import (
    CancellationInput,
    ChangesInput,
    ColleagueInput,
    DeclineInput,
    OutcomesSerializer,
    ParticipantSerializer,
    RegistrationInput,
    RegistrationSerializer,
    SeveralCancelledInput,
    SeveralDeclinedInput,
    SeveralInput,
    TurnInput,
)
from events.registrations.errors import NoRoom, NotEligible
from events.registrations.models import Registration
from events.registrations.queries import for_home, to_decide_for_home
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.api.throttling import seconds_to_wait
from network.errors import Invalid, WrongState
from network.models import Person
from network.rules import may, require

__all__ = ["AT_EVENT", "ID", "OWN", "SLUG", "ParticipantSerializer", "own_registration", "register", "visible_event"]

SLUG = "[-a-zA-Z0-9_]+"
ID = "[0-9]{1,18}"
AT_EVENT = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="The event.")
OWN = OpenApiParameter("registration", OpenApiTypes.INT, OpenApiParameter.PATH, description="A registration of your own.")


def register(router: BaseRouter) -> None:
    """Put this wing's endpoints under the API root."""
    router.register("registrations", Registrations, basename="api-registration")


def visible_event(request: Request, slug: str) -> Event:
    """The event of that name, or 404 where the person may not see one."""
    event = programme.visible_event(request.user, slug)
    if event is None:
        raise Http404
    return event


def own_registration(request: Request, key: int) -> Registration:
    """The registration with this key, or 404 where it is not that of who asks."""
    person = person_of(request)
    found = Registration.objects.filter(person=person, pk=min(key, 2**63 - 1)).select_related("event").first()
    if found is None:
        raise Http404
    found.person = person
    return found


class Registrations(GenericViewSet[Registration]):
    """One's own registrations; those of an event for who runs it; requests for who decides about them."""

    permission_classes = [SignedIn]
    serializer_class = RegistrationSerializer
    lookup_value_regex = ID
    filter_backends: list[Any] = []
    cursor_ordering = ("-pk",)

    def get_queryset(self) -> QuerySet[Registration]:
        """What the person may see: their own, those of colleagues they registered, those they decide about."""
        if getattr(self, "swagger_fake_view", False):
            return Registration.objects.none()
        person = person_of(self.request)
        mine = Q(person=person) | Q(registered_by=person)
        decided = Q(event__in=programme.organised_by(person)) | Q(pk__in=for_home(person).values("pk"))
        return api_shapes.joined(Registration.objects.filter(mine | decided))

    @extend_schema(
        parameters=[
            OpenApiParameter("event", OpenApiTypes.STR, description="The slug of an event. Who runs it sees everybody's."),
            OpenApiParameter("state", OpenApiTypes.STR, enum=Registration.State.values, description="Only this state."),
            OpenApiParameter(
                "home", OpenApiTypes.BOOL, description="`true`: requests that wait for the centre that one organises for."
            ),
        ],
        responses={200: RegistrationSerializer(many=True), **problems(400)},
    )
    def list(self, request: Request) -> Response:
        """Your own registrations; with `event`, everybody's if you run it. The latest first."""
        found, slug, state = self.get_queryset(), request.query_params.get("event"), request.query_params.get("state")
        if slug:
            found = found.filter(event__slug=slug)
        elif request.query_params.get("home", "").lower() == "true":
            found = found.filter(pk__in=to_decide_for_home(person_of(request)).values("pk"))
        else:
            found = found.filter(person=person_of(request))
        if state:
            if state not in Registration.State.values:
                raise Invalid({"state": [f"Use one of: {', '.join(Registration.State.values)}."]})
            found = found.filter(state=state)
        page = self.paginate_queryset(found)
        return self.get_paginated_response(api_shapes.told(page or [], request.user))

    @extend_schema(responses=RegistrationSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One registration."""
        return Response(api_shapes.told([self.get_object()], request.user)[0])

    @extend_schema(
        request=RegistrationInput, responses={200: RegistrationSerializer, 201: RegistrationSerializer, **problems(404, 409)}
    )
    def create(self, request: Request) -> Response:
        """Ask for a place. 201 for a new registration; 200 with the one that lives if there is one already.

        `state` says what came of it: `confirmed`, `pending` (somebody decides) or `waiting` (no place is left).
        """
        facts = read(RegistrationInput, request)
        event = visible_event(request, facts["event"])
        person = by = person_of(request)
        if "person" in facts:
            person = _known(facts["person"], by, event)
        registration = actions.register(
            event=event,
            person=person,
            by=by,
            note=facts.get("note", ""),
            sessions=facts.get("sessions", ()),
            answers=facts.get("answers"),
        )
        told = api_shapes.told_at_once(registration, by)
        if registration.was_there and not self.get_queryset().filter(pk=registration.pk).exists():
            # A colleague who registered by themself: that they are registered is told, what they wrote is not.
            told |= {"note": "", "reason": "", "answers": {}, "sessions": []}
        return Response(told, status=200 if registration.was_there else 201)

    @extend_schema(request=ChangesInput, responses={200: RegistrationSerializer, **problems(409)})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the note, the chosen sessions (all of them or none) or some answers, until the deadline for changes."""
        return self._did(actions.change(registration=self.get_object(), by=person_of(request), **read(ChangesInput, request)))

    @extend_schema(request=None, responses={200: RegistrationSerializer, **problems(409)})
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Take the place that is offered, before its deadline. To refuse it, cancel."""
        return self._did(actions.accept(registration=self.get_object(), by=person_of(request)))

    @extend_schema(request=CancellationInput, responses={200: RegistrationSerializer, **problems(409)})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Give the place back, refuse an offer, or leave the waiting list. Doing it twice changes nothing."""
        reason = read(CancellationInput, request).get("reason", "")
        return self._did(actions.cancel(registration=self.get_object(), by=person_of(request), reason=reason))

    @extend_schema(request=ColleagueInput, responses={201: RegistrationSerializer, **problems(409)})
    @action(detail=True, methods=["post"], url_path="pass-on", url_name="pass-on")
    def pass_on(self, request: Request, pk: str) -> Response:
        """Let a colleague take over the place, or the turn in the waiting list. The answer is their registration.

        Without `name` and `organisation` it is somebody with an account; with them it may be anybody, twenty times an hour.
        """
        registration, facts = self.get_object(), read(ColleagueInput, request)
        require(request.user, "events.substitute_registration", registration)
        by, reason = person_of(request), facts.get("reason", "")
        if "name" in facts:
            passed = _passed_on_to_anybody(request, registration, facts)
        else:
            to = _colleague(facts["person"], by, registration.event)
            passed = actions.pass_on(registration=registration, to=to, by=by, reason=reason)
        return Response(api_shapes.told_at_once(passed, request.user), status=201)

    @extend_schema(request=None, responses={200: RegistrationSerializer, **problems(409)})
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Give a pending registration a place, or a turn in the waiting list. For who runs the event, or the home centre."""
        return self._did(decisions.approve(registration=self.get_object(), by=person_of(request)))

    @extend_schema(request=DeclineInput, responses={200: RegistrationSerializer, **problems(409)})
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """Decline a registration, or take an invitation back, with a reason. For who runs the event, or the home centre."""
        registration = self.get_object()
        require(request.user, "events.decide_registration", registration)
        reason = read(DeclineInput, request)["reason"]
        return self._did(decisions.decline(registration=registration, by=person_of(request), reason=reason))

    @extend_schema(request=TurnInput, responses={200: RegistrationSerializer, **problems(409)})
    @action(detail=True, methods=["post"])
    def turn(self, request: Request, pk: str) -> Response:
        """Give somebody another turn in the waiting list, with a reason. For who runs the event."""
        registration = self.get_object()
        require(request.user, "events.manage_registrations", registration.event)
        decisions.put_at(registration=registration, by=person_of(request), **read(TurnInput, request))
        return Response(api_shapes.told([self.get_object()], request.user)[0])

    @extend_schema(
        operation_id="registrations_approve_several", request=SeveralInput, responses={200: OutcomesSerializer, **problems(404)}
    )
    @action(detail=False, methods=["post"], url_path="approve", url_name="approve-several")
    def approve_several(self, request: Request) -> Response:
        """Approve many, each by itself, in the order in which they asked. The answer says what became of each."""
        by = person_of(request)
        chosen = self._chosen(read(SeveralInput, request)["registrations"])
        return Response(
            api_shapes.outcomes(decisions.decide_all(chosen, lambda one: decisions.approve(registration=one, by=by)))
        )

    @extend_schema(
        operation_id="registrations_decline_several",
        request=SeveralDeclinedInput,
        responses={200: OutcomesSerializer, **problems(404)},
    )
    @action(detail=False, methods=["post"], url_path="decline", url_name="decline-several")
    def decline_several(self, request: Request) -> Response:
        """Decline many with one reason, each by itself. The answer says what became of each."""
        by, facts = person_of(request), read(SeveralDeclinedInput, request)
        chosen, reason = self._chosen(facts["registrations"]), facts["reason"]
        return Response(
            api_shapes.outcomes(
                decisions.decide_all(chosen, lambda one: decisions.decline(registration=one, by=by, reason=reason))
            )
        )

    @extend_schema(
        operation_id="registrations_cancel_several",
        request=SeveralCancelledInput,
        responses={200: OutcomesSerializer, **problems(404)},
    )
    @action(detail=False, methods=["post"], url_path="cancel", url_name="cancel-several")
    def cancel_several(self, request: Request) -> Response:
        """Cancel many, each by itself, for who decides about them. The answer says what became of each."""
        by, facts = person_of(request), read(SeveralCancelledInput, request)
        chosen, reason = self._chosen(facts["registrations"]), facts.get("reason", "")
        for one in chosen:  # all of them, before the first is cancelled
            require(by, "events.cancel_registration", one)
        return Response(
            api_shapes.outcomes(
                decisions.decide_all(chosen, lambda one: actions.cancel(registration=one, by=by, reason=reason))
            )
        )

    def _chosen(self, keys: Sequence[int]) -> Sequence[Registration]:
        """Those registrations, the earliest first. One that the person may not see is not there: 404 for all."""
        found = list(self.get_queryset().filter(pk__in=keys).order_by("created_at", "pk"))
        if len(found) != len(set(keys)):
            raise Http404
        for one in found:
            require(self.request.user, "events.decide_registration", one)
        return found

    def _did(self, registration: Registration) -> Response:
        """What the registration is after what was done to it."""
        return Response(api_shapes.told(list(self.get_queryset().filter(pk=registration.pk)), self.request.user)[0])


def _passed_on_to_anybody(request: Request, registration: Registration, facts: dict[str, Any]) -> Registration:
    """Why it cannot be passed on to a stranger is theirs to know: only who runs the event reads it."""
    by = person_of(request)
    if wait := seconds_to_wait(request._request, "pass-on"):  # noqa: SLF001 - the pages count theirs with it
        raise Throttled(wait)
    said = {"name": facts["name"], "organisation": facts["organisation"], "reason": facts.get("reason", "")}
    try:
        return actions.pass_on_to(registration=registration, email=facts["person"], by=by, **said)
    except (WrongState, NotEligible, NoRoom) as problem:
        if may(by, "events.manage_registrations", registration.event):
            raise
        raise type(problem)(_("It cannot be passed on to this address. Try another one.")) from None


def _known(email: str, by: Person, event: Event) -> Person:
    """Whom ``by`` wants to register at the event. Raises NotAllowed where they may register nobody else, Invalid."""
    if email.lower() == by.email.lower():
        return by
    require(by, "events.register_others", event)
    return _colleague(email, by, event)


def _colleague(email: str, by: Person, event: Event) -> Person:
    """The person with this address, if ``by`` runs the event or is a colleague of theirs.

    For others, somebody who is there is like somebody who is not: nobody finds out who has an account. Raises Invalid.
    """
    try:
        person = actions.person_for(email)
    except Person.DoesNotExist:
        raise Invalid({"person": [actions.UNKNOWN_PERSON]}) from None
    if not may(by, "events.manage_registrations", event) and not may(by, "events.know_colleague", person):
        raise Invalid({"person": [actions.UNKNOWN_PERSON]})
    return person
