"""Whether a text was read at all: English or Spanish, and enough of it known.

Each word counts as known (common English or Spanish, or in the symptom lists, spelling mended), as
foreign (a common word of another language that is neither English nor Spanish) or as unknown. A
text was read when its known words, less twice the foreign ones, make up six tenths of all words.
Text without words was read when it holds nothing but punctuation, digits and friendly signs.
The thresholds were set on the tuned-on texts; tests/rules/words holds 20 other languages.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from reporter.rules.lexicon import Lexicon
from reporter.rules.tokens import Sentence
from reporter.rules.vocabulary import Language, language

ENOUGH = 0.6
FOREIGN_WEIGHT = 2
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Zs", "Zl", "Zp"})
_HARMLESS = frozenset(
    "👍👌🙏😊🙂😀😃😄😁😍🥰❤♥💕💖💯✅🎉🥳🤩😘😉☺✨💪🙌👏🌟⭐💙💚💛💜🧡🤗🏻🏼🏽🏾🏿\ufe0f\u200d"
)


@dataclass(frozen=True, slots=True)
class Understanding:
    read: bool
    known: int
    foreign: int
    words: int
    why: str
    """One plain sentence for the nurse."""


def weigh(text: str, cut: Sequence[Sentence], lexicon: Lexicon) -> Understanding:
    kinds = [
        language(lexicon, raw, word)
        for sentence in cut
        for word, raw in zip(sentence.words, sentence.raw, strict=True)
        if raw[0].isalpha()
    ]
    return _verdict(text, len(kinds), kinds.count(Language.KNOWN), kinds.count(Language.FOREIGN))


def _verdict(text: str, words: int, known: int, foreign: int) -> Understanding:
    if not words:
        rest = [c for c in text if unicodedata.category(c) not in _UNSEEN and not c.isalnum()]
        bare = all(c.isascii() or c in _HARMLESS or c in "¿¡…–—" for c in rest)
        why = "There are no words to read." if bare else "There are only signs, no words."
        return Understanding(bare, 0, 0, 0, why)
    score = (known - FOREIGN_WEIGHT * foreign) / words
    read = score >= ENOUGH
    why = f"{known} of {words} words are known English or Spanish, {foreign} of other languages."
    return Understanding(read, known, foreign, words, why)
