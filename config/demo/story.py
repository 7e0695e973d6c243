"""The main job, told step by step over HTTP. Each step says what is promised, checks it, and says what was seen."""

import hashlib
import io
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from config.demo.http import Answer, Visitor

API = "/api/v1"
ZONE = ZoneInfo("Europe/Vienna")
PATIENCE = 120.0  # seconds that the worker may take


class NotAsPromised(Exception):
    """A step ended otherwise than the platform promises."""


def promise(what: str, seen: Any, wanted: Any) -> None:
    """Raise NotAsPromised unless what is seen is what is wanted."""
    if seen != wanted:
        raise NotAsPromised(f"{what}: wanted {wanted!r}, saw {seen!r}")


def answered(answer: Answer, status: int) -> Answer:
    """The answer, if it has this status."""
    if answer.status != status:
        raise NotAsPromised(f"wanted an answer {status}, saw {answer.status}: {answer.body[:500].decode(errors='replace')}")
    return answer


@dataclass
class Story:
    """The people's visitors, and what they bring home: ``files`` by name."""

    anybody: Visitor
    ana: Visitor
    ben: Visitor
    cleo: Visitor
    olga: Visitor
    say: Callable[[str], None]
    files: dict[str, bytes] = field(default_factory=dict)
    event: dict[str, Any] = field(default_factory=dict)
    registrations: dict[str, int] = field(default_factory=dict)

    def tell(self) -> None:
        """All steps in their order. Raises NotAsPromised at the first that fails."""
        lines = ["# The main job, end to end", ""]
        for number, (title, step) in enumerate(self.steps(), start=1):
            try:
                seen = step()
            except NotAsPromised as error:
                raise NotAsPromised(f"Step {number}, “{title}”: {error}") from error
            self.say(f"{number:2}. {title}\n    {seen}")
            lines += [f"{number}. **{title}** {seen}"]
        self.files["story.md"] = ("\n".join(lines) + "\n").encode()

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """What is told, in this order."""
        yield "Olga writes a training for two people and publishes it.", self.publish
        yield "Ana finds it without signing in.", self.find
        yield "Ana subscribes to the network’s calendar; asking again costs nothing.", self.subscribe
        yield "Ana, Ben and Cleo register for the two places.", self.register
        yield "Ana’s own calendar has it too.", self.own_calendar
        yield "Olga moves the training by a day; calendars learn of it.", self.move
        yield "Ben gives his place back; Cleo gets it.", self.give_back
        yield (
            "A story cannot wait, so Olga moves the training to this very day, some hours ago; the worker finishes it.",
            self.hold,
        )
        yield "Olga records who came.", self.check_in
        yield "Olga has the certificates issued.", self.certify
        yield "Ana downloads hers, Olga all of them.", self.download
        yield "Ana takes her credential, for a wallet or a learning platform.", self.credential
        yield "Somebody who was shown Ana’s certificate checks it: the number, then the file.", self.verify

    # --- The steps -------------------------------------------------------------------------------------------------

    def publish(self) -> str:
        """A draft, seen by nobody else, then published."""
        venue = answered(
            self.olga.post(
                f"{API}/venues/", {"name": "Demo House", "address": "Demogasse 1", "city": "Vienna", "country": "AT"}
            ),
            201,
        ).json
        self.starts = datetime.now(ZONE).replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(days=30)
        draft = answered(
            self.olga.post(
                f"{API}/events/",
                {
                    "kind": "training",
                    "title": "Market dialogue in practice",
                    "summary": "How to talk to suppliers before the call.",
                    "learning_outcomes": "Plan and hold a preliminary market consultation",
                    "organising_centre": "at-ioeb",
                    "format": "on-site",
                    "venue": venue["id"],
                    "timezone": ZONE.key,
                    "languages": ["en"],
                    "places": 2,
                    "starts": self.starts.isoformat(),
                    "ends": (self.starts + timedelta(hours=1)).isoformat(),
                    "competences": [{"competence": "C11", "level": 2}],
                },
            ),
            201,
        )
        slug = draft.json["slug"]
        promise("state of what was written", draft.json["state"], "draft")
        answered(self.ana.get(f"{API}/events/{slug}/"), 404)
        published = answered(self.olga.post(f"{API}/events/{slug}/publish/", If_Match=draft.headers["etag"]), 200)
        self.event = published.json
        promise("state", self.event["state"], "published")
        promise("places left", self.event["places_left"], 2)
        return f"`{slug}` is published, with 2 places left. While it was a draft, Ana got 404."

    def find(self) -> str:
        """The page and the list."""
        found = answered(self.anybody.get(f"{API}/events/"), 200).json["results"]
        promise("slugs in the list", [event["slug"] for event in found], [self.event["slug"]])
        page = answered(self.anybody.get(f"/events/{self.event['slug']}/"), 200)
        promise("the title is on the page", self.event["title"] in page.text, True)
        answered(self.anybody.get("/"), 200)
        return f"The list has it, and its page answers with {len(page.body):,} bytes."

    def subscribe(self) -> str:
        """The feed, and 304 on the second time."""
        self.feed = answered(self.anybody.get("/calendars/network.ics"), 200)
        entry = self.entry(self.feed)
        self.uid = str(entry["UID"])
        promise("SEQUENCE", int(entry["SEQUENCE"]), 1)  # it had 0 as a draft, in the calendar of the centre's staff
        promise("start", entry.decoded("DTSTART"), self.starts.replace(tzinfo=ZONE))
        self.unchanged()
        return f"One entry, SEQUENCE 1, {self.starts:%d %B %Y, %H:%M} in {ZONE.key}. The second request was answered 304."

    def register(self) -> str:
        """Two get places, the third waits."""
        for name, visitor in (("ana", self.ana), ("ben", self.ben), ("cleo", self.cleo)):
            registration = answered(visitor.post(f"{API}/registrations/", {"event": self.event["slug"]}), 201).json
            self.registrations[name] = registration["id"]
            promise(f"state of {name}", registration["state"], "waiting" if name == "cleo" else "confirmed")
            promise(f"turn of {name}", registration["position"], 1 if name == "cleo" else None)
        again = answered(self.ana.post(f"{API}/registrations/", {"event": self.event["slug"]}), 200).json
        promise("Ana’s second registration", again["id"], self.registrations["ana"])
        return "Ana and Ben have places, Cleo is first in the waiting list. When Ana asks twice, she keeps the one she has."

    def own_calendar(self) -> str:
        """A secret address."""
        self.address = answered(self.ana.post(f"{API}/calendar-addresses/", {"name": "Phone"}), 201).json["url"]
        entry = self.entry(answered(self.anybody.get(self.address), 200))
        promise("status in Ana’s calendar", str(entry["STATUS"]), "CONFIRMED")
        promise("UID in Ana’s calendar", str(entry["UID"]), self.uid)
        return "Her secret address answers with the training, confirmed, under the same UID as in the public calendar."

    def move(self) -> str:
        """SEQUENCE goes up by one, the UID stays."""
        self.starts += timedelta(days=1)
        self.move_to(self.starts, reason="The hall is taken that day.")
        entry = self.moved_entry(sequence=2)
        promise("start", entry.decoded("DTSTART"), self.starts.replace(tzinfo=ZONE))
        self.unchanged()
        return f"Same UID, SEQUENCE 2, now {self.starts:%d %B %Y}. Then 304 again."

    def give_back(self) -> str:
        """The place goes to who waits."""
        answered(self.ben.post(f"{API}/registrations/{self.registrations['ben']}/cancel/", {"reason": "A hearing."}), 200)
        cleo = answered(self.cleo.get(f"{API}/registrations/{self.registrations['cleo']}/"), 200).json
        promise("state of Cleo", cleo["state"], "confirmed")
        self.unchanged()
        return "Cleo is confirmed at once. The public calendar is as before, to the byte: it does not tell who comes."

    def hold(self) -> str:
        """It begins and ends; the worker notices."""
        earlier = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=3)
        self.starts = earlier.astimezone(ZONE).replace(tzinfo=None)
        self.move_to(self.starts, reason="The story goes on.")
        self.moved_entry(sequence=3)
        seconds = self.wait_for("finished", lambda: self.read_event()["state"])
        return f"SEQUENCE 3. The event was finished by the worker after {seconds:.1f} s."

    def check_in(self) -> str:
        """Ana and Cleo came; Ben has no place and cannot be checked in."""
        session = self.read_event()["sessions"][0]["id"]
        roster = f"{API}/events/{self.event['slug']}/sessions/{session}/roster/"
        expected = sorted([self.registrations["ana"], self.registrations["cleo"]])
        rows = answered(self.olga.get(roster), 200).json
        promise("registrations on the roster", sorted(row["registration"] for row in rows), expected)
        answered(self.olga.post(roster, {"registrations": [self.registrations["ben"]], "present": True}), 409)
        changed = answered(self.olga.post(roster, {"registrations": expected, "present": True}), 200).json
        promise("checked in", changed, {"changed": 2})
        answered(self.ana.get(roster), 403)
        return "Ana and Cleo are present. Ben, who gave his place back, is refused. Ana may not see the list."

    def certify(self) -> str:
        """The worker issues two."""
        address = f"{API}/events/{self.event['slug']}/certificates/"
        promise("asked for", answered(self.olga.post(address), 202).json["asked_for"], 2)
        seconds = self.wait_for((2, False), lambda: self.progress(address))
        promise("asked for the second time", answered(self.olga.post(address), 202).json["asked_for"], 0)
        return f"Two certificates after {seconds:.1f} s. Asked again, nothing is issued twice."

    def download(self) -> str:
        """One PDF, one ZIP, and a stranger gets neither."""
        mine = answered(self.ana.get(f"{API}/certificates/"), 200).json["results"]
        promise("Ana’s certificates", len(mine), 1)
        self.certificate = mine[0]
        path = f"{API}/certificates/{self.certificate['number']}/file/"
        pdf = answered(self.ana.get(path), 200)
        promise("type", pdf.headers["content-type"], "application/pdf")
        promise("first bytes", pdf.body[:5], b"%PDF-")
        promise("SHA-256", hashlib.sha256(pdf.body).hexdigest(), self.certificate["sha256"])
        answered(self.ben.get(path), 404)
        answered(self.anybody.get(path), 401)
        archive = answered(self.olga.get(f"{API}/events/{self.event['slug']}/certificates/archive/"), 200)
        with zipfile.ZipFile(io.BytesIO(archive.body)) as files:
            pdfs = [name for name in files.namelist() if name.endswith(".pdf")]
            promise("broken file in the ZIP", files.testzip(), None)
            promise("PDFs in the ZIP", len(pdfs), 2)
            promise("Ana’s is in it, to the byte", pdf.body in [files.read(name) for name in pdfs], True)
        self.files["certificate.pdf"] = pdf.body
        self.files["certificates.zip"] = archive.body
        self.files["calendar.ics"] = self.feed.body
        return f"A PDF of {len(pdf.body):,} bytes whose SHA-256 is the registered one, and a ZIP with two. Ben gets 404."

    def verify(self) -> str:
        """Anybody can; an invented number is not known."""
        number = self.certificate["number"]
        verdict = answered(self.anybody.get(f"{API}/verify/{number}/"), 200).json
        promise("validity", verdict["validity"], "valid")
        promise("name", verdict["name"], "Ana Procurer (demo)")
        promise("SHA-256", verdict["sha256"], self.certificate["sha256"])
        page = answered(self.anybody.get(f"/verify/{number}"), 200)
        promise("the page names her", "Ana Procurer (demo)" in page.text, True)
        answered(self.anybody.get(f"{API}/verify/{number[:-1]}{'0' if number[-1] != '0' else '1'}/"), 404)
        original = self.files["certificate.pdf"]
        file = answered(self.anybody.upload(f"{API}/verify/file/", original), 200).json
        promise("whose file", file["certificate"]["number"], number)
        promise("the seal", (file["seal"]["is_sealed"], file["seal"]["is_intact"], file["seal"]["is_ours"]), (True, True, True))
        middle = len(original) // 2
        changed = original[:middle] + bytes([original[middle] ^ 1]) + original[middle + 1 :]
        forged = answered(self.anybody.upload(f"{API}/verify/file/", changed), 200).json
        promise("whose file, if an octet is changed", forged["certificate"], None)
        promise("its seal then", forged["seal"]["is_intact"], False)
        return f"`{number}` is valid, and the file is the original with our seal. With one character changed neither is."

    def credential(self) -> str:
        """Signed by the issuer whose keys are public, and not revoked."""
        address = f"{API}/certificates/{self.certificate['number']}/credential/"
        document = answered(self.ana.get(address), 200)
        answered(self.ben.get(address), 404)
        issuer = document.json["issuer"]["id"]
        promise("type", document.json["type"], ["VerifiableCredential", "OpenBadgeCredential"])
        did = answered(self.anybody.get("/.well-known/did.json"), 200).json
        promise("issuer", issuer, did["id"])
        promise("its key is public", document.json["proof"]["verificationMethod"] in did["assertionMethod"], True)
        self.files["credential.json"] = document.body
        return f"An Open Badges 3.0 credential of {len(document.body):,} bytes, issued by `{issuer}`. Ben gets 404."

    # --- What several steps do -------------------------------------------------------------------------------------

    def read_event(self) -> dict[str, Any]:
        """The event as Olga sees it, with its ETag."""
        answer = answered(self.olga.get(f"{API}/events/{self.event['slug']}/"), 200)
        self.event = answer.json | {"etag": answer.headers["etag"]}
        return self.event

    def move_to(self, starts: datetime, *, reason: str) -> None:
        """Move the event; with an old ETag it must be refused, or a change of somebody else's would be lost."""
        path = f"{API}/events/{self.event['slug']}/move/"
        request: Mapping[str, Any] = {"starts": starts.isoformat(), "reason": reason}
        etag = self.read_event()["etag"]
        moved = answered(self.olga.post(path, request, If_Match=etag), 200)
        promise("the ETag is another", moved.headers["etag"] != etag, True)
        answered(self.olga.post(path, request, If_Match=etag), 412)

    def moved_entry(self, *, sequence: int) -> Any:
        """The entry in the feed, which must have changed, with this SEQUENCE and the UID it always had."""
        etag = self.feed.headers["etag"]
        # A web process may repeat its last answer for a second.
        self.wait_for(200, lambda: self.anybody.get("/calendars/network.ics", If_None_Match=etag).status)
        self.feed = answered(self.anybody.get("/calendars/network.ics", If_None_Match=etag), 200)
        entry = self.entry(self.feed)
        promise("UID", str(entry["UID"]), self.uid)
        promise("SEQUENCE", int(entry["SEQUENCE"]), sequence)
        return entry

    def unchanged(self) -> None:
        """The feed has not changed since it was last read."""
        answer = answered(self.anybody.get("/calendars/network.ics", If_None_Match=self.feed.headers["etag"]), 304)
        promise("bytes of the 304", len(answer.body), 0)

    def entry(self, feed: Answer) -> Any:
        """The only entry of a feed."""
        promise("type", feed.headers["content-type"].lower(), "text/calendar; charset=utf-8")
        entries = Calendar.from_ical(feed.body).walk("VEVENT")
        promise("entries", len(entries), 1)
        return entries[0]

    def progress(self, address: str) -> tuple[int, bool]:
        """How many certificates are valid, and whether the worker is still at it."""
        progress = answered(self.olga.get(address), 200).json["progress"]
        return progress["valid"], progress["running"]

    def wait_for(self, wanted: Any, look: Callable[[], Any]) -> float:
        """Look until it is as wanted; the seconds that took. Raises NotAsPromised after a while."""
        started = time.monotonic()
        while (seen := look()) != wanted:
            if time.monotonic() - started > PATIENCE:
                raise NotAsPromised(f"after {PATIENCE:.0f} s: wanted {wanted!r}, saw {seen!r}")
            time.sleep(0.1)
        return time.monotonic() - started
