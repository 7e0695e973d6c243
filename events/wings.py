"""Opens the doors of every wing: permissions, journal, signal receivers. One place, so that nothing is hidden."""
# ruff: noqa: PLC0415 - what registers itself can be imported only once the models are there

from auditlog.registry import auditlog

from events import models


def open_doors() -> None:
    """Import what registers itself, and name the tables that the journal follows."""
    import events.attendance.evaluation.work
    import events.attendance.receivers
    import events.attendance.reports.tasks
    import events.attendance.rules
    import events.calendars.receivers
    import events.calendars.replies.tasks
    import events.calendars.replies.work
    import events.calendars.rules
    import events.calendars.sources.tasks
    import events.calendars.subscribing.tasks
    import events.certificates.checks
    import events.certificates.designs.tidying
    import events.certificates.issuing.tasks
    import events.certificates.receivers
    import events.certificates.register.evidence
    import events.certificates.register.work
    import events.certificates.rules
    import events.certificates.sealing.checks
    import events.certificates.sealing.work
    import events.mail.evaluations
    import events.mail.receivers
    import events.mail.reminders
    import events.mail.replies
    import events.mail.rules
    import events.programme.rules
    import events.registrations.desk.work
    import events.registrations.lists.import_tasks
    import events.registrations.receivers
    import events.registrations.rules
    import events.registrations.tasks  # noqa: F401

    auditlog.register(models.Event, exclude_fields=["places_taken", "updated_at"], m2m_fields={"co_organisers", "sectors"})
    for model in (
        models.Assessment,
        models.AttendanceRecord,
        models.CertificateTemplate,
        models.CertificateTerms,
        models.EligibilityRule,
        models.Evaluation,
        models.EvaluationQuestion,
        models.EventCompetence,
        models.EvidenceFile,
        models.HandedIn,
        models.IssuerKey,
        models.Question,
        models.Recognition,
        models.Registration,
        models.Seal,
        models.Session,
        models.Speaker,
        models.Venue,
    ):
        auditlog.register(model)
    auditlog.register(models.AttendanceTerms, m2m_fields={"required_sessions"})
    auditlog.register(models.Door, exclude_fields=["secret"])
    auditlog.register(models.ReportImport, exclude_fields=["people"])  # some of them never registered here
    auditlog.register(models.Quota, exclude_fields=["taken"])
    auditlog.register(models.Certificate, exclude_fields=["file", "facts", "software"])
    auditlog.register(models.Circular, exclude_fields=["key"])
    auditlog.register(models.CalendarWishes)
    auditlog.register(models.EmbeddingSite)
    auditlog.register(models.Invitation, exclude_fields=["token", "told", "fingerprint"])
    # What a mail said is forgotten with it: the journal keeps only what became of it.
    auditlog.register(models.Reply, include_fields=["state", "why", "answer", "due_at", "is_authentic"])
    auditlog.register(models.PersonalAddress, exclude_fields=["digest", "last_used_at"])
    auditlog.register(models.Selection, exclude_fields=["last_used_at"])
    auditlog.register(
        models.Source,
        include_fields=["centre", "name", "url", "filename", "is_shown", "is_asked", "error"],
        mask_fields=["url"],
        mask_callable="events.calendars.sources.fetching.host_of",
    )
