"""Test data: one plain function or factory for each thing."""

from datetime import UTC, datetime, timedelta

import factory
from django.utils import timezone as clock

from events.programme.models import Event, Session, Venue
from events.registrations.models import Registration
from network.models import Centre, Organisation, Person, Role


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"City of Testing {n}")
    kind = Organisation.Kind.LOCAL_AUTHORITY
    country = "AT"


class PersonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Person
        django_get_or_create = ("email",)

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@demo.example")
    organisation = factory.SubFactory(OrganisationFactory)
    timezone = "Europe/Vienna"
    password = "!"


class CentreFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Centre

    code = factory.Sequence(lambda n: f"XX-TEST{n}")
    slug = factory.LazyAttribute(lambda centre: centre.code.lower())
    name = factory.LazyAttribute(lambda centre: f"Test centre {centre.code}")
    short_name = factory.LazyAttribute(lambda centre: centre.code)
    country = "AT"
    city = "Vienna"
    languages = ["de"]
    timezone = "Europe/Vienna"
    status = Centre.Status.ESTABLISHED


class VenueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Venue

    name = "Procurement house"
    address = "Test street 1"
    city = "Vienna"
    country = "AT"


_BEGAN = clock.now()


def today() -> datetime:
    """Now, but of the same day however often it is asked, also at midnight. A story may set the clock to another day."""
    now = clock.now()
    return _BEGAN if abs(now - _BEGAN) < timedelta(days=1) else now


def soon(days: int = 30, hour: int = 9) -> datetime:
    """A whole hour some days from now, in UTC."""
    return (today() + timedelta(days=days)).astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)


class EventFactory(factory.django.DjangoModelFactory):
    """A published on-site training of one session, 9:00 to 16:00 UTC in 30 days, with 20 places."""

    class Meta:
        model = Event
        skip_postgeneration_save = True

    kind = Event.Kind.TRAINING
    state = Event.State.PUBLISHED
    slug = factory.Sequence(lambda n: f"event-{n}")
    title = factory.Sequence(lambda n: f"Market dialogue in practice {n}")
    summary = "How to talk to suppliers before the call."
    organising_centre = factory.SubFactory(CentreFactory)
    format = Event.Format.ON_SITE
    venue = factory.SubFactory(VenueFactory)
    timezone = "Europe/Vienna"
    languages = ["en"]
    places = 20
    starts_at = factory.LazyFunction(soon)
    ends_at = factory.LazyAttribute(lambda event: event.starts_at + timedelta(hours=7))
    first_day = factory.LazyAttribute(lambda event: event.starts_at.date())
    last_day = factory.LazyAttribute(lambda event: event.ends_at.date())
    published_at = factory.LazyFunction(clock.now)

    @factory.post_generation
    def with_session(event, create, extracted, **_kwargs):  # noqa: N805
        """One session as long as the event, unless ``with_session=False``."""
        if create and extracted is not False:
            Session.objects.create(
                event=event,
                all_day=event.all_day,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
                first_day=event.first_day,
                last_day=event.last_day,
            )


class RegistrationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Registration

    event = factory.SubFactory(EventFactory)
    person = factory.SubFactory(PersonFactory)
    state = Registration.State.PENDING
    changed_at = factory.LazyFunction(clock.now)


def appoint(person: Person, kind: str, centre: Centre | None = None) -> Role:
    """Give a role, and let the person's cached roles be read anew."""
    person.__dict__.pop("held_roles", None)
    return Role.objects.create(person=person, kind=kind, centre=centre)
