"""The certificates wing over HTTP, for programs."""

from typing import Any

from rest_framework.routers import BaseRouter

from events.certificates.api.credentials import Credentials
from events.certificates.api.grounds import Assessments, Recognitions
from events.certificates.api.of_event import EventCertificates
from events.certificates.api.own import Certificates
from events.certificates.api.revocations import Revocations
from events.certificates.api.templates import CertificateTemplates, EventCertificateTerms
from events.certificates.api.verify import Verify


def register(router: BaseRouter) -> None:
    """Put this wing's endpoints under the API root."""
    views: list[tuple[str, Any, str]] = [
        # Before the certificates, of which none has the number “revocations”.
        ("certificates/revocations", Revocations, "api-certificate-revocation"),
        ("certificates", Certificates, "api-certificate"),
        (r"certificates/(?P<number>[0-9A-Za-z-]{1,30})/credential", Credentials, "api-certificate-credential"),
        (r"events/(?P<slug>[-a-zA-Z0-9_]+)/certificates", EventCertificates, "api-event-certificate"),
        (r"events/(?P<slug>[-a-zA-Z0-9_]+)/assessments", Assessments, "api-assessment"),
        (r"events/(?P<slug>[-a-zA-Z0-9_]+)/recognitions", Recognitions, "api-recognition"),
        ("certificate-templates", CertificateTemplates, "api-certificate-template"),
        (r"events/(?P<slug>[-a-zA-Z0-9_]+)/certificate-terms", EventCertificateTerms, "api-event-certificate-terms"),
        ("verify", Verify, "api-verify"),
    ]
    for prefix, view, name in views:
        router.register(prefix, view, basename=name)
