"""Template tags of the design system: the parts that need more than markup. Shown in the catalogue."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.utils.dateformat import format as format_date
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext, pgettext

from events.programme.choices import options
from events.programme.listing import OFF, Row
from events.programme.models import Event, Session
from events.programme.wording import When, moment_and_zone
from events.programme.wording import when as when_of
from network.models import Organisation
from network.vocabulary import LANGUAGE_NAMES, eu_country_code

register = template.Library()

STATE_STYLES = {
    Event.State.DRAFT: "quiet",
    Event.State.PUBLISHED: "good",
    Event.State.POSTPONED: "care",
    Event.State.CANCELLED: "bad",
    Event.State.FINISHED: "quiet",
    # of registrations
    "invited": "note",
    "pending": "care",
    "waiting": "care",
    "offered": "care",
    "confirmed": "good",
    "declined": "bad",
}


@register.simple_tag
def date_block(event: Event, size: str = "", hidden: bool = False) -> SafeString:
    """The day of an event as a block: weekday, day, month; a range for several days.

    ``size="large"`` for an event's own page. ``hidden=True`` where the same date stands beside it in words.
    """
    when = when_of(event)
    off = " date-block-off" if event.state in OFF else ""
    css = f"date-block date-block-{event.kind}{off}" + (f" date-block-{size}" if size else "")
    return _date_block(when.first_day, when.last_day, css, hidden, get_language() or "en")


@register.simple_tag
def day_block(when: When, kind: str, off: bool) -> SafeString:
    """The same of anything that has a time; ``off`` where nothing takes place then. For the data of an h-event as well."""
    css = f"date-block date-block-{kind or 'other'}" + (" date-block-off" if off else "")
    css += "" if when.hours else " dt-start"
    return _date_block(when.first_day, when.last_day, css, False, get_language() or "en")


@lru_cache(maxsize=2048)
def _date_block(first: date, last: date, css: str, hidden: bool, _language: str) -> SafeString:
    """The markup, kept: a list shows the same few days again and again. The language is in the words of the months."""
    aria = format_html(' aria-hidden="{}"', "true") if hidden else ""
    if first == last:
        inside = format_html(
            '<span class="weekday">{}</span> <span class="day">{}</span> <span class="month">{}</span>',
            format_date(first, "D"),
            format_date(first, pgettext("the day in a date block, in the letters of Django's date filter", "j")),
            format_date(first, "M Y"),
        )
    elif (first.year, first.month) == (last.year, last.month):
        inside = format_html(
            '<span class="weekday">{}–{}</span> <span class="day day-range">{}–{}</span> <span class="month">{}</span>',
            format_date(first, "D"),
            format_date(last, "D"),
            first.day,
            last.day,
            format_date(first, "M Y"),
        )
    else:
        day = pgettext("day and short month in a date block, in the letters of Django's date filter", "j M")
        inside = format_html(
            '<span class="days">{}–</span> <span class="days">{}</span> <span class="month">{}</span>',
            format_date(first, day),
            format_date(last, day),
            last.year,
        )
    return format_html('<time class="{}" datetime="{}"{}>{}</time>', css, first.isoformat(), aria, inside)


@register.simple_tag
def event_row(row: Row) -> SafeString:
    """An event in a list. Written here and not as a template, because a list has thirty and has 15 ms in all."""
    event, when = row.event, row.when
    words, style = row.standing
    css = f"date-block date-block-{event.kind}" + (" date-block-off" if row.is_off else "")
    css += " dt-start" if event.all_day else ""  # h-event (microformats2): where an hour is told, that is its start
    language = get_language() or "en"
    block = _date_block(when.first_day, when.last_day, css, False, language)
    standing = escape(words) if style == "plain" else f'<span class="badge badge-{style}">{escape(words)}</span>'
    hours = ""
    if not event.all_day:
        start = f'<time class="dt-start" datetime="{when.first.isoformat()}">{when.start_hour}</time>'
        hours = f'<span>{start}&nbsp;<span class="zone">{event.timezone}</span></span>'
    return mark_safe(  # noqa: S308 - each part is escaped where it is put in
        f'<li class="event-row{" event-row-off" if row.is_off else ""} h-event">{block}'
        f'<div><h3><a class="p-name u-url" href="{row.address}">{escape(event.title)}</a></h3>'
        f'<p class="dots">{_kind(event.kind, language)}{hours}<span class="p-location">{escape(row.place)}</span>'
        f'<span class="soft">{escape(event.centre)}</span></p>'
        f'<p class="summary p-summary">{escape(event.summary)}</p></div><p class="aside">{standing}</p></li>'
    )


@register.simple_tag(takes_context=True)
def filter_choice(context: dict[str, Any], name: str, label: str, every: str) -> SafeString:
    """A filter of the programme as a labelled list of choices; ``every`` says what it means to choose none."""
    wrong = context["errors"].get(name)
    described = format_html(' aria-invalid="true" aria-describedby="f-{}-error"', name) if wrong else ""
    message = format_html('<ul class="field-errors" id="f-{}-error"><li>{}</li></ul>', name, wrong[0]) if wrong else ""
    return format_html(
        '<div class="field"><label for="f-{0}">{1}</label><select id="f-{0}" name="{0}"{2}>'
        '<option value="">{3}</option>{4}</select>{5}</div>',
        name,
        label,
        described,
        every,
        options(name, context["chosen"].get(name, "")),
        message,
    )


@register.filter
def mail_address(address: str) -> SafeString:
    """An address that may break before its @, and need not break anywhere else."""
    name, at, host = address.rpartition("@")
    return format_html("{}<wbr>{}{}", name, at, host)


@register.simple_tag
def kind(event: Event) -> SafeString:
    """The event's kind: a shape and its word."""
    return _kind(event.kind, get_language() or "en")


@lru_cache(maxsize=256)
def _kind(kind: str, _language: str) -> SafeString:
    return format_html('<span class="kind kind-{}">{}</span>', kind, Event.Kind(kind).label)


@register.simple_tag
def state_badge(thing: Any) -> SafeString:
    """The state of an event or a registration, as a badge with its word."""
    return format_html(
        '<span class="badge badge-{}">{}</span>', STATE_STYLES.get(thing.state, "quiet"), thing.get_state_display()
    )


@register.simple_tag
def when(timed: Event | Session, zone: str | None = None) -> When:
    """``{% when event as w %}{{ w.days }} {{ w.hours }} {{ w.zone_name }}``, or ``{% when event %}`` for all in one line."""
    return when_of(timed, zone)


@register.simple_tag
def instant(moment: datetime, zone: str) -> SafeString:
    """A moment with its zone's name."""
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), moment_and_zone(moment, zone))


@register.simple_tag
def places_bar(event: Event) -> SafeString:
    """How many places are taken, in words and as a bar."""
    if event.places is None:
        words = ngettext("%(n)s place taken, no limit", "%(n)s places taken, no limit", event.places_taken)
        return format_html('<span class="places">{}</span>', words % {"n": event.places_taken})
    left = event.places_left or 0
    if left:
        words = ngettext("%(left)s of %(places)s place left", "%(left)s of %(places)s places left", event.places)
    else:
        words = ngettext("The one place is taken", "All %(places)s places are taken", event.places)
    return format_html(
        '<span class="places{}"><span>{}</span><progress value="{}" max="{}" aria-hidden="true"></progress></span>',
        "" if left else " places-full",
        words % {"left": left, "places": event.places},
        event.places_taken,
        event.places,
    )


@register.filter
def language_names(codes: Iterable[str]) -> str:
    """“English, German” from ``["en", "de"]``."""
    return ", ".join(str(LANGUAGE_NAMES.get(code, code)) for code in codes)


@register.filter
def organisation_kinds(codes: Iterable[str]) -> str:
    """“Central purchasing body, Utility” from the codes of types of organisation."""
    names = dict(Organisation.Kind.choices)
    return ", ".join(str(names.get(code, code)) for code in codes)


@register.filter
def eu_code(country: Any) -> str:
    """The country's code as the EU writes it: EL for Greece."""
    return eu_country_code(str(getattr(country, "code", country)))


@register.filter
def field_named(form: Any, name: str) -> Any:
    """A form's bound field by its name, for the links of an error summary."""
    return form[name]


@register.filter
def minutes(value: int | None) -> str:
    """“1 h 30 min” from 90."""
    hours, rest = divmod(value or 0, 60)
    parts = [gettext("%(n)s h") % {"n": hours}] if hours else []
    if rest or not hours:
        parts.append(gettext("%(n)s min") % {"n": rest})
    return " ".join(parts)
