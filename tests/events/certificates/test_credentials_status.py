"""The status list: which certificates were revoked, told to everybody who asks, in a signed list that cannot be kept for long."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3 import OB3Verifier
from openbadgeslib.ob3.did import resolve_verification_method
from openbadgeslib.ob3.ldp import verify_data_integrity_proof
from openbadgeslib.ob3.status import decode_encoded_list

from events.certificates.credentials import keys
from events.certificates.credentials.canonical import canonical
from events.certificates.credentials.signing import _quads_of
from events.certificates.credentials.status import encoded, quads_of
from events.certificates.issuing import actions

pytestmark = pytest.mark.django_db

LIST = "/credentials/status/1"
AS_TOKEN = {"Accept": "application/vc+jwt"}


@pytest.fixture(autouse=True)
def key(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    return keys.make_key("2027")


@pytest.fixture
def web(client):
    """What a program that asks our site gets: of lists the token, whose signature it checks."""

    def get(address):
        return client.get(address.removeprefix("https://calendar.example"), headers=AS_TOKEN).content

    return get


@pytest.fixture
def check(web):
    """Whether an independent program accepts a certificate, its status included."""

    def accepted(certificate):
        verifier = OB3Verifier.for_issuer_did("did:web:calendar.example", download=web)
        try:
            verifier.verify(certificate.credential.token, check_status=True, download=web)
        except LibOpenBadgesException as refusal:
            return str(refusal)
        return "accepted"

    return accepted


@pytest.fixture
def bens(came, ben, olga):
    """Ben's certificate."""
    return actions.issue(registration=came(ben), by=olga)


def test_a_revoked_certificate_is_refused_by_an_independent_program_and_others_are_not(check, anas, bens, olga):
    assert (check(anas), check(bens)) == ("accepted", "accepted")
    actions.revoke(certificate=anas, reason="Misspelt", by=olga)
    assert check(anas).startswith("Credential status 'revocation' is set")
    assert check(bens) == "accepted"


def test_a_replaced_certificate_is_refused_and_the_new_one_is_not(check, anas, olga):
    new = actions.reissue(certificate=anas, reason="Name corrected", by=olga)
    assert check(anas).startswith("Credential status 'revocation' is set")
    assert check(new) == "accepted"


def test_the_list_is_what_the_standard_says(client, anas, bens, olga):
    actions.revoke(certificate=anas, reason="Misspelt", by=olga)
    response = client.get(LIST)
    document = json.loads(response.content)
    assert response["Content-Type"] == "application/vc"
    assert response["Cache-Control"] == "public, max-age=300"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert document["id"] == f"https://calendar.example{LIST}"
    assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert document["issuer"] == "did:web:calendar.example"
    subject = document["credentialSubject"]
    assert {key: subject[key] for key in ("type", "statusPurpose", "ttl")} == {
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "ttl": 300_000,
    }
    bits = decode_encoded_list(subject["encodedList"])
    assert len(bits) * 8 == 131_072
    revoked = [index for index in range(131_072) if bits[index // 8] >> (7 - index % 8) & 1]
    assert revoked == [anas.credential.status_index]
    assert bens.credential.status_index not in revoked


def test_its_proof_is_accepted_and_that_of_a_changed_list_is_not(client, anas):
    document = json.loads(client.get(LIST).content)

    def get(address):
        return client.get(address.removeprefix("https://calendar.example")).content

    key = resolve_verification_method(document["proof"]["verificationMethod"], get)
    verify_data_integrity_proof(document, key)
    document["credentialSubject"]["encodedList"] = encoded([7])
    with pytest.raises(LibOpenBadgesException):
        verify_data_integrity_proof(document, key)


def test_what_is_signed_is_what_a_json_ld_processor_makes_of_it(client, anas):
    document = json.loads(client.get(LIST).content)
    proof = document.pop("proof")
    del proof["proofValue"]
    assert quads_of(document) == canonical(document)
    assert _quads_of(proof) == canonical({"@context": document["@context"], **proof})


def test_it_is_the_same_to_the_octet_until_something_changes(client, anas, bens, olga):
    def read():
        cache.clear()
        return client.get(LIST)

    first = read()
    assert read().content == first.content
    assert client.get(LIST, headers=AS_TOKEN).content == client.get(LIST, headers=AS_TOKEN).content
    actions.revoke(certificate=anas, reason="Misspelt", by=olga)
    second = read()
    assert second.content != first.content
    assert second["ETag"] != first["ETag"]
    assert client.get(LIST, headers=AS_TOKEN)["ETag"] != second["ETag"]


def test_who_has_it_is_told_so_with_three_questions_to_the_database(client, anas):
    etag = client.get(LIST)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        response = client.get(LIST, headers={"If-None-Match": etag})
    assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)
    assert len(queries) == 3  # list, key, revocations


def test_the_questions_do_not_grow_with_the_revocations(client, came, ana, ben, cleo, olga):
    counts = []
    for person in (ana, ben, cleo):
        actions.revoke(certificate=actions.issue(registration=came(person), by=olga), reason="Test", by=olga)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[2] == 4


def test_an_old_list_does_not_hold_for_long(client, anas):
    document = json.loads(client.get(LIST).content)
    today = timezone.now().date()
    assert document["validFrom"] == f"{today}T00:00:00Z"
    assert document["validUntil"] == f"{today + timedelta(days=2)}T00:00:00Z"


def test_revocations_are_told_by_a_retired_key_too(check, anas, olga, client):
    keys.retire_keys()
    actions.revoke(certificate=anas, reason="Misspelt", by=olga)
    assert check(anas).startswith("Credential status 'revocation' is set")


def test_without_the_private_key_the_list_is_away_for_a_while(client, anas, settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "elsewhere"
    response = client.get(LIST)
    assert (response.status_code, response["Retry-After"]) == (503, "300")


def test_a_list_that_never_was_is_not_found(client, anas):
    assert client.get("/credentials/status/2").status_code == 404
    assert client.post(LIST).status_code == 405
