"""The tables of certificates."""

from events.certificates.models.certificates import Certificate
from events.certificates.models.credentials import Credential, IssuerKey, StatusList
from events.certificates.models.grounds import Assessment, Recognition
from events.certificates.models.pictures import KeptPicture
from events.certificates.models.revocations import Revocation, RevocationRun
from events.certificates.models.runs import IssueRun
from events.certificates.models.seals import Seal
from events.certificates.models.templates import CertificateTemplate, CertificateTerms

__all__ = [
    "Assessment",
    "Certificate",
    "CertificateTemplate",
    "CertificateTerms",
    "Credential",
    "IssueRun",
    "IssuerKey",
    "KeptPicture",
    "Recognition",
    "Revocation",
    "RevocationRun",
    "Seal",
    "StatusList",
]
