"""The addresses that calendar programs read."""

import logging
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from events.calendars.feeds import bodies, catalogue, personal, public, store, transport
from events.calendars.models import EntryText, PersonalAddress
from events.programme.models import Event
from events.programme.queries import visible_to
from events.registrations.links import registration_id
from events.registrations.models import Registration
from network.tokens import digest

logger = logging.getLogger(__name__)

USE_NOTED_EVERY = timedelta(hours=1)


def steady(view: transport.View) -> transport.View:
    """Answer an unforeseen error with 503, so that programs keep what they have; log it without the address."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Exception:
            logger.exception("A calendar could not be served (%s)", view.__name__)
            words = "The calendar is not available at the moment. Try again later."
            return transport.plain(HTTPStatus.SERVICE_UNAVAILABLE, words, Retry_After="300")

    return answer


@transport.reading_only
@steady
def public_feed(
    request: HttpRequest, name: str, language: str = settings.LANGUAGE_CODE, *, form: transport.Form = transport.CALENDAR
) -> HttpResponse:
    """``/calendars/network.ics``, ``/calendars/centre-at-ioeb.de.ics``: what everybody may see."""
    stored = public.feed(name, language) if language in catalogue.languages() else None
    if stored is None:
        return transport.not_found()
    return feed(request, stored, form, name=name, caching=transport.PUBLIC)


@transport.reading_only
@steady
def personal_feed(request: HttpRequest, token: str, name: str, *, form: transport.Form = transport.CALENDAR) -> HttpResponse:
    """``/calendars/<token>/<name>.ics``: a person's own. The name is for programs that show it; any will do."""
    found = personal.feed(digest(token))
    if found is None:
        response = transport.not_found()
    else:
        address, stored = found
        if address.revoked_at and timezone.now() > address.revoked_at + PersonalAddress.EMPTY_FOR:
            response = transport.plain(HTTPStatus.GONE, "This calendar has been closed. Remove it from your program.")
        else:
            _note_use(address)
            response = feed(request, stored, form, name=name, caching=transport.PRIVATE)
    return _secret(response)


@transport.reading_only
@steady
def event_file(request: HttpRequest, slug: str, language: str = settings.LANGUAGE_CODE) -> HttpResponse:
    """``/events/<slug>/event.ics``: one event to download. Who has a place at it gets the link to join with it."""
    event = visible_to(request.user).filter(slug=slug, state__in=Event.PUBLIC_STATES).first()
    if event is None or language not in catalogue.languages():
        return transport.not_found()
    mine = Registration.objects.filter(event=event, person=request.user) if request.user.is_authenticated else None
    caching = transport.PRIVATE if request.user.is_authenticated else transport.PUBLIC
    return _file(request, event, language, mine, caching)


@transport.reading_only
@steady
def registration_file(request: HttpRequest, token: str, language: str = settings.LANGUAGE_CODE) -> HttpResponse:
    """``/registrations/<token>/event.ics``: the event as whoever holds this registration has it, without signing in."""
    mine = Registration.objects.filter(pk=registration_id(token) or 0, state__in=Registration.LIVE)
    registration = mine.select_related("event").first()
    if registration is None or registration.event.state not in Event.PUBLIC_STATES or language not in catalogue.languages():
        response = transport.not_found()
    else:
        response = _file(request, registration.event, language, mine, transport.PRIVATE)
    return _secret(response)


def _file(request: HttpRequest, event: Event, language: str, mine: QuerySet[Registration] | None, caching: str) -> HttpResponse:
    """One event to download, for whoever has one of these registrations at it."""
    audience, chosen = _audience(mine)
    body = bodies.file_of(event, audience, language, chosen)

    def load(zipped: bool) -> store.Content:
        return store.Content(etag, None, store.packed(body) if zipped else body)

    etag = store.digest_of(body)
    # No Last-Modified: an entry can leave the file without any other having changed.
    return transport.calendar(
        request,
        etag=etag,
        modified_at=None,
        load=load,
        disposition=f'attachment; filename="{event.slug}.ics"',
        caching=caching,
    )


def nothing_here(request: HttpRequest, **_anything: str) -> HttpResponse:
    """Any other address that looks like a calendar: never Django's HTML."""
    return transport.not_found()


def feed(request: HttpRequest, calendar: store.Stored, form: transport.Form, *, name: str, caching: str) -> HttpResponse:
    """A stored feed in one of its forms."""
    stored = form.of(calendar)
    return transport.calendar(
        request,
        etag=stored.etag,
        modified_at=stored.modified_at,
        load=lambda zipped: store.content(stored, zipped=zipped),
        disposition=f'inline; filename="{name}.{form.ending}"',
        caching=caching,
        form=form,
    )


def _secret(response: HttpResponse) -> HttpResponse:
    """The answer at an address that holds a secret."""
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _audience(mine: QuerySet[Registration] | None) -> tuple[str, frozenset[int] | None]:
    """For whom the entry is written, and the sessions that they chose; None where they have not been asked yet."""
    if mine is None:
        return EntryText.Audience.PUBLIC, None
    rows = list(mine.filter(state__in=Registration.LIVE).order_by().values_list("state", "choices__session_id"))
    if not rows:
        return EntryText.Audience.PUBLIC, None
    state, chosen = rows[0][0], frozenset(session for _state, session in rows if session)
    if state == Registration.State.INVITED:
        return EntryText.Audience.TENTATIVE, None
    confirmed = state == Registration.State.CONFIRMED
    return EntryText.Audience.PARTICIPANT if confirmed else EntryText.Audience.TENTATIVE, chosen


def _note_use(address: PersonalAddress) -> None:
    """Remember that a program still reads the address: once an hour, not with every request."""
    now = timezone.now()
    if address.last_used_at is None or now - address.last_used_at > USE_NOTED_EVERY:
        PersonalAddress.objects.filter(pk=address.pk).update(last_used_at=now)
