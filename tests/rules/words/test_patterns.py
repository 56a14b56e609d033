"""The small language of the word lists."""

import pytest

from reporter.rules.inflection import PhraseError, inflect
from reporter.rules.patterns import ListPlace, choice, parse_phrase

CLASSES = {"trouble": choice(["trouble", "cannot", "not able to"]), "swallow": choice(["swallow+"])}
MEMBERS = frozenset({"breathing", "swallowing", "swallow", "talking", "talk"})
LISTS = (
    ListPlace(MEMBERS, frozenset({"or", "and", ","}), before=True),
    ListPlace(MEMBERS, frozenset({"or", "and", ","}), before=False),
)


def spans(phrase: str, text: str) -> list[tuple[int, int, int, tuple[int, ...]]]:
    words = text.split()
    where: dict[str, list[int]] = {}
    for at, word in enumerate(words):
        where.setdefault(word, []).append(at)
    return sorted(parse_phrase(phrase, CLASSES, LISTS).spans(words, where))


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("out of breath", "i am out of breath", [(2, 5, 2, ())]),
        ("out of breath", "out of a breath", []),
        ("(sore|very bad) head", "a very bad head", [(1, 4, 1, ())]),
        ("stiff neck?", "stiff", [(0, 1, 0, ())]),
        ("(a|the)? head", "the head", [(0, 2, 0, ()), (1, 2, 1, ())]),
        ("{trouble} .. {swallow}", "cannot really properly swallow", [(0, 4, 0, (1, 2))]),
        ("{trouble} .. {swallow}", "cannot a b c d swallow", []),
        ("{trouble} .. {swallow}", "cannot sleep , swallow", []),
        ("{trouble} {swallow}", "not able to swallow", [(0, 4, 0, ())]),
        ("{trouble} <list {swallow}", "trouble breathing or swallowing", [(3, 4, 0, (1, 2))]),
        ("{swallow} list> fine", "swallow and talk fine", [(0, 1, 0, (1, 2))]),
        ("{swallow} list> fine", "swallow fine", [(0, 2, 0, ())]),
    ],
)
def test_matches(phrase: str, text: str, found: list[object]) -> None:
    assert spans(phrase, text) == found


@pytest.mark.parametrize(
    "phrase",
    ["{nobody} x", "(a|)", "word ..", "maybe?", "", "(a b", "a (b|(c|d))", "a}", "(a|{swallow})"],
)
def test_a_phrase_that_cannot_be_read_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseError):
        parse_phrase(phrase, CLASSES, LISTS)


def test_inflection() -> None:
    assert inflect("swallow+") == ("swallow", "swallows", "swallowed", "swallowing")
    assert inflect("choke+") == ("choke", "chokes", "choked", "choking")
    assert inflect("itch+") == ("itch", "itches", "itched", "itching")
    assert inflect("worry+") == ("worry", "worries", "worried", "worrying")
    assert inflect("lid") == ("lid",)
