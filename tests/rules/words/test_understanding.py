"""Whether a text was read at all. Ten and more other languages are in data/languages.*.tsv."""

import pytest

from reporter.rules.lexicon import Lexicon
from reporter.rules.words import understood


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "...",
        "👍😊",
        "12",
        "ok",
        "Fine",
        "gracias",
        "Todo bien",
        "bruise",
        "moretón",
        "swolen",
        "Tough steak tires my jaw",
        "My name is Siobhan and I live in Wrocław, all good here",
        "muy contenta con el resultado, thanks",
        "cant w8 to see teh result lol xx",
    ],
)
def test_read(lexicon: Lexicon, text: str) -> None:
    assert understood(text, lexicon).read


@pytest.mark.parametrize(
    "text",
    ["🤮🤮", "hgfjdk lkjh", "Schmerzen", "не могу", "吞咽困难", "\ud800", "x q z", "0x7f zzz"],
)
def test_not_read(lexicon: Lexicon, text: str) -> None:
    assert not understood(text, lexicon).read


def test_it_says_why(lexicon: Lexicon) -> None:
    found = understood("ich kann nicht schlucken", lexicon)
    assert (found.words, found.known) == (4, 0)
    assert found.why.startswith("0 of 4 words")
