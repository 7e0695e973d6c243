"""Who may record who came, say what a certificate needs, and see to the evaluation."""

from events.programme.rules import runs
from events.registrations.rules import runs_its_event
from network.rules import is_own, is_secretariat, permission

permission("events.record_attendance", runs | is_secretariat)  # of an event
permission("events.set_attendance_terms", runs | is_secretariat)  # of an event
permission("events.hand_in_report", is_own | runs_its_event | is_secretariat)  # of a registration
permission("events.manage_evaluation", runs | is_secretariat)  # of an event: the questionnaire and its summary
permission("events.answer_evaluation", is_own)  # of a registration: nobody else, for what one thinks is one's own
permission("events.check_oneself_in", is_own)  # a registration
