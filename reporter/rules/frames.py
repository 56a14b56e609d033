"""Phrases that stand together in one clause, in any order: `{throat} & {refuses}`.

People turn their sentences round ("nothing will pass my throat", "my throat lets nothing pass"),
so each half is a phrase of its own and only their nearness counts. A frame never reaches over a
"but" or the end of a sentence; over a comma only when the words behind it go on about the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product

from reporter.rules.patterns import Classes, Found, ListPlace, Phrase, Place, parse_phrase

REACH = 9
"""At most so many words lie between the parts of a frame."""
_TURNS = frozenset(
    {".", "?", ":", "but", "however", "although", "though", "pero", "aunque", "because", "porque"}
)
MOST = 6
"""A frame is found at most so often in one sentence, so that time stays linear."""
_GOING_ON_LIST = """
it they that which just like really so keeps keep every each even with when as especially always
que se lo como cuando cada hasta muy tan casi sigue ya still getting growing spreading
"""
_GOING_ON = frozenset(_GOING_ON_LIST.split())
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Frame:
    source: str
    parts: tuple[Phrase, ...]
    places: tuple[Place, ...]
    needs: tuple[frozenset[str], ...]
    """Every one of these sets must share a word with the text."""

    def spans(self, words: Sequence[str], where: Mapping[str, Sequence[int]]) -> Iterator[Found]:
        """Every way in which the parts stand near each other."""
        found: list[list[Span]] = []
        for part in self.parts:
            found.append([one[:2] for one in part.spans(words, where)])
            if not found[-1]:
                return
        for chosen in islice(_together(words, found), MOST):
            yield _joined(chosen)


def _together(words: Sequence[str], found: list[list[Span]]) -> Iterator[tuple[Span, ...]]:
    for first in found[0]:
        low, high = first[0] - REACH, first[1] + REACH
        near = [[one for one in spans if low <= one[1] and one[0] <= high] for spans in found[1:]]
        for others in product(*near):
            chosen = (first, *others)
            if all(_apart(words, a, b) for a, b in combinations(chosen, 2)):
                yield chosen


def _apart(words: Sequence[str], one: Span, other: Span) -> bool:
    """Beside each other, near enough, and in one clause."""
    low, high = (one[1], other[0]) if one[1] <= other[0] else (other[1], one[0])
    return 0 <= high - low <= REACH and not any(
        words[at] in _TURNS or (words[at] == "," and words[at + 1] not in _GOING_ON)
        for at in range(low, high)
    )


def _joined(spans: Sequence[Span]) -> Found:
    start, end = min(one[0] for one in spans), max(one[1] for one in spans)
    own = {at for first, last in spans for at in range(first, last)}
    return start, end, start, tuple(at for at in range(start, end) if at not in own)


def parse(source: str, classes: Classes, lists: tuple[ListPlace, ListPlace]) -> Phrase | Frame:
    """A phrase, or a frame when an `&` stands in it."""
    if " & " not in source:
        return parse_phrase(source, classes, lists)
    parts = tuple(parse_phrase(part, classes, lists) for part in source.split(" & "))
    places = tuple(place for part in parts for place in part.places)
    return Frame(source, parts, places, tuple(need for part in parts for need in part.needs))


def words_of(place: Place) -> frozenset[str]:
    """Every word that a place can match."""
    if isinstance(place, ListPlace):
        return place.members
    if not place.rows:
        return place.words
    return place.words.union(*(row for rows in place.rows.values() for row in rows)) - {".."}
