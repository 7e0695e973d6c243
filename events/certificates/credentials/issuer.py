"""Who issues: the network, by the name that its web address gives it (did:web), and the document that tells its keys."""

from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from events.certificates.credentials.keys import raw_public
from events.certificates.models import IssuerKey

DID_CONTEXT = "https://www.w3.org/ns/did/v1"
KEY_CONTEXTS = ["https://w3id.org/security/multikey/v1", "https://w3id.org/security/jwk/v1"]


def did() -> str:
    """The issuer's identifier: did:web of the site's host; a port is percent-encoded."""
    site = urlsplit(settings.SITE_URL)
    host = site.hostname or ""
    return "did:web:" + quote(f"{host}:{site.port}" if site.port else host, safe="")


def method(key: IssuerKey) -> str:
    """The verification method of a key, as Data Integrity proofs name it."""
    return f"{did()}#{key.name}"


def jwk_method(key: IssuerKey) -> str:
    """The same key as a JSON Web Key: what the kid of a token leads to (Open Badges 3.0 §8.2.3)."""
    return f"{did()}#{key.name}-jwk"


def document() -> dict[str, Any]:
    """The DID document: all keys, newest first, since a reader that is told no key's name takes the first.

    Retired keys sign no more, and still prove what they signed.
    """
    keys = list(IssuerKey.objects.order_by("-made_at", "-pk"))
    methods = [form for key in keys for form in (_multikey(key), _jwk(key))]
    return {
        "@context": [DID_CONTEXT, *KEY_CONTEXTS],
        "id": did(),
        "verificationMethod": methods,
        "assertionMethod": [form["id"] for form in methods],
    }


def _multikey(key: IssuerKey) -> dict[str, Any]:
    return {"id": method(key), "type": "Multikey", "controller": did(), "publicKeyMultibase": key.public}


def _jwk(key: IssuerKey) -> dict[str, Any]:
    # RFC 8037 §2
    public = {"kty": "OKP", "crv": "Ed25519", "x": base64url(raw_public(key)), "alg": "EdDSA", "use": "sig"}
    return {"id": jwk_method(key), "type": "JsonWebKey", "controller": did(), "publicKeyJwk": public}


def base64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515 §2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()
