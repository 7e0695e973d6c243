"""Accounts, profiles, tokens, roles and requests to join, as actions."""

from datetime import timedelta
from io import StringIO

import pytest
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command
from django.utils import timezone

from network import actions
from network.errors import Invalid, NotAllowed
from network.models import AccessToken, JoinRequest, Organisation, Person, Role
from network.rules import may
from tests import factories


def roles_of(email):
    return [(role.kind, role.centre.code if role.centre else None) for role in Role.objects.filter(person__email=email)]


def test_an_account_is_opened_once_whatever_the_case_of_the_address(db):
    first = actions.open_account(email="New.Person@Demo.Example")
    assert actions.open_account(email=" new.person@demo.example ") == first
    assert (first.email, first.has_usable_password()) == ("new.person@demo.example", False)


def test_what_is_no_address_opens_no_account(db):
    with pytest.raises(Invalid) as caught:
        actions.open_account(email="nobody")
    assert (list(caught.value.errors), Person.objects.count()) == (["email"], 0)


def test_a_profile_changes_what_is_named_and_leaves_the_rest(ana):
    actions.update_profile(by=ana, changes={"name": "Ana Maria", "language": "de"})
    ana.refresh_from_db()
    assert (ana.name, ana.language, ana.timezone) == ("Ana Maria", "de", "Europe/Vienna")
    entry = LogEntry.objects.get_for_object(ana).first()
    assert (entry.actor, entry.additional_data) == (ana, {"reason": "update_profile"})


@pytest.mark.parametrize(
    "changes", [{"name": " "}, {"language": "xx"}, {"timezone": "Mars/Olympus"}, {"email": "x@y.example"}, {"is_active": False}]
)
def test_a_profile_takes_no_nonsense(ana, changes):
    with pytest.raises(Invalid) as caught:
        actions.update_profile(by=ana, changes=changes)
    assert list(caught.value.errors) == list(changes)


def test_an_organisation_is_named_once_a_country(ana):
    first = actions.name_organisation(by=ana, name="City of  Graz", country="AT", kind="local-authority")
    assert actions.name_organisation(by=ana, name="city of graz", country="AT") == first
    assert actions.name_organisation(by=ana, name="City of Graz", country="DE") != first
    assert (first.name, first.kind) == ("City of Graz", Organisation.Kind.LOCAL_AUTHORITY)


# --- Tokens ---


@pytest.mark.parametrize("days", [-1, 0, 366])
def test_a_token_lives_for_a_year_at_most(ana, days):
    with pytest.raises(Invalid) as caught:
        actions.make_token(by=ana, name="T", scope="read", expires_at=timezone.now() + timedelta(days=days, seconds=-1))
    assert list(caught.value.errors) == ["expires_at"]


@pytest.mark.parametrize(("name", "scope", "field"), [("", "read", "name"), ("T", "all", "scope"), ("x" * 81, "read", "name")])
def test_a_token_needs_a_name_and_a_scope(ana, name, scope, field):
    with pytest.raises(Invalid) as caught:
        actions.make_token(by=ana, name=name, scope=scope, expires_at=timezone.now() + timedelta(days=1))
    assert list(caught.value.errors) == [field]


def test_nobody_revokes_the_token_of_another(ana, ben, sara):
    token, _text = actions.make_token(by=ana, name="T", scope="read", expires_at=timezone.now() + timedelta(days=1))
    for other in (ben, sara):
        with pytest.raises(NotAllowed):
            actions.revoke_token(token=token, by=other)
    first = actions.revoke_token(token=token, by=ana).revoked_at
    assert actions.revoke_token(token=token, by=ana).revoked_at == first


def test_there_are_never_too_many_live_tokens(ana, monkeypatch):
    monkeypatch.setattr(actions, "MOST_LIVE_TOKENS", 1)
    soon = timezone.now() + timedelta(days=1)
    token, _text = actions.make_token(by=ana, name="T", scope="read", expires_at=soon)
    with pytest.raises(actions.TooManyTokens):
        actions.make_token(by=ana, name="T", scope="read", expires_at=soon)
    actions.revoke_token(token=token, by=ana)
    actions.make_token(by=ana, name="T", scope="read", expires_at=soon)
    assert AccessToken.objects.filter(person=ana).count() == 2


def test_the_journal_holds_no_digest(ana):
    token, _text = actions.make_token(by=ana, name="T", scope="read", expires_at=timezone.now() + timedelta(days=1))
    assert token.digest not in str(list(LogEntry.objects.values()))


# --- Roles ---


def test_a_coordinator_appoints_somebody_new_at_the_own_centre(carl, centre, other_centre):
    actions.appoint(email="Nora@Demo.Example", kind="organiser", centre=centre, by=carl)
    actions.appoint(email="nora@demo.example", kind="organiser", centre=centre, by=carl)
    assert roles_of("nora@demo.example") == [("organiser", "AT-TEST")]
    assert may(Person.objects.get(email="nora@demo.example"), "network.organise_for_centre", centre)
    with pytest.raises(NotAllowed):
        actions.appoint(email="nora@demo.example", kind="organiser", centre=other_centre, by=carl)


def test_who_coordinates_nothing_appoints_nobody(olga, mia, ana, centre):
    for person in (olga, mia, ana):
        with pytest.raises(NotAllowed):
            actions.appoint(email="nora@demo.example", kind="member", centre=centre, by=person)
    assert roles_of("nora@demo.example") == []


def test_only_the_secretariat_appoints_to_the_secretariat(carl, sara):
    with pytest.raises(NotAllowed):
        actions.appoint(email="nora@demo.example", kind="secretariat", centre=None, by=carl)
    actions.appoint(email="nora@demo.example", kind="secretariat", centre=None, by=sara)
    assert roles_of("nora@demo.example") == [("secretariat", None)]


@pytest.mark.parametrize(
    ("kind", "at_centre", "field"), [("secretariat", True, "centre"), ("member", False, "centre"), ("boss", True, "kind")]
)
def test_a_role_fits_its_place(sara, centre, kind, at_centre, field):
    with pytest.raises(Invalid) as caught:
        actions.appoint(email="nora@demo.example", kind=kind, centre=centre if at_centre else None, by=sara)
    assert list(caught.value.errors) == [field]


def test_the_network_is_never_without_a_secretariat(sara, ben):
    first = sara.roles.get()
    with pytest.raises(actions.LastSecretariat):
        actions.dismiss(role=first, by=sara)
    second = factories.appoint(ben, Role.Kind.SECRETARIAT)
    actions.dismiss(role=first, by=sara)
    with pytest.raises(actions.LastSecretariat):
        actions.dismiss(role=second, by=ben)
    assert Role.objects.filter(kind="secretariat").count() == 1


def test_a_coordinator_dismisses_at_the_own_centre_only(carl, otto, olga):
    actions.dismiss(role=olga.roles.get(), by=carl)
    with pytest.raises(NotAllowed):
        actions.dismiss(role=otto.roles.get(), by=carl)
    assert (olga.roles.count(), otto.roles.count()) == (0, 1)


def test_an_administrator_appoints_on_the_command_line(centre):
    out = StringIO()
    call_command("appoint", "sara@demo.example", role="secretariat", stdout=out)
    call_command("appoint", "olga@demo.example", role="organiser", centre="at-test", stdout=out)
    assert out.getvalue() == "sara@demo.example is now: Secretariat\nolga@demo.example is now: Organiser, AT-TEST\n"


@pytest.mark.parametrize(
    ("email", "options", "words"),
    [
        ("nobody", {"role": "secretariat"}, "Enter a valid email address."),
        ("a@b.example", {"role": "member"}, "Choose the centre for this role."),
        ("a@b.example", {"role": "member", "centre": "ZZ"}, "No centre has the code ZZ. Known: AT-TEST."),
    ],
)
def test_an_administrator_is_told_what_is_wrong(centre, email, options, words):
    with pytest.raises(CommandError, match=words):
        call_command("appoint", email, **options)


# --- Centres and requests to join ---


def test_a_fact_that_a_centre_writes_itself_is_confirmed(carl, centre):
    centre.unconfirmed = ["city", "website"]
    centre.save()
    changed = actions.edit_centre(centre=centre, by=carl, changes={"city": "Graz", "name": centre.name})
    assert (changed.city, changed.unconfirmed) == ("Graz", ["website"])
    kept = actions.edit_centre(centre=centre, by=carl, changes={"city": "Linz", "unconfirmed": ["city"]})
    assert (kept.city, kept.unconfirmed) == ("Linz", ["city"])


@pytest.mark.parametrize(
    "changes", [{"code": "XX"}, {"slug": "xx"}, {"country": "DE"}, {"timezone": "CET+1"}, {"languages": ["xx"]}]
)
def test_what_a_centre_is_cannot_be_changed_nor_be_nonsense(sara, centre, changes):
    with pytest.raises(Invalid) as caught:
        actions.edit_centre(centre=centre, by=sara, changes=changes)
    assert list(caught.value.errors) == list(changes)


def test_a_centre_is_edited_by_its_coordinator_only(olga, otto, ana, centre):
    for person in (olga, otto, ana):
        with pytest.raises(NotAllowed):
            actions.edit_centre(centre=centre, by=person, changes={"city": "Graz"})


def test_a_country_asks_to_join_and_is_answered_once(sara, carl):
    wish = actions.request_to_join(country="PL", organisation="Office", contact="Jan", email="jan@demo.example")
    with pytest.raises(NotAllowed):
        actions.answer_join_request(join_request=wish, by=carl)
    assert actions.answer_join_request(join_request=wish, by=sara).answered_at is not None
    with pytest.raises(actions.AlreadyAnswered):
        actions.answer_join_request(join_request=wish, by=sara)


def test_a_request_to_join_cannot_write_lines_into_the_secretariats_mail(db):
    wish = actions.request_to_join(
        country="PL", organisation="Office\n\nPay here", contact="Jan\r\nB", email="jan@demo.example"
    )
    assert (wish.organisation, wish.contact) == ("Office Pay here", "Jan B")


def test_a_request_to_join_needs_a_country_and_an_address(db):
    with pytest.raises(Invalid) as caught:
        actions.request_to_join(country="ZZ", organisation="", contact="Jan", email="jan")
    assert sorted(caught.value.errors) == ["country", "email", "organisation"]
    assert JoinRequest.objects.count() == 0
