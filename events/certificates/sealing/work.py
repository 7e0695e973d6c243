"""Tells coordinators, and the secretariat for the network, that a seal is about to expire."""

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from events.certificates.models import Seal
from events.certificates.sealing.checks import SOON
from events.programme.work import Step, notices
from network.models import Person
from network.queries import centres_coordinated_by
from network.rules import is_secretariat


def seal_expires(person: Person) -> Step | None:
    """The seal that expires first, within a month; one query, or none for who coordinates nowhere."""
    whose = Q(centre__in=centres_coordinated_by(person))
    if is_secretariat(person):
        whose = Q()
    elif not any(role.kind == role.Kind.COORDINATOR for role in person.held_roles):
        return None
    from events.certificates.sealing.identity import expires  # noqa: PLC0415 - cryptography costs a process 15 MB: only who needs it pays

    now = timezone.now()
    ends = [
        (end, seal)
        for seal in Seal.objects.filter(whose, retired_at=None).select_related("centre")
        if (end := expires(seal.chain)) is not None and end < now + SOON
    ]
    if not ends:
        return None
    end, seal = min(ends, key=lambda one: (one[0], one[1].pk))
    words = {"day": date_format(timezone.localtime(end), "DATE_FORMAT"), "centre": seal.centre or gettext("the network")}
    if end <= now:
        text = gettext("The electronic seal of %(centre)s expired on %(day)s. Until there is a new one, nothing can be issued.")
    else:
        text = gettext("The electronic seal of %(centre)s expires on %(day)s. Ask the administrator for a new one in time.")
    return Step(text % words, reverse("desk_register"), urgent=True, link=gettext("See the certificates"))


notices.append(seal_expires)
