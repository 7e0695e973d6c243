"""The signed credential: an independent library accepts it and refuses a changed one; the stencil signs what PyLD would."""

import hashlib
import json
import socket
import string

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3 import OB3LdpVerifier, OB3Verifier
from openbadgeslib.ob3.contexts import load_context

from events.certificates.credentials import canonical, keys
from events.certificates.credentials.canonical import CREDENTIALS, OPEN_BADGES, Canonicaliser, UnknownContext
from events.certificates.credentials.openbadge import credential, own_values
from events.certificates.credentials.signing import CredentialSigner, StatusPlace
from events.certificates.models import IssuerKey, StatusList
from events.paper.fonts import clean
from tests.events.certificates.samples import facts

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
LIST = StatusList(pk=1, number=1, seed="5" * 32)
ISSUED = "2026-05-02T10:11:12+02:00"


@pytest.fixture
def signer():
    row = IssuerKey(pk=1, name="2026-a", public=keys.multikey(PRIVATE.public_key()))
    return CredentialSigner(keys.PrivateKey(row, PRIVATE))


@pytest.fixture
def sign(signer):
    """``sign(**changes)``: the credential of the sample with changes, as a document and as a token."""

    def signed(*, email="ana@demo.example", index=77, **changes):
        what = facts(**{"issued_at": ISSUED, **changes})
        made = signer.sign(what, place=StatusPlace(LIST, index), email=email)
        return json.loads(made.document), made.token

    return signed


def unsigned(email="ana@demo.example", index=77, **changes):
    what = facts(**{"issued_at": ISSUED, **changes})
    return credential(what, status_list=LIST, index=index, email=email, secret=b"s" * 32)


ASSESSED = {"method": "test", "grade": "18 of 20", "on": "2026-05-01", "assessor": "Prof. Otto Other", "supervised": True}
TALK = {"subject": "What a market tells you", "affiliation": "City of Testing", "minutes": 50}
KINDS = {
    "attendance": {},
    "achievement": {"kind": "achievement", "assessed": ASSESSED},
    "speaking": {"kind": "speaking", "recognition": TALK, "attendance": None},
    "winner": {"kind": "winner", "recognition": {**TALK, "minutes": None}, "attendance": None, "valid_until": "2030-02-28"},
    "visit": {"event": {"kind": "visit", "starts": "2026-03-29", "ends": "2026-03-30"}, "competences": []},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_an_independent_library_accepts_the_document_and_the_token_of_every_kind(sign, kind, language):
    document, token = sign(language=language, **KINDS[kind])
    by_proof = OB3LdpVerifier(PUBLIC).verify(document)
    by_token = OB3Verifier(PUBLIC).verify(token)
    assert by_proof.achievement.name == by_token.achievement.name == "Market dialogue in practice"
    assert by_proof.issuer.id == by_token.issuer.id == "did:web:calendar.example"
    assert by_proof.id == by_token.id == "https://calendar.example/credentials/7Q2K-0F5M-XW3R-9TBA-C"


def places_of(value, path=()):
    """Every place in a document where a text or a number stands."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places_of(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from places_of(part, (*path, index))
    else:
        yield path


def changed(document, path):
    copy = json.loads(json.dumps(document))
    *way, last = path
    part = copy
    for step in way:
        part = part[step]
    old = part[last]
    part[last] = (not old) if isinstance(old, bool) else old + 1 if isinstance(old, int | float) else f"{old}x"
    return copy


def test_it_refuses_a_document_that_was_changed_in_any_place(sign):
    document, _token = sign(**KINDS["achievement"], valid_until="2030-02-28")
    verifier = OB3LdpVerifier(PUBLIC)
    verifier.verify(document)
    places = list(places_of(document))
    assert len(places) > 70
    accepted = []
    for path in places:
        try:
            verifier.verify(changed(document, path))
        except LibOpenBadgesException:
            continue
        accepted.append(path)
    assert accepted == []


def test_it_refuses_a_token_with_another_name_and_one_signed_by_another_key(sign):
    _document, token = sign()
    head, _body, signature = token.split(".")
    _other, forged = sign(holder={"name": "Eve Elsewhere"})
    with pytest.raises(LibOpenBadgesException, match="Invalid signature"):
        OB3Verifier(PUBLIC).verify(f"{head}.{forged.split('.')[1]}.{signature}")
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(LibOpenBadgesException, match="Invalid signature"):
        OB3Verifier(stranger).verify(token)


def test_an_expired_one_is_refused_from_the_day_after_its_last(sign):
    document, token = sign(valid_until="2026-05-31")
    assert document["validUntil"] == "2026-05-31T21:59:59Z"
    with pytest.raises(LibOpenBadgesException, match="expired"):
        OB3LdpVerifier(PUBLIC).verify(document)
    with pytest.raises(LibOpenBadgesException, match="expired"):
        OB3Verifier(PUBLIC).verify(token)


def test_it_says_what_the_certificate_says(sign):
    document, token = sign()
    subject = document["credentialSubject"]
    achievement = subject["achievement"]
    assert document["@context"] == [CREDENTIALS, OPEN_BADGES]
    assert document["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert document["name"] == "Certificate of attendance: Market dialogue in practice"
    assert document["validFrom"] == "2026-05-02T08:11:12Z"
    assert (subject["activityStartDate"], subject["activityEndDate"]) == ("2027-04-28T07:00:00Z", "2027-04-29T14:00:00Z")
    assert (subject["creditsEarned"], achievement["creditsAvailable"]) == (11.5, 13)
    assert achievement["achievementType"] == "CertificateOfCompletion"
    assert achievement["inLanguage"] == "en"
    assert achievement["creator"]["name"] == "Testing house for innovation procurement"
    assert achievement["creator"]["address"]["addressCountryCode"] == "AT"
    assert achievement["criteria"]["narrative"].splitlines() == [
        "At least 80 % of the time was attended.",
        "Assessment: None. Attendance was recorded at each session.",
    ]
    assert [(one["targetFramework"], one["targetCode"], one["targetDescription"]) for one in achievement["alignment"]] == [
        ("ProcurCompEU", "C6", "Level aimed at: Advanced"),
        ("ProcurCompEU", "C11", "Level aimed at: Intermediate"),
    ]
    assert document["credentialStatus"]["statusListCredential"] == "https://calendar.example/credentials/status/1"
    assert document["evidence"][0]["id"] == "https://calendar.example/verify/7Q2K-0F5M-XW3R-9TBA-C"
    header = json.loads(decoded(token.split(".")[0]))
    assert header == {"alg": "EdDSA", "typ": "JWT", "kid": "did:web:calendar.example#2026-a-jwk"}


def decoded(part):
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_address_is_in_it_only_salted_and_hashed(sign):
    document, token = sign(email="Ana@Demo.example")
    mail, name = document["credentialSubject"]["identifier"]
    expected = hashlib.sha256(f"ana@demo.example{mail['salt']}".encode()).hexdigest()
    assert mail["identityHash"] == f"sha256${expected}"
    assert name == {"type": "IdentityObject", "hashed": False, "identityHash": "Ana Procurer", "identityType": "name"}
    assert "demo.example" not in json.dumps(document).lower()
    assert "demo.example" not in decoded(token.split(".")[1]).decode().lower()
    other, _token = sign(number="7Q2K-0F5M-XW3R-9TBB-D")
    assert other["credentialSubject"]["identifier"][0]["salt"] != mail["salt"]


def test_who_has_no_address_is_named_only(sign):
    document, _token = sign(email="", **KINDS["speaking"])
    assert [one["identityType"] for one in document["credentialSubject"]["identifier"]] == ["name"]
    assert document["credentialSubject"]["narrative"] == "What a market tells you\nCity of Testing"
    assert document["credentialSubject"]["creditsEarned"] == 0.83


def test_the_same_facts_place_and_key_give_the_same_bytes(signer):
    made = [signer.sign(facts(), place=StatusPlace(LIST, 5), email="ana@demo.example") for _time in range(2)]
    assert made[0].document == made[1].document
    assert made[0].token == made[1].token


def test_signing_reaches_no_network(signer, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    fresh = Canonicaliser(own_values)
    assert fresh(unsigned()) == canonical.canonical(unsigned())
    assert signer.sign(facts(), place=StatusPlace(LIST, 5), email="").token


def test_a_context_that_is_not_pinned_is_not_fetched():
    with pytest.raises(Exception) as caught:  # noqa: PT011 - PyLD wraps it
        canonical.canonical({"@context": "https://elsewhere.example/context", "name": "x"})
    cause = caught.value
    while cause.__cause__ is not None:
        cause = cause.__cause__
    assert isinstance(cause, UnknownContext)


def test_the_pinned_contexts_are_those_that_were_published():
    published = {
        "credentials-v2.json": "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
        "open-badges-3.0.3.json": "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
    }
    assert {name: hashlib.sha256((canonical.FOLDER / name).read_bytes()).hexdigest() for name in published} == published
    for address in (CREDENTIALS, OPEN_BADGES):  # another who pinned them has the same
        assert canonical.load(address)["document"] == load_context(address)


# --- The stencil --------------------------------------------------------------------------------------------------

ODD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).map(clean).filter(bool)
NUMBERS = st.text(string.ascii_uppercase + string.digits, min_size=16, max_size=16)
CANONICALISE = Canonicaliser(own_values)


@settings(max_examples=60)
@given(
    name=ODD,
    number=NUMBERS,
    email=st.one_of(st.just(""), st.emails()),
    index=st.integers(0, 131_071),
    minutes=st.integers(0, 6_000),
    kind=st.sampled_from(sorted(KINDS)),
    words=ODD,
)
def test_the_stencil_gives_what_pyld_gives(name, number, email, index, minutes, kind, words):
    changes = {**KINDS[kind], "holder": {"name": name}, "number": number, "verify": f"https://calendar.example/verify/{number}"}
    if changes.get("recognition"):
        changes["recognition"] = {**TALK, "subject": words, "minutes": minutes or None}
    elif kind != "achievement":
        changes["attendance"] = {**facts()["attendance"], "minutes_attended": minutes}
    else:
        changes["assessed"] = {**ASSESSED, "grade": words}
    document = unsigned(email=email, index=index, **changes)
    before = json.dumps(document)
    assert CANONICALISE(document) == canonical.canonical(document)
    assert json.dumps(document) == before


@pytest.mark.parametrize(
    "name", ['Ana "die Käuferin" \\ Procurer', "urn:slot:1:", "987650003", "_:c14n0", "<urn:x>", "O’Néill"]
)
def test_a_name_that_looks_like_something_else_is_signed_as_it_is(sign, name):
    sign()
    document, token = sign(holder={"name": name})
    assert document["credentialSubject"]["identifier"][1]["identityHash"] == name
    OB3LdpVerifier(PUBLIC).verify(document)
    OB3Verifier(PUBLIC).verify(token)


@pytest.mark.parametrize("number", range(12))
def test_a_title_and_a_name_that_look_like_a_mark_of_the_stencil_do_no_harm(number):
    fresh, mark = Canonicaliser(own_values), f"urn:slot:{number}:"
    for name in (mark, "Ben"):
        document = unsigned(holder={"name": name}, event={"title": mark})
        assert fresh(document) == canonical.canonical(document)


def test_two_nodes_that_look_alike_are_left_to_pyld():
    twice = facts()["competences"][:1] * 2
    fresh = Canonicaliser(own_values)
    for name in ("Ana", "Ben"):
        document = unsigned(holder={"name": name}, competences=twice)
        assert fresh(document) == canonical.canonical(document)


def test_a_batch_needs_one_stencil():
    fresh = Canonicaliser(own_values)
    assert len({fresh(unsigned(holder={"name": f"Person {number}"}, index=number)) for number in range(50)}) == 50
    (stencil,) = fresh._stencils.values()
    assert stencil is not None


def test_no_more_stencils_are_kept_than_said():
    fresh = Canonicaliser(own_values, most=2)
    for title in ("One", "Two", "Three"):
        fresh(unsigned(event={"title": title}))
    assert len(fresh._stencils) == 2
