"""Reads of the ground floor that pages, API and wings share."""

from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from network.models import AccessToken, Centre, FundingProfile, Person, Role
from network.rules import ORGANISING, is_secretariat, is_signed_in


def active_centres(on: date | None = None) -> QuerySet[Centre]:
    """Centres that exist on a day (today), and whose work no other centre has taken over."""
    day = on or timezone.now().date()
    began = Q(active_from__isnull=True) | Q(active_from__lte=day)
    lasts = Q(active_until__isnull=True) | Q(active_until__gte=day)
    return Centre.objects.filter(began, lasts, successor__isnull=True)


def centres_organised_by(person: Person) -> QuerySet[Centre]:
    """Centres whose events the person may run; all of them for the secretariat."""
    if is_secretariat(person):
        return Centre.objects.all()
    return Centre.objects.filter(pk__in=[role.centre_id for role in person.held_roles if role.kind in ORGANISING])


def centres_coordinated_by(person: Person) -> QuerySet[Centre]:
    """Centres whose facts and people the person looks after; all of them for the secretariat."""
    if is_secretariat(person):
        return Centre.objects.all()
    return Centre.objects.filter(pk__in=[role.centre_id for role in person.held_roles if role.kind == Role.Kind.COORDINATOR])


def home_centre(person: Person) -> Centre | None:
    """A participant's own centre: where they hold a role, else that of their organisation, else that of their country.

    None where the network has none there (yet). Two queries at most.
    """
    centres = active_centres().order_by("code")
    at = [role.centre_id for role in person.held_roles if role.centre_id is not None]
    if at and (own := centres.filter(pk__in=at).first()) is not None:
        return own
    organisation = person.organisation
    if organisation is None:
        return None
    behind = Q(organisations=organisation)
    found = centres.filter(behind | Q(country=organisation.country)).annotate(behind=Count("pk", filter=behind))
    return found.order_by("-behind", "code").first()


def roles_visible_to(person: object) -> QuerySet[Role]:
    """One's own roles, and those at centres that one coordinates; all for the secretariat."""
    roles = Role.objects.select_related("person", "centre").order_by("centre__code", "kind", "person__name", "pk")
    if not isinstance(person, Person) or not is_signed_in(person):
        return roles.none()
    if is_secretariat(person):
        return roles
    return roles.filter(Q(person=person) | Q(centre__in=centres_coordinated_by(person)))


def tokens_of(person: object) -> QuerySet[AccessToken]:
    """One's own tokens, revoked and expired ones too, the newest first."""
    if not isinstance(person, Person):
        return AccessToken.objects.none()
    return AccessToken.objects.filter(person=person)


def current_funding(on: date | None = None) -> QuerySet[FundingProfile]:
    """Funding profiles that apply on a day (today)."""
    day = on or timezone.now().date()
    began = Q(active_from__isnull=True) | Q(active_from__lte=day)
    return FundingProfile.objects.filter(began, Q(active_until__isnull=True) | Q(active_until__gte=day))
