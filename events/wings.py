"""Opens the doors of every wing: permissions, journal, signal receivers. One place, so that nothing is hidden."""
# ruff: noqa: PLC0415 - what registers itself can be imported only once the models are there

from auditlog.registry import auditlog

from events import models


def open_doors() -> None:
    """Import what registers itself, and name the tables that the journal follows."""
    import events.attendance.rules
    import events.calendars.receivers
    import events.calendars.rules
    import events.certificates.checks
    import events.certificates.rules
    import events.certificates.work
    import events.mail.receivers
    import events.mail.reminders
    import events.mail.rules
    import events.programme.rules
    import events.registrations.desk.work
    import events.registrations.lists.import_tasks
    import events.registrations.receivers
    import events.registrations.rules
    import events.registrations.tasks  # noqa: F401

    auditlog.register(models.Event, exclude_fields=["places_taken", "updated_at"], m2m_fields={"co_organisers", "sectors"})
    for model in (
        models.AttendanceRecord,
        models.EligibilityRule,
        models.EventCompetence,
        models.Question,
        models.Registration,
        models.Session,
        models.Speaker,
        models.Venue,
    ):
        auditlog.register(model)
    auditlog.register(models.Quota, exclude_fields=["taken"])
    auditlog.register(models.Certificate, exclude_fields=["file"])
    auditlog.register(models.Circular, exclude_fields=["key"])
    for calendar_model in (models.CalendarWishes, models.EmbeddingSite, models.Invitation, models.Reply):
        auditlog.register(calendar_model, exclude_fields=["token"])
    auditlog.register(models.PersonalAddress, exclude_fields=["digest", "last_used_at"])
    auditlog.register(models.Source, include_fields=["centre", "name", "url", "file", "is_shown", "error"])
