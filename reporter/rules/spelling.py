"""Misspelt words found by deletion: two words are near when they meet after dropping letters.

One dictionary look-up for each shortened form of the unknown word, so the cost does not grow with
the word lists. Measured against rapidfuzz in docs/decisions/0010-reading-words.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

SHORTEST = 5
TWO_ERRORS_FROM = 8
LONGEST = 24


def _shortened(word: str, drops: int) -> set[str]:
    forms = {word}
    for count in range(1, drops + 1):
        for gone in combinations(range(len(word)), count):
            forms.add("".join(c for at, c in enumerate(word) if at not in gone))
    return forms


def _errors_allowed(word: str) -> int:
    return 2 if len(word) >= TWO_ERRORS_FROM else 1


def distance(left: str, right: str) -> int:
    """Letters added, dropped, changed, or two neighbours swapped."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


@dataclass(frozen=True, eq=False)
class Speller:
    words: frozenset[str]

    @cached_property
    def _near(self) -> dict[str, list[str]]:
        near: dict[str, list[str]] = {}
        for word in sorted(self.words):
            if SHORTEST <= len(word) <= LONGEST and word.isalpha():
                for form in _shortened(word, _errors_allowed(word)):
                    near.setdefault(form, []).append(word)
        return near

    def correct(self, word: str) -> str | None:
        """The one known word that this was meant to be, or None."""
        if not SHORTEST - 1 <= len(word) <= LONGEST or not word.isalpha():
            return None
        allowed = _errors_allowed(word)
        ranked = sorted(self._ranked(word, self._candidates(word, allowed), allowed))
        return ranked[0][1] if ranked else None

    def _candidates(self, word: str, allowed: int) -> set[str]:
        return {w for form in _shortened(word, allowed) for w in self._near.get(form, ())}

    @staticmethod
    def _ranked(word: str, candidates: Iterable[str], allowed: int) -> list[tuple[int, str]]:
        """Nearest first; people rarely miss the first letter."""
        found = []
        for candidate in candidates:
            if candidate[0] == word[0] or candidate[:2] == word[1::-1]:
                errors = distance(word, candidate)
                if errors <= min(allowed, _errors_allowed(candidate)):
                    found.append((errors, candidate))
        return found
