"""Pages that belong to no single wing: about, my events, whether the platform is well, the choice of a language."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from network.models import Person


@csrf_exempt
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on: by a cookie for a visitor, in the profile for a person.

    A visitor's form carries no token, so that the pages visitors see set no cookie; a person's is checked.
    """
    if request.user.is_authenticated:
        return _choose_own_language(request)
    return _answer(request)


@csrf_protect
def _choose_own_language(request: HttpRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    if isinstance(request.user, Person) and language in dict(settings.LANGUAGES):
        Person.objects.filter(pk=request.user.pk).update(language=language)
    return _answer(request)


def _answer(request: HttpRequest) -> HttpResponse:
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    language = request.POST.get("language", "")
    if check_for_language(language) and language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            samesite="Lax",
            secure=request.is_secure(),
            httponly=True,
        )
    return response
