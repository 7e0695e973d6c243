"""Questions for stories: one of each kind, short to write."""

import struct
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile

from events.registrations.asking.facts import OptionFacts, QuestionFacts
from events.registrations.asking.questions import set_questions


def ask(key, kind="text", *options, **more):
    """Facts of a question whose English label is its key; options are their English labels."""
    words = {"en": key.replace("-", " ").capitalize()}
    return QuestionFacts(
        **{"kind": kind, "key": key, "label": words, "options": tuple(OptionFacts({"en": one}) for one in options), **more}
    )


def block(name):
    return QuestionFacts(block=name)


EVERYTHING = (
    ask("nickname"),
    ask("motivation", "long-text"),
    ask("track", "choice", "Beginners", "Experts", is_required=True),
    ask("topics", "choices", "Law", "Markets", "Pilots"),
    ask("years", "number", least=0, most=50),
    ask("arrival", "date"),
    ask("from", "country"),
    ask("letter", "file", types=("document",), megabytes=1),
    ask("rules", "consent", is_required=True),
    ask("allergy", is_special=True, purpose="For the kitchen"),
    ask("why-expert", depends_on="track", depends_values=("experts",), is_required=True),
)


def put(event, by, *facts):
    """Let the event ask these. Returns the questions by key."""
    return {question.key: question for question in set_questions(event=event, by=by, questions=facts)}


PDF = b"%PDF-1.7\n" + b"x" * 2000


def png(side=2):
    """A small true picture."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xff\0\0" * side for _ in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def upload(content=PDF, name="letter.pdf"):
    return SimpleUploadedFile(name, content)
