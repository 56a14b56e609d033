"""Any phrase in a note as clinicians write it: shorthand, headings, and where the phrase stands."""

import re
from collections.abc import Iterable, Iterator, Sequence

from reporter.rules.clause import Span
from reporter.rules.tokens import Sentence

Place = tuple[int, Span]
"""The number of the sentence, and the words in it."""
_SHORT = {
    "w/o": "without",
    "r/o": "rule out",
    "s/p": "status post",
    "h/o": "history of",
    "c/o": "complains of",
    "d/t": "due to",
    "2/2": "due to",
    "s/s": "signs",
    "-ve": "negative",
    "+ve": "positive",
    "neg": "negative",
    "pos": "positive",
    "(+)": "positive",
}
_SLASHED = re.compile(r"(?<![\w/])(?:w/o|r/o|s/p|h/o|c/o|d/t|2/2|s/s)(?![\w/])", re.IGNORECASE)
_SIGNED = re.compile(r"(?<!\w)(?:[-+]ve|neg|pos|NEG|POS|Neg|Pos)(?!\w)|\(\+\)")
_MINUS = re.compile(r"\([-−–]\)(?=\s*\w)")
_MINUS_AFTER = re.compile(r"\([-−–]\)")
_HEADING = re.compile(r"(?<=[a-z0-9.,;)_])\s+(?=[A-Z][\w()/-]*(?:\s+[\w()/-]+){0,3}:)")
_ANSWER = re.compile(r"\?\s+(?:no|none|denies|denied|never|nope|niega)\b[.,;]?", re.IGNORECASE)
_ASIDE = re.compile(r"\((?:no|none|denies|denied|absent|niega|ausente)\)", re.IGNORECASE)
_STOPS = frozenset({".", "?", ",", ":", "/"})
_SMALL = frozenset(
    {"of", "in", "the", "a", "an", "to", "on", "at", "and", "or", "with", "his", "her", "de", "la"}
    | {"el", "en", "los", "las", "y", "o", "del", "un", "una"}
)
GAP = 4
LONGEST = 40
"""Of a phrase that is not there word by word, so many words are looked for."""


def spelled_out(text: str) -> str:
    """The note with its shorthand in words and each heading at the start of a line."""
    text = _SIGNED.sub(_in_words, text)
    if "/" in text:
        text = _SLASHED.sub(_in_words, text)
    if "(" in text:
        text = _ASIDE.sub("negative", _MINUS_AFTER.sub("negative", _MINUS.sub("no", text)))
    if "?" in text:
        text = _ANSWER.sub(": no.", text)
    return _HEADING.sub("\n", text) if ":" in text else text


def _in_words(short: re.Match[str]) -> str:
    return _SHORT[short.group().lower()]


def places(
    sentences: Sequence[Sentence], wanted: Sequence[str], text: str, likewise: Iterable[Place]
) -> list[Place]:
    """Where the phrase stands: word by word, else without its stops and endings, else its words
    near each other, else what says the same (`likewise`), else as much of it as is there."""
    exact = list(wanted)
    while exact and exact[-1] in _STOPS:
        exact.pop()
    here = list(_exact(sentences, exact))
    if here:
        return _meant(sentences, here, text)
    bare = [_stem(word) for word in exact if word not in _STOPS][:LONGEST]
    near = (_loose(sentences, bare), _near(sentences, bare), likewise, _partial(sentences, bare))
    return next((_meant(sentences, found, text) for found in map(list, near) if found), [])


def _exact(sentences: Sequence[Sentence], wanted: Sequence[str]) -> Iterator[Place]:
    size = len(wanted)
    for at, sentence in enumerate(sentences):
        words = sentence.words
        for start in range(len(words) - size + 1 if size else 0):
            if words[start] == wanted[0] and list(words[start : start + size]) == wanted:
                yield at, (start, start + size)


def _stem(word: str) -> str:
    for ending in ("ies", "es", "s"):
        if len(word) > len(ending) + 3 and word.endswith(ending) and not word.endswith("ss"):
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > 4 else word


def _bare(sentence: Sentence) -> list[tuple[str, int]]:
    return [(_stem(w), at) for at, w in enumerate(sentence.words) if w not in _STOPS]


def _loose(sentences: Sequence[Sentence], wanted: Sequence[str]) -> Iterator[Place]:
    size = len(wanted)
    for at, sentence in enumerate(sentences):
        words = _bare(sentence)
        for start in range(len(words) - size + 1 if size else 0):
            if [w for w, _ in words[start : start + size]] == wanted:
                yield at, (words[start][1], words[start + size - 1][1] + 1)


def _near(sentences: Sequence[Sentence], wanted: Sequence[str]) -> Iterator[Place]:
    """All its words that carry meaning, in any order, with few others between."""
    needed = {word for word in wanted if word not in _SMALL}
    for at, sentence in enumerate(sentences):
        words = _bare(sentence)
        for first, (word, start) in enumerate(words):
            if word in needed:
                reach = words[first : first + len(wanted) + GAP]
                missing = set(needed)
                for other, end in reach:
                    missing.discard(other)
                    if not missing:
                        yield at, (start, end + 1)
                        break


def _partial(sentences: Sequence[Sentence], wanted: Sequence[str]) -> Iterator[Place]:
    """The longest run of its words that a sentence holds, half of them at least."""
    longest, best = (len(wanted) - 1) // 2, None
    for at, sentence in enumerate(sentences):
        words = _bare(sentence)
        for first, (word, start) in enumerate(words):
            for offset in _offsets(wanted, word):
                size = _shared(words, first, wanted, offset)
                if size > longest and not _SMALL.issuperset(wanted[offset : offset + size]):
                    longest, best = size, (at, (start, words[first + size - 1][1] + 1))
    if best is not None:
        yield best


def _offsets(wanted: Sequence[str], word: str) -> Iterator[int]:
    return (at for at, other in enumerate(wanted) if other == word)


def _shared(words: Sequence[tuple[str, int]], first: int, wanted: Sequence[str], at: int) -> int:
    size = 0
    while at + size < len(wanted) and first + size < len(words):
        if words[first + size][0] != wanted[at + size]:
            break
        size += 1
    return size


def _meant(sentences: Sequence[Sentence], found: list[Place], text: str) -> list[Place]:
    """Of several: no mere heading, and those set in capitals when others are not."""
    if len(found) == 1:
        return found
    told = [(at, span) for at, span in found if not _is_heading(sentences[at], span)] or found
    marked = [place for place in told if _written(sentences, place, text).isupper()]
    return marked or told


def _written(sentences: Sequence[Sentence], place: Place, text: str) -> str:
    at, (start, end) = place
    return text[sentences[at].starts[start] : sentences[at].ends[end - 1]]


def _is_heading(sentence: Sentence, span: Span) -> bool:
    after = sentence.words[span[1] : span[1] + 1]
    return after == (":",)
