"""What is shown of other people’s calendars, and who looks after them."""

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.utils import timezone

from events.calendars.models import Entry, Source
from network.models import Centre, Person
from network.queries import centres_organised_by

SHOWN_AT_MOST = 10


def sources_of(person: Person) -> QuerySet[Source]:
    """The sources of the centres that the person organises for, with how many dates each has."""
    found = Source.objects.filter(centre__in=centres_organised_by(person)).select_related("centre")
    return found.annotate(dates=Count("entries")).order_by("centre__code", "name", "pk")


def coming(centre_slug: str = "") -> QuerySet[Entry]:
    """What is shown of them and is not over, soonest first; of one centre or of all."""
    found = Entry.objects.filter(kind=Entry.Kind.FOREIGN, source__is_shown=True, ends_at__gte=timezone.now())
    if centre_slug:
        found = found.filter(source__centre__slug=centre_slug)
    return found.select_related("source__centre").order_by("starts_at", "uid")


def dates_of(source: Source) -> QuerySet[Entry]:
    """What was found in a source, shown or not, soonest first; what is over comes last of all."""
    found = Entry.objects.filter(source=source).select_related("source__centre")
    return found.annotate(is_over=ExpressionWrapper(Q(ends_at__lt=timezone.now()), BooleanField())).order_by(
        "is_over", "starts_at", "uid"
    )


def centres_shown() -> QuerySet[Centre]:
    """The centres whose other calendars are shown."""
    return Centre.objects.filter(sources__is_shown=True).distinct().order_by("short_name", "pk")
