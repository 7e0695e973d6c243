"""The credential in the holder's hands: to keep, to show, to put into a wallet, a profile, or Europass."""

import io
import json
from base64 import b64decode
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pikepdf
import pytest
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3 import OB3LdpVerifier, OB3Verifier
from PIL import Image

from events.certificates.credentials import keys, picture
from events.certificates.credentials.elm import european_credential
from events.certificates.credentials.linkedin import linkedin_url
from events.certificates.issuing import actions, files
from events.certificates.models import Assessment, Certificate
from tests.events.certificates.samples import LONG_TITLE, facts

DID = "did:web:calendar.example"


@pytest.fixture(autouse=True)
def key(db, settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    return keys.make_key("2027")


@pytest.fixture
def web(client):
    def get(address):
        return client.get(address.removeprefix("https://calendar.example")).content

    return get


def read(client, certificate, form):
    return client.get(f"/credentials/{certificate.number}.{form}")


def test_the_holder_gets_the_octets_that_the_pdf_carries(client, anas, ana, web):
    client.force_login(ana)
    response = read(client, anas, "json")
    assert response["Content-Type"] == "application/vc"
    assert response["Content-Disposition"] == f'attachment; filename="{anas.number}.json"'
    assert response["Cache-Control"] == "private, no-cache"
    with pikepdf.open(io.BytesIO(files.read(anas))) as pdf:
        assert pdf.attachments["credential.json"].get_file().read_bytes() == response.content
    found = OB3LdpVerifier.for_issuer_did(DID).verify(json.loads(response.content), download=web)
    assert [(one.identity_type, one.hashed) for one in found.identifiers] == [("emailAddress", True), ("name", False)]


def test_the_token_is_there_too(client, anas, ana, web):
    client.force_login(ana)
    response = read(client, anas, "jwt")
    assert response["Content-Type"] == "application/vc+jwt"
    token = response.content.decode()
    assert OB3Verifier.for_issuer_did(DID, download=web).verify(token).achievement.name == "Market dialogue in practice"


def test_the_badge_is_a_picture_with_the_credential_in_it(client, anas, ana, web):
    client.force_login(ana)
    response = read(client, anas, "png")
    baked = OB3Verifier.extract_token_from_png(response.content)
    assert baked == anas.credential.document
    OB3LdpVerifier.for_issuer_did(DID).verify(json.loads(baked), download=web)
    with Image.open(io.BytesIO(response.content)) as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (640, 640))
        assert image.text == {"openbadgecredential": baked}
    assert response.content.count(b"openbadgecredential") == 1
    with pytest.raises(LibOpenBadgesException):
        OB3LdpVerifier.for_issuer_did(DID).verify(json.loads(baked.replace("Ana", "Eve")), download=web)


def test_a_picture_is_baked_once():
    plain = picture.kinds_badge(Certificate.Kind.ATTENDANCE, "en")
    baked = picture.bake(plain, "{}")
    with pytest.raises(ValueError, match="baked once"):
        picture.bake(baked, "{}")
    with pytest.raises(ValueError, match="is a PNG"):
        picture.bake(b"GIF89a", "{}")


@pytest.mark.parametrize("kind", Certificate.Kind.values)
def test_each_kind_has_a_badge_for_everybody(client, kind):
    response = client.get(f"/credentials/badges/en/{kind}.png")
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(response.content)).size == (640, 640)
    again = client.get(f"/credentials/badges/en/{kind}.png", headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("address", ["en/medal.png", "xx/winner.png"])
def test_there_is_no_badge_for_what_there_is_not(client, address):
    assert client.get(f"/credentials/badges/{address}").status_code == 404


@pytest.mark.parametrize("title", [LONG_TITLE * 3, "X" * 300, "Κέντρο Δοκιμών", ""])
def test_a_title_that_does_not_fit_is_shortened(title):
    certificate = Certificate(number="X", facts=facts(event={"title": title}), language="en")
    assert Image.open(io.BytesIO(picture.baked(certificate, "{}"))).size == (640, 640)


def test_who_has_it_is_told_so(client, anas, ana):
    client.force_login(ana)
    etag = read(client, anas, "json")["ETag"]
    again = client.get(f"/credentials/{anas.number}.json", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_for_others_it_does_not_exist(client, anas, ben, mia):
    for stranger in (ben, mia):
        client.force_login(stranger)
        assert [read(client, anas, form).status_code for form in ("json", "jwt", "png", "elm.json")] == [404] * 4


def test_a_certificate_without_one_says_so_but_can_be_exported(client, came, ana, olga):
    keys.retire_keys()
    without = actions.issue(registration=came(ana), by=olga)
    client.force_login(ana)
    assert [read(client, without, form).status_code for form in ("json", "jwt", "png", "elm.json")] == [404, 404, 404, 200]


@pytest.mark.parametrize("number", ["0000-0000-0000-0000-0", "x", "7Q2K-0F5M-XW3R-9TBA-C"])
def test_a_number_that_nobody_has_is_not_found(client, ana, number):
    client.force_login(ana)
    assert client.get(f"/credentials/{number}.json").status_code == 404


def test_what_the_credential_is_called_leads_people_to_where_it_is_checked(client, anas, ana):
    address = f"/credentials/{anas.number}"
    response = client.get(address, headers={"Accept": "text/html,*/*"})
    assert (response.status_code, response["Location"]) == (302, f"/verify/{anas.number}")
    assert client.get(address, headers={"Accept": "application/ld+json"}).status_code == 404
    client.force_login(ana)
    assert client.get(address, headers={"Accept": "application/ld+json"}).content.decode() == anas.credential.document
    assert client.get(address, headers={"Accept": "application/vc+jwt"}).content.decode() == anas.credential.token


def test_programs_get_all_forms(api, anas, ana):
    api.force_authenticate(ana)
    base = f"/api/v1/certificates/{anas.number}/credential/"
    assert api.get(base).content.decode() == anas.credential.document
    assert api.get(base, headers={"Accept": "application/vc"}).content.decode() == anas.credential.document
    assert api.get(f"{base}token/").content.decode() == anas.credential.token
    assert api.get(f"{base}badge/")["Content-Type"] == "image/png"
    european = api.get(f"{base}european/")
    assert european["Content-Disposition"] == f'attachment; filename="{anas.number}-unsigned.elm.json"'
    assert json.loads(european.content) == european_credential(anas)


# --- European Digital Credential ----------------------------------------------------------------------------------


def nodes(value):
    """Every node of a document."""
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from nodes(part)


def test_the_european_credential_says_that_somebody_took_part(anas):
    credential = european_credential(anas)["credential"]
    assert credential["@context"] == [
        "https://www.w3.org/2018/credentials/v1",
        "http://data.europa.eu/snb/model/context/edc-ap",
    ]
    assert credential["type"] == ["VerifiableCredential", "EuropeanDigitalCredential"]
    assert "proof" not in credential
    assert credential["issuer"]["location"][0]["address"][0]["countryCode"]["id"].endswith("/country/AUT")
    person = credential["credentialSubject"]
    assert person["fullName"] == {"en": "Ana Procurer"}
    (claim,) = person["hasClaim"]
    assert claim["type"] == "LearningActivity"
    assert claim["workload"] == "PT4H"
    assert claim["awardedBy"]["awardingBody"] == claim["directedBy"] == [credential["issuer"]]
    specification = claim["specifiedBy"]
    assert specification["volumeOfLearning"] == "PT4H"
    assert [one["id"].rpartition("/")[2] for one in specification["language"]] == ["ENG", "DEU"]
    notes = [note["noteLiteral"]["en"] for note in specification["additionalNote"]]
    assert notes[:2] == ["Plan a market consultation", "Write down what was heard"]
    assert notes[2].startswith("ProcurCompEU C6 Innovation procurement: Advanced")
    assert "LearningAchievement" not in [node.get("type") for node in nodes(credential)]
    display = credential["displayParameter"]
    assert display["title"] == {"en": "Certificate of attendance: Market dialogue in practice"}
    assert display["primaryLanguage"]["id"] == "http://publications.europa.eu/resource/authority/language/ENG"
    image = display["individualDisplay"][0]["displayDetail"][0]["image"]
    assert Image.open(io.BytesIO(b64decode(image["content"]))).format == "PNG"
    assert "demo.example" not in json.dumps(credential)


def test_only_what_was_assessed_is_an_achievement(came, ana, olga):
    registration = came(ana)
    Assessment.objects.create(
        registration=registration,
        method="test",
        passed=True,
        grade="18 of 20",
        assessed_on=date(2027, 1, 15),
        assessor="Otto Other",
        supervised=True,
    )
    certificate = actions.issue(registration=registration, by=olga, kind=Certificate.Kind.ACHIEVEMENT)
    (claim,) = european_credential(certificate)["credential"]["credentialSubject"]["hasClaim"]
    assert claim["type"] == "LearningAchievement"
    (proof,) = claim["provenBy"]
    assert (proof["title"], proof["grade"]["noteLiteral"]) == ({"en": "Written test"}, {"en": "18 of 20"})
    outcomes = claim["specifiedBy"]["learningOutcome"]
    assert [one["title"]["en"] for one in outcomes] == ["Plan a market consultation", "Write down what was heard"]
    assert [one["type"] for one in claim["influencedBy"]] == ["LearningActivity"]


def test_no_two_nodes_of_the_export_share_a_name_unless_they_are_the_same():
    certificate = Certificate(number="X", facts=facts(language="de", valid_until="2030-02-28"), language="de")
    known = {}
    for node in nodes(european_credential(certificate)):
        if "id" in node and "type" in node:
            assert known.setdefault(node["id"], node) == node


# --- LinkedIn -----------------------------------------------------------------------------------------------------


def test_linkedin_is_told_what_it_asks_for_once_the_link_is_followed(anas):
    link = urlsplit(linkedin_url(anas))
    assert f"{link.scheme}://{link.netloc}{link.path}" == "https://www.linkedin.com/profile/add"
    assert parse_qs(link.query) == {
        "startTask": ["CERTIFICATION_NAME"],
        "name": ["Certificate of attendance: Market dialogue in practice"],
        "organizationName": [anas.facts["organiser"]["name"]],
        "issueYear": [anas.facts["issued_at"][:4]],
        "issueMonth": [str(int(anas.facts["issued_at"][5:7]))],
        "certUrl": [f"https://calendar.example/verify/{anas.number}"],
        "certId": [anas.number],
    }


def test_and_until_when_it_is_valid(anas):
    anas.valid_until = date(2029, 3, 31)
    fields = parse_qs(urlsplit(linkedin_url(anas)).query)
    assert (fields["expirationYear"], fields["expirationMonth"]) == (["2029"], ["3"])
