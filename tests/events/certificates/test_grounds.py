"""What certificates stand on besides attendance: results of assessments, and parts that people had in an event."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from events.certificates.grounds.assessing import CannotAssess, Result, record_assessments
from events.certificates.grounds.recognising import (
    HasCertificate,
    Part,
    change_recognition,
    recognise,
    recognise_all,
    remove_recognition,
)
from events.certificates.grounds.suggesting import suggestions_of
from events.certificates.issuing.actions import issue, issue_recognition
from events.certificates.models import Assessment, Certificate, Recognition
from events.certificates.queries import register_of
from events.programme.models import Event, Session, Speaker
from network.errors import Invalid, NotAllowed
from tests import factories
from tests.queries import count_queries

Kind = Certificate.Kind


def today(event):
    return timezone.now().date()


def result(registration, event, **changes):
    said = {"method": "test", "passed": True, "assessed_on": today(event), "assessor": "Dr. Eva Exam"}
    return Result(registration=registration.pk, **{**said, **changes})


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def said(page):
    return [str(message) for message in page.context["messages"]]


# --- assessments ---


def test_who_passed_is_due_a_certificate_of_achievement(course, came, ana, ben, olga):
    anas, bens = came(ana), came(ben)
    counts = record_assessments(
        event=course, results=[result(anas, course, grade="1,3"), result(bens, course, passed=False)], by=olga
    )
    assert counts == (2, 0)
    assert {(line.ground.holder, line.ground.kind, line.state) for line in register_of(course)} == {
        ("Ana Procurer", Kind.ACHIEVEMENT, "due"),
        ("Ben Buyer", Kind.ATTENDANCE, "due"),
    }


def test_a_result_that_says_the_same_stays_untouched_and_changes_are_journalled(course, came, ana, olga, carl):
    anas = came(ana)
    record_assessments(event=course, results=[result(anas, course)], by=olga)
    assert record_assessments(event=course, results=[result(anas, course)], by=carl) == (0, 0)
    assessment = Assessment.objects.get()
    assert assessment.recorded_by == olga
    record_assessments(event=course, results=[result(anas, course, grade="A")], by=carl)
    entry = LogEntry.objects.get_for_object(assessment).order_by("-pk").first()
    assert (entry.actor, entry.changes["grade"]) == (carl, ["", "A"])


def test_a_change_after_the_certificate_makes_it_out_of_date(course, came, ana, olga):
    anas = came(ana)
    record_assessments(event=course, results=[result(anas, course)], by=olga)
    certificate = issue(registration=anas, kind=Kind.ACHIEVEMENT, by=olga)
    assert [line.outdated for line in register_of(course)] == [False]
    record_assessments(event=course, results=[result(anas, course, grade="A")], by=olga)
    assert [(line.certificate, line.outdated) for line in register_of(course)] == [(certificate, True)]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"method": "guess"}, {"method": ["Choose how it was assessed."]}),
        ({"assessor": " "}, {"assessor": ["Name who assessed it. It stands on the certificate."]}),
        ({"grade": "x" * 61}, {"grade": ["Use at most 60 characters."]}),
        ({"assessed_on": timezone.now().date() + timedelta(days=2)}, {"assessed_on": ["This day is still to come."]}),
        ({"assessed_on": timezone.now().date() - timedelta(days=9)}, {"assessed_on": ["This is before the event began."]}),
    ],
)
def test_a_result_that_makes_no_sense_is_refused_and_nothing_is_written(course, came, ana, ben, olga, changes, errors):
    anas, bens = came(ana), came(ben)
    with pytest.raises(Invalid) as problem:
        record_assessments(event=course, results=[result(bens, course), result(anas, course, **changes)], by=olga)
    assert problem.value.errors == {f"results.1.{name}": messages for name, messages in errors.items()}
    assert Assessment.objects.count() == 0


def test_only_participants_with_a_place_at_this_event_are_assessed(course, came, ana, ben, olga):
    waiting = factories.RegistrationFactory(event=course, person=ana, state="pending")
    elsewhere = factories.RegistrationFactory(person=ben, state="confirmed")
    for registration in (waiting, elsewhere):
        with pytest.raises(Invalid) as problem:
            record_assessments(event=course, results=[result(registration, course)], by=olga)
        assert problem.value.errors == {
            "results.0.registration": ["Only participants of this event with a confirmed place can be assessed."]
        }


def test_nobody_is_assessed_before_the_event_begins_or_by_a_stranger(course, came, ana, olga, mia):
    anas = came(ana)
    with pytest.raises(NotAllowed):
        record_assessments(event=course, results=[result(anas, course)], by=mia)
    Event.objects.update(starts_at=timezone.now() + timedelta(hours=1), ends_at=timezone.now() + timedelta(hours=2))
    course.refresh_from_db()
    with pytest.raises(CannotAssess):
        record_assessments(event=course, results=[result(anas, course)], by=olga)


def sheet(course, rows, **how):
    """What the page of results sends."""
    facts = {"method": "oral", "assessed_on": f"{today(course)}", "assessor": "Board"}
    return {**facts, **how, **{f"{name}-{row.pk}": value for row, values in rows.items() for name, value in values.items()}}


def test_the_desk_records_a_whole_list_at_once(desk, course, came, ana, ben, cleo):
    anas, bens, cleos = came(ana), came(ben), came(cleo)
    address = reverse("desk_assessments", args=[course.slug])
    rows = {
        anas: {"was": "|", "result": "passed", "grade": "1"},
        bens: {"was": "|", "result": "failed", "grade": ""},
        cleos: {"was": "|", "result": "", "grade": ""},
    }
    assert said(desk.post(address, sheet(course, rows, supervised="on"), follow=True)) == ["2 results are recorded."]
    assert list(
        Assessment.objects.order_by("registration__person__name").values_list(
            "registration__person__name", "passed", "grade", "method", "assessor", "supervised"
        )
    ) == [("Ana Procurer", True, "1", "oral", "Board", True), ("Ben Buyer", False, "", "oral", "Board", True)]


def test_only_rows_that_were_changed_are_recorded(desk, course, came, ana, ben, olga):
    anas, bens = came(ana), came(ben)
    address = reverse("desk_assessments", args=[course.slug])
    record_assessments(event=course, results=[result(anas, course), result(bens, course)], by=olga)
    rows = {anas: {"was": "passed|", "result": "passed", "grade": ""}, bens: {"was": "passed|", "result": "", "grade": ""}}
    assert said(desk.post(address, sheet(course, rows), follow=True)) == ["1 result is taken back."]
    assert list(Assessment.objects.values_list("registration", "method")) == [(anas.pk, "test")]
    rows = {anas: {"was": "passed|", "result": "passed", "grade": ""}}
    assert said(desk.post(address, sheet(course, rows), follow=True)) == ["Nothing was changed."]
    assert said(desk.post(address, sheet(course, rows, renew="on"), follow=True)) == ["1 result is recorded."]
    assert list(Assessment.objects.values_list("registration", "method")) == [(anas.pk, "oral")]


def test_what_a_colleague_recorded_meanwhile_is_not_taken_back_unseen(desk, course, came, ana, ben, carl):
    anas, bens = came(ana), came(ben)
    rows = {anas: {"was": "|", "result": "", "grade": ""}, bens: {"was": "|", "result": "passed", "grade": ""}}
    record_assessments(event=course, results=[result(anas, course)], by=carl)
    page = desk.post(reverse("desk_assessments", args=[course.slug]), sheet(course, rows), follow=True)
    assert said(page) == ["1 result is recorded."]
    assert set(Assessment.objects.values_list("registration", "method")) == {(anas.pk, "test"), (bens.pk, "oral")}


def test_what_is_wrong_is_told_at_its_place_and_what_was_typed_stays(desk, course, came, ana, ben):
    anas, bens = came(ana), came(ben)
    address = reverse("desk_assessments", args=[course.slug])
    rows = {anas: {"was": "|", "result": "passed", "grade": "1"}, bens: {"was": "|", "result": "", "grade": "2"}}
    page = desk.post(address, sheet(course, rows, assessor=""))
    assert page.status_code == 400
    assert [(row.registration, row.errors) for row in page.context["wrong"]] == [
        (bens, ["A grade belongs to a result: choose one."])
    ]
    assert page.context["form"].errors == {"assessor": ["This field is required."]}
    assert [(row.result, row.grade) for row in page.context["rows"]] == [("passed", "1"), ("", "2")]
    assert Assessment.objects.count() == 0


def test_programs_record_read_and_take_back(api, course, came, ana, olga):
    anas = came(ana)
    api.force_authenticate(olga)
    address = f"/api/v1/events/{course.slug}/assessments/"
    one = {"registration": anas.pk, "method": "test", "passed": True, "assessed_on": f"{today(course)}", "assessor": "Board"}
    assert api.post(address, {"results": [one]}, format="json").json() == {"changed": 1}
    assert api.get(address).json() == [{**one, "grade": "", "supervised": False}]
    wrong = api.post(address, {"results": [{**one, "assessed_on": "2001-01-01"}]}, format="json").json()
    assert wrong["errors"] == {"results.0.assessed_on": ["This is before the event began."]}
    assert api.delete(f"{address}{anas.pk}/").status_code == 204
    assert api.get(address).json() == []


# --- recognitions ---


@pytest.fixture
def speakers(course, ana):
    """Ana (who has an account) teaches twice; Nikos speaks; somebody moderates."""
    first, second = course.sessions.order_by("starts_at")
    Session.objects.filter(pk=first.pk).update(title="Needs")
    Session.objects.filter(pk=second.pk).update(title="Market")
    for session in (first, second):
        Speaker.objects.create(session=session, name="Ana Procurer", part="trainer", person=ana, affiliation="City of Graz")
    Speaker.objects.create(session=first, name="Νίκος  Παπαδόπουλος", affiliation="ΕΑΑΔΗΣΥ")
    Speaker.objects.create(session=first, name="Mo Moderator", part="moderator")


def test_the_programme_suggests_who_spoke_and_who_taught(course, speakers, ana):
    assert [one.part for one in suggestions_of(course)] == [
        Part("teaching", "Ana Procurer", "City of Graz", "Needs; Market", 240, person=ana),
        Part("speaking", "Νίκος Παπαδόπουλος", "ΕΑΑΔΗΣΥ", "Needs", 180),
    ]


def test_a_visit_suggests_its_hosts(centre, other_centre):
    visit = factories.EventFactory(organising_centre=centre, kind="visit", title="Visit to Vienna")
    visit.co_organisers.add(other_centre)
    assert [one.part for one in suggestions_of(visit)] == [
        Part("hosting", centre.name, subject="Visit to Vienna"),
        Part("hosting", other_centre.name, subject="Visit to Vienna"),
    ]


def test_subjects_that_are_too_long_end_with_a_whole_title(course):
    session = course.sessions.first()
    for number in range(4):
        more = Session.objects.create(
            event=course,
            title=f"{number}" * 140,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            first_day=session.first_day,
            last_day=session.last_day,
        )
        Speaker.objects.create(session=more, name="Long Talker")
    (one,) = suggestions_of(course)
    assert one.part.subject == f"{'0' * 140}; {'1' * 140}"


def test_one_click_records_all_that_are_suggested_and_no_more(desk, course, speakers, ana):
    address = reverse("desk_recognitions", args=[course.slug])
    keys = [key for key, _part, _kind in desk.get(address).context["suggestions"]]
    page = desk.post(address, {"do": "suggested", "who": [*keys, "foreign"]}, follow=True)
    assert said(page) == ["2 people are recorded."]
    assert page.context["suggestions"] == []
    assert [(one.kind, one.name, one.person) for one in page.context["recognitions"]] == [
        ("speaking", "Νίκος Παπαδόπουλος", None),
        ("teaching", "Ana Procurer", ana),
    ]
    again = desk.post(address, {"do": "suggested", "who": keys}, follow=True)
    assert said(again) == ["Nobody was ticked, or they are recorded already."]


def test_finalists_and_winners_are_typed(desk, course):
    address = reverse("desk_recognitions", args=[course.slug])
    sent = {"kind": "winner", "name": " City of  Linz ", "subject": "Green buses", "minutes": "", "language": "de"}
    assert said(desk.post(address, sent, follow=True)) == ["City of Linz is recorded."]
    again = desk.post(address, sent)
    assert (again.status_code, again.context["form"].errors) == (400, {"name": ["This is recorded already."]})
    assert list(Recognition.objects.values_list("kind", "name", "subject", "minutes", "language")) == [
        ("winner", "City of Linz", "Green buses", None, "de")
    ]


@pytest.mark.parametrize(
    ("part", "errors"),
    [
        (Part("winner", " "), {"name": ["Give the name, as it shall stand on the certificate."]}),
        (Part("clown", "Bo"), {"kind": ["Choose what it was."]}),
        (Part("winner", "Bo", minutes=0), {"minutes": ["From 1 to 60000 minutes."]}),
        (Part("winner", "Bo", subject="x" * 301), {"subject": ["Use at most 300 characters."]}),
        (Part("winner", "Bo", language="tlh"), {"language": ["Certificates are written in: en, de."]}),
    ],
)
def test_what_cannot_be_recognised_is_named(course, olga, part, errors):
    with pytest.raises(Invalid) as problem:
        recognise_all(event=course, parts=[Part("winner", "City of Graz"), part], by=olga)
    assert problem.value.errors == errors
    assert Recognition.objects.count() == 0


def test_a_certificate_keeps_its_ground_and_a_change_makes_it_out_of_date(course, olga):
    recognition = recognise(event=course, part=Part("speaking", "Nicos P.", subject="Needs"), by=olga)
    certificate = issue_recognition(recognition=recognition, by=olga)
    with pytest.raises(HasCertificate):
        remove_recognition(recognition=recognition, by=olga)
    with pytest.raises(HasCertificate):
        change_recognition(recognition=recognition, part=Part("teaching", "Nicos P.", subject="Needs"), by=olga)
    change_recognition(recognition=recognition, part=Part("speaking", "Nicos Papas", subject="Needs"), by=olga)
    assert [(line.certificate, line.outdated) for line in register_of(course)] == [(certificate, True)]


def test_without_a_certificate_it_can_be_removed_and_become_another_kind(desk, course, olga, mia):
    recognition = recognise(event=course, part=Part("finalist", "City of Linz"), by=olga)
    with pytest.raises(NotAllowed):
        remove_recognition(recognition=recognition, by=mia)
    desk.post(reverse("desk_recognition", args=[course.slug, recognition.pk]), {"kind": "winner", "name": "City of Linz"})
    recognition.refresh_from_db()
    assert recognition.kind == "winner"
    page = desk.post(reverse("desk_recognition_remove", args=[course.slug, recognition.pk]), follow=True)
    assert said(page) == ["The change is saved.", "City of Linz is removed."]
    remove_recognition(recognition=recognition, by=olga)  # the second of two clicks
    assert Recognition.objects.count() == 0


def test_an_account_stays_with_the_recognition_unless_it_is_unticked(desk, course, speakers, ana, olga):
    (part,) = [one.part for one in suggestions_of(course) if one.part.person]
    recognition = recognise(event=course, part=part, by=olga)
    address = reverse("desk_recognition", args=[course.slug, recognition.pk])
    sent = {"kind": "teaching", "name": "Ana M. Procurer"}
    desk.post(address, {**sent, "keeps_person": "on"})
    assert Recognition.objects.get().person == ana
    desk.post(address, {**sent, "name": "Another Ana"})
    assert Recognition.objects.get().person is None


def test_programs_record_change_and_remove(api, course, speakers, olga):
    api.force_authenticate(olga)
    address = f"/api/v1/events/{course.slug}/recognitions/"
    assert [one["name"] for one in api.get(f"{address}suggestions/").json()] == ["Ana Procurer", "Νίκος Παπαδόπουλος"]
    made = api.post(address, {"kind": "winner", "name": "City of Linz", "minutes": 30}, format="json").json()
    key = made.pop("id")
    assert made == {
        "kind": "winner",
        "name": "City of Linz",
        "affiliation": "",
        "subject": "",
        "minutes": 30,
        "language": "",
        "has_account": False,
    }
    changed = api.put(f"{address}{key}/", {"kind": "finalist", "name": "City of Linz"}, format="json").json()
    assert (changed["kind"], changed["minutes"]) == ("finalist", None)
    assert api.delete(f"{address}{key}/").status_code == 204
    assert api.get(address).json() == []


def test_nothing_of_another_event_can_be_reached(desk, api, course, olga):
    other = Recognition.objects.create(event=factories.EventFactory(), kind="winner", name="City of Linz")
    assert desk.get(reverse("desk_recognition", args=[course.slug, other.pk])).status_code == 404
    assert desk.post(reverse("desk_recognition_remove", args=[course.slug, other.pk])).status_code == 404
    api.force_authenticate(olga)
    assert api.delete(f"/api/v1/events/{course.slug}/recognitions/{other.pk}/").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "desk_assessments",
        "desk_recognitions",
        "api-assessment-list",
        "api-recognition-list",
        "api-recognition-suggestions",
        "api-event-certificate-list",
    ],
)
def test_lists_ask_the_database_as_often_for_three_people_as_for_one(desk, course, came, olga, name):
    def another():
        person = factories.PersonFactory()
        record_assessments(event=course, results=[result(came(person), course)], by=olga)
        recognise(event=course, part=Part("winner", person.name), by=olga)
        Speaker.objects.create(session=course.sessions.first(), name=f"Speaker {person.name}", person=person)

    another()
    for_one = count_queries(desk, reverse(name, args=[course.slug]))
    another()
    another()
    assert count_queries(desk, reverse(name, args=[course.slug])) == for_one <= 15
