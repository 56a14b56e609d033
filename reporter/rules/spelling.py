"""Misspelt words: the nearest listed word, when it is near enough and begins alike.

Listed words stand in boxes by first letter and length, each with the set of its letters as bits;
most are ruled out by comparing two integers. The distance itself (letters added, dropped, changed,
or two neighbours swapped) is rapidfuzz's. What was compared: docs/decisions/0010-reading-words.md.
Spanish is spelt by ear: b for v, s for z, y for ll, no h. What sounds the same is the same word.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import OSA

SHORTEST = 5
TWO_ERRORS_FROM = 8
LONGEST = 24

_LETTERS = re.compile(
    r"qu|ch|gu(?=[ei])|g(?=[ei])|g|c(?=[ei])|cc|c|x|h|ll|z|v|n(?=[bpv])|y(?=[^aeiou])"
)
_DOUBLED = re.compile(r"(.)\1+")
_HEARD = {"qu": "k", "ch": "#", "gu": "%", "ll": "y", "z": "s", "v": "b", "x": "ks", "n": "m"}
_HEARD |= {"y": "i", "h": "", "cc": "ks"}
_SOFT = {"g": ("j", "%"), "c": ("s", "k")}
"""Before e and i, and elsewhere."""
_MAY_BE_SPANISH = re.compile(r"[a-jl-vxyz]{4,}").fullmatch


def sound(word: str) -> str:
    """A Spanish word as it is heard: saliba sounds as saliva, aller as ayer, ablar as hablar."""
    return _DOUBLED.sub(r"\1", _LETTERS.sub(_heard, word))


def _heard(found: re.Match[str]) -> str:
    letters = found.group()
    if letters in _SOFT:
        return _SOFT[letters][found.string[found.end() : found.end() + 1] not in {"e", "i"}]
    return _HEARD[letters]


def _letters(word: str) -> int:
    bits = 0
    for character in word:
        bits |= 1 << (ord(character) & 63)
    return bits


def _errors_allowed(word: str) -> int:
    return 2 if len(word) >= TWO_ERRORS_FROM else 1


@dataclass(frozen=True, eq=False)
class Speller:
    words: frozenset[str]
    listed: frozenset[str] = frozenset()
    """All words of the lists, also those too short for a guess."""
    common: frozenset[str] = frozenset()
    """Further words of Spanish, which no list has."""

    @cached_property
    def _boxes(self) -> dict[tuple[str, int], list[tuple[str, int]]]:
        boxes = defaultdict(list)
        for word in sorted(self.words):
            if SHORTEST <= len(word) <= LONGEST and word.isalpha():
                boxes[word[0], len(word)].append((word, _letters(word)))
        return dict(boxes)

    @cached_property
    def _by_sound(self) -> dict[str, str]:
        """One word for each sound."""
        known = (*sorted(self.common - self.listed), *sorted(self.listed))
        return {sound(word): word for word in filter(_MAY_BE_SPANISH, known)}

    def by_ear(self, word: str) -> str | None:
        """The listed word that sounds the same, as Spanish is spelt by ear, or None."""
        if not SHORTEST - 1 <= len(word) <= LONGEST or not word.isalpha():
            return None
        heard = self._by_sound.get(sound(word))
        if heard is None and "x" in word:
            heard = self._by_sound.get(sound(word.replace("x", "ch")))
        return heard

    def correct(self, word: str) -> str | None:
        """The listed word that this one was meant to be, or None."""
        if not SHORTEST - 1 <= len(word) <= LONGEST or not word.isalpha():
            return None
        ranked = sorted((OSA.distance(word, near), near) for near in self._near(word))
        good = [near for errors, near in ranked if errors <= _errors_allowed(near)]
        return good[0] if good else None

    def _near(self, word: str) -> Iterator[str]:
        """Words of about the same letters; people rarely miss the first but by a swap."""
        letters = _letters(word)
        for first in dict.fromkeys(word[:2]):
            for length in range(len(word) - 2, len(word) + 3):
                for near, others in self._boxes.get((first, length), ()):
                    most = 2 * _errors_allowed(near)
                    alike = (letters ^ others).bit_count() <= most
                    if alike and (first == word[0] or near[1] == word[0]):
                        yield near
