"""The calendars wing over HTTP, for programs."""

from typing import Any

from django.db.models import QuerySet
from django.urls import URLPattern, path
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from events.calendars.feeds import alarms, catalogue
from events.calendars.models import PersonalAddress, Selection
from events.calendars.shapes.api import SiteViewSet
from events.calendars.sources.api import SourceViewSet
from events.calendars.subscribing import actions, queries
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.api.throttling import ByEndpoint, People
from network.models import Centre, Person

GROUPS = ("network", "kind", "centre", "sector", "language")


class CalendarSerializer(serializers.Serializer[Any]):
    """A public feed."""

    name = serializers.CharField(help_text="Its name in the address, such as `centre-at-ioeb`.")
    title = serializers.CharField()
    by = serializers.ChoiceField(choices=GROUPS, help_text="What it chooses events by.")
    urls = serializers.DictField(
        child=serializers.URLField(), help_text="The address to subscribe to, by the language of the entries."
    )


class FiltersSerializer(serializers.Serializer[Any]):
    """What a named calendar chooses events by: filters of the list of events, in its words."""

    kind = serializers.CharField(required=False, allow_blank=True, help_text="`training`, `visit` or `ceremony`.")
    centre = serializers.CharField(
        required=False, allow_blank=True, help_text="The slug of a centre that organises or co-organises."
    )
    country = serializers.CharField(
        required=False, allow_blank=True, help_text="ISO 3166-1 code of the venue’s country or, online, of the centre’s."
    )
    sector = serializers.CharField(required=False, allow_blank=True, help_text="The slug of a sector.")
    competence = serializers.CharField(required=False, allow_blank=True, help_text="The code of a competence, such as `C7`.")
    language = serializers.CharField(required=False, allow_blank=True, help_text="Spoken, or interpreted into.")
    format = serializers.CharField(required=False, allow_blank=True, help_text="`on-site`, `online` or `hybrid`.")
    q = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="Every word must occur.")

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is no filter, rather than make a calendar with more in it than was meant."""
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            message = gettext("A calendar cannot choose events by this.")
            raise serializers.ValidationError({str(name): [message] for name in unknown[:20]})
        return super().to_internal_value(data)


class NewSelectionSerializer(serializers.Serializer[Any]):
    """What a named calendar needs."""

    name = serializers.CharField(max_length=80, help_text="Programs show the calendar by this name.")
    filters = FiltersSerializer()


class SelectionSerializer(serializers.ModelSerializer[Selection]):
    """A named calendar: a combination of filters at a short address. It never changes, and belongs to nobody."""

    filters = FiltersSerializer()
    urls = serializers.SerializerMethodField(help_text="The address to subscribe to, by the language of the entries.")

    class Meta:
        model = Selection
        fields = ("code", "name", "filters", "urls")
        read_only_fields = fields
        extra_kwargs = {"code": {"help_text": "Made from name and filters: the same ones have the same code."}}

    def get_urls(self, selection: Selection) -> dict[str, str]:
        """Of its feeds."""
        return {language: catalogue.address(selection.code, language) for language in catalogue.languages()}


class AddressSerializer(serializers.ModelSerializer[PersonalAddress]):
    """A secret calendar address. Its token is not kept."""

    centre = serializers.SlugRelatedField[Centre](
        slug_field="slug", read_only=True, allow_null=True, help_text="Whose plans it shows; none: your own events."
    )

    class Meta:
        model = PersonalAddress
        fields = ("id", "name", "centre", *actions.WISHES, "hint", "created_at", "last_used_at", "revoked_at")
        read_only_fields = fields
        extra_kwargs = {
            "hint": {"help_text": "The last characters of the token, to tell addresses apart."},
            "last_used_at": {"help_text": "When a program last read it, to the hour."},
            "revoked_at": {"help_text": "Since then it answers with an empty calendar; after 30 days with 410."},
        }


class AddressChanges(serializers.Serializer[Any]):
    """What can be changed of an address. What is left out stays."""

    name = serializers.CharField(max_length=80, required=False, help_text="The program or device that reads it.")
    language = serializers.CharField(
        required=False, allow_blank=True, help_text="Of the entries, such as `de`; empty: that of your profile."
    )
    alarm_minutes = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=alarms.LONGEST,
        help_text="Remind so long before the start of what you have a place at; `null`: no reminders. Of whole days it is "
        "at nine in the morning of the day before, or as many whole days earlier.",
    )
    hides_cancelled = serializers.BooleanField(required=False, help_text="Leave out what is cancelled.")
    in_blocks = serializers.BooleanField(required=False, help_text="A congress as one block instead of its sessions.")


class NewAddressSerializer(AddressChanges):
    """What a new address needs."""

    name = serializers.CharField(max_length=80, help_text="The program or device that will read it.")
    centre = serializers.SlugRelatedField[Centre](
        slug_field="slug",
        queryset=Centre.objects.all(),
        required=False,
        allow_null=True,
        help_text="A centre that you organise for: all that it plans, with drafts. Left out: your own events.",
    )


class WishesSerializer(serializers.Serializer[Any]):
    """Whether you get invitations by mail."""

    invitations = serializers.BooleanField(
        help_text="`false`: no invitations by mail; for who subscribes to their own calendar and would see everything twice."
    )


class AddressWithTokenSerializer(AddressSerializer):
    """A new address, with what is shown this once."""

    token = serializers.CharField(read_only=True, help_text="The secret in the address. Shown this once.")
    url = serializers.URLField(read_only=True, help_text="The address to subscribe to. Shown this once.")

    class Meta(AddressSerializer.Meta):
        fields = (*AddressSerializer.Meta.fields, "token", "url")
        read_only_fields = fields


class CalendarViewSet(viewsets.ViewSet):
    """The public feeds."""

    serializer_class = CalendarSerializer

    @extend_schema(summary="List the public calendars", responses=CalendarSerializer(many=True), tags=["calendars"])
    def list(self, request: Request) -> Response:
        """The public feeds with their addresses: of the network, and by kind, centre, sector and language."""
        found = [
            {
                "name": feed.name,
                "title": feed.title,
                "by": by,
                "urls": {language: catalogue.address(feed.name, language) for language in catalogue.languages()},
            }
            for by, feeds in catalogue.groups().items()
            for feed in feeds
        ]
        return Response(CalendarSerializer(found, many=True).data)


@extend_schema_view(
    list=extend_schema(summary="List your calendar addresses", tags=["calendars"]),
    retrieve=extend_schema(summary="Read one of your calendar addresses", tags=["calendars"]),
)
class AddressViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PersonalAddress]):
    """Your own calendar addresses."""

    serializer_class = AddressSerializer
    queryset = PersonalAddress.objects.all()
    permission_classes: list[type[BasePermission]] = [SignedIn]
    filter_backends: list[Any] = []
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[PersonalAddress]:
        """One's own."""
        if getattr(self, "swagger_fake_view", False):
            return PersonalAddress.objects.none()
        return queries.addresses_of(person_of(self.request))

    @extend_schema(
        summary="Make a calendar address",
        request=NewAddressSerializer,
        responses={201: AddressWithTokenSerializer, **problems(409)},
        tags=["calendars"],
    )
    def create(self, request: Request) -> Response:
        """A new secret address of your own calendar. Token and address are in this answer only."""
        facts = read(NewAddressSerializer, request)
        name, centre = facts.pop("name"), facts.pop("centre", None)
        address, token = actions.add_address(person=person_of(request), name=name, centre=centre, wishes=facts)
        data = AddressSerializer(address).data | {"token": token, "url": actions.url_of(address, token)}
        return Response(data, status=HTTP_201_CREATED, headers={"Cache-Control": "no-store"})

    @extend_schema(
        summary="Change a calendar address",
        request=AddressChanges,
        responses={200: AddressSerializer, **problems(409)},
        tags=["calendars"],
    )
    def partial_update(self, request: Request, pk: int) -> Response:
        """Rename it or change what it shows. The address itself stays; its calendar changes at once."""
        changes = read(AddressChanges, request, partial=True)
        address = actions.change_address(address=self.get_object(), by=person_of(request), changes=changes)
        return Response(AddressSerializer(address).data)

    @extend_schema(
        summary="Revoke a calendar address",
        description="Programs that read it find an empty calendar for 30 days, then 410. Revoking twice changes nothing.",
        responses={204: None},
        tags=["calendars"],
    )
    def destroy(self, request: Request, pk: int) -> Response:
        """Close the address."""
        actions.revoke_address(address=self.get_object(), by=person_of(request))
        return Response(status=HTTP_204_NO_CONTENT)


class SelectionViewSet(viewsets.GenericViewSet[Selection]):
    """Named calendars: any combination of filters at a short address. Anybody may make one."""

    serializer_class = SelectionSerializer
    queryset = Selection.objects.all()
    lookup_field = "code"
    lookup_value_regex = "[a-z0-9]+"
    filter_backends: list[Any] = []
    throttle_scope = "selection"

    def get_throttles(self) -> list[Any]:
        """Making is limited more than reading."""
        return [ByEndpoint(), People()] if self.action == "create" else super().get_throttles()

    @extend_schema(
        summary="Name a combination of filters",
        request=NewSelectionSerializer,
        responses={201: SelectionSerializer},
        tags=["calendars"],
    )
    def create(self, request: Request) -> Response:
        """The calendar of these filters under this name. Asked again, the same one is the answer.

        It is removed when nobody read it for a year, or at all for 60 days.
        """
        by = request.user if isinstance(request.user, Person) else None
        facts = read(NewSelectionSerializer, request)
        selection = actions.name_selection(name=facts["name"], filters=facts["filters"], by=by)
        return Response(SelectionSerializer(selection).data, status=HTTP_201_CREATED)

    @extend_schema(summary="Read a named calendar", responses=SelectionSerializer, tags=["calendars"])
    def retrieve(self, request: Request, code: str) -> Response:
        """Its name, its filters and its addresses."""
        return Response(SelectionSerializer(self.get_object()).data)


class WishesViewSet(viewsets.ViewSet):
    """What you wish of your calendar beside any address."""

    permission_classes: list[type[BasePermission]] = [SignedIn]

    @extend_schema(summary="Read what you wish of your calendar", responses=WishesSerializer, tags=["calendars"])
    def retrieve(self, request: Request) -> Response:
        """Whether you get invitations by mail."""
        return Response({"invitations": queries.wants_invitations(person_of(request))})

    @extend_schema(
        summary="Turn invitations by mail on or off", request=WishesSerializer, responses=WishesSerializer, tags=["calendars"]
    )
    def update(self, request: Request) -> Response:
        """Have invitations by mail, or not."""
        wishes = actions.wish(person=person_of(request), **read(WishesSerializer, request))
        return Response({"invitations": wishes.invitations})


def addresses() -> list[URLPattern]:
    """What no router makes: one's wishes, of which there is one."""
    return [
        path("calendar-wishes/", WishesViewSet.as_view({"get": "retrieve", "put": "update"}), name="api-calendar-wishes"),
    ]


def register(router: BaseRouter) -> None:
    """Put this wing's endpoints under the API root."""
    router.register("calendars/selections", SelectionViewSet, basename="api-calendar-selection")
    router.register("calendars", CalendarViewSet, basename="api-calendar")
    router.register("calendar-addresses", AddressViewSet, basename="api-calendar-address")
    router.register("calendar-sources", SourceViewSet, basename="api-calendar-source")
    router.register("calendar-sites", SiteViewSet, basename="api-calendar-site")
