"""The public page of what the centres’ own calendars have."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from events.calendars.sources import queries
from events.calendars.sources.rows import Row
from events.programme.desk import page_of

ROWS = 30


@require_safe
def others(request: HttpRequest) -> HttpResponse:
    """``/calendars/others/``: all that is to come, of one centre or of all."""
    centres = list(queries.centres_shown())
    asked = request.GET.get("centre", "")
    centre = next((one for one in centres if one.slug == asked), None)
    page = page_of(request, queries.coming(asked), ROWS)
    context = {
        "centres": centres,
        "asked": asked,
        "centre": centre,
        "page": page,
        "rows": [Row(entry) for entry in page],
    }
    return render(request, "pages/calendars/others.html", context)
