"""What the script of the desk's scanning page says, in the reader's language. ``{…}`` is filled in by the script."""

from django.utils.translation import gettext as _

from events.attendance.checking.scanning import MISREAD, not_found
from events.attendance.presence import EARLY
from events.programme.models import Session
from events.programme.wording import moment_and_zone


def words_of_the_page(session: Session) -> dict[str, str]:
    """By the names that static/js/checkin.js uses."""
    return {
        # Where things stand
        "online": _("Online."),
        "offline": _("Offline. Check-in goes on; search by name needs the network."),
        "signed_out": _("You are signed out, or may not record attendance here any more. Sign in again: nothing is lost."),
        "trouble": _("The server does not take what waits ({status}). It is kept and sent again."),
        "list_of": _("The list of {time} is on this device: {count} registrations."),
        "no_list": _("There is no list on this device yet. Scans are kept and looked up when the network is back."),
        "waiting_none": _("Nothing waits to be sent."),
        "waiting_one": _("1 scan waits to be sent."),
        "waiting": _("{count} scans wait to be sent."),
        # What became of a scan
        "done": _("Checked in"),
        "undone": _("Not checked in any more"),
        "already": _("Already checked in at {time}"),
        "refused": _("Not checked in"),
        "not_found": _("Not found"),
        "kept": _("Kept on this device. It is sent when the network is back."),
        "kept_unknown": _(
            "This ticket is not on the list of this device. The scan is kept and looked up when the network is back. "
            "If it is for this event, the person is checked in then."
        ),
        "kept_problem": _("This was so at {time}. The scan is kept and looked at again when the network is back."),
        "looking_up": _("Looking it up"),
        "unknown_person": _("Unknown ticket"),
        "misread": not_found(MISREAD),
        "too_early": _("It is too early: check-in opens at {time}.").replace(
            "{time}", moment_and_zone(session.starts_at - EARLY, session.event.timezone)
        ),
        "undo": _("Undo"),
        # The camera
        "camera_start": _("Scan with the camera"),
        "camera_stop": _("Stop the camera"),
        "camera_on": _("The camera is on. Hold a ticket’s QR code in front of it."),
        "camera_refused": _("The camera is not allowed. Allow it for this site in the browser’s settings, or type the code."),
        "camera_none": _("This device has no camera. Type the code."),
        "camera_busy": _("The camera is in use by another program. Close that, or type the code."),
        "camera_insecure": _("The browser gives the camera only to addresses with https. Type the code."),
        "camera_broken": _("The camera cannot be used here. Type the code."),
        # Leaving
        "forgotten": _("The list is deleted from this device. Load the page again to check in with it."),
        "forget_one": _("1 scan was not sent yet and would be lost. Delete the list and this scan all the same?"),
        "forget_waiting": _("{count} scans were not sent yet and would be lost. Delete the list and these scans all the same?"),
    }
