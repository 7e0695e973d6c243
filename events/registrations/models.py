"""Registrations and their states."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from events.programme.models import Event
from network.models import Person


class Registration(models.Model):
    """A person's request for an event, and its state. Whether they came is not a state of it: see attendance."""

    class State(models.TextChoices):
        INVITED = "invited", _("Invited")  # may register, holds no place
        PENDING = "pending", _("Waiting for approval")
        WAITING = "waiting", _("On the waiting list")
        CONFIRMED = "confirmed", _("Confirmed")  # the only state that holds a place
        DECLINED = "declined", _("Declined")  # by the organiser
        # Given back. An event that is cancelled leaves its registrations as they are.
        CANCELLED = "cancelled", pgettext_lazy("a registration", "Cancelled")

    #: A person has at most one registration in these states at an event.
    LIVE = (State.INVITED, State.PENDING, State.WAITING, State.CONFIRMED)

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="registrations")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="registrations")
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    note = models.CharField(_("a note to the organiser"), max_length=500, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)  # told to the person: why declined or cancelled
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField()  # of the last change of state
    # When the place in the waiting list was taken; the list is in the order of (queued_at, id).
    queued_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["event", "person"],
                condition=Q(state__in=["invited", "pending", "waiting", "confirmed"]),
                name="one_live_registration_per_person",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", queued_at__isnull=False) | ~Q(state="waiting"), name="who_waits_has_a_turn"
            ),
        ]
        indexes = [
            models.Index(fields=["event", "state", "queued_at", "id"], name="registration_queue"),
            models.Index(fields=["person", "state"], name="registration_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.event}: {self.get_state_display()}"

    @property
    def is_live(self) -> bool:
        """Neither declined nor cancelled."""
        return self.state in self.LIVE
