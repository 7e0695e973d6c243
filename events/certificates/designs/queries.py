"""The reads of templates: those that somebody sees at their desk, and those that an event may use."""

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from events.certificates.models import CertificateTemplate, CertificateTerms
from events.programme.models import Event
from network.models import Person
from network.queries import centres_organised_by
from network.rules import is_secretariat


def visible_to(person: Person) -> QuerySet[CertificateTemplate]:
    """The network's, and those of the centres that the person organises for; all, for the secretariat."""
    templates = CertificateTemplate.objects.select_related("centre")
    if is_secretariat(person):
        return templates
    return templates.filter(Q(centre=None) | Q(centre__in=centres_organised_by(person)))


def with_events(templates: QuerySet[CertificateTemplate]) -> QuerySet[CertificateTemplate]:
    """Count by how many events each is used."""
    uses = CertificateTerms.objects.filter(template=OuterRef("pk")).order_by().values("template")
    return templates.annotate(events=Coalesce(Subquery(uses.annotate(n=Count("pk")).values("n")), 0))


def in_order(templates: QuerySet[CertificateTemplate]) -> QuerySet[CertificateTemplate]:
    """Those that can be chosen first; the network's before the centres'."""
    whose = (F("centre__country").asc(nulls_first=True), F("centre__short_name").asc(nulls_first=True))
    return templates.order_by(F("retired_at").asc(nulls_first=True), *whose, "name", "pk")


def choosable(event: Event, current: CertificateTerms | None, by: Person) -> QuerySet[CertificateTemplate]:
    """What ``by`` may choose for the event: the network's and its organisers', unless retired; and what it uses already.

    Of the organisers only those that ``by`` organises for. A co-organiser is named without being asked, and a template puts
    its logo and the signature of its people under what others issue: only its own people give that away.
    """
    organisers = [event.organising_centre_id, *event.co_organisers.values_list("pk", flat=True)]
    theirs = visible_to(by).filter(Q(centre=None) | Q(centre__in=organisers)).order_by().values("pk")
    offered = Q(retired_at=None, pk__in=theirs)
    if current is not None and current.template_id is not None:
        offered |= Q(pk=current.template_id)
    return in_order(CertificateTemplate.objects.filter(offered).select_related("centre"))
