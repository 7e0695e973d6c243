"""One answer: what was sent becomes a value of the question's kind, or it is said what is wrong and what works.

None stands for “not answered”.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django_countries import countries

from events.programme.texts import clean_text
from events.registrations.asking.checks import LARGEST
from events.registrations.asking.words import offered, option_label
from events.registrations.models import Question
from network.errors import Invalid
from network.vocabulary import iso_country_code

Kind = Question.Kind
LONGEST = {Kind.TEXT: 500, Kind.LONG_TEXT: 5000}
DECIMALS = 4
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,10})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_YEAR, LAST_YEAR = 1900, 2200


class Wrong(Exception):
    """What is wrong with an answer, and what works."""


def value_of(question: Question, sent: Any, *, had: Collection[str] = (), language: str | None = None) -> Any:
    """The value of an answer, for every kind but files. ``had``: options that are no longer offered, but are the answer now.

    Raises Wrong.
    """
    if sent is None or sent in ("", []):
        return None
    match question.kind:
        case Kind.TEXT | Kind.LONG_TEXT:
            return _text(question, sent)
        case Kind.CHOICE:
            return _choice(question, sent, had, language)
        case Kind.CHOICES:
            return _choices(question, sent, had, language)
        case Kind.NUMBER:
            return _number(question, sent)
        case Kind.DATE:
            return _day(sent)
        case Kind.COUNTRY:
            return _country(sent)
        case _:
            return _consent(sent)


def _text(question: Question, sent: Any) -> str | None:
    if not isinstance(sent, str):
        raise Wrong(_("Answer with text."))
    try:
        return clean_text(sent, most=LONGEST[Kind(question.kind)], lines=question.kind == Kind.LONG_TEXT) or None
    except Invalid as error:
        raise Wrong(" ".join(str(message) for message in error.errors[""])) from None


def _choice(question: Question, sent: Any, had: Collection[str], language: str | None) -> str:
    if not isinstance(sent, str):
        raise Wrong(_("Answer with one value: %(values)s.") % {"values": _values(question)})
    if sent not in offered(question) and sent not in had:
        raise Wrong(_not_offered(question, sent, language))
    return sent


def _choices(question: Question, sent: Any, had: Collection[str], language: str | None) -> list[str] | None:
    if not isinstance(sent, list | tuple) or not all(isinstance(one, str) for one in sent):
        raise Wrong(_("Answer with a list of values: %(values)s.") % {"values": _values(question)})
    chosen = {one for one in sent if one}
    allowed = {*offered(question), *had}
    for one in sent:
        if one and one not in allowed:
            raise Wrong(_not_offered(question, one, language))
    order = [option["value"] for option in question.options]
    return sorted(chosen, key=order.index) or None


def _values(question: Question) -> str:
    return ", ".join(offered(question))


def _not_offered(question: Question, sent: str, language: str | None) -> str:
    if any(option["value"] == sent for option in question.options):
        message = _("“%(answer)s” is no longer offered. Choose another answer.")
        return message % {"answer": option_label(question, sent, language)}
    return _("“%(value)s” is none of the answers to choose from: %(values)s.") % {
        "value": short(sent),
        "values": _values(question),
    }


def _number(question: Question, sent: Any) -> int | float:
    """A number that every program reads back as it is: 15 digits at most."""
    number = _decimal(sent).normalize()
    value = int(number) if number == number.to_integral_value() else float(number)
    number = Decimal(str(value))
    least, most = question.limits.get("least"), question.limits.get("most")
    if least is not None and number < Decimal(str(least)):
        message = _("This is %(number)s, and the least is %(least)s.")
        raise Wrong(message % {"number": number_format(number), "least": number_format(least)})
    if most is not None and number > Decimal(str(most)):
        message = _("This is %(number)s, and the most is %(most)s.")
        raise Wrong(message % {"number": number_format(number), "most": number_format(most)})
    return value


def _decimal(sent: Any) -> Decimal:
    not_a_number = _("Answer with a number in digits, such as 12 or 2.5.")
    if isinstance(sent, bool) or not isinstance(sent, int | float | str | Decimal):
        raise Wrong(not_a_number)
    if isinstance(sent, str):
        text = sent.strip().replace("\u00a0", "").replace(" ", "")
        if not NUMBER.fullmatch(text):
            raise Wrong(not_a_number)
        sent = text.replace(",", ".")
    elif isinstance(sent, int) and abs(sent) > LARGEST:
        raise Wrong(_("This number is too large."))
    try:
        number = Decimal(sent if isinstance(sent, int | str | Decimal) else repr(sent))
    except InvalidOperation:
        raise Wrong(not_a_number) from None
    if not number.is_finite():
        raise Wrong(not_a_number)
    if abs(number) > LARGEST:
        raise Wrong(_("This number is too large."))
    rounded = round(number, DECIMALS)
    if rounded != number or len((rounded.normalize() if rounded else rounded).as_tuple().digits) > 15:
        raise Wrong(_("Give %(places)d places after the point at most.") % {"places": DECIMALS})
    return rounded


def _day(sent: Any) -> str:
    text = sent.strip() if isinstance(sent, str) else sent.isoformat() if type(sent) is date else ""
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise Wrong(_("Answer with a day that exists, as year, month and day: 2027-05-31."))
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        message = _("%(day)s cannot be meant. Use a year from %(first)d to %(last)d.")
        raise Wrong(message % {"day": date_format(day, "DATE_FORMAT"), "first": FIRST_YEAR, "last": LAST_YEAR})
    return day.isoformat()


def _country(sent: Any) -> str:
    code = iso_country_code(sent.strip()) if isinstance(sent, str) else ""
    if not code or code not in dict(countries):
        raise Wrong(_("Answer with a country by its code of two letters (ISO 3166), such as AT; for Greece GR or EL."))
    return code


def _consent(sent: Any) -> bool | None:
    """Only a clear yes is a consent; “no” is the same as no answer."""
    if sent is False:
        return None
    if sent is not True:
        raise Wrong(_("Answer with true, or leave it out."))
    return True


def file_number(sent: Any) -> int | None:
    """The number of an uploaded file, sent as a number or as what the answer shows: ``{"id": 5, …}``."""
    if isinstance(sent, Mapping):
        sent = sent.get("id")
    if isinstance(sent, str) and re.fullmatch("[0-9]{1,18}", sent):
        sent = int(sent)
    return sent if isinstance(sent, int) and not isinstance(sent, bool) and 0 < sent < 2**63 else None


def short(text: str) -> str:
    """What was sent, as far as it can be said again."""
    plain = "".join(character if character.isprintable() else "�" for character in text[:40])
    return plain + ("…" if len(text) > 40 else "")
