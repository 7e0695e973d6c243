"""Who could be recognised, as the programme knows: speakers, trainers, and the centre that hosts a visit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from events.attendance.hours import minutes_of
from events.certificates.grounds.recognising import SUBJECT_LENGTH, Part
from events.certificates.models import Recognition
from events.programme.models import Event, Session, Speaker

Kind = Recognition.Kind

#: What a part in the programme is a ground for. Who moderates or interprets is not suggested; they can be added by hand.
PARTS = {Speaker.Part.SPEAKER.value: Kind.SPEAKING, Speaker.Part.TRAINER.value: Kind.TEACHING}


@dataclass(frozen=True)
class Suggestion:
    """A part that is not recorded yet. ``key`` names it on a page, for as long as the programme says the same."""

    key: str
    part: Part


def suggestions_of(event: Event) -> list[Suggestion]:
    """Whom the programme names for a part that is not recorded yet, by name. A constant number of queries.

    Somebody is one person by their account, else by name and organisation. All their sessions go into one part. Who is
    recorded under the same name for the same kind is left out, whatever was written there.
    """
    known = {(kind, name.casefold()) for kind, name in event.recognitions.values_list("kind", "name")}
    found = [*_from_programme(event), *_hosts(event)]
    return [Suggestion(_key(part), part) for part in found if (part.kind, part.name.casefold()) not in known]


def chosen(event: Event, keys: Iterable[str]) -> list[Part]:
    """The parts with these keys that are still suggested."""
    wanted = set(keys)
    return [one.part for one in suggestions_of(event) if one.key in wanted]


def _from_programme(event: Event) -> list[Part]:
    rows = Speaker.objects.filter(session__event=event, part__in=PARTS).select_related("session", "person")
    groups: dict[tuple[str, object], list[Speaker]] = {}
    for speaker in rows.order_by("session__starts_at", "session", "order", "pk"):
        who = speaker.person_id or (speaker.name.casefold(), speaker.affiliation.casefold())
        groups.setdefault((PARTS[speaker.part], who), []).append(speaker)
    parts = [_part(kind, speakers) for (kind, _who), speakers in groups.items()]
    return sorted(parts, key=lambda part: (part.name.casefold(), part.kind, part.affiliation.casefold()))


def _part(kind: str, speakers: Sequence[Speaker]) -> Part:
    sessions = list({speaker.session_id: speaker.session for speaker in speakers}.values())
    affiliation = next((speaker.affiliation for speaker in speakers if speaker.affiliation), "")
    return Part(
        kind=kind,
        name=" ".join(speakers[0].name.split()),
        affiliation=" ".join(affiliation.split()),
        subject=_subject(sessions),
        minutes=_minutes(sessions),
        person=speakers[0].person,
    )


def _subject(sessions: Sequence[Session]) -> str:
    """The titles of the sessions, as many as there is room for. A session without one says no more than the event."""
    subject = ""
    for title in dict.fromkeys(" ".join(session.title.split()) for session in sessions if session.title):
        longer = f"{subject}; {title}" if subject else title
        if len(longer) > SUBJECT_LENGTH:
            break
        subject = longer
    return subject


def _minutes(sessions: Sequence[Session]) -> int | None:
    """How long the sessions are together; None where that of one is not known, or they count nothing."""
    counted = [minutes_of(session) for session in sessions]
    known = [minutes for minutes in counted if minutes is not None]
    return sum(known) or None if len(known) == len(counted) else None


def _hosts(event: Event) -> list[Part]:
    """Of a visit: the centre that organises it, and those that do so with it."""
    if event.kind != Event.Kind.VISIT:
        return []
    centres = [event.organising_centre, *event.co_organisers.all()]
    return [Part(kind=Kind.HOSTING, name=centre.name, subject=event.title) for centre in centres]


def _key(part: Part) -> str:
    said = "\n".join([part.kind, part.name, part.affiliation, part.subject, str(part.minutes)])
    return sha256(said.encode()).hexdigest()[:16]
