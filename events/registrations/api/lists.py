"""The organiser's list over HTTP: which registrations are meant, and the list as a file."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from events.programme.models import Event
from events.registrations.api.desk import run_event
from events.registrations.api.registrations import AT_EVENT
from events.registrations.lists import exports
from events.registrations.lists.selection import selected
from events.registrations.models import Registration
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.errors import Invalid
from network.models import Organisation
from network.sheets import XLSX_TYPE
from network.vocabulary import iso_country_code

STATES, KINDS = Registration.State.values, Organisation.Kind.values
FILTERS = [
    OpenApiParameter("state", OpenApiTypes.STR, enum=STATES, description="Only this state."),
    OpenApiParameter("search", OpenApiTypes.STR, description="Words in names, addresses and organisations."),
    OpenApiParameter("country", OpenApiTypes.STR, description="The country of the organisation, ISO 3166."),
    OpenApiParameter("kind", OpenApiTypes.STR, enum=KINDS, description="The type of organisation."),
    OpenApiParameter("session", OpenApiTypes.STR, description="The key of a session that was chosen."),
    OpenApiParameter("answer", OpenApiTypes.STR, description="`key:value` of a choice; `key:yes` of a consent."),
]
SPECIAL = OpenApiParameter("special", OpenApiTypes.BOOL, description="`true`: with answers of special categories.")


def addresses() -> list[URLPattern]:
    """The list of an event as files."""
    return [
        path(f"events/<slug:slug>/registrations.{kind}", Export.as_view({"get": kind}), name=f"api-registrations-{kind}")
        for kind in ("csv", "xlsx")
    ]


class CSVRenderer(BaseRenderer):
    """Lets a client ask for ``text/csv``; the view answers with the file itself."""

    media_type = "text/csv"
    format = "csv"


class XLSXRenderer(BaseRenderer):
    """The same for a workbook."""

    media_type = XLSX_TYPE
    format = "xlsx"


class Export(ViewSet):
    """The organiser's list, to be saved."""

    permission_classes = [SignedIn]
    renderer_classes = [CSVRenderer, XLSXRenderer, JSONRenderer]

    @extend_schema(
        operation_id="events_registrations_csv_retrieve",
        parameters=[AT_EVENT, *FILTERS, SPECIAL],
        responses={(200, "text/csv"): OpenApiTypes.BINARY, **problems(400, 403, 404)},
    )
    def csv(self, request: Request, slug: str) -> HttpResponseBase:
        """What the list shows as CSV: one row each, one column for each question. For who runs the event."""
        return self._file(request, slug, "csv")

    @extend_schema(
        operation_id="events_registrations_xlsx_retrieve",
        parameters=[AT_EVENT, *FILTERS, SPECIAL],
        responses={(200, XLSX_TYPE): OpenApiTypes.BINARY, **problems(400, 403, 404)},
    )
    def xlsx(self, request: Request, slug: str) -> HttpResponseBase:
        """The same as a workbook."""
        return self._file(request, slug, "xlsx")

    @staticmethod
    def _file(request: Request, slug: str, format: exports.Format) -> HttpResponseBase:
        event = run_event(request, slug)
        special = request.query_params.get("special", "").lower() == "true"
        return exports.answer(format, event, asked_for(request, event), special=special)


def asked_for(request: Request, event: Event) -> QuerySet[Registration]:
    """The registrations that the parameters of a request name. Raises Invalid."""
    said: dict[str, Any] = {one.name: request.query_params.get(one.name, "") for one in FILTERS}
    for name, text in said.items():
        if "\0" in text:
            raise Invalid({name: ["This is no text."]})
    for name, known in (("state", STATES), ("kind", KINDS)):
        if said[name] and said[name] not in known:
            raise Invalid({name: [f"Use one of: {', '.join(known)}."]})
    return selected(event, **{**said, "country": iso_country_code(said["country"])})
