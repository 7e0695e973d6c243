"""Pages of a list, by position in the order instead of by number."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from django.core.exceptions import FieldDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

if TYPE_CHECKING:  # the framework's views import this module
    from rest_framework.views import APIView

Direction = Literal["next", "previous"]
DIRECTIONS: dict[str, Direction] = {"next": "next", "previous": "previous"}


class Cursor(BasePagination):
    """Pages that stay right while rows are added or removed, and cost the same far down the list.

    A cursor holds the values of the order's fields at the edge of a page, so a page is "what comes after (or before)
    these". Give the order as ``ordering`` of a subclass, or as ``cursor_ordering`` of the view: names of the model's
    own fields that are never NULL, the last of them unique. ``?limit=`` takes 1 to 100.
    """

    ordering: Sequence[str] = ("pk",)
    page_size = 50
    max_page_size = 100

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: "APIView | None" = None) -> list[Any]:  # type: ignore[override]
        """The rows of the page that the request asks for."""
        ordering = getattr(view, "cursor_ordering", None) or self.ordering
        self.order = [ordering] if isinstance(ordering, str) else list(ordering)
        self.url = request.build_absolute_uri()
        size = self._size(request)
        direction, position = self._read(request.query_params.get("cursor"), queryset)
        backwards = direction == "previous"
        if position:
            queryset = queryset.filter(self._beyond(position, backwards=backwards))
        queryset = queryset.order_by(*(self._turned(name) if backwards else name for name in self.order))
        try:
            rows = list(queryset[: size + 1])
        except (ValueError, OverflowError) as error:
            raise ValidationError({"cursor": [_("This cursor does not belong to this list.")]}) from error
        more = len(rows) > size
        self.page = rows[:size][::-1] if backwards else rows[:size]
        # Where we came from there is a page, unless everything there has been removed since.
        self.has_next = (backwards and bool(position)) if backwards else more
        self.has_previous = more if backwards else bool(position)
        self.position = position
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        """The page with the addresses of its neighbours."""
        return Response({"next": self._link("next"), "previous": self._link("previous"), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """How a page looks, for the OpenAPI document."""
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "description": "The address of the next page, or null on the last one."},
                "previous": {**link, "description": "The address of the page before, or null on the first one."},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        """The query parameters, for the OpenAPI document."""
        return [
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "Taken from `next` or `previous` of a page; make none yourself.",
                "schema": {"type": "string"},
            },
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "description": "How many to return.",
                "schema": {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size},
            },
        ]

    def _size(self, request: Request) -> int:
        text = request.query_params.get("limit")
        if text is None:
            return self.page_size
        if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= self.max_page_size):
            raise ValidationError({"limit": [_("Use a whole number from 1 to %(most)d.") % {"most": self.max_page_size}]})
        return int(text)

    def _read(self, text: str | None, queryset: QuerySet[Any]) -> tuple[Direction, list[Any]]:
        """Direction and position of a cursor; raises ValidationError for one that we did not make."""
        if text is None:
            return "next", []
        try:
            direction, *values = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=="))
            turned = DIRECTIONS[direction]
            position = [_field_value(queryset, name, value) for name, value in zip(self.order, values, strict=True)]
        except (ValueError, KeyError, TypeError, binascii.Error, DjangoValidationError, OverflowError, RecursionError) as error:
            message = _("This cursor is not valid. Take it from “next” or “previous” of a page, or leave it out.")
            raise ValidationError({"cursor": [message]}) from error
        return turned, position

    def _link(self, direction: Direction) -> str | None:
        if not (self.has_next if direction == "next" else self.has_previous):
            return None
        if self.page:
            edge = self.page[-1 if direction == "next" else 0]
            values = [_plain(getattr(edge, name.lstrip("-"))) for name in self.order]
        else:
            values = [_plain(value) for value in self.position]
        text = json.dumps([direction, *values], separators=(",", ":"))
        return replace_query_param(self.url, "cursor", base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))

    def _beyond(self, position: list[Any], *, backwards: bool) -> Q:
        """What comes after the position in the order (or before it), as (a > x) or (a = x and (b > y or …))."""
        condition = Q()
        for name, value in reversed(list(zip(self.order, position, strict=True))):
            field = name.lstrip("-")
            falls = name.startswith("-") != backwards
            further = Q(**{f"{field}__{'lt' if falls else 'gt'}": value})
            # The outer bound repeats what follows from the rest, in a form that an index can serve.
            bound = Q(**{f"{field}__{'lte' if falls else 'gte'}": value})
            condition = bound & (further | (Q(**{field: value}) & condition)) if condition else further
        return condition

    @staticmethod
    def _turned(name: str) -> str:
        return name[1:] if name.startswith("-") else f"-{name}"


def _field_value(queryset: QuerySet[Any], name: str, value: Any) -> Any:
    """A cursor's value as the field's own type."""
    if not isinstance(value, str | int):
        raise TypeError
    if "\x00" in str(value):
        raise ValueError
    meta = queryset.model._meta  # noqa: SLF001 - Django's documented API
    plain = name.lstrip("-")
    try:
        field = meta.pk if plain == "pk" else meta.get_field(plain)
    except FieldDoesNotExist:
        return value  # an annotation
    return field.to_python(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, int | str) else str(value)
