"""Events, their sessions, venues and speakers."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from network.fields import CodesField
from network.models import Centre, Competence, FundingProfile, Organisation, Person, Sector
from network.vocabulary import LANGUAGES, validate_time_zone


class Venue(models.Model):
    """A place where people meet. Centres reuse their venues."""

    name = models.CharField(_("name"), max_length=160)
    address = models.CharField(_("street address"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=80)
    country = CountryField(_("country"))
    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    access = models.TextField(_("how to get in, also with a wheelchair"), blank=True)

    class Meta:
        ordering = ("city", "name")
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="venue_has_both_coordinates_or_none",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"

    @property
    def one_line(self) -> str:
        """Name, address, city and country on one line, for calendars and paper."""
        return ", ".join(part for part in (self.name, self.address, self.city, str(self.country.name)) if part)


class Timed(models.Model):
    """When something is: either two instants, or whole days.

    For whole days the days are the truth, in the zone of the event; the instants (start of the first day, end of the last)
    are derived for ordering and filtering only, and nothing shows them. For timed things the instants are the truth and
    the days are derived. ``events.programme.periods.Period`` computes all four together; write no single one.
    """

    all_day = models.BooleanField(_("whole days"), default=False)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))

    class Meta:
        abstract = True


class Event(Timed):
    """What is published. A course is an event of many sessions."""

    class Kind(models.TextChoices):
        TRAINING = "training", _("Training")
        VISIT = "visit", _("Peer-exchange visit")
        CEREMONY = "ceremony", _("Award ceremony")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        POSTPONED = "postponed", _("Postponed")  # will take place, at a time not yet known
        CANCELLED = "cancelled", _("Cancelled")
        FINISHED = "finished", _("Finished")

    class Format(models.TextChoices):
        ON_SITE = "on-site", _("On site")
        ONLINE = "online", _("Online")
        HYBRID = "hybrid", _("On site and online")

    class Promotion(models.TextChoices):
        AUTOMATIC = "automatic", _("The next in the waiting list has the place at once")
        OFFER = "offer", _("The next in the waiting list is offered the place and says yes or no")

    class Approver(models.TextChoices):
        ORGANISER = "organiser", _("The organising centre")
        HOME_CENTRE = "home-centre", _("The centre of the participant’s own country")

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("Everybody")
        NETWORK = "network", _("Members of the network’s centres")
        INVITED = "invited", _("Invited people only")

    PUBLIC_STATES = (State.PUBLISHED, State.POSTPONED, State.CANCELLED, State.FINISHED)

    slug = models.SlugField(max_length=80, unique=True)  # part of the public address, fixed at first publication
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    state_reason = models.TextField(_("reason"), blank=True, editable=False)  # shown to people: why postponed or cancelled
    title = models.CharField(_("title"), max_length=160)
    summary = models.CharField(_("summary"), max_length=300, help_text=_("One or two sentences, shown in lists and calendars."))
    description = models.TextField(_("description"), blank=True, help_text=_("Markdown: headings, lists, links."))
    learning_outcomes = models.TextField(
        _("what participants can do afterwards"), blank=True, help_text=_("One outcome a line; printed on certificates.")
    )

    organising_centre = models.ForeignKey(
        Centre, on_delete=models.PROTECT, related_name="events", verbose_name=_("organising centre")
    )
    co_organisers = models.ManyToManyField(
        Centre, blank=True, related_name="co_organised_events", verbose_name=_("co-organisers")
    )
    funding = models.ForeignKey(
        FundingProfile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("funding")
    )

    format = models.CharField(_("format"), max_length=10, choices=Format.choices)
    venue = models.ForeignKey(
        Venue, on_delete=models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("venue")
    )
    join_link = models.URLField(
        _("link to join"), max_length=500, blank=True, help_text=_("Shown only to people whose registration is confirmed.")
    )
    timezone = models.CharField(_("time zone"), max_length=40, validators=[validate_time_zone])

    languages = CodesField(_("languages"), codes=LANGUAGES, blank=False)
    interpretation = CodesField(_("interpretation into"), codes=LANGUAGES)
    sectors = models.ManyToManyField(Sector, blank=True, related_name="+", verbose_name=_("sectors"))
    competences = models.ManyToManyField(
        Competence, through="EventCompetence", blank=True, related_name="+", verbose_name=_("competences")
    )
    audience = models.CharField(_("for whom"), max_length=300, blank=True)
    visibility = models.CharField(_("who can see it"), max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC)

    # Registration
    eligible_kinds = CodesField(
        _("open to"), codes=Organisation.Kind.choices, help_text=_("Types of organisation. None chosen: open to all.")
    )
    eligibility = models.CharField(_("who can take part"), max_length=300, blank=True)
    needs_approval = models.BooleanField(_("the organiser approves each registration"), default=False)
    places = models.PositiveIntegerField(
        _("places"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("Empty: no limit.")
    )
    places_taken = models.PositiveIntegerField(default=0, editable=False)  # written by events.registrations alone, under lock
    approver = models.CharField(_("who approves"), max_length=12, choices=Approver.choices, default=Approver.ORGANISER)
    promotion = models.CharField(
        _("when a place becomes free"), max_length=10, choices=Promotion.choices, default=Promotion.AUTOMATIC
    )
    offer_hours = models.PositiveSmallIntegerField(
        _("hours to answer an offer"), default=48, validators=[MinValueValidator(1), MaxValueValidator(720)]
    )
    # Whether these exist for the event, so that a registration that has none need not look. Quotas, rules and questions are
    # written by events.registrations, sessions to choose by the programme.
    has_choices = models.BooleanField(default=False, editable=False)
    has_quotas = models.BooleanField(default=False, editable=False)
    has_rules = models.BooleanField(default=False, editable=False)
    has_questions = models.BooleanField(default=False, editable=False)
    registration_opens_at = models.DateTimeField(_("registration opens"), null=True, blank=True)  # none: once published
    registration_closes_at = models.DateTimeField(_("registration closes"), null=True, blank=True)  # none: at the start
    changes_close_at = models.DateTimeField(_("changes and cancellations until"), null=True, blank=True)  # none: until the end
    reminder_days = models.PositiveSmallIntegerField(
        _("days before the event to remind participants"), default=2, validators=[MaxValueValidator(30)]
    )  # 0: never
    special_answers_days = models.PositiveSmallIntegerField(
        _("days after the event to delete answers about health and diet"), default=30, validators=[MaxValueValidator(365)]
    )

    # Attendance
    attendance_share = models.PositiveSmallIntegerField(
        _("share of the hours needed for a certificate (%)"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )

    revision = models.PositiveIntegerField(default=1, editable=False)  # +1 with every change; the ETag of the API
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        ordering = ("starts_at", "pk")
        indexes = [
            # With the end, so that a list of what is not over yet skips the past without reading its rows.
            models.Index(fields=["starts_at", "id", "ends_at"], name="event_by_start"),
            models.Index(fields=["ends_at"], name="event_by_end"),
            models.Index(fields=["organising_centre", "starts_at"], name="event_by_centre"),
            models.Index(
                fields=["visibility", "state"], name="event_by_visibility"
            ),  # what everybody may see, without its rows
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="event_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="event_days_in_order"),
            models.CheckConstraint(condition=Q(places__isnull=True) | Q(places__gte=1), name="event_has_a_place_or_no_limit"),
            models.CheckConstraint(
                condition=Q(places__isnull=True) | Q(places_taken__lte=F("places")), name="never_more_taken_than_places"
            ),
            models.CheckConstraint(
                condition=Q(registration_closes_at__isnull=True)
                | Q(registration_opens_at__isnull=True)
                | Q(registration_closes_at__gt=F("registration_opens_at")),
                name="registration_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=Q(registration_closes_at__isnull=True) | Q(registration_closes_at__lte=F("ends_at")),
                name="registration_closes_before_the_event_ends",
            ),
            models.CheckConstraint(
                condition=Q(changes_close_at__isnull=True) | Q(changes_close_at__lte=F("ends_at")),
                name="changes_close_before_the_event_ends",
            ),
            models.CheckConstraint(condition=Q(attendance_share__range=(1, 100)), name="attendance_share_is_a_percentage"),
            models.CheckConstraint(condition=Q(offer_hours__range=(1, 720)), name="an_offer_lasts_an_hour_to_thirty_days"),
            models.CheckConstraint(condition=Q(reminder_days__range=(0, 30)), name="a_reminder_comes_in_the_last_thirty_days"),
            models.CheckConstraint(
                condition=Q(special_answers_days__range=(0, 365)), name="special_answers_are_kept_for_a_year_at_most"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The event's public page."""
        return reverse("event", args=[self.slug])

    @property
    def places_left(self) -> int | None:
        """Free places, or None where there is no limit."""
        return None if self.places is None else max(self.places - self.places_taken, 0)


class EventCompetence(models.Model):
    """A competence that an event teaches, with the level it aims at."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="taught")
    competence = models.ForeignKey(Competence, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(_("level"), choices=Competence.Level.choices)

    class Meta:
        ordering = ("competence__number",)
        constraints = [
            models.UniqueConstraint(fields=["event", "competence"], name="one_level_per_competence_and_event"),
            models.CheckConstraint(condition=Q(level__range=(0, 4)), name="competence_level_between_0_and_4"),
        ]

    def __str__(self) -> str:
        return f"{self.competence} ({self.get_level_display()})"


class Session(Timed):
    """One timed slot of an event. It lies within the event and, like it, is timed or of whole days."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="sessions")
    title = models.CharField(_("title"), max_length=160, blank=True)  # empty: the event's title
    summary = models.CharField(_("what it is about"), max_length=300, blank=True)
    # Minutes that count on a certificate where they differ from the clock, and for whole days.
    credited_minutes = models.PositiveIntegerField(_("minutes that count"), null=True, blank=True)
    # Parallel sessions: participants choose. A session that is not chosen is for all participants.
    is_chosen = models.BooleanField(_("participants choose this session"), default=False)
    places = models.PositiveIntegerField(_("places"), null=True, blank=True, validators=[MinValueValidator(1)])
    places_taken = models.PositiveIntegerField(default=0, editable=False)  # as of an event; under the lock of the event's row

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="session_days_in_order"),
            models.CheckConstraint(condition=Q(places__isnull=True) | Q(places__gte=1), name="session_has_a_place_or_no_limit"),
            models.CheckConstraint(
                condition=Q(is_chosen=True) | Q(places__isnull=True), name="only_chosen_sessions_have_places"
            ),
            models.CheckConstraint(
                condition=Q(places__isnull=True) | Q(places_taken__lte=F("places")), name="never_more_taken_than_session_places"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.event.title

    @property
    def places_left(self) -> int | None:
        """Free places of a session that participants choose, or None where it has no limit of its own."""
        return None if self.places is None else max(self.places - self.places_taken, 0)


class Speaker(models.Model):
    """Somebody on the programme of a session. ``person`` where they have an account."""

    class Part(models.TextChoices):
        SPEAKER = "speaker", _("Speaker")
        TRAINER = "trainer", _("Trainer")
        MODERATOR = "moderator", _("Moderator")
        INTERPRETER = "interpreter", _("Interpreter")

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="speakers")
    name = models.CharField(_("name"), max_length=160)
    affiliation = models.CharField(_("organisation"), max_length=200, blank=True)
    part = models.CharField(_("part"), max_length=12, choices=Part.choices, default=Part.SPEAKER)
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("order", "pk")

    def __str__(self) -> str:
        return self.name
