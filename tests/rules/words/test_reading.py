"""What is found in a text, where, and how it stands."""

import pytest

from reporter.rules import knowledge
from reporter.rules.lexicon import Lexicon, load
from reporter.rules.words import phrase_status, read, read_all, understood


def readings(text: str, lexicon: Lexicon) -> dict[str, str]:
    return {m.symptom: m.status for m in read(text, lexicon)}


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        (
            "no trouble breathing or swallowing but my lid droops",
            {
                "trouble_breathing": "negated",
                "trouble_swallowing": "negated",
                "eyelid_droop": "present",
            },
            "negation reaches over a list and stops at but",
        ),
        (
            "no energy and shortness of breath",
            {"fatigue": "present", "trouble_breathing": "present"},
            "two symptoms: this no denies nothing",
        ),
        ("can't breathe", {"trouble_breathing": "present"}, "one symptom, no negation"),
        ("swallowing fine", {"trouble_swallowing": "negated"}, "denial by statement"),
        ("respiro bien", {"trouble_breathing": "negated"}, "denial by statement"),
        ("my swallowing is not fine", {"trouble_swallowing": "present"}, "the statement denied"),
        ("no respiro bien", {"trouble_breathing": "present"}, "the statement denied"),
        ("never had trouble swallowing", {"trouble_swallowing": "negated"}, "never"),
        (
            "I have never had trouble swallowing like this",
            {"trouble_swallowing": "present"},
            "never … like this says that it is there",
        ),
        ("my eyelid is not drooping", {"eyelid_droop": "negated"}, "not inside the phrase"),
        ("no fever, lid droops", {"fever": "negated", "eyelid_droop": "present"}, "a new clause"),
        (
            "no fever no headache i cant swallow",
            {
                "fever": "negated",
                "headache": "negated",
                "trouble_swallowing": "present",
            },
            "no punctuation",
        ),
        ("double vision: none", {"double_vision": "negated"}, "a form's answer"),
        ("no improvement in my double vision", {"double_vision": "present"}, "pseudo-negation"),
        (
            "not only hoarse but slurring",
            {
                "hoarse_voice": "present",
                "trouble_speaking": "present",
            },
            "not only",
        ),
        ("I had double vision in 2015", {"double_vision": "past"}, "own past"),
        ("double vision is back again, I had it in 2015", {"double_vision": "present"}, "back"),
        ("my sister got a droopy eyelid", {"eyelid_droop": "someone_else"}, "another person"),
        ("my partner can't breathe now", {"trouble_breathing": "someone_else_now"}, "ill now"),
        ("my husband says my speech is slurred", {"trouble_speaking": "present"}, "reported"),
        ("writing for my mum, she can't swallow", {"trouble_swallowing": "present"}, "proxy"),
        ("can botox cause double vision?", {"double_vision": "hypothetical"}, "a question"),
        ("could this be causing my double vision?", {"double_vision": "present"}, "his own"),
        ("what if my throat closes", {"trouble_breathing": "hypothetical"}, "what if"),
        ("Is it normal that I can't swallow?", {"trouble_swallowing": "present"}, "his own"),
        ("took my breath away", {}, "idiom"),
        (
            "No double vision, eating and talking normally.",
            {
                "double_vision": "negated",
                "trouble_swallowing": "negated",
                "trouble_speaking": "negated",
            },
            "a denial does not turn a later statement round",
        ),
        (
            "swallowing was fine until today",
            {"trouble_swallowing": "present"},
            "it was fine, and is not now",
        ),
        ("a friend injected me at her house", {"unlicensed_injector": "present"}, "of the patient"),
        ("Couldn't breathe for laughing", {}, "idiom"),
        ("my cousin couldn't breathe after hers", {"trouble_breathing": "someone_else"}, "then"),
        ("I'm about 5 weeks pregnant", {"pregnant": "present"}, "a factor"),
        ("not pregnant", {"pregnant": "negated"}, "a factor denied"),
        ("hola, tengo double vision", {"double_vision": "present"}, "two languages in one text"),
        ("facial swelling", {"facial_swelling": "present"}, "the particular alone"),
    ],
)
def test_reads(lexicon: Lexicon, text: str, expected: dict[str, str], why: str) -> None:
    assert readings(text, lexicon) == expected, why


@pytest.mark.parametrize(
    "text",
    [
        "Mi \u200bpárpado está caído 😀, no veo doble",
        "sw\0ollen tounge!!\nand cаn't brеathe",
        "cantbreathe",
        "  Droopy   eyelid  ",
    ],
)
def test_a_mention_quotes_the_text_as_it_came(lexicon: Lexicon, text: str) -> None:
    found = read(text, lexicon)
    assert found
    for mention in found:
        assert mention.text == text[mention.start : mention.end]
        assert mention.text.strip() == mention.text


def test_places_count_code_points(lexicon: Lexicon) -> None:
    (mention,) = read("😀😀 double vision", lexicon)
    assert (mention.start, mention.end) == (3, 16)


def test_one_reading_gives_both(lexicon: Lexicon) -> None:
    text = "no puedo tragar"
    both = read_all(text, lexicon)
    assert both.mentions == read(text, lexicon)
    assert both.understanding == understood(text, lexicon)


@pytest.mark.parametrize(
    ("phrase", "text", "status"),
    [
        ("chest pain", "The patient denies chest pain but reports dyspnea", "negated"),
        ("dyspnea", "The patient denies chest pain but reports dyspnea", "present"),
        ("anything", "The phrase is not here", "present"),
        ("", "Nothing is asked", "present"),
        ("edema", "No edema. Later there was edema.", "present"),
        ("Disnea", "NIEGA DISNEA", "negated"),
    ],
)
def test_status_of_a_phrase(lexicon: Lexicon, phrase: str, text: str, status: str) -> None:
    assert phrase_status(phrase, text, lexicon) == status


def test_every_id_is_known_to_the_rules() -> None:
    known = knowledge.load()
    assert load(frozenset(known.symptoms) | frozenset(known.factors)).entries


def test_every_red_flag_has_words_in_both_languages(lexicon: Lexicon) -> None:
    for text in ("trouble swallowing", "dificultad para tragar"):
        assert readings(text, lexicon) == {"trouble_swallowing": "present"}
    for text in ("shortness of breath", "falta de aire"):
        assert readings(text, lexicon) == {"trouble_breathing": "present"}
