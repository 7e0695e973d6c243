"""The register of a centre: every certificate of all its events, found, downloaded, told again; and what is still to issue."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from events.certificates.issuing import actions, files
from events.certificates.models import Certificate, IssueRun, Recognition
from events.mail.models import Message
from network.errors import NotAllowed
from tests import factories
from tests.events.certificates.samples import stored
from tests.queries import count_queries

REGISTER = "/desk/certificates/"


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def kept(centre, name, serial, **changes):
    """A certificate in the register of an event of the centre."""
    registration = factories.RegistrationFactory(
        event=factories.EventFactory(organising_centre=centre), person=factories.PersonFactory(name=name), state="confirmed"
    )
    certificate = stored(registration)
    certificate.serial = serial
    certificate.facts["holder"]["name"] = name
    for field, value in changes.items():
        setattr(certificate, field, value)
    certificate.save()
    return certificate


@pytest.fixture
def some(centre):
    now = timezone.now()
    return {
        "valid": kept(centre, "Vera Valid", 1, issued_at=now - timedelta(days=40)),
        "expired": kept(centre, "Emil Expired", 2, valid_until=timezone.localdate() - timedelta(days=2)),
        "revoked": kept(centre, "Rosa Revoked", 3, revoked_at=now, revocation_reason="By mistake"),
    }


def names(page):
    return [name for name in ("Vera Valid", "Emil Expired", "Rosa Revoked") if name in page.content.decode()]


def test_all_certificates_of_the_centre_are_listed_and_no_others(desk, some, other_centre):
    kept(other_centre, "Otto Outside", 1)
    page = desk.get(REGISTER)
    assert names(page) == ["Vera Valid", "Emil Expired", "Rosa Revoked"]
    assert "Otto Outside" not in page.content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "vera"}, ["Vera Valid"]),
        ({"q": "emil exp"}, ["Emil Expired"]),
        ({"standing": "valid"}, ["Vera Valid"]),
        ({"standing": "expired"}, ["Emil Expired"]),
        ({"standing": "revoked"}, ["Rosa Revoked"]),
        ({"standing": "replaced"}, []),
        ({"kind": "winner"}, []),
        ({"q": "100%"}, []),
    ],
)
def test_the_filter_finds(desk, some, asked, found):
    assert names(desk.get(REGISTER, asked)) == found


def test_it_finds_what_was_issued_between_two_days(desk, some):
    month_ago = (timezone.localdate() - timedelta(days=30)).isoformat()
    assert names(desk.get(REGISTER, {"issued_until": month_ago})) == ["Vera Valid"]
    assert names(desk.get(REGISTER, {"issued_from": month_ago})) == ["Emil Expired", "Rosa Revoked"]
    page = desk.get(REGISTER, {"issued_from": "2027-02-01", "issued_until": "2027-01-01"})
    assert (page.status_code, page.content.decode().count("The last day must not be before the first.")) == (400, 1)
    assert desk.get(REGISTER, {"issued_from": "soon"}).status_code == 400
    assert desk.get(REGISTER, {"q": "x\x00y"}).status_code == 400


def test_a_number_finds_its_certificate_however_it_is_typed(desk, some):
    typed = some["expired"].number.lower().replace("-", " ")
    assert names(desk.get(REGISTER, {"q": typed})) == ["Emil Expired"]


def test_what_is_found_is_downloaded_as_zip_and_as_csv(desk, some):
    month_ago = (timezone.localdate() - timedelta(days=30)).isoformat()
    answer = desk.get("/desk/certificates/register.zip", {"issued_from": month_ago})
    assert answer["Content-Disposition"] == f'attachment; filename="certificates-{month_ago}.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.namelist() == ["register.csv", "AT-TEST-2027-2 Emil Expired.pdf"]
    answer = desk.get("/desk/certificates/register.csv", {"standing": "revoked"})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(row[0], row[3], row[9]) for row in rows[1:]] == [("AT-TEST 2027/3", "Rosa Revoked", "By mistake")]


def test_the_list_asks_the_database_as_often_for_three_as_for_one(desk, centre, some):
    for_three = count_queries(desk, REGISTER)
    Certificate.objects.exclude(pk=some["valid"].pk).delete()
    assert count_queries(desk, REGISTER) == for_three <= 16


# --- Told again ---------------------------------------------------------------------------------------------------------------


def test_the_ticked_are_told_again_and_the_rest_is_said(desk, some):
    ticked = {"certificates": [certificate.pk for certificate in some.values()]}
    page = desk.post("/desk/certificates/send/", ticked, follow=True).content.decode()
    assert page.count("2 people are told again.") == 1
    assert page.count("AT-TEST 2027/3: It is revoked.") == 1
    told = Message.objects.filter(kind="certificate-issued").values_list("recipient", flat=True)
    assert sorted(told) == sorted(some[name].person.email for name in ("valid", "expired"))
    desk.post("/desk/certificates/send/", ticked)
    assert told.all().count() == 4  # as often as one asks


def test_nothing_ticked_is_said(desk, some):
    page = desk.post("/desk/certificates/send/", {"certificates": ["x", "9" * 30]}, follow=True).content.decode()
    assert page.count("Nothing was ticked. Tick the certificates first.") == 1


def test_others_are_not_told_by_who_does_not_run_the_event(desk, some, other_centre, otto):
    elsewhere = kept(other_centre, "Otto Outside", 1)
    desk.post("/desk/certificates/send/", {"certificates": [elsewhere.pk]})
    assert Message.objects.count() == 0
    with pytest.raises(NotAllowed):
        actions.send_again(certificate=some["valid"], by=otto)


# --- Still to issue -----------------------------------------------------------------------------------------------------------


def test_the_events_that_wait_are_named_and_issued_for_at_once(desk, course, came, ana, ben, worker):
    came(ana)
    came(ben)
    page = desk.get(REGISTER).content.decode()
    assert page.count("At 1 event somebody earned a certificate and has none") == 1
    answer = desk.post("/desk/certificates/issue/", follow=True).content.decode()
    assert answer.count("2 certificates are being issued.") == 1
    assert IssueRun.objects.get(event=course).total == 2
    worker()
    assert sorted(Certificate.objects.values_list("person__name", flat=True)) == ["Ana Procurer", "Ben Buyer"]
    answer = desk.post("/desk/certificates/issue/", follow=True).content.decode()
    assert answer.count("Everybody who earned a certificate has one.") == 1


def test_a_speaker_who_has_none_makes_an_event_wait(desk, course, worker):
    Recognition.objects.create(event=course, kind="speaking", name="Sven Speaker", subject="Talking to the market")
    assert desk.get(REGISTER).content.decode().count(course.title) == 1
    desk.post("/desk/certificates/issue/")
    worker()
    certificate = Certificate.objects.get()
    assert (certificate.kind, certificate.person, certificate.facts["holder"]["name"]) == ("speaking", None, "Sven Speaker")
    assert certificate.facts["recognition"] == {"subject": "Talking to the market", "affiliation": "", "minutes": None}
    assert course.title not in desk.get(REGISTER).content.decode().split("<table")[0]


# --- In the evidence pack -----------------------------------------------------------------------------------------------------


def test_an_auditor_finds_the_register_and_every_file_that_holds(desk, course, came, anas, ben, olga):
    bens = actions.issue(registration=came(ben), by=olga)
    actions.revoke(certificate=bens, reason="Wrong person", by=olga)
    answer = desk.get(f"/desk/events/{course.slug}/evidence/pack.zip")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as pack:
        ours = [name for name in pack.namelist() if name.startswith("07-certificates/")]
        assert ours == [f"07-certificates/at-test-{anas.year}-1-ana-procurer.pdf", "07-certificates/register.csv"]
        assert pack.read(ours[0]) == files.read(anas)
        rows = list(csv.reader(io.StringIO(pack.read(ours[1]).decode("utf-8-sig"))))
        assert [(row[3], row[14]) for row in rows[1:]] == [("Ana Procurer", ""), ("Ben Buyer", "Wrong person")]


# --- The API ------------------------------------------------------------------------------------------------------------------


def test_programs_filter_the_same_register(api, some, olga):
    api.force_authenticate(olga)
    assert api.get("/api/v1/certificates/").json()["results"] == []  # without a filter: one's own
    found = api.get("/api/v1/certificates/", {"standing": "expired"}).json()["results"]
    assert [(one["name"], one["validity"]) for one in found] == [("Emil Expired", "expired")]
    assert api.get("/api/v1/certificates/", {"standing": "lost"}).status_code == 400
    answer = api.get("/api/v1/certificates/archive/", {"standing": "valid"})
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.namelist() == ["register.csv", "AT-TEST-2027-1 Vera Valid.pdf"]


def test_programs_issue_for_a_recognition(api, course, olga):
    api.force_authenticate(olga)
    recognition = Recognition.objects.create(event=course, kind="teaching", name="Tora Trainer", minutes=90)
    answer = api.post("/api/v1/certificates/", {"recognition": recognition.pk})
    assert (answer.status_code, answer.json()["kind"], answer.json()["registration"]) == (201, "teaching", None)
    assert api.post("/api/v1/certificates/", {"recognition": recognition.pk}).status_code == 200
    for wrong in ({}, {"recognition": 1, "registration": 1}, {"recognition": 10**9}):
        assert api.post("/api/v1/certificates/", wrong).status_code == 400


def test_programs_tell_again(api, some, olga, ana):
    api.force_authenticate(olga)
    assert api.post(f"/api/v1/certificates/{some['valid'].number}/send/").status_code == 204
    assert api.post(f"/api/v1/certificates/{some['revoked'].number}/send/").json()["code"] == "cannot_send"
    api.force_authenticate(ana)
    assert api.post(f"/api/v1/certificates/{some['valid'].number}/send/").status_code == 404
