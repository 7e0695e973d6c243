"""Who may issue a certificate, and who may have its file. Whoever knows the number may check it."""

from typing import Any

from rules.predicates import predicate

from events.certificates.models import Certificate, RevocationRun
from events.programme.rules import runs
from network.rules import is_own, is_secretariat, organises_for, permission


@predicate
def runs_its_event(person: Any, certificate: Certificate | None) -> bool:
    """Runs the event that the certificate is about."""
    return certificate is not None and runs(person, certificate.event)


@predicate
def chose(person: Any, run: RevocationRun | None) -> bool:
    """Made the choice of what is to be revoked."""
    return run is not None and run.chosen_by_id == getattr(person, "pk", None)


permission("events.issue_certificates", runs | is_secretariat)  # of an event
permission("events.download_certificate", is_own | runs_its_event | is_secretariat)
permission("events.revoke_certificate", runs_its_event | is_secretariat)
permission("events.confirm_revocations", chose)  # of each certificate one is asked again whether one may
permission("events.choose_disclosure", is_own)
permission("events.change_certificate_templates", organises_for | is_secretariat)  # of a centre; None: of the network
