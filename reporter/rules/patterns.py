"""The small language in which the word lists are written, and its matcher.

A phrase is a row of elements, matched word by word:

    shortness of breath      three words
    {trouble} {breathe}      one word of each class
    (is|gets|has become)     one of these
    word?  {class}?  (a|b)?  may be missing
    ..                       up to three further words, never across a stop or a "but"
    ...                      up to seven further words
    <list                    further activities before: "trouble [breathing or] swallowing"
    list>                    further activities after: "swallowing [and breathing] fine"
    a & b                    both phrases in one clause, in any order (frames.py)

A class may hold rows with gaps of their own: "not .. right". `swallow+` and `apagar~` stand for
the forms of an English and of a Spanish verb.

Matching looks at a bounded number of words from each start, so time grows with the text alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reporter.rules.inflection import PhraseError, forms, inflect

GAP, WIDE_GAP = 3, 7
_STOPS = frozenset(
    {".", "?", ",", ":", "but", "however", "although", "because", "pero", "aunque", "porque"}
)
_ELEMENT = re.compile(r"\.\.\.?|<list|list>|\{[a-z_]+\}\??|\([^()]*\)\??|[^\s(){}]+")
Classes = Mapping[str, "Choice"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One place in a phrase: any of these words, or of these short rows of words."""

    words: frozenset[str]
    rows: Mapping[str, tuple[tuple[str, ...], ...]]
    firsts: frozenset[str]
    optional: bool = False
    gap: int = 0

    def after(self, gap: int) -> "Choice":
        return Choice(self.words, self.rows, self.firsts, self.optional, gap)

    def maybe(self) -> "Choice":
        return Choice(self.words, self.rows, self.firsts, True, self.gap)

    def ends(self, words: Sequence[str], at: int) -> list[int]:
        """Where this place may end when it begins at this word, longest first."""
        word = words[at]
        found = [at + 1] if word in self.words else []
        rows = self.rows.get(word)
        if rows is None:
            return found
        for row in rows:
            end = _row_end(words, at, row) if ".." in row else at + len(row)
            if end and (".." in row or tuple(words[at:end]) == row):
                found.append(end)
        return sorted(set(found), reverse=True) if len(found) > 1 else found


def _row_end(words: Sequence[str], at: int, row: tuple[str, ...]) -> int:
    """Where a row with gaps ends, or 0: "not .. right" also stands for "not feeling right"."""
    gap = 0
    for part in row:
        if part == "..":
            gap = GAP
            continue
        while gap and at < len(words) and words[at] != part and words[at] not in _STOPS:
            at, gap = at + 1, gap - 1
        if at >= len(words) or words[at] != part:
            return 0
        at, gap = at + 1, 0
    return at


@dataclass(frozen=True, slots=True)
class ListPlace:
    """A list of activities, of any length up to five, or nothing."""

    members: frozenset[str]
    joins: frozenset[str]
    before: bool

    def ends(self, words: Sequence[str], at: int) -> list[int]:
        """Where the list may end, longest first; the last is no list at all."""
        ends = [at]
        for _ in range(5):
            steps = self._before(words, ends[0]) if self.before else self._after(words, ends[0])
            if not steps:
                break
            ends = steps + ends
        return ends

    def _before(self, words: Sequence[str], at: int) -> list[int]:
        run = _run(words, at, self.members)
        end = _run(words, run, self.joins)
        return [end] if run > at and end > run else []

    def _after(self, words: Sequence[str], at: int) -> list[int]:
        run = _run(words, at, self.joins)
        end = _run(words, run, self.members)
        return list(range(end, run, -1)) if run > at else []


def _run(words: Sequence[str], at: int, wanted: frozenset[str]) -> int:
    end = at
    while end < len(words) and end < at + 4 and words[end] in wanted:
        end += 1
    return end


Place = Choice | ListPlace
Found = tuple[int, int, int, tuple[int, ...]]
"""First word, word after the last, first word with a list before it, words skipped in between."""
Rest = tuple[int, int, tuple[int, ...]]
"""The rest of a phrase: start after a list before (or -1), end before a list after, skipped."""


@dataclass(frozen=True, slots=True)
class Phrase:
    source: str
    places: tuple[Place, ...]
    needs: tuple[frozenset[str], ...]
    """Every one of these sets must share a word with the text."""
    firsts: frozenset[str]
    """The phrase begins with one of these words."""

    def spans(self, words: Sequence[str], where: Mapping[str, Sequence[int]]) -> Iterator[Found]:
        """Each match, in an order that is always the same; `where` tells where each word is."""
        begun = self.firsts & where.keys()
        for word in sorted(begun) if len(begun) > 1 else begun:
            for at in where[word]:
                found = self._begin(words, at)
                if found is not None:
                    start, end, skipped = found
                    yield (start if start >= 0 else at), end, at, skipped

    def _begin(self, words: Sequence[str], at: int) -> Rest | None:
        """As `_match` from the first place, of which it is known that it begins here."""
        here = self.places[0]
        if isinstance(here, ListPlace) or here.optional:
            return self._match(words, 0, at)
        for end in here.ends(words, at):
            found = self._match(words, 1, end)
            if found is not None:
                return found
        return None

    def _match(self, words: Sequence[str], place: int, at: int) -> Rest | None:
        if place == len(self.places):
            return -1, at, ()
        here = self.places[place]
        if isinstance(here, ListPlace):
            return self._match_list(here, words, place, at)
        for start in range(at, min(at + here.gap + 1, len(words))):
            if words[start] in here.firsts:
                for end in here.ends(words, start):
                    found = self._match(words, place + 1, end)
                    if found is not None:
                        gap = tuple(range(at, start))
                        return (found[0], found[1], gap + found[2]) if gap else found
            if words[start] in _STOPS:
                break
        return self._match(words, place + 1, at) if here.optional else None

    def _match_list(
        self, here: ListPlace, words: Sequence[str], place: int, at: int
    ) -> Rest | None:
        for end in here.ends(words, at):
            found = self._match(words, place + 1, end)
            if found is not None:
                start, last, skipped = found
                if end == at:
                    return found
                skipped = (*range(at, end), *skipped)
                return (end, last, skipped) if here.before else (start, at, skipped)
        return None


def choice(members: Sequence[str], *, optional: bool = False) -> Choice:
    """A place from words and short rows of words ("lie flat", "se me apagar~")."""
    rows: dict[str, tuple[tuple[str, ...], ...]] = {}
    words: set[str] = set()
    for member in members:
        parts = member.split()
        if not parts or "{" in member:
            raise PhraseError(f"{member!r} is no word and no row of words")
        if len(parts) == 1:
            words.update(inflect(parts[0]))
            continue
        for row in forms(parts):
            rows[row[0]] = (*rows.get(row[0], ()), row)
    plain = frozenset(words)
    return Choice(plain, rows, plain.union(rows) if rows else plain, optional)


def parse_phrase(source: str, classes: Classes, lists: tuple[ListPlace, ListPlace]) -> Phrase:
    """Read one phrase; says what is wrong with it when it cannot."""
    elements = _ELEMENT.findall(source)
    if "".join("".join(elements).split()) != "".join(source.split()):
        raise PhraseError(f"cannot read {source!r}")
    places: list[Place] = []
    gap = 0
    for part in elements:
        if part in {"..", "..."}:
            gap = GAP if part == ".." else WIDE_GAP
        elif part in {"<list", "list>"}:
            places.append(lists[part == "list>"])
        else:
            place = _place(part, classes, source)
            places.append(place.after(gap) if gap else place)
            gap = 0
    needs = [p.firsts for p in places if isinstance(p, Choice) and not p.optional]
    if not needs or gap:
        raise PhraseError(f"{source!r} needs a word that must be there and must not end in a gap")
    return Phrase(source, tuple(places), tuple(needs), _firsts(places))


def _firsts(places: Sequence[Place]) -> frozenset[str]:
    found: list[frozenset[str]] = []
    for place in places:
        found.append(place.members if isinstance(place, ListPlace) else place.firsts)
        if isinstance(place, Choice) and not place.optional:
            break
    return found[0] if len(found) == 1 else frozenset[str]().union(*found)


def _place(part: str, classes: Classes, source: str) -> Choice:
    if not part.startswith("{"):
        return _written_out(part)
    optional = part.endswith("?")
    name = part.removesuffix("?")[1:-1]
    if name not in classes:
        raise PhraseError(f"{source!r} names the unknown class {{{name}}}")
    known = classes[name]
    return known.maybe() if optional else known


@lru_cache(maxsize=16384)
def _written_out(part: str) -> Choice:
    """A word or "(a|b)?": many phrases have the same ones."""
    optional = part.endswith("?") and len(part) > 1
    bare = part.removesuffix("?") if optional else part
    members = bare[1:-1].split("|") if bare.startswith("(") else [bare]
    return choice(members, optional=optional)
