"""The link that puts a certificate into somebody's LinkedIn profile. LinkedIn learns nothing until it is clicked."""

from datetime import date
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import override

from events.certificates.models import Certificate

ADD = "https://www.linkedin.com/profile/add"


def linkedin_url(certificate: Certificate) -> str:
    """LinkedIn's form with everything filled in, in the certificate's language."""
    facts = certificate.facts
    issued = date.fromisoformat(facts["issued_at"][:10])
    with override(certificate.language):
        name = f"{certificate.get_kind_display()}: {facts['event']['title']}"
    fields = {
        "startTask": "CERTIFICATION_NAME",
        "name": name,
        "organizationName": facts["organiser"]["name"],
        "issueYear": issued.year,
        "issueMonth": issued.month,
        "certUrl": settings.SITE_URL + certificate.get_absolute_url(),
        "certId": certificate.number,
    }
    if certificate.valid_until is not None:
        fields |= {"expirationYear": certificate.valid_until.year, "expirationMonth": certificate.valid_until.month}
    return f"{ADD}?{urlencode(fields)}"
