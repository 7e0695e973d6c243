"""The organiser's list to take along, as it is filtered on the page."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from events.programme.desk import desk_event, desk_page
from events.registrations.desk import listing as desk_list
from events.registrations.desk.forms import FilterForm
from events.registrations.lists import exports

MANAGE = "events.manage_registrations"


@desk_page
@require_GET
def export(request: HttpRequest, slug: str, format: exports.Format = "csv") -> HttpResponseBase:
    """CSV or XLSX of what the list shows. ``?special=yes``: with the answers of special categories."""
    event = desk_event(request, slug, MANAGE)
    found = desk_list.chosen(event, FilterForm(request.GET))
    return exports.answer(format, event, found, special=request.GET.get("special") == "yes")
