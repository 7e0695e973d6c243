"""What an event asks its participants, and what they answered."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from events.programme.models import Event
from events.registrations.models.registrations import Registration
from network.models import Person


class Question(models.Model):
    """Something that people are asked when they register. One that was answered is never deleted: it is no longer asked."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Short text")
        LONG_TEXT = "long-text", _("Long text")
        CHOICE = "choice", _("One of several")
        CHOICES = "choices", _("Some of several")
        NUMBER = "number", pgettext_lazy("a kind of question", "Number")
        DATE = "date", _("Date")
        COUNTRY = "country", _("Country")
        FILE = "file", _("File")
        CONSENT = "consent", _("Consent")

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="questions")
    key = models.SlugField(max_length=40)  # its name in the API and in exports
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    # A question of a ready-made block (see blocks.py) has its words from there, in every language of the interface.
    block = models.CharField(max_length=20, blank=True)
    label = models.JSONField(_("question"), default=dict, blank=True)  # by language: {"en": "…", "de": "…"}
    help = models.JSONField(_("help"), default=dict, blank=True)  # by language
    # [{"value": "…", "label": {"en": "…"}}]; with "removed": true it is no longer offered, but some have it as their answer
    options = models.JSONField(_("answers to choose from"), default=list, blank=True)
    # by kind: {"least": 0, "most": 10}, {"types": ["image"], "megabytes": 5}
    limits = models.JSONField(default=dict, blank=True)
    is_required = models.BooleanField(_("must be answered"), default=False)
    # Health, diet, belief and the like (Article 9 GDPR): answers are kept apart and delete themselves.
    is_special = models.BooleanField(_("special category"), default=False)
    purpose = models.CharField(_("what the answer is for"), max_length=300, blank=True)
    # Asked only where another question has one of these answers.
    # RESTRICT, not PROTECT: a draft is discarded with all its questions.
    depends_on = models.ForeignKey("self", on_delete=models.RESTRICT, null=True, blank=True, related_name="dependents")
    depends_values = models.JSONField(default=list, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)  # no longer asked; its answers stay readable

    class Meta:
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(fields=["event", "key"], condition=Q(removed_at__isnull=True), name="one_question_per_key"),
            models.CheckConstraint(condition=~Q(is_special=True, purpose=""), name="special_question_has_a_purpose"),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.key}"


class Answer(models.Model):
    """An answer of a registration to an ordinary question. ``value`` is of the question's kind, as JSON."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    value = models.JSONField()

    class Meta:
        ordering = ("question__position", "pk")
        constraints = [models.UniqueConstraint(fields=["registration", "question"], name="one_answer_per_question")]

    def __str__(self) -> str:
        return f"{self.registration_id}: {self.question_id}"


class SpecialAnswer(models.Model):
    """An answer to a question of a special category. Kept apart from all others; it deletes itself on its day."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="special_answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="special_answers")
    value = models.JSONField()
    delete_after = models.DateField(db_index=True)

    class Meta:
        ordering = ("question__position", "pk")
        constraints = [models.UniqueConstraint(fields=["registration", "question"], name="one_special_answer_per_question")]

    def __str__(self) -> str:
        return f"{self.registration_id}: {self.question_id}"


class AnswerFile(models.Model):
    """A file that somebody uploaded as an answer, whose ``value`` is its id and name. Without an answer it goes after a day.

    It is never younger than its answer and never outlives it: whatever deletes the row deletes what is stored.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    # Whose answer it is; none: not sent yet.
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, null=True, blank=True, related_name="files")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")  # who uploaded it
    file = models.FileField(upload_to="answers", max_length=120)
    name = models.CharField(max_length=160)  # as it was called where it came from
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], condition=Q(registration__isnull=True), name="answer_file_unsent")]

    def __str__(self) -> str:
        return self.name
