"""Endpoints of the ground floor: centres, organisations, vocabulary, oneself, tokens, roles, requests to join."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.urls import URLPattern, path
from django.utils import timezone
from django_countries import countries
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import GenericViewSet, ViewSet

from network import actions, queries
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.api.serializers import (
    CentreChanges,
    CentreSerializer,
    CompetenceSerializer,
    JoinRequestSerializer,
    MeChanges,
    MeSerializer,
    NewTokenSerializer,
    OrganisationSerializer,
    RoleInput,
    RoleSerializer,
    SectorSerializer,
    TokenInput,
    TokenSerializer,
)
from network.api.throttling import ByEndpoint, People
from network.models import AccessToken, Centre, Competence, JoinRequest, Organisation, Person, Role, Sector
from network.rules import require
from network.vocabulary import iso_country_code


def register(router: BaseRouter) -> None:
    """Put this floor's endpoints under the API root."""
    router.register("centres", Centres, basename="api-centre")
    router.register("organisations", Organisations, basename="api-organisation")
    router.register("sectors", Sectors, basename="api-sector")
    router.register("competences", Competences, basename="api-competence")
    router.register("tokens", Tokens, basename="api-token")
    router.register("roles", Roles, basename="api-role")
    router.register("join-requests", JoinRequests, basename="api-join-request")


def addresses() -> list[URLPattern]:
    """What no router makes: oneself, who is one and needs no number."""
    return [path("me/", Me.as_view({"get": "retrieve", "patch": "partial_update"}), name="api-me")]


def read(serializer: type[Any], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The request's body in the types of the serializer. Raises the framework's ValidationError."""
    body = serializer(data=request.data, partial=partial)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def person_of(request: Request) -> Person:
    """Who is signed in; for endpoints with the permission SignedIn."""
    assert isinstance(request.user, Person)  # noqa: S101 - for the type checker; the permission has seen to it
    return request.user


@extend_schema_field(OpenApiTypes.STR)
class CountryFilter(django_filters.CharFilter):
    """A country code in either spelling (GR and EL are the same country)."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Rows of that country; none for a code that is none."""
        if not value:
            return qs
        code = iso_country_code(value)
        return qs.filter(**{self.field_name: code}) if code in countries else qs.none()


class CentreFilter(django_filters.FilterSet):
    """Filters of the list of centres."""

    country = CountryFilter(field_name="country", help_text="ISO 3166-1 code, or as the EU writes it.")
    active = django_filters.BooleanFilter(method="by_activity", help_text="`true`: centres that exist today.")

    class Meta:
        model = Centre
        fields = ["country", "status", "relation", "active"]

    def by_activity(self, centres: QuerySet[Centre], name: str, value: bool) -> QuerySet[Centre]:
        """Those that exist today, or those that do not."""
        today = queries.active_centres(timezone.now().date()).values("pk")
        return centres.filter(pk__in=today) if value else centres.exclude(pk__in=today)


class Centres(ListModelMixin, RetrieveModelMixin, GenericViewSet[Centre]):
    """Competence centres of the network, those that have ended too."""

    queryset = Centre.objects.select_related("successor").prefetch_related("organisations")
    serializer_class = CentreSerializer
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    filterset_class = CentreFilter
    cursor_ordering = ("code",)

    @extend_schema(request=CentreChanges, responses={200: CentreSerializer})
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change public facts of the centre. For its coordinator and the secretariat."""
        centre = self.get_object()
        require(request.user, "network.change_centre", centre)
        changes = read(CentreChanges, request, partial=True)
        changed = actions.edit_centre(centre=centre, by=person_of(request), changes=changes)
        return Response(CentreSerializer(self.get_queryset().get(pk=changed.pk)).data)


class OrganisationFilter(django_filters.FilterSet):
    """Filters of the list of organisations."""

    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", help_text="Part of the name.")
    country = CountryFilter(field_name="country", help_text="ISO 3166-1 code, or as the EU writes it.")

    class Meta:
        model = Organisation
        fields = ["q", "country", "kind"]


class Organisations(ListModelMixin, RetrieveModelMixin, GenericViewSet[Organisation]):
    """Organisations that people work for. For people with an account."""

    queryset = Organisation.objects.all()
    serializer_class = OrganisationSerializer
    permission_classes = [SignedIn]
    lookup_value_regex = "[0-9]+"
    filterset_class = OrganisationFilter
    cursor_ordering = ("name", "pk")

    @extend_schema(responses={201: OrganisationSerializer})
    def create(self, request: Request) -> Response:
        """Name an organisation. If one of this name is known in this country, that one is the answer."""
        facts = read(OrganisationSerializer, request)
        organisation = actions.name_organisation(by=person_of(request), **facts)
        return Response(OrganisationSerializer(organisation).data, status=201)


class Sectors(ListModelMixin, RetrieveModelMixin, GenericViewSet[Sector]):
    """Fields of public buying."""

    queryset = Sector.objects.all()
    serializer_class = SectorSerializer
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    filter_backends: list[Any] = []
    cursor_ordering = ("position", "slug")


class Competences(ListModelMixin, RetrieveModelMixin, GenericViewSet[Competence]):
    """The competences of ProcurCompEU."""

    queryset = Competence.objects.all()
    serializer_class = CompetenceSerializer
    lookup_value_regex = "C[0-9]+"
    filter_backends: list[Any] = []
    cursor_ordering = ("number",)


class Me(ViewSet):
    """The person signed in."""

    permission_classes = [SignedIn]

    @extend_schema(operation_id="me_retrieve", responses=MeSerializer)
    def retrieve(self, request: Request) -> Response:
        """Who you are to the platform, with the roles you hold."""
        person = Person.objects.select_related("organisation").prefetch_related("roles__centre", "roles__person")
        return Response(MeSerializer(person.get(pk=person_of(request).pk)).data)

    @extend_schema(operation_id="me_partial_update", request=MeChanges, responses=MeSerializer)
    def partial_update(self, request: Request) -> Response:
        """Change your name, function, organisation, language or zone."""
        actions.update_profile(by=person_of(request), changes=read(MeChanges, request, partial=True))
        return self.retrieve(request)


class Tokens(ListModelMixin, GenericViewSet[AccessToken]):
    """Your personal access tokens."""

    queryset = AccessToken.objects.none()
    serializer_class = TokenSerializer
    permission_classes = [SignedIn]
    lookup_value_regex = "[0-9]+"
    filter_backends: list[Any] = []
    cursor_ordering = ("-pk",)

    def get_queryset(self) -> QuerySet[AccessToken]:
        """One's own."""
        return queries.tokens_of(self.request.user)

    @extend_schema(request=TokenInput, responses={201: NewTokenSerializer, **problems(409)})
    def create(self, request: Request) -> Response:
        """Make a token. Its text is in this answer and nowhere else. One made with a token does not outlive that token."""
        facts = read(TokenInput, request)
        if isinstance(request.auth, AccessToken):
            facts["expires_at"] = min(facts["expires_at"], request.auth.expires_at)
        token, text = actions.make_token(by=person_of(request), **facts)
        response = Response({**TokenSerializer(token).data, "token": text}, status=201)
        response["Cache-Control"] = "no-store"
        return response

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke a token. It ends at once."""
        actions.revoke_token(token=self.get_object(), by=person_of(request))
        return Response(status=204)


class RoleFilter(django_filters.FilterSet):
    """Filters of the list of roles."""

    centre = django_filters.CharFilter(field_name="centre__slug", help_text="The centre's slug.")

    class Meta:
        model = Role
        fields = ["centre", "kind"]


class Roles(ListModelMixin, GenericViewSet[Role]):
    """Who may do what: your own roles, and those at centres that you coordinate."""

    queryset = Role.objects.none()
    serializer_class = RoleSerializer
    permission_classes = [SignedIn]
    lookup_value_regex = "[0-9]+"
    filterset_class = RoleFilter
    cursor_ordering = ("pk",)

    def get_queryset(self) -> QuerySet[Role]:
        """What one may see."""
        return queries.roles_visible_to(self.request.user)

    @extend_schema(request=RoleInput, responses={201: RoleSerializer})
    def create(self, request: Request) -> Response:
        """Give somebody a role. For coordinators at their centre, and the secretariat."""
        facts = {"centre": None, **read(RoleInput, request)}
        role = actions.appoint(by=person_of(request), **facts)
        return Response(RoleSerializer(role).data, status=201)

    @extend_schema(responses={204: None, **problems(409)})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a role away."""
        actions.dismiss(role=self.get_object(), by=person_of(request))
        return Response(status=204)


@extend_schema_view(list=extend_schema(responses={200: JoinRequestSerializer(many=True), **problems(403)}))
class JoinRequests(ListModelMixin, GenericViewSet[JoinRequest]):
    """Countries that want to join the network. Anybody may ask; the secretariat reads and answers."""

    queryset = JoinRequest.objects.all()
    serializer_class = JoinRequestSerializer
    lookup_value_regex = "[0-9]+"
    filter_backends: list[Any] = []
    cursor_ordering = ("-pk",)
    throttle_scope = "join"

    def get_throttles(self) -> list[Any]:
        """Asking is limited more than reading."""
        return [ByEndpoint(), People()] if self.action == "create" else super().get_throttles()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All requests, the newest first. For the secretariat."""
        require(request.user, "network.read_join_requests")
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={201: JoinRequestSerializer})
    def create(self, request: Request) -> Response:
        """Ask for your country to join."""
        wish = actions.request_to_join(**read(JoinRequestSerializer, request))
        return Response(JoinRequestSerializer(wish).data, status=201)

    @extend_schema(request=None, responses={200: JoinRequestSerializer, **problems(409)})
    @action(detail=True, methods=["post"])
    def answered(self, request: Request, pk: str) -> Response:
        """Note that a request has been answered. For the secretariat."""
        require(request.user, "network.read_join_requests")
        wish = self.queryset.filter(pk=pk).first() if self.queryset is not None else None
        if wish is None:
            raise Http404
        return Response(JoinRequestSerializer(actions.answer_join_request(join_request=wish, by=person_of(request))).data)
