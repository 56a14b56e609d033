"""The copy for matching, and the way back to the text as it came."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.rules.folding import fold


@pytest.mark.parametrize(
    ("text", "folded", "why"),
    [
        ("Droopy EYES", "droopy eyes", "case"),
        ("párpado caído, año", "parpado caido, ano", "accents"),
        ("pa\u0301rpado", "parpado", "accents as combining marks"),
        ("dr\u200boopy\u00ad", "droopy", "zero width and soft hyphen"),
        ("\u202eeyes\u202c \u2066x\u2069", "eyes x", "bidi marks"),
        ("swal\0low", "swallow", "NUL"),
        ("𝓼𝔀𝓸𝓵𝓵𝓮𝓷 ｆａｃｅ ﬁne", "swollen face fine", "compatibility letters"),
        ("hеlp i cаn't brеathe", "help i can't breathe", "Cyrillic inside Latin words"),
        ("brеаth оf аir", "breath of air", "a word that is all look-alikes but one"),
        ("my еуе hurts", "my eye hurts", "a wholly Cyrillic look-alike among Latin words"),
        ("Ηelp Νeck", "help neck", "Greek capitals"),
        ("ѕwοllen", "swollen", "two scripts in one word"),
        ("sw0llen 38c 5 weeks", "swollen 38c 5 weeks", "digits only between letters"),
        ("can’t", "can't", "curly apostrophe"),
        ("Я не могу глотать", "я не могу глотать", "ordinary Russian"),
        ("Δεν μπορώ", "δεν μπορω", "ordinary Greek keeps its letters"),
        ("сок и оса", "сок и оса", "short Russian words without Latin beside them"),
        ("я не могу swallow", "я не могу swallow", "Russian with one English word"),
        ("\ud800 x", "\ud800 x", "a lone surrogate"),
        ("", "", "nothing"),
    ],
)
def test_folds(text: str, folded: str, why: str) -> None:
    assert fold(text).text == folded, why


def test_the_way_back_points_at_the_original() -> None:
    text = "Mi \u200bpa\u0301rpado 😀 caído"
    copy = fold(text)
    at = copy.text.index("parpado")
    assert text[copy.start(at) : copy.end(at + 7)] == "pa\u0301rpado"
    at = copy.text.index("caido")
    assert text[copy.start(at) : copy.end(at + 5)] == "caído"


@given(st.text(st.characters(codec=None)))
def test_every_folded_character_has_a_place(text: str) -> None:
    copy = fold(text)
    if copy.origin is None:
        assert len(copy.text) == len(text)
    else:
        assert len(copy.origin) == len(copy.text)
        assert list(copy.origin) == sorted(copy.origin)
        assert all(0 <= at < len(text) for at in copy.origin)


@given(st.text("абвгдежзийклмнопрстуфхцчшщъыьэюя ", min_size=1))
def test_russian_alone_stays_russian(text: str) -> None:
    assert not any("a" <= c <= "z" for c in fold(text).text)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold(text).text
    if not any(unicodedata.category(c) in {"Lm", "Lo", "Sk", "No"} for c in text):
        assert fold(once).text == once
