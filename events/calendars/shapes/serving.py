"""Public and personal feeds as jCal, and what changed as Atom: the same contract over HTTP as the calendars themselves."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from events.calendars.feeds import catalogue, serving, store, transport
from events.calendars.shapes import atom
from events.calendars.shapes.jcal import jcal


def _as_jcal(calendar: store.Stored) -> store.Stored:
    """The stored feed as jCal, stored too: made anew when the calendar's own bytes have changed."""
    key, facts = store.key_of_form("jcal", calendar.pk), calendar.etag[:32]

    def recipe() -> store.Recipe:
        content = store.content(calendar, zipped=False)
        body = jcal(content.body.decode())
        return store.Recipe(lambda _modified_at: body, content.etag[:32])

    return store.valid(key, facts) or store.rebuilt(key, recipe)


JCAL = transport.Form("json", "application/calendar+json", _as_jcal)
ATOM = transport.Form("atom", "application/atom+xml; charset=utf-8")


def jcal_address(name: str, language: str) -> str:
    """Where a public calendar is as jCal: beside the calendar."""
    return f"{catalogue.address(name, language).removesuffix('.ics')}.json"


def public_jcal(request: HttpRequest, name: str, language: str = settings.LANGUAGE_CODE) -> HttpResponse:
    """``/calendars/network.json``: a public feed as jCal."""
    return _for_scripts(serving.public_feed(request, name, language, form=JCAL))


def personal_jcal(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """``/calendars/<token>/<name>.json``: what the calendar at this secret address says, as jCal."""
    return serving.personal_feed(request, token, name, form=JCAL)


@transport.reading_only
@serving.steady
def public_atom(request: HttpRequest, name: str, language: str = settings.LANGUAGE_CODE) -> HttpResponse:
    """``/calendars/network.atom``: what is new and what has changed in a public calendar."""
    stored = atom.feed(name, language) if language in catalogue.languages() else None
    if stored is None:
        return transport.not_found()
    return _for_scripts(serving.feed(request, stored, ATOM, name=name, caching=transport.PUBLIC))


def _for_scripts(response: HttpResponse) -> HttpResponse:
    """Scripts of other sites may read what everybody may see: no cookie decides about it."""
    response["Access-Control-Allow-Origin"] = "*"
    return response
