"""The reads of calendar addresses."""

from django.db.models import F, QuerySet

from events.calendars.models import PersonalAddress
from network.models import Person


def addresses_of(person: Person) -> QuerySet[PersonalAddress]:
    """The person's addresses, the live ones first, then the newest."""
    return PersonalAddress.objects.filter(person=person).order_by(F("revoked_at").desc(nulls_first=True), "-created_at", "-pk")
