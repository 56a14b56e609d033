"""No text of any kind crashes, and the work grows with the length alone."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter.rules.lexicon import Lexicon, load
from reporter.rules.patterns import Phrase
from reporter.rules.words import phrase_status, read_all

LEXICON = load()
WORDS = sorted(LEXICON.vocabulary)
STATUSES = {"present", "negated", "past", "someone_else", "someone_else_now", "hypothetical"}
listed = st.lists(st.sampled_from([*WORDS, ".", ",", "?", ":", "-", "😀", "\0"]), max_size=40)


def check(text: str) -> None:
    reading = read_all(text, LEXICON)
    for mention in reading.mentions:
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.text == text[mention.start : mention.end]
        assert mention.status in STATUSES


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=300))
def test_any_characters(text: str) -> None:
    check(text)


@settings(deadline=None)
@given(listed.map(" ".join))
def test_any_row_of_listed_words(text: str) -> None:
    check(text)


@settings(deadline=None)
@given(listed.map(" ".join), listed.map(" ".join))
def test_any_phrase_in_any_text(phrase: str, text: str) -> None:
    assert phrase_status(phrase, text, LEXICON) in STATUSES


LONG = {
    "one letter": "a" * 100_000,
    "one word": "swallow " * 12_500,
    "no stops": "no trouble swallowing or breathing and " * 2_600,
    "NUL": "\0" * 100_000,
    "marks": "a" + "\u0301" * 100_000,
    "bidi": "\u202eeye\u202c " * 16_000,
    "emoji": "😵‍💫" * 33_000,
    "surrogates": "\ud800" * 100_000,
    "punctuation": ".,?!:;-" * 14_000,
    "unknown words": " ".join(f"zq{n}xv" for n in range(12_000)),
    "digits": "38.6 " * 20_000,
    "newlines": "\n" * 100_000,
    "Cyrillic in Latin": "brеаthе " * 12_500,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_hundred_kilobytes(text: str) -> None:
    check(text)


def test_the_work_on_a_hundred_kilobytes_is_bounded(
    lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps of the matcher, counted, for the worst text we know: all listed words, shuffled."""
    steps = 0
    match = Phrase._match

    def counted(self: Phrase, words: tuple[str, ...], place: int, at: int) -> object:
        nonlocal steps
        steps += 1
        return match(self, words, place, at)

    monkeypatch.setattr(Phrase, "_match", counted)
    words = WORDS * 4
    random.Random(1).shuffle(words)
    text = " ".join(words)[:100_000]
    read_all(text, lexicon)
    assert steps < 40 * len(words)


def by_hand() -> None:
    for name, text in LONG.items():
        began = time.process_time()
        read_all(text, LEXICON)
        print(f"{name}: {(time.process_time() - began) * 1e6 / len(text):.1f} ms/kB")


if __name__ == "__main__":
    by_hand()
