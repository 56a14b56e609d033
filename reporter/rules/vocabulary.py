"""What a written word means to the lists: its listed form, mended spelling, its language."""

import re
from enum import Flag, auto
from functools import lru_cache

from reporter.rules.lexicon import Lexicon
from reporter.rules.tokens import normal_word

_ENDINGS = (
    ("ies", ("y",)), ("ied", ("y",)), ("ily", ("y",)), ("ier", ("y",)), ("iest", ("y",)),
    ("s", ("",)), ("es", ("",)), ("ed", ("", "e")), ("ing", ("", "e")), ("er", ("", "e")),
    ("est", ("", "e")), ("ly", ("",)), ("ness", ("",)), ("y", ("", "e")), ("ish", ("",)),
)  # fmt: skip
_YEAR = re.compile(r"(19|20)\d\d")
_TEMPERATURE = re.compile(r"(38|39|40|41)(0\d+c?|c|degrees)|10[0-5](0\d+f?|f)")
_SPANISH_ENDINGS = (
    "isima",
    "isimo",
    "isimas",
    "isimos",
    "s",
    "es",
    "mente",
    "me",
    "te",
    "se",
    "lo",
    "la",
    "los",
    "las",
    "ito",
    "ita",
)


_DIMINUTIVE = re.compile(r"(\w{2,}?)(?:e?c)?(?:it|ic|ill)([oa])(s?)|(\w{3,})isim([oa])(s?)")
_SOFT = (("qu", "c"), ("gu", "g"), ("c", "z"))
"""How a stem is written before the i of an ending: boquita is of boca, cabecita of cabeza."""


class Language(Flag):
    NONE = 0
    KNOWN = auto()
    FOREIGN = auto()


@lru_cache(maxsize=32768)
def language(lexicon: Lexicon, raw: str, listed: str) -> Language:
    """Whether a written word is ours, another language's, or neither."""
    if raw in lexicon.foreign:
        return Language.FOREIGN
    ours = listed in lexicon.vocabulary or is_english(lexicon, listed)
    return Language.KNOWN if ours or is_spanish(lexicon, listed) else Language.NONE


def is_english(lexicon: Lexicon, word: str) -> bool:
    return word in lexicon.english or any(stem in lexicon.english for stem in _stems(word))


def _stems(word: str) -> list[str]:
    stems = []
    for ending, tails in _ENDINGS:
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3:
            stems += [base + tail for tail in tails]
            if base[-1] == base[-2]:
                stems.append(base[:-1])
    return stems


def is_spanish(lexicon: Lexicon, word: str) -> bool:
    if word in lexicon.spanish:
        return True
    bases = (word.removesuffix(end) for end in _SPANISH_ENDINGS if word.endswith(end))
    return any(
        base + tail in lexicon.spanish
        for base in bases
        if len(base) >= 3
        for tail in ("", "o", "a")
    )


def _listed(lexicon: Lexicon, raw: str) -> tuple[str, ...] | None:
    if raw in lexicon.same:
        return lexicon.same[raw]
    return (raw,) if raw in lexicon.vocabulary else None


@lru_cache(maxsize=32768)
def meant(lexicon: Lexicon, raw: str) -> tuple[str, ...]:
    """The words that this one stands for: "cant" is cannot, "swollow" swallow."""
    if raw[0].isdigit() and raw not in lexicon.same:
        return (_number(raw),)
    found = normal_word(raw, lambda form: _listed(lexicon, form))
    if found != (raw,) or raw in lexicon.vocabulary or raw in lexicon.foreign:
        return found
    plain = _without_diminutive(lexicon, raw)
    if plain is not None:
        return lexicon.same.get(plain, (plain,))
    bare = raw.partition("'")[0]
    if is_english(lexicon, bare) or is_spanish(lexicon, bare):
        return (bare,)
    speller, letters = lexicon.speller, raw.replace("'", "")
    mended = speller.by_ear(letters) or speller.correct(letters)
    if mended is not None:
        return lexicon.same.get(mended, (mended,))
    return _unglued(lexicon, raw) or (bare or raw,)


def _without_diminutive(lexicon: Lexicon, raw: str) -> str | None:
    """Caidito is caído, bracitos brazos, pesadísima pesada: where a list has the plain word."""
    found = _DIMINUTIVE.fullmatch(raw)
    if found is None or raw in lexicon.spanish or is_english(lexicon, raw):
        return None
    stem, gender, plural = (group or "" for group in found.groups()[0 if found[1] else 3 :][:3])
    stems = [stem] + [stem.removesuffix(a) + b for a, b in _SOFT if stem.endswith(a)]
    endings = (gender + plural, *(() if "ill" in raw else ("e" + plural, plural)))
    listed = (base + end for end in endings for base in stems)
    return next((word for word in listed if len(word) > 3 and word in lexicon.vocabulary), None)


def _number(raw: str) -> str:
    """A year, a fever in Celsius or Fahrenheit (38.3 comes as 3803), or the number itself."""
    if _YEAR.fullmatch(raw):
        return "#year"
    return "#temp" if _TEMPERATURE.fullmatch(raw) else raw


def _unglued(lexicon: Lexicon, raw: str) -> tuple[str, ...] | None:
    """Two listed words written as one: "cantbreathe"."""
    if not 7 <= len(raw) <= 24:
        return None
    for cut in range(3, len(raw) - 2):
        left, right = _listed(lexicon, raw[:cut]), _listed(lexicon, raw[cut:])
        if left is not None and right is not None:
            return left + right
    return None
