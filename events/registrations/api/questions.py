"""Questions and answers over HTTP: what an event asks, files for answers, and the answers of registrations."""

from collections.abc import Iterable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from events.programme.models import Event
from events.programme.queries import organised_by, visible_to
from events.registrations.asking import files as answer_files
from events.registrations.asking import questions
from events.registrations.asking.answers import answers_of
from events.registrations.asking.blocks import BLOCKS
from events.registrations.asking.facts import FILE_TYPES, OptionFacts, QuestionFacts, questions_of
from events.registrations.asking.words import INTERFACE, help_text, label, option_label, purpose
from events.registrations.models import Question, Registration
from network.api.endpoints import person_of, read
from network.api.parsing import MultiPart
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.errors import Invalid
from network.rules import require

Kind = Question.Kind
BY_LANGUAGE = 'By language: `{"en": "…", "de": "…"}`.'


def addresses() -> list[URLPattern]:
    """What hangs on an event."""
    return [
        path(
            "events/<slug:slug>/questions/",
            Questions.as_view({"get": "retrieve", "put": "update"}),
            name="api-event-questions",
        ),
        path("events/<slug:slug>/files/", Files.as_view({"post": "create"}), name="api-event-files"),
        path("registrations/files/<int:pk>/", SentFile.as_view({"get": "retrieve"}), name="api-answer-file"),
    ]


class Words(serializers.DictField):
    """A text in several languages."""

    child = serializers.CharField(allow_blank=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"help_text": BY_LANGUAGE, **kwargs})


class OptionSerializer(serializers.Serializer[Any]):
    """An answer to choose from."""

    value = serializers.CharField()
    label = Words()  # type: ignore[assignment]


class QuestionSerializer(serializers.Serializer[Any]):
    """A question that people are asked when they register."""

    key = serializers.CharField(help_text="Names the question in `answers`.")
    kind = serializers.ChoiceField(choices=Kind.choices)
    block = serializers.CharField(help_text="The ready-made block that it belongs to; empty for one of the organiser’s own.")
    label = Words()  # type: ignore[assignment]
    help = Words()
    options = OptionSerializer(many=True, help_text="For `choice` and `choices`.")
    least = serializers.FloatField(allow_null=True, help_text="Of a number.")
    most = serializers.FloatField(allow_null=True)
    types = serializers.ListField(child=serializers.CharField(), help_text="Of a file: `image`, `document`; none: any of them.")
    megabytes = serializers.IntegerField(allow_null=True, help_text="Of a file, at most.")
    is_required = serializers.BooleanField(help_text="It must be answered, if it is asked.")
    is_special = serializers.BooleanField(help_text="Health, diet, belief: answers are kept apart and delete themselves.")
    purpose = serializers.CharField(help_text="What the answer is for.")
    depends_on = serializers.CharField(allow_null=True, help_text="It is asked only with certain answers to this question.")
    depends_values = serializers.ListField(
        child=serializers.CharField(), help_text="These are the answers; `true` for a consent."
    )


class QuestionsSerializer(serializers.Serializer[Any]):
    """All questions of an event, in their order."""

    questions = QuestionSerializer(many=True)


class OptionInput(serializers.Serializer[Any]):
    """An answer to choose from."""

    value = serializers.CharField(required=False, allow_blank=True, help_text="Left out, it is made from the label.")
    label = Words()  # type: ignore[assignment]


class QuestionInput(serializers.Serializer[Any]):
    """A question. With `block`, all else is the block’s."""

    key = serializers.CharField(
        required=False, allow_blank=True, help_text="Of a question that there is, or of a new one. Left out, it is made."
    )
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    block = serializers.CharField(
        required=False, allow_blank=True, help_text=f"One of: {', '.join(BLOCKS)}. Without `key`: all of its questions."
    )
    label = Words(required=False)  # type: ignore[assignment]
    help = Words(required=False)
    options = OptionInput(many=True, required=False)
    least = serializers.DecimalField(max_digits=17, decimal_places=4, required=False, allow_null=True)
    most = serializers.DecimalField(max_digits=17, decimal_places=4, required=False, allow_null=True)
    types = serializers.ListField(child=serializers.ChoiceField(choices=list(FILE_TYPES)), required=False)
    megabytes = serializers.IntegerField(required=False, allow_null=True)
    is_required = serializers.BooleanField(required=False)
    is_special = serializers.BooleanField(required=False)
    purpose = serializers.CharField(required=False, allow_blank=True)
    depends_on = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    depends_values = serializers.ListField(child=serializers.CharField(), required=False)


class QuestionsInput(serializers.Serializer[Any]):
    """All questions of an event. One that is left out is no longer asked."""

    questions = QuestionInput(many=True)


@extend_schema_field(OpenApiTypes.BINARY)
class Upload(serializers.Field):  # type: ignore[type-arg]
    """A file of a multipart form. What it may be is judged where it is kept."""

    def to_internal_value(self, data: Any) -> UploadedFile[Any]:
        """As it came."""
        if not isinstance(data, UploadedFile):
            raise serializers.ValidationError(_("Send a file, as a part with a file name."))
        return data


class FileInput(serializers.Serializer[Any]):
    """A file, and the question that it answers."""

    question = serializers.CharField(help_text="The key of the question.")
    file = Upload()


class FileSerializer(serializers.Serializer[Any]):
    """A file that was uploaded. Its `id` is the answer, for who uploaded it. Unsent, it is deleted after a day."""

    id = serializers.IntegerField()
    question = serializers.CharField(source="question.key")
    name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField(help_text="In bytes.")
    sha256 = serializers.CharField()


class Questions(ViewSet):
    """What an event asks."""

    @extend_schema(responses=QuestionsSerializer)
    def retrieve(self, request: Request, slug: str) -> Response:
        """What people are asked when they register, in its order."""
        return Response(shown(questions_of(_event(request, slug))))

    @extend_schema(
        request=QuestionsInput,
        responses={200: QuestionsSerializer},
        examples=[
            OpenApiExample(
                "A block and two questions",
                value={
                    "questions": [
                        {"block": "diet"},
                        {
                            "key": "evening",
                            "kind": "choice",
                            "label": {"en": "Do you stay for dinner?", "de": "Bleiben Sie zum Abendessen?"},
                            "options": [
                                {"value": "yes", "label": {"en": "Yes", "de": "Ja"}},
                                {"value": "no", "label": {"en": "No", "de": "Nein"}},
                            ],
                            "is_required": True,
                        },
                        {
                            "key": "arrival",
                            "kind": "date",
                            "label": {"en": "When do you arrive?"},
                            "depends_on": "evening",
                            "depends_values": ["yes"],
                        },
                    ]
                },
                request_only=True,
            )
        ],
    )
    def update(self, request: Request, slug: str) -> Response:
        """State all questions anew. For who runs the event.

        A question that keeps its `key` stays what it is. One that is left out is deleted; if somebody has answered it, it is
        no longer asked, and its answers stay.
        """
        event = _event(request, slug)
        if not request.user.is_authenticated:
            raise NotAuthenticated
        require(request.user, "events.manage_registrations", event)
        facts = [facts_from(one) for one in read(QuestionsInput, request)["questions"]]
        questions.set_questions(event=event, by=person_of(request), questions=facts)
        return Response(shown(questions_of(event)))


class Files(ViewSet):
    """Files for answers."""

    permission_classes = [SignedIn]
    parser_classes = [MultiPart]

    @extend_schema(request={"multipart/form-data": FileInput}, responses={201: FileSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Upload a file. Its `id` can then be sent as the answer to the question, by who uploaded it.

        What it is, is judged by its content. Send it without `Idempotency-Key` if it has more than 2 MB.
        """
        event = _event(request, slug)
        sent = read(FileInput, request)
        asking = {question.key: question for question in questions_of(event) if question.kind == Kind.FILE}
        question = asking.get(sent["question"])
        if question is None:
            message = _("This event asks for no such file. It asks for: %(keys)s.")
            raise Invalid({"question": [message % {"keys": ", ".join(asking) or _("nothing")}]})
        try:
            file = answer_files.keep(question=question, person=person_of(request), upload=sent["file"])
        except Invalid as error:
            raise Invalid({"file": error.errors[""]}) from None
        return Response(FileSerializer(file).data, status=201)


class FileRenderer(BaseRenderer):
    """Whatever somebody accepts, a file is what it is."""

    media_type = "*/*"
    format = "file"


class SentFile(ViewSet):
    """A file that was uploaded as an answer."""

    permission_classes = [SignedIn]
    renderer_classes = [JSONRenderer, FileRenderer]

    @extend_schema(
        operation_id="registrations_files_retrieve",
        parameters=[OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH, description="The file.")],
        responses={(200, kind): OpenApiTypes.BINARY for kinds in FILE_TYPES.values() for kind in kinds} | problems(404),
    )
    def retrieve(self, request: Request, pk: int) -> FileResponse:
        """The file itself: for who sent it, whose registration it belongs to, and who runs the event."""
        file = answer_files.readable_by(request.user).filter(pk=min(pk, 2**63 - 1)).first()
        if file is None:
            raise Http404
        try:
            return answer_files.served(file)
        except FileNotFoundError:
            raise Http404 from None


def facts_from(said: dict[str, Any]) -> QuestionFacts:
    """What was sent about one question."""
    options = tuple(OptionFacts(option["label"], option.get("value", "")) for option in said.get("options", ()))
    plain: dict[str, Any] = {
        name: said[name]
        for name in ("kind", "label", "key", "block", "help", "least", "most", "is_required", "is_special", "purpose")
        if name in said
    }
    if said.get("megabytes") is not None:
        plain["megabytes"] = said["megabytes"]
    depends_values = tuple(True if value == "true" else value for value in said.get("depends_values", ()))
    return QuestionFacts(
        **plain,
        options=options,
        types=tuple(said.get("types", ())),
        depends_on=said.get("depends_on") or "",
        depends_values=depends_values,
    )


def shown(asked: Iterable[Question]) -> dict[str, Any]:
    """Questions as programs read them."""
    return {"questions": [_shown(question) for question in asked]}


def _shown(question: Question) -> dict[str, Any]:
    limits, is_file = question.limits, question.kind == Kind.FILE
    is_own = not question.block
    return {
        "key": question.key,
        "kind": question.kind,
        "block": question.block,
        "label": question.label if is_own else {code: label(question, code) for code in INTERFACE},
        "help": question.help if is_own else {code: text for code in INTERFACE if (text := help_text(question, code))},
        "options": [
            {
                "value": option["value"],
                "label": option.get("label", {})
                if is_own
                else {code: option_label(question, option["value"], code) for code in INTERFACE},
            }
            for option in question.options
            if not option.get("removed")
        ],
        "least": limits.get("least"),
        "most": limits.get("most"),
        "types": limits.get("types", []),
        "megabytes": limits.get("megabytes") if is_file else None,
        "is_required": question.is_required,
        "is_special": question.is_special,
        "purpose": purpose(question),
        "depends_on": question.depends_on.key if question.depends_on else None,
        "depends_values": ["true" if value is True else value for value in question.depends_values],
    }


def answers_for(registrations: Iterable[Registration], reader: Any) -> dict[int, dict[str, Any]]:
    """The answers of registrations as programs read them, by registration and key: for the field ``answers``.

    Those of special categories only for the person and who runs the event; nobody else who sees the registration gets them.
    Five queries at most, however many registrations and events these are.
    """
    rows = list(registrations)
    others = {row.event_id for row in rows if row.person_id != getattr(reader, "pk", None)}
    run = set(organised_by(reader).filter(pk__in=others).values_list("pk", flat=True)) if others else set()
    open_to_reader = [row for row in rows if row.person_id == getattr(reader, "pk", None) or row.event_id in run]
    found = answers_of(open_to_reader)
    seen = set(found)
    found |= answers_of([row for row in rows if row.pk not in seen], with_special=False)
    for answers in found.values():
        for key, value in answers.items():
            if isinstance(value, dict):
                answers[key] = answer_files.said_of(value)
    return found


def _event(request: Request, slug: str) -> Event:
    event = visible_to(request.user).filter(slug=slug).first()
    if event is None:
        raise Http404
    return event
