"""The root of the REST API: every wing puts its endpoints here."""

from django.urls import URLPattern, URLResolver, include, path

import events.attendance.api
import events.calendars.api
import events.certificates.api
import events.programme.api
import events.registrations.api
import network.api.endpoints
from network.api.documentation import Documentation, OpenAPI, Router

router = Router()
network.api.endpoints.register(router)
events.programme.api.register(router)
events.registrations.api.register(router)
events.attendance.api.register(router)
events.certificates.api.register(router)
events.calendars.api.register(router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(router.urls)),
    *network.api.endpoints.addresses(),
    path("schema/", OpenAPI.as_view(), name="api-schema"),
    path("docs/", Documentation.as_view(), name="api-docs"),
]
