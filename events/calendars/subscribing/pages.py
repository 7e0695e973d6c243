"""Pages about calendars: choose one to subscribe to, and one's own secret addresses."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from events.calendars.feeds import bodies, catalogue
from events.calendars.models import PersonalAddress
from events.calendars.subscribing import actions, choosing, links, queries
from events.calendars.subscribing.devices import device_of
from events.calendars.subscribing.forms import AddressForm, NameForm, WishesForm, wished
from network.api.throttling import seconds_to_wait
from network.errors import Invalid, Problem
from network.forms import add_errors
from network.models import Person
from network.pages import signed_in
from network.sender import sender_address


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """``/calendars/``: choose events by filters, then the program that shall show them. A combination is given a name first."""
    if request.method == "POST":
        return _name(request)
    choice = choosing.read(request.GET.dict())
    form = None if choice.feed or choice.errors else NameForm(initial={"name": choosing.in_words(choice.filters)})
    return _chosen(request, choice, form)


def _name(request: HttpRequest) -> HttpResponse:
    """Give a combination of filters its name and address."""
    choice = choosing.read({name: value for name, value in request.POST.dict().items() if name != "calendar"})
    form = NameForm(request.POST)
    if form.is_valid() and not choice.errors:
        if wait := seconds_to_wait(request, "selection"):
            response = render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
            response["Retry-After"] = str(wait)
            return response
        by = request.user if isinstance(request.user, Person) else None
        try:
            selection = actions.name_selection(name=form.cleaned_data["name"], filters=choice.filters, by=by)
        except Invalid as problem:
            add_errors(form, problem)
        else:
            query = urlencode({"calendar": selection.code, "entries": choice.entries})
            return redirect(f"{reverse('calendars')}?{query}#subscribe")
    return _chosen(request, choice, form)


def _chosen(request: HttpRequest, choice: choosing.Choice, form: NameForm | None) -> HttpResponse:
    context: dict[str, object] = {
        "choice": choice,
        "chosen": choice.said,
        "errors": choice.errors,
        "more_filters": any(choice.said.get(name) for name in ("competence", "language", "format", "q")),
        "feed": choice.feed,
        "form": form,
        "entry_languages": catalogue.interface_languages(),
    }
    if choice.feed is not None:
        context |= {"coming": queries.coming(choice.feed), **subscription(request, choice.address, choice.feed.title)}
    is_part = request.headers.get("HX-Target") == "subscribe"
    request.varies_on = {*getattr(request, "varies_on", ()), "HX-Target"}  # type: ignore[attr-defined]
    template = "pages/calendars/_subscribe_to.html" if is_part else "pages/calendars/choose.html"
    wrong = request.method == "POST" and bool(choice.errors or (form and form.errors))
    return render(request, template, context, status=HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK)


@login_required
@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """``/my/calendars/``: one's addresses. A new one is shown in the answer to the form itself, this once."""
    person = signed_in(request)
    form = AddressForm(request.POST or None, person=person)
    context: dict[str, object] = {}
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            address, token = actions.add_address(
                person=person, name=facts["name"], centre=facts.get("centre"), wishes=form.wishes()
            )
        except Invalid as problem:
            add_errors(form, problem)
        except Problem as problem:
            form.add_error(None, str(problem.message))
        else:
            context = {"new": address, **subscription(request, actions.url_of(address, token), address.name)}
            form = AddressForm(person=person)
    context |= {
        "form": form,
        "addresses": [(address, wished(address)) for address in queries.addresses_of(person)],
        "empty_days": PersonalAddress.EMPTY_FOR.days,
        "invitations": queries.wants_invitations(person),
        "sender": sender_address(),
    }
    return render(request, "pages/calendars/mine.html", context)


@login_required
@never_cache
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """``/my/calendars/<pk>/``: the name and the wishes of one of one's addresses."""
    person = signed_in(request)
    address = get_object_or_404(queries.addresses_of(person).filter(revoked_at=None), pk=pk)
    form = WishesForm(request.POST or None, address=address)
    if request.method == "POST" and form.is_valid():
        changes = {"name": form.cleaned_data["name"], **form.wishes()}
        try:
            address = actions.change_address(address=address, by=person, changes=changes)
        except Invalid as problem:
            add_errors(form, problem)
        except Problem as problem:
            form.add_error(None, str(problem.message))
        else:
            words = gettext("“%(name)s” is changed. Your program shows it when it next looks for news.")
            messages.success(request, words % {"name": address.name})
            return redirect("my_calendars")
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "pages/calendars/change.html", {"form": form, "address": address}, status=status)


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


@login_required
@require_POST
def wish(request: HttpRequest) -> HttpResponse:
    """Have invitations by mail, or not."""
    wishes = actions.wish(person=signed_in(request), invitations=request.POST.get("invitations") == "on")
    if wishes.invitations:
        messages.success(request, gettext("You get invitations by mail from now on."))
    else:
        messages.success(request, gettext("You get no more invitations by mail. Confirmations still come."))
    return redirect("my_calendars")


def subscription(request: HttpRequest, address: str, name: str) -> dict[str, object]:
    """What the panel with the programs needs, in the order of the reader's device."""
    device = device_of(request)
    title = bodies.title(name)
    return {
        "address": address,
        "calendar_name": title,
        "programs": links.programs(address, title, device),
        "qr": links.qr_code(links.webcal(address)),
        "on_phone": device.is_phone,
    }
