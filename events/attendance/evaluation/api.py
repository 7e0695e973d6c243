"""Evaluations over HTTP, for who runs the event: the questionnaire, how many answered, and the summary once it is shown."""

from typing import Any

from django.db import transaction
from django.http import Http404
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from events.attendance.evaluation import actions, queries
from events.attendance.evaluation.checks import MOST_QUESTIONS, Asked
from events.attendance.evaluation.ready_made import READY_MADE
from events.attendance.evaluation.summary import Summary, summary_of
from events.attendance.evaluation.words import options_of, text_of
from events.attendance.models import EvaluationQuestion
from events.programme.models import Event
from events.registrations.api.registrations import AT_EVENT, visible_event
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.errors import Refused
from network.rules import require

STATES = ["scheduled", "open", "closed", "off"]


class SummaryHidden(Refused):
    """The summary is not shown: the evaluation is not closed, or fewer than five people have answered."""

    code = "summary_hidden"
    message = _("The summary is shown once the evaluation has closed, from five answers up.")


def addresses() -> list[URLPattern]:
    """What an event has one of: no list, and so not for the router."""
    one = Evaluations.as_view({"get": "retrieve", "put": "update", "delete": "destroy"})
    return [
        path("events/<slug:slug>/evaluation/", one, name="api-evaluation"),
        path("events/<slug:slug>/evaluation/close/", Close.as_view({"post": "create"}), name="api-evaluation-close"),
        path("events/<slug:slug>/evaluation/summary/", ASummary.as_view({"get": "retrieve"}), name="api-evaluation-summary"),
    ]


class EvaluationOptionSerializer(serializers.Serializer[Any]):
    """An answer to choose from."""

    value = serializers.CharField()
    words = serializers.CharField()


class EvaluationQuestionSerializer(serializers.Serializer[Any]):
    """A question of the evaluation."""

    id = serializers.IntegerField()
    key = serializers.CharField(help_text="Of a ready-made question; empty for one of the organiser’s own.")
    kind = serializers.ChoiceField(choices=EvaluationQuestion.Kind.choices)
    text = serializers.CharField(help_text="A ready-made one is in your language.")
    options = EvaluationOptionSerializer(many=True, help_text="The answers to choose from, if there are any.")
    is_required = serializers.BooleanField()


class EvaluationSerializer(serializers.Serializer[Any]):
    """The evaluation of an event, and how it stands."""

    standing = serializers.ChoiceField(choices=STATES, help_text="`off`: the event does not take place, for now.")
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    answered = serializers.IntegerField(help_text="How many have answered. Who, is not told.")
    asked = serializers.IntegerField(help_text="How many can answer, or have.")
    is_shown = serializers.BooleanField(help_text="Whether there is a summary: closed, and from five answers up.")
    questions = EvaluationQuestionSerializer(many=True)


class EvaluationQuestionInput(serializers.Serializer[Any]):
    """A question. With `key` all else but `is_required` is ready-made."""

    id = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**53, help_text="Of a question that there is."
    )
    key = serializers.CharField(required=False, allow_blank=True, max_length=30, help_text=f"One of: {', '.join(READY_MADE)}.")
    kind = serializers.ChoiceField(choices=EvaluationQuestion.Kind.choices, required=False)
    text = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    options = serializers.ListField(child=serializers.CharField(max_length=1000), required=False, max_length=100)
    is_required = serializers.BooleanField(required=False)


class EvaluationInput(serializers.Serializer[Any]):
    """What an organiser states of an evaluation."""

    opens_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Null: from the end of the event.")
    closes_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Null: for thirty days.")
    questions = EvaluationQuestionInput(
        many=True,
        required=False,
        help_text=f"All of them, {MOST_QUESTIONS} at most. Left out: those that there are, or the ready-made ones.",
    )


class EvaluationBarSerializer(serializers.Serializer[Any]):
    """How many gave one answer."""

    words = serializers.CharField()
    count = serializers.IntegerField()
    percent = serializers.IntegerField()


class EvaluationSummedSerializer(serializers.Serializer[Any]):
    """What came of one question."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=EvaluationQuestion.Kind.choices)
    text = serializers.CharField()
    is_hidden = serializers.BooleanField(help_text="Fewer than five people answered it: nothing of it is told.")
    answered = serializers.IntegerField(allow_null=True)
    bars = EvaluationBarSerializer(many=True)
    mean = serializers.FloatField(allow_null=True, help_text="Of a scale, from 1 to 5.")
    texts = serializers.ListField(child=serializers.CharField(), help_text="In the order of the alphabet.")


class EvaluationSummarySerializer(serializers.Serializer[Summary]):
    """What came of an evaluation. Nobody can be found in it."""

    answered = serializers.IntegerField()
    asked = serializers.IntegerField()
    questions = EvaluationSummedSerializer(many=True)


class Evaluations(ViewSet):
    """The evaluation of an event. For who runs the event."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_evaluation_retrieve",
        parameters=[AT_EVENT],
        responses={200: EvaluationSerializer, **problems(403)},
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """What is asked, from when until when, and how many have answered. 404 where there is no evaluation."""
        return Response(_shown(_event(request, slug)))

    @extend_schema(
        operation_id="events_evaluation_set",
        parameters=[AT_EVENT],
        request=EvaluationInput,
        responses={200: EvaluationSerializer, **problems(409)},
    )
    def update(self, request: Request, slug: str) -> Response:
        """Switch it on, or state its questions and times anew. Questions stay as they are once somebody has answered."""
        event, by = _event(request, slug), person_of(request)
        said = read(EvaluationInput, request)
        with transaction.atomic():
            evaluation = actions.switch_on(event=event, by=by)
            if "questions" in said:
                asked = [_asked(one) for one in said["questions"]]
                actions.set_questions(event=event, questions=asked, by=by)
            if "opens_at" in said or "closes_at" in said:
                actions.set_times(
                    event=event,
                    opens_at=said.get("opens_at", evaluation.opens_at),
                    closes_at=said.get("closes_at", evaluation.closes_at),
                    by=by,
                )
        return Response(_shown(event))

    @extend_schema(
        operation_id="events_evaluation_switch_off",
        parameters=[AT_EVENT],
        responses={204: None, **problems(403, 409)},
    )
    def destroy(self, request: Request, slug: str) -> Response:
        """Switch it off, as long as nobody has answered and no certificate needs it."""
        actions.switch_off(event=_event(request, slug), by=person_of(request))
        return Response(status=204)


class Close(ViewSet):
    """The end of an evaluation."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_evaluation_close",
        parameters=[AT_EVENT],
        request=None,
        responses={200: EvaluationSerializer, **problems(409)},
    )
    def create(self, request: Request, slug: str) -> Response:
        """End it now. With five answers or more the summary is shown then, and it cannot open again."""
        event = _event(request, slug)
        actions.close(event=event, by=person_of(request))
        return Response(_shown(event))


class ASummary(ViewSet):
    """What came of an evaluation."""

    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="events_evaluation_summary",
        parameters=[AT_EVENT],
        responses={200: EvaluationSummarySerializer, **problems(403, 409)},
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """The summary, once the evaluation has closed, from five answers up; before, the problem `summary_hidden`."""
        event = _event(request, slug)
        standing = queries.standing_of(event)
        if standing is None:
            raise Http404
        summary = summary_of(event, standing)
        if summary is None:
            raise SummaryHidden
        return Response(EvaluationSummarySerializer(summary).data)


def _event(request: Request, slug: str) -> Event:
    event = visible_event(request, slug)
    require(request.user, "events.manage_evaluation", event)
    return event


def _asked(said: dict[str, Any]) -> Asked:
    return Asked(**{**said, "options": tuple(said.get("options", ()))})


def question_shown(question: EvaluationQuestion) -> dict[str, Any]:
    """A question as programs read it, in the reader's language."""
    return {
        "id": question.pk,
        "key": question.key,
        "kind": question.kind,
        "text": text_of(question),
        "options": [{"value": value, "words": words} for value, words in options_of(question)],
        "is_required": question.is_required,
    }


def _shown(event: Event) -> dict[str, Any]:
    standing = queries.standing_of(event)
    if standing is None:
        raise Http404
    questions = [question_shown(one) for one in standing.evaluation.questions.all()]
    said = {
        "standing": standing.state,
        "opens_at": standing.opens_at,
        "closes_at": standing.closes_at,
        "answered": standing.answered,
        "asked": standing.asked,
        "is_shown": standing.is_shown,
        "questions": questions,
    }
    return dict(EvaluationSerializer(said).data)
