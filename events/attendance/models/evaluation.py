"""The questionnaire after an event. Who answered is known; what they answered cannot be traced to them."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.programme.models import Event
from events.registrations.models import Registration


class Evaluation(models.Model):
    """The questionnaire of an event."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="evaluation")
    opens_at = models.DateTimeField(_("open from"), null=True, blank=True)  # none: the end of the event
    closes_at = models.DateTimeField(_("open until"), null=True, blank=True)  # none: thirty days after the end
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.event)


class EvaluationQuestion(models.Model):
    """One question of it: ready-made (``key`` names it, and its words are translated) or the organiser's own."""

    class Kind(models.TextChoices):
        SCALE = "scale", _("From 1 to 5")
        CHOICE = "choice", _("One of several")
        CHOICES = "choices", _("Some of several")
        TEXT = "text", _("In your own words")

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="questions")
    order = models.PositiveSmallIntegerField(default=0)
    key = models.CharField(max_length=30, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    text = models.CharField(_("question"), max_length=300, blank=True)
    options = models.JSONField(_("answers to choose from"), default=list, blank=True)
    is_required = models.BooleanField(_("must be answered"), default=False)

    class Meta:
        ordering = ("order", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "key"], condition=~models.Q(key=""), name="a_ready_made_question_is_asked_once"
            )
        ]

    def __str__(self) -> str:
        return self.text or self.key


class EvaluationTurn(models.Model):
    """Whether a participant has answered. All are made together, when the questionnaire opens: their order tells nothing.

    It has no time and no link to the answers, and is not journalled, or what somebody answered could be found by the moment.
    """

    registration = models.OneToOneField(
        Registration, on_delete=models.CASCADE, primary_key=True, related_name="evaluation_turn"
    )
    is_done = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.registration_id)


class EvaluationSheet(models.Model):
    """One filled-in questionnaire of nobody in particular. Not journalled, without a time, under a random number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="sheets")
    answers = models.JSONField()  # by the question's id as text: 1 to 5, an option, a list of options, or words

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.id)
