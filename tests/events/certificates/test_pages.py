"""Is it genuine? And the holder's own file."""

import pytest
from django.urls import reverse

from events.certificates.issuing import actions, files
from events.certificates.numbers import new_number

SECRETS = ("ana.procurer@demo.example", "City of Testing", "Wrong person")


def seen(client, number):
    return client.get(f"/verify/{number}")


@pytest.fixture
def page(client):
    """The text of a page's main part, and its response."""

    def fetch(address):
        response = client.get(address)
        body = response.content.decode()
        return response, body[body.index("<main") : body.index("</main>")]

    return fetch


def test_a_valid_certificate_says_what_it_certifies(anas, page):
    response, text = page(anas.get_absolute_url())
    assert response.status_code == 200
    for words in (
        "Genuine and valid.",
        "Ana Procurer",
        "Market dialogue in practice",
        "4 h of 4 h",
        "C6 Innovation procurement: Advanced",
    ):
        assert text.count(words) >= 1, words
    assert text.count(anas.sha256) == 2  # for the reader, and for the script that compares the file
    assert text.count(anas.register_number) == 1
    assert [text.count(secret) for secret in SECRETS] == [0, 0, 0]


def test_a_revoked_one_says_so_but_not_why(anas, olga, page):
    actions.revoke(certificate=anas, reason="Wrong person", by=olga)
    response, text = page(anas.get_absolute_url())
    assert (response.status_code, text.count("Revoked."), text.count("Genuine and valid.")) == (200, 1, 0)
    assert [text.count(secret) for secret in SECRETS] == [0, 0, 0]


def test_a_replaced_one_says_so_and_does_not_give_the_new_number_away(anas, olga, page):
    newer = actions.reissue(certificate=anas, reason="Wrong person", by=olga)
    _response, text = page(anas.get_absolute_url())
    assert (text.count("Replaced by a newer certificate."), text.count(newer.number), text.count("Wrong person")) == (1, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["0000-0000-0000-0000-0", "nonsense", "7Q2K-0F5M-XW3R-9TBA-D", "x" * 300, "%00", "<script>"])
def test_an_unknown_number_and_an_impossible_one_get_the_same_answer(number, client, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = seen(client, number)
    text = response.content.decode()
    assert response.status_code == 404
    assert text.count("Compare the number with the paper, character by character.") == 1
    assert text.count("No certificate has this number.") == 2  # in the summary and at the field
    assert "<script>alert" not in text


def test_a_number_is_read_however_it_is_typed(anas, client):
    typed = anas.number.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    response = client.get("/verify/", {"number": f" {typed} "})
    assert (response.status_code, response["Location"]) == (302, f"/verify/{anas.number}")
    assert seen(client, anas.number.replace("-", "").lower()).status_code == 200


@pytest.mark.django_db
def test_the_form_explains_itself_and_keeps_what_was_typed(page):
    response, text = page("/verify/")
    assert (response.status_code, text.count('name="number"')) == (200, 1)
    response, text = page("/verify/?number=ABC+%22%3E")
    assert (response.status_code, text.count('value="ABC &quot;&gt;"')) == (404, 1)
    response, _text = page("/verify/?number=")
    assert response.status_code == 200


@pytest.mark.parametrize("address", ["/verify/", "/verify/?number=x", "{}", "/verify/{unknown}"])
def test_no_answer_is_kept_or_indexed(anas, client, address):
    response = client.get(address.format(anas.get_absolute_url(), unknown=new_number()))
    assert (response["Cache-Control"], response["X-Robots-Tag"], response["Referrer-Policy"]) == (
        "no-store",
        "noindex, nofollow",
        "same-origin",
    )


def test_nobody_tries_out_numbers(anas, client, settings):
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "verify": "3/min"},
    }
    assert [seen(client, new_number()).status_code for _ in range(3)] == [404] * 3
    response = seen(client, anas.number)
    assert (response.status_code, int(response["Retry-After"]) > 0) == (429, True)
    assert "Genuine" not in response.content.decode()
    assert client.get(f"/api/v1/verify/{anas.number}/").status_code == 429  # one allowance for both
    assert client.get(f"/api/v1/verify/{anas.number}/", REMOTE_ADDR="192.0.2.7").status_code == 200
    assert client.get("/verify/").status_code == 200


def test_the_reader_is_answered_in_the_readers_language(anas, client):
    text = client.get(anas.get_absolute_url(), headers={"Accept-Language": "de"}).content.decode()
    assert '<html lang="de">' in text
    assert "Österreich" in text


def test_the_holder_gets_the_file_as_it_was_issued(anas, ana, client):
    client.force_login(ana)
    address = reverse("certificate_file", args=[anas.number])
    response = client.get(address)
    assert address == f"/my/certificates/{anas.number}.pdf"
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert b"".join(response.streaming_content) == files.read(anas)
    assert response["Content-Disposition"] == f'inline; filename="AT-TEST-{anas.year}-1 Ana Procurer.pdf"'
    assert (response["ETag"], response["Cache-Control"]) == (f'"{anas.sha256}"', "private, immutable, max-age=31536000")
    again = client.get(address, headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", response["ETag"])


def test_who_may_have_the_file(anas, ana, ben, olga, carl, otto, mia, sara, client):
    anas.event.co_organisers.clear()
    address = reverse("certificate_file", args=[anas.number])
    statuses = {}
    for person in (ana, ben, olga, carl, otto, mia, sara):
        client.force_login(person)
        response = client.get(address)
        statuses[person.name.split()[0]] = response.status_code
        assert (b"%PDF" in b"".join(getattr(response, "streaming_content", []))) == (response.status_code == 200)
    assert statuses == {"Ana": 200, "Ben": 404, "Olga": 200, "Carl": 200, "Otto": 404, "Mia": 404, "Sara": 200}
    client.logout()
    assert client.get(address).status_code == 302
    client.force_login(ana)
    assert client.get(reverse("certificate_file", args=[new_number()])).status_code == 404
