"""From grounds to certificates in the register.

Certificates are printed before anything is locked; under the lock their facts, with the register numbers in them, are collected
again. Those that are still what was printed are written, up to the first that is not; the rest is printed again. So nothing
slow happens inside the lock, numbers have no gaps, and what is printed is what was true.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.certificates.content.earning import (
    ground_of_recognition,
    grounds_of_registrations,
    require_printable_facts,
    why_not_earned,
)
from events.certificates.content.facts import OWN_PARTS, Facts, Place, collect, event_facts
from events.certificates.content.ground import Ground
from events.certificates.issuing import files
from events.certificates.issuing.making import Made, Maker
from events.certificates.models import Certificate, Credential, Recognition
from events.certificates.numbers import new_number
from events.certificates.signals import CertificateChange, certificate_issued
from events.paper.fonts import CannotPrint
from events.programme.models import Event
from events.registrations.models import Registration
from network.errors import Problem, Refused
from network.journal import because
from network.models import Centre, Person
from network.vocabulary import zone_named

Kind = Certificate.Kind

#: How often a batch is printed again because others took its register numbers; the last time, one by one, under the lock.
ATTEMPTS = 4


class NotEarned(Refused):
    """The event is not over, too few hours were attended, or something that is needed besides is missing."""

    code = "not_earned"


class AlreadyReplaced(Refused):
    """A newer certificate took its place; that one can be revoked or issued anew."""

    code = "already_replaced"
    message = _("A newer certificate has taken the place of this one. Change that one instead.")


@dataclass(frozen=True)
class Wish:
    """A certificate to be issued: on which ground, in which language (empty: the holder's), in the place of which."""

    kind: Kind
    registration: int | None = None
    recognition: int | None = None
    language: str = ""
    replaces: int | None = None


#: What became of a wish: the certificate that was issued, or valid already; or why there is none.
Outcome = Certificate | Problem


def freeze(wishes: Sequence[Wish], *, event: Event, by: Person | None, maker: Maker, reason: str = "") -> list[Outcome]:
    """Issue what is wished, all of one event, and say what became of each, in their order.

    Raises CannotSeal; a problem with a single certificate is its outcome and does not stop the others.
    """
    outcomes: dict[int, Outcome] = {}
    numbers = [new_number() for _wish in wishes]

    def batch(indexes: list[int]) -> _Batch:
        some, their = [wishes[index] for index in indexes], [numbers[index] for index in indexes]
        return _Batch(some, their, event=event, by=by, maker=maker, reason=reason)

    for attempt in range(1, ATTEMPTS + 1):
        left = [index for index in range(len(wishes)) if index not in outcomes]
        if not left:
            break
        if attempt == ATTEMPTS:
            for index in left:
                outcomes[index] = batch([index]).print_under_the_lock()[0]
            break
        outcomes |= {left[index]: outcome for index, outcome in batch(left).print_first().items()}
    return [outcomes[index] for index in range(len(wishes))]


class _Batch:
    """One attempt at some wishes."""

    def __init__(
        self,
        wishes: Sequence[Wish],
        numbers: Sequence[str],
        *,
        event: Event,
        by: Person | None,
        maker: Maker,
        reason: str,
    ) -> None:
        self.wishes = wishes
        self.numbers = numbers
        self.event_id = event.pk
        self.by = by
        self.maker = maker
        self.reason = reason
        self.now = timezone.now().replace(microsecond=0)
        self.outcomes: dict[int, Outcome] = {}

    def print_first(self) -> dict[int, Outcome]:
        """Print, then lock and write what is still true. Wishes without an outcome are to be tried again."""
        drafts = self._drafts()
        made = self._made(drafts)
        with self._locked():
            now_true = self._drafts()
            printed = [draft.index for draft in drafts if draft.index in made]
            still = [draft for draft in now_true if draft.index in made]
            for expected, draft in zip(printed, still, strict=False):
                # Whoever comes after one that has changed would leave a gap in the register.
                if draft.index != expected or draft.facts != made[expected].facts:
                    break
                self._write(draft, made[expected])
        return self.outcomes

    def print_under_the_lock(self) -> dict[int, Outcome]:
        """Print what nobody can change meanwhile."""
        with self._locked():
            drafts = self._drafts()
            made = self._made(drafts)
            for draft in drafts:
                if draft.index in made:
                    self._write(draft, made[draft.index])
        return self.outcomes

    def _drafts(self) -> "list[_Draft]":
        """The facts of all wishes that can be granted, with the register's next numbers, as they are now."""
        drafts: list[_Draft] = []
        common: dict[str, Facts] = {}
        serial = year = None
        for index, ground, replaced in self._grounds():
            if serial is None or year is None:
                year, serial = self._next_serial(ground.event)
            place = Place(number=self.numbers[index], year=year, serial=serial)
            language = self.wishes[index].language or language_of(ground)
            if language not in common:
                common[language] = event_facts(ground.event, language)
            facts = collect(ground=ground, place=place, language=language, issued_at=self.now, common=common[language])
            try:
                require_printable_facts({part: facts[part] for part in OWN_PARTS})
            except CannotPrint as problem:
                self.outcomes[index] = problem
                continue
            drafts.append(_Draft(index, ground, facts, replaced))
            serial += 1
        return drafts

    def _grounds(self) -> "Iterator[tuple[int, Ground, Certificate | None]]":
        """Each wish that is still open, with its ground and the certificate that it replaces."""
        open_wishes = [index for index in range(len(self.wishes)) if index not in self.outcomes]
        grounds = self._read(open_wishes)
        valid = self._valid(open_wishes)
        replaceable = self._replaceable(open_wishes)
        for index in open_wishes:
            wish, ground = self.wishes[index], grounds[index]
            key = (wish.registration, wish.recognition, str(wish.kind))
            replaced = None
            if wish.replaces is not None:
                replaced = replaceable[wish.replaces]
                others = key in valid and valid[key].pk != wish.replaces
                if others or hasattr(replaced, "replaced_by"):
                    self.outcomes[index] = AlreadyReplaced()
                    continue
            elif key in valid:
                self.outcomes[index] = valid[key]
                continue
            if reason := why_not_earned(ground):
                self.outcomes[index] = NotEarned(reason)
                continue
            yield index, ground, replaced

    def _read(self, indexes: Sequence[int]) -> dict[int, Ground]:
        registrations = {
            one.pk: one
            for one in Registration.objects.select_related("person").filter(
                pk__in=[self.wishes[index].registration for index in indexes]
            )
        }
        recognitions = {
            one.pk: one
            for one in Recognition.objects.select_related("person").filter(
                pk__in=[self.wishes[index].recognition for index in indexes]
            )
        }
        event = Event.objects.select_related(
            "organising_centre", "venue", "funding", "certificate_terms__template", "attendance_terms"
        ).get(pk=self.event_id)
        for registration in registrations.values():
            registration.event = event
        for recognition in recognitions.values():
            recognition.event = event
        kinds = {wish.registration: wish.kind for wish in self.wishes if wish.registration is not None}
        of_registrations = {
            ground.registration.pk: ground
            for ground in grounds_of_registrations([*registrations.values()], kinds)
            if ground.registration is not None
        }
        found = {}
        for index in indexes:
            wish = self.wishes[index]
            if wish.recognition is not None:
                found[index] = ground_of_recognition(recognitions[wish.recognition])
            elif wish.registration is not None:
                found[index] = of_registrations[wish.registration]
        return found

    def _valid(self, indexes: Sequence[int]) -> dict[tuple[int | None, int | None, str], Certificate]:
        """The valid certificates that there are on the grounds of these wishes."""
        wishes = [self.wishes[index] for index in indexes]
        ours = Q(registration__in=[wish.registration for wish in wishes if wish.registration is not None])
        ours |= Q(recognition__in=[wish.recognition for wish in wishes if wish.recognition is not None])
        certificates = Certificate.objects.filter(ours, event=self.event_id, revoked_at=None).select_related("centre")
        return {(one.registration_id, one.recognition_id, one.kind): one for one in certificates}

    def _replaceable(self, indexes: Sequence[int]) -> dict[int, Certificate]:
        """The certificates in whose place others are wished, each with the newer one that it may have already."""
        keys = [wish.replaces for index in indexes if (wish := self.wishes[index]).replaces is not None]
        if not keys:
            return {}
        return Certificate.objects.select_related("event", "centre", "replaced_by").in_bulk(keys)

    def _next_serial(self, event: Event) -> tuple[int, int]:
        """The year and the next number of the centre's register."""
        year = self.now.astimezone(zone_named(event.organising_centre.timezone)).year
        taken = Certificate.objects.filter(centre=event.organising_centre, year=year).aggregate(last=Max("serial"))["last"]
        return year, (taken or 0) + 1

    def _made(self, drafts: "Sequence[_Draft]") -> dict[int, Made]:
        """Print and keep the files. A text that cannot be printed is the outcome of all, or of the one that has it."""
        if not drafts:
            return {}
        made: dict[int, Made] = {}
        try:
            files_made = self.maker.make([draft.facts for draft in drafts], [draft.ground for draft in drafts])
            for draft, one in zip(drafts, files_made, strict=True):
                files.keep(one.pdf, one.sha256)
                made[draft.index] = one
        except CannotPrint as problem:
            # What they have in common cannot be printed: none of those that are left can.
            for draft in drafts:
                if draft.index not in made:
                    self.outcomes[draft.index] = problem
        return made

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """A transaction that holds the grounds (one valid certificate each), then the centre (its register), in this order."""
        rows = (
            (Registration, [wish.registration for wish in self.wishes if wish.registration]),
            (Recognition, [wish.recognition for wish in self.wishes if wish.recognition]),
            (Certificate, [wish.replaces for wish in self.wishes if wish.replaces]),
        )
        with transaction.atomic(), because(by=self.by, reason=self.reason):
            for model, keys in rows:
                if keys:
                    locked = model.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys)
                    list(locked.order_by("pk").values_list("pk"))
            organiser = Event.objects.filter(pk=self.event_id).values("organising_centre")
            Centre.objects.select_for_update(of=("self",), no_key=True).get(pk__in=organiser)
            yield

    def _write(self, draft: "_Draft", made: Made) -> None:
        if draft.replaced is not None and draft.replaced.revoked_at is None:
            revoke_row(draft.replaced, reason=self.reason, by=self.by, replaced=True)
        self.outcomes[draft.index] = write_row(draft, made, now=self.now, by=self.by)


@dataclass(frozen=True)
class _Draft:
    """What a wish comes to, as the tables are now."""

    index: int
    ground: Ground
    facts: Facts
    replaced: Certificate | None


def write_row(draft: _Draft, made: Made, *, now: datetime, by: Person | None) -> Certificate:
    """The certificate in the register, its credential, and the news of it. The caller holds the lock."""
    facts, ground = draft.facts, draft.ground
    certificate = Certificate.objects.create(
        kind=ground.kind,
        number=facts["number"],
        registration=ground.registration,
        recognition=ground.recognition,
        event=ground.event,
        person=ground.person,
        centre=ground.event.organising_centre,
        year=facts["register"]["year"],
        serial=facts["register"]["serial"],
        language=facts["language"],
        facts=facts,
        template=made.template,
        software=software(),
        file=files.path_of(made.sha256),
        sha256=made.sha256,
        size=len(made.pdf),
        seal=made.seal,
        seal_level=made.seal_level,
        valid_until=facts["valid_until"],
        issued_at=now,
        issued_by=by,
        replaces=draft.replaced,
    )
    if made.credential is not None:
        signed = made.credential
        Credential.objects.create(
            certificate=certificate,
            key=signed.key,
            status_list=signed.place.status_list,
            status_index=signed.place.index,
            document=signed.document.decode(),
            token=signed.token,
        )
    certificate_issued.send(sender=Certificate, change=CertificateChange(certificate=certificate, revoked=False, by=by))
    return certificate


@cache
def software() -> dict[str, str]:
    """Versions of what prints, seals and signs, kept with each certificate: other versions give other bytes."""
    return {name: version(name) for name in ("weasyprint", "fonttools", "segno", "pikepdf", "pyHanko", "PyLD")}


def revoke_row(certificate: Certificate, *, reason: str, by: Person | None, replaced: bool = False) -> None:
    """Mark a locked certificate as no longer valid, and tell."""
    certificate.revoked_at = timezone.now()
    certificate.revocation_reason = reason
    certificate.save(update_fields=["revoked_at", "revocation_reason"])
    change = CertificateChange(certificate=certificate, revoked=True, by=by, replaced=replaced)
    certificate_issued.send(sender=Certificate, change=change)


def language_of(ground: Ground) -> str:
    """The holder's language if certificates are written in it, else English."""
    wanted = ground.recognition.language if ground.recognition is not None else ""
    wanted = wanted or (ground.person.language if ground.person else "")
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
