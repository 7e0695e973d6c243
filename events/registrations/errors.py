"""Why a registration cannot be made or changed, each with its stable code."""

from django.utils.translation import gettext_lazy as _

from network.errors import Refused


class RegistrationClosed(Refused):
    """Outside the registration window, or the event's state does not allow it."""

    code = "registration_closed"
    message = _("Registration is closed.")


class NotYetOpen(RegistrationClosed):
    """Before the registration window."""

    code = "registration_not_yet_open"
    message = _("Registration is not open yet.")


class ChangesClosed(RegistrationClosed):
    """After the event's deadline for changes and cancellations by participants."""

    code = "changes_closed"
    message = _("You can no longer change this yourself. Write to the organiser.")


class NotEligible(Refused):
    """The event is not open to this person."""

    code = "not_eligible"
    message = _("This event is not open to you.")


class ProfileIncomplete(NotEligible):
    """The person's name or organisation is not known, and lists and certificates need both."""

    code = "profile_incomplete"
    message = _("Your name and your organisation are missing. Fill in your profile, then register.")


class WasDeclined(NotEligible):
    """The organiser declined the person's registration: only the organiser can let them in after all."""

    code = "was_declined"
    message = _("The organiser declined your registration. If you think they should not have, write to them.")


class OfferEnded(Refused):
    """An offer, or an invitation with a date, that was not taken up in time."""

    code = "offer_ended"
    message = _("The time to answer has run out.")


class NoRoom(Refused):
    """No place is left where one is needed at once: for a change, a colleague who takes over, a group of all or none."""

    code = "no_room"
    message = _("There is no place left.")


class NobodyRegistered(Refused):
    """A group that was to be registered all or nobody, and could not be."""

    code = "nobody_registered"
    message = _("Nobody was registered: not all of them could be.")
