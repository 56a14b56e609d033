"""A text cut into words and stops, each word in the form that the word lists use."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reporter.rules.folding import Folded, fold

LONGEST_SENTENCE = 160
SHORTEST_ING = 5
"""A longer word that ends in "in" may have lost its g: fallin, talkin."""
_PIECE = re.compile(
    r"[^\W_]+(?:'[^\W\d_]+)*|\.\.+|…+|[.!;\n]+|\?+|,|:|[()\[\]\"]|\s-+\s|--+|[–—]|[/&+-]|[^\w\s'*]"
)
_DECIMAL = re.compile(r"(?<=\d)[.,](?=\d)")
_ENDS = re.compile(r"'(?:s|ve|m|re|ll|d)$")
_LONG_RUN = re.compile(r"([a-z])\1{2,}")
_ANSWERED = re.compile(
    r"\?(?=\s*(?:yes|yep|yeah|yup|no|nope|none|never|nah|si|nada|ninguno|ninguna|nunca)?[ ,]*"
    r"(?:fine|ok|okay|good|normal|great|grand|perfect|all good|all fine|no problems?|bien"
    r"|perfecto|perfecta|todo bien|sin problemas?|no|nope|none|never|nah|nada|ninguno|ninguna"
    r"|barely|hardly|not really|not well|apenas|casi no|mal|regular|con trabajos?|a medias"
    r"|nunca)\s*(?:[.,;!\n]|$))"
)
"""A question that its writer answers at once: "Swallowing? Fine." """
_STOP_FOR = {"?": "?", ".": ".", "!": ".", ";": ".", "\n": ".", ":": ":", "/": "/", "&": "and"}
_STOP_FOR["+"] = "and"
_STOP_FOR.update(dict.fromkeys("✔✓✅☑👍👌", "ok"))


@dataclass(frozen=True, slots=True)
class Sentence:
    words: tuple[str, ...]
    raw: tuple[str, ...]
    """The words as written, folded, before spelling was mended."""
    starts: tuple[int, ...]
    ends: tuple[int, ...]


Normal = Callable[[str], tuple[str, ...]]


def _stop(piece: str) -> str:
    head = piece[0]
    if piece.startswith(("..", "…")):
        return ","
    return _STOP_FOR.get(head, ",")


def normal_word(raw: str, known: Callable[[str], tuple[str, ...] | None]) -> tuple[str, ...]:
    """The listed form of a word; itself when no list has it."""
    for form in _forms(raw):
        found = known(form)
        if found is not None:
            return found
    return (raw,)


def _forms(raw: str) -> Iterator[str]:
    yield raw
    bare = _ENDS.sub("", raw)
    if bare != raw:
        yield bare
    if _LONG_RUN.search(bare):
        yield _LONG_RUN.sub(r"\1\1", bare)
        yield _LONG_RUN.sub(r"\1", bare)
    if bare.endswith("in") and len(bare) > SHORTEST_ING:
        yield bare + "g"


def _pieces(folded: Folded) -> Iterator[tuple[str, int, int]]:
    for found in _PIECE.finditer(_DECIMAL.sub("0", folded.text)):
        if found.group() != "-":
            yield found.group(), found.start(), found.end()


def sentences(text: str, normal: Normal) -> Iterator[Sentence]:
    """The text sentence by sentence; a very long one is cut, so that time stays linear."""
    folded = fold(text)
    if "?" in folded.text:
        folded = Folded(_ANSWERED.sub(":", folded.text), folded.origin)
    words: list[str] = []
    raws: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece, start, end in _pieces(folded):
        is_word = piece[0].isalnum()
        for word in normal(piece) if is_word else (_stop(piece),):
            words.append(word)
            raws.append(piece)
            starts.append(folded.start(start))
            ends.append(folded.end(end))
        if words[-1] in ".?" and len(words) == 1:
            words, raws, starts, ends = [], [], [], []
        elif words[-1] in ".?" or len(words) >= LONGEST_SENTENCE:
            yield Sentence(tuple(words), tuple(raws), tuple(starts), tuple(ends))
            words, raws, starts, ends = [], [], [], []
    if words:
        yield Sentence(tuple(words), tuple(raws), tuple(starts), tuple(ends))
