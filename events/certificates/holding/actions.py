"""The holder's verbs."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from events.certificates.models import Certificate
from network.errors import Invalid
from network.journal import because
from network.models import Person
from network.rules import require


def choose_disclosure(*, certificate: Certificate, disclosure: str, by: Person) -> Certificate:
    """Settle how much of the holder's name those are told who check the certificate. Raises NotAllowed, Invalid."""
    require(by, "events.choose_disclosure", certificate)
    if disclosure not in Certificate.Disclosure.values:
        raise Invalid({"disclosure": [_("Choose one of the three.")]})
    with transaction.atomic(), because(by=by):
        locked = Certificate.objects.select_for_update(of=("self",), no_key=True).get(pk=certificate.pk)
        if locked.disclosure != disclosure:
            locked.disclosure = disclosure
            locked.save(update_fields=["disclosure"])
    certificate.disclosure = locked.disclosure
    return certificate
