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
        ("The bruise was a pea, then a grape, now a plum and still growing", "urgent"),
        ("upper lid sits right over the pupil now, have to hold it up to see", "urgent"),
        ("this migraine is nothing like my usual ones, the triptan does nothing", "urgent"),
        ("no me cuesta respirar pero sí tragar", "emergency"),
        ("¿Puede tragar? No", "emergency"),
        ("the bruised eye is bulging and really hurts", "emergency"),
        ("the baby I nurse barely latches and she hardly cries anymore", "emergency"),
        ("one corner doesn't come up in photos", "call_back"),
        ("our dog had a seizure so I missed the form, we are both fine", "self_care"),
        (
            "a tiktok of a girl who ended up in ICU after fake stuff from the internet, not me",
            "self_care",
        ),
        ("Leí en el papelito que a veces cuesta tragar. A mí nada de eso", "self_care"),
        ("headache the first evening, two paracetamol, gone by breakfast", "self_care"),
    ],
)
def test_words_that_are_grave_without_saying_so(text: str, level: str) -> None:
    decision = decide_with_words(Report(day=3, areas=("glabella",), free_text=text), shipped())
    assert decision.level.id == level


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("my mum's mouth has dropped on one side, what do I do?", "someone_else_now"),
        ("A mi mamá se le fue la boca de lado, qué hago??", "someone_else_now"),
        ("my mum's mouth dropped on one side years ago", "someone_else"),
    ],
)
def test_a_relative_who_is_ill_now(text: str, status: str, lexicon: Lexicon) -> None:
    assert ("smile_asymmetry", status) in found(text, lexicon)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("my husband fainted in the kitchen and hit his head", "someone_else_now"),
        ("mi mamá se desmayó en la cocina", "someone_else_now"),
        ("my husband fainted in the kitchen years ago", "someone_else"),
        ("mi abuela se desmayó hace años, se puso morada", "someone_else"),
        ("my cousin fainted at the shops", "someone_else"),
    ],
)
def test_one_of_the_household_who_fainted(text: str, status: str, lexicon: Lexicon) -> None:
    told = {one for one in found(text, lexicon) if one[0] == "fainting"}
    assert told == {("fainting", status)}


def test_what_only_the_touch_brings_out_says_so_of_itself_alone(lexicon: Lexicon) -> None:
    told = found("headache every day, slightly tender when I touch it", lexicon)
    assert told == {("headache", "present"), ("injection_site_pain", "past")}


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
