"""The sites of a centre's list over HTTP, for programs."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from events.calendars.models import EmbeddingSite
from events.calendars.shapes import sites
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.models import Centre
from network.queries import centres_coordinated_by


class SiteSerializer(serializers.ModelSerializer[EmbeddingSite]):
    """A site that may show the list of a centre."""

    centre = serializers.SlugRelatedField(slug_field="slug", queryset=Centre.objects.all(), help_text="The centre’s slug.")
    origin = serializers.CharField(max_length=200, help_text="Such as `https://www.example.eu`: https, and no page.")

    class Meta:
        model = EmbeddingSite
        fields = ("id", "centre", "origin")
        validators: list[Any] = []  # adding a site twice returns the one that is there


@extend_schema_view(
    list=extend_schema(summary="List the sites that may show your centres’ lists", tags=["calendars"]),
    retrieve=extend_schema(summary="Read one of these sites", tags=["calendars"]),
)
class SiteViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[EmbeddingSite]):
    """The sites of the centres that one coordinates."""

    serializer_class = SiteSerializer
    queryset = EmbeddingSite.objects.all()
    permission_classes: list[type[BasePermission]] = [SignedIn]
    filter_backends: list[Any] = []
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[EmbeddingSite]:
        """Those of one's centres."""
        if getattr(self, "swagger_fake_view", False):
            return EmbeddingSite.objects.none()
        found = EmbeddingSite.objects.filter(centre__in=centres_coordinated_by(person_of(self.request)))
        return found.select_related("centre").order_by("centre__slug", "origin")

    @extend_schema(
        summary="Let a site show the centre’s list",
        responses={201: SiteSerializer, **problems(400, 403, 409)},
        tags=["calendars"],
    )
    def create(self, request: Request) -> Response:
        """Add a site. Adding it twice returns the one that is there."""
        wish = read(SiteSerializer, request)
        site = sites.add_site(centre=wish["centre"], origin=wish["origin"], by=person_of(request))
        return Response(SiteSerializer(site).data, status=HTTP_201_CREATED)

    @extend_schema(summary="Remove a site", responses={204: None}, tags=["calendars"])
    def destroy(self, request: Request, pk: int) -> Response:
        """The site shows the list no longer."""
        sites.remove_site(site=self.get_object(), by=person_of(request))
        return Response(status=HTTP_204_NO_CONTENT)
