"""Many certificates revoked at once: chosen, shown, confirmed with one reason, and each holder told once."""

import re
import threading
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from events.certificates.credentials.status import edition_of
from events.certificates.issuing import actions, revoking, tasks
from events.certificates.issuing.choices import Choice
from events.certificates.models import Certificate, Revocation, RevocationRun, StatusList
from events.mail.models import Message
from events.programme.models import Event
from network.errors import Invalid, NotAllowed
from tests import factories
from tests.events.certificates.samples import stored
from tests.events.certificates.signed import signed
from tests.queries import count_queries

REGISTER = "/desk/certificates/"
NEW = "/desk/certificates/revocations/"
API = "/api/v1/certificates/revocations/"


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def talk(centre):
    return factories.EventFactory(organising_centre=centre, title="A talk", slug="a-talk")


@pytest.fixture
def held(talk):
    """``held(3)``: certificates of three people, who are called Person 1 and so on."""

    def make(count, event=talk, start=1):
        made = []
        for number in range(start, start + count):
            person = factories.PersonFactory(name=f"Person {number}")
            certificate = stored(factories.RegistrationFactory(event=event, person=person, state="confirmed"))
            certificate.serial = 1000 + number
            certificate.facts["holder"]["name"] = person.name
            certificate.facts["event"] |= {"title": event.title, "slug": event.slug}
            certificate.save()
            made.append(certificate)
        return made

    return make


def choose(certificates, by):
    return revoking.choose(certificates=Certificate.objects.filter(pk__in=[one.pk for one in certificates]), by=by)


def told():
    return sorted(Message.objects.filter(kind="certificate-revoked").values_list("recipient", flat=True))


def addresses(certificates):
    return sorted(one.person.email for one in certificates)


def revoked():
    return sorted(Certificate.objects.exclude(revoked_at=None).values_list("facts__holder__name", "revocation_reason"))


def work():
    """What the worker was asked for, in this transaction."""
    queued = DBTaskResult.objects.filter(task_path=tasks.revoke_chosen_certificates.module_path)
    count = queued.count()
    for result in queued:
        tasks.revoke_chosen_certificates.call(*result.args_kwargs["args"])
    queued.delete()
    return count


# --- Chosen and shown ---------------------------------------------------------------------------------------------------------


def test_choosing_changes_nothing_and_says_what_will_follow(held, olga):
    certificates = held(3)
    Certificate.objects.filter(pk=certificates[2].pk).update(person=None)
    run = choose(certificates, olga)
    choice = Choice(run)
    assert (choice.state, choice.total, choice.waiting, choice.left_alone) == ("chosen", 3, 3, 0)
    assert (choice.people, choice.untold) == (2, 1)
    assert [(one.title, one.slug, one.count) for one in choice.of_events()] == [("A talk", "a-talk", 3)]
    assert (revoked(), told()) == ([], [])


def test_the_page_names_them_and_how_many_people_are_told(desk, held):
    certificates = held(2)
    page = desk.post(NEW, {"certificates": [one.pk for one in certificates]}, follow=True).content.decode()
    for text in ("<h1>Revoke 2 certificates</h1>", "2 people are told by mail, each with one mail for each certificate."):
        assert page.count(text) == 1
    assert [page.count(f"<li>Person {number} ") for number in (1, 2, 3)] == [1, 1, 0]
    assert revoked() == []


def test_what_the_filter_finds_is_chosen_whole_and_only_what_holds(desk, held, centre):
    certificates = held(60)
    held(1, factories.EventFactory(organising_centre=centre, title="Another", slug="another"), start=90)
    Certificate.objects.filter(pk=certificates[0].pk).update(revoked_at=timezone.now())
    page = desk.get(REGISTER, {"event": "none"}).content.decode()
    assert "are found …" not in page
    assert desk.get(REGISTER, {"q": "talk"}).content.decode().count("Revoke all 59 that are found …") == 1
    answer = desk.post(f"{NEW}?q=talk", {"all": "1"})
    run = RevocationRun.objects.get()
    assert answer["Location"] == f"{NEW}{run.pk}/?q=talk"
    assert Choice(run).waiting == 59


def test_without_a_filter_not_all_are_chosen(desk, held):
    held(1)
    page = desk.post(NEW, {"all": "1"}, follow=True).content.decode()
    assert page.count("Filter the list first, so that it shows only what is to be revoked.") == 1
    assert "are found …" not in page
    page = desk.post(f"{NEW}?standing=lost", {"all": "1"}, follow=True).content.decode()
    assert page.count("Filter the list first, so that it shows only what is to be revoked.") == 1
    assert RevocationRun.objects.count() == 0


def test_nothing_ticked_is_said(desk):
    page = desk.post(NEW, {"certificates": ["x", "9" * 30]}, follow=True).content.decode()
    assert page.count("Nothing was chosen. Tick the certificates first.") == 1


def test_more_than_can_be_done_are_refused(held, olga, monkeypatch):
    monkeypatch.setattr(revoking, "MOST", 2)
    with pytest.raises(Invalid) as refused:
        choose(held(3), olga)
    text = "These are more than 2 certificates. Narrow the filter, and revoke them in parts."
    assert {field: [*map(str, said)] for field, said in refused.value.errors.items()} == {"certificates": [text]}


def test_certificates_of_others_are_not_chosen(desk, held, other_centre):
    elsewhere = held(1, factories.EventFactory(organising_centre=other_centre))
    desk.post(NEW, {"certificates": [elsewhere[0].pk]})
    desk.post(f"{NEW}?q=person", {"all": "1"})
    assert RevocationRun.objects.count() == 0


def test_the_page_asks_the_database_as_often_for_three_as_for_one(desk, held, olga):
    one = choose(held(1), olga)
    for_one = count_queries(desk, f"{NEW}{one.pk}/")
    three = choose(held(3, start=10), olga)
    assert count_queries(desk, f"{NEW}{three.pk}/") == for_one <= 15


# --- Confirmed ----------------------------------------------------------------------------------------------------------------


def test_a_few_are_revoked_at_once_and_each_holder_is_told(desk, held, olga):
    certificates = held(3)
    run = choose(certificates, olga)
    page = desk.post(f"{NEW}{run.pk}/", {"reason": " Wrong   hours "}, follow=True).content.decode()
    assert page.count("<h1>3 certificates are revoked</h1>") == 1
    assert page.count("3 people are told by mail.") == 1
    assert revoked() == [(f"Person {number}", "Wrong hours") for number in (1, 2, 3)]
    assert told() == addresses(certificates)
    assert work() == 0
    entry = LogEntry.objects.get_for_object(certificates[0]).filter(action=LogEntry.Action.UPDATE).latest("pk")
    assert (entry.actor, entry.additional_data) == (olga, {"reason": "Wrong hours"})


def test_pressed_twice_is_once(desk, held, olga):
    certificates = held(2)
    run = choose(certificates, olga)
    for reason in ("First", "Second"):
        desk.post(f"{NEW}{run.pk}/", {"reason": reason})
    assert revoked() == [("Person 1", "First"), ("Person 2", "First")]
    assert told() == addresses(certificates)
    assert (Choice(RevocationRun.objects.get()).revoked, RevocationRun.objects.get().reason) == (2, "First")


def test_a_reason_is_needed(desk, held, olga):
    run = choose(held(1), olga)
    answer = desk.post(f"{NEW}{run.pk}/", {"reason": " "})
    assert (answer.status_code, answer.content.decode().count("Say why. It is for the centre’s register")) == (400, 2)
    with pytest.raises(Invalid):
        revoking.confirm(run=run, reason=" ", by=olga)
    assert (revoked(), Choice(RevocationRun.objects.get()).state) == ([], "chosen")


def test_nobody_confirms_what_another_chose(held, olga, carl):
    run = choose(held(1), olga)
    with pytest.raises(NotAllowed):
        revoking.confirm(run=run, reason="Mine", by=carl)
    with pytest.raises(NotAllowed):
        choose([], factories.PersonFactory())
    assert revoked() == []


def test_what_cannot_be_revoked_is_left_and_the_rest_is_done(held, olga, other_centre, came, anas, ana):
    replaced = anas
    actions.reissue(certificate=anas, reason="A new name", by=olga)
    done, gone, elsewhere = held(3)
    Certificate.objects.filter(pk=gone.pk).update(revoked_at=timezone.now(), revocation_reason="Before")
    run = choose([replaced, done, gone, elsewhere], olga)
    moved = factories.EventFactory(organising_centre=other_centre)  # olga does not run it
    Certificate.objects.filter(pk=elsewhere.pk).update(event=moved)

    foreseen = {one.certificate_id: one.now for one in Choice(run).revocations}
    became = revoking.confirm(run=run, reason="Wrong", by=olga)

    outcomes = {one.certificate_id: one.outcome for one in became.revocations.all()}
    assert outcomes == {
        replaced.pk: "already-replaced",
        done.pk: "done",
        gone.pk: "already-revoked",
        elsewhere.pk: "not-allowed",
    }
    assert foreseen == {**outcomes, done.pk: "waiting"}
    assert (became.ended_at is not None, told()) == (True, [done.person.email])
    assert revoked() == [("Ana Procurer", "A new name"), ("Person 1", "Wrong"), ("Person 2", "Before")]


def test_the_report_says_which_were_left_and_why(desk, held, olga):
    first, second = held(2)
    run = choose([first, second], olga)
    actions.revoke(certificate=second, reason="Meanwhile", by=olga)
    page = desk.get(f"{NEW}{run.pk}/").content.decode()
    assert (page.count("<h1>Revoke 1 certificate</h1>"), page.count("1 is left as it is")) == (1, 1)
    page = desk.post(f"{NEW}{run.pk}/", {"reason": "Wrong"}, follow=True).content.decode()
    assert page.count("<h1>1 certificate is revoked</h1>") == 1
    assert re.findall(r"<h3>(.*?)</h3><ul class=\"consequences\"><li>(\S+ \S+)", page) == [
        ("It was revoked already.", "Person 2")
    ]
    assert told() == addresses([first, second])


def test_nothing_to_revoke_offers_no_button(desk, held, olga):
    (one,) = held(1)
    run = choose([one], olga)
    actions.revoke(certificate=one, reason="Meanwhile", by=olga)
    page = desk.get(f"{NEW}{run.pk}/").content.decode()
    assert (page.count("<h1>Nothing to revoke</h1>"), 'name="reason"' in page) == (1, False)


def test_the_status_list_shows_all_of_them(held, olga, settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    certificates = held(3)
    kept = held(1, start=9)
    for certificate in (*certificates, *kept):
        signed(certificate)
    before = edition_of(StatusList.objects.get().number)
    revoking.confirm(run=choose(certificates, olga), reason="Wrong", by=olga)
    after = edition_of(StatusList.objects.get().number)
    assert (before.revoked, after.revoked, after.fingerprint != before.fingerprint) == (0, 3, True)


# --- By the worker ------------------------------------------------------------------------------------------------------------


def test_many_are_the_workers_work_and_the_page_follows_it(desk, held, olga):
    certificates = held(revoking.AT_ONCE + 2)
    run = choose(certificates, olga)
    page = desk.post(f"{NEW}{run.pk}/", {"reason": "Wrong"}, follow=True).content.decode()
    assert page.count("Certificates done: 0 of 12") == 1
    assert revoked() == []
    part = desk.get(f"{NEW}{run.pk}/", {"part": "progress"})
    assert ("HX-Refresh" in part, part.content.decode().count("<h1")) == (False, 0)
    assert work() == 1
    assert desk.get(f"{NEW}{run.pk}/", {"part": "progress"})["HX-Refresh"] == "true"
    assert desk.get(f"{NEW}{run.pk}/").content.decode().count("<h1>12 certificates are revoked</h1>") == 1
    assert (len(revoked()), told()) == (12, addresses(certificates))


def test_a_worker_that_died_is_followed_by_one_that_goes_on(held, olga, monkeypatch):
    monkeypatch.setattr(revoking, "AT_ONCE", 0)
    certificates = held(4)
    run = revoking.confirm(run=choose(certificates, olga), reason="Wrong", by=olga)
    really, seen = revoking.revoke_row, []

    def die_at_the_third(certificate, **told):
        seen.append(certificate)
        if len(seen) == 3:
            raise OperationalError("the database is away")
        really(certificate, **told)

    with monkeypatch.context() as patched:
        patched.setattr(revoking, "revoke_row", die_at_the_third)
        with pytest.raises(OperationalError):
            work()
    assert [row.outcome for row in run.revocations.all()] == ["done", "done", "waiting", "waiting"]
    DBTaskResult.objects.all().delete()
    assert revoking.resume_lost() == 0  # it was heard of a moment ago
    RevocationRun.objects.update(beat_at=timezone.now() - timedelta(minutes=3))
    assert (revoking.resume_lost(), revoking.resume_lost()) == (1, 0)
    assert work() == 1
    assert (len(revoked()), told()) == (4, addresses(certificates))
    assert Choice(RevocationRun.objects.get()).state == "ended"
    assert revoking.resume_lost() == 0


def test_one_that_fails_keeps_back_no_other(held, olga, monkeypatch):
    certificates = held(3)
    really = revoking.revoke_row

    def fail_at_the_second(certificate, **told):
        if certificate.pk == certificates[1].pk:
            raise ZeroDivisionError
        really(certificate, **told)

    monkeypatch.setattr(revoking, "revoke_row", fail_at_the_second)
    run = revoking.confirm(run=choose(certificates, olga), reason="Wrong", by=olga)
    assert [row.outcome for row in run.revocations.all()] == ["done", "failed", "done"]
    assert (run.ended_at is not None, told()) == (True, addresses([certificates[0], certificates[2]]))


def test_who_may_no_longer_revokes_nothing(held, olga, monkeypatch):
    monkeypatch.setattr(revoking, "AT_ONCE", 0)
    revoking.confirm(run=choose(held(2), olga), reason="Wrong", by=olga)
    olga.roles.all().delete()
    work()
    assert (revoked(), Choice(RevocationRun.objects.get()).counts) == ([], {"not-allowed": 2})


def test_who_loses_the_right_while_many_are_revoked_revokes_no_more(held, olga, monkeypatch):
    monkeypatch.setattr(revoking, "AT_ONCE", 0)
    run = revoking.confirm(run=choose(held(3), olga), reason="Wrong", by=olga)
    really = revoking.revoke_row

    def be_dismissed_after_the_first(certificate, **told):
        really(certificate, **told)
        olga.roles.all().delete()

    monkeypatch.setattr(revoking, "revoke_row", be_dismissed_after_the_first)
    work()
    assert [row.outcome for row in run.revocations.all()] == ["done", "not-allowed", "not-allowed"]
    assert revoked() == [("Person 1", "Wrong")]


def test_who_no_longer_runs_an_event_reads_no_names_of_its_holders(desk, held, olga, other_centre):
    """The page of a choice stays; an event may come to another centre, and an organiser may go to another."""
    stays, leaves, refused = held(3)
    actions.revoke(certificate=refused, reason="Before", by=olga)
    run = revoking.confirm(run=choose([stays, leaves, refused], olga), reason="Wrong", by=olga)
    moved = factories.EventFactory(organising_centre=other_centre)
    Certificate.objects.filter(pk__in=[leaves.pk, refused.pk]).update(event=moved)
    page = desk.get(f"{NEW}{run.pk}/").content.decode()
    assert [page.count(f"Person {number}") for number in (1, 2, 3)] == [1, 0, 0]
    assert [page.count(one.register_number) for one in (stays, leaves, refused)] == [1, 1, 1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_choice_that_is_being_confirmed_is_not_forgotten(held, olga, monkeypatch):
    """Confirmed a day after it was made, in the moment in which the chore comes by."""
    monkeypatch.setattr(revoking, "AT_ONCE", 0)
    certificates = held(2)
    run = choose(certificates, olga)
    RevocationRun.objects.update(chosen_at=timezone.now() - timedelta(days=2))
    forgotten = []

    def tidy():
        forgotten.append(revoking.forget_unconfirmed())
        connection.close()

    chore = threading.Thread(target=tidy)
    with transaction.atomic():
        revoking.confirm(run=run, reason="Wrong", by=olga)
        chore.start()
        chore.join(1.0)
    chore.join()
    assert (forgotten, work(), told()) == ([0], 1, addresses(certificates))


def test_a_choice_that_nobody_confirms_is_forgotten_and_a_confirmed_one_is_not(held, olga):
    first, second = held(2)
    forgotten = choose([first], olga)
    revoking.confirm(run=choose([second], olga), reason="Wrong", by=olga)
    assert revoking.forget_unconfirmed() == 0
    RevocationRun.objects.update(chosen_at=timezone.now() - timedelta(days=2))
    assert revoking.forget_unconfirmed() == 1
    assert not RevocationRun.objects.filter(pk=forgotten.pk).exists()
    assert Revocation.objects.count() == 1


# --- The API ------------------------------------------------------------------------------------------------------------------


def test_programs_choose_by_number_read_what_follows_and_confirm(api, held, olga):
    api.force_authenticate(olga)
    first, second = held(2)
    actions.revoke(certificate=second, reason="Before", by=olga)
    chosen = api.post(API, {"numbers": [first.number.lower(), second.number]})
    body = chosen.json()
    assert (chosen.status_code, body["state"], body["total"], body["waiting"], body["people"]) == (201, "chosen", 2, 1, 1)
    refused = [{"number": second.number, "code": "already-revoked", "why": "It was revoked already."}]
    assert body["left_alone"] == refused
    for _twice in range(2):
        answer = api.post(f"{API}{body['id']}/confirm/", {"reason": "Wrong"})
        assert (answer.status_code, answer.json()["revoked"], answer.json()["left_alone"]) == (202, 1, refused)
    assert api.get(f"{API}{body['id']}/").json() == answer.json()
    assert told() == addresses([first, second])


def test_programs_choose_by_filter(api, held, olga, centre):
    api.force_authenticate(olga)
    held(2)
    held(1, factories.EventFactory(organising_centre=centre, slug="another"), start=9)
    assert api.post(API, {"filter": {"event": "a-talk"}}).json()["total"] == 2
    for wrong, field in (
        ({"filter": {"evnet": "a-talk"}}, "filter"),
        ({"filter": {}}, "filter"),
        ({"filter": {"event": ""}}, "filter.event"),
        ({"filter": {"standing": "lost"}}, "filter.standing"),
        ({"filter": {"event": "none"}}, "filter"),
        ({"numbers": []}, "numbers"),
        ({"numbers": ["7Q2K-0F5M-XW3R-9TBA-C"]}, "numbers"),
        ({"numbers": ["\x00"]}, "numbers.0"),
        ({}, "numbers"),
        ({"numbers": ["x"], "filter": {"event": "a-talk"}}, "numbers"),
    ):
        answer = api.post(API, wrong)
        assert (answer.status_code, [*answer.json()["errors"]]) == (400, [field]), wrong
    assert RevocationRun.objects.count() == 1


def test_the_holder_cannot_revoke_their_own_by_way_of_many(api, held, olga, other_centre):
    api.force_authenticate(olga)
    elsewhere = Event.objects.get(pk=factories.EventFactory(organising_centre=other_centre).pk)
    own = stored(factories.RegistrationFactory(event=elsewhere, person=olga, state="confirmed"))
    run = api.post(API, {"numbers": [own.number]}).json()
    assert run["left_alone"] == [{"number": own.number, "code": "not-allowed", "why": "You may not revoke it."}]
    assert api.post(f"{API}{run['id']}/confirm/", {"reason": "Mine"}).json()["revoked"] == 0
    assert revoked() == []
