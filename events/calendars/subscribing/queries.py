"""The reads of calendar addresses."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, QuerySet

from events.calendars.feeds.catalogue import PublicFeed
from events.calendars.models import CalendarWishes, PersonalAddress
from events.programme.queries import organised_centres, upcoming, visible_to
from network.models import Centre, Person
from network.rules import is_secretariat


def addresses_of(person: Person) -> QuerySet[PersonalAddress]:
    """The person's addresses, the live ones first, then the newest."""
    addresses = PersonalAddress.objects.filter(person=person).select_related("centre")
    return addresses.order_by(F("revoked_at").desc(nulls_first=True), "-created_at", "-pk")


def centres_of(person: Person) -> QuerySet[Centre]:
    """The centres whose plans the person may have as a calendar."""
    return Centre.objects.all() if is_secretariat(person) else Centre.objects.filter(pk__in=organised_centres(person))


def wants_invitations(person: Person) -> bool:
    """Whether the person gets invitations by mail. Who never said anything does."""
    wish = CalendarWishes.objects.filter(person=person).values_list("invitations", flat=True).first()
    return wish is not False


def coming(feed: PublicFeed) -> int:
    """How many events to come are in a public feed."""
    return upcoming(visible_to(AnonymousUser()).filter(feed.events)).count()
