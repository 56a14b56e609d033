"""How old one must be to read what patients read, in English, by a readability score."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
RULES = ("questions", "advice", "expected_rates")
# Below this a sentence is a title or an answer, and the score counts little but one long word.
LONG = 8
OVERALL, EACH, WORDS = 4.0, 6.0, 20
# What stands on a medicine's box has no shorter name: counted as a word of two syllables.
NAMES = {"antibiotic", "anticholinergic"}


def words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z'’]*|\d+", text)


def syllables(word: str) -> int:
    """By its groups of vowels, less an ending that is not spoken."""
    small = word.lower()
    if small in NAMES:
        return 2
    silent = re.search(r"[^aeiouyl]e$|[^aeioutdy]ed$|[^aeiouysczxhgl]es$", small) is not None
    return max(len(re.findall(r"[aeiouy]+", small)) - silent, 1)


def sentences(text: str) -> list[str]:
    """What is filled in counts as one word; tags do not count."""
    plain = re.sub(r"%\(\w+\)[sd]|\{\w+\}", " it ", re.sub(r"<[^>]+>", " ", text))
    return [one for one in re.split(r"(?<=[.!?:;…])\s+|\n", plain) if words(one)]


def grade(said: list[str]) -> float:
    """Flesch-Kincaid: the US school grade that reads it."""
    every = [word for one in said for word in words(one)]
    spoken = sum(map(syllables, every))
    return 0.39 * len(every) / len(said) + 11.8 * spoken / len(every) - 15.59


def english(table: Any) -> Iterator[str]:
    """Every `en` and `…_en` of a TOML table."""
    if isinstance(table, list):
        for one in table:
            yield from english(one)
    elif isinstance(table, dict):
        for name, value in table.items():
            if isinstance(value, str) and (name == "en" or name.endswith("_en")):
                yield value
            else:
                yield from english(value)


def of_the_pages() -> list[str]:
    """The catalogue is what the pages show: another test compares the two."""
    with (ROOT / "reporter/web/locale/es/LC_MESSAGES/messages.po").open("rb") as file:
        return [str(one.id) for one in read_po(file) if one.id]


def of_the_rules(name: str) -> list[str]:
    return list(english(tomllib.loads((ROOT / f"reporter/rules/{name}.toml").read_text("utf-8"))))


@pytest.fixture(scope="module")
def told() -> list[str]:
    texts = of_the_pages() + [text for name in RULES for text in of_the_rules(name)]
    return sorted({one for text in texts for one in sentences(text)})


def test_the_score_is_the_usual_one() -> None:
    """Against known figures, so that a scale that flatters fails here."""
    known = {"breathe": 1, "swallow": 2, "medicine": 3, "treated": 2, "called": 1, "little": 2}
    assert {word: syllables(word) for word in known} == known
    assert grade(["The cat sat on the mat."]) == pytest.approx(-1.45, abs=0.01)
    hard = "Anaphylactic manifestations necessitate immediate administration of epinephrine."
    assert grade([hard]) > 20


def test_everything_is_read(told: list[str]) -> None:
    assert all(len(of_the_rules(name)) >= 9 for name in RULES)
    assert len(told) > 500


def test_the_texts_for_patients_have_a_reading_age_of_nine_to_eleven(told: list[str]) -> None:
    """A child of 9 to 11 is in US grades 4 to 6 (age is grade and 5).

    So all sentences of eight words and more together score at most grade 4, which leaves room
    for somebody who is afraid, and none of them alone scores more than 6 or has more than 20
    words. Shorter ones are titles and answers: the score knows only sentences, and would refuse
    "Emergency advice".
    """
    long = [one for one in told if len(words(one)) >= LONG]
    hard = {one: round(grade([one]), 1) for one in long if grade([one]) > EACH}
    assert not hard
    assert not [one for one in long if len(words(one)) > WORDS]
    assert grade(long) <= OVERALL
    print(f"{len(long)} sentences, grade {grade(long):.1f}")
