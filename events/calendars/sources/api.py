"""Other people’s calendars over HTTP, for programs."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from events.calendars.models import Source
from events.calendars.sources import actions, queries, words
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.api.throttling import seconds_to_wait
from network.models import Centre


class SourceSerializer(serializers.ModelSerializer[Source]):
    """A calendar that a centre publishes elsewhere."""

    centre = serializers.SlugRelatedField[Centre](slug_field="slug", read_only=True, help_text="The centre’s slug.")
    dates = serializers.IntegerField(read_only=True, help_text="How many dates were found, shown or not.")
    is_being_read = serializers.BooleanField(
        source="is_asked", read_only=True, help_text="Whether it waits to be read. Ask again in some seconds."
    )
    problem = serializers.SerializerMethodField(help_text="What is wrong at the moment, in words; empty if it could be read.")
    remarks = serializers.SerializerMethodField(help_text="The first events that were left out, with the reason.")

    class Meta:
        model = Source
        fields = (
            *("id", "centre", "name", "url", "filename", "is_shown", "dates", "left_out", "remarks", "is_being_read"),
            *("error", "problem"),
            *("created_at", "fetched_at", "succeeded_at", "next_fetch_at"),
        )
        read_only_fields = fields
        extra_kwargs = {
            "url": {"help_text": "Where it is published; empty for a file."},
            "filename": {"help_text": "What the file was called; empty for an address."},
            "is_shown": {"help_text": "Whether everybody sees its dates, in feeds and on pages."},
            "left_out": {"help_text": "How many of its events could not be read, or are private."},
            "error": {"help_text": "A stable code for what went wrong last; empty if it could be read."},
            "succeeded_at": {"help_text": "When it was last read well. What was read then is what is shown."},
            "next_fetch_at": {"help_text": "When it is looked up next."},
        }

    def get_problem(self, source: Source) -> str:
        """In the reader’s language."""
        return words.says(source)

    def get_remarks(self, source: Source) -> list[str]:
        """In the reader’s language."""
        return [words.remark(title, code) for title, code in source.remarks]


class NewSourceSerializer(serializers.Serializer[Any]):
    """A calendar to add: an address, or the text of a file."""

    centre = serializers.SlugRelatedField[Centre](
        slug_field="slug", queryset=Centre.objects.all(), help_text="The centre’s slug."
    )
    name = serializers.CharField(max_length=120, help_text="It stands beside every entry.")
    url = serializers.CharField(max_length=500, required=False, help_text="Begins with https:// or webcal://.")
    content = serializers.CharField(required=False, trim_whitespace=False, help_text="Instead of an address: a file’s text.")


class SourceChangesSerializer(serializers.Serializer[Any]):
    """What can be changed."""

    name = serializers.CharField(max_length=120, required=False)
    url = serializers.CharField(max_length=500, required=False, help_text="Only of one that has an address.")
    content = serializers.CharField(required=False, trim_whitespace=False, help_text="Only of a file: its newer text.")
    is_shown = serializers.BooleanField(required=False, help_text="Show its dates to everybody, or to nobody.")


@extend_schema_view(
    list=extend_schema(summary="List the other calendars of your centres", tags=["calendars"]),
    retrieve=extend_schema(summary="Read how one of them is", tags=["calendars"]),
)
class SourceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Source]):
    """Calendars that your centres publish elsewhere. For organisers of the centre and the secretariat."""

    serializer_class = SourceSerializer
    queryset = Source.objects.all()
    permission_classes: list[type[BasePermission]] = [SignedIn]
    filter_backends: list[Any] = []
    lookup_value_converter = "int"
    cursor_ordering = ("pk",)

    def get_queryset(self) -> QuerySet[Source]:
        """Of the centres that one organises for."""
        if getattr(self, "swagger_fake_view", False):
            return Source.objects.none()
        return queries.sources_of(person_of(self.request))

    @extend_schema(
        summary="Add a calendar",
        description="It is read within seconds, and not shown before you set `is_shown`. Until it is read, `is_being_read` is "
        "true. If its server does not answer, it stays nevertheless; `problem` says what is wrong. Adding, fetching, and "
        "sending a new address or file are possible 20 times an hour together.",
        request=NewSourceSerializer,
        responses={201: SourceSerializer, **problems(403, 409)},
        tags=["calendars"],
    )
    def create(self, request: Request) -> Response:
        """Add, and have it read."""
        _require_allowance(request)
        said = read(NewSourceSerializer, request)
        source = actions.add(by=person_of(request), **_with_file(said))
        return Response(self._said(source), status=HTTP_201_CREATED)

    @extend_schema(
        summary="Change a calendar",
        description="A new address or file is read within seconds. Until it can be read, what is shown stays as it was. "
        "Together a centre shows 1,000 dates at most.",
        request=SourceChangesSerializer,
        responses={200: SourceSerializer, **problems(409)},
        tags=["calendars"],
    )
    def partial_update(self, request: Request, pk: int) -> Response:
        """Another name, address or file; show or hide."""
        source, by = self.get_object(), person_of(request)
        said = _with_file(read(SourceChangesSerializer, request, partial=True))
        is_shown = said.pop("is_shown", None)
        if said.keys() & {"url", "body"}:
            _require_allowance(request)
        if said:
            actions.change(source=source, by=by, **said)
            source = self.get_object()
        if is_shown is not None:
            (actions.show if is_shown else actions.hide)(source=source, by=by)
        return Response(self._said(source))

    @extend_schema(
        summary="Remove a calendar",
        description="Its dates leave the network’s calendar.",
        responses={204: None},
        tags=["calendars"],
    )
    def destroy(self, request: Request, pk: int) -> Response:
        """Remove, with its entries."""
        actions.remove(source=self.get_object(), by=person_of(request))
        return Response(status=HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Fetch a calendar now",
        description="It is done within seconds; until then, `is_being_read` is true. What came of it is in its state. So a "
        "calendar is taken over, too, that suddenly had many more dates than before and was held back (`grown`).",
        request=None,
        responses={202: SourceSerializer, **problems(409)},
        tags=["calendars"],
    )
    @action(detail=True, methods=["post"])
    def fetch(self, request: Request, pk: int) -> Response:
        """Ask for it."""
        _require_allowance(request)
        source = actions.fetch_now(source=self.get_object(), by=person_of(request))
        return Response(self._said(source), status=HTTP_202_ACCEPTED)

    def _said(self, source: Source) -> Any:
        return SourceSerializer(self.get_queryset().get(pk=source.pk)).data


def _require_allowance(request: Request) -> None:
    """Count what makes the worker speak to another server, together with what the desk’s pages ask for."""
    if wait := seconds_to_wait(request._request, "calendar-source"):  # noqa: SLF001 - the pages count theirs with it
        raise Throttled(wait)


def _with_file(said: dict[str, Any]) -> dict[str, Any]:
    """The text of a file as the actions take it."""
    content = said.pop("content", None)
    return said if content is None else {**said, "body": content.encode()}
