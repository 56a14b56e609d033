"""The forms of a verb in the word lists: `swallow+` in English, `apagar~` in Spanish."""

from collections.abc import Iterable, Sequence
from itertools import product


class PhraseError(ValueError):
    """A phrase in a word list that cannot be read."""


_SPANISH_ENDINGS = {
    "ar": "ar o as a amos an e es en aste aron aba aban ando ado ada ados adas arme arse arlo arla",
    "er": "er o es e emos en a as an i io iste ieron ia ian iendo ido ida idos idas erme erse erlo",
    "ir": "ir o es e imos en a as an i io iste ieron ia ian iendo ido ida idos idas irme irse irlo",
}


def conjugate(verb: str) -> tuple[str, ...]:
    """A regular Spanish verb in the forms that patients use, without accents."""
    stem, ending = verb[:-2], verb[-2:]
    if ending not in _SPANISH_ENDINGS:
        raise PhraseError(f"{verb}~ is no Spanish infinitive")
    return tuple(stem + end for end in _SPANISH_ENDINGS[ending].split())


def inflect(word: str) -> tuple[str, ...]:
    """swallow+ means swallow, swallows, swallowed, swallowing; apagar~ apago, apaga, apagado …"""
    if word[-1] not in "+~":
        return (word,)
    if word[-1] == "~":
        return conjugate(word[:-1])
    stem = word[:-1]
    if stem.endswith("e"):
        return stem, stem + "s", stem + "d", stem[:-1] + "ing"
    if stem.endswith("y") and stem[-2:-1] not in "aeiou":
        return stem, stem[:-1] + "ies", stem[:-1] + "ied", stem + "ing"
    plural = "es" if stem.endswith(("s", "x", "z", "ch", "sh")) else "s"
    return stem, stem + plural, stem + "ed", stem + "ing"


def forms(words: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """A row of words in each of its forms."""
    return product(*map(inflect, words))
