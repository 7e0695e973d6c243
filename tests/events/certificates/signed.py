"""Credentials of certificates, for stories that issue nothing."""

from events.certificates.credentials import keys
from events.certificates.credentials.signing import CredentialSigner
from events.certificates.models import Certificate, Credential


def signed(certificate: Certificate) -> Credential:
    """The credential of a certificate, signed by the key in use, or by a first one."""
    key = keys.key_in_use()
    if key is None:
        keys.make_key("first")
        key = keys.key_in_use()
    signer = CredentialSigner(key)
    (place,) = signer.places(1)
    email = certificate.person.email if certificate.person else ""
    made = signer.sign({**certificate.facts, "number": certificate.number}, place=place, email=email)
    return Credential.objects.create(
        certificate=certificate,
        key=made.key,
        status_list=place.status_list,
        status_index=place.index,
        document=made.document.decode(),
        token=made.token,
    )
