"""The verbs of templates: save one, retire it or take it back, and settle which an event uses."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.certificates.content import pictures
from events.certificates.designs import queries
from events.certificates.designs.checking import check, gone_pictures
from events.certificates.designs.slots import Slots
from events.certificates.models import CertificateTemplate, CertificateTerms
from events.programme.models import Event
from network.errors import Invalid, Stale
from network.journal import because
from network.models import Centre, Person
from network.rules import require

CHANGE = "events.change_certificate_templates"


def add_template(*, centre: Centre | None, slots: Slots, by: Person) -> CertificateTemplate:
    """A new template of a centre, or of the network (None). It is printed for trial first.

    Raises:
        NotAllowed: organises nothing for the centre, or is not the secretariat, for the network.
        Invalid: what cannot stand in a slot, does not fit, or would break conformance; a name that is taken.
    """
    require(by, CHANGE, centre)
    slots = slots.cleaned()
    check(slots, centre)
    template = slots.template(centre)
    template.changed_by = by
    with transaction.atomic(), because(by=by):
        _hold(slots)
        return _stored(template)


def change_template(
    *, template: CertificateTemplate, slots: Slots, by: Person, version: int | None = None
) -> CertificateTemplate:
    """Put something else into the slots: a new version. What was issued stays as it is. Without a difference, nothing happens.

    ``version``: the one that the change was made from. Raises NotAllowed, Invalid, Stale.
    """
    require(by, CHANGE, template.centre)
    slots = slots.cleaned()
    check(slots, template.centre)
    with transaction.atomic(), because(by=by):
        current = CertificateTemplate.objects.select_for_update(of=("self",), no_key=True).get(pk=template.pk)
        if version is not None and version != current.version:
            raise Stale
        before = Slots.of(current)
        if before == slots:
            return current
        _hold(slots, before)
        for name, value in vars(slots).items():
            setattr(current, name, value)
        current.version += 1
        current.changed_by = by
        return _stored(current)


def _hold(slots: Slots, before: Slots | None = None) -> None:
    """Keep the template's pictures from being removed while it is stored. Raises Invalid where one is gone already.

    The form may have been open for days, and in all that time nothing referred to its pictures. Those that are taken out stay
    for a day more: a certificate that is being issued may show them.
    """
    former = (before.logo, before.signature) if before is not None else ()
    pictures.want(slots.logo, slots.signature, *former)
    if gone := gone_pictures(slots):
        raise Invalid(gone)


def _stored(template: CertificateTemplate) -> CertificateTemplate:
    others = CertificateTemplate.objects.filter(centre=template.centre_id, name=template.name).exclude(pk=template.pk)
    taken = Invalid({"name": [_("There is a template of this name already. Choose another name.")]})
    if others.exists():
        raise taken
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as same_moment:
        raise taken from same_moment
    return template


def retire_template(*, template: CertificateTemplate, by: Person) -> CertificateTemplate:
    """Offer it no longer. Events that use it keep it. Twice is once. Raises NotAllowed."""
    return _retired(template, by=by, retired=True)


def take_back_template(*, template: CertificateTemplate, by: Person) -> CertificateTemplate:
    """Offer it again. Raises NotAllowed."""
    return _retired(template, by=by, retired=False)


def _retired(template: CertificateTemplate, *, by: Person, retired: bool) -> CertificateTemplate:
    require(by, CHANGE, template.centre)
    with transaction.atomic(), because(by=by):
        current = CertificateTemplate.objects.select_for_update(of=("self",), no_key=True).get(pk=template.pk)
        if (current.retired_at is not None) != retired:
            current.retired_at = timezone.now() if retired else None
            current.save(update_fields=["retired_at"])
    return current


def set_terms(
    *, event: Event, template: CertificateTemplate | None, valid_months: int | None, by: Person
) -> CertificateTerms | None:
    """Settle how the certificates of an event look, and for how long they are valid (None: for ever).

    It holds for what is issued from now on. Returns what is settled; None: the network's usual.

    Raises:
        NotAllowed: does not run the event.
        Invalid: at ``template`` one that the event may not use; at ``valid_months`` a number outside of 1 to 240.
    """
    require(by, "events.issue_certificates", event)
    wanted = CertificateTerms(event=event, template=template, valid_months=valid_months)
    try:
        wanted.clean_fields(exclude=["event", "template"])
    except ValidationError as error:
        raise Invalid(error.message_dict) from error
    with transaction.atomic(), because(by=by):
        Event.objects.select_for_update(of=("self",), no_key=True).get(pk=event.pk)
        current = CertificateTerms.objects.filter(event=event).first()
        if template is not None and not queries.choosable(event, current, by).filter(pk=template.pk).exists():
            message = _(
                "Choose a template of the network, or of a centre that organises this event and for which you organise."
            )
            raise Invalid({"template": [message]})
        if template is None and valid_months is None:
            if current is not None:
                current.delete()
            _forget_terms(event)
            return None
        terms = current or wanted
        if current is None or (current.template_id, current.valid_months) != (wanted.template_id, valid_months):
            terms.template, terms.valid_months = template, valid_months
            terms.save()
    _forget_terms(event)
    return terms


def copy_terms(*, source: Event, to: Event, by: Person) -> None:
    """Let a clone's certificates look as its source's and be valid for as long: with no template that ``by`` may not choose."""
    original = CertificateTerms.objects.select_related("template").filter(event=source).first()
    if original is None:
        return
    template = original.template
    if template is not None and not queries.choosable(to, None, by).filter(pk=template.pk).exists():
        template = None
    if template is not None or original.valid_months is not None:
        CertificateTerms.objects.create(event=to, template=template, valid_months=original.valid_months)


def _forget_terms(event: Event) -> None:
    """The event reads its terms anew when it is next asked."""
    event._state.fields_cache.pop("certificate_terms", None)  # noqa: SLF001 - as refresh_from_db does
