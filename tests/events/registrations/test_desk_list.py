"""The organiser's list of registrations: places in numbers, filters, what is done with many rows, what changes meanwhile."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from events.programme.actions import cancel
from events.programme.models import Event
from events.registrations import actions, decisions, terms
from events.registrations.desk import bulk as desk_bulk
from events.registrations.models import Answer, Question, Registration, SessionChoice, SpecialAnswer
from tests import factories
from tests.events.registrations.desk import at, names, said, states, tick
from tests.queries import count_queries


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def full(centre):
    """A training with two places where the organiser approves."""
    return factories.EventFactory(organising_centre=centre, slug="full", places=2, needs_approval=True)


@pytest.fixture
def three(full, ana, ben, cleo):
    return [actions.register(event=full, person=person, by=person) for person in (ana, ben, cleo)]


@pytest.fixture
def approved(three, olga):
    """Ana and Ben have the two places, Cleo waits."""
    return [decisions.approve(registration=row, by=olga) for row in three]


def question(event, key, kind="choice", **more):
    event.has_questions = True
    event.save()
    options = [{"value": "bus", "label": {"en": "By bus"}}, {"value": "train", "label": {"en": "By train"}}]
    return Question.objects.create(event=event, key=key, kind=kind, position=0, label={"en": key}, options=options, **more)


# --- Many at once ----------------------------------------------------------------------------------------------------


def test_many_are_approved_at_once_and_who_has_no_place_waits(desk, three):
    response = desk.post(at("registrations_decide"), {"do": "approve", "registrations": tick(*three)}, follow=True)
    assert states() == {"Ana": "confirmed", "Ben": "confirmed", "Cleo": "waiting"}
    assert said(response) == ["3 approved: 2 have a place, 1 waits for one. They are told."]


def test_one_is_approved_with_the_rows_own_button(desk, three):
    desk.post(at("registrations_decide"), {"one": f"approve:{three[1].pk}:pending"})
    assert states() == {"Ana": "pending", "Ben": "confirmed", "Cleo": "pending"}


def test_declining_needs_a_reason_and_keeps_the_ticks(desk, three):
    sent = {"do": "decline", "registrations": tick(three[0]), "reason": " "}
    response = desk.post(at("registrations_decide"), sent)
    assert (response.status_code, response.context["reason_errors"]) == (400, ["Say why: the person reads it."])
    assert response.context["chosen"] == {three[0].pk}
    assert states()["Ana"] == "pending"
    response = desk.post(at("registrations_decide"), {**sent, "reason": "Only for buyers"}, follow=True)
    assert (states()["Ana"], Registration.objects.get(pk=three[0].pk).reason) == ("declined", "Only for buyers")
    assert said(response) == ["1 person is declined and told why."]


def test_what_cannot_be_done_for_one_does_not_keep_back_the_others(desk, three, olga):
    declined = decisions.decline(registration=three[0], by=olga, reason="No")
    response = desk.post(at("registrations_decide"), {"do": "approve", "registrations": tick(declined, three[1])}, follow=True)
    assert said(response) == [
        "1 approved: 1 has a place. They are told.",
        "Ana Procurer: this is “Declined”. Only what waits for approval can be approved.",
    ]


def test_who_changed_since_the_list_was_opened_is_left_alone_and_it_is_said_what_they_are_now(desk, three, olga):
    seen = tick(*three)
    decisions.approve(registration=three[0], by=olga)
    actions.cancel(registration=three[1], by=three[1].person)
    response = desk.post(
        at("registrations_decide"), {"do": "decline", "registrations": seen, "reason": "Too late"}, follow=True
    )
    assert states() == {"Ana": "confirmed", "Ben": "cancelled", "Cleo": "declined"}
    assert said(response) == [
        "1 person is declined and told why.",
        "2 could not be done.",
        "Ana Procurer: this changed since you opened the list and is now “Confirmed”. It was left as it is.",
        "Ben Buyer: this changed since you opened the list and is now “Cancelled”. It was left as it is.",
    ]


def test_all_that_the_filter_finds_are_meant_not_only_this_page(desk, three, full, monkeypatch):
    monkeypatch.setattr("events.registrations.desk.registrations.PAGE", 2)
    page = desk.get(at("registrations") + "?q=procurer")
    assert (len(page.context["rows"]), "every page" in page.content.decode()) == (1, False)
    page = desk.get(at("registrations"))
    assert (len(page.context["rows"]), "all 3 on every page" in page.content.decode()) == (2, True)
    desk.post(at("registrations_decide") + "?q=ana", {"do": "approve", "all": "on", "seen": page.context["seen"]})
    assert states() == {"Ana": "confirmed", "Ben": "pending", "Cleo": "pending"}
    desk.post(at("registrations_decide"), {"do": "approve", "all": "on", "seen": page.context["seen"]})
    assert states() == {"Ana": "confirmed", "Ben": "confirmed", "Cleo": "waiting"}


def test_all_does_not_mean_who_asked_after_the_list_was_opened(desk, three, full):
    seen = desk.get(at("registrations")).context["seen"]
    late = factories.PersonFactory(name="Dora Delayed")
    actions.register(event=full, person=late, by=late)
    response = desk.post(at("registrations_decide"), {"do": "approve", "all": "on", "seen": seen}, follow=True)
    assert states() == {"Ana": "confirmed", "Ben": "confirmed", "Cleo": "waiting", "Dora": "pending"}
    assert said(response)[1].startswith("Dora Delayed: this changed since you opened the list")


def test_more_than_can_be_done_at_once_are_left_for_another_time(desk, three, monkeypatch):
    monkeypatch.setattr(desk_bulk, "MOST_AT_ONCE", 2)
    response = desk.post(at("registrations_decide"), {"do": "approve", "all": "on"}, follow=True)
    assert states() == {"Ana": "confirmed", "Ben": "confirmed", "Cleo": "pending"}
    assert said(response)[1] == "1 more was left for another time: press again."


def test_ticking_nobody_or_nonsense_or_people_of_another_event_does_nothing(desk, three, training, ana):
    other = factories.RegistrationFactory(event=training, person=ana)
    for keys in ([], ["x", "-1", "9" * 40, ":", "²:pending"], [str(other.pk)]):
        response = desk.post(at("registrations_decide"), {"do": "approve", "registrations": keys}, follow=True)
        assert said(response) == ["Nobody was ticked. Tick the people first, then choose what to do."]
    assert set(Registration.objects.values_list("state", flat=True)) == {"pending"}


def test_the_key_enter_in_a_field_decides_nothing(desk, three):
    page = desk.get(at("registrations")).content.decode()
    assert page.index('value="nothing"') < page.index('value="approve')  # a form is sent by its first button
    response = desk.post(at("registrations_decide"), {"do": "nothing", "registrations": tick(*three), "reason": "So"})
    said_so = "Choose what to do with them: press one of the buttons."
    assert (response.status_code, response.context["reason_errors"]) == (400, [said_so])
    assert (response.context["reason"], len(response.context["chosen"])) == ("So", 3)


def test_the_filter_survives_a_decision(desk, three):
    response = desk.post(at("registrations_decide") + "?state=pending&q=a", {"one": f"approve:{three[0].pk}:pending"})
    assert response.headers["Location"] == at("registrations") + "?state=pending&q=a"


# --- Cancelling many, and taking it back --------------------------------------------------------------------------------


def test_before_many_are_cancelled_it_is_said_who_gets_their_places(desk, approved):
    sent = {"do": "cancel", "registrations": tick(*approved[:2]), "reason": "Asked by mail"}
    page = desk.post(at("registrations_decide"), sent)
    assert page.context["follows"] == [
        "2 places become free.",
        "A place goes to Cleo Contracts, the next in line who may have it, at once.",
    ]
    assert "A place that went to somebody else cannot be taken back from them." in page.content.decode()
    assert states() == {"Ana": "confirmed", "Ben": "confirmed", "Cleo": "waiting"}
    response = desk.post(at("registrations_decide"), {**sent, "do": "cancel-now"}, follow=True)
    assert states() == {"Ana": "cancelled", "Ben": "cancelled", "Cleo": "confirmed"}
    assert said(response) == ["2 people are off the list and are told so."]


def test_who_was_cancelled_by_mistake_is_put_back_as_long_as_there_are_places(desk, approved):
    sent = {"do": "cancel-now", "registrations": tick(*approved[:2])}
    page = desk.post(at("registrations_decide"), sent, follow=True)
    assert page.context["undo"]["count"] == 2
    again = {"kind": page.context["undo"]["kind"], "registrations": page.context["undo"]["rows"]}
    response = desk.post(at("registrations_undo"), again, follow=True)
    assert states() == {"Ana": "confirmed", "Ben": "waiting", "Cleo": "confirmed"}
    assert said(response) == ["2 people are on the list again: 1 “Confirmed”, 1 “On the waiting list”."]
    assert response.context["undo"] is None
    response = desk.post(at("registrations_undo"), again, follow=True)
    assert len(Registration.objects.all()) == 5  # pressing twice adds nobody twice


def test_an_invitation_that_was_taken_back_by_mistake_is_an_invitation_again(desk, full, olga, ana):
    invited = decisions.invite(event=full, person=ana, by=olga, when_full=True)
    desk.post(at("registrations_decide"), {"do": "decline", "registrations": tick(invited), "reason": "Wrong person"})
    desk.post(at("registrations_undo"), {"kind": "restore", "registrations": [f"{invited.pk}:invited"]})
    assert states() == {"Ana": "invited"}
    assert Registration.objects.latest("pk").when_full is True


def test_nothing_of_another_event_is_taken_back(desk, three, training, ana, olga):
    other = decisions.decline(registration=factories.RegistrationFactory(event=training, person=ana), by=olga, reason="No")
    desk.post(at("registrations_undo"), {"kind": "restore", "registrations": [f"{other.pk}:pending"]})
    assert Registration.objects.filter(event=training).count() == 1


def test_several_are_put_first_in_line_in_the_order_they_have(desk, full, three, olga):
    for row in three:
        decisions.approve(registration=row, by=olga)
    people = [factories.PersonFactory(name=name) for name in ("Dora", "Emil", "Fee")]
    later = [actions.register(event=full, person=person, by=olga) for person in people]
    sent = {"do": "first", "registrations": tick(later[2], later[1])}
    assert desk.post(at("registrations_decide"), sent).context["reason_errors"] == [
        "Say why: it stands in the event’s history."
    ]
    response = desk.post(at("registrations_decide"), {**sent, "reason": "They come from far"}, follow=True)
    assert said(response) == ["2 people are first on the waiting list."]
    assert names(desk.get(at("registrations") + "?state=waiting")) == ["Emil", "Fee", "Cleo Contracts", "Dora"]


# --- What one sees --------------------------------------------------------------------------------------------------------


def test_the_list_is_filtered_searched_and_sorted(desk, three, olga):
    decisions.approve(registration=three[1], by=olga)
    assert names(desk.get(at("registrations"))) == ["Ana Procurer", "Ben Buyer", "Cleo Contracts"]
    assert names(desk.get(at("registrations") + "?state=pending")) == ["Ana Procurer", "Cleo Contracts"]
    assert names(desk.get(at("registrations") + "?q=ben.buyer")) == ["Ben Buyer"]
    assert names(desk.get(at("registrations") + "?sort=-created")) == ["Cleo Contracts", "Ben Buyer", "Ana Procurer"]
    assert names(desk.get(at("registrations") + "?sort=changed"))[0] == "Ben Buyer"
    assert names(desk.get(at("registrations") + "?q=nobody")) == []


def test_the_list_is_filtered_by_country_and_type_of_organisation(desk, full):
    for name, country, kind in (("Ann", "AT", "utility"), ("Bea", "GR", "utility"), ("Cho", "AT", "ministry")):
        organisation = factories.OrganisationFactory(country=country, kind=kind)
        person = factories.PersonFactory(name=name, organisation=organisation)
        actions.register(event=full, person=person, by=person)
    page = desk.get(at("registrations"))
    offered = {field.name: [value for value, _words in field.field.widget.choices] for field in page.context["form"].lists}
    assert offered["country"] == ["", "AT", "GR"]
    assert names(desk.get(at("registrations") + "?country=AT")) == ["Ann", "Cho"]
    assert names(desk.get(at("registrations") + "?country=AT&kind=utility")) == ["Ann"]
    assert names(desk.get(at("registrations") + "?country=XX")) == []


def test_the_list_is_filtered_by_a_chosen_session(desk, full, three):
    Event.objects.update(has_choices=True)
    session = full.sessions.get()
    full.sessions.update(is_chosen=True, title="Workshop A", places=5)
    SessionChoice.objects.create(registration=three[0], session=session)
    page = desk.get(at("registrations") + f"?session={session.pk}")
    assert names(page) == ["Ana Procurer"]
    assert page.context["rows"][0].sessions == ["Workshop A"]
    assert names(desk.get(at("registrations") + "?session=x")) == []


def test_the_list_is_filtered_by_what_people_answered(desk, full, three):
    one, several, consent = question(full, "way"), question(full, "ways", "choices"), question(full, "photos", "consent")
    Answer.objects.create(registration=three[0], question=one, value="bus")
    Answer.objects.create(registration=three[1], question=several, value=["train", "bus"])
    Answer.objects.create(registration=three[2], question=consent, value=True)
    assert names(desk.get(at("registrations") + "?answer=way:bus")) == ["Ana Procurer"]
    assert names(desk.get(at("registrations") + "?answer=ways:bus")) == ["Ben Buyer"]
    assert names(desk.get(at("registrations") + "?answer=photos:yes")) == ["Cleo Contracts"]
    for nonsense in ("way", "way:", ":", "way:plane", "photos:no"):
        assert names(desk.get(at("registrations"), {"answer": nonsense})) == []


def test_answers_stand_in_the_list_but_those_about_health_only_on_the_persons_page(desk, full, three):
    way, diet = question(full, "way"), question(full, "diet", is_special=True, purpose="For the kitchen")
    Answer.objects.create(registration=three[0], question=way, value="bus")
    day = timezone.localdate() + timedelta(days=60)
    SpecialAnswer.objects.create(registration=three[0], question=diet, value="train", delete_after=day)
    page = desk.get(at("registrations"))
    assert [(row.answers, row.has_special) for row in page.context["rows"]][:2] == [
        ([("way", "By bus", None)], True),
        ([], False),
    ]
    choices = next(field for field in page.context["form"].lists if field.name == "answer").field.widget.choices
    assert [words for words, _options in choices] == ["", "way"]
    assert names(desk.get(at("registrations") + "?answer=diet:train")) == []
    own = desk.get(at("registration", key=three[0].pk))
    assert own.context["special"] == [("diet", "By train", None)]


def test_a_file_that_somebody_sent_is_opened_from_their_page(desk, full, three):
    letter = question(full, "letter", "file")
    Answer.objects.create(registration=three[0], question=letter, value={"id": 7, "name": "letter.pdf"})
    page = desk.get(at("registration", key=three[0].pk))
    assert f'<a href="{reverse("answer_file", args=[7])}">letter.pdf</a>' in page.content.decode()


def test_the_waiting_list_is_in_its_order(desk, approved, olga):
    last = actions.register(event=Event.objects.get(), person=factories.PersonFactory(name="Aaron Last"), by=olga)
    response = desk.get(at("registrations") + "?state=waiting")
    assert [(row.registration.person.name, row.registration.turn) for row in response.context["rows"]] == [
        ("Cleo Contracts", 1),
        ("Aaron Last", 2),
    ]
    assert last.state == "waiting"


def test_places_are_counted_for_the_event_its_sessions_and_its_quotas(desk, full, approved, olga, ana):
    Event.objects.update(has_choices=True, places=4, promotion="offer")
    full.sessions.update(is_chosen=True, title="Workshop A", places=5, places_taken=1)
    full.refresh_from_db()
    terms.set_quotas(event=full, quotas=[terms.QuotaFacts(country="AT", reserved=3, at_most=4)], by=olga)
    extra = factories.RegistrationFactory(event=full, state="confirmed", is_extra=True)
    page = desk.get(at("registrations"))
    assert [(line.name, line.taken, line.limit, line.free, line.notes) for line in page.context["places"]] == [
        ("The event", 3, 4, 1, []),
        ("Workshop A", 1, 5, 4, []),
        ("Quota: Austria", 3, 4, 1, ["3 reserved", "at most 4"]),
    ]
    whole = page.context["places"][0]
    assert (whole.confirmed, whole.offered, whole.extra, extra.is_extra) == (2, 1, 1, True)


def test_a_pending_row_says_which_home_centre_it_waits_for(desk, full, other_centre, ana):
    Event.objects.update(approver="home-centre")
    ana.organisation.country = "DE"
    ana.organisation.save()
    full.refresh_from_db()
    actions.register(event=full, person=ana, by=ana)
    assert desk.get(at("registrations")).context["rows"][0].waits_for == "Test DE (DE)"


def test_a_cancelled_event_offers_no_decision(desk, three, full, olga):
    def offers():
        page = desk.get(at("registrations")).content.decode()
        return [offer in page for offer in ('value="approve', at("registrations_add"), 'name="registrations"')]

    assert offers() == [True, True, True]
    cancel(event=full, reason="The hall is closed.", by=olga)
    assert offers() == [False, False, False]


# --- What changes while one looks -----------------------------------------------------------------------------------------


def test_what_changes_while_one_looks_says_so(desk, three, olga):
    since = desk.get(at("registrations")).context["since"]
    asked = {"since": since, "state": "pending"}
    assert desk.get(at("registrations_pulse"), asked).status_code == 204
    decisions.approve(registration=three[0], by=olga)
    actions.cancel(registration=three[1], by=three[1].person)
    response = desk.get(at("registrations_pulse"), asked)
    assert (response.status_code, response.context["count"]) == (200, 2)
    assert f'href="{at("registrations")}?state=pending"' in response.content.decode()
    # It is said once: a reader's voice does not repeat it every 20 seconds.
    assert desk.get(at("registrations_pulse"), {**asked, "shown": "2"}).status_code == 204


@pytest.mark.parametrize("since", ["", "yesterday", "2027-13-45T00:00:00Z", "2027-01-01T00:00:00"])
def test_a_pulse_without_a_beginning_says_nothing(desk, three, since):
    assert desk.get(at("registrations_pulse"), {"since": since}).status_code == 204


# --- How dear it is --------------------------------------------------------------------------------------------------------


def test_the_list_asks_the_database_as_often_for_a_hundred_people_as_for_one(desk, full, olga):
    Event.objects.update(has_choices=True, has_questions=True)
    full.sessions.update(is_chosen=True)
    full.refresh_from_db()
    way = question(full, "way")
    terms.set_quotas(event=full, quotas=[terms.QuotaFacts(country="AT", at_most=2)], by=olga)

    def more(number):
        for _one in range(number):
            row = factories.RegistrationFactory(event=full)
            Answer.objects.create(registration=row, question=way, value="bus")

    more(1)
    for_one = count_queries(desk, at("registrations"))
    more(2)
    for_three = count_queries(desk, at("registrations"))
    more(97)
    assert count_queries(desk, at("registrations")) == for_three == for_one <= 20


def test_the_pulse_is_cheap(desk, three):
    asked = at("registrations_pulse") + "?since=2020-01-01T00:00:00Z"
    assert count_queries(desk, asked) == count_queries(desk, asked) <= 6


def test_a_search_of_thousands_of_words_is_a_search(desk, three):
    assert desk.get(at("registrations"), {"q": "a " * 2500}).status_code == 200


def test_the_desk_of_another_centre_does_not_open(client, otto, three):
    client.force_login(otto)
    assert client.get(reverse("desk_registrations", args=["full"])).status_code == 403


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2027-01-01T00:00:00", "2027-13-01"]
)
def test_a_moment_that_is_on_no_clock_is_none(client, training, olga, moment):
    client.force_login(olga)
    list_of = f"/desk/events/{training.slug}/registrations/"
    assert client.get(f"{list_of}pulse/", {"since": moment}).status_code == 204
    assert client.post(f"{list_of}decide/", {"do": "approve", "all": "1", "seen": moment}).status_code == 302


def test_a_request_that_was_declined_by_mistake_waits_for_approval_again(desk, three, full, olga):
    Event.objects.update(needs_approval=True, places=None)
    full.refresh_from_db()
    emil = factories.PersonFactory(name="Emil")
    pending = actions.register(event=full, person=emil, by=emil, note="At noon")
    desk.post(at("registrations_decide"), {"registrations": [f"{pending.pk}:pending"], "do": "decline", "reason": "Oops"})
    desk.post(at("registrations_undo"), {"kind": "restore", "registrations": [f"{pending.pk}:pending"]})
    again = Registration.objects.filter(person=emil).latest("pk")
    assert (again.state, again.note) == ("pending", "At noon")
    assert list(Registration.objects.filter(person=emil).order_by("pk").values_list("state", flat=True)) == [
        "declined",
        "pending",
    ]
