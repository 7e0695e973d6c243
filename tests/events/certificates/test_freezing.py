"""Many at once, and one in the place of another: printed before the lock, written only if it is still true, without gaps."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from events.certificates import queries
from events.certificates.issuing import actions, running
from events.certificates.issuing.freezing import ATTEMPTS, NotEarned, Wish, freeze
from events.certificates.issuing.making import Maker
from events.certificates.models import Assessment, Certificate, IssueRun, Recognition
from events.paper.fonts import CannotPrint
from network.errors import Invalid
from network.models import Person
from tests import factories

Kind = Certificate.Kind


class Interrupted(Maker):
    """A maker that lets something happen after it has printed, as long as something is left to happen."""

    def __init__(self, centre, *happenings):
        super().__init__(centre)
        self.happenings = list(happenings)
        self.batches = []

    def make(self, facts, grounds):
        self.batches.append(len(facts))
        yield from super().make(facts, grounds)
        if self.happenings:
            self.happenings.pop(0)()


@pytest.fixture
def five(came):
    """Five who came, in the order of their names."""
    return [came(factories.PersonFactory(name=f"Person {letter}")) for letter in "ABCDE"]


def wishes(registrations):
    return [Wish(kind=Kind.ATTENDANCE, registration=registration.pk) for registration in registrations]


def rename(registration, name):
    return lambda: Person.objects.filter(pk=registration.person_id).update(name=name)


def the_register():
    return list(Certificate.objects.order_by("serial").values_list("serial", "facts__register__serial", "facts__holder__name"))


def test_a_batch_takes_numbers_in_a_row(course, five, olga, centre):
    outcomes = freeze(wishes(five), event=course, by=olga, maker=Maker(centre))
    assert [outcome.serial for outcome in outcomes] == [1, 2, 3, 4, 5]
    assert the_register() == [(n, n, f"Person {letter}") for n, letter in enumerate("ABCDE", start=1)]


def test_who_cannot_have_one_leaves_no_gap_and_hears_why(course, five, came, cleo, olga, centre):
    rename(five[1], "Person 山")()
    cleos = came(cleo, 1)
    outcomes = freeze(wishes([*five[:2], cleos, *five[2:]]), event=course, by=olga, maker=Maker(centre))
    assert [type(outcome) for outcome in outcomes] == [Certificate, CannotPrint, NotEarned, *[Certificate] * 3]
    assert [number for number, _facts, _name in the_register()] == [1, 2, 3, 4]


def test_a_name_that_changes_while_it_is_printed_is_printed_anew_with_those_after_it(course, five, olga, centre):
    maker = Interrupted(centre, rename(five[2], "Person New"))
    freeze(wishes(five), event=course, by=olga, maker=maker)
    assert maker.batches == [5, 3]  # the first two were true, and written
    assert [name for _number, _facts, name in the_register()] == ["Person A", "Person B", "Person New", "Person D", "Person E"]


def test_numbers_that_others_take_meanwhile_are_not_used_twice(course, five, came, ana, olga, centre):
    registration = came(ana)
    maker = Interrupted(centre, lambda: actions.issue(registration=registration, by=olga))
    outcomes = freeze(wishes(five), event=course, by=olga, maker=maker)
    assert maker.batches == [5, 5]
    assert [outcome.serial for outcome in outcomes] == [2, 3, 4, 5, 6]
    assert all(number == printed for number, printed, _name in the_register())


def test_one_that_another_worker_issues_meanwhile_is_not_issued_twice(course, five, olga, centre):
    maker = Interrupted(centre, lambda: actions.issue(registration=five[0], by=olga))
    outcomes = freeze(wishes(five), event=course, by=olga, maker=maker)
    assert outcomes[0] == Certificate.objects.get(registration=five[0])
    assert Certificate.objects.count() == 5


def test_however_often_it_changes_the_last_attempt_is_under_the_lock(course, five, olga, centre):
    changes = [rename(five[0], f"Person {number}") for number in range(ATTEMPTS - 1)]
    maker = Interrupted(centre, *changes)
    outcomes = freeze(wishes(five), event=course, by=olga, maker=maker)
    assert maker.batches == [5, 5, 5, 1, 1, 1, 1, 1]
    assert outcomes[0].facts["holder"]["name"] == f"Person {ATTEMPTS - 2}"
    assert [number for number, _facts, _name in the_register()] == [1, 2, 3, 4, 5]


def test_who_is_unregistered_while_it_is_printed_gets_none(course, five, olga, centre):
    def cancel():
        five[1].state = "cancelled"
        five[1].save()

    outcomes = freeze(wishes(five), event=course, by=olga, maker=Interrupted(centre, cancel))
    assert isinstance(outcomes[1], NotEarned)
    assert [name for _number, _facts, name in the_register()] == ["Person A", "Person C", "Person D", "Person E"]


# --- Kinds --------------------------------------------------------------------------------------------------------------------


def test_who_passed_an_assessment_is_due_a_certificate_of_achievement(course, came, ana, olga, worker):
    registration = came(ana)
    Assessment.objects.create(
        registration=registration,
        method="test",
        passed=True,
        grade="good",
        assessed_on=course.first_day,
        assessor="Tora Trainer",
    )
    assert [(line.ground.kind, line.state) for line in queries.register_of(course)] == [("achievement", "due")]
    actions.issue_all(event=course, by=olga)
    worker()
    certificate = Certificate.objects.get()
    assert (certificate.kind, certificate.facts["assessed"]["grade"]) == ("achievement", "good")


def test_without_an_assessment_that_was_passed_there_is_none(course, came, ana, olga):
    registration = came(ana)
    for passed in (None, False):
        if passed is False:
            Assessment.objects.create(
                registration=registration, method="oral", passed=False, assessed_on=course.first_day, assessor="Tora Trainer"
            )
        with pytest.raises(NotEarned, match="No assessment was passed"):
            actions.issue(registration=registration, by=olga, kind=Kind.ACHIEVEMENT)
    assert actions.issue(registration=registration, by=olga).kind == "attendance"


def test_who_passes_later_has_both(course, came, ana, olga):
    registration = came(ana)
    first = actions.issue(registration=registration, by=olga)
    Assessment.objects.create(
        registration=registration, method="test", passed=True, assessed_on=course.first_day, assessor="Tora Trainer"
    )
    second = actions.issue(registration=registration, by=olga, kind=Kind.ACHIEVEMENT)
    assert (first.kind, second.kind, second.replaces) == ("attendance", "achievement", None)
    assert [(line.ground.kind, line.state) for line in queries.register_of(course)] == [
        ("achievement", "valid"),
        ("attendance", "valid"),
    ]


def test_a_recognition_is_certified_once(course, olga):
    recognition = Recognition.objects.create(event=course, kind="hosting", name="City of Testing", language="de")
    certificate = actions.issue_recognition(recognition=recognition, by=olga)
    assert (certificate.kind, certificate.language, certificate.facts["attendance"]) == ("hosting", "de", None)
    assert actions.issue_recognition(recognition=recognition, by=olga) == certificate
    recognition.subject = "Two days at the hospital"
    recognition.save()
    (line,) = queries.register_of(course)
    assert (line.state, line.outdated) == ("valid", True)
    newer = actions.reissue(certificate=certificate, reason="The subject was missing", by=olga)
    assert (newer.replaces, newer.facts["recognition"]["subject"]) == (certificate, "Two days at the hospital")


# --- Runs ---------------------------------------------------------------------------------------------------------------------


def test_what_changed_since_is_issued_anew_together(course, five, olga, worker):
    actions.issue_all(event=course, by=olga)
    worker()
    for registration in five[:2]:
        rename(registration, "New Name")()
    assert actions.issue_all(event=course, by=olga) == 0  # not without a reason
    assert actions.issue_all(event=course, by=olga, anew_because="The names were wrong") == 2
    worker()
    revoked = Certificate.objects.filter(revoked_at__isnull=False)
    assert sorted(revoked.values_list("registration", "revocation_reason")) == [
        (registration.pk, "The names were wrong") for registration in five[:2]
    ]
    assert all(certificate.replaced_by.facts["holder"]["name"] == "New Name" for certificate in revoked)
    assert not any(line.outdated for line in queries.register_of(course))


def test_issuing_anew_looks_for_what_is_replaced_once_for_all(course, five, olga, centre):
    first = freeze(wishes(five), event=course, by=olga, maker=Maker(centre))

    def reads(some):
        anew = [Wish(kind=Kind.ATTENDANCE, registration=one.registration_id, replaces=one.pk) for one in some]
        with CaptureQueriesContext(connection) as queries:
            freeze(anew, event=course, by=olga, maker=Maker(centre), reason="The names were wrong")
        return sum('LEFT OUTER JOIN "events_certificate"' in query["sql"] for query in queries)

    # Twice: before the printing, and under the lock.
    assert (reads(first[:1]), reads(first[2:])) == (2, 2)


def test_the_reason_has_a_limit(course, five, olga):
    with pytest.raises(Invalid):
        actions.issue_all(event=course, by=olga, anew_because="x" * 301)


def queued():
    return DBTaskResult.objects.count()


def test_a_run_whose_worker_was_killed_is_taken_up_again_once(course, five, olga, worker):
    long_ago = timezone.now() - timedelta(minutes=10)
    IssueRun.objects.create(event=course, asked_by=olga, asked_at=long_ago, beat_at=long_ago, total=5, done=2)
    actions.issue(registration=five[0], by=olga)
    assert (actions.resume_lost_runs(), queued()) == (1, 1)
    assert (actions.resume_lost_runs(), queued()) == (0, 1)
    worker()
    assert (Certificate.objects.count(), queries.progress_of(course).running) == (5, False)
    assert actions.resume_lost_runs() == 0


def test_a_run_of_somebody_who_may_no_longer_issue_ends_and_others_can_ask(course, five, olga, carl, worker):
    long_ago = timezone.now() - timedelta(minutes=10)
    IssueRun.objects.create(event=course, asked_by=olga, asked_at=long_ago, beat_at=long_ago, total=5, done=2)
    olga.roles.all().delete()
    assert actions.resume_lost_runs() == 1
    worker()
    run = IssueRun.objects.get()
    assert (Certificate.objects.count(), run.ended_at is not None, run.problem) == (0, True, "You may not do this.")
    assert actions.resume_lost_runs() == 0
    assert actions.issue_all(event=course, by=carl) == 5
    worker()
    assert Certificate.objects.count() == 5


def test_a_run_proves_that_it_lives_while_a_chunk_is_printed(course, five, olga, centre, monkeypatch):
    printed = []
    freeze(
        wishes(five[:2]), event=course, by=olga, maker=Maker(centre, beat=lambda: printed.append(Certificate.objects.count()))
    )
    assert printed == [0, 0]  # before anything of the chunk is in the register
    IssueRun.objects.create(event=course, asked_by=olga, asked_at=timezone.now(), total=3)
    monkeypatch.setattr(running, "BEAT_EVERY", 0.0)
    with CaptureQueriesContext(connection) as asked:
        assert actions.issue_due(event=course, by=olga) == 3
    beats = [query for query in asked.captured_queries if query["sql"].startswith('UPDATE "events_issuerun" SET "beat_at"')]
    assert len(beats) == 1 + 1 + 3 + 1  # taken, begun, each certificate, the chunk


def test_a_run_that_nobody_took_is_asked_for_again_in_time(course, five, olga):
    asked = timezone.now() - timedelta(minutes=1)
    run = IssueRun.objects.create(event=course, asked_by=olga, asked_at=asked, total=5)
    assert actions.resume_lost_runs() == 0  # the worker may be busy
    IssueRun.objects.filter(pk=run.pk).update(asked_at=asked - timedelta(minutes=5))
    assert actions.resume_lost_runs() == 1


def test_a_run_that_lives_is_left_alone(course, five, olga):
    now = timezone.now()
    IssueRun.objects.create(event=course, asked_by=olga, asked_at=now - timedelta(hours=1), beat_at=now, total=5)
    assert actions.resume_lost_runs() == 0


def test_an_error_of_ours_ends_the_run_and_is_said(course, five, olga, monkeypatch):
    actions.issue_all(event=course, by=olga)
    monkeypatch.setattr(Maker, "make", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        actions.issue_due(event=course, by=olga)
    progress = queries.progress_of(course)
    assert (progress.running, progress.run.problem[:36]) == (False, "An error of this site stopped it. As")
