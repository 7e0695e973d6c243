"""How somebody stands to an event: the one thing that they can do next, what it is called, and what became of their request."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from events.programme.models import Event, Session
from events.programme.wording import When, moment_and_zone
from events.registrations import eligibility, queries
from events.registrations.asking.answering import owes_answers
from events.registrations.errors import ProfileIncomplete
from events.registrations.links import self_service_path
from events.registrations.models import Registration
from events.registrations.places import Hall, is_over
from network.models import Centre, Person

State = Registration.State

#: What a button promised when it was shown, so that it can be said if something else came of it.
PLACE, QUEUE, REQUEST = "place", "queue", "request"


@dataclass(frozen=True)
class Own:
    """Somebody's registration with what they may know and do about it: for the event's page and for its own."""

    registration: Registration

    @property
    def event(self) -> Event:
        """The event that it is for."""
        return self.registration.event

    @property
    def path(self) -> str:
        """The registration's own page."""
        return self_service_path(self.registration)

    @cached_property
    def turn(self) -> int | None:
        """The place in the waiting list."""
        return queries.position(self.registration)

    @property
    def deadline(self) -> str:
        """Until when an offer or an invitation can be taken up, on the person's own clock."""
        until = self.registration.deadline
        return moment_and_zone(until, self.registration.person.timezone) if until else ""

    @property
    def is_invited(self) -> bool:
        """Whether there is an invitation that can still be taken up."""
        return eligibility.is_invited(self.registration)

    @property
    def is_offered(self) -> bool:
        """Whether there is a place that waits for a yes."""
        return self.registration.state == State.OFFERED and not self.has_lapsed

    @property
    def has_lapsed(self) -> bool:
        """Whether the time for a yes is over, also where nobody has noted it since."""
        until = self.registration.deadline
        waits = self.registration.state in {State.OFFERED, State.INVITED}
        return self.registration.state == State.EXPIRED or (waits and until is not None and until <= timezone.now())

    @property
    def decider(self) -> Centre:
        """The centre that looks at a request."""
        home = self.registration.home_centre if self.event.approver == Event.Approver.HOME_CENTRE else None
        return home or self.event.organising_centre

    @property
    def is_decided_at_home(self) -> bool:
        """Whether that is the centre of the person's own country."""
        return self.event.approver == Event.Approver.HOME_CENTRE and self.registration.home_centre_id is not None

    @cached_property
    def is_over(self) -> bool:
        """Whether nothing can change any more."""
        return is_over(self.event)

    @property
    def takes_place(self) -> bool:
        """Whether there is still something to decide: the event is neither over nor called off."""
        return not self.is_over and self.event.state != Event.State.CANCELLED

    @cached_property
    def closed(self) -> str:
        """Why nothing can be changed any more; empty if it can."""
        refusal = eligibility.no_more_changes(self.event)
        return str(refusal.message) if refusal else ""

    @property
    def is_live(self) -> bool:
        """Asked for or given, with no end to it yet."""
        return self.registration.is_live and self.registration.state != State.INVITED and not self.has_lapsed

    @property
    def can_change(self) -> bool:
        """Whether sessions, answers and the note can be changed, and the whole be passed on to a colleague."""
        return self.is_live and self.takes_place and not self.closed

    @property
    def can_leave(self) -> bool:
        """Whether it can be given up: a place until the deadline, everything else until the event is over."""
        if not self.registration.is_live or not self.takes_place or self.has_lapsed:
            return False
        return self.registration.state != State.CONFIRMED or not self.closed

    @cached_property
    def sessions(self) -> list[tuple[When, Session]]:
        """The sessions that were chosen, with their times."""
        if not self.event.has_choices:
            return []
        chosen = self.registration.sessions.order_by("starts_at", "pk")
        return [(When(session, self.event.timezone), _of(session, self.event)) for session in chosen]

    @cached_property
    def owes_answers(self) -> bool:
        """Whether the organiser needs answers that were not given yet: of who was registered by others, or asked later on."""
        return self.can_change and owes_answers(self.registration)

    @property
    def asks(self) -> bool:
        """Whether there is more to change than the note."""
        return self.event.has_questions or self.event.has_choices


def _of(session: Session, event: Event) -> Session:
    session.event = event
    return session


@dataclass(frozen=True)
class Standing:
    """How the reader stands to the event: what the page's one primary action is and says.

    ``step`` is what the page offers: "sign-in"; "register" (one button that does it); "form" (a button that leads to the
    page which asks for more); "registered" (with a registration that lives); or "none".
    """

    step: str
    label: str = ""
    reason: str = ""
    own: Own | None = None  # the last registration, also one that has ended
    promise: str = ""  # what the button says will come of it
    is_kept: bool = False  # places are left, but not for this person


def standing(event: Event, person: Person | None) -> Standing:
    """What one can do next about this event, and in which words."""
    if person is None:
        if shut := eligibility.closed(event):
            return Standing("none", reason=str(shut.message))
        promise = REQUEST if event.needs_approval else PLACE if event.places_left != 0 else QUEUE
        return Standing("sign-in", label=button_words(event, promise), promise=promise)
    last = queries.latest(person, event)
    own = None if last is None else Own(_joined(last, event, person))
    if own is not None and own.is_live:
        return Standing("registered", own=own)
    who = eligibility.new_registration(event, person)
    verdict = eligibility.verdict(event, who, last)
    lacks_profile = isinstance(verdict.refusal, ProfileIncomplete)
    if verdict.refusal is not None and not lacks_profile:
        return Standing("none", reason=str(verdict.refusal.message), own=own)
    promise = REQUEST if verdict.needs_approval or (lacks_profile and event.needs_approval) else _room(event, who, last)
    step = "form" if lacks_profile or event.has_questions or event.has_choices else "register"
    is_kept = promise == QUEUE and event.places_left != 0
    return Standing(step, label=button_words(event, promise), own=own, promise=promise, is_kept=is_kept)


def _joined(registration: Registration, event: Event, person: Person) -> Registration:
    registration.event, registration.person = event, person
    return registration


def _room(event: Event, who: Registration, last: Registration | None) -> str:
    """What a registration would come to now. Nothing is locked: it is a promise of the page, not of the law."""
    if eligibility.is_invited(last) and last is not None and last.when_full:
        return PLACE
    return PLACE if Hall(event).has_room(who) else QUEUE


def button_words(event: Event, promise: str) -> str:
    """The words of the button: what will happen, and how much room there is."""
    if promise == REQUEST:
        return gettext("Ask for a place")
    left = event.places_left
    if promise == PLACE:
        if not left:
            return gettext("Register")
        words = ngettext("Register — %(left)s of %(places)s place left", "Register — %(left)s of %(places)s places left", left)
        return words % {"left": left, "places": event.places}
    before = queries.summary(event)[State.WAITING]
    if not before:
        return gettext("Join the waiting list — nobody before you")
    words = ngettext("Join the waiting list — %(n)s before you", "Join the waiting list — %(n)s before you", before)
    return words % {"n": before}


def outcome(registration: Registration, promise: str = "") -> str:
    """What happened, and what comes next; with ``promise`` also what changed between looking and pressing."""
    match registration.state:
        case State.CONFIRMED if promise == QUEUE:
            return gettext(
                "A place became free a moment ago: you are registered. "
                "A confirmation with the calendar entry is on its way to your mailbox."
            )
        case State.CONFIRMED:
            return gettext("You are registered. A confirmation with the calendar entry is on its way to your mailbox.")
        case State.WAITING:
            return f"{_why_waiting(registration, promise)} {_next_in_line(registration)}"
        case State.OFFERED:
            return gettext("A place is kept for you. Take it before the time runs out.")
        case _ if promise in {PLACE, QUEUE}:
            return gettext("Your request is with those who decide on it: they look at each one now. We write to you then.")
        case _:
            return gettext("Your request has arrived. We write to you once it is decided.")


def _why_waiting(registration: Registration, promise: str) -> str:
    turn = {"turn": queries.position(registration)}
    if promise != PLACE:
        return gettext("You are number %(turn)s on the waiting list.") % turn
    if registration.event.places_left == 0:
        return gettext("The last place was taken a moment ago: you are number %(turn)s on the waiting list.") % turn
    if registration.chosen:
        return gettext("A session that you chose is full: you are number %(turn)s on the waiting list.") % turn
    return gettext("No place is free for you at the moment: you are number %(turn)s on the waiting list.") % turn


def _next_in_line(registration: Registration) -> str:
    if registration.event.promotion == Event.Promotion.OFFER:
        return gettext("We write to you when a place is offered to you.")
    return gettext("We write to you as soon as a place is yours.")


def farewell(before: str) -> str:
    """What was given up."""
    match before:
        case State.CONFIRMED:
            return gettext("Your place is given back. Thank you: somebody else can have it.")
        case State.OFFERED:
            return gettext("You said no to the place. Thank you: somebody else can have it.")
        case State.WAITING:
            return gettext("You have left the waiting list.")
        case State.INVITED:
            return gettext("You said no to the invitation.")
        case State.PENDING:
            return gettext("Your request is withdrawn.")
        case _:
            return gettext("Nothing had to be done: this registration has ended already.")


def my_order(owns: Iterable[Own]) -> list[Own]:
    """One's own coming registrations: offers first, whose time runs, then by the event's start."""
    return sorted(owns, key=lambda own: (not own.is_offered, own.event.starts_at, own.registration.pk))
