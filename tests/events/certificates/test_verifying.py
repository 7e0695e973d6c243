"""Checking a certificate: a number, a name, a file. What is told, and what is not."""

import hashlib
import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from events.certificates.content.standing import initials, is_of_holder
from events.certificates.holding.actions import choose_disclosure
from events.certificates.issuing import actions, files
from events.certificates.models import Certificate
from events.certificates.numbers import new_number
from events.certificates.sealing import judging
from events.certificates.sealing.sealer import sealer_of
from network.errors import Invalid, NotAllowed
from tests.events.certificates import seals


def shown(client, certificate, **posted):
    address = certificate.get_absolute_url()
    response = client.post(address, posted) if posted else client.get(address)
    return response, response.content.decode()


def upload(content, name="certificate.pdf"):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def expire(certificate):
    certificate.valid_until = timezone.localdate() - timedelta(days=1)
    certificate.save(update_fields=["valid_until"])


def test_an_expired_certificate_was_genuine_and_is_not_valid(anas, client, api):
    expire(anas)
    response, text = shown(client, anas)
    assert response.status_code == 200
    assert text.count("Genuine, but its time is over.") == 1
    assert "Genuine and valid" not in text
    assert api.get(f"/api/v1/verify/{anas.number}/").json()["validity"] == "expired"


def test_it_is_valid_to_the_end_of_its_last_day(anas, client, monkeypatch):
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)  # which may be about to end
    anas.valid_until = timezone.localdate()
    anas.save(update_fields=["valid_until"])
    assert shown(client, anas)[1].count("Genuine and valid.") == 1


def test_one_that_is_revoked_is_revoked_though_its_time_is_over(anas, client, olga):
    expire(anas)
    actions.revoke(certificate=anas, reason="Wrong person", by=olga)
    _response, text = shown(client, anas)
    assert text.count("<strong>Revoked.</strong>") == 1
    assert "Wrong person" not in text


def test_the_holder_shows_the_whole_name_unless_they_choose_otherwise(anas, client):
    assert shown(client, anas)[1].count("Certificate of Ana Procurer") == 1


def test_with_initials_the_name_is_nowhere(anas, ana, client, api):
    choose_disclosure(certificate=anas, disclosure="initials", by=ana)
    _response, text = shown(client, anas)
    assert text.count("Certificate of A. P.") == 1
    assert "Procurer" not in text
    body = api.get(f"/api/v1/verify/{anas.number}/")
    assert body.json()["name"] == "A. P."
    assert "Procurer" not in body.content.decode()


def test_with_comparing_nothing_of_the_name_is_told_but_whether_it_is_right(anas, ana, client, api):
    choose_disclosure(certificate=anas, disclosure="compare", by=ana)
    _response, text = shown(client, anas)
    assert ("Procurer" in text, "A. P." in text, text.count("Compare the name")) == (False, False, 1)
    assert shown(client, anas, name=" procurér ")[1].count("Yes, this is the name on the certificate.") == 1
    assert shown(client, anas, name="Buyer")[1].count("No, this is not the name on the certificate.") == 1
    response, text = shown(client, anas, name=" ")
    assert (response.status_code, text.count("Type the surname that is printed on the certificate.")) == (400, 2)
    address = f"/api/v1/verify/{anas.number}/compare/"
    assert api.post(address, {"name": "Procurer"}).json() == {"matches": True}
    assert api.post(address, {"name": "P"}).json() == {"matches": False}
    assert api.post(f"/api/v1/verify/{new_number()}/compare/", {"name": "Procurer"}).status_code == 404


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("Papadopoulou", False),
        ("Παπαδοπουλου", True),
        ("Αικατερίνη Παπαδοπούλου", True),
        ("Παπα", False),
        ("Π", False),
        ("", False),
        ("-", False),
    ],
)
def test_a_name_is_compared_by_whole_words(anas, typed, right):
    anas.facts["holder"]["name"] = "Αικατερίνη Παπαδοπούλου"
    assert is_of_holder(anas, typed) is right


def test_initials_are_of_every_word():
    assert initials("Ana-Maria de la Cruz") == "A. M. D. L. C."


def test_only_the_holder_chooses(anas, ana, olga, sara):
    for somebody in (olga, sara):
        with pytest.raises(NotAllowed):
            choose_disclosure(certificate=anas, disclosure="initials", by=somebody)
    with pytest.raises(Invalid):
        choose_disclosure(certificate=anas, disclosure="nothing", by=ana)
    anas.refresh_from_db()
    assert anas.disclosure == "name"


# --- The file -----------------------------------------------------------------------------------------------------------------


def test_the_original_file_is_known(anas, client, api):
    pdf = files.read(anas)
    text = client.post("/verify/file/", {"file": upload(pdf)}).content.decode()
    assert text.count("The file is the original, byte for byte.") == 1
    assert text.count("Genuine and valid.") == 1
    found = api.post("/api/v1/verify/file/", {"file": upload(pdf)}, format="multipart").json()
    assert (found["sha256"], found["certificate"]["number"], found["seal"]["is_sealed"]) == (anas.sha256, anas.number, False)


def test_a_changed_octet_makes_it_another_file(anas, client, api):
    pdf = bytearray(files.read(anas))
    pdf[-20] ^= 1
    text = client.post("/verify/file/", {"file": upload(bytes(pdf))}).content.decode()
    assert text.count("We never issued this file as it is.") == 1
    assert anas.number not in text
    found = api.post("/api/v1/verify/file/", {"file": upload(bytes(pdf))}, format="multipart").json()
    assert found["certificate"] is None


def test_the_file_tells_no_more_of_the_name_than_the_number_does(anas, ana, client):
    choose_disclosure(certificate=anas, disclosure="compare", by=ana)
    text = client.post("/verify/file/", {"file": upload(files.read(anas))}).content.decode()
    assert (text.count("The file is the original"), "Procurer" in text) == (1, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "Choose the certificate’s PDF."),
        (b"", "This is not a PDF file."),
        (b"PK\x03\x04 something else", "This is not a PDF file."),
        (b"%PDF-1.7" + b"x" * (3 * 2**20), "This file has more than 3 MB: it is none of ours."),
    ],
    ids=["none", "empty", "no PDF", "large"],
)
def test_what_cannot_be_a_certificate_is_refused_in_words(client, api, content, says):
    posted = {} if content is None else {"file": upload(content)}
    response = client.post("/verify/file/", posted)
    assert (response.status_code, response.content.decode().count(says)) == (400, 2)  # in the summary and at the field
    posted = {} if content is None else {"file": upload(content)}
    answer = api.post("/api/v1/verify/file/", posted, format="multipart")
    assert (answer.status_code, answer.json()["errors"]["file"]) == (400, [says])


@pytest.mark.django_db
def test_rubbish_that_begins_like_a_pdf_is_judged_and_does_no_harm(client):
    response = client.post("/verify/file/", {"file": upload(b"%PDF-1.7\n" + bytes(range(256)) * 40)})
    text = response.content.decode()
    assert (response.status_code, text.count("We never issued this file as it is.")) == (200, 1)
    assert text.count("It could not be judged: the file is damaged, or too elaborate to be one of ours.") == 1


def test_the_browser_asks_with_the_checksum_alone(anas, client):
    text = client.get("/verify/", {"sha256": anas.sha256.upper()}).content.decode()
    assert text.count("The file is the original, byte for byte.") == 1
    for other in ("0" * 64, "x", "", anas.sha256[:-1]):
        response = client.get("/verify/", {"sha256": other})
        said = response.content.decode().count("<strong>We never issued this file as it is.")
        assert (response.status_code, said) == (404, 1)


def test_names_are_tried_on_a_certificate_some_times_from_wherever_they_come(anas, came, ben, olga, client, api, settings):
    bens = actions.issue(registration=came(ben), by=olga)
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "verify-name": "2/hour"},
    }

    def page(certificate, address):
        return client.post(certificate.get_absolute_url(), {"name": "Adams"}, REMOTE_ADDR=address).status_code

    def program(number, address):
        return api.post(f"/api/v1/verify/{number}/compare/", {"name": "Baker"}, REMOTE_ADDR=address).status_code

    assert (page(anas, "192.0.2.1"), program(anas.number.lower(), "192.0.2.2")) == (200, 200)
    assert (page(anas, "192.0.2.3"), program(anas.number.replace("-", ""), "192.0.2.4")) == (429, 429)
    assert client.get(anas.get_absolute_url()).status_code == 200
    assert (page(bens, "192.0.2.1"), program("none", "192.0.2.1")) == (200, 404)


@pytest.fixture
def sealed(anas, centre, settings, tmp_path):
    """Ana's certificate, sealed by somebody: a file that we never issued."""
    settings.KEYS_DIR = tmp_path / "keys"
    settings.SEAL_SECRETS = {}
    seals.seal_with(seals.key("rsa2048"), centre=centre)
    return sealer_of(centre).apply(files.read(anas), at=seals.NOW)


def test_a_file_that_has_to_wait_is_said_nothing_about(sealed, client, api, monkeypatch):
    monkeypatch.setattr(judging, "_place", threading.BoundedSemaphore(1))
    monkeypatch.setattr(judging, "PATIENCE", 0.01)
    with judging._place:
        response = client.post("/verify/file/", {"file": upload(sealed)})
        answer = api.post("/api/v1/verify/file/", {"file": upload(sealed)}, format="multipart")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.content.decode().count("Many files are being checked just now. Try again in a few seconds.") == 2
    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "5", "judging_busy")
    assert client.post("/verify/file/", {"file": upload(sealed)}).status_code == 200


def test_one_address_has_one_file_checked_at_a_time(sealed, client):
    with judging._a_place("192.0.2.1"):
        response = client.post("/verify/file/", {"file": upload(sealed)}, REMOTE_ADDR="192.0.2.1")
    text = "Another file from your address is being checked just now. Try again in a few seconds."
    assert (response.status_code, response.content.decode().count(text)) == (503, 2)
    assert client.post("/verify/file/", {"file": upload(sealed)}, REMOTE_ADDR="192.0.2.1").status_code == 200


def test_an_original_is_judged_while_files_of_strangers_take_every_place(sealed, anas, client):
    Certificate.objects.filter(pk=anas.pk).update(sha256=hashlib.sha256(sealed).hexdigest())
    with judging._a_place("127.0.0.1"):
        text = client.post("/verify/file/", {"file": upload(sealed)}).content.decode()
    assert (text.count("The file is the original, byte for byte."), text.count("is whole: nothing was changed")) == (1, 1)


def test_files_and_numbers_share_one_allowance(anas, client, api, settings):
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "verify": "2/min"},
    }
    assert client.post("/verify/file/", {"file": upload(b"%PDF-1.7")}).status_code == 200
    assert client.get("/verify/", {"sha256": "0" * 64}).status_code == 404
    assert client.post("/verify/file/", {"file": upload(b"%PDF-1.7")}).status_code == 429
    assert client.post(anas.get_absolute_url(), {"name": "Procurer"}).status_code == 429
    assert api.post("/api/v1/verify/file/", {"file": upload(b"%PDF-1.7")}, format="multipart").status_code == 429
