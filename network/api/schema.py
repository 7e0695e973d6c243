"""How our endpoints describe themselves in the OpenAPI document."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from network.api.permissions import SignedIn
from network.api.problems import MEDIA_TYPE

MEANING = {
    400: "The input is wrong; `errors` says where and why.",
    401: "Not signed in, or the token is not accepted.",
    403: "Signed in, but you or your token may not do this.",
    404: "There is nothing here that you may see.",
    406: "Not available in the format asked for.",
    409: "The state of things does not allow this; `code` says why.",
    412: "It was changed in the meantime (`If-Match` does not match).",
    415: "The request is not in a format that is understood.",
    422: "This `Idempotency-Key` was sent with another request.",
    429: "Too many requests; wait as long as `Retry-After` says.",
    503: "Others are being served just now; wait as long as `Retry-After` says, then ask again.",
}


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.URLField(help_text="Names the type of problem; stable.")
    title = serializers.CharField(help_text="What this type of problem is, in the reader's language.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What is wrong in this case, and what works.")
    code = serializers.CharField(help_text="The last part of `type`, to branch on; stable.")
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="For input that is wrong: messages by path, such as `sessions.0.starts_at`; an empty path means the whole.",
    )


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """Entries for ``extend_schema(responses={200: …, **problems(409, 412)})``.

    Name only what is special to the operation (409, 412, and 400, 403 or 404 where nothing else shows it): what
    follows from its method, address and input is added by Schema.
    """
    return {(status, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, MEANING[status]) for status in statuses}


IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=False,
    description='The ETag that you read, such as `"7"`. Where it is no longer the current one, nothing is changed (412).',
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=False,
    description="The ETag that you have. Where it is still the current one, the answer is 304 without a body.",
)
ETAG = OpenApiParameter(
    "ETag",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    response=[200, 201],
    description="Names the revision, for `If-Match` and `If-None-Match`.",
)

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes it safe to repeat the request: 1 to 255 visible ASCII characters of your own, such as a UUID. For "
    "24 hours, the same key with the same request gets the first answer again (with `Idempotency-Replayed: true`), and nothing "
    "is done twice. With another request it is refused (422), while the first is running too (409 with `Retry-After`).",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}


def _without_false_format(field: Any, schema: Any) -> Any:
    """An empty text is no address: where one may be, the format is not promised."""
    may_be_empty = getattr(field, "allow_blank", False) or (isinstance(field, serializers.URLField) and field.read_only)
    if may_be_empty and isinstance(schema, dict):
        schema.pop("format", None)
    return schema


class Schema(AutoSchema):
    """OpenAPI for our conventions: the answers that every operation shares are documented by themselves."""

    def shared_statuses(self) -> set[int]:
        """Problems that follow from the method, the address and the input of the operation."""
        statuses = {401, 406, 429}
        if self.method not in SAFE_METHODS:
            statuses.add(403)
        if "{" in self.path:
            statuses.add(404)
        if self.get_override_parameters() or self._is_list_view() or self.get_filter_backends():
            statuses.add(400)
        if self.method in {"POST", "PUT", "PATCH"}:
            statuses |= {400, 415}
        if self.method == "POST":
            statuses |= {409, 422}
        return statuses

    def get_auth(self) -> list[dict[str, Any]]:
        """What is open to everybody says so: reading, unless it wants somebody signed in or is for some only (403)."""
        ways: list[dict[str, Any]] = super().get_auth()
        answers = self.get_response_serializers()
        for_some = isinstance(answers, dict) and (403, MEDIA_TYPE) in answers
        wants_somebody = any(isinstance(permission, SignedIn) for permission in self.view.get_permissions())
        is_open = self.method in SAFE_METHODS and not wants_somebody and not for_some
        return [{}, *ways] if is_open and {} not in ways else ways

    def _get_parameters(self) -> list[dict[str, Any]]:
        """With the header that every POST understands; see ``network.api.idempotency``."""
        parameters: list[dict[str, Any]] = super()._get_parameters()
        return [*parameters, IDEMPOTENCY_KEY] if self.method == "POST" else parameters

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        """With the help of each filter, also where a type was stated for it, which makes the framework forget the help."""
        parameters: list[dict[str, Any]] = super()._get_filter_parameters()  # type: ignore[no-untyped-call]
        filters = getattr(getattr(self.view, "filterset_class", None), "base_filters", {})
        for parameter in parameters:
            known = filters.get(parameter["name"])
            if known is not None and not parameter.get("description"):
                parameter["description"] = str(known.extra.get("help_text") or known.label or "")
        return parameters

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        return _without_false_format(field, schema)

    def _insert_field_validators(self, field: Any, schema: Any) -> None:
        super()._insert_field_validators(field, schema)  # type: ignore[no-untyped-call]
        _without_false_format(field, schema)

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if direction != "response":
            return bodies
        for status in sorted(self.shared_statuses()):
            if str(status) not in bodies:
                described = OpenApiResponse(ProblemSerializer, MEANING[status])
                body = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    described, str(status), [MEDIA_TYPE], direction
                )
                bodies[str(status)] = body
        for code, body in bodies.items():
            if not body.get("description") or body["description"] == "No response body":
                body["description"] = HTTPStatus(int(code)).phrase
        return dict(sorted(bodies.items()))


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document names it."""

    target_class = "network.api.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """An HTTP bearer scheme."""
        return {"type": "http", "scheme": "bearer", "description": "A personal access token, made under “My tokens”."}
