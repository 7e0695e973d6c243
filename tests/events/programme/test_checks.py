"""Every bad input gets a clear message at its field, all of them at once."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from events.programme.checks import check
from events.programme.facts import SessionFacts, SpeakerFacts, facts_of
from events.programme.models import Venue
from events.programme.texts import check_venue
from network.errors import Invalid
from network.models import Competence
from tests import factories

pytestmark = pytest.mark.django_db

EARLY, LATE = datetime(2027, 5, 6, 7), datetime(2027, 5, 6, 18)
NEEDED = ["This is needed."]


def errors_of(facts, event=None, *, publishing=False):
    with pytest.raises(Invalid) as caught:
        check(facts, event=event, publishing=publishing)
    return caught.value.errors


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"title": "  "}, {"title": NEEDED}),
        ({"summary": ""}, {"summary": NEEDED}),
        ({"title": "x" * 161}, {"title": ["This has 161 characters; there is room for 160."]}),
        ({"summary": "one\ntwo"}, {"summary": ["This must be on one line."]}),
        (
            {"description": "a\x00b"},
            {"description": ["This contains control characters, which cannot be shown. Type it anew instead of pasting it."]},
        ),
        (
            {"audience": "a\ud800b"},
            {"audience": ["This contains control characters, which cannot be shown. Type it anew instead of pasting it."]},
        ),
        ({"description": "x" * 50_001}, {"description": ["This has 50001 characters; there is room for 50000."]}),
        ({"kind": "party"}, {"kind": ["“party” is not known here. Use one of: training, visit, ceremony."]}),
        ({"format": "phone"}, {"format": ["“phone” is not known here. Use one of: on-site, online, hybrid."]}),
        ({"visibility": "all"}, {"visibility": ["“all” is not known here. Use one of: public, network, invited."]}),
        ({"eligible_kinds": ("club", "utility")}, {"eligible_kinds": ["Not known here: club."]}),
        ({"languages": ()}, {"languages": ["Choose at least one language."]}),
        ({"languages": ("en", "tlh")}, {"languages": ["Not known here: tlh."]}),
        ({"languages": ("en", "en")}, {"languages": ["Named twice: en."]}),
        (
            {"languages": ("en", "de"), "interpretation": ("de", "fr")},
            {"interpretation": ["German is spoken at the event; interpretation is into other languages."]},
        ),
        ({"places": 0}, {"places": ["There must be at least one place. For no limit, leave this empty."]}),
        ({"places": -3}, {"places": ["There must be at least one place. For no limit, leave this empty."]}),
        ({"places": 10**12}, {"places": ["At most 100000. For no limit, leave this empty."]}),
        ({"attendance_share": 0}, {"attendance_share": ["This is a percentage: from 1 to 100."]}),
        ({"attendance_share": 101}, {"attendance_share": ["This is a percentage: from 1 to 100."]}),
        ({"offer_hours": 0}, {"offer_hours": ["From 1 to 720 hours, which are 30 days."]}),
        ({"offer_hours": 721}, {"offer_hours": ["From 1 to 720 hours, which are 30 days."]}),
        ({"reminder_days": -1}, {"reminder_days": ["From 0 to 30 days. 0 stands for no reminder."]}),
        ({"reminder_days": 31}, {"reminder_days": ["From 0 to 30 days. 0 stands for no reminder."]}),
        ({"special_answers_days": -1}, {"special_answers_days": ["From 0 to 365 days."]}),
        ({"special_answers_days": 366}, {"special_answers_days": ["From 0 to 365 days."]}),
        ({"approver": "nobody"}, {"approver": ["“nobody” is not known here. Use one of: organiser, home-centre."]}),
        ({"promotion": "lottery"}, {"promotion": ["“lottery” is not known here. Use one of: automatic, offer."]}),
        (
            {"join_link": "javascript:alert(1)"},
            {"join_link": ["This is not an address that a browser can open. It starts with https://."]},
        ),
        (
            {"join_link": "https://demo.example/" + "x" * 500},
            {"join_link": ["This has 521 characters; there is room for 500."]},
        ),
        ({"starts": LATE}, {"ends": ["The end must be later than the start."]}),
        ({"starts": None}, {"starts": NEEDED}),
        ({"all_day": True}, {
            "first_day": NEEDED, "last_day": NEEDED,
            "starts": ["The event is of whole days: give days, without a time of day."],
            "ends": ["The event is of whole days: give days, without a time of day."],
        }),
        ({"first_day": date(2027, 5, 6)}, {
            "first_day": ["The event has times of day: give the start and the end with their time."],
        }),
        ({"timezone": "CEST"}, {"timezone": ["“CEST” is not a time zone. Use an IANA name such as Europe/Vienna."]}),
        ({"starts": datetime(2027, 3, 28, 2, 30)}, {
            "starts": ["02:30 does not exist on 28 March 2027 in Europe/Vienna: the clock goes from 02:00 to 03:00."],
        }),
        ({"registration_closes": LATE}, {"registration_closes": ["Registration must close before the event ends."]}),
        ({"changes_close": LATE}, {
            "changes_close": ["Participants can change or cancel until the event ends at the latest."],
        }),
        ({"changes_close": datetime(2027, 3, 28, 2, 30)}, {
            "changes_close": ["02:30 does not exist on 28 March 2027 in Europe/Vienna: the clock goes from 02:00 to 03:00."],
        }),
        ({"registration_opens": LATE}, {"registration_opens": ["Registration must open before the event ends."]}),
        (
            {"registration_opens": datetime(2027, 4, 2), "registration_closes": datetime(2027, 4, 1)},
            {"registration_closes": ["Registration must close after it opens."]},
        ),
        ({"registration_closes": datetime(2027, 3, 28, 2, 30)}, {
            "registration_closes": [
                "02:30 does not exist on 28 March 2027 in Europe/Vienna: the clock goes from 02:00 to 03:00."
            ],
        }),
        ({"sessions": (SessionFacts(starts=EARLY, ends=LATE),)}, {
            "sessions.0.starts": ["The session must lie within the event, which starts 6 May 2027, 09:00 and ends 6 May 2027, 16:00."],
            "sessions.0.ends": ["The session must lie within the event, which starts 6 May 2027, 09:00 and ends 6 May 2027, 16:00."],
        }),
        ({"sessions": (SessionFacts(), SessionFacts(starts=LATE, ends=EARLY))}, {
            "sessions.1.ends": ["The end must be later than the start."],
        }),
        ({"sessions": (SessionFacts(first_day=date(2027, 5, 6), last_day=date(2027, 5, 6)),)}, {
            "sessions.0.starts": NEEDED, "sessions.0.ends": NEEDED,
            "sessions.0.first_day": ["The event has times of day: give the start and the end with their time."],
            "sessions.0.last_day": ["The event has times of day: give the start and the end with their time."],
        }),
        ({"sessions": (SessionFacts(id=7),)}, {
            "sessions.0.id": ["The event has no session of this number. Leave it out for a new session."],
        }),
        ({"sessions": (SessionFacts(credited_minutes=-1),)}, {
            "sessions.0.credited_minutes": ["This must be from 0 to the length of the session, 1440 minutes."],
        }),
        ({"sessions": (SessionFacts(), SessionFacts(places=5))}, {
            "sessions.1.places": [
                "Only a session that participants choose has places of its own. All participants come to this one."
            ],
        }),
        ({"sessions": (SessionFacts(is_chosen=True, places=0), SessionFacts(is_chosen=True, places=100_001))}, {
            "sessions.0.places": ["There must be at least one place. For no limit, leave this empty."],
            "sessions.1.places": ["At most 100000. For no limit, leave this empty."],
        }),
        ({"sessions": (SessionFacts(speakers=(SpeakerFacts(name=" "), SpeakerFacts(name="A", part="guru"))),)}, {
            "sessions.0.speakers.0.name": NEEDED,
            "sessions.0.speakers.1.part": [
                "“guru” is not known here. Use one of: speaker, trainer, moderator, interpreter."
            ],
        }),
        ({"sessions": (SessionFacts(),) * 201}, {"sessions": ["At most 200 sessions."]}),
    ],
)  # fmt: skip
def test_wrong_facts(facts, changes, errors):
    assert errors_of(facts(**changes)) == errors


def test_all_problems_come_at_once(facts):
    wrong = facts(title="", places=0, languages=(), timezone="Mars/Olympus", join_link="ftp://x")
    assert sorted(errors_of(wrong)) == ["join_link", "languages", "places", "timezone", "title"]


def test_competences(facts):
    first = Competence.objects.get_or_create(code="C1", defaults={"number": 1, "cluster": "horizontal", "name": "Life cycle"})[
        0
    ]
    assert errors_of(facts(competences=((first, 5), (first, 2)))) == {
        "competences.0.level": ["Levels go from 0 (below basic) to 4 (expert)."],
        "competences.1.competence": ["C1 Life cycle is named twice."],
    }


def test_fewer_places_than_taken(facts, training):
    training.places_taken = 7
    assert errors_of(replace(facts_of(training), places=6), training) == {
        "places": ["7 places are taken already. Cancel registrations first, or keep at least that many."]
    }
    assert check(replace(facts_of(training), places=7), event=training).facts.places == 7


def test_the_organising_centre_is_no_co_organiser_and_nobody_is_named_twice(facts, centre, other_centre):
    assert errors_of(facts(co_organisers=(centre, other_centre, other_centre))) == {
        "co_organisers": ["Test AT organises the event itself.", "Named twice: Test DE."]
    }


def test_a_centre_that_has_ended_organises_nothing_new(facts, centre, other_centre):
    centre.active_until, centre.successor = date(2026, 12, 31), other_centre
    assert errors_of(facts()) == {
        "organising_centre": ["Test AT was active until 31 December 2026 only. Its successor is Test DE."]
    }
    assert errors_of(facts(organising_centre=other_centre, co_organisers=(centre,))) == {
        "co_organisers": ["Test AT was active until 31 December 2026 only. Its successor is Test DE."]
    }


def test_what_a_centre_organised_stays_when_it_ends(training):
    training.organising_centre.active_until = date(2020, 1, 1)
    assert check(facts_of(training), event=training).facts == facts_of(training)


VENUE_NEEDED = ["An event that people come to needs a venue before it can be published."]
LINK_NEEDED = ["An online event needs its link to join before it can be published."]


@pytest.mark.parametrize(
    ("format", "errors"),
    [
        ("on-site", {"venue": VENUE_NEEDED}),
        ("online", {"join_link": LINK_NEEDED}),
        ("hybrid", {"venue": VENUE_NEEDED, "join_link": LINK_NEEDED}),
    ],
)
def test_what_a_draft_may_lack_and_a_publication_not(facts, format, errors):
    bare = facts(format=format, venue=None, join_link="")
    assert check(bare, event=None).facts.venue is None
    assert errors_of(bare, publishing=True) == errors


def test_parallel_sessions_are_allowed_and_come_in_order(facts):
    afternoon = SessionFacts(starts=datetime(2027, 5, 6, 13), ends=datetime(2027, 5, 6, 16), title="B")
    morning = SessionFacts(starts=datetime(2027, 5, 6, 9), ends=datetime(2027, 5, 6, 14), title="A")
    checked = check(facts(sessions=(afternoon, morning)), event=None)
    assert [session.facts.title for session in checked.sessions] == ["A", "B"]


def test_texts_are_trimmed_and_line_ends_are_of_one_form(facts):
    checked = check(facts(title="  Market dialogue ", description="one\r\ntwo\r"), event=None).facts
    assert (checked.title, checked.description) == ("Market dialogue", "one\ntwo")


def test_the_normal_form_is_what_is_read_back(training):
    assert check(facts_of(training), event=training).facts == facts_of(training)


def test_a_venue_is_checked_too():
    with pytest.raises(Invalid) as caught:
        check_venue(Venue(name="a\nb", city=" ", country="XX", latitude=91))
    assert {path: len(messages) for path, messages in caught.value.errors.items()} == {
        "name": 1,
        "city": 1,
        "country": 1,
        "": 1,
    }
    assert check_venue(Venue(name=" Hall ", city="Athens", country="GR")).name == "Hall"


def test_factories_give_events_that_pass(db):
    event = factories.EventFactory()
    assert check(facts_of(event), event=event).facts == facts_of(event)
