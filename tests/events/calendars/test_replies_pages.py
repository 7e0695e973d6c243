"""The pages about replies: “was it you?”, keep my place, and the organiser's desk; and the mails that lead there."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import icalendar
import pytest
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.utils import timezone

from config.demo.clock import clock_at
from events.calendars.models import Reply
from events.calendars.replies import actions
from events.calendars.replies.links import reply_path, reply_url
from events.calendars.replies.work import replies_wait
from events.mail.delivery import deliver_due
from events.mail.models import Message
from events.mail.replies import remind_of_maybes
from events.programme.models import Event
from tests import factories
from tests.events.calendars import reply_samples as samples
from tests.events.calendars.replying import answer, answer_of, invited, replies_come_here, state
from tests.queries import count_queries

pytestmark = pytest.mark.django_db
__all__ = ["replies_come_here"]

NEXT_DAY = ("DTSTART:20270616T070000Z", "DTEND:20270616T140000Z")
PROPOSED = "Wednesday 16 June 2027, 09:00–16:00 (Europe/Vienna, CEST)"


@pytest.fixture
def invitation(training, ana):
    return invited(training, ana)


def words(response, part='<section class="own.*?</section>'):
    inside = re.search(part, response.content.decode(), re.DOTALL)[0]
    return [text for one in re.split(r"<[^>]+>", inside) if (text := " ".join(unescape(one).split()))]


def buttons(response):
    return re.findall(r'name="do" value="([a-z-]+)"', response.content.decode())


def said(response):
    """What the last request had to say."""
    return [str(message) for message in get_messages(response.wsgi_request)][-1:]


def post(client, reply, do):
    return client.post(reply_path(reply), {"do": do})


def sent(kind):
    """Send all that is queued; the last message of this kind."""
    while deliver_due():
        pass
    return Message.objects.filter(kind=kind).order_by("pk").last()


# --- The person --------------------------------------------------------------------------------------------------------


def test_looking_changes_nothing(client, invitation):
    reply = answer(invitation, "DECLINED", results=None)
    for _time in range(2):
        assert buttons(client.get(reply_path(reply))) == ["confirm", "deny"]
        client.head(reply_path(reply))
    reply.refresh_from_db()
    assert (reply.state, answer_of(invitation)) == ("to-confirm", "NEEDS-ACTION")


def test_the_page_is_kept_out_of_caches_search_engines_and_other_sites(client, invitation):
    response = client.get(reply_path(answer(invitation, "DECLINED")))
    assert (response["Cache-Control"], response["X-Robots-Tag"], response["Referrer-Policy"]) == (
        "private, no-store",
        "noindex, nofollow",
        "same-origin",
    )


def test_it_was_me(client, invitation):
    reply = answer(invitation, "DECLINED", results=None)
    response = post(client, reply, "confirm")
    assert (response.status_code, response["Location"], said(response)) == (
        302,
        reply_path(reply),
        ["Thank you. Your answer is noted."],
    )
    assert buttons(client.get(reply_path(reply))) == ["undo"]


def test_it_was_not_me(client, invitation):
    reply = answer(invitation, "DECLINED", results=None)
    assert said(post(client, reply, "deny")) == ["Thank you. Nothing has happened, and nothing will."]
    assert said(post(client, reply, "confirm")) == ["There is nothing to confirm any more."]
    assert (buttons(client.get(reply_path(reply))), answer_of(invitation)) == ([], "NEEDS-ACTION")


def test_keeping_the_place(client, invitation):
    reply = answer(invitation, "DECLINED")
    assert words(client.get(reply_path(reply)))[0] == "You declined. Your place is given back soon."
    response = post(client, reply, "undo")
    assert said(response) == ["Your answer is taken back. Your calendar program gets the invitation once more."]
    assert words(client.get(reply_path(reply)))[:2] == ["This answer is taken back.", "You are registered."]


@pytest.mark.parametrize(("waits", "says"), [("waiting", "it goes to the next in line."), ("cancelled", "it is given back.")])
def test_who_declined_reads_whether_somebody_waits_for_the_place(client, training, invitation, waits, says):
    factories.RegistrationFactory(event=training, state=waits, queued_at=timezone.now() if waits == "waiting" else None)
    assert words(client.get(reply_path(answer(invitation, "DECLINED"))))[1:4:2] == ["On", says]


def test_a_proposal_is_shown_with_its_time(client, invitation):
    reply = answer(invitation, "TENTATIVE", method="COUNTER", extra=NEXT_DAY)
    shown = words(client.get(reply_path(reply)))
    assert shown[shown.index("Proposed") + 1] == PROPOSED


def test_no_time_is_shown_where_none_is_proposed(client, invitation):
    assert "Proposed" not in words(client.get(reply_path(answer(invitation, "DECLINED"))))


def test_after_the_place_is_given_back_one_registers_again_like_everybody(client, invitation):
    reply = answer(invitation, "DECLINED")
    with clock_at(timezone.now() + timedelta(minutes=31)):
        actions.give_back_due()
    response = client.get(reply_path(reply))
    assert words(response)[0] == "You declined, and your place was given back."
    assert 'href="/events/market-dialogue/">Register again</a>' in response.content.decode()
    assert (buttons(response), said(post(client, reply, "undo"))) == ([], ["You may not do this."])
    assert state(invitation.registration) == "cancelled"


def test_maybe_becomes_yes(client, invitation):
    reply = answer(invitation, "TENTATIVE")
    assert buttons(client.get(reply_path(reply))) == ["keep", "undo"]
    assert said(post(client, reply, "keep")) == ["Thank you. We count on you."]
    assert answer_of(invitation) == "ACCEPTED"


def test_what_a_mail_said_is_shown_as_text(client, invitation):
    reply = answer(invitation, "ACCEPTED", comment="<script>alert(1)</script>")
    html = client.get(reply_path(reply)).content.decode()
    assert ("<script>alert" in html, "&lt;script&gt;alert(1)&lt;/script&gt;" in html) == (False, True)


def test_what_nobody_knows_does_nothing(client, invitation):
    reply = answer(invitation, "ACCEPTED")
    assert post(client, reply, "explode").status_code == 302
    assert answer_of(invitation) == "ACCEPTED"


def test_pressing_is_bounded_as_on_the_registration_s_own_page(client, invitation, settings):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"self-service": "1/min"}}
    cache.clear()
    reply = answer(invitation, "ACCEPTED")
    assert [post(client, reply, "explode").status_code for _time in range(2)] == [302, 429]
    assert client.get("/replies/1.forged/").status_code == 429
    assert client.get(reply_path(reply)).status_code == 200
    cache.clear()


# --- The mails -----------------------------------------------------------------------------------------------------------


def test_the_mail_that_asks_tells_what_was_answered_and_from_where(invitation, ana):
    reply = answer(invitation, "DECLINED", sender="mallory@evil.example")
    message = sent("reply-asked")
    assert (message.recipient, message.subject) == (
        ana.email,
        "Was it you? An answer to the invitation: Market dialogue in practice",
    )
    for line in ("The answer: No, I do not come", "From: mallory@evil.example", reply_url(reply)):
        assert line in message.text.splitlines()


def test_the_mail_that_asks_tells_the_time_that_was_proposed(invitation):
    answer(invitation, "TENTATIVE", method="COUNTER", extra=NEXT_DAY, results=None)
    lines = sent("reply-asked").text.splitlines()
    assert lines[lines.index("The answer: Another time would suit me") + 1] == f"Proposed: {PROPOSED}"


def test_what_was_denied_or_undone_before_its_mail_left_is_not_told(invitation, ana):
    asked = answer(invitation, "DECLINED", results=None)
    actions.deny(reply=asked, by=ana)
    actions.undo(reply=answer(invitation, "DECLINED", number=2), by=ana)
    while deliver_due():
        pass
    states = Message.objects.filter(kind__startswith="reply").order_by("pk").values_list("kind", "state")
    assert list(states) == [("reply-asked", "dropped"), ("reply-declined", "dropped")]


def test_the_mail_about_a_decline_says_when_and_after_that_what_has_happened(invitation):
    now = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
    with clock_at(now):
        answer(invitation, "DECLINED", stamp=now)
        assert sent("reply-declined").subject == "You declined: Market dialogue in practice"
        first = Message.objects.get(kind="reply-declined")
    assert ":30 (Europe/Vienna, " in next(line for line in first.text.splitlines() if line.startswith("Given back: "))
    Message.objects.filter(pk=first.pk).update(state="queued", attempts=0, next_attempt_at=now)
    with clock_at(now + timedelta(minutes=31)):
        actions.give_back_due()
        assert sent("reply-declined").subject == "You declined, and your place is given back: Market dialogue in practice"


def test_a_proposal_is_answered_in_the_calendar_s_own_language(invitation, mailoutbox):
    while deliver_due():
        pass
    mailoutbox.clear()
    answer(invitation, "TENTATIVE", method="COUNTER", extra=("DTSTART:20270616T070000Z",))
    while deliver_due():
        pass
    declined, invited_again = (mail.calendar for mail in mailoutbox)
    body = declined.body.decode().replace("\r\n ", "")
    lines = body.split("\r\n")
    assert [one.name for one in icalendar.Calendar.from_ical(declined.body).walk()] == ["VCALENDAR", "VEVENT"]
    assert (declined.method, invited_again.method) == ("DECLINECOUNTER", "REQUEST")
    assert [line for line in lines if line.startswith(("METHOD", "UID", "SEQUENCE"))] == [
        "METHOD:DECLINECOUNTER",
        f"UID:{invitation.entry.uid}",
        "SEQUENCE:0",
    ]
    assert any(line.startswith("ATTENDEE") and line.endswith(f"mailto:{invitation.attendee}") for line in lines)
    assert ("PARTSTAT" in body, "RSVP" in body) == (False, False)
    assert b"SEQUENCE:1\r\n" in invited_again.body


@pytest.mark.parametrize(("closes", "days"), [(None, 7), (timedelta(days=10), 13)])
def test_maybe_is_asked_to_decide_before_it_is_too_late(training, invitation, closes, days):
    Event.objects.filter(pk=training.pk).update(changes_close_at=closes and training.starts_at - closes)
    answer(invitation, "TENTATIVE")
    moment = training.starts_at - timedelta(days=days)
    with clock_at(moment - timedelta(minutes=1)):
        assert remind_of_maybes() == 0
    with clock_at(moment + timedelta(minutes=1)):
        assert (remind_of_maybes(), remind_of_maybes()) == (1, 0)
        message = sent("tentative-reminder")
    assert message.subject == "You answered “maybe”: Market dialogue in practice"


@pytest.mark.parametrize("then", ["ACCEPTED", "DECLINED"])
def test_who_has_decided_is_not_asked(training, invitation, then):
    answer(invitation, "TENTATIVE", stamp=timezone.now() - timedelta(seconds=20))
    answer(invitation, then)
    with clock_at(training.starts_at - timedelta(days=2)):
        assert remind_of_maybes() == 0


def test_who_has_just_answered_maybe_is_left_alone_for_a_day(training, invitation):
    now = training.starts_at - timedelta(days=3)
    with clock_at(now):
        answer(invitation, "TENTATIVE", stamp=now)
    with clock_at(now + timedelta(hours=23)):
        assert remind_of_maybes() == 0
    with clock_at(now + timedelta(hours=25)):
        assert remind_of_maybes() == 1


# --- The organiser -----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, training, olga):
    """The desk's page, as its organiser sees it."""
    client.force_login(olga)
    return lambda query="": client.get(f"/desk/events/{training.slug}/replies/{query}")


def act(client, reply, do):
    return client.post(f"/desk/events/{reply.registration.event.slug}/replies/{reply.pk}/", {"do": do})


def rows(response):
    """The table's rows, as words."""
    return [
        words_in(row) for row in re.findall(r"<tbody>(.*)</tbody>", response.content.decode(), re.DOTALL)[0].split("<tr>")[1:]
    ]


def words_in(html):
    return [text for one in re.split(r"<[^>]+>", html) if (text := " ".join(unescape(one).split()))]


def test_an_empty_page_says_what_will_be_there(desk):
    assert "Nobody is invited yet" in desk().content.decode()


def test_the_organiser_sees_who_answered_what(desk, training, invitation, ben):
    invited(training, ben)
    answer(invitation, "ACCEPTED", comment="With my assistant")
    html = desk()
    assert [(row[0], row[2]) for row in rows(html)] == [("Ana Procurer", "Accepted"), ("Ben Buyer", "Not answered")]
    assert "With my assistant" in rows(html)[0]
    assert [row[0] for row in rows(desk("?answer=ACCEPTED"))] == ["Ana Procurer"]
    assert "Nobody gave this answer." in desk("?answer=DECLINED").content.decode()
    counts = re.findall(r'>([A-Za-z ]+) <span class="count">(\d+)</span>', html.content.decode())
    assert counts == [
        ("All", "2"),
        ("Not answered", "1"),
        ("Accepted", "1"),
        ("Maybe", "0"),
        ("Declined", "0"),
        ("Delegated", "0"),
    ]


def test_forged_and_broken_mails_are_no_news_for_the_organiser(desk, invitation):
    answer(invitation, "DECLINED", uid="x@y")
    answer(invitation, "ACCEPTED", extra=("RECURRENCE-ID:20270615T070000Z",))
    assert [row[:3] for row in rows(desk())] == [
        ["Ana Procurer", str(invitation.registration.person.organisation), "Not answered"]
    ]


def test_words_that_may_be_somebody_else_s_are_not_shown_as_theirs(desk, invitation, ana):
    reply = answer(invitation, "DECLINED", comment="You are thieves", sender="mallory@evil.example")
    assert reply.state == "to-confirm"
    assert "You are thieves" not in desk().content.decode()
    actions.confirm(reply=reply, by=ana)
    assert "You are thieves" in desk().content.decode()


def test_what_was_taken_back_is_no_answer_with_words_and_a_time(desk, invitation, ana):
    reply = answer(invitation, "DECLINED", comment="I am ill")
    assert "I am ill" in rows(desk())[0]
    actions.undo(reply=reply, by=ana)
    assert rows(desk())[0][1:] == [str(ana.organisation), "Not answered", "Taken back", "–", "none"]


def test_a_proposal_is_shown_on_the_clock_of_the_event_and_settled(client, desk, invitation):
    reply = answer(invitation, "TENTATIVE", client=samples.outlook_desktop, method="COUNTER", extra=NEXT_DAY)
    waiting = words(desk(), '<section class="stack" aria-labelledby="waiting-heading">.*?</section>')
    assert waiting[:2] == ["Waits for you", "Ana Procurer proposes another time"]
    assert waiting[waiting.index("Proposed") + 1] == PROPOSED
    assert said(act(client, reply, "settle")) == ["Settled. It no longer waits for you."]
    assert "Waits for you" not in desk().content.decode()


def test_a_delegation_is_passed_on_with_one_click(client, desk, invitation, ben):
    reply = answer(invitation, "DELEGATED", parameters=f';DELEGATED-TO="mailto:{ben.email}"')
    assert buttons(desk())[:2] == ["pass-on", "settle"]
    assert said(act(client, reply, "pass-on")) == ["Ben Buyer takes over: Confirmed."]
    assert said(act(client, reply, "pass-on")) == ["This reply does not wait for you any more."]


def test_a_delegation_to_a_stranger_says_why_not(client, desk, invitation):
    reply = answer(invitation, "DELEGATED", parameters=';DELEGATED-TO="mailto:nobody@demo.example"')
    assert said(act(client, reply, "pass-on")) == ["Nobody has an account with this address. Invite them instead."]


def test_the_organiser_takes_answers_back_and_puts_people_back(client, desk, invitation):
    reply = answer(invitation, "DECLINED")
    assert rows(desk())[0][-3:] == ["none", "Take back", ": Ana Procurer"]
    with clock_at(timezone.now() + timedelta(minutes=31)):
        actions.give_back_due()
    assert rows(desk())[0][-3:] == ["none", "Register again", ": Ana Procurer"]
    assert said(act(client, reply, "undo")) == [
        "They are registered again: with a place if there is one, else on the waiting list. They get a mail."
    ]
    assert [one.state for one in training_registrations(reply)] == ["cancelled", "confirmed"]


def training_registrations(reply):
    return reply.registration.event.registrations.order_by("pk")


def test_a_reply_of_another_event_is_not_there(client, olga, centre, invitation):
    reply = answer(invitation, "ACCEPTED")
    other = factories.EventFactory(organising_centre=centre, slug="another")
    client.force_login(olga)
    assert client.post(f"/desk/events/{other.slug}/replies/{reply.pk}/", {"do": "undo"}).status_code == 404
    assert answer_of(invitation) == "ACCEPTED"


def test_the_list_of_events_says_how_many_replies_wait(training, invitation, ben):
    answer(invitation, "DELEGATED", parameters=f';DELEGATED-TO="mailto:{ben.email}"')
    other = factories.EventFactory()
    steps = replies_wait([training, other])
    assert {pk: (step.text, step.url) for pk, step in steps.items()} == {
        training.pk: ("1 reply to look at", "/desk/events/market-dialogue/replies/")
    }


def test_the_page_costs_the_same_for_one_and_for_many(client, desk, training, ana, ben, cleo):
    def fill(person):
        invitation = invited(training, person)
        answer(invitation, "DELEGATED", number=person.pk, parameters=';DELEGATED-TO="mailto:x@demo.example"')

    fill(ana)
    address = f"/desk/events/{training.slug}/replies/"
    one = count_queries(client, address)
    fill(ben)
    fill(cleo)
    assert (count_queries(client, address), Reply.objects.count()) == (one, 3)
