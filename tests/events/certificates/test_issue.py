"""Who gets a certificate, once, and what stays when it is corrected."""

import hashlib
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from auditlog.models import LogEntry
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from events.certificates import queries
from events.certificates.content.facts import EMPTY_LOOK
from events.certificates.issuing import actions, files, running
from events.certificates.issuing.actions import AlreadyReplaced, CannotPrint, NotEarned
from events.certificates.issuing.running import LostTurn, Turn
from events.certificates.models import Certificate, IssueRun
from events.certificates.numbers import parse
from events.certificates.printing import render
from events.certificates.printing.sheet import Sheet
from events.certificates.signals import certificate_issued
from events.programme.models import Event
from events.registrations.models import Registration
from network.errors import Invalid, NotAllowed
from network.models import Person
from network.stores import CannotKeep
from tests import factories
from tests.events.certificates.samples import printed

VIENNA = ZoneInfo("Europe/Vienna")  # the register's year is that of the centre's clock


@pytest.fixture
def heard():
    """The changes that were told."""
    changes = []

    def listen(change, **_kwargs):
        changes.append(("revoked" if change.revoked else "issued", change.certificate.number, change.replaced))

    certificate_issued.connect(listen, weak=False)
    yield changes
    certificate_issued.disconnect(listen)


def standings(event):
    return {line.registration.person.name: line.state for line in queries.register_of(event)}


def test_who_attended_gets_a_certificate_that_is_frozen(course, came, ana, olga, heard):
    certificate = actions.issue(registration=came(ana), by=olga)

    assert parse(certificate.number) == certificate.number
    assert certificate.register_number == f"AT-TEST {certificate.issued_at.astimezone(VIENNA).year}/1"
    assert (certificate.language, certificate.template, certificate.issued_by) == (
        "en",
        render.design_of(certificate.facts).template,
        olga,
    )
    content = files.read(certificate)
    assert content[:8] == b"%PDF-1.7"
    assert hashlib.sha256(content).hexdigest() == certificate.sha256
    assert certificate.file.name == f"certificates/{certificate.sha256[:2]}/{certificate.sha256}.pdf"
    assert printed(Certificate.objects.get(pk=certificate.pk).facts) == content
    assert set(certificate.software) == {"weasyprint", "fonttools", "segno", "pikepdf", "pyHanko", "PyLD"}
    assert heard == [("issued", certificate.number, False)]
    entry = LogEntry.objects.get_for_object(certificate).get()
    assert (entry.actor, entry.action) == (olga, LogEntry.Action.CREATE)


def test_the_facts_are_data_and_not_words(course, came, ana, olga):
    facts = actions.issue(registration=came(ana, 0), by=olga).facts
    issued_at = facts.pop("issued_at")
    assert issued_at[-6:] in {"+01:00", "+02:00"}  # the centre's own clock
    number = facts.pop("number")
    start = course.starts_at.astimezone().isoformat()[:10]
    hour = {"+01:00": 8, "+02:00": 9}[facts["event"]["starts"][-6:]]
    assert facts == {
        "version": 2,
        "kind": "attendance",
        "language": "en",
        "register": {"centre": "AT-TEST", "year": int(issued_at[:4]), "serial": 1},
        "verify": f"https://calendar.example/verify/{number}",
        "holder": {"name": "Ana Procurer"},
        "event": {
            "slug": "market-dialogue",
            "title": "Market dialogue in practice",
            "kind": "training",
            "format": "on-site",
            "city": "Vienna",
            "country": "AT",
            "languages": ["en", "de"],
            "interpretation": [],
            "timezone": "Europe/Vienna",
            "starts": f"{start}T{hour:02}:00{facts['event']['starts'][-6:]}",
            "ends": f"{start}T{hour + 4:02}:00{facts['event']['starts'][-6:]}",
        },
        "attendance": {"minutes": 240, "minutes_attended": 180, "sessions": 2, "sessions_attended": 1, "needed_share": 70},
        "organiser": {"code": "AT-TEST", "name": "Test centre AT-TEST", "country": "AT"},
        "co_organisers": [{"code": "DE-TEST", "name": "Test centre DE-TEST", "country": "DE"}],
        "competences": [{"code": "C6", "name": "Innovation procurement", "level": 3}],
        "outcomes": ["Plan a market consultation", "Write down what was heard"],
        "assessed": None,
        "recognition": None,
        "valid_until": None,
        "look": EMPTY_LOOK,
        "quality_assurance": "organiser",
        "funding": {
            "emblem_text": "Co-funded by the European Union",
            "programme": "Horizon Europe",
            "grant_number": "101000000",
            "disclaimer": "Views and opinions expressed are those of the authors only.",
        },
    }


def test_issuing_twice_returns_the_first(came, ana, olga, carl, heard):
    registration = came(ana)
    first = actions.issue(registration=registration, by=olga)
    assert actions.issue(registration=registration, by=carl, language="de") == first
    assert len(heard) == 1


def test_only_who_runs_the_event_or_the_secretariat_may_issue(came, ana, ben, otto, mia, olga, sara, centre):
    registration = came(ana)
    registration.event.co_organisers.clear()
    for stranger in (ana, ben, otto, mia):
        with pytest.raises(NotAllowed):
            actions.issue(registration=registration, by=stranger)
    assert actions.issue(registration=registration, by=sara).issued_by == sara


def test_a_co_organiser_may_issue(came, ana, otto):
    assert actions.issue(registration=came(ana), by=otto).centre.code == "AT-TEST"


@pytest.mark.parametrize(
    ("sessions", "message"),
    [
        ((1,), "Attended 25 % of the hours; a certificate needs 70 %."),
        (((),), "Attended 0 % of the hours; a certificate needs 70 %."),
    ],
)
def test_too_few_hours_earn_nothing(came, ana, olga, sessions, message):
    with pytest.raises(NotEarned) as refused:
        actions.issue(registration=came(ana, *sessions), by=olga)
    assert str(refused.value.message) == message


@pytest.mark.parametrize("name", ["", "\u200b\u2060 \u202e"], ids=["none", "invisible"])
def test_without_a_name_nothing_is_issued_and_no_address_is_printed(course, came, ana, olga, name):
    registration = came(ana)
    Person.objects.filter(pk=ana.pk).update(name=name)
    with pytest.raises(NotEarned) as refused:
        actions.issue(registration=Registration.objects.get(pk=registration.pk), by=olga)
    assert str(refused.value.message) == "No name is known that could stand on it."
    (line,) = queries.register_of(course)
    assert (line.state, line.why_not) == ("not-earned", "No name is known that could stand on it.")
    assert (queries.with_certificates_due([course]), actions.issue_all(event=course, by=olga)) == (set(), 0)


@pytest.mark.parametrize("state", [Event.State.CANCELLED, Event.State.POSTPONED, Event.State.DRAFT])
def test_what_did_not_take_place_earns_nothing(course, came, ana, olga, state):
    registration = came(ana)
    Event.objects.filter(pk=course.pk).update(state=state)
    with pytest.raises(NotEarned):
        actions.issue(registration=registration, by=olga)


def test_nothing_is_issued_before_the_end(course, came, ana, olga):
    registration = came(ana)
    Event.objects.filter(pk=course.pk).update(ends_at=timezone.now() + timedelta(minutes=1))
    with pytest.raises(NotEarned) as refused:
        actions.issue(registration=registration, by=olga)
    assert str(refused.value.message) == "The event is not over yet, or did not take place."


def test_it_is_written_in_the_persons_language_or_as_asked(came, ana, ben, cleo, olga):
    ana.language, ben.language = "de", "el"
    ana.save()
    ben.save()
    assert actions.issue(registration=came(ana), by=olga).language == "de"
    assert actions.issue(registration=came(ben), by=olga).language == "en"  # no Greek certificates yet
    assert actions.issue(registration=came(cleo), by=olga, language="de").language == "de"
    with pytest.raises(Invalid) as refused:
        actions.issue(registration=came(cleo), by=olga, language="xx")
    assert list(refused.value.errors) == ["language"]


def test_register_numbers_run_without_gaps_for_each_centre(course, came, ana, ben, cleo, olga, sara, other_centre):
    serials = [actions.issue(registration=came(person), by=olga).serial for person in (ana, ben)]
    elsewhere = factories.EventFactory(
        organising_centre=other_centre, starts_at=course.starts_at, ends_at=course.ends_at, first_day=course.first_day
    )
    assert actions.issue(registration=came(ana, event=elsewhere), by=sara).serial == 1
    assert [*serials, actions.issue(registration=came(cleo), by=olga).serial] == [1, 2, 3]


def test_a_register_number_is_never_used_twice(anas):
    twin = Certificate.objects.get(pk=anas.pk)
    twin.pk, twin.number, twin.revoked_at = None, "X", timezone.now()
    with pytest.raises(IntegrityError, match=r"register_number_used_once|centre_id, .*year, .*serial"), transaction.atomic():
        twin.save()


@pytest.mark.parametrize("name", ["Ana 山田", "Ana 🎉", "أنا محمد"])
def test_a_character_that_no_font_has_is_refused_by_name(course, came, ana, olga, name, heard):
    ana.name = name
    ana.save()
    with pytest.raises(CannotPrint) as refused:
        actions.issue(registration=came(ana), by=olga)
    wrong = next(character for character in name if ord(character) > 0x500)
    assert (refused.value.text, refused.value.character) == (name, wrong)
    assert f"“{wrong}” (U+{ord(wrong):04X}" in str(refused.value.message)
    assert (Certificate.objects.count(), heard) == (0, [])
    assert not default_storage.exists("certificates")


def test_a_revoked_certificate_stays_revoked_and_says_why_in_the_journal(anas, olga, carl, heard):
    revoked = actions.revoke(certificate=anas, reason="  Wrong   person ", by=olga)
    again = actions.revoke(certificate=anas, reason="Another reason", by=carl)
    assert (again.revoked_at, again.revocation_reason) == (revoked.revoked_at, "Wrong person")
    assert heard == [("revoked", anas.number, False)]
    entry = LogEntry.objects.get_for_object(anas).filter(action=LogEntry.Action.UPDATE).get()
    assert (entry.actor, entry.additional_data) == (olga, {"reason": "Wrong person"})


def test_a_reason_is_needed(anas, olga):
    for verb in (actions.revoke, actions.reissue):
        with pytest.raises(Invalid) as refused:
            verb(certificate=anas, reason=" \n", by=olga)
        assert list(refused.value.errors) == ["reason"]


def test_the_holder_may_not_revoke(anas, ana, mia):
    for person in (ana, mia):
        with pytest.raises(NotAllowed):
            actions.revoke(certificate=anas, reason="Mine", by=person)
        with pytest.raises(NotAllowed):
            actions.reissue(certificate=anas, reason="Mine", by=person)


def test_a_correction_revokes_and_issues_anew_with_a_link(anas, ana, olga, heard):
    ana.name = "Ana Procurer-Maier"
    ana.save()
    assert [line.outdated for line in queries.register_of(anas.event)] == [True]
    newer = actions.reissue(certificate=anas, reason="Name after marriage", by=olga)
    anas.refresh_from_db()
    assert (newer.replaces, anas.replaced_by, anas.revocation_reason) == (anas, newer, "Name after marriage")
    assert (anas.facts["holder"]["name"], newer.facts["holder"]["name"]) == ("Ana Procurer", "Ana Procurer-Maier")
    assert (newer.serial, newer.number != anas.number, newer.language) == (2, True, anas.language)
    assert heard == [("revoked", anas.number, True), ("issued", newer.number, False)]
    assert [line.outdated for line in queries.register_of(anas.event)] == [False]
    assert [*queries.of_person(ana)] == [newer]


def test_what_was_replaced_is_not_replaced_again(anas, olga):
    actions.reissue(certificate=anas, reason="Once", by=olga)
    with pytest.raises(AlreadyReplaced):
        actions.reissue(certificate=anas, reason="Twice", by=olga)
    assert Certificate.objects.count() == 2


def test_a_revoked_one_can_be_issued_anew_by_name(anas, olga):
    actions.revoke(certificate=anas, reason="By mistake", by=olga)
    newer = actions.reissue(certificate=anas, reason="It was right", by=olga)
    assert (newer.replaces, newer.revoked_at) == (anas, None)


def test_who_changes_while_it_is_printed_is_printed_as_they_are(came, ana, olga, monkeypatch):
    """The name changes between the printing and the lock: what is stored says the new name."""
    registration, names, really = came(ana), [], render.render

    def slow(sheet):
        names.append(sheet.facts["holder"]["name"])
        if len(names) == 1:
            type(ana).objects.filter(pk=ana.pk).update(name="Ana New")
        return really(sheet)

    monkeypatch.setattr(render, "render", slow)
    certificate = actions.issue(registration=registration, by=olga)
    assert names == ["Ana Procurer", "Ana New"]
    assert certificate.facts["holder"]["name"] == "Ana New"
    assert really(Sheet(certificate.facts)).pdf == files.read(certificate)


def test_all_are_issued_by_the_worker(course, came, ana, ben, cleo, mia, olga, worker, heard):
    ben.name = "Ben 山"
    ben.save()
    for person, *sessions in ((ana,), (ben,), (cleo, 1), (mia,)):
        came(person, *sessions)
    assert actions.issue_all(event=course, by=olga) == 2
    before = queries.progress_of(course)
    assert (before.valid, before.due, before.impossible, before.running) == (0, 2, 1, True)
    assert actions.issue_all(event=course, by=olga) == 2  # already asked for: not queued twice
    worker()
    after = queries.progress_of(course)
    assert (after.valid, after.due, after.impossible, after.running) == (2, 0, 1, False)
    assert standings(course) == {
        "Ana Procurer": "valid",
        "Ben 山": "cannot-print",
        "Cleo Contracts": "not-earned",
        "Mia Member": "valid",
    }
    run = IssueRun.objects.get()
    assert (run.total, run.done, run.asked_by) == (2, 2, olga)
    assert len(heard) == 2
    assert actions.issue_all(event=course, by=olga) == 0


def test_the_register_says_why_there_is_none(course, came, ana, ben, olga):
    ana.name = "Ana 山"
    ana.save()
    came(ana)
    came(ben, 1)
    why = {line.registration.person.name: line.why_not for line in queries.register_of(course)}
    assert why["Ana 山"].startswith("“Ana 山” cannot be printed: the certificate’s fonts have no “山” (U+5C71")
    assert why["Ben Buyer"] == "Attended 25 % of the hours; a certificate needs 70 %."


def test_a_title_that_cannot_be_printed_is_said_of_everybody(course, came, ana, olga):
    Event.objects.filter(pk=course.pk).update(title="Dialogue 🎉")
    course.refresh_from_db()
    came(ana)
    assert standings(course) == {"Ana Procurer": "cannot-print"}
    assert actions.issue_all(event=course, by=olga) == 0


def test_who_had_one_revoked_is_not_issued_one_with_all_others(course, came, anas, ben, olga, worker):
    actions.revoke(certificate=anas, reason="Wrong person", by=olga)
    came(ben)
    assert actions.issue_all(event=course, by=olga) == 1
    worker()
    assert standings(course) == {"Ana Procurer": "revoked", "Ben Buyer": "valid"}


def test_a_worker_that_died_does_not_block_the_next(course, came, ana, ben, olga, worker):
    came(ana)
    came(ben)
    long_ago = timezone.now() - timedelta(minutes=10)
    IssueRun.objects.create(event=course, asked_by=olga, asked_at=long_ago, beat_at=long_ago, total=3, done=1)
    assert actions.issue_all(event=course, by=olga) == 2
    worker()
    assert queries.progress_of(course).valid == 2


def test_two_workers_do_not_issue_side_by_side(course, came, ana, olga):
    came(ana)
    now = timezone.now()
    IssueRun.objects.create(event=course, asked_by=olga, asked_at=now, beat_at=now, total=1)
    assert actions.issue_due(event=course, by=olga) == 0
    assert Certificate.objects.count() == 0


def test_a_full_disk_issues_nothing_and_can_be_resumed(course, came, ana, olga, monkeypatch):
    came(ana)

    def full(*_args):
        raise OSError(28, "No space left on device")

    IssueRun.objects.create(event=course, asked_by=olga, asked_at=timezone.now(), total=1)
    with monkeypatch.context() as patched:
        patched.setattr(default_storage, "save", full)
        assert actions.issue_due(event=course, by=olga) == 0
        with pytest.raises(CannotKeep):
            actions.issue(registration=course.registrations.get(), by=olga)
    progress = queries.progress_of(course)
    assert (Certificate.objects.count(), progress.running) == (0, False)
    assert progress.run.problem == "The file could not be stored: No space left on device. Try again when that is mended."
    assert actions.issue_all(event=course, by=olga) == 1


def test_the_register_costs_the_same_for_one_and_for_three(course, came, ana, ben, cleo, olga, django_assert_num_queries):
    actions.issue(registration=came(ana), by=olga)
    queries.register_of(course)
    with django_assert_num_queries(11):
        queries.register_of(Event.objects.select_related("organising_centre", "venue", "funding").get(pk=course.pk))
    actions.issue(registration=came(ben), by=olga)
    came(cleo, 1)
    with django_assert_num_queries(11):
        lines = queries.register_of(Event.objects.select_related("organising_centre", "venue", "funding").get(pk=course.pk))
    assert [line.state for line in lines] == ["valid", "valid", "not-earned"]


# --- How far a run is ---------------------------------------------------------------------------------------------------------


def a_run(course, by, **known):
    """A run whose worker was heard of last ten minutes ago."""
    long_ago = timezone.now() - timedelta(minutes=10)
    return IssueRun.objects.create(event=course, asked_by=by, asked_at=long_ago, beat_at=long_ago, **known)


def how_far(course):
    run = IssueRun.objects.get(event=course)
    return run.done, run.total, run.ended_at is not None


def test_what_a_killed_worker_issued_and_did_not_count_is_done(course, came, ana, ben, cleo, olga):
    for person in (ben, cleo):
        came(person)
    actions.issue(registration=came(ana), by=olga)
    a_run(course, olga, total=3, done=0)
    assert actions.issue_due(event=course, by=olga) == 2
    assert how_far(course) == (3, 3, True)


def test_what_is_tried_once_more_counts_once(course, came, ana, ben, olga):
    """Both were tried, and could not be issued for a reason that is no more; then the worker was killed."""
    for person in (ana, ben):
        came(person)
    a_run(course, olga, total=2, done=2)
    assert actions.issue_due(event=course, by=olga) == 2
    assert how_far(course) == (2, 2, True)


def test_who_earned_one_since_it_was_asked_for_is_counted_too(course, came, ana, ben, olga):
    came(ana)
    a_run(course, olga, total=1, done=0)
    came(ben)
    assert actions.issue_due(event=course, by=olga) == 2
    assert how_far(course) == (2, 2, True)


def test_a_worker_that_was_given_up_and_lives_counts_nothing_and_ends_nothing(course, came, ana, olga):
    came(ana)
    IssueRun.objects.create(event=course, asked_by=olga, asked_at=timezone.now(), total=1)
    given_up = Turn.take(course)
    given_up.begin(1)
    IssueRun.objects.update(beat_at=timezone.now() - timedelta(minutes=3))
    following = Turn.take(course)
    following.begin(1)
    with pytest.raises(LostTurn):
        given_up.tried(1)
    given_up.end("Too late")
    assert how_far(course) == (0, 1, False)
    following.tried(1)
    following.end()
    assert (how_far(course), IssueRun.objects.get().problem) == ((1, 1, True), "")


def test_a_sign_of_life_that_was_undone_is_no_loss(course, olga, monkeypatch):
    monkeypatch.setattr(running, "BEAT_EVERY", 0.0)
    IssueRun.objects.create(event=course, asked_by=olga, asked_at=timezone.now(), total=1)
    turn = Turn.take(course)
    turn.begin(1)
    with transaction.atomic():
        turn.beat()
        transaction.set_rollback(True)
    turn.tried(1)
    turn.end()
    assert how_far(course) == (1, 1, True)
