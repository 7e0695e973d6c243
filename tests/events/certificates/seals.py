"""A world of seals: authorities, keys, services on this machine, and readers of PDF that judge what came out."""

import base64
import hashlib
import io
import json
import ssl
import subprocess
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from django.conf import settings
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from events.certificates.models import Seal
from events.certificates.sealing.identity import Identity
from events.certificates.sealing.trial import empty_page

NOW = datetime.now(UTC).replace(microsecond=0)
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
MAKERS = {
    "rsa1024": lambda: rsa.generate_private_key(65537, 1024),
    "rsa2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa3072": lambda: rsa.generate_private_key(65537, 3072),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "k256": lambda: ec.generate_private_key(ec.SECP256K1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


@cache
def key(kind, name=""):
    """A key for the whole test run: to make one of RSA takes a while."""
    return MAKERS[kind]()


def certificate(
    private, name="Testing house", *, issuer=None, days=(-10, 300), usage=("sign",), extended=(), ca=False, more=(), host=""
):
    """A certificate for a key; ``issuer`` is the key and certificate above it, else it signs itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above_key, above = issuer or (private, None)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.subject if above else subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    )
    if usage:
        flags = dict.fromkeys(
            ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
        )
        flags |= {
            "digital_signature": "sign" in usage,
            "content_commitment": "sign" in usage,
            "key_cert_sign": ca,
            "crl_sign": ca,
            "key_encipherment": "encrypt" in usage,
        }
        built = built.add_extension(x509.KeyUsage(**flags), critical=True)
    if extended:
        built = built.add_extension(x509.ExtendedKeyUsage(extended), critical=True)
    if host:
        built = built.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
    for extension in more:
        built = built.add_extension(extension, critical=False)
    return built.sign(above_key, None if isinstance(above_key, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def pem_of(*certificates):
    return "".join(one.public_bytes(PEM).decode() for one in certificates)


def key_file(private, name="seal.pem", passphrase=""):
    """The key as a file below the keys' folder; returns its name."""
    lock = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    folder = Path(settings.KEYS_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(private.private_bytes(PEM, PKCS8, lock))
    path.chmod(0o600)
    return name


def seal_with(private, *chain, centre=None, name="seal.pem", **fields):
    """A seal in use, whose key is a file."""
    chain = chain or (certificate(private),)
    return Seal.objects.create(
        centre=centre, kind=Seal.Kind.KEY_FILE, reference=key_file(private, name), chain=pem_of(*chain), **fields
    )


def identity_with(private):
    return Identity(certificate(private))


PAGE = empty_page()


# --- Readers of PDF --------------------------------------------------------------------------------------------------


def pdfsig(pdf, tmp_path):
    """What Poppler says about the signatures of a file: the lines that judge."""
    path = tmp_path / "judged.pdf"
    path.write_bytes(pdf)
    said = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout.splitlines()
    return [line.strip(" -") for line in said if "Signature Validation" in line or "document signed" in line]


GOOD = ["Total document signed", "Signature Validation: Signature is Valid."]


def pyhanko(pdf, *roots):
    """What pyHanko says about the first signature of a file, told to trust these."""
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(one.public_bytes(DER)) for one in roots], allow_fetching=False
    )
    return validate_pdf_signature(signature, context, key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}))


def contents_of(pdf):
    """The signature in a file (DER, with the zeros behind it), what it is over, and where it is."""
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    _zero, first, second, rest = (int(number) for number in signature.byte_range)
    digest = hashlib.sha256(pdf[:first] + pdf[second : second + rest]).digest()
    return bytes.fromhex(pdf[first + 1 : second - 1].decode()), digest, (first + 1, second - 1)


# --- Services on this machine ----------------------------------------------------------------------------------------


class Service:
    """A server of a few addresses. ``answers`` maps a path to a function of the request's body and headers."""

    def __init__(self, tls=None):
        self.answers = {}
        self.asked = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                service.asked.append((self.path, body, dict(self.headers)))
                status, kind, said = service.answers.get(self.path, lambda *_asked: (404, "text/plain", b""))(
                    body, self.headers
                )
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST  # noqa: N815 - the name that the server looks for

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"{'https' if tls else 'http'}://{self.host}"


@contextmanager
def running(tls=None):
    service = Service(tls)
    thread = threading.Thread(target=service.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.server.shutdown()
        service.server.server_close()
        thread.join()


def tls_for(private, own, tmp_path):
    """What a server of this certificate needs."""
    path = tmp_path / "server.pem"
    path.write_bytes(private.private_bytes(PEM, PKCS8, serialization.NoEncryption()) + own.public_bytes(PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


class Authority:
    """A root that issues, and says at an address of its own what it has revoked."""

    def __init__(self, service, name):
        self.service = service
        self.key = key("rsa2048", name)
        self.root = certificate(self.key, f"{name} root", ca=True)
        self.name = name.replace(" ", "-")
        self.url = f"{service.url}/{self.name}.crl"
        self.revoked = []
        service.answers[f"/{self.name}.crl"] = lambda *_asked: (200, "application/pkix-crl", self.list())

    def issue(self, private, name, **fields):
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(self.url)], None, None, None)
        return certificate(private, name, issuer=(self.key, self.root), more=[x509.CRLDistributionPoints([point])], **fields)

    def issue_answerable(self, private, name, **fields):
        """One about which one has to ask (OCSP), instead of looking into a list."""
        path = f"/{self.name}/ocsp"
        where = x509.UniformResourceIdentifier(self.url.removesuffix(f"/{self.name}.crl") + path)
        description = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, where)
        own = certificate(
            private, name, issuer=(self.key, self.root), more=[x509.AuthorityInformationAccess([description])], **fields
        )

        def answer(_body, _headers):
            is_revoked = own in self.revoked
            built = ocsp.OCSPResponseBuilder().add_response(
                cert=own,
                issuer=self.root,
                algorithm=hashes.SHA1(),
                cert_status=ocsp.OCSPCertStatus.REVOKED if is_revoked else ocsp.OCSPCertStatus.GOOD,
                this_update=NOW - timedelta(hours=1),
                next_update=NOW + timedelta(days=1),
                revocation_time=NOW - timedelta(hours=5) if is_revoked else None,
                revocation_reason=None,
            )
            signed = built.responder_id(ocsp.OCSPResponderEncoding.HASH, self.root).sign(self.key, hashes.SHA256())
            return 200, "application/ocsp-response", signed.public_bytes(DER)

        self.service.answers[path] = answer
        return own

    def list(self):
        built = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.subject)
            .last_update(NOW - timedelta(days=1))
            .next_update(NOW + timedelta(days=7))
        )
        for one in self.revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(NOW - timedelta(hours=5))
            built = built.add_revoked_certificate(entry.build())
        return built.sign(self.key, hashes.SHA256()).public_bytes(DER)


def stamp_authority(service, authority, *, at="/tsa"):
    """A time-stamping authority (RFC 3161)."""
    private = key("rsa2048", "tsa")
    own = authority.issue(private, "Clock of the tests", extended=[ExtendedKeyUsageOID.TIME_STAMPING])
    stamper = DummyTimeStamper(
        asn1_x509.Certificate.load(own.public_bytes(DER)),
        asn1_keys.PrivateKeyInfo.load(private.private_bytes(DER, PKCS8, serialization.NoEncryption())),
        certs_to_embed=[asn1_x509.Certificate.load(authority.root.public_bytes(DER))],
    )

    def answer(body, _headers):
        return 200, "application/timestamp-reply", stamper.request_tsa_response(tsp.TimeStampReq.load(body)).dump()

    service.answers[at] = answer
    return service.url + at


def hash_signer(service, private, *, credential="our-key", token="let-me-in", most=50):
    """A remote signing service after the API of the Cloud Signature Consortium, version 2; returns the seal's reference."""

    def answer(body, headers):
        if headers.get("Authorization") != f"Bearer {token}":
            return 401, "application/json", b'{"error": "invalid_token"}'
        asked = json.loads(body)
        if asked["credentialID"] != credential or len(asked["hashes"]) > most:
            return 400, "application/json", b'{"error": "invalid_request", "error_description": "No such credential"}'
        assert asked["hashAlgorithmOID"] == "2.16.840.1.101.3.4.2.1"
        signatures = []
        for one in asked["hashes"]:
            digest = base64.b64decode(one)
            known = utils.Prehashed(hashes.SHA256())
            if isinstance(private, rsa.RSAPrivateKey):
                assert asked["signAlgo"] == "1.2.840.113549.1.1.1"
                signature = private.sign(digest, padding.PKCS1v15(), known)
            else:
                assert asked["signAlgo"] == "1.2.840.10045.4.3.2"
                signature = private.sign(digest, ec.ECDSA(known))
            signatures.append(base64.b64encode(signature).decode())
        return 200, "application/json", json.dumps({"signatures": signatures}).encode()

    service.answers["/csc/v2/signatures/signHash"] = answer
    return f"{service.url}/csc/v2#{credential}"
