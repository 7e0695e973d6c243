"""The issuer: its keys, how they are made and retired, and the document that tells them to everybody."""

import json
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import CommandError, call_command
from openbadgeslib.ob3 import OB3LdpVerifier, OB3Verifier
from openbadgeslib.ob3.did import did_web_from_url, resolve_verification_method

from events.certificates.credentials import issuer, keys
from events.certificates.credentials.keys import CannotSign
from events.certificates.credentials.places import ROOM, SIZE, index_of
from events.certificates.credentials.signing import signer
from events.certificates.issuing import actions
from events.certificates.models import Certificate, Credential, IssuerKey, StatusList

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def keys_dir(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    settings.ISSUER_KEY = ""
    return settings.KEYS_DIR


def pem(key=None):
    key = key or Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def make(capsys):
    """``make("--name", "2027")``: the command, and what it says."""

    def made(*arguments):
        call_command("make_issuer_key", *arguments)
        return capsys.readouterr().out

    return made


@pytest.fixture
def web(client):
    """What a program that asks our site by https gets."""

    def get(address):
        assert address.startswith("https://calendar.example/")
        return client.get(address.removeprefix("https://calendar.example")).content

    return get


def test_without_a_key_certificates_have_no_credential(came, ana, olga):
    assert signer() is None
    certificate = actions.issue(registration=came(ana), by=olga)
    assert not Credential.objects.filter(certificate=certificate).exists()


def test_the_command_makes_a_key_that_only_its_owner_reads(make, keys_dir):
    said = make("--name", "2027-a")
    path = keys_dir / "issuer-2027-a.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys_dir.stat().st_mode) == 0o700
    assert [entry.name for entry in keys_dir.iterdir()] == ["issuer-2027-a.pem"]
    assert str(path) in said
    assert "did:web:calendar.example" in said
    assert "BEGIN" not in said
    assert keys.key_in_use().row.name == "2027-a"


def test_a_second_key_takes_the_place_of_the_first_only_if_asked(make):
    make("--name", "a")
    with pytest.raises(CommandError, match=r"A key is in use: a\. Say --retire"):
        make("--name", "b")
    make("--name", "b", "--retire")
    assert keys.key_in_use().row.name == "b"
    assert make("--show").splitlines()[0].endswith("(in use)") is False
    assert "(in use)" in make("--show").splitlines()[1]
    assert make("--only-retire").startswith("Retired: 1.")
    assert signer() is None


@pytest.mark.parametrize("name", ["", "../etc", "A b", "x" * 41, "a.b"])
def test_a_name_that_is_no_name_is_refused(make, name, keys_dir):
    with pytest.raises(CommandError, match="small letters, digits and hyphens"):
        make("--name", name)
    assert not keys_dir.exists()


def test_a_name_is_given_once(make):
    make("--name", "a")
    with pytest.raises(CommandError, match="There is a key of this name already"):
        make("--name", "a", "--retire")


def test_a_key_from_the_environment_is_taken_in(make, settings, keys_dir):
    settings.ISSUER_KEY = pem().replace("\n", "\\n")  # as it stands in a file of variables
    assert "ISSUER_KEY" in make("--name", "env")
    assert not keys_dir.exists()
    assert signer() is not None
    with pytest.raises(CommandError, match="This key is known already"):
        make("--name", "again", "--retire")
    assert keys.key_in_use().row.name == "env"


@pytest.mark.parametrize(
    "private", ["nonsense", pem(rsa.generate_private_key(65537, 2048)), pem()], ids=["no key", "of another kind", "another"]
)
def test_a_key_that_cannot_be_read_stops_issuing_and_says_so(make, settings, private, came, ana, olga):
    make("--name", "a")
    settings.ISSUER_KEY = private
    with pytest.raises(CannotSign):
        signer()
    with pytest.raises(CannotSign, match="cannot be read"):
        actions.issue(registration=came(ana), by=olga)
    assert not Certificate.objects.exists()


def test_a_lost_key_file_stops_issuing_and_says_so(make, keys_dir):
    make("--name", "a")
    (keys_dir / "issuer-a.pem").unlink()
    with pytest.raises(CannotSign):
        signer()


def test_everybody_finds_the_keys_retired_ones_too(make, client, web):
    make("--name", "a")
    make("--name", "b", "--retire")
    response = client.get("/.well-known/did.json")
    document = response.json()
    assert response["Content-Type"] == "application/did+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert document["id"] == did_web_from_url("https://calendar.example")
    assert [one["id"].partition("#")[2] for one in document["verificationMethod"]] == ["b", "b-jwk", "a", "a-jwk"]
    assert document["assertionMethod"] == [one["id"] for one in document["verificationMethod"]]
    a, b = IssuerKey.objects.order_by("name")
    for key in (a, b):
        by_multikey = resolve_verification_method(issuer.method(key), web)
        assert by_multikey == resolve_verification_method(issuer.jwk_method(key), web)
    assert resolve_verification_method(issuer.method(a), web) != resolve_verification_method(issuer.method(b), web)
    assert "PRIVATE" not in response.content.decode()


def test_before_there_is_a_key_the_document_names_none(client):
    assert client.get("/.well-known/did.json").json()["verificationMethod"] == []


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("https://Calendar.Example", "did:web:calendar.example"),
        ("https://calendar.example:8443", "did:web:calendar.example%3A8443"),
        ("http://127.0.0.1:8000", "did:web:127.0.0.1%3A8000"),
    ],
)
def test_the_name_is_that_of_the_sites_host(settings, site, expected):
    settings.SITE_URL = site
    assert issuer.did() == expected


def test_an_issued_certificate_carries_a_credential_that_the_site_itself_vouches_for(make, came, ana, olga, web):
    make("--name", "a")
    certificate = actions.issue(registration=came(ana), by=olga)
    make("--name", "b", "--retire")
    credential = certificate.credential
    by_proof = OB3LdpVerifier.for_issuer_did("did:web:calendar.example").verify(json.loads(credential.document), download=web)
    by_token = OB3Verifier.for_issuer_did("did:web:calendar.example", download=web).verify(credential.token)
    assert by_proof.id == by_token.id == f"https://calendar.example/credentials/{certificate.number}"
    assert credential.key.name == "a"


def test_places_are_given_away_once_in_an_order_that_tells_nothing(make, django_assert_num_queries):
    make("--name", "a")
    own = signer()
    first, second = own.places(40), own.places(2)
    indexes = [place.index for place in (*first, *second)]
    assert len(set(indexes)) == 42
    assert indexes != sorted(indexes)
    assert all(0 <= index < SIZE for index in indexes)
    assert StatusList.objects.get().taken == 42
    with django_assert_num_queries(4):  # savepoint and release around one look and one write
        own.places(500)


def test_a_list_is_a_permutation_of_its_own():
    one, other = StatusList(number=1, seed="a" * 32), StatusList(number=1, seed="b" * 32)
    indexes = {index_of(one, position) for position in range(ROOM)}
    assert len(indexes) == ROOM
    assert max(indexes) < SIZE
    assert [index_of(one, position) for position in range(9)] != [index_of(other, position) for position in range(9)]


def test_when_a_list_is_full_the_next_one_begins(make):
    make("--name", "a")
    StatusList.objects.create(number=1, taken=ROOM - 2)
    places = signer().places(5)
    assert [place.status_list.number for place in places] == [1, 1, 2, 2, 2]
    assert list(StatusList.objects.values_list("number", "taken")) == [(1, ROOM), (2, 3)]
