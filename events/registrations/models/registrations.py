"""Registrations, their states, and the sessions they take part in."""

from functools import cached_property

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_countries.fields import CountryField

from events.programme.models import Event, Session
from network.models import Centre, Organisation, Person


class Registration(models.Model):
    """A person's request for an event, and its state. Whether they came is not a state of it: see attendance."""

    class State(models.TextChoices):
        INVITED = "invited", _("Invited")  # may register, holds no place
        PENDING = "pending", _("Waiting for approval")
        WAITING = "waiting", _("On the waiting list")
        OFFERED = "offered", _("A place is offered")  # holds it until the deadline
        CONFIRMED = "confirmed", _("Confirmed")
        DECLINED = "declined", _("Declined")  # by who decides
        # Given back. An event that is cancelled leaves its registrations as they are.
        CANCELLED = "cancelled", pgettext_lazy("a registration", "Cancelled")
        EXPIRED = "expired", _("Not answered in time")  # an offer, or an invitation with a date

    #: A person has at most one registration in these states at an event.
    LIVE = (State.INVITED, State.PENDING, State.WAITING, State.OFFERED, State.CONFIRMED)
    #: The states that hold a place.
    HOLDING = (State.OFFERED, State.CONFIRMED)

    # Keys without an index of their own: those of the table begin with them, and a rush writes each index.
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="registrations", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="registrations", db_index=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    note = models.CharField(_("a note to the organiser"), max_length=500, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)  # told to the person: why declined or cancelled
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField()  # of the last change of state
    # When the place in the waiting list was taken; the list is in the order of (queued_at, id).
    queued_at = models.DateTimeField(null=True, blank=True)
    # Until when an offer or an invitation can be taken up. An invitation may have none.
    deadline = models.DateTimeField(_("answer until"), null=True, blank=True)

    # What an invitation allows besides.
    when_closed = models.BooleanField(_("also outside the registration window"), default=False)
    when_full = models.BooleanField(_("also when all places are taken"), default=False)
    # Takes part beyond the event's places, by such an invitation: holds none of them and leaves none behind.
    is_extra = models.BooleanField(_("extra place"), default=False)

    # Facts of the person at the time of asking, by which rules and quotas decide. They stay as they are.
    country = CountryField(_("country"), blank=True)
    organisation_kind = models.CharField(
        _("type of organisation"), max_length=20, choices=Organisation.Kind.choices, blank=True
    )
    home_centre = models.ForeignKey(
        Centre,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("home centre"),
    )

    # Who registered somebody else, and may speak for them; none: the person.
    registered_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    # The registration of the colleague whose place this one took over.
    takes_over = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="taken_over_by")
    reminded_at = models.DateTimeField(null=True, blank=True)  # of the event that comes, or of the offer that ends

    sessions = models.ManyToManyField(Session, through="SessionChoice", related_name="registrations")

    #: Not a column: ``register`` found it, and did not make it.
    was_there = False
    #: Not a column: the number in the waiting list, where a verb has just counted it.
    number_in_list: int | None = None

    class Meta:
        ordering = ("created_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["event", "person"],
                condition=Q(state__in=["invited", "pending", "waiting", "offered", "confirmed"]),
                name="one_live_registration_per_person",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", queued_at__isnull=False) | ~Q(state="waiting"), name="who_waits_has_a_turn"
            ),
            models.CheckConstraint(
                condition=Q(state="offered", deadline__isnull=False) | ~Q(state="offered"), name="an_offer_has_a_deadline"
            ),
        ]
        indexes = [
            models.Index(fields=["event", "state", "queued_at", "id"], name="registration_queue"),
            models.Index(fields=["person", "state"], name="registration_by_person"),
            models.Index(fields=["home_centre", "state"], condition=Q(home_centre__isnull=False), name="registration_by_home"),
            models.Index(fields=["registered_by"], condition=Q(registered_by__isnull=False), name="registration_by_colleague"),
            models.Index(fields=["deadline"], condition=Q(state__in=["invited", "offered"]), name="registration_deadline"),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.event}: {self.get_state_display()}"

    @property
    def is_live(self) -> bool:
        """Neither declined, cancelled nor expired."""
        return self.state in self.LIVE

    @property
    def holds_place(self) -> bool:
        """Confirmed, or an offer that still runs."""
        return self.state in self.HOLDING

    @cached_property
    def chosen(self) -> frozenset[int]:
        """Keys of the sessions that were chosen. Set it on a new registration before it is written."""
        return frozenset(choice.session_id for choice in self.choices.all())


class SessionChoice(models.Model):
    """A session, of those one chooses, that a registration takes part in. It holds a place there if the registration does."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="choices")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="choices")

    class Meta:
        ordering = ("session__starts_at", "pk")
        constraints = [models.UniqueConstraint(fields=["registration", "session"], name="a_session_is_chosen_once")]

    def __str__(self) -> str:
        return f"{self.registration_id}: {self.session}"
