"""On what a certificate stands: the registration of somebody who attended or was assessed, or a recognition."""

from dataclasses import dataclass

from events.attendance.hours import Attendance
from events.certificates.models import Assessment, Certificate, Recognition
from events.paper.fonts import clean
from events.programme.models import Event
from events.registrations.models import Registration
from network.models import Person


@dataclass(frozen=True)
class Ground:
    """What a certificate is about, as the tables say it now."""

    kind: Certificate.Kind
    event: Event
    registration: Registration | None = None
    attendance: Attendance | None = None  # of the registration
    assessment: Assessment | None = None  # of the registration, if it was passed
    recognition: Recognition | None = None

    @property
    def holder(self) -> str:
        """The name as it is known today, uncleaned."""
        if self.recognition is not None:
            return self.recognition.name
        return str(self.registration.person) if self.registration is not None else ""

    @property
    def is_named(self) -> bool:
        """Whether a name is known that can be seen; a person without one is shown by their address, which is never printed."""
        name = self.holder if self.registration is None else self.registration.person.name
        return bool(clean(name))

    @property
    def person(self) -> Person | None:
        """The holder's account, if they have one."""
        if self.recognition is not None:
            return self.recognition.person
        return self.registration.person if self.registration is not None else None
