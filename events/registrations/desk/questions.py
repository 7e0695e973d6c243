"""The organiser's page of an event's questions: blocks to switch on, own questions, and how the form will look."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from events.programme.desk import desk_event, desk_page, person_of
from events.programme.models import Event
from events.registrations.asking import questions
from events.registrations.asking.blocks import BLOCKS, Block
from events.registrations.asking.checks import MOST_QUESTIONS
from events.registrations.asking.facts import QuestionFacts, ever_asked, facts_of, questions_of
from events.registrations.asking.forms import AnswersForm
from events.registrations.asking.words import INTERFACE, condition, label
from events.registrations.desk.question_forms import QuestionForm, languages_for
from events.registrations.models import Answer, Question, Registration, SpecialAnswer
from network.errors import Invalid
from network.models import Person
from network.vocabulary import LANGUAGE_NAMES

MANAGE = "events.manage_registrations"


@dataclass
class Unit:
    """A line of the list: a question of the organiser's own, or all of a block."""

    questions: list[Question]
    block: Block | None
    answered: int
    is_first: bool = False
    is_last: bool = False

    @property
    def key(self) -> str:
        """What names it in the buttons."""
        return self.questions[0].key

    @property
    def lines(self) -> list[tuple[Question, str, str]]:
        """Each question with its words and its condition."""
        return [(question, label(question), condition(question)) for question in self.questions]


@desk_page
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """What people are asked, and switches and buttons that change it."""
    event, person = desk_event(request, slug, MANAGE), person_of(request)
    if request.method == "POST":
        verb, _colon, name = request.POST.get("do", "").partition(":")
        try:
            said = _do(event, person, verb, name)
        except Invalid as error:
            for found in error.errors.values():
                for message in found:
                    messages.error(request, str(message))
        else:
            if said:
                messages.success(request, said)
        return redirect("desk_questions", slug=event.slug)
    asked = ever_asked(event)
    counts = _answered(event)
    live = [question for question in asked if question.removed_at is None]
    on = {question.block for question in live if question.block}
    blocks = [
        {
            "block": block,
            "labels": [question.label for question in block.questions],
            "is_on": block.name in on,
            "is_special": any(question.is_special for question in block.questions),
            "cannot": block.by_interpretation and not event.interpretation and block.name not in on,
        }
        for block in BLOCKS.values()
    ]
    context = {
        "event": event,
        "tab": "questions",
        "blocks": blocks,
        "units": _units(live, counts),
        "removed": [(label(question), counts.get(question.pk, 0)) for question in asked if question.removed_at is not None],
        "kinds": Question.Kind.choices,
        "is_full": len(live) >= MOST_QUESTIONS,
        "registered": Registration.objects.filter(event=event, state__in=Registration.LIVE).count(),
        "languages": _languages(event, live),
        "days": event.special_answers_days,
    }
    return render(request, "pages/desk/questions.html", context)


def _do(event: Event, person: Person, verb: str, name: str) -> str:
    """What a button asked for. Returns what happened, in words; nothing for what shows by itself."""
    match verb:
        case "on" | "off" if name in BLOCKS:
            questions.switch_block(event=event, block=name, on=verb == "on", by=person)
            title = {"block": BLOCKS[name].title}
            if verb == "on":
                return gettext("“%(block)s” is switched on: it stands at the end of the form.") % title
            return gettext("“%(block)s” is switched off.") % title
        case "up" | "down":
            step = -1 if verb == "up" else 1
            try:
                questions.change_questions(event=event, by=person, change=lambda present: questions.moved(present, name, step))
            except Invalid:
                message = gettext("A question stays below the one that it depends on.")
                raise Invalid({"": [message]}) from None
        case "remove":
            rows = {question.key: question for question in questions_of(event) if not question.block}
            if name in rows:
                questions.change_questions(
                    event=event,
                    by=person,
                    change=lambda present: questions.without(present, lambda one: one.key == name),
                )
                return gettext("“%(question)s” is no longer asked.") % {"question": label(rows[name])}
    return ""


@desk_page
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """A new question, of the kind that was chosen."""
    event = desk_event(request, slug, MANAGE)
    kind = request.GET.get("kind", Question.Kind.TEXT)
    if kind not in Question.Kind.values:
        raise Http404
    return _edit(request, event, questions_of(event), None, kind)


@desk_page
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Change a question of one's own. Those of blocks are not changed."""
    event = desk_event(request, slug, MANAGE)
    asked = questions_of(event)
    question = next((one for one in asked if one.key == key and not one.block), None)
    if question is None:
        raise Http404
    return _edit(request, event, asked, question, question.kind)


def _edit(request: HttpRequest, event: Event, asked: list[Question], question: Question | None, kind: str) -> HttpResponse:
    place = asked.index(question) if question is not None else len(asked)
    form = QuestionForm(
        request.POST if request.method == "POST" else None,
        event=event,
        kind=kind,
        earlier=asked[:place],
        facts=facts_of(question) if question is not None else None,
    )
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        try:
            written = _write(event, person_of(request), facts)
        except Invalid as error:
            form.place(error.errors, place)
        else:
            key = facts.key or written[-1].key
            row = next(one for one in written if one.key == key)
            messages.success(request, gettext("“%(question)s” is saved.") % {"question": label(row)})
            return redirect("desk_questions", slug=event.slug)
    context = {
        "event": event,
        "tab": "questions",
        "form": form,
        "question": question,
        "heading": label(question) if question is not None else gettext("New question"),
        "kind": dict(Question.Kind.choices)[kind],
        "answered": _answered(event).get(question.pk, 0) if question is not None else 0,
    }
    return render(request, "pages/desk/question.html", context, status=400 if form.errors else 200)


def _write(event: Event, person: Person, facts: QuestionFacts) -> list[Question]:
    """Put the question in its place, or at the end."""

    def put(present: list[QuestionFacts]) -> list[QuestionFacts]:
        if any(facts.key and one.key == facts.key for one in present):
            return [facts if one.key == facts.key else one for one in present]
        return [*present, facts]

    return questions.change_questions(event=event, by=person, change=put)


@desk_page
@require_safe
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The form as people will see it, in one language."""
    event = desk_event(request, slug, MANAGE)
    asked = questions_of(event)
    languages = _languages(event, asked)
    language = request.GET.get("language", "")
    if language not in dict(languages):
        language = languages[0][0]
    with translation.override(language if language in INTERFACE else translation.get_language()):
        form = AnswersForm(asked, language=language)
    untold = [question.key for question in asked if not question.block and not question.label.get(language)]
    context = {
        "event": event,
        "tab": "questions",
        "answers": form,
        "language": language,
        "languages": [(code, name, code == language) for code, name in languages],
        "language_name": dict(languages)[language],
        "untold": len(untold),
    }
    return render(request, "pages/desk/questions_preview.html", context)


def _languages(event: Event, asked: list[Question]) -> list[tuple[str, Any]]:
    codes = languages_for(event, *(question.label for question in asked))
    return [(code, LANGUAGE_NAMES.get(code, code)) for code in codes]


def _units(asked: list[Question], counts: dict[int, int]) -> list[Unit]:
    units: list[Unit] = []
    for question in asked:
        block = BLOCKS.get(question.block)
        answered = counts.get(question.pk, 0)
        if block and units and units[-1].block is block:
            units[-1].questions.append(question)
            units[-1].answered = max(units[-1].answered, answered)
        else:
            units.append(Unit([question], block, answered))
    if units:
        units[0].is_first = units[-1].is_last = True
    return units


def _answered(event: Event) -> dict[int, int]:
    """How many people have answered each question."""
    found: dict[int, int] = {}
    for table in (Answer, SpecialAnswer):
        rows = table.objects.filter(question__event=event).order_by().values_list("question").annotate(n=Count("pk"))
        for question, number in rows:
            found[question] = found.get(question, 0) + number
    return found
