"""The kinds of messages: what each is called where its subject is not written yet, and which of them somebody waits for."""

from django.utils.translation import gettext_lazy as _

#: Messages with a code: worthless after a quarter of an hour, so they are tried often and briefly. Once they are sent or
#: given up their text is blanked, so that reading the table of messages signs nobody in.
WITH_CODE = ("sign-in-code",)

#: Messages that somebody waits for, at the sign-in page: they overtake all others.
URGENT = (*WITH_CODE, "account")

#: Messages of which the table does not tell whether they were sent or were no longer needed: who has filled in an
#: evaluation gets none, and whether somebody has is nobody's business. See ``evaluations``.
DISCREET = ("evaluation-asked", "evaluation-reminder")

NAMES = {
    "account": _("About signing in"),
    "calendar-date": _("A date for the calendar"),
    "certificate-issued": _("A certificate is ready"),
    "certificate-revoked": _("A certificate is no longer valid"),
    "circular": _("The organiser writes to participants"),
    "evaluation-asked": _("An evaluation is open"),
    "evaluation-reminder": _("An evaluation closes soon"),
    "event-cancelled": _("An event is cancelled"),
    "event-moved": _("An event has a new time"),
    "event-place": _("An event has a new place or link"),
    "event-postponed": _("An event is postponed"),
    "event-reminder": _("Reminder of an event"),
    "invitation": _("Invitation to an event"),
    "join-request": _("A country wants to join"),
    "offer-reminder": _("Reminder of an offered place"),
    "registration-cancelled": _("A registration is cancelled"),
    "registration-confirmed": _("A place is confirmed"),
    "registration-declined": _("A registration is declined"),
    "registration-expired": _("An offer or an invitation has ended"),
    "registration-offer": _("A place is offered"),
    "registration-pending": _("A registration waits for approval"),
    "registration-promoted": _("A place became free"),
    "registration-sessions": _("Other sessions are chosen"),
    "registration-taken-over": _("A colleague takes over a place"),
    "registration-waiting": _("On the waiting list"),
    "reply-asked": _("Was it you?"),
    "reply-countered": _("Another time was proposed"),
    "reply-declined": _("Declined in a calendar"),
    "reply-too-late": _("Declined in a calendar, too late"),
    "sign-in-code": _("A code to sign in"),
    "source-failed": _("A calendar of a centre cannot be read"),
    "source-recovered": _("A calendar of a centre can be read again"),
    "tentative-reminder": _("Reminder of a “maybe”"),
}


def name_of(kind: str) -> str:
    """What a kind is called; one that the code no longer knows has its own name."""
    return str(NAMES.get(kind, kind))
