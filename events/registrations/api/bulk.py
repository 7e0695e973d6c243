"""Several people at once over HTTP, with an answer for each of them."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter
from rest_framework.viewsets import ViewSet

from events.registrations.api.registrations import AT_EVENT, SLUG, visible_event
from events.registrations.api.shapes import key
from events.registrations.errors import NobodyRegistered
from events.registrations.lists.colleagues import GroupResult, Row, RowResult, register_colleagues
from events.registrations.models import Registration, RegistrationImport
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.problems import MEDIA_TYPE, ProblemResponse, describe, status_of
from network.api.schema import ProblemSerializer
from network.errors import Invalid, Problem
from network.rules import require

Mode = RegistrationImport.Mode
MOST = 500


def register(router: BaseRouter) -> None:
    """Put this endpoint under the API root."""
    router.register(rf"events/(?P<slug>{SLUG})/registrations/bulk", Bulk, basename="api-bulk-registration")


class StatedOrganisation(serializers.Serializer[Any]):
    """For whom somebody works. It counts only if the person is new here, or has named none."""

    name = serializers.CharField(allow_blank=True)
    country = serializers.CharField(allow_blank=True, help_text="ISO 3166-1 code (or EL), or the country's name.")
    kind = serializers.CharField(
        allow_blank=True, required=False, default="", help_text="A type of organisation, such as `local-authority`."
    )


class PersonInput(serializers.Serializer[Any]):
    """Somebody to register. What is wrong here is said in their row of the answer, and does not keep back the others."""

    email = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True, help_text="The full name. It counts only if the person is new here.")
    organisation = StatedOrganisation()
    position = serializers.CharField(required=False, allow_blank=True, default="", help_text="Their function.")
    note = serializers.CharField(required=False, allow_blank=True, default="", help_text="A note to the organiser.")
    sessions = serializers.ListField(child=key(), required=False, max_length=200, help_text="Sessions that are chosen.")
    answers = serializers.DictField(
        required=False,
        allow_null=True,
        help_text="To the event's questions, by their keys. Left out: the person answers them later, the required ones too.",
    )


class BulkInput(serializers.Serializer[Any]):
    """A group of people."""

    mode = serializers.ChoiceField(
        choices=Mode.choices,
        required=False,
        default=Mode.FIT.value,
        help_text="`all`: everybody gets a place, or nothing is written. `fit`: who comes first gets one, the others wait.",
    )
    people = PersonInput(many=True, allow_empty=False, max_length=MOST)  # type: ignore[call-arg]


class RowProblem(serializers.Serializer[Any]):
    """Why somebody is not registered."""

    code = serializers.CharField(help_text="Stable, to branch on: `invalid`, `not_allowed`, `not_eligible`, `no_room` …")
    detail = serializers.CharField(help_text="What is wrong, and what works.")
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="For `invalid`: messages by field.",
    )


class RowSerializer(serializers.Serializer[Any]):
    """What became of one of them."""

    row = serializers.IntegerField(help_text="The position in `people`, from 0.")
    registration = serializers.IntegerField(allow_null=True, help_text="Its id; null if there is none.")
    state = serializers.ChoiceField(choices=Registration.State.choices, allow_null=True)
    is_new = serializers.BooleanField(help_text="False too for who was registered already.")
    problem = RowProblem(allow_null=True)


class BulkSerializer(serializers.Serializer[Any]):
    """What became of a group, in the order of the request."""

    written = serializers.BooleanField()
    rows = RowSerializer(many=True)


class NothingWritten(ProblemSerializer):
    """A problem, with what became of each: who has none could have come, had the others."""

    written = serializers.BooleanField()
    rows = RowSerializer(many=True)


EXAMPLE = OpenApiExample(
    "Two people, if there are places for both",
    value={
        "mode": "all",
        "people": [
            {
                "email": "ana@city.example",
                "name": "Ana Maier",
                "organisation": {"name": "City of Graz", "country": "AT", "kind": "local-authority"},
            },
            {
                "email": "ben@city.example",
                "name": "Ben Novak",
                "organisation": {"name": "City of Graz", "country": "AT"},
                "note": "Arrives at ten",
            },
        ],
    },
    request_only=True,
)


class Bulk(ViewSet):
    """Several people at once."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_registrations_bulk_create",
        parameters=[AT_EVENT],
        request=BulkInput,
        examples=[EXAMPLE],
        responses={
            200: BulkSerializer,
            (409, MEDIA_TYPE): OpenApiResponse(
                NothingWritten, "With `all`: nothing is written; `rows` says who stood in the way."
            ),
        },
    )
    def create(self, request: Request, slug: str) -> Response:
        """Register up to 500 people. Who is new here gets an account; what is known of a person is never overwritten.

        For who runs the event, and for organisers of other centres who bring colleagues: people of their own organisation or
        of their centre's country, for whom the event's rules hold. Each person has a row in the answer, also where something
        is wrong with what was sent about them. Who is registered already stays so.
        """
        event = visible_event(request, slug)
        require(request.user, "network.use_desk")
        facts = read(BulkInput, request)
        rows = [_row(person) for person in facts["people"]]
        result = register_colleagues(event=event, rows=rows, by=person_of(request), mode=facts["mode"])
        if result.written:
            return Response(_shown(result))
        code = NobodyRegistered.code
        problem = describe(code, status=status_of(NobodyRegistered), title=NobodyRegistered.message)
        return ProblemResponse({**problem, **_shown(result)}, status=problem["status"])


def _row(person: dict[str, Any]) -> Row:
    organisation = person["organisation"]
    return Row(
        email=person["email"],
        name=person["name"],
        organisation=organisation["name"],
        country=organisation["country"],
        kind=organisation["kind"],
        position=person["position"],
        note=person["note"],
        sessions=person.get("sessions", ()),
        answers=person.get("answers"),
    )


def _shown(result: GroupResult) -> dict[str, Any]:
    return {"written": result.written, "rows": [_shown_row(number, row) for number, row in enumerate(result.rows)]}


def _shown_row(number: int, row: RowResult) -> dict[str, Any]:
    return {
        "row": number,
        "registration": row.registration.pk if row.registration is not None else None,
        "state": str(row.registration.state) if row.registration is not None else None,
        "is_new": row.is_new,
        "problem": _shown_problem(row.problem) if row.problem is not None else None,
    }


def _shown_problem(problem: Problem) -> dict[str, Any]:
    shown: dict[str, Any] = {"code": problem.code, "detail": str(problem.message)}
    if isinstance(problem, Invalid):
        paths = {"organisation": "organisation.name", "country": "organisation.country", "kind": "organisation.kind"}
        errors = problem.errors.items()
        shown["errors"] = {paths.get(path, path): [str(message) for message in messages] for path, messages in errors}
    return shown
