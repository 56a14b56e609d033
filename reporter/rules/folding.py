"""A copy of a text for matching only, with a way back to each character of the original.

NUL, zero-width and bidi marks go, NFKC and accents are folded, case is folded. Look-alike letters
from other scripts (UTS #39, the subset that imitates Latin letters) become Latin only inside a
word that is meant as Latin: ordinary Cyrillic or Greek stays as it is.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_CYRILLIC = dict(
    zip("авекмнорстухіјѕԁһԛԝѵүӏґҽоӧӓёїьгпцж", "abekmhopctyxijsdhqwvylreooaeibrnux", strict=True)
)
_GREEK = dict(zip("αβγδεζηικνορςτυχωϲϳ", "abydeznikvopstuxwcj", strict=True))
_OTHER = dict(
    zip(
        "ıɑɡɩʏɪᴀʙᴄᴅᴇɢʜᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡᴢøđħłŧƅհոսօցք",
        "iagiyiabcdeghjklmnoprstuvwzodhltbhnuogp",
        strict=True,
    )
)
_CAPITAL = {"Η": "h", "Ν": "n", "Υ": "y"}  # their small letters imitate another letter
_LOOKALIKES = _CYRILLIC | _GREEK | _OTHER | _CAPITAL
_MIXERS = dict(zip("013457@$", "oleastas", strict=True))
# Real look-alikes; the rest only resemble Latin letters and prove nothing about a word.
_PERFECT = frozenset("авекмнорстухіјѕԁһԛԝѵүӏ" + "ανορτυχικεβζΗΝΥ")
_WORD = re.compile(r"[^\W_]+(?:[@$][^\W\d_]+)*")
_LATIN = re.compile(r"[a-z]")
_CONTROL = re.compile(r"[\0-\x09\x0b-\x1f\x7f]")
_MIXED_DIGIT = re.compile(r"(?<=[a-z])[013457@$](?=[a-z])")
_KEPT = {c: c for c in _CAPITAL} | {
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "`": "'",
    "´": "'",
    "＇": "'",
}


@dataclass(frozen=True, slots=True)
class Folded:
    text: str
    origin: tuple[int, ...] | None
    """Position in the original of each folded character; None when they are the same."""

    def start(self, at: int) -> int:
        return at if self.origin is None else self.origin[at]

    def end(self, at: int) -> int:
        return at if self.origin is None else self.origin[at - 1] + 1


@lru_cache(maxsize=4096)
def _letter(character: str) -> str:
    """What one character becomes: nothing, or one or more plain lower-case characters."""
    if character in _KEPT:
        return _KEPT[character]
    category = unicodedata.category(character)
    if category in {"Cf", "Mn", "Me"} or character == "\0":
        return ""
    if category in {"Cc", "Zs", "Zl", "Zp"}:
        return "\n" if character in "\n\r\v\f\u2028\u2029\x85" else " "
    parts = unicodedata.normalize("NFKD", character)
    plain = "".join(part for part in parts if unicodedata.category(part) != "Mn")
    return plain.casefold().replace("\0", "")


def _is_ordinary_foreign(word: str) -> bool:
    """A word in another script with a letter that imitates nothing: real Russian, real Greek."""
    return not word.isascii() and not _LATIN.search(word) and not all(c in _PERFECT for c in word)


def _skeleton(word: str, *, whole: bool) -> str:
    """The Latin word that this one imitates; the word itself when it imitates none."""
    if word.isascii():
        return _MIXED_DIGIT.sub(lambda m: _MIXERS[m.group()], word)
    if _LATIN.search(word) or (whole and all(c in _PERFECT for c in word)):
        return "".join(_LOOKALIKES.get(c, c) for c in word)
    return word


def _fold_lookalikes(text: str) -> str:
    if text.isascii() and not _MIXED_DIGIT.search(text):
        return text
    words = _WORD.findall(text)
    whole = bool(_LATIN.search(text)) and not any(map(_is_ordinary_foreign, words))
    return _WORD.sub(lambda m: _skeleton(m.group(), whole=whole), text).lower()


def fold(text: str) -> Folded:
    """The text for matching. Every folded character stands for one original code point."""
    if text.isascii() and not _CONTROL.search(text):
        return Folded(_fold_lookalikes(text.lower()), None)
    pieces = list(map(_letter, text))
    origin = tuple(at for at, piece in enumerate(pieces) for _ in piece)
    return Folded(_fold_lookalikes("".join(pieces)), origin)
