"""Canonical RDF (RDFC-1.0) of JSON-LD, for signing: by PyLD, and by a stencil for documents that differ only in some values.

Expanding a document costs PyLD about ten milliseconds. A stencil does it once: in a document whose own values were replaced
by marks, each canonical line shows where a value goes. Filling it in leaves only the labels of blank nodes to be found anew,
which RDFC-1.0 gives by hashes of the lines that a node stands in.

PyLD costs a process 0.3 s and 30 MB: only who signs certificates pays. Where it is known beforehand what a document comes to,
``lines`` writes it without.
"""

import json
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import RLock
from typing import Any

Document = dict[str, Any]
#: Where a value of a document is: its container, and its key or index there.
Spot = tuple[Any, Any]
Value = str | int | float

log = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().parent / "contexts"
CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
PINNED = {CREDENTIALS: "credentials-v2.json", OPEN_BADGES: "open-badges-3.0.3.json"}

# PyLD's caches are shared and know no threads.
_pyld = RLock()


class UnknownContext(Exception):
    """A document names a context that is not pinned. It is not fetched."""


def load(address: str, _options: Any = None) -> Document:
    """PyLD's document loader: the pinned contexts, and nothing else."""
    if address not in PINNED:
        raise UnknownContext(address)
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": address, "document": _read(address)}


@lru_cache
def _read(address: str) -> Document:
    content: Document = json.loads((FOLDER / PINNED[address]).read_bytes())
    return content


def canonical(document: Document) -> str:
    """The document's canonical N-Quads, by PyLD (which calls RDFC-1.0 by its former name)."""
    from pyld import jsonld  # noqa: PLC0415

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    with _pyld:
        return str(jsonld.normalize(document, options))


# --- The stencil --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Slot:
    """Where the value of this number goes."""

    number: int


@dataclass(frozen=True)
class _Blank:
    """Where the label of a blank node goes."""

    name: str


_Part = str | _Slot | _Blank
_Line = list[_Part]

_FIRST_NUMBER = 987_650_000  # stands for a number; no certificate has so many hours
_SLOT = "urn:slot:"
_MARK = re.compile(_SLOT + r"(\d+):|98765(\d{4})")


class Stencil:
    """The canonical N-Quads of all documents that have the same form as a sample, and the same values but at its spots."""

    def __init__(self, sample: Document, spots: Sequence[Spot]) -> None:
        """``spots`` are inside of ``sample``, whose values there are replaced by marks."""
        from pyld import jsonld  # noqa: PLC0415

        _mark(spots)
        with _pyld:
            graphs = jsonld.to_rdf(sample, {"documentLoader": load})
        if set(graphs) != {"@default"}:
            raise ValueError("A stencil has one graph.")
        lines = [_line(quad) for quad in graphs["@default"]]
        self.fixed = ["".join(map(str, line)) for line in lines if all(isinstance(part, str) for part in line)]
        self.lines = [line for line in lines if not all(isinstance(part, str) for part in line)]
        self.blanks = [
            _Node(name, [line for line in lines if _Blank(name) in line])
            for name in sorted({part.name for line in lines for part in line if isinstance(part, _Blank)})
        ]

    def fill(self, values: Sequence[Value]) -> str | None:
        """The canonical N-Quads with these values, in the order of the spots.

        None: two nodes look alike, which only PyLD tells apart.
        """
        texts = [lexical(value) for value in values]
        hashes = {node.hash(texts): node.name for node in self.blanks}
        if len(hashes) < len(self.blanks):
            return None
        labels = {name: f"_:c14n{position}" for position, (_hash, name) in enumerate(sorted(hashes.items()))}
        filled = [_render(line, texts, labels.__getitem__) for line in self.lines]
        return "".join(sorted({*self.fixed, *filled}))


@dataclass
class _Node:
    """A blank node and the lines that it stands in."""

    name: str
    lines: list[_Line]
    known: str = field(default="", init=False)  # its hash, where no value stands in its lines

    def __post_init__(self) -> None:
        if not any(isinstance(part, _Slot) for line in self.lines for part in line):
            self.known = self._hash(())

    def hash(self, texts: Sequence[str]) -> str:
        """RDFC-1.0 §4.6, Hash First Degree Quads."""
        return self.known or self._hash(texts)

    def _hash(self, texts: Sequence[str]) -> str:
        lines = sorted(_render(line, texts, self._label) for line in self.lines)
        return sha256("".join(lines).encode()).hexdigest()

    def _label(self, name: str) -> str:
        return "_:a" if name == self.name else "_:z"


def _mark(spots: Iterable[Spot]) -> None:
    for number, (container, key) in zip(count(), spots):
        is_text = isinstance(container[key], str)
        container[key] = f"{_SLOT}{number}:" if is_text else _FIRST_NUMBER + number


def _line(quad: Document) -> _Line:
    return [
        *_term(quad["subject"]),
        " ",
        *_term(quad["predicate"]),
        " ",
        *_term(quad["object"]),
        " .\n",
    ]


def _term(term: Document) -> list[_Part]:
    if term["type"] == "blank node":
        return [_Blank(term["value"])]
    if term["type"] == "IRI":
        return ["<", *_with_slots(term["value"]), ">"]
    suffix = '"'
    if term.get("language"):
        suffix += f"@{term['language']}"
    elif term["datatype"] != "http://www.w3.org/2001/XMLSchema#string":
        suffix += f"^^<{term['datatype']}>"
    return ['"', *_with_slots(term["value"]), suffix]


def _with_slots(text: str) -> list[_Part]:
    found = _MARK.fullmatch(text)
    if found is None:
        return [_escaped(text)]
    return [_Slot(int(found[1] or found[2]))]


def _render(line: _Line, texts: Sequence[str], label: Callable[[str], str]) -> str:
    return "".join(
        part if isinstance(part, str) else texts[part.number] if isinstance(part, _Slot) else label(part.name) for part in line
    )


def lexical(value: Value) -> str:
    """A value as it stands in N-Quads: a text escaped, a number as JSON-LD writes it (JSON-LD 1.1 API §8.6)."""
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, int):
        return str(value)
    mantissa, exponent = f"{value:.15E}".split("E")
    whole, decimals = mantissa.split(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}E{int(exponent)}"


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"'})


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


# --- Without PyLD -------------------------------------------------------------------------------------------------

SECURITY = "https://w3id.org/security#"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


def lines(*statements: tuple[str, str, str]) -> str:
    """Statements in canonical order. Their terms are written out, and at most one node is blank: ``_:c14n0``."""
    return "".join(sorted(f"{subject} {predicate} {object_} .\n" for subject, predicate, object_ in statements))


def iri(address: str) -> str:
    """An IRI as N-Quads writes it."""
    return f"<{address}>"


def literal(text: str, datatype: str = "") -> str:
    """A literal as N-Quads writes it."""
    return f'"{_escaped(text)}"' + (f"^^<{datatype}>" if datatype else "")


# --- Both together ------------------------------------------------------------------------------------------------


class Canonicaliser:
    """Canonical N-Quads of many documents: by a stencil for each form, proven equal to PyLD's at the first of its kind."""

    def __init__(self, spots: Callable[[Document], list[Spot]], *, most: int = 32) -> None:
        """``spots``: where a document's own values are. ``most``: how many stencils are kept."""
        self._spots = spots
        self._most = most
        self._stencils: OrderedDict[str, Stencil | None] = OrderedDict()
        self._lock = RLock()

    def __call__(self, document: Document) -> str:
        """The document's canonical N-Quads."""
        text = json.dumps(document)
        if _SLOT in text:  # somebody's idea of a joke
            return canonical(document)
        masked = json.loads(text)
        marks = self._spots(masked)
        values = [container[key] for container, key in marks]
        _mark(marks)
        form = json.dumps(masked)
        with self._lock:
            if form in self._stencils:
                self._stencils.move_to_end(form)
                stencil = self._stencils[form]
                return (stencil.fill(values) if stencil else None) or canonical(document)
            by_pyld = canonical(document)
            stencil = Stencil(masked, marks)
            if stencil.fill(values) != by_pyld:
                log.warning("A stencil does not give what PyLD gives; such credentials are canonicalised one by one.")
                stencil = None
            self._stencils[form] = stencil
            if len(self._stencils) > self._most:
                self._stencils.popitem(last=False)
            return by_pyld
