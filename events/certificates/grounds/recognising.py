"""The verbs of recognitions: who spoke, taught, hosted, was a finalist or won. Each is the ground of one certificate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.certificates.models import Recognition
from events.programme.models import Event
from network.errors import Invalid, Refused
from network.journal import because
from network.models import Person
from network.rules import require

NAME_LENGTH, AFFILIATION_LENGTH, SUBJECT_LENGTH = 160, 200, 300
MOST_MINUTES = 60_000


class HasCertificate(Refused):
    """A certificate stands on it, so it cannot be removed, nor become another kind."""

    code = "has_certificate"
    message = gettext_lazy("A certificate was issued on this. It stays in the register: revoke the certificate instead.")


@dataclass(frozen=True)
class Part:
    """What somebody did at an event. ``person``: their account, known from the programme; they see the certificate there."""

    kind: str
    name: str
    affiliation: str = ""
    subject: str = ""
    minutes: int | None = None
    language: str = ""
    person: Person | None = None


def recognise(*, event: Event, part: Part, by: Person) -> Recognition:
    """Record what somebody did. Raises NotAllowed, and Invalid by field (at ``name`` where it is recorded already)."""
    require(by, "events.issue_certificates", event)
    part = _checked(part)
    with transaction.atomic(), because(by=by):
        _lock(event)
        if _same(event, part).exists():
            raise Invalid({"name": [_("This is recorded already.")]})
        return _create(event, part, by)


def recognise_all(*, event: Event, parts: Sequence[Part], by: Person) -> list[Recognition]:
    """Record what many people did; what is recorded already is left out. All or none. Raises NotAllowed, Invalid."""
    require(by, "events.issue_certificates", event)
    checked = [_checked(part) for part in parts]
    with transaction.atomic(), because(by=by):
        _lock(event)
        return [_create(event, part, by) for part in checked if not _same(event, part).exists()]


def change_recognition(*, recognition: Recognition, part: Part, by: Person) -> Recognition:
    """State it anew. A certificate that was issued on it stays as it is, and the register calls it out of date.

    Raises NotAllowed, HasCertificate (for another kind), and Invalid by field.
    """
    require(by, "events.issue_certificates", recognition.event)
    part = _checked(part)
    with transaction.atomic(), because(by=by):
        _lock(recognition.event)
        fresh = Recognition.objects.select_for_update(of=("self",), no_key=True).get(pk=recognition.pk)
        if part.kind != fresh.kind and fresh.certificates.exists():
            raise HasCertificate(_("A certificate was issued on this, so it cannot become another kind."))
        if _same(recognition.event, part).exclude(pk=fresh.pk).exists():
            raise Invalid({"name": [_("This is recorded already.")]})
        for name in ("kind", "name", "affiliation", "subject", "minutes", "language", "person"):
            setattr(fresh, name, getattr(part, name))
        fresh.save()
    return fresh


def remove_recognition(*, recognition: Recognition, by: Person) -> None:
    """Take it away, as long as no certificate was ever issued on it. Raises NotAllowed, HasCertificate."""
    require(by, "events.issue_certificates", recognition.event)
    with transaction.atomic(), because(by=by):
        _lock(recognition.event)
        fresh = Recognition.objects.select_for_update(of=("self",), no_key=True).filter(pk=recognition.pk).first()
        if fresh is None:
            return
        if fresh.certificates.exists():
            raise HasCertificate
        fresh.delete()


def _lock(event: Event) -> None:
    Event.objects.select_for_update(of=("self",), no_key=True).get(pk=event.pk)


def _same(event: Event, part: Part) -> Any:
    return Recognition.objects.filter(event=event, kind=part.kind, name=part.name, subject=part.subject)


def _create(event: Event, part: Part, by: Person) -> Recognition:
    return Recognition.objects.create(
        event=event,
        kind=part.kind,
        name=part.name,
        affiliation=part.affiliation,
        subject=part.subject,
        minutes=part.minutes,
        language=part.language,
        person=part.person,
        recorded_by=by,
    )


def _checked(part: Part) -> Part:
    """The part as it is stored. Raises Invalid."""
    errors: dict[str, list[Any]] = {}
    texts = {name: " ".join(str(getattr(part, name)).split()) for name in ("name", "affiliation", "subject")}
    lengths = {"name": NAME_LENGTH, "affiliation": AFFILIATION_LENGTH, "subject": SUBJECT_LENGTH}
    for name, most in lengths.items():
        if len(texts[name]) > most:
            errors[name] = [_("Use at most %(count)d characters.") % {"count": most}]
    if not texts["name"]:
        errors["name"] = [_("Give the name, as it shall stand on the certificate.")]
    if part.kind not in Recognition.Kind.values:
        errors["kind"] = [_("Choose what it was.")]
    if part.minutes is not None and not 1 <= part.minutes <= MOST_MINUTES:
        errors["minutes"] = [_("From 1 to %(most)d minutes.") % {"most": MOST_MINUTES}]
    if part.language and part.language not in dict(settings.LANGUAGES):
        offered = ", ".join(code for code, _name in settings.LANGUAGES)
        errors["language"] = [_("Certificates are written in: %(codes)s.") % {"codes": offered}]
    if errors:
        raise Invalid(errors)
    return Part(part.kind, **texts, minutes=part.minutes, language=part.language, person=part.person)
