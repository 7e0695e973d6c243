"""The form in which people choose among parallel sessions: one choice for each time, with the places that are left."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from events.programme.models import Event, Session
from events.programme.wording import When, days_in_words, weekday_and_date, zone_name

NOTHING = "none"


def slots(sessions: Iterable[Session]) -> list[list[Session]]:
    """The sessions by time: those that overlap stand together, in the order of their starts."""
    found: list[list[Session]] = []
    end = None
    for session in sorted(sessions, key=lambda one: (one.starts_at, one.pk)):
        if end is not None and session.starts_at < end:
            found[-1].append(session)
            end = max(end, session.ends_at)
        else:
            found.append([session])
            end = session.ends_at
    return found


def is_parallel(slot: Sequence[Session]) -> bool:
    """Whether each overlaps with each, so that one can take part in one of them only."""
    return max(session.starts_at for session in slot) < min(session.ends_at for session in slot)


class _Options:
    """A widget some of whose options cannot be chosen."""

    full: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)  # type: ignore[misc]
        if str(value) in self.full and not option["selected"]:
            option["attrs"]["disabled"] = True
        return option


class Radios(_Options, forms.RadioSelect):
    """One of several."""


class Boxes(_Options, forms.CheckboxSelectMultiple):
    """Some of several."""


class SessionsForm(forms.Form):
    """A field for each time with sessions to choose. ``chosen`` are the keys of what was chosen, once it is valid.

    ``former``: what somebody takes part in who changes it. ``holds_place``: they keep what they have until all of the new
    sessions are theirs, so full ones cannot be chosen; everybody else may wait for one.
    """

    use_required_attribute = False

    def __init__(
        self, event: Event, data: Any = None, *, former: frozenset[int] | None = None, holds_place: bool = False
    ) -> None:
        super().__init__(data, prefix="sessions")
        self.event, self.former, self.holds_place = event, former, holds_place
        everything = list(event.sessions.all())
        for session in everything:
            session.event = event
        #: Whether somebody may choose nothing at all: there is something for everybody.
        self.may_skip_all = any(not session.is_chosen for session in everything)
        found = slots(session for session in everything if session.is_chosen)
        self.may_skip = self.may_skip_all or len(found) > 1
        for slot in found:
            self.fields[f"slot-{slot[0].pk}"] = self._field(slot)

    @property
    def chosen(self) -> list[int]:
        """The keys of the chosen sessions."""
        values = [self.cleaned_data.get(name) for name in self.fields]
        flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
        return [int(value) for value in flat if value and value != NOTHING]

    def place(self, messages: Iterable[str]) -> None:
        """Put what is wrong with the whole choice at the first field."""
        for message in messages:
            self.add_error(next(iter(self.fields), None), message)

    # --- How it is done ---

    def _field(self, slot: list[Session]) -> forms.Field:
        keys = [session.pk for session in slot]
        had = [str(key) for key in keys if self.former and key in self.former]
        same_time = len({(session.starts_at, session.ends_at) for session in slot}) == 1
        choices: list[tuple[str, Any]] = [(str(session.pk), self._words(session, with_time=not same_time)) for session in slot]
        full = frozenset(str(session.pk) for session in slot if self.holds_place and session.places_left == 0)
        messages = {"invalid_choice": _("This session is no longer to be chosen. Choose again.")}
        field: forms.Field
        if is_parallel(slot):
            if self.may_skip:
                choices.append((NOTHING, gettext("None of these") if len(slot) > 1 else gettext("I do not take part in it")))
            messages["required"] = _("Choose one of these sessions.") if not self.may_skip else _("Choose one, or say none.")
            initial = had[0] if had else NOTHING if self.former is not None and self.may_skip else None
            field = forms.ChoiceField(choices=choices, widget=Radios, initial=initial, error_messages=messages)
        else:
            field = forms.MultipleChoiceField(
                choices=choices,
                widget=Boxes,
                initial=had,
                required=False,
                error_messages=messages,
                help_text=_("Some of these overlap: choose those that do not."),
            )
        field.widget.full = full - set(had)
        field.label = self._time(slot, same_time=same_time)
        return field

    def _time(self, slot: list[Session], *, same_time: bool) -> str:
        first = When(slot[0], self.event.timezone)
        if same_time or first.first_day == first.last_day == When(slot[-1], self.event.timezone).last_day:
            return str(first) if same_time else f"{weekday_and_date(first.first_day)}{self._zone(first)}"
        last_day = max(When(session, self.event.timezone).last_day for session in slot)
        return f"{days_in_words(first.first_day, last_day)}{self._zone(first)}"

    def _zone(self, when: When) -> str:
        return f" ({zone_name(when.first, self.event.timezone)})" if when.hours else ""  # type: ignore[arg-type]

    def _words(self, session: Session, *, with_time: bool) -> SafeString:
        hours = When(session, self.event.timezone).hours if with_time else ""
        room, tone = self._room(session)
        return format_html(
            '<span class="choice-title">{}{}</span>{}{}',
            f"{hours} " if hours else "",
            session,
            format_html(' <span class="choice-room{}">{}</span>', f" {tone}" if tone else "", room) if room else "",
            format_html('<span class="choice-more">{}</span>', session.summary) if session.summary else "",
        )

    def _room(self, session: Session) -> tuple[str, str]:
        """The places that are left in it, in words, and how urgent that is."""
        left = session.places_left
        if self.former and session.pk in self.former and self.holds_place:
            return gettext("You have a place"), "choice-room-good"
        if left is None:
            return "", ""
        if left:
            words = ngettext("%(left)s of %(places)s place left", "%(left)s of %(places)s places left", session.places or 0)
            return words % {"left": left, "places": session.places}, ""
        if self.holds_place:
            return gettext("Full"), "choice-room-care"
        return gettext("Full: whoever chooses it goes on the waiting list"), "choice-room-care"
