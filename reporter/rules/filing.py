"""Where to look: the phrases that a text can match at all, by the words that it holds."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache

from reporter.rules.frames import Frame
from reporter.rules.patterns import Choice, Phrase

_EVERYWHERE_LIST = """
i my me the a an not no and it is to in of on at like have has had was just so all out up down back
one with now that this be for from can cannot get go day day que no me se la el los las de en un una
y con como mi por si le lo al del muy ya es esta estoy tengo too here but when fine . , ? :
"""
_EVERYWHERE = frozenset(_EVERYWHERE_LIST.split())
"""Words that nearly every text has: looking under them would find too much."""

Needs = tuple[frozenset[str], ...]


def filed(phrases: Sequence[Phrase | Frame]) -> dict[str, tuple[tuple[int, Needs], ...]]:
    """Each phrase, by its number, under words of which a text that it fits must hold one.

    Those are the rarest there are; beside it stands what else the text must hold.
    """
    uses: dict[str, int] = defaultdict(int)
    for need, times in Counter(need for phrase in phrases for need in phrase.needs).items():
        for word in need:
            uses[word] += times

    def cost(word: str) -> tuple[bool, int]:
        return word in _EVERYWHERE, uses[word]

    @cache
    def rank(words: frozenset[str]) -> tuple[int, tuple[bool, int]]:
        everywhere = words & _EVERYWHERE
        most = max(map(uses.__getitem__, everywhere or words))
        return len(everywhere), (bool(everywhere), most)

    known: dict[int, frozenset[str]] = {}

    def signs(place: Choice) -> frozenset[str]:
        if not place.rows:
            return place.words
        key = id(place.rows)
        if key not in known:
            rows = (row for rows in place.rows.values() for row in rows)
            known[key] = place.words.union(min(set(row) - {".."}, key=cost) for row in rows)
        return known[key]

    index: dict[str, list[tuple[int, Needs]]] = defaultdict(list)
    for number, phrase in enumerate(phrases):
        one = number, tuple(sorted(phrase.needs, key=rank))
        places = (p for p in phrase.places if isinstance(p, Choice) and not p.optional)
        for word in min(map(signs, places), key=rank):
            index[word].append(one)
    return {word: tuple(found) for word, found in index.items()}
