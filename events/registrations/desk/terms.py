"""The organiser's page “Quotas and rules”: for whom places are kept, and who may come."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from events.programme.desk import desk_event, desk_page, person_of
from events.programme.models import Event
from events.registrations import terms
from events.registrations.desk.overview import quotas_of
from events.registrations.desk.registrations import MANAGE
from events.registrations.desk.terms_forms import TermsSheet
from events.registrations.desk.terms_words import quotas_in_words, rules_in_words
from events.registrations.models import EligibilityRule
from network.errors import Invalid
from network.models import Person


@desk_page
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """What holds now in sentences, and tables to change it. All of it is saved, or nothing."""
    event, person = desk_event(request, slug, MANAGE), person_of(request)
    quotas, rules = quotas_of(event), list(EligibilityRule.objects.filter(event=event).select_related("centre"))
    sheet = TermsSheet(event, quotas, rules, request.POST if request.method == "POST" else None)
    whole: list[str] = []
    is_asked = request.method == "POST" and request.POST.get("do") != "more"
    if is_asked and sheet.is_stale:
        whole = [
            gettext("Somebody else changed the quotas or rules meanwhile. Above is what holds now: compare, then save again.")
        ]
    elif is_asked and sheet.is_valid():
        try:
            _save(event, sheet, person)
        except Invalid as error:
            whole = sheet.add_errors(error.errors)
        else:
            messages.success(request, gettext("Saved. What became free for somebody went to the waiting list at once."))
            return redirect("desk_terms", slug=event.slug)
    elif request.method == "POST" and not is_asked:
        for form in (*sheet.quotas, *sheet.rules):
            if form.is_bound:
                form.quiet()
    errors = [*(("", "", message) for message in whole), *sheet.errors] if is_asked else []
    context = {
        "event": event,
        "tab": "terms",
        "sheet": sheet,
        "errors": errors,
        "quotas_in_words": quotas_in_words(event, quotas),
        "rules_in_words": rules_in_words(event, rules),
        "is_focused": request.method == "POST" and not is_asked,
    }
    return render(request, "pages/desk/terms.html", context, status=400 if errors else 200)


def _save(event: Event, sheet: TermsSheet, by: Person) -> None:
    """Both tables, in one transaction. Raises Invalid with the errors of both."""
    quotas, rules = sheet.facts()
    errors: dict[str, list[object]] = {}
    with transaction.atomic():
        try:
            terms.set_rules(event=event, rules=rules, by=by)
        except Invalid as error:
            errors |= error.errors
        try:
            terms.set_quotas(event=event, quotas=quotas, by=by)
        except Invalid as error:
            errors |= error.errors
        if errors:
            raise Invalid(errors)
