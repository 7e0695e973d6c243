"""The bulk lane: many certificates by the type-case stencil, the same as by the single lane, and sealed in the same pass.

WeasyPrint sets a certificate once, and each text that differs once; the files are put together from these pieces. Whatever
cannot be shown to come out as the single lane prints it, takes the single lane: a name that needs two lines or a second font,
a place in the template that is no slot, a group of very few. Of each group one file is printed both ways and compared.
"""

import gc
import json
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import pikepdf
from django.utils.translation import override

from events.certificates.content.facts import Facts
from events.certificates.content.wording import Words, put_into_words
from events.certificates.printing import render as single
from events.certificates.printing.comparing import difference
from events.certificates.printing.cutting import NotOneLine, cut, strokes
from events.certificates.printing.patterns import Pattern, Unsuitable, Values, fill, holes, with_holes
from events.certificates.printing.sheet import Printed, Sheet
from events.certificates.printing.stencil import Own, Stencil
from events.certificates.printing.typecase import Geometry, filled_case, is_same, measure
from events.certificates.sealing.sealer import Mould
from events.paper import fonts, pdf
from events.paper.fonts import CannotPrint

log = logging.getLogger(__name__)

#: So many share a stencil at most: what is in memory at a time.
CHUNK = 100
#: A stencil costs as much as so many certificates of the single lane.
SMALLEST = 4
#: What was found out about the pages of former chunks; an event of thousands has the same in each.
REMEMBERED = 32

#: The parts of the facts that those of a group may differ in: as far as it shows, in words that stand in slots.
PERSONAL = {"number", "register", "verify", "holder", "attendance", "assessed", "recognition", "valid_until"}

_fits: dict[tuple[object, ...], single.Fit] = {}
_geometries: dict[tuple[str, str], Geometry] = {}


@dataclass(frozen=True)
class Person:
    """A sheet in words. Only those of one ``kin`` may share a stencil."""

    sheet: Sheet
    words: Words
    values: Values
    kin: tuple[object, ...]

    @property
    def facts(self) -> Facts:
        """The sheet's facts."""
        return self.sheet.facts

    def length(self) -> int:
        """How much there is to say."""
        return sum(map(len, self.values.values()))


def print_batch(sheets: Sequence[Sheet], *, mould: Mould | None) -> Iterator[Printed]:
    """Print each, in their order; with a ``mould`` sealed in the same pass where the stencil can.

    Raises CannotPrint when it comes to a sheet that cannot be printed, after those before it; CannotSeal.
    """
    for start in range(0, len(sheets), CHUNK):
        people: list[Person] = []
        problem = None
        for sheet in sheets[start : start + CHUNK]:
            try:
                people.append(_person(sheet))
            except CannotPrint as found:
                problem = found
                break
        yield from _print(people, mould)
        if problem is not None:
            raise problem


def _person(sheet: Sheet) -> Person:
    facts = sheet.facts
    with override(facts["language"]):
        words = put_into_words(facts)
        for text in words.texts():
            fonts.require_printable(text)
        values = {field.name: value for field in fields(words) if isinstance(value := getattr(words, field.name), str)}
        common = json.dumps({part: value for part, value in facts.items() if part not in PERSONAL}, sort_keys=True)
        missing = tuple(name for name, value in values.items() if not value)
        kin = (common, single.sizes(facts, words), missing, bool(sheet.credential))
        return Person(sheet, words, values, kin)


def _print(people: Sequence[Person], mould: Mould | None) -> Iterator[Printed]:
    files: dict[int, bytes] = {}
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, person in enumerate(people):
        groups[person.kin].append(index)
    for group in groups.values():
        files |= _by_stencil({index: people[index] for index in group}, mould)
    for index, person in enumerate(people):
        if index in files:
            yield Printed(files.pop(index), single.design_of(person.facts).template, is_sealed=mould is not None)
        else:
            yield single.render(person.sheet)


def _by_stencil(group: dict[int, Person], mould: Mould | None) -> dict[int, bytes]:
    """The files of those for whom a stencil can be shown to be right."""
    if len(group) < SMALLEST:
        return {}
    # The one that says least stands on one line if anybody does.
    sample = min(group.values(), key=Person.length)
    varying = {name for name, value in sample.values.items() if any(one.values[name] != value for one in group.values())}
    tied: AbstractSet[str] = set()
    files: dict[int, bytes] = {}
    try:
        with override(sample.facts["language"]):
            page = Page(sample, varying)
            if page.pattern.bound:
                tied = page.pattern.bound
            else:
                files = page.print(group, mould)
    except NotOneLine as why:
        tied = holes(page.pattern.slots[why.slot].text)
    except (Unsuitable, pikepdf.PdfError) as why:
        log.warning("%d certificates take the single lane: %s", len(group), why)
        return {}
    # Those who share a value that cannot be exchanged may share a stencil; and so may those who are left.
    apart: dict[tuple[str, ...], dict[int, Person]] = defaultdict(dict)
    for index, person in group.items():
        if index not in files:
            apart[tuple(person.values[name] for name in sorted(tied))][index] = person
    for those in apart.values():
        files |= _by_stencil(those, mould)
    return files


class Page:
    """The page that those of a group share, but for the values that vary."""

    def __init__(self, sample: Person, varying: AbstractSet[str]) -> None:
        """Raises Unsuitable."""
        self.sample = sample
        self.varying = varying
        same = tuple(value for name, value in sample.values.items() if name not in varying)
        self._key = (sample.kin, same)
        with pdf.printing:
            self.fit = _fits.get(self._key) or single.settle(sample.facts, sample.words)[0]
        html = single.html(sample.facts, with_holes(sample.words, varying), self.fit)
        self.pattern = Pattern(html, code=f"{pdf.SCHEME}:{single.CODE}")

    def print(self, group: dict[int, Person], mould: Mould | None) -> dict[int, bytes]:
        """Make the stencil and the files. Raises Unsuitable, CannotSeal."""
        suited = {index: person for index, person in group.items() if self._is_of(person)}
        if not any(person is self.sample for person in suited.values()):
            raise Unsuitable("the template says it in other words where a value is not yet known")
        stencil = self._stencil([*suited.values()], mould)
        suited = {index: person for index, person in suited.items() if stencil.knows(self._values(person))}
        self._prove(stencil, [person for person in suited.values() if person is not self.sample])
        files = stencil.files([self._own(person) for person in suited.values()], mould)
        return dict(zip(suited, files, strict=True))

    def _is_of(self, person: Person) -> bool:
        """Whether the template makes this page of this person's facts too, letter for letter."""
        return single.html(person.facts, person.words, self.fit) == self.pattern.filled(self._values(person))

    def _stencil(self, people: Sequence[Person], mould: Mould | None) -> Stencil:
        sample, pattern = self.sample, self.pattern
        values = self._values(sample)
        texts = [
            [*dict.fromkeys(fill(slot.text, self._values(person)) for person in (sample, *people))] for slot in pattern.slots
        ]
        with pdf.printing:
            geometry = self._geometry(max(people, key=Person.length))
            case = filled_case(pattern, geometry, values, texts)
            attachments = single.attached(sample.facts, sample.sheet.credential)
            printed = pdf.write(single.typeset_html(case, sample.facts), attachments=attachments)
        gc.collect()  # of the layout, which is large and full of circles, nothing is needed any more
        pieces = cut(
            printed,
            pages=geometry.pages,
            texts=texts,
            code=strokes(pdf.modules(sample.facts["verify"]).matrix),
            code_words=fill(pattern.alt, values),
            with_field=mould is not None,
        )
        return Stencil(pieces, pattern, values, seal_size=mould.size if mould else 0)

    def _geometry(self, longest: Person) -> Geometry:
        """Where the slots are, whoever it is: who has least to say and who has most have them in the same places."""
        key = (single.design_of(self.sample.facts).template, self.pattern.html)
        if key not in _geometries:
            found, other = (
                measure(self.pattern, self._values(person), lambda page: single.typeset_html(page, self.sample.facts))
                for person in (self.sample, longest)
            )
            if not is_same(found, other):
                raise Unsuitable("a slot is as wide as what stands in it")
            _remember(_geometries, key, found)
        return _geometries[key]

    def _prove(self, stencil: Stencil, others: Sequence[Person]) -> None:
        """Print somebody's by the single lane too, and compare: to the last operator, letter and tag."""
        person = [self.sample, *others][-1]
        (file,) = stencil.files([self._own(person)], None)
        if found := difference(file, single.render(person.sheet).pdf):
            raise Unsuitable(f"the two lanes differ in {found} for {person.facts['number']}")
        _remember(_fits, self._key, self.fit)

    def _values(self, person: Person) -> Values:
        return {name: person.values[name] for name in self.varying}

    def _own(self, person: Person) -> Own:
        return Own(
            values=self._values(person),
            code=strokes(pdf.modules(person.facts["verify"]).matrix),
            credential=person.sheet.credential,
            at=datetime.fromisoformat(person.facts["issued_at"]),
        )


def _remember(memory: dict[Any, Any], key: Any, value: Any) -> None:
    """Keep the latest few."""
    memory[key] = value
    while len(memory) > REMEMBERED:
        del memory[next(iter(memory))]
