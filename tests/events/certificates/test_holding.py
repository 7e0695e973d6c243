"""The holder's page: all certificates of all centres, hours by competence and year, and what others are told."""

from datetime import timedelta

import pytest

from events.certificates.holding.record import record_of
from events.certificates.issuing import actions
from events.certificates.models import Certificate
from events.registrations.links import self_service_path
from tests import factories
from tests.events.certificates.samples import stored
from tests.queries import count_queries


@pytest.fixture
def mine(client, ana):
    client.force_login(ana)
    return client


def with_facts(registration, **changes):
    certificate = stored(registration)
    certificate.serial, certificate.facts = 1000 + registration.pk, {**certificate.facts, **changes}
    certificate.save()
    return certificate


def attended(minutes):
    return {"minutes": 780, "minutes_attended": minutes, "sessions": 4, "sessions_attended": 4, "needed_share": 80}


@pytest.fixture
def three(ana, centre, other_centre):
    """Certificates of two centres, in two years."""
    taught = [{"code": "C6", "name": "Innovation procurement", "level": 2}]
    both = [*taught, {"code": "C11", "name": "Market analysis and market engagement", "level": 3}]
    made = []
    for organiser, year, minutes, competences in (
        (centre, 2027, 90, taught),
        (other_centre, 2027, 60, both),
        (centre, 2026, 300, []),
    ):
        event = factories.EventFactory(organising_centre=organiser)
        registration = factories.RegistrationFactory(event=event, person=ana, state="confirmed")
        facts = {**stored_event(), "ends": f"{year}-04-29T16:00+02:00"}
        made.append(with_facts(registration, attendance=attended(minutes), competences=competences, event=facts))
    return made


def stored_event():
    from tests.events.certificates.samples import facts

    return facts()["event"]


def test_hours_count_by_year_and_under_each_competence(three):
    record = record_of(three)
    assert (record.years, record.minutes, record.total) == ([2027, 2026], {2027: 150, 2026: 300}, 450)
    assert [(one.code, one.level, one.minutes, one.total) for one in record.competences] == [
        ("C6", 2, {2027: 150}, 150),
        ("C11", 3, {2027: 60}, 60),
    ]


def test_what_was_revoked_or_is_no_attendance_counts_nothing(three):
    three[0].revoked_at = three[0].issued_at
    three[1].kind = Certificate.Kind.TEACHING
    assert record_of(three).minutes == {2026: 300}


def test_a_participants_own_page_says_that_the_certificate_was_revoked(client, anas, olga):
    path = self_service_path(anas.registration)
    assert "Your certificate is issued." in client.get(path).content.decode()
    actions.revoke(certificate=anas, reason="Wrong person", by=olga)
    page = client.get(path).content.decode()
    assert "Your certificate was revoked by the organising centre and is no longer valid." in page
    assert ("You have all that the certificate needs." in page, "Wrong person" in page) == (False, False)


def test_an_event_counts_once_though_it_brought_two_kinds(three):
    three[1].registration_id = three[0].registration_id
    three[1].kind = Certificate.Kind.ACHIEVEMENT
    assert record_of(three).minutes == {2027: 90, 2026: 300}


def test_the_page_lists_all_centres_certificates_and_the_hours(mine, three):
    text = mine.get("/my/certificates/").content.decode()
    for certificate in three:
        assert text.count(f'href="/my/certificates/{certificate.number}.pdf"') == 1
    assert text.count("Add to LinkedIn") == 3
    assert text.count("7 h 30 min") == 1  # all events together
    assert text.count("C11 Market analysis and market engagement") == 1


def test_an_expired_one_says_so_and_a_revoked_one_has_no_file(mine, three, sara):
    first, second, _third = three
    first.valid_until = first.issued_at.date() - timedelta(days=400)
    first.save()
    actions.revoke(certificate=second, reason="By mistake", by=sara)
    text = mine.get("/my/certificates/").content.decode()
    assert (text.count("Time is over"), text.count(">Revoked<")) == (1, 1)
    assert f'href="/my/certificates/{second.number}.pdf"' not in text
    assert "By mistake" not in text


def test_the_holder_chooses_what_others_are_told(mine, three):
    certificate = three[0]
    answer = mine.post(f"/my/certificates/{certificate.number}/disclosure/", {"disclosure": "initials"}, follow=True)
    assert answer.content.decode().count("From now on, who checks it is told: My initials") == 1
    certificate.refresh_from_db()
    assert certificate.disclosure == "initials"
    answer = mine.post(f"/my/certificates/{certificate.number}/disclosure/", {"disclosure": "all"}, follow=True)
    assert answer.content.decode().count("Choose one of the three.") == 1


def test_of_others_certificates_nothing_is_found(client, three, ben):
    client.force_login(ben)
    assert three[0].number not in client.get("/my/certificates/").content.decode()
    assert client.post(f"/my/certificates/{three[0].number}/disclosure/", {"disclosure": "name"}).status_code == 404


def test_the_page_asks_the_database_as_often_for_three_as_for_one(mine, ana, centre, three):
    for_three = count_queries(mine, "/my/certificates/")
    Certificate.objects.exclude(pk=three[0].pk).delete()
    assert count_queries(mine, "/my/certificates/") == for_three <= 6
