"""What programs send about events: text becomes types here, and nothing is decided."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from events.programme.checks_of_times import TIMES
from events.programme.facts import EventFacts, SessionFacts, SpeakerFacts
from events.programme.models import Event, Speaker, Venue
from network.errors import Invalid
from network.models import Centre, Competence, FundingProfile, Sector
from network.vocabulary import iso_country_code

MOMENT = "ISO 8601: with an offset, or without as the wall clock of `timezone`, such as `2027-05-06T09:00`."
NEEDED = ("kind", "title", "summary", "organising_centre", "format", "timezone", "languages")


class MomentField(serializers.DateTimeField):
    """A moment. Without an offset it stays a wall clock, which the event's zone will place."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, "help_text": MOMENT, **kwargs})

    def enforce_timezone(self, value: datetime) -> datetime:
        """Leave it as it was stated."""
        return value


class DayField(serializers.DateField):
    """A whole day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, "help_text": "For whole days.", **kwargs})


class TextField(serializers.CharField):
    """Text that may be left out. How long it may be is a matter of the checks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_blank": True, **kwargs})


class SpeakerInput(serializers.Serializer[Any]):
    """Somebody on the programme."""

    name = TextField(required=True)
    affiliation = TextField()
    part = serializers.ChoiceField(choices=Speaker.Part.choices, required=False)


class SessionInput(serializers.Serializer[Any]):
    """One session. Without times it lasts as long as the event."""

    id = serializers.IntegerField(
        required=False, allow_null=True, help_text="Of a session that exists; it keeps its attendance and its calendar entry."
    )
    title = TextField()
    summary = TextField()
    starts = MomentField()
    ends = MomentField()
    first_day = DayField()
    last_day = DayField()
    credited_minutes = serializers.IntegerField(required=False, allow_null=True)
    is_chosen = serializers.BooleanField(
        required=False, help_text="`true`: participants choose it. Left out: it is for all participants."
    )
    places = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Of a session that participants choose, at least 1; null: no limit of its own.",
    )
    speakers = SpeakerInput(many=True, required=False)


class TaughtInput(serializers.Serializer[Any]):
    """A competence and its level."""

    competence = serializers.PrimaryKeyRelatedField(
        queryset=Competence.objects.all(), pk_field=serializers.CharField(), help_text="C1 to C30."
    )
    level = serializers.IntegerField(help_text="0 is below basic, 4 is expert.")


class EventInput(serializers.Serializer[Any]):
    """What an organiser states about an event. What is left out has no value, or the value it mostly has."""

    kind = serializers.ChoiceField(choices=Event.Kind.choices)
    title = TextField(required=True, help_text="At most 160 characters.")
    summary = TextField(required=True, help_text="One or two sentences, at most 300 characters.")
    organising_centre = serializers.SlugRelatedField(slug_field="slug", queryset=Centre.objects.select_related("successor"))
    format = serializers.ChoiceField(choices=Event.Format.choices)
    timezone = serializers.CharField(help_text="IANA name, such as `Europe/Vienna`.")
    languages = serializers.ListField(child=serializers.CharField(), max_length=40, help_text="BCP 47, such as `en`.")
    all_day = serializers.BooleanField(required=False, help_text="Left out: whole days if `first_day` is given.")
    starts = MomentField()
    ends = MomentField()
    first_day = DayField()
    last_day = DayField()
    description = TextField(help_text="Markdown.")
    learning_outcomes = TextField(help_text="One a line; printed on certificates.")
    co_organisers = serializers.SlugRelatedField(
        slug_field="slug", queryset=Centre.objects.select_related("successor"), many=True, required=False
    )
    funding = serializers.SlugRelatedField(
        slug_field="name", queryset=FundingProfile.objects.all(), required=False, allow_null=True
    )
    venue = serializers.PrimaryKeyRelatedField(
        queryset=Venue.objects.all(), required=False, allow_null=True, pk_field=serializers.IntegerField()
    )
    join_link = TextField(allow_null=True, help_text="Shown only to people whose registration is confirmed.")
    interpretation = serializers.ListField(child=serializers.CharField(), max_length=40, required=False)
    sectors = serializers.PrimaryKeyRelatedField(
        queryset=Sector.objects.all(), many=True, required=False, pk_field=serializers.CharField()
    )
    competences = TaughtInput(many=True, required=False)
    audience = TextField()
    visibility = serializers.ChoiceField(choices=Event.Visibility.choices, required=False)
    eligible_kinds = serializers.ListField(child=serializers.CharField(), max_length=40, required=False)
    eligibility = TextField()
    needs_approval = serializers.BooleanField(required=False)
    approver = serializers.ChoiceField(
        choices=Event.Approver.choices, required=False, help_text="Who decides, where registrations need approval."
    )
    places = serializers.IntegerField(required=False, allow_null=True, help_text="At least 1; null: no limit.")
    promotion = serializers.ChoiceField(
        choices=Event.Promotion.choices, required=False, help_text="What becomes of a free place while people wait for one."
    )
    offer_hours = serializers.IntegerField(required=False, help_text="Hours to answer an offered place, 1 to 720.")
    registration_opens = MomentField(help_text=f"{MOMENT} Null: once the event is published.")
    registration_closes = MomentField(help_text=f"{MOMENT} Null: when the event starts.")
    changes_close = MomentField(
        help_text=f"Until when participants may change or cancel by themselves. {MOMENT} Null: until the event ends."
    )
    reminder_days = serializers.IntegerField(required=False, help_text="Days before the event, 0 to 30; 0: no reminder.")
    special_answers_days = serializers.IntegerField(
        required=False, help_text="Days after the event until answers about health and diet are deleted, 0 to 365."
    )
    attendance_share = serializers.IntegerField(
        required=False, help_text="Per cent of the hours that a certificate needs, 1 to 100."
    )
    sessions = SessionInput(many=True, required=False, help_text="None: one session, as long as the event.")


class EventChanges(EventInput):
    """Only what shall change of an event. Lists, sessions too, are stated as a whole."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Not ``partial``, which would let parts of a session go missing too.
        super().__init__(*args, **kwargs)
        for name in NEEDED:
            self.fields[name].required = False


def _sessions(stated: list[dict[str, Any]], known: EventFacts | None) -> tuple[SessionFacts, ...]:
    """Sessions as facts. A speaker of a known session who keeps the name keeps the account that belongs to it."""
    accounts = {
        (session.id, speaker.name): speaker.person
        for session in (known.sessions if known else ())
        for speaker in session.speakers
    }
    return tuple(
        SessionFacts(
            **{name: value for name, value in session.items() if name != "speakers"},
            speakers=tuple(
                SpeakerFacts(**speaker, person=accounts.get((session.get("id"), speaker["name"])))
                for speaker in session.get("speakers", ())
            ),
        )
        for session in stated
    )


def _values(data: dict[str, Any], known: EventFacts | None) -> dict[str, Any]:
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    if "competences" in data:
        values["competences"] = tuple((taught["competence"], taught["level"]) for taught in data["competences"])
    if "sessions" in data:
        values["sessions"] = _sessions(data["sessions"], known)
    if "join_link" in data:
        values["join_link"] = data["join_link"] or ""
    if "all_day" not in data and (data.get("first_day") or data.get("starts")):
        values["all_day"] = data.get("first_day") is not None
    return values


def facts_from(data: dict[str, Any], *, known: EventFacts | None = None) -> EventFacts:
    """Facts from validated input of ``EventInput``. ``known`` are those of the event that it replaces."""
    return EventFacts(**_values(data, known))


def changed_facts(known: EventFacts, data: dict[str, Any]) -> EventFacts:
    """The known facts with what ``EventChanges`` states instead.

    Where the event's times change and its sessions are not stated, a session that lasted as long as the event does so again.
    Times of the kind that no longer counts are dropped.
    """
    values = _values(data, known)
    if values.get("all_day", known.all_day) != known.all_day:
        values = {**dict.fromkeys(TIMES), **values}
    facts: EventFacts = replace(known, **values)
    if "sessions" not in data and any(name in values for name in TIMES):
        facts = replace(facts, sessions=tuple(_following(session, known) for session in known.sessions))
    return facts


def _following(session: SessionFacts, event: EventFacts) -> SessionFacts:
    if all(getattr(session, name) == getattr(event, name) for name in TIMES):
        return replace(session, starts=None, ends=None, first_day=None, last_day=None)
    return session


# --- Verbs ---------------------------------------------------------------------------------------------------------


class _StartInput(serializers.Serializer[Any]):
    starts = MomentField(help_text=f"{MOMENT} For events with times of day.")
    first_day = DayField(help_text="For whole days; for events with times of day: this day, at the same time.")

    def start(self) -> Any:
        """The new start. Raises Invalid unless there is exactly one."""
        starts, day = self.validated_data.get("starts"), self.validated_data.get("first_day")
        if (starts is None) == (day is None):
            raise Invalid({"starts": [_("Say when it starts: either “starts” or, for whole days, “first_day”.")]})
        return starts or day


class MoveInput(_StartInput):
    """When the event starts instead."""

    reason = TextField(help_text="For the participants.")


class CloneInput(_StartInput):
    """When the new event starts, and its title if it shall have another."""

    title = TextField()


class ReasonInput(serializers.Serializer[Any]):
    """Why."""

    reason = TextField(required=True, help_text="People who planned to come will read it.")


class VenueInput(serializers.Serializer[Any]):
    """A new venue."""

    name = TextField(required=True)
    address = TextField()
    city = TextField(required=True)
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2; EL works for GR.")
    latitude = serializers.DecimalField(max_digits=8, decimal_places=5, required=False, allow_null=True)
    longitude = serializers.DecimalField(max_digits=8, decimal_places=5, required=False, allow_null=True)
    access = TextField(help_text="How to get in, also with a wheelchair.")

    def validate_country(self, value: str) -> str:
        """In the spelling of ISO."""
        return iso_country_code(value)
