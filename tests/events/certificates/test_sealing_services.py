"""Seals whose key is not ours to hold: in a device (PKCS#11), and at a signing service that gets hashes only."""

import hashlib
import json
import os
import subprocess
import sys
import threading

import pkcs11
import pytest
from cryptography.hazmat.primitives import serialization

from events.certificates.models import Seal
from events.certificates.sealing import devices
from events.certificates.sealing.errors import CannotSeal
from events.certificates.sealing.sealer import sealer_of
from tests.events.certificates import seals
from tests.events.certificates.seals import GOOD, NOW, PAGE, PEM, PKCS8, contents_of, pdfsig, pyhanko
from tests.requirements import need

MODULE = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.fixture(autouse=True)
def _keys(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    settings.SEAL_SECRETS = {"AT_TEST": "let-me-in"}


def why_not(centre):
    with pytest.raises(CannotSeal) as caught:
        sealer_of(centre).apply(PAGE, at=NOW)
    return caught.value.code, str(caught.value.why)


def use(centre, kind, reference, private):
    own = seals.certificate(private)
    return Seal.objects.create(centre=centre, kind=kind, reference=reference, chain=seals.pem_of(own)), own


def leave():
    """As if the process had just started."""
    while devices._sessions:
        devices._sessions.popitem()[1].close()


# --- A device --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    """SoftHSM with a token "Seals" (PIN 4711) that has a key of RSA and one on a curve."""
    need("softhsm", "openssl")
    folder = tmp_path_factory.mktemp("device")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")

    def tool(*arguments):
        subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)

    tool("--init-token", "--free", "--label", "Seals", "--pin", "4711", "--so-pin", "0000")
    for number, (kind, private) in enumerate(
        {"rsa2048": seals.key("rsa2048"), "p256": seals.key("p256"), "other": seals.key("rsa2048", "other")}.items(), start=1
    ):
        path = folder / f"{kind}.pem"
        path.write_bytes(private.private_bytes(PEM, PKCS8, serialization.NoEncryption()))
        tool("--import", str(path), "--token", "Seals", "--label", kind, "--id", f"0{number}", "--pin", "4711")
        path.unlink()
    yield
    leave()
    devices._wrong_pins.clear()
    pkcs11.unload(MODULE)
    os.environ.pop("SOFTHSM2_CONF")
    if before is not None:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture
def plugged(device, settings):
    settings.SEAL_PKCS11_MODULE = MODULE
    settings.SEAL_SECRETS = {"AT_TEST": "4711"}
    devices._wrong_pins.clear()


@pytest.mark.parametrize(
    ("kind", "uri"),
    [
        ("rsa2048", "pkcs11:token=Seals;object=rsa2048"),
        ("rsa2048", "pkcs11:token=Seals;object=rsa2048;type=private"),
        ("rsa2048", "pkcs11:token=%53eals;id=%01"),
        ("rsa2048", "pkcs11:token=Seals;serial={serial};object=rsa2048"),
        ("p256", "pkcs11:token=Seals;object=p256;id=%02"),
    ],
)
def test_a_key_in_a_device_seals_one_by_one_and_in_bulk(kind, uri, plugged, centre, tmp_path):
    need("pdfsig")
    (token,) = pkcs11.lib(MODULE).get_tokens(token_label="Seals")
    uri = uri.format(serial=token.serial.decode())
    _seal, own = use(centre, "pkcs11", uri, seals.key(kind))
    sealer = sealer_of(centre)
    pdf = sealer.apply(PAGE, at=NOW)
    assert pyhanko(pdf, own).bottom_line is True
    assert pdfsig(pdf, tmp_path) == GOOD
    _contents, digest, (start, end) = contents_of(pdf)
    filled = pdf[:start] + sealer.mould(at=NOW).cms(digest).hex().upper().encode().ljust(end - start, b"0") + pdf[end:]
    assert pyhanko(filled, own).bottom_line is True
    assert (filled == pdf) is (kind == "rsa2048")


def test_where_nobody_has_a_device_it_is_said_what_to_install(plugged, centre, monkeypatch):
    use(centre, "pkcs11", "pkcs11:token=Seals;object=rsa2048", seals.key("rsa2048"))
    monkeypatch.delitem(sys.modules, devices.__name__)
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    assert why_not(centre) == ("seal_unfit", "What speaks to its device is not installed: requirements-pkcs11.txt.")


def test_many_threads_share_one_device(plugged, centre):
    use(centre, "pkcs11", "pkcs11:token=Seals;object=rsa2048", seals.key("rsa2048"))
    mould = sealer_of(centre).mould(at=NOW)
    digests = [hashlib.sha256(bytes([number])).digest() for number in range(24)]
    found = {}
    threads = [
        threading.Thread(target=lambda mine=digests[part::4]: found.update(zip(mine, mould.cms_of(mine), strict=True)))
        for part in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[digest] for digest in digests] == mould.cms_of(digests)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the library, of its own cleaning up
def test_a_session_that_broke_is_opened_anew(plugged, centre):
    use(centre, "pkcs11", "pkcs11:token=Seals;object=rsa2048", seals.key("rsa2048"))
    leave()
    sealer = sealer_of(centre)
    first = sealer.apply(PAGE, at=NOW)
    (session,) = devices._sessions.values()
    session.close()
    assert sealer.apply(PAGE, at=NOW) == first


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("pkcs11:token=Seals;object=gone", "Its device has no such key."),
        ("pkcs11:token=Other;object=rsa2048", "Its device is not there."),
        ("pkcs11:object=rsa2048", "The address of its device has to be like pkcs11:token=…;object=…"),
        ("token=Seals;object=rsa2048", "The address of its device has to be like pkcs11:token=…;object=…"),
        ("pkcs11:token=Seals;colour=red", "The address of its device cannot be understood at “colour=red”."),
        ("pkcs11:token=Seals;token=Seals;object=x", "The address of its device cannot be understood at “token=Seals”."),
        (
            "pkcs11:token=Seals;object=rsa2048?pin-value=4711",
            "The address of its device has neither library nor PIN: these come from SEAL_PKCS11_MODULE and SEAL_SECRET_….",
        ),
        (
            "pkcs11:token=Seals;object=rsa2048?module-path=/tmp/evil.so",
            "The address of its device has neither library nor PIN: these come from SEAL_PKCS11_MODULE and SEAL_SECRET_….",
        ),
        ("pkcs11:token=Seals;object=other", "The key that was used does not belong to its certificate “Testing house”."),
        ("pkcs11:token=Seals;object=p256", "The key that was used does not belong to its certificate “Testing house”."),
    ],
)
def test_an_address_of_a_device_that_leads_nowhere_is_refused_in_words(uri, words, plugged, centre):
    use(centre, "pkcs11", uri, seals.key("rsa3072"))
    code = "seal_unavailable" if words == "Its device is not there." else "seal_unfit"
    assert why_not(centre) == (code, words)


def test_a_wrong_pin_is_tried_once_so_that_the_device_does_not_lock_itself(plugged, settings, centre):
    use(centre, "pkcs11", "pkcs11:token=Seals;object=rsa2048", seals.key("rsa2048"))
    leave()
    settings.SEAL_SECRETS = {"AT_TEST": "0815"}
    for _time in range(20):  # SoftHSM would count them
        assert why_not(centre) == ("seal_unfit", "Its device does not accept the PIN in SEAL_SECRET_AT_TEST.")
    assert len(devices._wrong_pins) == 1
    settings.SEAL_SECRETS = {"AT_TEST": "4711"}
    assert sealer_of(centre).apply(PAGE, at=NOW).startswith(PAGE)


def test_without_pin_or_library_the_words_say_what_is_missing(centre, settings, tmp_path):
    use(centre, "pkcs11", "pkcs11:token=Seals;object=rsa2048", seals.key("rsa2048"))
    assert why_not(centre) == ("seal_unfit", "The library of its device is not set: SEAL_PKCS11_MODULE.")
    settings.SEAL_PKCS11_MODULE = str(tmp_path / "none.so")
    assert why_not(centre) == ("seal_unfit", f"The library of its device ({tmp_path / 'none.so'}) cannot be loaded.")
    settings.SEAL_SECRETS = {}
    assert why_not(centre) == ("seal_unfit", "The PIN of its device is missing: SEAL_SECRET_AT_TEST is not set.")


# --- A signing service -----------------------------------------------------------------------------------------------


@pytest.fixture
def service(settings, tmp_path):
    """A server with TLS of an authority of our own."""
    private = seals.key("p256", "server")
    own = seals.certificate(private, "127.0.0.1", host="127.0.0.1")
    (tmp_path / "ca.pem").write_text(seals.pem_of(own))
    settings.SEAL_SERVICES_CA = str(tmp_path / "ca.pem")
    with seals.running(seals.tls_for(private, own, tmp_path)) as running:
        settings.SEAL_SERVICES_MAY_REACH = [running.host]
        yield running


@pytest.mark.parametrize("kind", ["rsa3072", "p256"])
def test_a_remote_service_gets_hashes_and_no_document(kind, service, centre, tmp_path):
    need("pdfsig")
    reference = seals.hash_signer(service, seals.key(kind))
    _seal, own = use(centre, "remote", reference, seals.key(kind))
    pdf = sealer_of(centre).apply(PAGE, at=NOW)
    assert pyhanko(pdf, own).bottom_line is True
    assert pdfsig(pdf, tmp_path) == GOOD
    ((path, body, headers),) = service.asked
    assert path == "/csc/v2/signatures/signHash"
    assert headers["Authorization"] == "Bearer let-me-in"
    asked = json.loads(body)
    assert asked.keys() == {"credentialID", "hashes", "hashAlgorithmOID", "signAlgo", "operationMode"}
    assert asked["credentialID"] == "our-key"
    assert [len(one) for one in asked["hashes"]] == [44]


def test_a_batch_costs_few_requests(service, centre):
    use(centre, "remote", seals.hash_signer(service, seals.key("rsa2048")), seals.key("rsa2048"))
    mould = sealer_of(centre).mould(at=NOW)
    assert service.asked == []
    digests = [hashlib.sha256(bytes([number])).digest() for number in range(120)]
    made = mould.cms_of(digests)
    assert [len(json.loads(body)["hashes"]) for _path, body, _headers in service.asked] == [50, 50, 20]
    assert len(set(made)) == 120
    assert made[7] == mould.cms(digests[7])


def answering(status, said):
    return lambda *_asked: (status, "application/json", said if isinstance(said, bytes) else json.dumps(said).encode())


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (answering(401, {}), "seal_unfit", "Its signing service does not accept the token in SEAL_SECRET_AT_TEST (401)."),
        (answering(403, {}), "seal_unfit", "Its signing service does not accept the token in SEAL_SECRET_AT_TEST (403)."),
        (
            answering(400, {"error": "invalid_request", "error_description": "Too\r\nmany"}),
            "seal_unavailable",
            "Its signing service refused to sign (400 Toomany).",
        ),
        (answering(500, b"<p>"), "seal_unavailable", "Its signing service refused to sign (500 )."),
        (answering(200, b"rubbish"), "seal_unavailable", "The answer of its signing service cannot be understood."),
        (answering(200, b"[" * 100_000), "seal_unavailable", "The answer of its signing service cannot be understood."),
        (answering(200, []), "seal_unavailable", "The answer of its signing service cannot be understood."),
        (answering(200, {"signatures": "abc"}), "seal_unavailable", "The answer of its signing service cannot be understood."),
        (answering(200, {"signatures": [1]}), "seal_unavailable", "The answer of its signing service cannot be understood."),
        (answering(200, {"signatures": ["é"]}), "seal_unavailable", "The answer of its signing service cannot be understood."),
        (answering(200, {"signatures": []}), "seal_unavailable", "Its signing service signed not as many as were asked for."),
        (
            answering(200, {"signatures": ["AAAA"]}),
            "seal_unfit",
            "The key that was used does not belong to its certificate “Testing house”.",
        ),
        (
            answering(200, b" " * 2_000_000),
            "seal_unavailable",
            "Its signing service did not answer (127.0.0.1: the answer is too long).",
        ),
    ],
)
def test_a_service_that_does_not_sign_rightly_costs_an_error(answer, code, words, service, centre):
    use(centre, "remote", seals.hash_signer(service, seals.key("rsa2048")), seals.key("rsa2048"))
    service.answers["/csc/v2/signatures/signHash"] = answer
    assert why_not(centre) == (code, words)


def test_a_service_that_signs_with_another_key_is_found_out(service, centre):
    reference = seals.hash_signer(service, seals.key("rsa2048", "other"))
    use(centre, "remote", reference, seals.key("rsa2048"))
    assert why_not(centre) == ("seal_unfit", "The key that was used does not belong to its certificate “Testing house”.")


def test_without_token_or_name_of_the_key_nothing_is_asked(service, centre, settings):
    use(centre, "remote", service.url, seals.key("rsa2048"))
    assert why_not(centre) == (
        "seal_unfit",
        "The address of its signing service has to end with # and the name of the key.",
    )
    settings.SEAL_SECRETS = {}
    assert why_not(centre) == ("seal_unfit", "Its signing service needs a token: SEAL_SECRET_AT_TEST is not set.")
    assert service.asked == []


def test_a_service_whose_certificate_is_a_strangers_gets_no_token(service, centre, settings):
    use(centre, "remote", seals.hash_signer(service, seals.key("rsa2048")), seals.key("rsa2048"))
    settings.SEAL_SERVICES_CA = ""
    assert why_not(centre) == (
        "seal_unavailable",
        "Its signing service did not answer (127.0.0.1: self-signed certificate).",
    )
    assert service.asked == []


def test_a_service_in_our_own_network_has_to_be_named(service, centre, settings):
    use(centre, "remote", seals.hash_signer(service, seals.key("rsa2048")), seals.key("rsa2048"))
    settings.SEAL_SERVICES_MAY_REACH = []
    assert why_not(centre) == (
        "seal_unavailable",
        "Its signing service did not answer (127.0.0.1: not on the public internet, and not in SEAL_SERVICES_MAY_REACH).",
    )
    assert service.asked == []
