"""What somebody may see, and how they find it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from events.programme import queries
from events.programme.filters import EventFilter
from events.programme.models import Event, EventCompetence
from network.models import Competence, Sector
from tests import factories

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)


def slugs(events):
    return sorted(events.values_list("slug", flat=True))


@pytest.fixture
def season(centre, other_centre):
    """One event of each visibility and state, by the centre and by the other one."""
    for owner, prefix in ((centre, "at"), (other_centre, "de")):
        for visibility in Event.Visibility.values:
            factories.EventFactory(organising_centre=owner, slug=f"{prefix}-{visibility}", visibility=visibility)
        for state in ("draft", "postponed", "cancelled", "finished"):
            factories.EventFactory(organising_centre=owner, slug=f"{prefix}-{state}", state=state)


PUBLIC = [
    "at-cancelled", "at-finished", "at-postponed", "at-public", "de-cancelled", "de-finished", "de-postponed", "de-public",
]  # fmt: skip


def test_visitors_and_procurers_see_what_is_public(season, ana):
    assert slugs(queries.visible_to(AnonymousUser())) == PUBLIC
    assert slugs(queries.visible_to(ana)) == PUBLIC


def test_members_see_what_is_for_the_network(season, mia):
    assert slugs(queries.visible_to(mia)) == sorted([*PUBLIC, "at-network", "de-network"])


def test_organisers_see_all_of_their_centre_and_what_they_share(season, olga):
    own = [*PUBLIC, "at-network", "de-network", "at-invited", "at-draft"]
    assert slugs(queries.visible_to(olga)) == sorted(own)
    Event.objects.get(slug="de-draft").co_organisers.add(Event.objects.get(slug="at-public").organising_centre)
    assert slugs(queries.visible_to(olga)) == sorted([*own, "de-draft"])
    assert slugs(queries.organised_by(olga)) == sorted(
        ["at-public", "at-network", "at-invited", "at-draft", "at-postponed", "at-cancelled", "at-finished", "de-draft"]
    )


def test_the_secretariat_sees_everything_and_a_procurer_organises_nothing(season, sara, ana):
    assert queries.visible_to(sara).count() == queries.organised_by(sara).count() == 14
    assert slugs(queries.organised_by(ana)) == []


@pytest.mark.parametrize("state", ["invited", "pending", "confirmed", "cancelled", "declined"])
def test_who_has_or_had_a_registration_sees_the_event(season, ana, state):
    for slug in ("at-invited", "de-draft"):
        factories.RegistrationFactory(event=Event.objects.get(slug=slug), person=ana, state=state)
    assert slugs(queries.visible_to(ana)) == sorted([*PUBLIC, "at-invited"])


def test_lists_and_details_take_as_many_queries_for_three_as_for_one(centre, other_centre, django_assert_num_queries):
    def read(events):
        return [
            (event.organising_centre.slug, event.venue.city, list(event.co_organisers.all()), list(event.sectors.all()),
             [taught.competence.name for taught in event.taught.all()],
             [[speaker.name for speaker in session.speakers.all()] for session in event.sessions.all()])
            for event in events
        ]  # fmt: skip

    for number in (1, 2):
        for _ in range(number):
            event = factories.EventFactory(organising_centre=centre)
            event.co_organisers.add(other_centre)
            event.sessions.get().speakers.create(name="Tina Trainer")
        with django_assert_num_queries(6):
            read(queries.with_all_parts(Event.objects.all()))
        with django_assert_num_queries(1):
            [(event.organising_centre.slug, event.venue.city) for event in queries.with_list_parts(Event.objects.all())]


def test_upcoming_is_what_is_not_over_and_past_the_rest(centre):
    now = timezone.now()
    for slug, starts in (("over", now - 2 * A_DAY), ("running", now - timedelta(hours=1)), ("next", now + A_DAY)):
        factories.EventFactory(organising_centre=centre, slug=slug, starts_at=starts)
    assert [event.slug for event in queries.upcoming(Event.objects.all())] == ["running", "next"]
    assert [event.slug for event in queries.past(Event.objects.all())] == ["over"]


def test_days_are_counted_in_the_zone_of_the_event_or_of_the_reader(centre):
    evening = datetime(2027, 5, 31, 22, 30, tzinfo=UTC)  # 1 June in Vienna, 31 May in Lisbon
    factories.EventFactory(
        slug="late",
        starts_at=evening,
        ends_at=evening + timedelta(minutes=20),
        first_day=date(2027, 6, 1),
        last_day=date(2027, 6, 1),
    )
    factories.EventFactory(
        slug="whole", all_day=True, starts_at=datetime(2027, 5, 30, 22, tzinfo=UTC), ends_at=datetime(2027, 5, 31, 22, tzinfo=UTC),
        first_day=date(2027, 5, 31), last_day=date(2027, 5, 31),
    )  # fmt: skip
    events = Event.objects.all()
    assert slugs(queries.in_month(events, 2027, 6)) == ["late"]
    assert slugs(queries.in_month(events, 2027, 5)) == ["whole"]
    assert slugs(queries.in_month(events, 2027, 12)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dialogue", ["market"]), ("DIALOGUE practice", ["market"]), ("dialogue budget", []), ("vienna", ["greek", "market"]),
        ("test at", ["greek", "market"]), ("συμβάσεις", ["greek"]), ("ΣΥΜΒΆΣΕΙΣ", ["greek"]), ("%", []), ("_", []), ("", ["greek", "market"]),
    ],
)  # fmt: skip
def test_every_word_of_a_search_occurs(centre, text, found):
    factories.EventFactory(organising_centre=centre, slug="market", title="Market dialogue", description="In practice.")
    factories.EventFactory(organising_centre=centre, slug="greek", title="Δημόσιες συμβάσεις", summary="X")
    assert slugs(queries.search(Event.objects.all(), text)) == found


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "open"),
        ({"places": None}, "open"),
        ({"places": 5, "places_taken": 5}, "full"),
        ({"state": "draft"}, "closed"),
        ({"state": "postponed"}, "closed"),
        ({"registration_opens_at": timezone.now() + A_DAY}, "not-yet-open"),
        ({"registration_closes_at": timezone.now() - A_DAY}, "closed"),
        ({"starts_at": timezone.now() - timedelta(hours=1)}, "closed"),
    ],
)
def test_the_state_of_registration(changes, state):
    event = factories.EventFactory(**changes)
    assert queries.registration_state(event) == state


def test_whole_days_can_be_registered_for_until_the_end_of_the_first():
    event = factories.EventFactory.build(all_day=True, first_day=date(2027, 5, 6), last_day=date(2027, 5, 7))
    assert queries.registration_window(event) == (None, datetime(2027, 5, 6, 22, tzinfo=UTC))


# --- Filters ---


@pytest.fixture
def catalogue(centre, other_centre):
    """Two events that differ in everything."""
    energy = Sector.objects.get_or_create(slug="energy", defaults={"name": "Energy"})[0]
    market = Competence.objects.get_or_create(code="C8", defaults={"number": 8, "cluster": "pre-award", "name": "Market"})[0]
    greek = factories.EventFactory(
        slug="greek", kind="visit", organising_centre=other_centre, languages=["el"], interpretation=["fr"], title="Visit",
        venue=factories.VenueFactory(city="Athens", country="GR"), first_day=date(2027, 5, 6), last_day=date(2027, 5, 7),
    )  # fmt: skip
    greek.co_organisers.add(centre)
    greek.sectors.add(energy)
    EventCompetence.objects.create(event=greek, competence=market, level=2)
    factories.EventFactory(
        slug="online", format="online", venue=None, organising_centre=other_centre, languages=["en", "fr"], state="cancelled",
        first_day=date(2027, 6, 1), last_day=date(2027, 6, 1), starts_at=timezone.now() - 2 * A_DAY,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["greek", "online"]),
        ({"kind": "visit"}, ["greek"]),
        ({"centre": "at-test"}, ["greek"]),
        ({"centre": "de-test"}, ["greek", "online"]),
        ({"country": "GR"}, ["greek"]),
        ({"country": "el"}, ["greek"]),
        ({"country": "DE"}, ["online"]),
        ({"sector": "energy"}, ["greek"]),
        ({"competence": "C8"}, ["greek"]),
        ({"language": "fr"}, ["greek", "online"]),
        ({"language": "en"}, ["online"]),
        ({"format": "online"}, ["online"]),
        ({"state": "cancelled"}, ["online"]),
        ({"past": "true"}, ["online"]),
        ({"past": "false"}, ["greek"]),
        ({"from": "2027-05-07", "to": "2027-05-31"}, ["greek"]),
        ({"from": "2027-05-08"}, ["online"]),
        ({"to": "2027-05-05"}, []),
        ({"q": "athens", "kind": "visit", "language": "el"}, ["greek"]),
    ],
)
def test_filters(catalogue, query, found):
    filtered = EventFilter(query, queryset=Event.objects.all())
    assert filtered.errors == {}
    assert slugs(filtered.qs) == found


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ({"kind": "party"}, {"kind": ["Select a valid choice. party is not one of the available choices."]}),
        ({"centre": "nowhere"}, {"centre": ["Select a valid choice. That choice is not one of the available choices."]}),
        ({"country": "Atlantis"}, {"country": ["Select a valid choice. ATLANTIS is not one of the available choices."]}),
        ({"past": "maybe"}, {"past": ["Select a valid choice. maybe is not one of the available choices."]}),
        ({"from": "next Tuesday"}, {"from": ["Enter a valid date."]}),
        ({"from": "2027-05-02", "to": "2027-05-01"}, {"to": ["The last day must not be before the first."]}),
        ({"q": "a\x00"}, {"q": ["Null characters are not allowed."]}),
    ],
)
def test_wrong_values_are_told_at_their_field(catalogue, query, messages):
    assert EventFilter(query, queryset=Event.objects.all()).errors == messages
