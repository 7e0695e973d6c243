"""What registrations look like over HTTP: the shapes that the endpoints of this wing read and write."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from events.programme.models import Event
from events.registrations import queries
from events.registrations.api.questions import answers_for
from events.registrations.models import Registration
from network.models import Centre, Person


def key() -> serializers.IntegerField:
    """A field for the key of a row: no database takes a greater one."""
    return serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class EventReference(serializers.Serializer[Event]):
    """Which event."""

    slug = serializers.SlugField()
    title = serializers.CharField()


class ParticipantSerializer(serializers.Serializer[Person]):
    """Who is registered. Only the person and who decides about the registration see this."""

    name = serializers.CharField(source="get_full_name")
    email = serializers.EmailField()
    organisation = serializers.CharField(source="organisation.name", default="")


class CentreReference(serializers.Serializer[Centre]):
    """Which centre."""

    slug = serializers.SlugField()
    short_name = serializers.CharField()


class RegistrationSerializer(serializers.Serializer[Registration]):
    """A person's registration for an event."""

    id = serializers.IntegerField()
    event = EventReference()
    person = ParticipantSerializer()
    state = serializers.ChoiceField(choices=Registration.State.choices)
    position = serializers.IntegerField(
        source="turn", allow_null=True, help_text="The place in the waiting list, from 1; null in every other state."
    )
    deadline = serializers.DateTimeField(
        allow_null=True, help_text="Until when an offer, or an invitation that has one, can be answered."
    )
    is_extra = serializers.BooleanField(help_text="Takes part beyond the event's places, by invitation.")
    sessions = serializers.ListField(child=serializers.IntegerField(), help_text="Keys of the sessions that were chosen.")
    answers = serializers.DictField(help_text="By the key of the question. Special categories: only for who may read them.")
    note = serializers.CharField(help_text="The person's note to the organiser.")
    reason = serializers.CharField(help_text="Why it was declined or cancelled.")
    home_centre = CentreReference(allow_null=True, help_text="The participant's own centre, where the event asks for it.")
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField(help_text="When it came into this state.")


class RegistrationInput(serializers.Serializer[Any]):
    """A request for a place."""

    event = serializers.SlugField(help_text="The event's slug.", max_length=80)
    note = serializers.CharField(required=False, allow_blank=True, max_length=500, help_text="A note to the organiser.")
    sessions = serializers.ListField(
        child=key(),
        required=False,
        max_length=200,
        help_text="Sessions that are chosen: all or none.",
    )
    answers = serializers.DictField(required=False, help_text="To the event's questions, by their keys.")
    person = serializers.EmailField(
        required=False,
        help_text="Whom to register, by address: for who runs the event, or a colleague of one's centre. Without it: oneself.",
    )


class ChangesInput(serializers.Serializer[Any]):
    """What to change; what is not named stays."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=500)
    sessions = serializers.ListField(child=key(), required=False, max_length=200)
    answers = serializers.DictField(required=False)


class CancellationInput(serializers.Serializer[Any]):
    """Why, if one likes to say."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)


class DeclineInput(serializers.Serializer[Any]):
    """Why: the person reads it."""

    reason = serializers.CharField(max_length=500)


class TurnInput(serializers.Serializer[Any]):
    """Where in the waiting list, and why: the reason stands in the event's history."""

    turn = serializers.IntegerField(min_value=1, max_value=100_000, help_text="From 1; beyond the end of the list: the last.")
    reason = serializers.CharField(max_length=500)


class ColleagueInput(serializers.Serializer[Any]):
    """The colleague who comes instead."""

    person = serializers.EmailField(max_length=254)
    name = serializers.CharField(
        required=False,
        max_length=160,
        help_text="With `organisation`, for a colleague who may have no account here. What is known of them stays.",
    )
    organisation = serializers.CharField(required=False, max_length=200)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Name and organisation come together."""
        for one, other in (("name", "organisation"), ("organisation", "name")):
            if one in attrs and other not in attrs:
                raise serializers.ValidationError({other: _("Name and organisation are stated together, or neither is.")})
        return attrs


class InvitationInput(serializers.Serializer[Any]):
    """Whom to invite. Somebody new gets an account."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(required=False, allow_blank=True, max_length=160)
    when_closed = serializers.BooleanField(
        required=False, default=False, help_text="They may register outside the window, too."
    )
    when_full = serializers.BooleanField(required=False, default=False, help_text="They may come beyond the event's places.")
    until = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text="When the invitation ends.")


class SeveralInput(serializers.Serializer[Any]):
    """Which registrations."""

    registrations = serializers.ListField(child=key(), min_length=1, max_length=1000)


class SeveralCancelledInput(SeveralInput):
    """Which registrations, and why, if one likes to say: the people read it."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)


class SeveralDeclinedInput(SeveralInput):
    """Which registrations, and why they are declined: the people read it."""

    reason = serializers.CharField(max_length=500)


class OutcomeSerializer(serializers.Serializer[Any]):
    """What became of one of several."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Registration.State.choices, help_text="As it is now.")
    code = serializers.CharField(allow_blank=True, help_text="Empty where it was done; else why not, as a stable code.")
    detail = serializers.CharField(allow_blank=True, help_text="The same in words.")


class OutcomesSerializer(serializers.Serializer[Any]):
    """What became of each."""

    results = OutcomeSerializer(many=True)


def joined(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    """With everything that is shown of each, in a fixed number of queries."""
    found = registrations.select_related("event", "person__organisation", "home_centre").prefetch_related("choices")
    return queries.with_turn(found)


def told(registrations: Sequence[Registration], reader: Any) -> list[dict[str, Any]]:
    """The registrations (read by ``joined``) as ``reader`` may see them."""
    asked = [one for one in registrations if one.event.has_questions]
    answers = answers_for(asked, reader) if asked else {}
    return [_told(one, answers.get(one.pk, {})) for one in registrations]


def told_at_once(registration: Registration, reader: Any) -> dict[str, Any]:
    """The same for one that an action has just returned, without reading it again."""
    number = registration.number_in_list if registration.state == Registration.State.WAITING else None
    registration.turn = number or queries.position(registration)  # type: ignore[attr-defined]
    return told([registration], reader)[0]


def outcomes(decided: Iterable[Any]) -> dict[str, Any]:
    """The results of ``decisions.decide_all``."""
    return {
        "results": [
            {
                "id": outcome.registration.pk,
                "state": outcome.registration.state,
                "code": outcome.refusal.code if outcome.refusal else "",
                "detail": str(outcome.refusal.message) if outcome.refusal else "",
            }
            for outcome in decided
        ]
    }


def _told(registration: Registration, answers: dict[str, Any]) -> dict[str, Any]:
    """By hand: in a rush, a serializer of fields within fields takes longer than all of the registration."""
    person, event, centre = registration.person, registration.event, registration.home_centre
    return {
        "id": registration.pk,
        "event": {"slug": event.slug, "title": event.title},
        "person": {
            "name": person.get_full_name(),
            "email": person.email,
            "organisation": person.organisation.name if person.organisation else "",
        },
        "state": str(registration.state),
        "position": registration.turn,  # type: ignore[attr-defined]
        "deadline": registration.deadline,
        "is_extra": registration.is_extra,
        "sessions": sorted(registration.chosen) if event.has_choices else [],
        "answers": answers,
        "note": registration.note,
        "reason": registration.reason,
        "home_centre": None if centre is None else {"slug": centre.slug, "short_name": centre.short_name},
        "created_at": registration.created_at,
        "changed_at": registration.changed_at,
    }
