"""What sealing says when it cannot be done."""

from django.utils.translation import gettext_lazy as _

from network.errors import Refused, type_of_message


class CannotSeal(Refused):
    """The centre has a seal that does not work now. Nothing is issued without it; what was asked for can be asked again.

    ``why`` is the reason alone, for who can mend it.
    """

    code = "cannot_seal"
    message = _("The certificate cannot be sealed at the moment, and none is issued without its seal.")
    why: type_of_message = message


class Unfit(CannotSeal):
    """A seal that cannot work as it is: a key, a certificate or an address is wrong. Only an administrator can mend it."""

    code = "seal_unfit"


class Unavailable(CannotSeal):
    """Something that the seal needs did not answer: a device, a signing service, a time-stamping authority. Try again later."""

    code = "seal_unavailable"


def unfit(why: type_of_message) -> Unfit:
    """The reason, and what an organiser can do."""
    error = Unfit(
        _(
            "The seal cannot be used. %(why)s No certificate is issued without its seal. Ask the administrator of the platform "
            "to mend it, then issue again."
        )
        % {"why": why}
    )
    error.why = why
    return error


def unavailable(why: type_of_message) -> Unavailable:
    """The reason, and what an organiser can do."""
    error = Unavailable(
        _("The seal cannot be made now. %(why)s No certificate is issued without its seal. Issue again in a few minutes.")
        % {"why": why}
    )
    error.why = why
    return error
