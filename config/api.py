"""The root of the REST API: every wing puts its endpoints here."""

from django.urls import URLPattern, URLResolver, include, path

import events.attendance.api
import events.attendance.checking.api
import events.attendance.evaluation.api
import events.attendance.evaluation.own_api
import events.attendance.evidence.api
import events.attendance.reports.api
import events.attendance.terms.api
import events.attendance.terms.own_api
import events.calendars.api
import events.certificates.api
import events.mail.api
import events.programme.api
import events.registrations.api.bulk
import events.registrations.api.desk
import events.registrations.api.lists
import events.registrations.api.questions
import events.registrations.api.registrations
import network.api.endpoints
from network.api.documentation import Documentation, OpenAPI, Router

router = Router()
network.api.endpoints.register(router)
events.programme.api.register(router)
events.registrations.api.registrations.register(router)
events.registrations.api.bulk.register(router)
events.registrations.api.desk.register(router)
events.attendance.api.register(router)
events.attendance.checking.api.register(router)
events.attendance.terms.api.register(router)
events.attendance.reports.api.register(router)
events.attendance.evidence.api.register(router)
events.certificates.api.register(router)
events.calendars.api.register(router)
events.mail.api.register(router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(router.urls)),
    *network.api.endpoints.addresses(),
    *events.attendance.checking.api.addresses(),
    *events.attendance.evaluation.api.addresses(),
    *events.attendance.evaluation.own_api.addresses(),
    *events.attendance.evidence.api.addresses(),
    *events.attendance.terms.api.addresses(),
    *events.attendance.terms.own_api.addresses(),
    *events.calendars.api.addresses(),
    *events.registrations.api.desk.addresses(),
    *events.registrations.api.questions.addresses(),
    *events.registrations.api.lists.addresses(),
    path("schema/", OpenAPI.as_view(), name="api-schema"),
    path("docs/", Documentation.as_view(), name="api-docs"),
]
