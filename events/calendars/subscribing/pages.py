"""Pages about calendars: choose one to subscribe to, and one's own secret addresses."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from events.calendars.feeds import bodies, catalogue
from events.calendars.models import PersonalAddress
from events.calendars.subscribing import actions, links, queries
from events.calendars.subscribing.forms import AddressForm, ChooseForm
from network.errors import Invalid, Problem
from network.forms import add_errors
from network.pages import signed_in


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """``/calendars/``: choose a calendar, then the program that shall show it. All by links and one GET form."""
    mine = get_language() or settings.LANGUAGE_CODE
    language = mine if mine in catalogue.languages() else settings.LANGUAGE_CODE
    form = ChooseForm({"calendar": "network", "language": language, **request.GET.dict()})
    if not form.is_valid():
        form.data = {"calendar": "network", "language": language}
        form.full_clean()
    feed = catalogue.find(form.cleaned_data["calendar"])
    if feed is None:
        raise Http404
    address = catalogue.address(feed.name, form.cleaned_data["language"])
    template = (
        "pages/calendars/_subscribe.html" if request.headers.get("HX-Target") == "subscribe" else "pages/calendars/choose.html"
    )
    return render(request, template, {"form": form, "feed": feed, **subscription(address, feed.title)})


@login_required
@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """``/my/calendars/``: one's addresses. A new one is shown in the answer to the form itself, this once."""
    person = signed_in(request)
    form = AddressForm(request.POST or None)
    context: dict[str, object] = {}
    if request.method == "POST" and form.is_valid():
        try:
            address, token = actions.add_address(person=person, name=form.cleaned_data["name"])
        except Invalid as problem:
            add_errors(form, problem)
        except Problem as problem:
            form.add_error(None, str(problem.message))
        else:
            context = {"new": address, **subscription(actions.url_of(address, token), address.name)}
            form = AddressForm()
    context |= {"form": form, "addresses": queries.addresses_of(person), "empty_days": PersonalAddress.EMPTY_FOR.days}
    return render(request, "pages/calendars/mine.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Close one of one's addresses."""
    person = signed_in(request)
    address = get_object_or_404(queries.addresses_of(person), pk=pk)
    actions.revoke_address(address=address, by=person)
    words = gettext("“%(name)s” is revoked. Programs that still read it find an empty calendar.")
    messages.success(request, words % {"name": address.name})
    return redirect("my_calendars")


def subscription(address: str, name: str) -> dict[str, object]:
    """What the panel with the programs needs."""
    return {
        "address": address,
        "calendar_name": bodies.title(name),
        "programs": links.programs(address, bodies.title(name)),
        "qr": links.qr_code(links.webcal(address)),
    }
