"""Revoking many certificates at once over HTTP: choose them, read what will follow, confirm with a reason, read what became."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED, HTTP_202_ACCEPTED
from rest_framework.viewsets import ViewSet

from events.certificates import queries
from events.certificates.api.serializers import ReasonSerializer
from events.certificates.issuing import revoking
from events.certificates.issuing.choices import Choice, choices_of, why
from events.certificates.models import Certificate, Revocation, RevocationRun
from events.certificates.numbers import parse
from events.certificates.register.filters import RegisterFilter
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.errors import Invalid
from network.models import Person
from network.rules import require

KEY = r"\d{1,18}"
OF_RUN = OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH, description="A choice that you made.")
REFUSALS = [Revocation.Outcome.ALREADY_REVOKED, Revocation.Outcome.ALREADY_REPLACED]
REFUSALS += [Revocation.Outcome.NOT_ALLOWED, Revocation.Outcome.FAILED]


class RevocationChoiceInput(serializers.Serializer[Any]):
    """Which certificates are meant: by their numbers, or all that hold and that the filters of the list find."""

    numbers = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=revoking.MOST, help_text="As they are printed."
    )
    filter = serializers.DictField(
        child=serializers.CharField(max_length=200),
        required=False,
        help_text='Filters of the list of certificates, one at least, such as `{"event": "market-dialogue"}`.',
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two. A filter that is misspelt must not mean all certificates."""
        if ("numbers" in attrs) == ("filter" in attrs):
            raise serializers.ValidationError({"numbers": _("Name numbers or a filter.")})
        for name in attrs.get("filter", {}):
            if name not in RegisterFilter.base_filters:
                raise serializers.ValidationError({"filter": _("There is no filter “%(name)s”.") % {"name": name[:40]}})
        return attrs


class LeftAloneSerializer(serializers.Serializer[Any]):
    """A certificate that is left as it is."""

    number = serializers.CharField(source="certificate.number")
    code = serializers.ChoiceField(source="now", choices=[(one.value, one.value) for one in REFUSALS])
    why = serializers.SerializerMethodField(help_text="In your language.")

    def get_why(self, revocation: Any) -> str:
        """In words."""
        return why(revocation.now)


class RevocationChoiceSerializer(serializers.Serializer[Choice]):
    """A choice: what will follow, how far it is, what became of it."""

    id = serializers.IntegerField(source="run.pk")
    state = serializers.ChoiceField(
        choices=["chosen", "running", "ended"], help_text="`chosen`: nothing happens before it is confirmed."
    )
    reason = serializers.CharField(source="run.reason")
    chosen_at = serializers.DateTimeField(source="run.chosen_at")
    confirmed_at = serializers.DateTimeField(source="run.confirmed_at", allow_null=True)
    ended_at = serializers.DateTimeField(source="run.ended_at", allow_null=True)
    total = serializers.IntegerField(help_text="How many were chosen.")
    waiting = serializers.IntegerField(help_text="How many are still to be revoked.")
    revoked = serializers.IntegerField(help_text="How many were revoked.")
    people = serializers.IntegerField(help_text="How many people are told, or were.")
    untold = serializers.IntegerField(help_text="Of how many of these the holder has no account, so that nobody is told.")
    left_alone = serializers.SerializerMethodField(help_text="Those that are left as they are, and why.")

    @extend_schema_field(LeftAloneSerializer(many=True))
    def get_left_alone(self, choice: Choice) -> Any:
        """As they are now; after it was confirmed, as they were then."""
        return LeftAloneSerializer(choice.refused, many=True).data


class Revocations(ViewSet):
    """Revoking many certificates at once, in two steps: choose, then confirm."""

    permission_classes = [SignedIn]
    lookup_url_kwarg = "id"
    lookup_value_regex = KEY

    def _run(self, request: Request, id: str) -> RevocationRun:
        found = choices_of(person_of(request)).filter(pk=id).first()
        if found is None:
            raise Http404
        return found

    @extend_schema(
        operation_id="certificates_revocations_create",
        summary="Choose certificates to revoke",
        description="Nothing happens to them yet: the answer says what would follow. A choice that is not confirmed is "
        "forgotten after a day.",
        request=RevocationChoiceInput,
        responses={201: RevocationChoiceSerializer, **problems(400, 403)},
    )
    def create(self, request: Request) -> Response:
        """Choose."""
        require(request.user, "network.use_desk")
        said, by = read(RevocationChoiceInput, request), person_of(request)
        found = _by_number(said["numbers"], by) if "numbers" in said else _by_filter(said["filter"], by)
        field = "numbers" if "numbers" in said else "filter"
        try:
            run = revoking.choose(certificates=found, by=by)
        except Invalid as error:
            raise Invalid({field: error.errors["certificates"]}) from error
        return Response(RevocationChoiceSerializer(Choice(run)).data, status=HTTP_201_CREATED)

    @extend_schema(
        operation_id="certificates_revocations_retrieve",
        summary="What will follow, or what became of it",
        parameters=[OF_RUN],
        responses={200: RevocationChoiceSerializer, **problems(404)},
    )
    def retrieve(self, request: Request, id: str) -> Response:
        """As it is now."""
        return Response(RevocationChoiceSerializer(Choice(self._run(request, id))).data)

    @extend_schema(
        operation_id="certificates_revocations_confirm",
        summary="Revoke those that were chosen",
        description="A few at once, many by a worker: GET shows how far it is. Each holder is told once; asked for again, "
        "nothing is done twice. What cannot be revoked is left as it is, and the answer says why.",
        parameters=[OF_RUN],
        request=ReasonSerializer,
        responses={202: RevocationChoiceSerializer, **problems(400, 404)},
    )
    @action(methods=["post"], detail=True)
    def confirm(self, request: Request, id: str) -> Response:
        """Confirm."""
        run = self._run(request, id)
        run = revoking.confirm(run=run, reason=read(ReasonSerializer, request)["reason"], by=person_of(request))
        return Response(RevocationChoiceSerializer(Choice(run)).data, status=HTTP_202_ACCEPTED)


def _by_number(typed: list[str], by: Person) -> Any:
    """All of them, or Invalid: a number that is nobody's is a mistake to be looked at first."""
    numbers = {text: parse(text) for text in typed}
    found = queries.visible_to(by).filter(number__in=[number for number in numbers.values() if number])
    known = set(found.values_list("number", flat=True))
    unknown = [text for text, number in numbers.items() if number not in known]
    if unknown:
        text = _("There is no such certificate that you may see: %(numbers)s.")
        raise Invalid({"numbers": [text % {"numbers": ", ".join(unknown[:10])}]})
    return Certificate.objects.filter(number__in=known)


def _by_filter(said: dict[str, str], by: Person) -> Any:
    chosen = RegisterFilter(said, queryset=queries.run_by(by))
    if not chosen.is_valid():
        raise Invalid({f"filter.{name}": messages for name, messages in chosen.errors.items()})
    if not any(chosen.form.cleaned_data.values()):
        raise Invalid({"filter": [_("Name one filter at least.")]})
    return chosen.qs.filter(revoked_at=None)
