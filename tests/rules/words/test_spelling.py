"""Misspelt words, and words that only look misspelt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.rules.lexicon import Lexicon
from reporter.rules.spelling import Speller, sound
from reporter.rules.vocabulary import meant

SPELLER = Speller(frozenset({"swallow", "breathing", "difficulty", "tongue", "throat"}))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("swolow", None),
        ("swalow", "swallow"),
        ("swallwo", "swallow"),
        ("brething", "breathing"),
        ("braething", "breathing"),
        ("difficutly", "difficulty"),
        ("dificulty", "difficulty"),
        ("wallow", None),
        ("xyzzy", None),
        ("to", None),
        ("ñandú1", None),
        ("a" * 500, None),
    ],
)
def test_one_word(written: str, meant: str | None) -> None:
    assert SPELLER.correct(written) == meant


@given(st.sampled_from(sorted(SPELLER.words)), st.integers(0, 30))
def test_a_dropped_letter_is_mended(word: str, at: int) -> None:
    place = 1 + at % (len(word) - 1)
    assert SPELLER.correct(word[:place] + word[place + 1 :]) == word


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("swollow", ("swallow",)),
        ("tounge", ("tongue",)),
        ("cant", ("cannot",)),
        ("soooo", ("so",)),
        ("cantbreathe", ("cannot", "breathe")),
        ("it's", ("it",)),
        ("2019", ("#year",)),
        ("38.6".replace(".", "0"), ("#temp",)),
        ("gotten", ("gotten",)),
        ("shallow", ("shallow",)),
        ("allow", ("allow",)),
    ],
)
def test_what_a_word_stands_for(lexicon: Lexicon, written: str, listed: tuple[str, ...]) -> None:
    assert meant(lexicon, written) == listed


@pytest.mark.parametrize(
    "word", ["throughout", "wallet", "breakfast", "chess", "cheek", "swimming"]
)
def test_an_ordinary_word_is_never_mended_to_a_symptom(lexicon: Lexicon, word: str) -> None:
    assert meant(lexicon, word) == (word,)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("saliba", "saliva"),
        ("cavesa", "cabeza"),
        ("parpadoz", "parpados"),
        ("yorar", "llorar"),
        ("inyexion", "inyeccion"),
        ("pexo", "pecho"),
        ("vonito", "bonito"),
        ("hoja", "hoja"),
    ],
)
def test_spanish_is_spelt_by_ear(lexicon: Lexicon, written: str, plain: str) -> None:
    assert meant(lexicon, written) == (plain,)


@given(st.text("abceghilnoqsuvxyz", min_size=1, max_size=24))
def test_v_sounds_as_b(word: str) -> None:
    assert len(sound(word)) <= 2 * len(word)
    assert sound(word) == sound(word.replace("v", "b"))
