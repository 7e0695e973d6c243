"""Words that people write into lists: headings, countries, types of organisation, in every language of the interface."""

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django_countries import countries

from network.models import Organisation
from network.vocabulary import iso_country_code

#: What a list can say of a person. The first and the last name become one.
FIELDS = ("name", "first_name", "last_name", "email", "position", "organisation", "country", "kind", "note")
REQUIRED = ("name", "email", "organisation", "country")

#: Headings that are found in lists, besides our own words in every language of the interface.
SYNONYMS: dict[str, str] = {
    "name": "name; full name; participant; attendee; person; vollständiger Name; Teilnehmer; Teilnehmerin; Teilnehmer/in;"
    "Vor- und Nachname; nom complet; nombre completo; nome completo",
    "first_name": "first name; firstname; given name; forename; Vorname; Rufname; prénom; nombre; nome",
    "last_name": "last name; lastname; surname; family name; Nachname; Familienname; Zuname; nom de famille; apellido;"
    "apellidos; cognome",
    "email": "e-mail; mail; e-mail address; mail address; E-Mail-Adresse; Mailadresse; courriel; adresse e-mail;"
    "correo electrónico; correo; indirizzo e-mail",
    "position": "function; position; role; job title; job; Funktion; Stelle; Rolle; fonction; cargo; funzione",
    "organisation": "organisation; organization; company; authority; institution; employer; organisation name; Firma; Behörde;"
    "Dienststelle; Einrichtung; Arbeitgeber; Unternehmen; organización; organizzazione; organisme",
    "country": "country; country code; country of the organisation; Land; Länderkürzel; Staat; pays; país; paese",
    "kind": "type; kind; type of organisation; organisation type; type of organization; Art; Art der Organisation;"
    "Organisationstyp; Organisationsart; Typ",
    "note": "note; notes; remark; remarks; comment; comments; a note to the organiser; Anmerkung; Anmerkungen; Bemerkung;"
    "Bemerkungen; Kommentar; Notiz; Hinweis; remarque; nota",
}

#: Names of countries that the standard does not use.
COUNTRY_SYNONYMS = {
    "uk": "GB", "greatbritain": "GB", "england": "GB", "grossbritannien": "GB", "usa": "US", "holland": "NL",
    "thenetherlands": "NL", "czechrepublic": "CZ", "czechia": "CZ", "tschechien": "CZ", "tschechischerepublik": "CZ",
    "slovakrepublic": "SK", "oesterreich": "AT", "daenemark": "DK", "rumaenien": "RO", "tuerkei": "TR", "turkey": "TR",
    "moldova": "MD", "moldau": "MD", "northmacedonia": "MK", "macedonia": "MK", "mazedonien": "MK", "nordmazedonien": "MK",
    "republicofireland": "IE",
}  # fmt: skip


def plain(text: str) -> str:
    """A word without case, accents, blanks and marks, by which two ways to write it are the same."""
    letters = unicodedata.normalize("NFKD", text.replace("ß", "ss").casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def _in_every_language(words: Callable[[], Iterator[tuple[str, str]]]) -> Iterator[tuple[str, str]]:
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            yield from words()


def own_headings() -> dict[str, str]:
    """What our own lists call each field, in the language that is spoken now."""
    return {
        "name": _("Name"),
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "email": _("E-mail address"),
        "position": _("Function"),
        "organisation": _("Organisation"),
        "country": _("Country"),
        "kind": _("Type of organisation"),
        "note": _("Note"),
    }


@cache
def _headings() -> dict[str, str]:
    found = {plain(word): field for field, words in SYNONYMS.items() for word in words.split(";")}
    return found | {plain(word): field for field, word in _in_every_language(lambda: iter(own_headings().items()))}


def field_of(heading: str) -> str:
    """The field that a heading names; empty for none."""
    return _headings().get(plain(heading), "")


@cache
def _countries() -> dict[str, str]:
    names = {plain(str(name)): code for code, name in _in_every_language(lambda: iter(countries))}
    return names | COUNTRY_SYNONYMS


def country_of(text: str) -> str:
    """The ISO code of a country that is written as a code (GR or EL, AUT) or by its name; empty if there is none."""
    word = text.strip()
    code: Any = countries.alpha2(iso_country_code(word)) if len(word) <= 3 else ""
    return str(code or _countries().get(plain(word), ""))


@cache
def _kinds() -> dict[str, str]:
    kinds = Organisation.Kind
    found = {
        plain(str(name)): value for value, name in _in_every_language(lambda: ((one.value, str(one.label)) for one in kinds))
    }
    return {plain(value): value for value in kinds.values} | found


def kind_of(text: str) -> str:
    """The type of organisation that a word names; empty if it names none."""
    return _kinds().get(plain(text), "")
