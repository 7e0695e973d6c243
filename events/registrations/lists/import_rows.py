"""What stands in a list of people: which column says what, and row by row whether it can be imported.

Nothing is looked up about the people but whether they are registered at this event: a preview tells nobody who has an account.
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from events.programme.models import Event
from events.registrations.asking import answers
from events.registrations.asking.facts import questions_of
from events.registrations.asking.words import label
from events.registrations.lists.colleagues import Row as Colleague
from events.registrations.lists.colleagues import checked
from events.registrations.lists.import_answers import Questionnaire
from events.registrations.lists.words import FIELDS, field_of, own_headings
from events.registrations.models import Registration
from network.errors import Invalid
from network.sheet_files import Line, SheetFile

ANSWER = "answers."
MOST_KEPT = 5_000  # characters of a cell: more is none of what we ask


class Column(TypedDict):
    """A column of the list: ``field`` is what it says, ``answers.<key>`` for a question, empty if it is not imported."""

    heading: str
    field: str


class Row(TypedDict):
    """A row as it is kept: what it says by field, and ``state``: good, faulty, twice (``first`` names the line) or registered.

    ``wrong`` holds pairs of a heading and what is wrong there.
    """

    line: int
    state: str
    said: dict[str, str]
    wrong: list[tuple[str, str]]
    first: int


def read_rows(event: Event, sheet: SheetFile) -> tuple[list[Column], list[Row]]:
    """The columns and rows of a list. Three queries, however long it is. Raises Invalid at ``file``."""
    questionnaire = Questionnaire(questions_of(event))
    heads, *lines = sheet.lines
    columns = _columns(heads, questionnaire)
    if not lines:
        raise Invalid({"file": [_("There are headings in this file, but nobody under them.")]})
    words = own_headings() | {column["field"]: column["heading"] for column in columns if column["field"]}
    words |= {f"{ANSWER}{key}": label(question) for key, question in questionnaire.by_key.items()}
    registered, seen, rows = _registered(event), dict[str, int](), []
    for line in lines:
        row = _read(line, columns)
        stated = _judge(row, line, columns, questionnaire, words)
        if stated is not None:
            if stated in registered:
                row["state"] = "registered"
            elif stated in seen:
                row["state"], row["first"] = "twice", seen[stated]
            else:
                seen[stated] = row["line"]
        rows.append(row)
    return columns, rows


def colleague_of(row: Row, questionnaire: Questionnaire, sessions: Sequence[int] = ()) -> Colleague:
    """A row as the action takes it."""
    said = row["said"]
    cells = {key.removeprefix(ANSWER): text for key, text in said.items() if key.startswith(ANSWER)}
    found = questionnaire.answers_in({key: text for key, text in cells.items() if key in questionnaire.by_key})
    facts = {name: said.get(name, "") for name in ("email", "organisation", "country", "kind", "position", "note")}
    return Colleague(**facts, name=name_in(said), sessions=sessions, answers=found or None)


def name_in(said: Mapping[str, str]) -> str:
    """The whole name, written in one column or in two."""
    return said.get("name") or " ".join(filter(None, (said.get("first_name"), said.get("last_name"))))


def _registered(event: Event) -> set[str]:
    """Addresses of those who have asked for a place already, or hold one."""
    live = Registration.objects.filter(event=event, state__in=Registration.LIVE).exclude(state=Registration.State.INVITED)
    return set(live.order_by().values_list(Lower("person__email"), flat=True))


def _columns(heads: Line, questionnaire: Questionnaire) -> list[Column]:
    columns, taken = list[Column](), set[str]()
    for heading in heads.cells:
        field = field_of(heading)
        if not field and (key := questionnaire.key_of(heading)):
            field = f"{ANSWER}{key}"
        columns.append({"heading": heading[:80], "field": "" if field in taken else field})
        taken.add(field)
    missing = {"email", "organisation", "country"} - taken
    if not {"name"} & taken and not {"first_name", "last_name"} <= taken:
        missing.add("name")
    if missing:
        words = own_headings()
        message = _("These headings are missing in the first row: {missing}. Found are: {found}.")
        found = ", ".join(column["heading"] for column in columns[:12] if column["heading"]) or _("none")
        names = ", ".join(f"“{words[name]}”" for name in FIELDS if name in missing)
        raise Invalid({"file": [message.format(missing=names, found=found)]})
    return columns


def _read(line: Line, columns: Sequence[Column]) -> Row:
    said = {
        column["field"]: text[:MOST_KEPT] for column, text in zip(columns, line.cells, strict=False) if column["field"] and text
    }
    return {
        "line": line.number,
        "state": "good",
        "said": {key: _unescaped(text) for key, text in said.items()},
        "wrong": [],
        "first": 0,
    }


def _unescaped(text: str) -> str:
    """Without the apostrophe that our own lists put before what a spreadsheet would take for a formula."""
    return text[1:] if text[:1] == "'" and text[1:].lstrip()[:1] in {"=", "+", "-", "@"} else text


def _judge(
    row: Row, line: Line, columns: Sequence[Column], questionnaire: Questionnaire, words: Mapping[str, str]
) -> str | None:
    """The address of a row in which nothing is wrong; else it is noted what is."""
    unread = {columns[place]["field"]: why for place, why in line.unread.items() if place < len(columns)}
    wrong = {field: [why] for field, why in unread.items() if field}
    email = None
    colleague = colleague_of(row, questionnaire)
    try:
        email = checked(colleague).email
    except Invalid as error:
        wrong = {**error.errors, **wrong}
    if len(line.cells) > len(columns) and any(line.cells[len(columns) :]):
        wrong[""] = [_("This row has more cells than there are headings. Is one of its cells divided by mistake?")]
    if colleague.answers:
        try:
            answers.check(questionnaire.questions, colleague.answers, must=False)
        except Invalid as error:
            wrong |= error.errors
    if wrong:
        row["state"] = "faulty"
        row["wrong"] = [(words.get(field, ""), str(message)) for field, found in wrong.items() for message in found]
        return None
    return email
