"""The organisers' forms: they turn text into types. What is right and wrong is decided by the actions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.programme.models import Event, Speaker, Venue
from network.models import Centre, Competence, FundingProfile, Organisation, Person, Sector
from network.queries import centres_organised_by
from network.vocabulary import LANGUAGES, time_zones, validate_time_zone

DAY_ENDS = time(23, 59)


def day_input() -> forms.DateInput:
    """The browser's own day picker, always in the form that it reads."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def time_input() -> forms.TimeInput:
    """The browser's own time picker, to the minute."""
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class DayField(forms.DateField):
    """A day, typed or picked."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", day_input())
        messages = {
            "required": _("Give the day."),
            "invalid": _("This is not a day. Write it as year-month-day, such as 2027-03-28."),
        }
        super().__init__(error_messages=messages, **kwargs)


class ClockField(forms.TimeField):
    """A time of day on the event's own wall clock."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", time_input())
        messages = {"invalid": _("This is not a time of day. Write it as 09:30.")}
        super().__init__(error_messages=messages, required=False, **kwargs)


def zone_choices(also: Iterable[str] = ()) -> list[tuple[str, Any]]:
    """Time zones for a select: those of the network's centres first, then the world's. ``also`` keeps what was typed."""
    near = sorted(set(Centre.objects.order_by().values_list("timezone", flat=True)))
    far = [zone for zone in time_zones() if zone not in near]
    unknown = [zone for zone in also if zone and zone not in near and zone not in far]
    groups: list[tuple[str, Any]] = [(zone, zone) for zone in unknown]
    groups.append((gettext("Zones of the network"), [(zone, zone) for zone in near]))
    groups.append((gettext("All zones"), [(zone, zone) for zone in far]))
    return groups


class Typed(forms.Form):
    """A form that can show what was typed without judging it, and take errors that an action found."""

    use_required_attribute = False

    def quiet(self) -> None:
        """Show what was typed, with no errors: somebody only asked for one more row."""
        self._errors = forms.utils.ErrorDict()
        self.cleaned_data: dict[str, Any] = {}

    @property
    def is_blank(self) -> bool:
        """Nothing but defaults was typed."""
        return not self.has_changed()

    def moment(self, name: str, *, by_default: time | None = None) -> datetime | None:
        """The naive wall clock of the fields ``<name>_day`` and ``<name>_time``, or None where they are not complete."""
        day: date | None = self.cleaned_data.get(f"{name}_day")
        clock: time | None = self.cleaned_data.get(f"{name}_time") or by_default
        return datetime.combine(day, clock) if day and clock is not None else None

    def complain_if_only_a_time(self, name: str) -> None:
        """A time without its day says nothing."""
        if (
            self.cleaned_data.get(f"{name}_time")
            and not self.cleaned_data.get(f"{name}_day")
            and f"{name}_day" not in self.errors
        ):
            self.add_error(f"{name}_day", gettext("Give the day that belongs to this time."))


class EventForm(Typed):
    """All that is said of an event itself. Days and times are the wall clock of the event's zone."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Event.Kind.choices, widget=forms.RadioSelect)
    title = forms.CharField(label=_("Title"), max_length=160)
    summary = forms.CharField(
        label=_("Summary"),
        max_length=300,
        help_text=_("One or two sentences, shown in lists and calendars."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        help_text=_("You can use Markdown: ## for a heading, - for a list, [words](address) for a link."),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    learning_outcomes = forms.CharField(
        label=_("What participants can do afterwards"),
        required=False,
        help_text=_("One outcome a line. They are printed on the certificate."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    organising_centre = forms.ModelChoiceField(label=_("Organising centre"), queryset=Centre.objects.none(), empty_label=None)
    co_organisers = forms.ModelMultipleChoiceField(
        label=_("Co-organisers"),
        queryset=Centre.objects.none(),
        required=False,
        help_text=_("Their organisers can run this event as you can."),
        widget=forms.CheckboxSelectMultiple,
    )
    funding = forms.ModelChoiceField(
        label=_("Funding"),
        queryset=FundingProfile.objects.all(),
        required=False,
        empty_label=_("No acknowledgement"),
        help_text=_("The acknowledgement that the page and the certificate carry."),
    )

    all_day = forms.BooleanField(
        label=_("Whole days, without times"), required=False, help_text=_("For the event and all its sessions.")
    )
    starts_day = DayField(label=_("First day"))
    starts_time = ClockField(label=_("Time it starts"))
    ends_day = DayField(label=_("Last day"), required=False, help_text=_("Empty: the same day."))
    ends_time = ClockField(label=_("Time it ends"))
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("All days and times on this page are wall-clock times in this zone."),
        validators=[validate_time_zone],  # what was typed is always among the choices, so that it is shown again
    )

    format = forms.ChoiceField(label=_("Format"), choices=Event.Format.choices, widget=forms.RadioSelect)
    venue = forms.ChoiceField(label=_("Venue"), required=False)
    join_link = forms.URLField(
        label=_("Link to join"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("Shown only to people whose registration is confirmed."),
    )

    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=LANGUAGES, widget=forms.CheckboxSelectMultiple, help_text=_("Spoken at the event.")
    )
    interpretation = forms.MultipleChoiceField(
        label=_("Interpretation into"), choices=LANGUAGES, required=False, widget=forms.CheckboxSelectMultiple
    )
    sectors = forms.ModelMultipleChoiceField(
        label=_("Sectors"), queryset=Sector.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    audience = forms.CharField(
        label=_("For whom"),
        max_length=300,
        required=False,
        help_text=_("For example: buyers who prepare their first market dialogue."),
    )
    visibility = forms.ChoiceField(label=_("Who can see it"), choices=Event.Visibility.choices, widget=forms.RadioSelect)

    eligible_kinds = forms.MultipleChoiceField(
        label=_("Open to"),
        choices=Organisation.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Types of organisation. None chosen: open to all."),
    )
    eligibility = forms.CharField(
        label=_("Who can take part"),
        max_length=300,
        required=False,
        help_text=_("In words, where the types above do not say it all."),
    )
    places = forms.IntegerField(label=_("Places"), required=False, help_text=_("Empty: no limit."))
    needs_approval = forms.BooleanField(
        label=_("Each registration needs approval"),
        required=False,
        help_text=_("Otherwise a place is given at once while there are any."),
    )
    approver = forms.ChoiceField(
        label=_("Who approves"),
        choices=Event.Approver.choices,
        widget=forms.RadioSelect,
        help_text=_("Counts where registrations need approval. Where a participant’s country has no centre, you approve."),
    )
    promotion = forms.ChoiceField(
        label=_("When a place becomes free"),
        choices=Event.Promotion.choices,
        widget=forms.RadioSelect,
        help_text=_("While people wait for one."),
    )
    offer_hours = forms.IntegerField(
        label=_("Hours to answer an offer"),
        help_text=_("From 1 to 720. Without an answer the place goes to whoever is next."),
    )
    opens_day = DayField(
        label=_("Registration opens"), required=False, help_text=_("Empty: as soon as the event is published.")
    )
    opens_time = ClockField(label=_("Time registration opens"))
    closes_day = DayField(label=_("Registration closes"), required=False, help_text=_("Empty: when the event starts."))
    closes_time = ClockField(label=_("Time registration closes"))
    changes_day = DayField(
        label=_("Participants can change or cancel until"),
        required=False,
        help_text=_("Afterwards only you can do it for them. Empty: until the event ends."),
    )
    changes_time = ClockField(label=_("Time changes and cancellations end"))
    reminder_days = forms.IntegerField(
        label=_("Days before the event to remind participants"), help_text=_("From 0 to 30. 0: no reminder.")
    )
    special_answers_days = forms.IntegerField(
        label=_("Days after the event to delete answers about health and diet"),
        help_text=_("From 0 to 365. What you ask people about health, diet or access deletes itself then."),
    )
    attendance_share = forms.IntegerField(
        label=_("Share of the hours needed for a certificate"),
        help_text=_("In per cent, from 1 to 100. Whoever was present for this share earned the certificate."),
    )

    def __init__(self, *args: Any, person: Person, event: Event | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        centres = list(Centre.objects.all())
        own = {centre.pk for centre in centres_organised_by(person)}
        if event is not None:
            own.add(event.organising_centre_id)
        self.field("organising_centre").queryset = Centre.objects.filter(pk__in=own)
        self.field("co_organisers").queryset = Centre.objects.filter(pk__in=[centre.pk for centre in centres])
        self.field("co_organisers").choices = [
            (centre.pk, f"{centre.short_name} ({centre.country.name})") for centre in centres
        ]
        self.field("timezone").choices = zone_choices([self["timezone"].value() or ""])
        venues = [(venue.pk, f"{venue.name}, {venue.city}") for venue in Venue.objects.all()]
        self.field("venue").choices = [
            ("", gettext("No venue yet")),
            ("new", gettext("A new venue, described below")),
            (gettext("Known venues"), venues),
        ]
        self.competences = list(Competence.objects.all())
        levels = [("", gettext("Not taught")), *[(level.value, f"{level.value} {level.label}") for level in Competence.Level]]
        for competence in self.competences:
            self.fields[f"competence_{competence.code}"] = forms.TypedChoiceField(
                label=str(competence), choices=levels, required=False, coerce=int, empty_value=None
            )

    def field(self, name: str) -> Any:
        """A field whose choices are filled in for the reader."""
        return self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Whole days need no times; timed events need both; a time needs its day."""
        for name in ("opens", "closes", "changes"):
            self.complain_if_only_a_time(name)
        if not self.cleaned_data.get("all_day"):
            for name, message in (
                ("starts_time", gettext("Give the time it starts, or choose whole days.")),
                ("ends_time", gettext("Give the time it ends, or choose whole days.")),
            ):
                if self.cleaned_data.get(name) is None and name not in self.errors:
                    self.add_error(name, message)
        return self.cleaned_data

    def competence_groups(self) -> Iterator[tuple[Any, list[BoundField], int]]:
        """The thirty competences by cluster, with how many are chosen in each."""
        groups: dict[str, list[BoundField]] = defaultdict(list)
        for competence in self.competences:
            groups[competence.cluster].append(self[f"competence_{competence.code}"])
        for cluster, fields in groups.items():
            yield Competence.Cluster(cluster).label, fields, sum(field.value() not in {None, ""} for field in fields)

    def taught(self) -> tuple[tuple[Competence, int], ...]:
        """The competences that were given a level."""
        levels = [(competence, self.cleaned_data.get(f"competence_{competence.code}")) for competence in self.competences]
        return tuple((competence, level) for competence, level in levels if level is not None)


class SessionForm(Typed):
    """One session. Left empty, its times are those of the event."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=160, required=False, help_text=_("Empty: the event’s title."))
    summary = forms.CharField(label=_("What it is about"), max_length=300, required=False)
    starts_day = DayField(label=_("Day"), required=False)
    starts_time = ClockField(label=_("Time it starts"))
    ends_time = ClockField(label=_("Time it ends"))
    ends_day = DayField(label=_("Last day"), required=False, help_text=_("Only if it ends on another day."))
    credited_minutes = forms.IntegerField(
        label=_("Minutes that count"), required=False, help_text=_("On the certificate. Empty: as the clock says.")
    )
    is_chosen = forms.BooleanField(
        label=_("Participants choose this session"),
        required=False,
        help_text=_("They say so when they register, for example for one of several workshops. Otherwise it is for all."),
    )
    places = forms.IntegerField(
        label=_("Places"),
        required=False,
        help_text=_("Only of a session that participants choose. Empty: as many as the event has."),
    )

    @property
    def is_blank(self) -> bool:
        """A new row in which nothing was typed."""
        return not any(self[name].value() for name in self.fields)

    @property
    def has_no_times(self) -> bool:
        """Neither days nor times were given: as long as the event."""
        return all(self.cleaned_data.get(name) is None for name in ("starts_day", "starts_time", "ends_day", "ends_time"))

    def says_when(self, *, all_day: bool, is_alone: bool) -> bool:
        """Complain about missing times: only the one session of an event can do without. Returns whether all is well."""
        if self.has_no_times and not self.errors:
            if not is_alone:
                self.add_error(
                    "starts_day", gettext("Say when this session is. Only a single session can be as long as the event.")
                )
        elif not all_day:
            for name, message in (
                ("starts_time", gettext("Give the time it starts.")),
                ("ends_time", gettext("Give the time it ends.")),
            ):
                if self.cleaned_data.get(name) is None and name not in self.errors:
                    self.add_error(name, message)
        return not self.errors


class SpeakerForm(Typed):
    """One person on the programme of a session."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)  # of a speaker who is there already: keeps who they are
    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    affiliation = forms.CharField(label=_("Organisation"), max_length=200, required=False)
    part = forms.ChoiceField(label=_("Part"), choices=Speaker.Part.choices, required=False, initial=Speaker.Part.SPEAKER)

    @property
    def is_blank(self) -> bool:
        """A row without a name and an organisation."""
        return not (self["name"].value() or self["affiliation"].value())


class VenueForm(forms.ModelForm[Venue]):
    """A venue that is not known yet."""

    use_required_attribute = False

    class Meta:
        model = Venue
        fields = ("name", "address", "city", "country", "access")
        widgets = {"access": forms.Textarea(attrs={"rows": 2})}

    def quiet(self) -> None:
        """Show what was typed, with no errors."""
        self._errors = forms.utils.ErrorDict()
