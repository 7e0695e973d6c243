"""The register of certificates at the desk: issue one, issue all, revoke, issue anew, take them all away."""

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone

from events.attendance.models import AttendanceRecord
from events.certificates.models import Certificate, IssueRun
from events.programme.models import Event, Session
from tests import factories
from tests.queries import count_queries


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def over(centre, ana, ben):
    """A training that is over: Ana was there, Ben was not."""
    start = timezone.now() - timedelta(days=9)
    event = factories.EventFactory(organising_centre=centre, slug="over", state="finished", starts_at=start)
    came, stayed_away = (factories.RegistrationFactory(event=event, person=person, state="confirmed") for person in (ana, ben))
    AttendanceRecord.objects.create(registration=came, session=event.sessions.get(), checked_in_at=start)
    return event, came, stayed_away


def at(name, **more):
    return reverse(f"desk_{name}", kwargs={"slug": "over", **more})


def register(response):
    return [(line.registration.person.name, line.state) for line in response.context["lines"]]


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_the_register_says_who_earned_one_and_why_others_did_not(desk, over):
    response = desk.get(at("certificates"))
    assert register(response) == [("Ana Procurer", "due"), ("Ben Buyer", "not-earned")]
    assert "Attended 0 % of the hours; a certificate needs 80 %." in response.content.decode()
    assert desk.get(at("hours_of", registration=over[2].pk)).status_code == 200
    assert f'<a href="{at("hours_of", registration=over[2].pk)}">0 / 1<' in response.content.decode()


def test_one_is_issued_revoked_and_issued_anew(desk, over):
    _event, came, _other = over
    page = desk.post(at("issue", registration=came.pk), follow=True)
    first = Certificate.objects.get()
    assert register(page)[0] == ("Ana Procurer", "valid")
    assert said(page) == [f"Ana Procurer has the certificate {first.register_number} and is told so."]

    no_reason = desk.post(at("reissue", number=first.number), {"reason": " "})
    assert (no_reason.status_code, list(no_reason.context["form"].errors)) == (400, ["reason"])
    desk.post(at("reissue", number=first.number), {"reason": "Name was misspelt"})
    second = Certificate.objects.get(replaces=first)

    desk.post(at("revoke", number=second.number), {"reason": "Issued by mistake"})
    assert register(desk.get(at("certificates")))[0] == ("Ana Procurer", "revoked")
    assert Certificate.objects.get(pk=second.pk).revocation_reason == "Issued by mistake"


def test_what_is_no_longer_earned_is_to_be_revoked_and_not_issued_anew(desk, over):
    event, came, _stayed_away = over
    desk.post(at("issue", registration=came.pk))
    AttendanceRecord.objects.all().delete()
    page = desk.get(at("certificates"))
    line = page.context["lines"][0]
    assert (line.state, line.outdated, line.is_renewable) == ("valid", True, False)
    assert line.why_not == "Attended 0 % of the hours; a certificate needs 80 %."
    assert (page.context["outdated"], page.context["unfounded"]) == (0, 1)
    number = Certificate.objects.get().number
    said_there = page.content.decode()
    assert (at("revoke", number=number) in said_there, at("reissue", number=number) in said_there) == (True, False)
    asked = desk.post(at("issue_all"), {"anew": "1", "reason": "Hours corrected"}, follow=True)
    assert said(asked) == ["Everybody who earned a certificate has one."]
    assert not IssueRun.objects.filter(event=event).exists()


def test_whoever_did_not_earn_one_gets_none(desk, over):
    _event, _came, stayed_away = over
    page = desk.post(at("issue", registration=stayed_away.pk), follow=True)
    assert said(page) == ["Ben Buyer: Attended 0 % of the hours; a certificate needs 80 %."]
    assert Certificate.objects.count() == 0


def test_all_are_issued_by_the_worker_and_the_page_follows_it(desk, over):
    event, *_ = over
    page = desk.post(at("issue_all"), follow=True)
    assert said(page) == ["1 certificate is being issued."]
    assert page.context["progress"].running is True
    part = desk.get(at("certificates") + "?part=progress")
    assert "0 of 1" in part.content.decode()
    assert "HX-Refresh" not in part.headers
    IssueRun.objects.filter(event=event).update(ended_at=timezone.now(), done=1)
    assert desk.get(at("certificates") + "?part=progress").headers["HX-Refresh"] == "true"


def test_nothing_to_issue_is_said(desk, over):
    AttendanceRecord.objects.all().delete()
    assert said(desk.post(at("issue_all"), follow=True)) == ["Everybody who earned a certificate has one."]


def test_all_in_one_archive(desk, over):
    desk.post(at("issue", registration=over[1].pk))
    response = desk.get(at("certificates_archive"))
    with zipfile.ZipFile(BytesIO(b"".join(response.streaming_content))) as archive:
        certificate = Certificate.objects.get()
        assert archive.namelist() == ["register.csv", f"AT-TEST-{certificate.year}-{certificate.serial} Ana Procurer.pdf"]


def test_a_certificate_of_another_event_is_not_found(desk, over, training, ana):
    other = factories.RegistrationFactory(event=training, person=ana, state="confirmed")
    assert desk.post(at("issue", registration=other.pk)).status_code == 404
    assert desk.get(at("revoke", number="7Q2K-0F5M-XW3R-9TBA-C")).status_code == 404


def test_the_register_asks_the_database_as_often_for_three_people_as_for_one(desk, over):
    for_two = count_queries(desk, at("certificates"))
    factories.RegistrationFactory(event=over[0], state="confirmed")
    factories.RegistrationFactory(event=over[0], state="confirmed")
    assert count_queries(desk, at("certificates")) == for_two <= 16


def next_steps(response):
    return {event.slug: [(step.text, step.url) for step in found] for event, found in response.context["page"].object_list}


def test_the_list_of_events_asks_for_certificates_until_everybody_who_earned_one_has_one(desk, over, cleo):
    event, came, _stayed_away = over
    late = factories.RegistrationFactory(event=event, person=cleo, state="confirmed")
    Event.objects.filter(pk=event.pk).update(places_taken=3)
    AttendanceRecord.objects.create(registration=late, session=event.sessions.get(), checked_in_at=event.starts_at)
    to_issue = {"over": [("Issue certificates", at("certificates"))]}
    assert next_steps(desk.get("/desk/?tab=past")) == to_issue
    desk.post(at("issue", registration=came.pk))
    assert next_steps(desk.get("/desk/?tab=past")) == to_issue  # Cleo's is due still
    desk.post(at("issue", registration=late.pk))
    assert next_steps(desk.get("/desk/?tab=past")) == {"over": []}
    desk.post(at("revoke", number=late.certificates.get().number), {"reason": "Left early"})
    assert next_steps(desk.get("/desk/?tab=past")) == {"over": []}  # revoked on purpose: nothing waits


def test_nobody_who_came_too_little_is_waited_for(desk, over):
    event, came, _stayed_away = over
    Event.objects.filter(pk=event.pk).update(places_taken=2)
    longer = Session.objects.create(
        event=event,
        starts_at=event.ends_at,
        ends_at=event.ends_at + timedelta(hours=9),
        first_day=event.first_day,
        last_day=event.last_day,
    )
    assert next_steps(desk.get("/desk/?tab=past")) == {"over": []}
    AttendanceRecord.objects.create(registration=came, session=longer, checked_in_at=event.ends_at)
    assert next_steps(desk.get("/desk/?tab=past")) == {"over": [("Issue certificates", at("certificates"))]}


def test_the_list_asks_the_database_as_often_for_three_events_with_certificates_due_as_for_one(desk, over, centre, ana, ben):
    event, _came, _stayed_away = over
    Event.objects.filter(pk=event.pk).update(places_taken=2)
    for_one = count_queries(desk, "/desk/?tab=past")
    for number in range(2):
        another = factories.EventFactory(organising_centre=centre, state="finished", starts_at=event.starts_at, places_taken=2)
        for person in (ana, ben):
            registration = factories.RegistrationFactory(event=another, person=person, state="confirmed")
            AttendanceRecord.objects.create(
                registration=registration, session=another.sessions.get(), checked_in_at=another.starts_at
            )
        assert len(next_steps(desk.get("/desk/?tab=past"))) == number + 2
    assert count_queries(desk, "/desk/?tab=past") == for_one <= 17
