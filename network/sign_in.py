"""Sign-in by a code sent to the e-mail address: one way in, for people we know and for newcomers.

It stands on django-allauth's login by code (its stages, attempts, time-outs and limits). What differs: an unknown
address gets a code like any other, and its account is made once the code has proved the address. So the answer to
an address never tells whether it has an account, and nobody has to "sign up".
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.forms import RequestLoginCodeForm
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.account.views import ConfirmLoginCodeView, LogoutView, RequestLoginCodeView
from allauth.core.internal import ratelimit
from allauth.core.internal.cryptokit import compare_user_code
from allauth.decorators import rate_limit
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from network import actions
from network.models import Person

View = TypeVar("View", bound=Callable[..., Any])


def asks_for_profile(view: View) -> View:
    """Mark a page that itself asks a newcomer for name and organisation: no welcome page stands before it."""
    view.asks_for_profile = True  # type: ignore[attr-defined]
    return view


def welcomed_at(target: str) -> str:
    """Where a newcomer goes on to ``target``: by the welcome page, unless it asks for the profile itself."""
    try:
        view = resolve(urlsplit(target).path).func
    except Resolver404:
        view = None
    if getattr(view, "asks_for_profile", False):
        return target
    return f"{reverse('my_welcome')}?{urlencode({'next': target})}"


class Process(LoginCodeVerificationProcess):
    """A code on its way: like allauth's, but the address may be new to us."""

    def send_by_email(self, email: str, skip_enumeration_mails: bool = False) -> None:
        """Send a code, whether or not the address has an account."""
        context = {"request": self.request, "code": self.generate_code()}
        get_adapter().send_mail("account/email/login_code", email, context)

    def finish(self, redirect_url: str | None) -> HttpResponse:
        """The code is right: open the account if there is none, then sign in."""
        if self.user is None:
            person = actions.open_account(email=self.state["email"], language=get_language() or settings.LANGUAGE_CODE)
            if not person.is_active:
                clear_login(self.request)
                return HttpResponseRedirect(reverse("account_inactive"))
            self._user = self.stage.login.user = person
        target = redirect_url or str(settings.LOGIN_REDIRECT_URL)
        if isinstance(self.user, Person) and not self.user.name:
            target = welcomed_at(target)
        response: HttpResponse = super().finish(target)
        return response

    @classmethod
    def begin(cls, request: HttpRequest, *, email: str, person: Person | None) -> "Process":
        """Send a code to the address and remember in the session that it is on its way."""
        login = Login(user=person, email=email)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update({**cls.initial_state(user=person, email=email), "initiated_by_user": True})
        process = cls(stage=stage)
        process.send()
        process.persist()
        return process


class AddressForm(RequestLoginCodeForm):
    """The e-mail address to sign in with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget = forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True})
        self.fields["email"] = forms.EmailField(
            label=_("E-mail address"),
            max_length=254,
            widget=widget,
            help_text=_("Best the one at work. We send a code to it; you need no password and no account."),
        )


class CodeForm(forms.Form):
    """The code from the mail. Spaces, hyphens and lower case are fine."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Copy it from the mail, or type it; upper or lower case does not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false", "autofocus": True}),
    )

    def __init__(self, *args: Any, code: str = "", **kwargs: Any) -> None:
        self.expected = code
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        """Compare in constant time."""
        if not compare_user_code(actual=self.cleaned_data["code"], expected=self.expected):
            raise forms.ValidationError(_("This is not the code. Look at the newest mail from us, or ask for another code."))
        return str(self.cleaned_data["code"])


@method_decorator([rate_limit(action="login"), never_cache], name="dispatch")
class SignIn(RequestLoginCodeView):
    """``/accounts/login/``: ask for the address, send a code."""

    template_name = "account/login.html"

    def get_form_class(self) -> type[forms.Form]:
        """Our own words at the field."""
        return AddressForm

    def form_valid(self, form: AddressForm) -> HttpResponse:
        """Send the code, then ask for it."""
        Process.begin(self.request, email=form.cleaned_data["email"].lower(), person=form._user)  # noqa: SLF001 - allauth's form
        return HttpResponseRedirect(self.get_success_url())

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: Any) -> HttpResponse | None:
        """Who comes back to this page starts anew, for example with another address."""
        clear_login(request)
        return None


class Confirm(ConfirmLoginCodeView):
    """``/accounts/login/code/``: the code that was sent."""

    template_name = "account/confirm_login_code.html"

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Go on with the code that is on its way; start again if there is none or it is too old."""
        if request.user.is_authenticated:
            return HttpResponseRedirect(self.get_next_url() or settings.LOGIN_REDIRECT_URL)
        self.stage = LoginStageController.enter(request, LoginByCodeStage.key)
        if self.stage is None or not self.stage.state.get("email"):
            return self._again(gettext("Enter your address again: no code is on its way, or too much time has passed."))
        self._process = Process(stage=self.stage)
        if not self._process.is_valid():
            self._process.abort()
            return self._again(gettext("The code has expired. Enter your address to get a new one."))
        response: HttpResponse = super(ConfirmLoginCodeView, self).dispatch(request, *args, **kwargs)
        return response

    def get_form_class(self) -> type[forms.Form]:
        """The code; or nothing, to have another sent."""
        return forms.Form if self._action == "resend" else CodeForm

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """A wrong code may be tried again, but only a few times."""
        if self._process.record_invalid_attempt():
            response: HttpResponse = self.render_to_response(self.get_context_data(form=form))
            return response
        return self._again(gettext("That were too many wrong codes. Enter your address to get a new one."))

    def _resend_form_valid(self, form: forms.Form) -> HttpResponse:
        """Send another code, if not too many were asked for."""
        if self._may_ask_for_a_code():
            self._process.resend()
            messages.success(self.request, gettext("Another code is on its way. Only the newest one works."))
        else:
            messages.error(self.request, gettext("Too many codes were asked for. Wait some minutes, then try again."))
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_confirm_login_code")))

    def _may_ask_for_a_code(self) -> bool:
        key = self._process.state["email"]
        return ratelimit.consume(self.request, app="allauth.account", action="request_login_code", key=key) is not None

    def _again(self, words: str) -> HttpResponse:
        messages.warning(self.request, words)
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_login")))


class SignOut(LogoutView):
    """``/accounts/logout/``: asks on GET, does it on POST."""

    template_name = "account/logout.html"
