"""Certificates of many people of one event, and a seal to seal them with in the same pass."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from events.certificates.printing.sheet import Sheet
from events.certificates.sealing.identity import Identity
from events.certificates.sealing.keys import FileKey
from events.certificates.sealing.moulds import Mould
from tests.events.certificates.samples import facts


def sheet(place: int, name: str, **changes: Any) -> Sheet:
    """The certificate of somebody: number, register, hours and credential are their own."""
    number = f"7Q2K-0F5M-XW3R-{place:04}-C"
    attended = {"minutes": 780, "minutes_attended": 600 + 30 * (place % 5), "sessions": 4, "sessions_attended": 1 + place % 4}
    parts = {
        "holder": {"name": name},
        "number": number,
        "verify": f"https://calendar.example/verify/{number}",
        "register": {"centre": "AT-TEST", "year": 2027, "serial": 995 + place},
        "attendance": {**attended, "needed_share": 20},
        **changes,
    }
    return Sheet(facts(**parts), f'{{"credential": "of {name}"}}'.encode())


@cache
def seal(bits: int = 2048) -> tuple[Identity, FileKey, Mould]:
    """A certificate that signed itself, its key, and the mould of both."""
    key = rsa.generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Seal of the testing house")])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=7)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2046, 1, 1, tzinfo=UTC))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    identity, file_key = Identity(certificate), FileKey(key)
    return identity, file_key, Mould(identity, file_key)
