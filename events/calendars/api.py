"""The calendars wing over HTTP, for programs."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from events.calendars.feeds import catalogue
from events.calendars.models import PersonalAddress
from events.calendars.subscribing import actions, queries
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems

GROUPS = ("network", "kind", "centre", "sector", "language")


class CalendarSerializer(serializers.Serializer[Any]):
    """A public feed."""

    name = serializers.CharField(help_text="Its name in the address, such as `centre-at-ioeb`.")
    title = serializers.CharField()
    by = serializers.ChoiceField(choices=GROUPS, help_text="What it chooses events by.")
    urls = serializers.DictField(
        child=serializers.URLField(), help_text="The address to subscribe to, by the language of the entries."
    )


class AddressSerializer(serializers.ModelSerializer[PersonalAddress]):
    """A personal calendar address. Its token is not kept."""

    class Meta:
        model = PersonalAddress
        fields = ("id", "name", "hint", "created_at", "last_used_at", "revoked_at")
        read_only_fields = fields
        extra_kwargs = {
            "hint": {"help_text": "The last characters of the token, to tell addresses apart."},
            "last_used_at": {"help_text": "When a program last read it, to the hour."},
            "revoked_at": {"help_text": "Since then it answers with an empty calendar; after 30 days with 410."},
        }


class NewAddressSerializer(serializers.Serializer[Any]):
    """What a new address needs."""

    name = serializers.CharField(max_length=80, help_text="The program or device that will read it.")


class AddressWithTokenSerializer(AddressSerializer):
    """A new address, with what is shown this once."""

    token = serializers.CharField(read_only=True, help_text="The secret in the address. Shown this once.")
    url = serializers.URLField(read_only=True, help_text="The address to subscribe to. Shown this once.")

    class Meta(AddressSerializer.Meta):
        fields = (*AddressSerializer.Meta.fields, "token", "url")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


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
        name = read(NewAddressSerializer, request)["name"]
        address, token = actions.add_address(person=person_of(request), name=name)
        data = AddressSerializer(address).data | {"token": token, "url": actions.url_of(address, token)}
        return Response(data, status=HTTP_201_CREATED, headers={"Cache-Control": "no-store"})

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


def register(router: BaseRouter) -> None:
    """Put this wing's endpoints under the API root."""
    router.register("calendars", CalendarViewSet, basename="api-calendar")
    router.register("calendar-addresses", AddressViewSet, basename="api-calendar-address")
