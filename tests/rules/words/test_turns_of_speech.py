"""Answers at once, ticks, diminutives, and words that are grave without saying so."""

import os
import subprocess
import sys

import pytest

from reporter.rules.knowledge import shipped
from reporter.rules.lexicon import Lexicon
from reporter.rules.report import Report
from reporter.rules.triage import decide_with_words
from reporter.rules.vocabulary import meant
from reporter.rules.words import read

LISTS = "from reporter.rules.lexicon import shipped; from reporter.rules.words import read; "
TEXT = "la lengua gordísima, se me infló la boca como globo y no me entra aire por la garganta"


def found(text: str, lexicon: Lexicon) -> set[tuple[str, str]]:
    return {(mention.symptom, mention.status) for mention in read(text, lexicon)}


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("caidito", "caido"),
        ("boquita", "boca"),
        ("traguito", "trago"),
        ("calientito", "caliente"),
        ("hinchadisima", "hinchada"),
        ("bonito", "bonito"),
        ("necesito", "necesito"),
        ("tobillo", "tobillo"),
        ("fallin", "falling"),
    ],
)
def test_endings_that_only_colour_a_word(written: str, plain: str, lexicon: Lexicon) -> None:
    assert meant(lexicon, written) == (plain,)


@pytest.mark.parametrize(
    "text",
    [
        "Swallowing, no problem. Breathing: normal.",
        "swallowing? yep fine. breathing? fine",
        "Breathing ✔ swallowing ✔",
        "Tragar, bien. Respirar: sin problemas.",
    ],
)
def test_a_list_of_what_is_well(text: str, lexicon: Lexicon) -> None:
    wanted = {("trouble_swallowing", "negated"), ("trouble_breathing", "negated")}
    assert found(text, lexicon) == wanted


def test_what_looks_like_a_denial_and_is_none(lexicon: Lexicon) -> None:
    assert ("trouble_swallowing", "present") in found(
        "swallowing, ok so it's got worse and pills stick", lexicon
    )
    assert ("trouble_breathing", "present") in found("tengo miedo no respiro bien", lexicon)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("slight headache, gone after paracetamol", "past"),
        ("slight headache, gone after paracetamol but it is back again", "present"),
    ],
)
def test_what_is_expected_and_has_gone_is_past(text: str, status: str, lexicon: Lexicon) -> None:
    assert ("headache", status) in found(text, lexicon)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("my bruise keeps getting bigger every hour", "urgent"),
        ("small bruise by my brow", "self_care"),
        ("both my eyelids have dropped", "urgent"),
        ("one eyelid has dropped", "call_back"),
        ("not one drop since 9 last night, belly hard as a football", "emergency"),
        ("hives on my arms and a feeling of doom", "emergency"),
        ("my pupils are different sizes", "urgent"),
    ],
)
def test_words_that_are_grave_without_saying_so(text: str, level: str) -> None:
    decision = decide_with_words(Report(day=3, areas=("glabella",), free_text=text), shipped())
    assert decision.level.id == level


def test_another_run_reads_the_same() -> None:
    """The order of a set differs from process to process; what is read must not."""
    told = [
        subprocess.run(
            [sys.executable, "-c", f"{LISTS} print(read({TEXT!r}, shipped()))"],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "7")
    ]
    assert told[0] == told[1]
