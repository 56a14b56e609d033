"""What a written word means to the lists: its listed form, mended spelling, its language."""

from enum import Flag, auto
from functools import lru_cache

from reporter.rules.lexicon import Lexicon
from reporter.rules.tokens import normal_word

_ENDINGS = (
    ("ies", ("y",)), ("ied", ("y",)), ("ily", ("y",)), ("ier", ("y",)), ("iest", ("y",)),
    ("s", ("",)), ("es", ("",)), ("ed", ("", "e")), ("ing", ("", "e")), ("er", ("", "e")),
    ("est", ("", "e")), ("ly", ("",)), ("ness", ("",)), ("y", ("", "e")), ("ish", ("",)),
)  # fmt: skip
_SPANISH_ENDINGS = ("s", "es", "mente", "me", "te", "se", "lo", "la", "los", "las", "ito", "ita")


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
    return any(b in lexicon.spanish or b + "o" in lexicon.spanish for b in bases if len(b) >= 3)


def _listed(lexicon: Lexicon, raw: str) -> tuple[str, ...] | None:
    if raw in lexicon.same:
        return lexicon.same[raw]
    return (raw,) if raw in lexicon.vocabulary else None


@lru_cache(maxsize=32768)
def meant(lexicon: Lexicon, raw: str) -> tuple[str, ...]:
    """The words that this one stands for: "cant" is cannot, "swollow" swallow."""
    if len(raw) == 4 and raw.isdigit() and raw[:2] in {"19", "20"}:
        return ("#year",)
    found = normal_word(raw, lambda form: _listed(lexicon, form))
    if found != (raw,) or raw in lexicon.vocabulary or raw in lexicon.foreign:
        return found
    bare = raw.partition("'")[0]
    if is_english(lexicon, bare) or is_spanish(lexicon, bare):
        return (bare,)
    mended = lexicon.speller.correct(raw.replace("'", ""))
    if mended is not None:
        return lexicon.same.get(mended, (mended,))
    return _unglued(lexicon, raw) or (bare or raw,)


def _unglued(lexicon: Lexicon, raw: str) -> tuple[str, ...] | None:
    """Two listed words written as one: "cantbreathe"."""
    if not 7 <= len(raw) <= 24:
        return None
    for cut in range(3, len(raw) - 2):
        left, right = _listed(lexicon, raw[:cut]), _listed(lexicon, raw[cut:])
        if left is not None and right is not None:
            return left + right
    return None
