"""Who gets what at every address: one row for each route and method, with the status for each persona.

A wing's rows stand in its list below. To add one::

    Row("my_page", "GET", signed_in(200)),
    Row("api-thing-detail", "DELETE", desk(204), args=lambda w: {"pk": w.training.pk}),

- the first word is the name of the route;
- the expectation is a tuple in the order of PERSONAE; ``everyone``, ``signed_in``, ``desk`` … write the usual ones, and
  keywords change single ones: ``signed_in(404, ana=200)``;
- ``args`` and ``body`` get the world of the story (see World) and return the address's arguments and what is sent;
- addresses of the API are called with JSON, pages with a form.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from events.attendance.checking.tickets import code_of
from events.attendance.evaluation.actions import switch_on
from events.attendance.evidence.actions import keep_scan
from events.attendance.reports.actions import read_webinar_report
from events.calendars.models import EmbeddingSite, Source
from events.calendars.replies.links import reply_path
from events.calendars.subscribing.actions import add_address, name_selection
from events.certificates.issuing.revoking import choose
from events.certificates.models import Certificate, CertificateTemplate, Recognition
from events.mail.models import Message
from events.registrations.asking.files import keep
from events.registrations.links import self_service_path
from events.registrations.lists.imports import read_list
from events.registrations.models import AnswerFile
from network.models import AccessToken, Centre, JoinRequest, Person, Role
from tests import factories
from tests.events.calendars.replying import a_reply
from tests.events.certificates.samples import stored
from tests.events.certificates.signed import signed
from tests.events.registrations.questionnaires import ask, block, put, upload

PERSONAE = ("anonymous", "ana", "ben", "mia", "olga", "carl", "otto", "sara")

Made = Callable[["World"], dict[str, Any]]


class World:
    """What the rows talk about; things are made when a row first asks for them."""

    def __init__(self, people: dict[str, Person], centre: Centre, other_centre: Centre) -> None:
        self.people = people
        self.centre = centre
        self.other_centre = other_centre
        self._made: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        """``w.ana`` and the like are people; the rest is made by the function of that name in THINGS."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self.people:
            return self.people[name]
        if name not in self._made:
            self._made[name] = THINGS[name](self)
        return self._made[name]


def a_report() -> SimpleUploadedFile:
    """A webinar's report, in which a procurer was there for an hour."""
    lines = ["Name (original name),Email,Join time,Leave time,Duration (minutes)"]
    lines.append("Ana,ana.procurer@demo.example,28.04.2026 09:00,28.04.2026 10:00,60")
    return SimpleUploadedFile("zoom.csv", "\n".join(lines).encode())


# Things that rows need, made once for each row. Add yours here.
THINGS: dict[str, Callable[[World], Any]] = {
    "training": lambda w: factories.EventFactory(organising_centre=w.centre, slug="market-dialogue"),
    "draft": lambda w: factories.EventFactory(organising_centre=w.centre, slug="a-draft", state="draft", published_at=None),
    "registration": lambda w: factories.RegistrationFactory(event=w.training, person=w.ana),
    "questions": lambda w: put(w.training, w.olga, ask("letter", "file"), ask("nickname"), block("diet")),
    "answer_file": lambda w: keep(question=w.questions["letter"], person=w.ana, upload=upload()),
    "sent_file": lambda w: AnswerFile.objects.create(
        question=w.questions["letter"],
        registration=w.registration,
        person=w.ana,
        file=w.answer_file.file.name,
        name="letter.pdf",
        media_type="application/pdf",
        size=9,
        sha256="0" * 64,
    ),
    "pending": lambda w: factories.RegistrationFactory(event=w.training, person=w.ana, state="pending"),
    "people_list": lambda w: read_list(
        event=w.training,
        file=io.BytesIO(b"Name,E-mail,Organisation,Country\nNora New,nora@demo.example,City,AT\n"),
        filename="people.csv",
        size=99,
        by=w.olga,
    ),
    "certificate": lambda w: stored(w.registration),
    "revocation": lambda w: choose(certificates=Certificate.objects.filter(pk=w.certificate.pk), by=w.olga),
    "certificate_template": lambda w: CertificateTemplate.objects.create(centre=w.centre, name="House style"),
    "credential": lambda w: signed(w.certificate),
    "session": lambda w: w.training.sessions.get(),
    "evaluation": lambda w: switch_on(event=w.training, by=w.olga),
    "recognition": lambda w: Recognition.objects.create(event=w.training, kind="winner", name="City of Graz"),
    "webinar": lambda w: factories.EventFactory(organising_centre=w.centre, slug="webinar", starts_at=factories.soon(-2)),
    "webinar_report": lambda w: read_webinar_report(session=w.webinar.sessions.get(), upload=a_report(), by=w.olga),
    "scan": lambda w: keep_scan(
        event=w.webinar,
        session=w.webinar.sessions.get(),
        upload=SimpleUploadedFile("scan.pdf", b"%PDF-1.7 %%EOF"),
        by=w.olga,
    ),
    "message": lambda w: Message.objects.create(
        kind="test",
        recipient="x@demo.example",
        language="en",
        subject="S",
        text="T",
        state="failed",
        next_attempt_at=timezone.now(),
    ),
    "token": lambda w: AccessToken.objects.create(
        person=w.ana, name="Mine", hint="abcd", digest="d" * 64, expires_at=timezone.now() + timedelta(days=9)
    ),
    "organisation": lambda w: factories.OrganisationFactory(name="City of Somewhere"),
    "role_at_centre": lambda w: factories.appoint(w.ben, Role.Kind.MEMBER, w.centre),
    "embedding_site": lambda w: EmbeddingSite.objects.create(centre=w.centre, origin="https://www.example.eu"),
    "selection": lambda w: name_selection(name="Visits", filters={"kind": "visit"}),
    "source": lambda w: Source.objects.create(centre=w.centre, name="School", filename="school.ics"),
    "reply": lambda w: a_reply(w.registration),
    "calendar_address": lambda w: add_address(person=w.ana, name="Laptop")[0],
    "join_request": lambda w: JoinRequest.objects.create(
        country="PL", organisation="Office", contact="Jan", email="jan@demo.example"
    ),
}


@dataclass(frozen=True)
class Row:
    """One route and method with what each persona gets."""

    route: str
    method: str
    expected: tuple[int, ...]
    args: Made = field(default=lambda w: {})
    body: Made = field(default=lambda w: {})
    query: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.route}{self.query}"


def row_of(default: int, **single: int) -> tuple[int, ...]:
    """The same for all, but for the single ones named."""
    return tuple(single.get(persona, default) for persona in PERSONAE)


def everyone(status: int, **single: int) -> tuple[int, ...]:
    """Visitors too."""
    return row_of(status, **single)


def signed_in(status: int, anonymous: int = 302, **single: int) -> tuple[int, ...]:
    """People with an account; visitors are asked to sign in (``anonymous=401`` for the API)."""
    return row_of(status, anonymous=anonymous, **single)


def desk(status: int, anonymous: int = 302, others: int = 403, **single: int) -> tuple[int, ...]:
    """Organiser and coordinator of any centre, and the secretariat."""
    wide = dict.fromkeys(("olga", "carl", "otto", "sara"), status)
    return row_of(others, **{**wide, "anonymous": anonymous, **single})


def own_desk(status: int, anonymous: int = 302, others: int = 403, **single: int) -> tuple[int, ...]:
    """Organiser and coordinator of the centre that it is about, and the secretariat."""
    wide = dict.fromkeys(("olga", "carl", "sara"), status)
    return row_of(others, **{**wide, "anonymous": anonymous, **single})


def coordination(status: int, anonymous: int = 302, others: int = 403, **single: int) -> tuple[int, ...]:
    """Coordinator of the centre that it is about, and the secretariat."""
    return row_of(others, **{"carl": status, "sara": status, "anonymous": anonymous, **single})


def secretariat(status: int, anonymous: int = 302, others: int = 403, **single: int) -> tuple[int, ...]:
    """The secretariat only."""
    return row_of(others, **{"sara": status, "anonymous": anonymous, **single})


PROFILE = {"name": "New Name", "organisation": "City of Testing", "kind": "local-authority", "country": "AT"}
PROFILE |= {"language": "en", "timezone": "Europe/Vienna"}
JOIN = {"country": "PL", "organisation": "Office", "contact": "Jan", "email": "jan@demo.example"}

FRONT = [
    Row("choose_language", "POST", everyone(302), body=lambda w: {"language": "de", "next": "/"}),
    Row("about", "GET", everyone(200)),
    Row("join", "GET", everyone(200)),
    Row("join", "POST", everyone(302), body=lambda w: {**JOIN, "message": "We would like to."}),
    Row("join_thanks", "GET", everyone(200)),
    Row("accessibility", "GET", everyone(200)),
    Row("privacy", "GET", everyone(200)),
    Row("robots", "GET", everyone(200)),
    Row("healthz", "GET", everyone(200)),
    Row("problem", "GET", everyone(200), args=lambda w: {"code": "stale"}),
    Row("readyz", "GET", everyone(200)),
    Row("my", "GET", signed_in(200)),
    Row("api-root", "GET", everyone(200)),
    Row("api-schema", "GET", everyone(200)),
    Row("api-docs", "GET", everyone(200)),
    Row("api-nothing", "GET", everyone(404)),
]

NETWORK = [
    # Signing in
    Row("account_login", "GET", everyone(302, anonymous=200)),
    Row("account_login", "POST", everyone(302), body=lambda w: {"email": "new@demo.example"}),
    Row("account_request_login_code", "GET", everyone(302, anonymous=200)),
    Row("account_confirm_login_code", "GET", everyone(302)),
    Row("account_logout", "GET", signed_in(200)),
    Row("account_logout", "POST", everyone(302)),
    Row("account_inactive", "GET", everyone(200)),
    # One's own pages
    Row("my_welcome", "GET", signed_in(200)),
    Row("my_welcome", "POST", signed_in(302), body=lambda w: PROFILE),
    Row("my_profile", "GET", signed_in(200)),
    Row("my_profile", "POST", signed_in(302), body=lambda w: PROFILE),
    Row("my_tokens", "GET", signed_in(200)),
    Row("my_tokens", "POST", signed_in(200), body=lambda w: {"name": "Mine", "scope": "read", "days": "30"}),
    Row("my_token_revoke", "POST", signed_in(404, ana=302), args=lambda w: {"pk": w.token.pk}),
    # The desk
    Row("desk_people", "GET", coordination(200)),
    Row(
        "desk_people",
        "POST",
        coordination(302),
        body=lambda w: {"email": "neu@demo.example", "kind": "organiser", "centre": w.centre.slug},
    ),
    Row("desk_dismiss", "POST", coordination(302, others=404, ben=403), args=lambda w: {"pk": w.role_at_centre.pk}),
    Row("desk_centre", "GET", coordination(200), args=lambda w: {"slug": w.centre.slug}),
    Row("desk_centre", "POST", coordination(200), args=lambda w: {"slug": w.centre.slug}, body=lambda w: {"name": ""}),
    Row("desk_join_requests", "GET", secretariat(200)),
    Row("desk_join_request_answered", "POST", secretariat(302), args=lambda w: {"pk": w.join_request.pk}),
    # The API
    Row("api-centre-list", "GET", everyone(200)),
    Row("api-centre-detail", "GET", everyone(200), args=lambda w: {"slug": w.centre.slug}),
    Row(
        "api-centre-detail",
        "PATCH",
        coordination(200, anonymous=401),
        args=lambda w: {"slug": w.centre.slug},
        body=lambda w: {"city": "Graz"},
    ),
    Row("api-organisation-list", "GET", signed_in(200, anonymous=401)),
    Row("api-organisation-list", "POST", signed_in(201, anonymous=401), body=lambda w: {"name": "City of X", "country": "AT"}),
    Row("api-organisation-detail", "GET", signed_in(200, anonymous=401), args=lambda w: {"pk": w.organisation.pk}),
    Row("api-sector-list", "GET", everyone(200)),
    Row("api-sector-detail", "GET", everyone(404), args=lambda w: {"pk": "nothing"}),
    Row("api-competence-list", "GET", everyone(200)),
    Row("api-competence-detail", "GET", everyone(404), args=lambda w: {"pk": "C99"}),
    Row("api-me", "GET", signed_in(200, anonymous=401)),
    Row("api-me", "PATCH", signed_in(200, anonymous=401), body=lambda w: {"position": "Buyer"}),
    Row("api-token-list", "GET", signed_in(200, anonymous=401)),
    Row("api-token-list", "POST", signed_in(201, anonymous=401), body=lambda w: {"name": "Mine"}),
    Row("api-token-detail", "DELETE", signed_in(404, anonymous=401, ana=204), args=lambda w: {"pk": w.token.pk}),
    Row("api-role-list", "GET", signed_in(200, anonymous=401)),
    Row(
        "api-role-list",
        "POST",
        coordination(201, anonymous=401),
        body=lambda w: {"email": "neu@demo.example", "kind": "organiser", "centre": w.centre.slug},
    ),
    Row(
        "api-role-detail",
        "DELETE",
        coordination(204, anonymous=401, others=404, ben=403),
        args=lambda w: {"pk": w.role_at_centre.pk},
    ),
    Row("api-join-request-list", "GET", secretariat(200, anonymous=401)),
    Row("api-join-request-list", "POST", everyone(201), body=lambda w: JOIN),
    Row("api-join-request-answered", "POST", secretariat(200, anonymous=401), args=lambda w: {"pk": w.join_request.pk}),
]

# The API of the programme
EVENT = {
    "kind": "training",
    "title": "Market dialogue",
    "summary": "How to talk to suppliers.",
    "format": "online",
    "join_link": "https://meet.demo.example/1",
    "timezone": "Europe/Vienna",
    "languages": ["en"],
    "starts": "2030-05-06T09:00",
    "ends": "2030-05-06T16:00",
}
A_TRAINING: dict[str, Any] = {"args": lambda w: {"slug": w.training.slug}}
A_DRAFT: dict[str, Any] = {"args": lambda w: {"slug": w.draft.slug}}

PROGRAMME_API = [
    Row("api-event-list", "GET", everyone(200)),
    Row(
        "api-event-list",
        "POST",
        own_desk(201, anonymous=401),
        body=lambda w: {**EVENT, "organising_centre": w.centre.slug},
    ),
    Row("api-event-detail", "GET", everyone(200), **A_TRAINING),
    Row("api-event-detail", "GET", own_desk(200, anonymous=404, others=404), **A_DRAFT),
    Row(
        "api-event-detail",
        "PUT",
        own_desk(200, anonymous=401),
        body=lambda w: {**EVENT, "organising_centre": w.centre.slug},
        **A_TRAINING,
    ),
    Row("api-event-detail", "PATCH", own_desk(200, anonymous=401), body=lambda w: {"places": 30}, **A_TRAINING),
    Row("api-event-detail", "PATCH", own_desk(200, anonymous=404, others=404), body=lambda w: {"places": 30}, **A_DRAFT),
    Row("api-event-detail", "DELETE", own_desk(409, anonymous=401), **A_TRAINING),
    Row("api-event-detail", "DELETE", own_desk(204, anonymous=404, others=404), **A_DRAFT),
    Row("api-event-publish", "POST", own_desk(200, anonymous=404, others=404), **A_DRAFT),
    Row("api-event-publish", "POST", own_desk(409, anonymous=401), **A_TRAINING),
    Row("api-event-move", "POST", own_desk(200, anonymous=401), body=lambda w: {"first_day": "2030-05-07"}, **A_TRAINING),
    Row("api-event-postpone", "POST", own_desk(200, anonymous=401), body=lambda w: {"reason": "Snow"}, **A_TRAINING),
    Row("api-event-cancel", "POST", own_desk(200, anonymous=401), body=lambda w: {"reason": "Snow"}, **A_TRAINING),
    Row("api-event-clone", "POST", own_desk(201, anonymous=401), body=lambda w: {"first_day": "2030-05-07"}, **A_TRAINING),
    Row("api-venue-list", "GET", desk(200, anonymous=401)),
    Row("api-venue-list", "POST", desk(201, anonymous=401), body=lambda w: {"name": "Hall", "city": "Graz", "country": "AT"}),
]

A_LINK: dict[str, Any] = {"args": lambda w: {"token": self_service_path(w.registration).split("/")[2]}}
A_COLLEAGUE = {"email": "maria@demo.example", "name": "Maria Mayr", "organisation": "City of Linz"}

PROGRAMME: list[Row] = [
    Row("what_is_on", "GET", everyone(200)),
    Row("what_is_on", "GET", everyone(200), query="?view=month"),
    Row("centres", "GET", everyone(200)),
    Row("centre", "GET", everyone(200), args=lambda w: {"slug": w.centre.slug}),
    Row("event", "GET", everyone(200), **A_TRAINING),
    Row("event", "GET", own_desk(200, anonymous=404, others=404), **A_DRAFT),
    # Organisers of any centre bring colleagues.
    Row("event_colleagues", "GET", desk(200), **A_TRAINING),
    Row("event_colleagues", "GET", own_desk(200, otto=404), **A_DRAFT),
    Row("event_colleagues", "POST", desk(400), body=lambda w: {"rows": "1", "do": "register", "mode": "fit"}, **A_TRAINING),
    Row("event_register", "GET", signed_in(302), **A_TRAINING),
    Row("event_register", "POST", signed_in(302), **A_TRAINING),
    Row("event_register", "POST", own_desk(302, others=404), **A_DRAFT),
    # A registration's own page: who holds its address acts for its person, signed in or not.
    Row("registration", "GET", everyone(200), **A_LINK),
    Row("registration", "GET", everyone(404), args=lambda w: {"token": "1.forged"}),
    Row("registration_accept", "GET", everyone(302), **A_LINK),
    Row("registration_accept", "POST", everyone(302), **A_LINK),
    Row("registration_accept", "POST", everyone(404), args=lambda w: {"token": "1.forged"}),
    Row("registration_change", "GET", everyone(200), **A_LINK),
    Row("registration_change", "POST", everyone(302), body=lambda w: {"note": "Noon"}, **A_LINK),
    Row("registration_pass_on", "GET", everyone(200), **A_LINK),
    Row("registration_pass_on", "POST", everyone(302), body=lambda w: A_COLLEAGUE, **A_LINK),
    Row("registration_cancel", "GET", everyone(302), **A_LINK),
    Row("registration_cancel", "POST", everyone(302), **A_LINK),
]

A_REGISTRATION: dict[str, Any] = {"args": lambda w: {"pk": w.pending.pk}}
A_ROSTER: dict[str, Any] = {"args": lambda w: {"slug": w.training.slug, "session": w.session.pk}}
A_ROSTER_ROW: dict[str, Any] = {
    "args": lambda w: {"slug": w.training.slug, "session": w.session.pk, "registration": w.pending.pk}
}

ASKING = {"questions": [{"kind": "text", "label": {"en": "Nickname"}}]}


def with_questions(world: World, **more: Any) -> dict[str, Any]:
    """The address of a training that asks something."""
    return {"slug": world.training.slug, **more} if world.questions else {}


QUESTIONS: list[Row] = [
    Row("desk_questions", "GET", own_desk(200), args=with_questions),
    Row("desk_questions", "POST", own_desk(302), args=with_questions, body=lambda w: {"do": "on:access"}),
    Row("desk_question_new", "GET", own_desk(200), args=with_questions),
    Row("desk_question_new", "POST", own_desk(400), args=with_questions),
    Row("desk_questions_preview", "GET", own_desk(200), args=with_questions),
    Row("desk_question", "GET", own_desk(200), args=lambda w: with_questions(w, key="nickname")),
    Row("desk_question", "GET", own_desk(404), args=lambda w: with_questions(w, key="diet")),
    Row("desk_question", "POST", own_desk(400), args=lambda w: with_questions(w, key="nickname")),
    Row("answer_file", "GET", signed_in(404, ana=200), args=lambda w: {"pk": w.answer_file.pk}),
    Row("answer_file", "GET", own_desk(200, others=404, otto=404, ana=200), args=lambda w: {"pk": w.sent_file.pk}),
    Row("api-answer-file", "GET", signed_in(404, anonymous=401, ana=200), args=lambda w: {"pk": w.answer_file.pk}),
    Row(
        "api-answer-file",
        "GET",
        own_desk(200, anonymous=401, others=404, otto=404, ana=200),
        args=lambda w: {"pk": w.sent_file.pk},
    ),
    Row("api-event-questions", "GET", everyone(200), args=with_questions),
    Row("api-event-questions", "GET", own_desk(200, anonymous=404, others=404), args=lambda w: {"slug": w.draft.slug}),
    Row("api-event-questions", "PUT", own_desk(200, anonymous=401), args=with_questions, body=lambda w: ASKING),
    Row(
        "api-event-questions",
        "PUT",
        own_desk(200, anonymous=404, others=404),
        args=lambda w: {"slug": w.draft.slug},
        body=lambda w: ASKING,
    ),
    # The matrix sends JSON, and files are sent as a form.
    Row("api-event-files", "POST", signed_in(415, anonymous=401), args=with_questions),
]

SEVERAL: Made = lambda w: {"registrations": [w.pending.pk]}  # noqa: E731

REGISTRATIONS: list[Row] = [
    Row("api-registration-list", "GET", signed_in(200, anonymous=401)),
    Row("api-registration-list", "POST", signed_in(201, anonymous=401), body=lambda w: {"event": w.training.slug}),
    Row("api-registration-detail", "GET", own_desk(200, anonymous=401, others=404, ana=200), **A_REGISTRATION),
    Row("api-registration-cancel", "POST", own_desk(200, anonymous=401, others=404, ana=200), **A_REGISTRATION),
    Row("api-registration-approve", "POST", own_desk(200, anonymous=401, others=404, ana=403), **A_REGISTRATION),
    Row(
        "api-registration-decline",
        "POST",
        own_desk(200, anonymous=401, others=404, ana=403),
        body=lambda w: {"reason": "Full"},
        **A_REGISTRATION,
    ),
    Row("api-registration-detail", "PATCH", own_desk(200, anonymous=401, others=404, ana=200), **A_REGISTRATION),
    Row("api-registration-accept", "POST", own_desk(403, anonymous=401, others=404, ana=409), **A_REGISTRATION),
    Row(
        "api-registration-pass-on",
        "POST",
        own_desk(201, anonymous=401, others=404, ana=400),
        body=lambda w: {"person": w.ben.email},
        **A_REGISTRATION,
    ),
    Row(
        "api-registration-turn",
        "POST",
        own_desk(409, anonymous=401, others=404, ana=403),
        body=lambda w: {"turn": 1, "reason": "Far away"},
        **A_REGISTRATION,
    ),
    Row("api-registration-cancel-several", "POST", own_desk(200, anonymous=401, others=404, ana=403), body=SEVERAL),
    Row("api-registration-approve-several", "POST", own_desk(200, anonymous=401, others=404, ana=403), body=SEVERAL),
    Row(
        "api-registration-decline-several",
        "POST",
        own_desk(200, anonymous=401, others=404, ana=403),
        body=lambda w: {**SEVERAL(w), "reason": "Full"},
    ),
    Row("api-registrations-csv", "GET", own_desk(200, anonymous=401), **A_TRAINING),
    Row("api-registrations-xlsx", "GET", own_desk(200, anonymous=401), **A_TRAINING),
    Row("api-event-places", "GET", own_desk(200, anonymous=401), **A_TRAINING),
    Row("api-event-quotas", "GET", own_desk(200, anonymous=401), **A_TRAINING),
    Row("api-event-quotas", "PUT", own_desk(200, anonymous=401), body=lambda w: {"quotas": []}, **A_TRAINING),
    Row("api-event-eligibility-rules", "GET", own_desk(200, anonymous=401), **A_TRAINING),
    Row("api-event-eligibility-rules", "PUT", own_desk(200, anonymous=401), body=lambda w: {"rules": []}, **A_TRAINING),
    Row(
        "api-bulk-registration-list",
        "POST",
        desk(200, anonymous=401),
        args=lambda w: {"slug": w.training.slug},
        body=lambda w: {
            "people": [{"email": "x@demo.example", "name": "X", "organisation": {"name": "City", "country": "AT"}}]
        },
    ),
    Row(
        "api-invitation-list",
        "POST",
        own_desk(201, anonymous=401),
        args=lambda w: {"slug": w.training.slug},
        body=lambda w: {"email": "neu@demo.example"},
    ),
]

A_PERSON_THERE: dict[str, Any] = {"args": lambda w: {"slug": w.training.slug, "registration": w.registration.pk}}

A_WEBINAR: dict[str, Any] = {"args": lambda w: {"slug": w.webinar.slug}}
A_REPORT: dict[str, Any] = {"args": lambda w: {"slug": w.webinar.slug, "key": w.webinar_report.pk}}
A_SCAN: dict[str, Any] = {"args": lambda w: {"slug": w.webinar.slug, "key": w.scan.pk}}
AN_API_SCAN: dict[str, Any] = {"args": lambda w: {"slug": w.webinar.slug, "file": w.scan.pk}}
WEBINAR_REPORTS: dict[str, Any] = {"args": lambda w: {"slug": w.webinar.slug, "session": w.webinar.sessions.get().pk}}
AN_API_REPORT: dict[str, Any] = {
    "args": lambda w: {"slug": w.webinar.slug, "session": w.webinar.sessions.get().pk, "report": w.webinar_report.pk}
}

EVIDENCE: list[Row] = [
    Row("desk_reports", "GET", own_desk(200), **A_WEBINAR),
    Row("desk_reports", "POST", own_desk(400), **A_WEBINAR),
    Row("desk_report", "GET", own_desk(200), **A_REPORT),
    Row("desk_report", "POST", own_desk(302), **A_REPORT),
    Row("desk_report_zone", "POST", own_desk(302), body=lambda w: {"timezone": "UTC"}, **A_REPORT),
    Row("desk_report_drop", "POST", own_desk(302), **A_REPORT),
    Row("desk_report_take_back", "POST", own_desk(302), **A_REPORT),
    Row("desk_sheet", "GET", own_desk(200), **WEBINAR_REPORTS),
    Row(
        "desk_sheet_of_day",
        "GET",
        own_desk(200),
        args=lambda w: {"slug": w.webinar.slug, "day": w.webinar.first_day.isoformat()},
    ),
    Row("desk_evidence", "GET", own_desk(200), **A_WEBINAR),
    Row("desk_evidence", "POST", own_desk(400), **A_WEBINAR),
    Row("desk_evidence_pack", "GET", own_desk(200), **A_WEBINAR),
    Row("desk_evidence_file", "GET", own_desk(200), **A_SCAN),
    Row("desk_evidence_withdraw", "POST", own_desk(302), **A_SCAN),
    Row("desk_evidence_signed", "GET", own_desk(200), **A_SCAN),
    Row("desk_evidence_signed", "POST", own_desk(302), **A_SCAN),
    Row("api-webinar-reports-list", "GET", own_desk(200, anonymous=401), **WEBINAR_REPORTS),
    # The matrix sends JSON, and files are sent as a form.
    Row("api-webinar-reports-list", "POST", own_desk(415, anonymous=401), **WEBINAR_REPORTS),
    Row("api-webinar-report-detail", "GET", own_desk(200, anonymous=401), **AN_API_REPORT),
    Row(
        "api-webinar-report-detail",
        "PATCH",
        own_desk(200, anonymous=401),
        body=lambda w: {"timezone": "UTC"},
        **AN_API_REPORT,
    ),
    Row("api-webinar-report-detail", "DELETE", own_desk(204, anonymous=401), **AN_API_REPORT),
    Row("api-webinar-report-record", "POST", own_desk(200, anonymous=401), **AN_API_REPORT),
    Row("api-webinar-report-take-back", "POST", own_desk(409, anonymous=401), **AN_API_REPORT),
    Row("api-evidence-list", "GET", own_desk(200, anonymous=401), **A_WEBINAR),
    Row("api-evidence-list", "POST", own_desk(415, anonymous=401), **A_WEBINAR),
    Row("api-evidence-file-detail", "DELETE", own_desk(200, anonymous=401), **AN_API_SCAN),
    Row("api-evidence-file-signed", "POST", own_desk(200, anonymous=401), body=lambda w: {"registrations": []}, **AN_API_SCAN),
    Row("api-evidence-file-content", "GET", own_desk(200, anonymous=401), **AN_API_SCAN),
    Row("api-evidence-pack", "GET", own_desk(200, anonymous=401), **A_WEBINAR),
]

AN_OWN: dict[str, Any] = {"args": lambda w: {"registration": w.registration.pk}}


def an_own_evaluation(w: World) -> dict[str, int]:
    """The registration of a person at an event that has an evaluation."""
    assert w.evaluation.event == w.registration.event
    return {"registration": w.registration.pk}


ATTENDANCE: list[Row] = [
    Row("api-roster-list", "GET", own_desk(200, anonymous=401), **A_ROSTER),
    Row(
        "api-roster-list",
        "POST",
        own_desk(200, anonymous=401),
        body=lambda w: {"registrations": [], "present": False},
        **A_ROSTER,
    ),
    Row("api-roster-detail", "PUT", own_desk(409, anonymous=401), **A_ROSTER_ROW),
    Row("api-roster-detail", "DELETE", own_desk(204, anonymous=401), **A_ROSTER_ROW),
    Row("api-attendance-list", "GET", own_desk(200, anonymous=401), args=lambda w: {"slug": w.training.slug}),
    Row("api-attendance-detail", "GET", own_desk(200, anonymous=401), **A_PERSON_THERE),
    # No report is asked for.
    Row("api-attendance-report", "PUT", own_desk(409, anonymous=401), **A_PERSON_THERE),
    Row("api-attendance-report", "DELETE", own_desk(409, anonymous=401), **A_PERSON_THERE),
    Row("api-attendance-terms", "GET", own_desk(200, anonymous=401), **A_TRAINING),
    Row(
        "api-attendance-terms",
        "PUT",
        own_desk(200, anonymous=401),
        body=lambda w: {"required_sessions": [], "needs_evaluation": False, "needs_report": True},
        **A_TRAINING,
    ),
    Row("api-evaluation", "GET", own_desk(200, anonymous=401), args=lambda w: {"slug": w.evaluation.event.slug}),
    Row("api-evaluation", "GET", own_desk(404, anonymous=401), **A_TRAINING),
    Row("api-evaluation", "PUT", own_desk(200, anonymous=401), **A_TRAINING),
    Row("api-evaluation", "DELETE", own_desk(204, anonymous=401), **A_TRAINING),
    Row("api-evaluation-close", "POST", own_desk(409, anonymous=401), **A_TRAINING),
    Row("api-evaluation-summary", "GET", own_desk(409, anonymous=401), args=lambda w: {"slug": w.evaluation.event.slug}),
    # One's own, and of nobody else. The event is in thirty days: nothing is open yet. Files are sent as a form, not as JSON.
    Row("api-own-evaluation", "GET", signed_in(404, anonymous=401, ana=200), args=an_own_evaluation),
    Row("api-own-evaluation", "PUT", signed_in(404, anonymous=401, ana=400), args=an_own_evaluation),
    Row(
        "api-own-evaluation",
        "PUT",
        signed_in(404, anonymous=401, ana=409),
        args=an_own_evaluation,
        body=lambda w: {"answers": {}},
    ),
    Row("api-own-report", "GET", signed_in(404, anonymous=401, ana=200), **AN_OWN),
    Row("api-own-report", "PUT", signed_in(404, anonymous=401, ana=415), **AN_OWN),
    Row("api-own-report-file", "GET", signed_in(404, anonymous=401), **AN_OWN),
    # At the address of a registration: who holds it acts for its person, signed in or not.
    Row("registration_evaluation", "GET", everyone(200), **A_LINK),
    Row("registration_evaluation", "POST", everyone(400), **A_LINK),
    Row("registration_evaluation", "GET", everyone(404), args=lambda w: {"token": "1.forged"}),
    Row("registration_report", "GET", everyone(200), **A_LINK),
    Row("registration_report", "POST", everyone(400), **A_LINK),
    Row("registration_report", "POST", everyone(404), args=lambda w: {"token": "1.forged"}),
    Row("registration_report_file", "GET", everyone(404), **A_LINK),
    # Checking in. The session is in thirty days: its door cannot be opened yet, and nothing of anybody's is on now.
    Row("api-check-in-list", "GET", own_desk(200, anonymous=401), **A_ROSTER),
    Row("api-scan-list", "GET", own_desk(200, anonymous=401), **A_ROSTER),
    Row("api-scan-list", "POST", own_desk(200, anonymous=401), body=lambda w: {"scans": []}, **A_ROSTER),
    Row("api-door", "GET", own_desk(200, anonymous=401), **A_ROSTER),
    Row("api-door", "PUT", own_desk(409, anonymous=401), **A_ROSTER),
    Row("api-door", "DELETE", own_desk(204, anonymous=401), **A_ROSTER),
    Row("api-own-check-in-list", "POST", signed_in(409, anonymous=401), body=lambda w: {"code": "7Q2K0F"}),
    Row("ticket", "GET", everyone(200, ana=302), args=lambda w: {"code": code_of(w.registration.pk)}),
    Row("ticket", "GET", everyone(404), args=lambda w: {"code": "none"}),
    Row("check_in", "GET", everyone(200)),
    Row("check_in", "POST", everyone(400, anonymous=200), body=lambda w: {"code": "7Q2K0F"}),
    Row("registration_ticket", "GET", everyone(302), **A_LINK),  # the place is not confirmed yet
    Row("registration_ticket", "GET", everyone(404), args=lambda w: {"token": "1.forged"}),
    Row("registration_check_in", "GET", everyone(200), **A_LINK),
    Row("registration_check_in", "POST", everyone(400), body=lambda w: {"code": "7Q2K0F"}, **A_LINK),
    Row("registration_check_in", "POST", everyone(404), args=lambda w: {"token": "1.forged"}),
    Row("desk_scan", "GET", own_desk(200), **A_ROSTER),
    Row("desk_scan", "POST", own_desk(302), body=lambda w: {"code": code_of(w.registration.pk)}, **A_ROSTER),
    Row("desk_scan_worker", "GET", own_desk(200), **A_ROSTER),
    Row("desk_screen", "GET", own_desk(200), **A_ROSTER),
    Row("desk_door", "POST", own_desk(302), body=lambda w: {"do": "open"}, **A_ROSTER),
]


def a_credential(w: World) -> dict[str, str]:
    """The number of a certificate that has a credential."""
    return {"number": w.credential.certificate.number}


A_CREDENTIAL: dict[str, Any] = {"args": a_credential}
A_TEMPLATE_ID: dict[str, Any] = {"args": lambda w: {"id": w.certificate_template.pk}}
A_CERTIFICATE: dict[str, Any] = {"args": lambda w: {"number": w.certificate.number}}
BECAUSE: dict[str, Any] = {"body": lambda w: {"reason": "Misspelt"}}
A_REVOCATION: dict[str, Any] = {"args": lambda w: {"pk": w.revocation.pk}}
A_REVOCATION_ID: dict[str, Any] = {"args": lambda w: {"id": w.revocation.pk}}

A_WINNER = {"kind": "winner", "name": "City of Linz"}
A_RECOGNITION: dict[str, Any] = {"args": lambda w: {"slug": w.training.slug, "pk": w.recognition.pk}}

CERTIFICATES: list[Row] = [
    Row("did_document", "GET", everyone(200)),
    Row("credential_status", "GET", everyone(200), args=lambda w: {"number": w.credential.status_list.number}),
    Row("credential_status", "GET", everyone(404), args=lambda w: {"number": 99}),
    Row("credential_badge", "GET", everyone(200), args=lambda w: {"language": "en", "kind": "attendance"}),
    Row("credential", "GET", everyone(302), **A_CREDENTIAL),
    Row("credential_file", "GET", own_desk(200, ana=200, others=404), args=lambda w: {**a_credential(w), "form": "json"}),
    Row("credential_file", "GET", own_desk(200, ana=200, others=404), args=lambda w: {**a_credential(w), "form": "elm.json"}),
    Row("api-certificate-credential-list", "GET", own_desk(200, anonymous=401, ana=200, others=404), **A_CREDENTIAL),
    Row("api-certificate-credential-token", "GET", own_desk(200, anonymous=401, ana=200, others=404), **A_CREDENTIAL),
    Row("api-certificate-credential-badge", "GET", own_desk(200, anonymous=401, ana=200, others=404), **A_CREDENTIAL),
    Row("api-certificate-credential-european", "GET", own_desk(200, anonymous=401, ana=200, others=404), **A_CREDENTIAL),
    Row("verify_start", "GET", everyone(200)),
    Row("verify", "GET", everyone(200), **A_CERTIFICATE),
    Row("verify", "GET", everyone(404), args=lambda w: {"number": "unknown"}),
    Row("verify", "POST", everyone(200), body=lambda _w: {"name": "Procurer"}, **A_CERTIFICATE),
    Row("verify_file", "POST", everyone(400)),
    Row("my_certificates", "GET", signed_in(200)),
    Row(
        "certificate_disclosure",
        "POST",
        signed_in(404, ana=302),
        body=lambda _w: {"disclosure": "initials"},
        **A_CERTIFICATE,
    ),
    Row("certificate_file", "GET", own_desk(200, ana=200, others=404), **A_CERTIFICATE),
    Row("api-verify-detail", "GET", everyone(200), **A_CERTIFICATE),
    Row("api-verify-detail", "GET", everyone(404), args=lambda w: {"number": "unknown"}),
    Row("api-verify-compare", "POST", everyone(200), body=lambda _w: {"name": "Procurer"}, **A_CERTIFICATE),
    Row("api-verify-file", "POST", everyone(415)),
    Row("api-certificate-archive", "GET", desk(200, anonymous=401)),
    Row("api-certificate-send", "POST", own_desk(204, anonymous=401, ana=403, others=404), **A_CERTIFICATE),
    Row(
        "api-certificate-disclosure",
        "POST",
        own_desk(403, anonymous=401, ana=200, others=404),
        body=lambda _w: {"disclosure": "initials"},
        **A_CERTIFICATE,
    ),
    Row("api-certificate-list", "GET", signed_in(200, anonymous=401)),
    # The event is not over, so nobody gets one yet; whether it is visible and theirs to issue is said first.
    Row(
        "api-certificate-list",
        "POST",
        own_desk(409, anonymous=401),
        body=lambda w: {"registration": w.registration.pk},
    ),
    Row("api-certificate-detail", "GET", own_desk(200, anonymous=401, ana=200, others=404), **A_CERTIFICATE),
    Row("api-certificate-file", "GET", own_desk(200, anonymous=401, ana=200, others=404), **A_CERTIFICATE),
    Row("api-certificate-revoke", "POST", own_desk(200, anonymous=401, ana=403, others=404), **A_CERTIFICATE, **BECAUSE),
    Row("api-certificate-reissue", "POST", own_desk(409, anonymous=401, ana=403, others=404), **A_CERTIFICATE, **BECAUSE),
    Row(
        "api-certificate-revocation-list",
        "POST",
        own_desk(201, anonymous=401, otto=400),
        body=lambda w: {"numbers": [w.certificate.number]},
    ),
    Row("api-certificate-revocation-detail", "GET", signed_in(404, anonymous=401, olga=200), **A_REVOCATION_ID),
    Row("api-certificate-revocation-confirm", "POST", signed_in(404, anonymous=401, olga=202), **A_REVOCATION_ID, **BECAUSE),
    Row("api-event-certificate-list", "GET", own_desk(200, anonymous=401), **A_TRAINING),
    Row("api-event-certificate-list", "POST", own_desk(202, anonymous=401), **A_TRAINING),
    Row("api-event-certificate-archive", "GET", own_desk(200, anonymous=401), **A_TRAINING),
    Row("api-certificate-template-list", "GET", desk(200, anonymous=401)),
    Row(
        "api-certificate-template-list",
        "POST",
        own_desk(201, anonymous=401),
        body=lambda w: {"name": "N", "centre": w.centre.slug},
    ),
    Row(
        "api-certificate-template-list",
        "POST",
        row_of(403, anonymous=401, sara=201),
        body=lambda w: {"name": "N", "centre": None},
    ),
    Row("api-certificate-template-detail", "GET", own_desk(200, anonymous=401, otto=404), **A_TEMPLATE_ID),
    Row(
        "api-certificate-template-detail",
        "PATCH",
        own_desk(200, anonymous=401, otto=404),
        body=lambda w: {"is_retired": True},
        **A_TEMPLATE_ID,
    ),
    Row("api-certificate-template-sample", "GET", own_desk(200, anonymous=401, otto=404), **A_TEMPLATE_ID),
    Row("api-event-certificate-terms-list", "GET", own_desk(200, anonymous=401), **A_TRAINING),
    Row(
        "api-event-certificate-terms-list",
        "POST",
        own_desk(200, anonymous=401),
        body=lambda w: {"template": None, "valid_months": 12},
        **A_TRAINING,
    ),
    Row("api-assessment-list", "GET", own_desk(200, anonymous=401), **A_TRAINING),
    # The event has not begun.
    Row("api-assessment-list", "POST", own_desk(409, anonymous=401), body=lambda w: {"results": []}, **A_TRAINING),
    Row("api-assessment-detail", "DELETE", own_desk(409, anonymous=401), **A_PERSON_THERE),
    Row("api-recognition-list", "GET", own_desk(200, anonymous=401), **A_TRAINING),
    Row("api-recognition-list", "POST", own_desk(201, anonymous=401), body=lambda w: A_WINNER, **A_TRAINING),
    Row("api-recognition-suggestions", "GET", own_desk(200, anonymous=401), **A_TRAINING),
    Row("api-recognition-detail", "PUT", own_desk(200, anonymous=401), body=lambda w: A_WINNER, **A_RECOGNITION),
    Row("api-recognition-detail", "DELETE", own_desk(204, anonymous=401), **A_RECOGNITION),
]

A_SITE: dict[str, Any] = {"args": lambda w: {"pk": w.embedding_site.pk}}
THE_CENTRE: dict[str, Any] = {"query": "?centre=at-test"}
A_FEED: dict[str, Any] = {"args": lambda w: {"name": "network"}}
A_SOURCE: dict[str, Any] = {"args": lambda w: {"pk": w.source.pk}}


def new_source(world: World) -> dict[str, Any]:
    """A calendar to add, by a program."""
    return {"centre": world.centre.slug, "name": "Academy", "content": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"}


AN_ADDRESS: dict[str, Any] = {"args": lambda w: {"pk": w.calendar_address.pk}}

A_REPLY: dict[str, Any] = {"args": lambda w: {"token": reply_path(w.reply).split("/")[2]}}

CALENDARS = [
    Row("calendar", "GET", everyone(200), **A_FEED),
    Row("calendar", "PUT", everyone(405), **A_FEED),
    Row("personal_calendar", "GET", everyone(404), args=lambda w: {"token": "x" * 22, "name": "mine"}),
    Row("event_calendar", "GET", everyone(200), args=lambda w: {"slug": w.training.slug}),
    Row("event_calendar", "GET", everyone(404), args=lambda w: {"slug": w.draft.slug}),
    Row("registration_calendar", "GET", everyone(200), **A_LINK),
    Row("registration_calendar", "GET", everyone(404), args=lambda w: {"token": "1.forged"}),
    Row("no_calendar", "GET", everyone(404), args=lambda w: {"anything": "a/b/c"}),
    Row("calendar_jcal", "GET", everyone(200), **A_FEED),
    Row("calendar_atom", "GET", everyone(200), **A_FEED),
    Row("personal_jcal", "GET", everyone(404), args=lambda w: {"token": "x" * 22, "name": "mine"}),
    Row("embed", "GET", everyone(200), args=lambda w: {"slug": w.centre.slug}),
    Row("embed_calendar", "GET", everyone(200), args=lambda w: {"slug": w.centre.slug, "name": "network"}),
    Row("desk_embedding", "GET", coordination(200)),
    Row("desk_embedding", "POST", coordination(302), **THE_CENTRE, body=lambda w: {"origin": "https://a.example"}),
    Row("desk_embedding_remove", "POST", coordination(302, others=404), **A_SITE),
    Row("api-calendar-site-list", "GET", signed_in(200, anonymous=401)),
    Row(
        "api-calendar-site-list",
        "POST",
        coordination(201, anonymous=401),
        body=lambda w: {"centre": w.centre.slug, "origin": "https://a.example"},
    ),
    Row("api-calendar-site-detail", "GET", coordination(200, anonymous=401, others=404), **A_SITE),
    Row("api-calendar-site-detail", "DELETE", coordination(204, anonymous=401, others=404), **A_SITE),
    Row("calendars", "GET", everyone(200)),
    Row("calendars", "POST", everyone(302), body=lambda w: {"name": "A", "kind": "visit", "format": "online"}),
    Row("my_calendars", "GET", signed_in(200)),
    Row("my_calendars", "POST", signed_in(200), body=lambda w: {"name": "Laptop"}),
    Row("change_calendar", "GET", signed_in(404, ana=200), **AN_ADDRESS),
    Row("change_calendar", "POST", signed_in(404, ana=302), body=lambda w: {"name": "Desk"}, **AN_ADDRESS),
    Row("revoke_calendar", "POST", signed_in(404, ana=302), **AN_ADDRESS),
    Row("calendar_wishes", "POST", signed_in(302), body=lambda w: {"invitations": "off"}),
    # Other people's calendars in
    Row("other_calendars", "GET", everyone(200)),
    Row("desk_calendars", "GET", desk(200)),
    Row("desk_calendars", "POST", desk(400), body=lambda w: {"name": ""}),
    Row("desk_calendar", "GET", own_desk(200, otto=404), **A_SOURCE),
    Row("desk_calendar", "POST", own_desk(302, otto=404), body=lambda w: {"name": "Another"}, **A_SOURCE),
    Row("desk_calendar_do", "POST", own_desk(302, otto=404), body=lambda w: {"do": "show"}, **A_SOURCE),
    Row("api-calendar-source-list", "GET", signed_in(200, anonymous=401)),
    Row("api-calendar-source-list", "POST", own_desk(201, anonymous=401), body=new_source),
    Row("api-calendar-source-detail", "GET", own_desk(200, anonymous=401, others=404), **A_SOURCE),
    Row(
        "api-calendar-source-detail",
        "PATCH",
        own_desk(200, anonymous=401, others=404),
        body=lambda w: {"is_shown": True},
        **A_SOURCE,
    ),
    Row("api-calendar-source-detail", "DELETE", own_desk(204, anonymous=401, others=404), **A_SOURCE),
    Row("api-calendar-source-fetch", "POST", own_desk(202, anonymous=401, others=404), **A_SOURCE),
    # A reply's own page: who holds its address acts for its person, signed in or not.
    Row("reply", "GET", everyone(200), **A_REPLY),
    Row("reply", "GET", everyone(404), args=lambda w: {"token": "1.forged"}),
    Row("reply", "POST", everyone(302), body=lambda w: {"do": "deny"}, **A_REPLY),
    Row("reply", "POST", everyone(404), args=lambda w: {"token": "1.forged"}),
    Row("desk_replies", "GET", own_desk(200), **A_TRAINING),
    Row("desk_replies", "GET", own_desk(200, otto=404), **A_DRAFT),
    Row("desk_reply", "POST", own_desk(302), args=lambda w: {"slug": w.reply.registration.event.slug, "pk": w.reply.pk}),
    Row("desk_reply", "POST", own_desk(404), args=lambda w: {"slug": w.training.slug, "pk": 0}),
    Row("api-calendar-list", "GET", everyone(200)),
    Row("api-calendar-address-list", "GET", signed_in(200, anonymous=401)),
    Row("api-calendar-address-list", "POST", signed_in(201, anonymous=401), body=lambda w: {"name": "Laptop"}),
    Row(
        "api-calendar-address-list",
        "POST",
        own_desk(201, anonymous=401),
        body=lambda w: {"name": "Plans", "centre": w.centre.slug},
    ),
    Row("api-calendar-address-detail", "GET", signed_in(404, anonymous=401, ana=200), **AN_ADDRESS),
    Row(
        "api-calendar-address-detail",
        "PATCH",
        signed_in(404, anonymous=401, ana=200),
        body=lambda w: {"in_blocks": True},
        **AN_ADDRESS,
    ),
    Row("api-calendar-address-detail", "DELETE", signed_in(404, anonymous=401, ana=204), **AN_ADDRESS),
    Row("api-calendar-wishes", "GET", signed_in(200, anonymous=401)),
    Row("api-calendar-wishes", "PUT", signed_in(200, anonymous=401), body=lambda w: {"invitations": False}),
    Row("api-calendar-selection-list", "POST", everyone(201), body=lambda w: {"name": "A", "filters": {"kind": "visit"}}),
    Row("api-calendar-selection-detail", "GET", everyone(200), args=lambda w: {"code": w.selection.code}),
    Row("api-calendar-selection-detail", "GET", everyone(404), args=lambda w: {"code": "unknown"}),
]

A_CIRCULAR = {"subject": "The room", "text": "It is on the second floor.", "key": "k" * 32}

MAIL: list[Row] = [
    Row("desk_messages", "GET", secretariat(200)),
    Row("desk_message_try_again", "POST", secretariat(302), args=lambda w: {"pk": w.message.pk}),
    Row("desk_write", "GET", own_desk(200), **A_TRAINING),
    Row("desk_write", "GET", own_desk(200, otto=404), **A_DRAFT),
    Row("desk_write", "POST", own_desk(400), **A_TRAINING),
    Row("desk_write", "POST", own_desk(302), args=lambda w: {"slug": w.registration.event.slug}, body=lambda w: A_CIRCULAR),
    Row(
        "api-event-message-list",
        "POST",
        own_desk(201, anonymous=401),
        args=lambda w: {"slug": w.registration.event.slug},
        body=lambda w: {"subject": "The room", "text": "It is on the second floor."},
    ),
    Row("api-event-message-list", "POST", own_desk(400, anonymous=401, others=404), **A_DRAFT),
]

# The organisers' desk: 403 without a desk or for another centre's published event; another centre's draft does not exist.
OWN = {"args": lambda w: {"slug": w.training.slug}}
A_TEMPLATE: dict[str, Any] = {"args": lambda w: {"pk": w.certificate_template.pk}}
DRAFT = {"args": lambda w: {"slug": w.draft.slug}}
ONE = {"args": lambda w: {"slug": w.training.slug, "key": w.registration.pk}}
ONE_THERE: dict[str, Any] = {"args": lambda w: {"slug": w.training.slug, "registration": w.registration.pk}}
A_QUESTION: dict[str, Any] = {"args": lambda w: {"slug": w.training.slug, "pk": w.evaluation.questions.first().pk}}
A_LIST: dict[str, Any] = {"args": lambda w: {"slug": w.training.slug, "key": w.people_list.pk}}
START = {"starts_day": "2030-03-01", "starts_time": "09:00"}

DESK = [
    Row("desk", "GET", desk(200)),
    Row("desk_event_new", "GET", desk(200)),
    Row("desk_event_new", "POST", desk(400)),
    Row("desk_event", "GET", own_desk(200), **OWN),
    Row("desk_event", "GET", own_desk(200, otto=404), **DRAFT),
    Row("desk_event", "POST", own_desk(400), **OWN),
    Row("desk_publish", "GET", own_desk(200, otto=404), **DRAFT),
    Row("desk_publish", "POST", own_desk(302, otto=404), body=lambda w: {"revision": "1"}, **DRAFT),
    Row("desk_move", "GET", own_desk(200), **OWN),
    Row("desk_move", "POST", own_desk(302), body=lambda w: START, **OWN),
    Row("desk_postpone", "GET", own_desk(200), **OWN),
    Row("desk_postpone", "POST", own_desk(302), body=lambda w: {"reason": "No room"}, **OWN),
    Row("desk_cancel", "GET", own_desk(200), **OWN),
    Row("desk_cancel", "POST", own_desk(302), body=lambda w: {"reason": "No room"}, **OWN),
    Row("desk_clone", "GET", own_desk(200), **OWN),
    Row("desk_clone", "POST", own_desk(302), body=lambda w: {"title": "Again", **START}, **OWN),
    Row("desk_discard", "GET", own_desk(200, otto=404), **DRAFT),
    Row("desk_discard", "POST", own_desk(302, otto=404), body=lambda w: {"revision": "1"}, **DRAFT),
    Row("desk_history", "GET", own_desk(200), **OWN),
    Row("desk_registrations", "GET", own_desk(200), **OWN),
    Row("desk_registrations_decide", "POST", own_desk(302), **OWN),
    Row("desk_registrations_undo", "POST", own_desk(302), **OWN),
    Row("desk_registrations_pulse", "GET", own_desk(204), **OWN),
    Row("desk_registrations_add", "GET", own_desk(200), **OWN),
    Row("desk_registrations_add", "POST", own_desk(400), **OWN),
    Row("desk_registration", "GET", own_desk(200), **ONE),
    Row("desk_registration_decline", "GET", own_desk(200), **ONE),
    Row("desk_registration_decline", "POST", own_desk(302), body=lambda w: {"reason": "Not for you"}, **ONE),
    Row("desk_registration_turn", "GET", own_desk(200), **ONE),
    Row("desk_registration_turn", "POST", own_desk(400), body=lambda w: {"turn": "1", "reason": "Comes from far"}, **ONE),
    Row("desk_registration_pass_on", "GET", own_desk(200), **ONE),
    Row("desk_registration_pass_on", "POST", own_desk(302), body=lambda w: {"email": w.ben.email}, **ONE),
    Row("desk_terms", "GET", own_desk(200), **OWN),
    Row("desk_terms", "GET", own_desk(200, otto=404), **DRAFT),
    Row("desk_terms", "POST", own_desk(302), **OWN),
    Row("desk_requests", "GET", desk(200)),
    Row("desk_requests_decide", "POST", desk(302)),
    Row("desk_registrations_export", "GET", own_desk(200), **OWN),
    Row("desk_registrations_export_xlsx", "GET", own_desk(200), **OWN),
    Row("desk_import", "GET", own_desk(200), **OWN),
    Row("desk_import", "POST", own_desk(400), **OWN),
    Row("desk_import_empty", "GET", own_desk(200), args=lambda w: {"slug": w.training.slug, "format": "csv"}),
    Row("desk_import_list", "GET", own_desk(200), **A_LIST),
    Row("desk_import_confirm", "POST", own_desk(302), body=lambda w: {"mode": "fit"}, **A_LIST),
    Row("desk_import_discard", "POST", own_desk(302), **A_LIST),
    Row("desk_import_results", "GET", own_desk(200), **A_LIST),
    Row("desk_registration_cancel", "GET", own_desk(200), **ONE),
    Row("desk_registration_cancel", "POST", own_desk(302), body=lambda w: {"reason": "Asked by mail"}, **ONE),
    Row("desk_attendance", "GET", own_desk(200), **OWN),
    Row("desk_hours", "GET", own_desk(200), **OWN),
    Row("desk_hours_of", "GET", own_desk(200), **ONE_THERE),
    Row("desk_hours_report", "POST", own_desk(302), **ONE_THERE),
    Row("desk_hours_report_file", "GET", own_desk(404), **ONE_THERE),
    Row("desk_attendance_terms", "GET", own_desk(200), **OWN),
    Row("desk_attendance_terms", "POST", own_desk(302), **OWN),
    Row("desk_evaluation", "GET", own_desk(200), **OWN),
    Row("desk_evaluation", "GET", own_desk(200, otto=404), **DRAFT),
    Row("desk_evaluation", "POST", own_desk(302), body=lambda w: {"do": "on"}, **OWN),
    Row("desk_evaluation_preview", "GET", own_desk(200), args=lambda w: {"slug": w.evaluation.event.slug}),
    Row("desk_evaluation_question_new", "GET", own_desk(200), query="?kind=text", **OWN),
    Row("desk_evaluation_question", "GET", own_desk(200), **A_QUESTION),
    Row("desk_evaluation_question", "POST", own_desk(302), **A_QUESTION),
    Row("desk_evaluation_file", "GET", own_desk(404), args=lambda w: {"slug": w.training.slug, "format": "csv"}),
    Row("desk_assessments", "GET", own_desk(200), **OWN),
    Row("desk_assessments", "POST", own_desk(302), **OWN),
    Row("desk_recognitions", "GET", own_desk(200), **OWN),
    Row("desk_recognitions", "POST", own_desk(302), body=lambda w: {"kind": "winner", "name": "City of Linz"}, **OWN),
    Row("desk_recognition", "GET", own_desk(200), **A_RECOGNITION),
    Row("desk_recognition", "POST", own_desk(400), **A_RECOGNITION),
    Row("desk_recognition_remove", "POST", own_desk(302), **A_RECOGNITION),
    Row("desk_sign", "GET", own_desk(200), **OWN),
    Row(
        "desk_mark",
        "POST",
        own_desk(302),
        args=lambda w: {
            "slug": w.training.slug,
            "session": w.training.sessions.get().pk,
            "registration": w.registration.pk,
        },
        body=lambda w: {"present": "0"},
    ),
    Row(
        "desk_mark_all",
        "POST",
        own_desk(302),
        args=lambda w: {"slug": w.training.slug, "session": w.training.sessions.get().pk},
    ),
    Row("desk_register", "GET", desk(200)),
    Row("desk_register_csv", "GET", desk(200)),
    Row("desk_register_zip", "GET", desk(200)),
    Row("desk_issue_everywhere", "POST", desk(302)),
    Row("desk_send_again", "POST", desk(302)),
    Row("desk_revocation_new", "POST", desk(302)),
    Row("desk_revocation", "GET", desk(404, olga=200), **A_REVOCATION),
    Row("desk_revocation", "POST", desk(404, olga=302), **A_REVOCATION, **BECAUSE),
    Row(
        "desk_issue_recognition",
        "POST",
        own_desk(302),
        args=lambda w: {"slug": w.training.slug, "recognition": w.recognition.pk},
    ),
    Row("desk_certificate_templates", "GET", desk(200)),
    Row("desk_certificate_template_new", "GET", desk(200)),
    Row("desk_certificate_template_new", "POST", desk(400)),
    Row("desk_certificate_template_preview", "POST", desk(200)),
    Row("desk_certificate_template", "GET", own_desk(200, otto=404), **A_TEMPLATE),
    Row(
        "desk_certificate_template",
        "POST",
        own_desk(302, otto=404),
        body=lambda w: {"name": "N", "design": "line"},
        **A_TEMPLATE,
    ),
    Row("desk_certificate_template_change_preview", "POST", own_desk(200, otto=404), **A_TEMPLATE),
    Row("desk_certificate_template_sample", "GET", own_desk(200, otto=404), **A_TEMPLATE),
    Row("desk_certificate_template_retire", "POST", own_desk(302, otto=404), **A_TEMPLATE),
    Row("desk_certificate_terms", "GET", own_desk(200), **OWN),
    Row("desk_certificate_terms", "POST", own_desk(302), **OWN),
    Row("desk_certificates", "GET", own_desk(200), **OWN),
    Row("desk_certificates_archive", "GET", own_desk(200), **OWN),
    Row("desk_issue_all", "POST", own_desk(302), **OWN),
    Row(
        "desk_issue",
        "POST",
        own_desk(302),
        args=lambda w: {"slug": w.training.slug, "registration": w.registration.pk},
    ),
    Row("desk_revoke", "GET", own_desk(404), args=lambda w: {"slug": w.training.slug, "number": "unknown"}),
    Row("desk_reissue", "GET", own_desk(404), args=lambda w: {"slug": w.training.slug, "number": "unknown"}),
]

ROWS = [
    *DESK,
    *QUESTIONS,
    *FRONT,
    *NETWORK,
    *PROGRAMME_API,
    *PROGRAMME,
    *REGISTRATIONS,
    *ATTENDANCE,
    *EVIDENCE,
    *CERTIFICATES,
    *CALENDARS,
    *MAIL,
]
