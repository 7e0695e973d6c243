"""The root of all addresses. The address plan in the README is a public contract."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from network.later import LaterResolver, Pages

problems = Pages("network.api.problems")

urlpatterns: list[URLPattern | URLResolver] = [
    # First: programs ask most often, and every pattern before costs them.
    LaterResolver("api/v1/", "config.api"),
    path("", include("config.pages_urls")),
    path("", include("network.urls")),
    path("", include("events.programme.urls")),
    path("", include("events.registrations.pages.urls")),
    path("", include("events.attendance.urls")),
    path("", include("events.certificates.urls")),
    path("", include("events.calendars.urls")),
    path("", include("events.mail.urls")),
    path("desk/", include("events.programme.desk_urls")),
    path("desk/", include("events.registrations.desk.urls")),
    path("desk/", include("events.attendance.desk_urls")),
    path("desk/", include("events.certificates.desk_urls")),
    path("desk/", include("events.mail.desk_urls")),
    # Whatever else is asked for there gets a problem in JSON, not a page.
    re_path(r"^api/", problems.nothing_here, name="api-nothing"),
]

handler500 = "config.pages.something_wrong"
