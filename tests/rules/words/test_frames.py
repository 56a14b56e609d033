"""Phrases that stand together in any order, and what stands between them."""

import pytest

from reporter.rules.frames import MOST, Frame, parse, words_of
from reporter.rules.inflection import PhraseError, conjugate
from reporter.rules.lexicon import Lexicon
from reporter.rules.patterns import ListPlace, choice
from reporter.rules.words import read

CLASSES = {
    "throat": choice(["throat", "gullet"]),
    "bad": choice(["wont", "not .. right", "seized up", "lets nothing"]),
}
LISTS = (
    ListPlace(frozenset({"eating"}), frozenset({"and"}), before=True),
    ListPlace(frozenset({"eating"}), frozenset({"and"}), before=False),
)


def spans(source: str, text: str) -> list[tuple[int, int, int, tuple[int, ...]]]:
    words = [*text.split(), "."]
    where: dict[str, list[int]] = {}
    for at, word in enumerate(words):
        where.setdefault(word, []).append(at)
    return list(parse(source, CLASSES, LISTS).spans(words, where))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my throat has seized up", [(1, 5, 1, (2,))]),
        ("it wont pass my throat", [(1, 5, 1, (2, 3))]),
        ("throat not feeling right", [(0, 4, 0, ())]),
        ("throat , it just wont", [(0, 5, 0, (1, 2, 3))]),
        ("bruise on my throat , wont be late", []),
        ("throat but wont", []),
        ("throat because wont", []),
        ("throat a b c d e f g h i j wont", []),
        ("throat not quite all that much right", []),
        ("throat", []),
    ],
)
def test_two_parts_in_any_order_in_one_clause(text: str, found: list[object]) -> None:
    assert spans("{throat} & {bad}", text) == found


def test_three_parts_must_all_be_near() -> None:
    assert spans("{throat} & {bad} & (today|hours)", "throat wont for hours")
    assert not spans("{throat} & {bad} & (today|hours)", "throat wont for days")


def test_a_frame_is_found_a_few_times_however_often_it_stands_there() -> None:
    assert len(spans("{throat} & {bad}", "throat wont " * 50)) == MOST


def test_a_phrase_without_an_ampersand_stays_a_phrase() -> None:
    assert not isinstance(parse("{throat} {bad}", CLASSES, LISTS), Frame)
    with pytest.raises(PhraseError, match="unknown class"):
        parse("{throat} & {nobody}", CLASSES, LISTS)


def test_the_words_of_a_place_hold_no_gap() -> None:
    assert words_of(CLASSES["bad"]) == {"wont", "not", "right", "seized", "up", "lets", "nothing"}


def test_spanish_verbs() -> None:
    assert {"apagar", "apaga", "apagando", "apagado", "apago"} <= set(conjugate("apagar"))
    assert {"perder", "perdiendo", "perdido", "perdio"} <= set(conjugate("perder"))
    with pytest.raises(PhraseError, match="no Spanish infinitive"):
        conjugate("casa")
    assert ("se", "me", "apagando") in choice(["se me apagar~"]).rows["se"]


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        ("nothing I eat will get past my throat", "trouble_swallowing"),
        ("my tongue lies there like a plank", "trouble_speaking"),
        ("the kettle takes both hands now", "limb_weakness"),
        ("la lengua no me obedece", "trouble_speaking"),
        ("no me baja ni el agua", "trouble_swallowing"),
        ("se me doblan las rodillas", "limb_weakness"),
    ],
)
def test_turns_of_speech_are_present(lexicon: Lexicon, text: str, symptom: str) -> None:
    assert (symptom, "present") in {(m.symptom, m.status) for m in read(text, lexicon)}


@pytest.mark.parametrize(
    "text",
    [
        "my throat is not tight",
        "the price was enough to give me a heart attack",
        "I was laughing so much I could not breathe",
        "the wifi in your waiting room is weak",
        "me muero de ganas de ver el resultado",
    ],
)
def test_what_is_denied_or_only_a_figure_is_not_present(lexicon: Lexicon, text: str) -> None:
    assert "present" not in {m.status for m in read(text, lexicon)}


def test_a_vague_complaint_counts_only_where_nothing_else_was_read(lexicon: Lexicon) -> None:
    alone = read("something is really wrong with my chin", lexicon)
    assert {(m.symptom, m.status) for m in alone} == {("other", "present")}
    beside = read("I have a headache. Something is odd with my chin", lexicon)
    assert {m.symptom for m in beside} == {"headache"}


def test_a_bare_mention_of_swallowing_counts_until_it_is_said_to_be_well(lexicon: Lexicon) -> None:
    assert [m.symptom for m in read("about the swallowing", lexicon)] == ["trouble_swallowing"]
    assert [m.status for m in read("swallowing is fine", lexicon)] == ["negated"]


def test_how_bad_the_words_say_it_is(lexicon: Lexicon) -> None:
    def severities(text: str) -> set[str | None]:
        return {getattr(m, "severity", None) for m in read(text, lexicon)}

    assert severities("a slight bruise") == {"mild"}
    assert severities("a bruise") == {None}
    assert severities("I have slight trouble swallowing") == {None}
    assert "severe" in severities("no wee since yesterday and my belly is bursting")
