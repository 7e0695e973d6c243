"""The live catalogue of the design system, with invented things. It exists in the demonstration only."""

from datetime import UTC, date, datetime

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from events.programme.models import Event
from events.registrations.models import Registration
from network.vocabulary import LANGUAGES


class SampleForm(forms.Form):
    """One field of each sort."""

    name = forms.CharField(label=_("Title"), max_length=60, help_text=_("What people call it. At most 60 characters."))
    email = forms.EmailField(label=_("E-mail address"))
    day = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    places = forms.IntegerField(label=_("Places"), required=False, help_text=_("Empty: no limit."))
    kind = forms.ChoiceField(label=_("Kind"), choices=Event.Kind.choices, widget=forms.RadioSelect)
    country = forms.ChoiceField(label=_("Country"), choices=[("", _("Any country")), ("AT", "Austria"), ("GR", "Greece")])
    languages = forms.MultipleChoiceField(label=_("Languages"), choices=LANGUAGES, widget=forms.CheckboxSelectMultiple)
    text = forms.CharField(label=_("Description"), widget=forms.Textarea(attrs={"rows": 4}), required=False)
    approve = forms.BooleanField(label=_("The organiser approves each registration"), required=False)


def sample_events() -> list[Event]:
    """One of each kind and shape of date; none is in the database."""
    base = {"summary": "How to talk to suppliers before the call.", "timezone": "Europe/Vienna", "format": "on-site"}

    def event(kind: str, title: str, first: datetime, last: datetime, **more: object) -> Event:
        days = {"first_day": first.date(), "last_day": last.date()}
        return Event(**{**base, **days, "kind": kind, "title": title, "starts_at": first, "ends_at": last, "slug": "x", **more})

    published = Event.State.PUBLISHED
    return [
        event(
            "training",
            "Market dialogue in practice",
            datetime(2027, 6, 14, 7, tzinfo=UTC),
            datetime(2027, 6, 14, 14, tzinfo=UTC),
            state=published,
            places=40,
            places_taken=33,
        ),
        event(
            "visit",
            "Hospitals buy together: two days in Lisbon",
            datetime(2027, 6, 16, 8, tzinfo=UTC),
            datetime(2027, 6, 17, 15, tzinfo=UTC),
            state=published,
            timezone="Europe/Lisbon",
            places=12,
            places_taken=12,
        ),
        event(
            "ceremony",
            "Innovation procurement of the year 2027",
            datetime(2027, 9, 29, 22, tzinfo=UTC),
            datetime(2027, 10, 2, 22, tzinfo=UTC),
            state=published,
            all_day=True,
            first_day=date(2027, 9, 30),
            last_day=date(2027, 10, 2),
        ),
        event(
            "training",
            "Life-cycle costing for public works",
            datetime(2027, 7, 1, 8, tzinfo=UTC),
            datetime(2027, 7, 1, 10, tzinfo=UTC),
            state=Event.State.CANCELLED,
            places=25,
            places_taken=3,
        ),
    ]


def components(request: HttpRequest) -> HttpResponse:
    """Everything on one page."""
    messages.success(request, _("You are registered. A confirmation is on its way to you."))
    messages.error(request, _("The last place was taken a moment ago. You can join the waiting list."))
    wrong = SampleForm({"name": "", "email": "ana", "places": "-", "languages": []}, prefix="wrong")
    return render(
        request,
        "pages/front/components.html",
        {
            "events": sample_events(),
            "form": SampleForm(),
            "wrong": wrong,
            "registrations": [Registration(state=state) for state in Registration.State],
            "states": [Event(state=state) for state in Event.State],
            "page": Paginator(range(100), 10).page(3),
            "crumbs": [("/", _("What is on")), ("/centres/", _("Centres"))],
            "tabs": [
                {"url": "#tabs", "label": _("Facts"), "current": True},
                {"url": "#tabs", "label": _("Registrations"), "count": 33},
                {"url": "#tabs", "label": _("Attendance"), "count": 0},
            ],
            "colours": [
                "paper",
                "surface",
                "ink",
                "ink-soft",
                "action",
                "good",
                "note",
                "care",
                "bad",
                "training",
                "visit",
                "ceremony",
            ],
        },
    )
