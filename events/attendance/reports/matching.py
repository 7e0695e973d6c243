"""Who is meant by a line of a webinar's report: by the address, then by the name. What is not sure is asked.

Only participants of the session can be meant. Of the others of the event it is said why they are not.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from events.attendance.reports import names
from events.registrations.models import Registration

#: How like a name must be to be asked about, and how many are offered.
LIKE, MOST_CANDIDATES = 55, 4
#: Of how many people with a word of the name the names are compared, so that thousands of strangers take no long time.
MOST_OF_A_WORD, MOST_LOOKED_AT = 100, 16


@dataclass(frozen=True)
class Match:
    """Whom a person of the report was matched to.

    ``how``: "email"; "name" (the only participant of this name, and the report has no other address for them); "doubtful"
    (``candidates``, the likeliest first; ``proposed`` is what to choose if one says nothing); "not_here" (registered, but not a
    participant: ``other``); "nobody".
    """

    how: str
    registration: Registration | None = None
    candidates: Sequence[Registration] = field(default_factory=tuple)
    other: Registration | None = None

    @property
    def proposed(self) -> Registration | None:
        """Who is recorded if nobody says otherwise: whoever is sure, and the only one whose name is the same."""
        return self.registration


class Matcher:
    """Looks people up among the registrations of one event. ``expected`` take part in the session, ``others`` do not."""

    def __init__(self, expected: Iterable[Registration], others: Iterable[Registration]) -> None:
        self.expected = list(expected)
        self.by_email = {one.person.email.lower(): one for one in self.expected}
        self.others = {one.person.email.lower(): one for one in others}
        self.keys = {one.pk: names.key(one.person.name) for one in self.expected}
        self.by_key: dict[names.Key, list[Registration]] = {}
        self.by_pk = {one.pk: one for one in self.expected}
        self.by_word: dict[str, list[int]] = {}
        for one in self.expected:
            self.by_key.setdefault(self.keys[one.pk], []).append(one)
            for word in names.words_and_parts(self.keys[one.pk]):
                self.by_word.setdefault(word, []).append(one.pk)

    def match(self, name: str, email: str) -> Match:
        """Whom a name and an address mean."""
        address = email.lower()
        if address in self.by_email:
            return Match("email", self.by_email[address])
        if address in self.others:
            return Match("not_here", other=self.others[address])
        keys = names.keys_of(name)
        same = list({one.pk: one for key in keys for one in self.by_key.get(key, ())}.values())
        if len(same) == 1:
            # Another address than the registered one may be another person of that name.
            return Match("doubtful", same[0], same) if address else Match("name", same[0])
        if same:
            return Match("doubtful", None, same[:MOST_CANDIDATES])
        near = self._near(keys)
        return Match("doubtful", None, near) if near else Match("nobody")

    def _near(self, keys: Iterable[names.Key]) -> list[Registration]:
        found: dict[int, tuple[int, Registration]] = {}
        for key in keys:
            # Who shares most words, or parts of words, is looked at: a large report must not take long.
            shared = Counter(pk for word in names.words_and_parts(key) for pk in self.by_word.get(word, ())[:MOST_OF_A_WORD])
            for pk, _number in shared.most_common(MOST_LOOKED_AT):
                points = names.alike(key, self.keys[pk])
                if points >= LIKE and points > found.get(pk, (0, None))[0]:
                    found[pk] = (points, self.by_pk[pk])
        best = sorted(found.values(), key=lambda pair: (-pair[0], pair[1].person.name.casefold(), pair[1].pk))
        return [one for _points, one in best[:MOST_CANDIDATES]]
