"""The evaluation over HTTP for a participant: the questions of their own registration's event, and their answers, once.

Answers come by PUT: of a POST a worker may keep a digest for repetition, with who sent it, and of answers nothing is kept.
"""

from typing import Any

from django.http import Http404
from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.viewsets import ViewSet

from events.attendance.evaluation import actions, queries
from events.attendance.evaluation.api import STATES, EvaluationQuestionSerializer, question_shown
from events.attendance.models import Evaluation
from events.registrations.api.registrations import OWN, own_registration
from events.registrations.models import Registration
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.api.throttling import ByEndpoint, People
from network.errors import Invalid


def addresses() -> list[URLPattern]:
    """What a registration has one of."""
    one = OwnEvaluation.as_view({"get": "retrieve", "put": "update"})
    return [path("registrations/<int:registration>/evaluation/", one, name="api-own-evaluation")]


class OwnEvaluationSerializer(serializers.Serializer[Any]):
    """The evaluation as a participant sees it."""

    standing = serializers.ChoiceField(choices=STATES, help_text="`off`: the event does not take place, for now.")
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    is_done = serializers.BooleanField(help_text="You have answered. What, nobody can tell, you included.")
    closed = serializers.CharField(help_text="Why you cannot answer, in your language; empty if you can, or have.")
    is_needed = serializers.BooleanField(
        help_text="The certificate needs it: the organiser sees that you have answered, and never what."
    )
    least = serializers.IntegerField(help_text="From so many answers up the organiser sees a summary, once it has closed.")
    questions = EvaluationQuestionSerializer(many=True, help_text="Empty if you cannot answer, or have.")


class OwnAnswersInput(serializers.Serializer[Any]):
    """What you answer."""

    answers = serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        allow_empty=True,
        help_text="By the id of the question: for `scale` 1 to 5, for `choice` a `value` of its options, "
        "for `choices` a list of such, for `text` your words.",
    )


class OwnEvaluation(ViewSet):
    """The evaluation of an event in which one takes part. For the participant alone."""

    permission_classes = [SignedIn]
    throttle_scope = "self-service"

    def get_throttles(self) -> list[BaseThrottle]:
        """Answering is limited as on the page, in one allowance."""
        return [ByEndpoint(), People()] if self.action == "update" else super().get_throttles()

    @extend_schema(
        operation_id="registrations_evaluation_retrieve",
        parameters=[OWN],
        responses=OwnEvaluationSerializer,
    )
    def retrieve(self, request: Request, registration: int) -> Response:
        """What you are asked about the event, and until when. 404 where there is none, or the registration is another’s."""
        return Response(_shown(own_registration(request, registration)))

    @extend_schema(
        operation_id="registrations_evaluation_answer",
        parameters=[OWN],
        request=OwnAnswersInput,
        responses={200: OwnEvaluationSerializer, **problems(409)},
        examples=[
            OpenApiExample(
                "One question of each kind",
                value={"answers": {"11": 5, "12": "right", "13": ["Monday", "Tuesday"], "14": "More time for questions"}},
                request_only=True,
            )
        ],
    )
    def update(self, request: Request, registration: int) -> Response:
        """Hand in your answers, once and for good: they are anonymous, so nobody can find yours to change them.

        A second time is refused (`evaluation_begun`), and so is one that is not open (`evaluation_closed`).
        """
        found = own_registration(request, registration)
        answers = read(OwnAnswersInput, request)["answers"]
        try:
            actions.answer(registration=found, answers=answers, by=person_of(request))
        except Invalid as problem:
            raise Invalid({f"answers.{key}".rstrip("."): told for key, told in problem.errors.items()}) from None
        return Response(_shown(found))


def _shown(registration: Registration) -> dict[str, Any]:
    evaluation: Evaluation | None = queries.evaluation_of(registration.event)
    if evaluation is None:
        raise Http404
    is_done = queries.has_answered(registration)
    closed = "" if is_done else actions.why_closed(evaluation, registration)
    questions = [] if is_done or closed else evaluation.questions.all()
    said = {
        "standing": queries.state_of(evaluation),
        "opens_at": queries.opens_at(evaluation),
        "closes_at": queries.closes_at(evaluation),
        "is_done": is_done,
        "closed": closed,
        "is_needed": queries.is_needed(registration.event),
        "least": queries.LEAST,
        "questions": [question_shown(one) for one in questions],
    }
    return dict(OwnEvaluationSerializer(said).data)
