"""What the tables of a pack come to, what an auditor will ask about, and the rules by which hours are counted, in words."""

# ruff: noqa: ERA001 - what looks like code tells xgettext that a per cent sign before a word is no format

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.attendance.evidence.parts import Figure, Grid
from events.attendance.evidence.queries import Proof
from events.attendance.models import AttendanceTerms
from events.programme.models import Event, Session
from events.registrations.models import Registration


def of_programme(grid: Grid) -> list[Figure]:
    """How many sessions there were, and how much they count."""
    return [grid.rows_counted(_("Sessions")), grid.total(_("Minutes that all sessions count together"), "minutes")]


def of_registrations(grid: Grid) -> list[Figure]:
    """How many asked for a place, and what became of them."""
    found = [grid.rows_counted(_("Registrations, whatever became of them"))]
    there = grid.values("state")
    confirmed = Registration.State.CONFIRMED
    for state in Registration.State:
        if state == confirmed or state.label in there:
            label = str(state.label)
            found.append(grid.rows_counted(_("Registrations: {state}").format(state=label), state=label))
    return found


def of_attendance(grid: Grid, sessions: Sequence[Session]) -> list[Figure]:
    """Who was present: people, at each session, by how it is known, by country and by type of organisation."""
    yes = _("yes")
    found = [
        grid.different(_("People who were present at one session at least"), "registration", present=yes),
        grid.rows_counted(_("Presences: a person at a session"), present=yes),
    ]
    for number, session in enumerate(sessions, start=1):
        label = _("Present at session {number}: {title}").format(number=number, title=session)
        found.append(grid.rows_counted(label, session_no=number, present=yes))
    found += [
        grid.rows_counted(_("Presences by source: {source}").format(source=source), present=yes, source=source)
        for source in grid.values("source", present=yes)
    ]
    found.append(grid.rows_counted(_("Presences written down after the session had ended"), present=yes, late=yes))
    for name in ("country", "organisation_kind"):
        for value in sorted(grid.values(name, present=yes), key=str):
            label = _("People present from: {what}").format(what=value or _("not known"))
            found.append(grid.different(label, "registration", present=yes, **{name: value}))
    return found


def of_hours(grid: Grid) -> list[Figure]:
    """The hours, and for how many they are enough."""
    return [
        grid.rows_counted(_("People with a confirmed place")),
        grid.total(_("Minutes attended by all of them together"), "minutes_attended"),
        grid.rows_counted(_("People with enough for a certificate of attendance"), earned=_("yes")),
    ]


def of_changes(grid: Grid) -> list[Figure]:
    """How much was changed, and how much of it late."""
    return [
        grid.rows_counted(_("Entries of the journal about attendance")),
        grid.rows_counted(_("Entries that changed an attendance"), what=_("changed")),
        grid.rows_counted(_("Entries that took an attendance back"), what=_("taken back")),
        grid.rows_counted(_("Entries about attendance after the event"), after=_("yes")),
    ]


def of_scans(grid: Grid) -> list[Figure]:
    """How many scans there were."""
    return [grid.rows_counted(_("Scans")), grid.rows_counted(_("Scans that were not followed"), followed=_("no"))]


def of_files(grid: Grid) -> list[Figure]:
    """The files that prove attendance."""
    found = [
        grid.rows_counted(_("Files in this pack: {kind}").format(kind=kind), kind=kind, withdrawn=_("no"))
        for kind in grid.values("kind", withdrawn=_("no"))
    ]
    return [*found, grid.rows_counted(_("Files that were withdrawn"), withdrawn=_("yes"))]


def of_report_people(grid: Grid) -> list[Figure]:
    """How many the webinars' reports name, and how many of them nobody knows."""
    return [
        grid.rows_counted(_("People that the reports of webinars name")),
        grid.rows_counted(_("People in reports who were taken for nobody"), registration=None),
    ]


def about_attendance(grid: Grid, proofs: Sequence[Proof]) -> list[str]:
    """Sessions that are not proven, and people who were present without a place."""
    return [*_unproven(proofs), *_without_a_place(grid)]


def _unproven(proofs: Sequence[Proof]) -> Iterator[str]:
    for proof in proofs:
        if not proof.has_begun or proof.is_proven:
            continue
        facts = {"number": proof.number, "title": proof.session}
        if not proof.came:
            yield _("Session {number} “{title}”: nobody is recorded as present.").format(**facts)
        else:
            yield _("Session {number} “{title}”: there is neither a signed sheet nor a report of the webinar.").format(**facts)


def _without_a_place(grid: Grid) -> Iterator[str]:
    confirmed = str(Registration.State.CONFIRMED.label)
    everybody = grid.values("registration", present=_("yes"))
    with_place = grid.values("registration", present=_("yes"), state=confirmed)
    if count := len(everybody) - len(with_place):
        yield ngettext(
            "%(n)d person was present and has no confirmed place now. They are in attendance.csv and not in hours.csv.",
            "%(n)d people were present and have no confirmed place now. They are in attendance.csv and not in hours.csv.",
            count,
        ) % {"n": count}


def about_funding(event: Event) -> list[str]:
    """What does not fit about the funder."""
    funding = event.funding
    if funding is None:
        return [_("No funder is named for this event.")]
    found = []
    early = funding.active_from is not None and event.first_day < funding.active_from
    late = funding.active_until is not None and event.last_day > funding.active_until
    if early or late:
        found.append(_("The event was not within the time of its funding."))
    if not funding.grant_number:
        found.append(_("The funding has no grant number."))
    return found


def rules_of(event: Event) -> list[str]:
    """How hours are counted and what a certificate of attendance needs, as the event has it."""
    said = [
        _("A session counts the minutes that its organiser stated, else its length by the clock: see programme.csv."),
        _(
            "Who was checked in at the desk, by the code on the room’s screen or by a signed sheet was present for the "
            "whole session."
        ),
        _(
            "Who is known from a webinar’s report counts the minutes for which they were connected within the session. "
            "Several connections are joined. Where the session counts other minutes than the clock, they count in "
            "proportion, and a minute that was begun counts."
        ),
        _("Who takes part in sessions that one chooses is measured by those they chose and those that are for everybody."),
        _("Whole days without stated minutes count as days."),
        # xgettext:no-python-format
        _("A certificate of attendance needs {share} % of the hours.").format(share=event.attendance_share),
        # xgettext:no-python-format
        _("A session counts as attended by who was there for {share} % of it.").format(share=event.attendance_share),
    ]
    terms = AttendanceTerms.objects.filter(event=event).first()
    if terms is None:
        return said
    for session in terms.required_sessions.order_by("starts_at", "pk"):
        title = session.title or event.title
        said.append(_("It also needs that this session was attended: {title}.").format(title=title))
    if terms.needs_evaluation:
        said.append(_("It also needs that the evaluation was filled in."))
    if terms.needs_report:
        said.append(_("It also needs that a report was handed in."))
    return said
