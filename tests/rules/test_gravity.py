"""How bad the own words say it is, whether it gets worse, and what they take back."""

import pytest

from reporter.rules.gravity import Weighed, folded, stated, taken_back, weighed
from reporter.rules.knowledge import shipped
from reporter.rules.levels import Level, Severity
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.triage import Decision, decide_with_words

KNOWN = shipped()
BRUISE = ReportedSymptom("bruising", Severity.MILD, onset_day=1)


def reading(text: str, named: str, status: str = "present") -> Weighed:
    start = text.index(named)
    return Weighed("headache", named, start, start + len(named), status)


def said(text: str, named: str = "headache") -> tuple[str | None, str | None]:
    [one] = weighed(text, [reading(text, named)])
    return stated(one)


def decided(text: str, *symptoms: str, day: int = 3) -> Decision:
    ticked = tuple(ReportedSymptom(one, onset_day=day) for one in symptoms) or (BRUISE,)
    told = Report(day=day, areas=("masseter",), symptoms=ticked, free_text=text)
    return decide_with_words(told, KNOWN)


def fired(decision: Decision) -> set[str]:
    return {reason.rule for reason in decision.reasons}


@pytest.mark.parametrize(
    "text",
    [
        "a severe headache",
        "SEVERE headache since noon",
        "the headache is unbearable",
        "the headache is really bad",
        "headache 9/10",
        "headache, I can’t stand it",
        "headache. It is excruciating",
    ],
)
def test_grave_words_beside_a_symptom(text: str) -> None:
    assert said(text) == ("severe", None)


@pytest.mark.parametrize(
    "text",
    [
        "my headache is getting worse",
        "the headache keeps worsening",
        "the headache is increasing",
        "i have a headache. it's getting worse",
        "worse headache than last time",
    ],
)
def test_words_that_say_it_gets_worse(text: str) -> None:
    assert said(text) == (None, "worse")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("el dolor es insoportable", ("severe", None)),
        ("un dolor muy fuerte", ("severe", None)),
        ("no aguanto el dolor", ("severe", None)),
        ("el dolor va cada vez más", (None, "worse")),
        ("el dolor está peor", (None, "worse")),
        ("el dolor no es fuerte", (None, None)),
        ("el dolor no va a más", (None, None)),
        ("el dolor, nada grave", (None, None)),
    ],
)
def test_spanish(text: str, expected: tuple[str | None, str | None]) -> None:
    assert said(text, "dolor") == expected


@pytest.mark.parametrize(
    "text",
    [
        "a headache, not severe",
        "the headache isn't severe",
        "the headache is not very bad",
        "headache, nothing terrible",
        "the headache is no worse",
        "the headache could be worse",
        "a headache. the traffic was terrible",
        "a headache but the parking was horrible",
        "a mild headache",
        "the headache is better",
    ],
)
def test_what_is_denied_or_said_of_something_else_weighs_nothing(text: str) -> None:
    [one] = weighed(text, [reading(text, "headache")])
    assert one == reading(text, "headache")


def test_gravity_belongs_to_the_nearest_symptom() -> None:
    text = "severe headache and nausea"
    both = weighed(text, [reading(text, "headache"), reading(text, "nausea")])
    assert [stated(one) for one in both] == [("severe", None), (None, None)]


@pytest.mark.parametrize("status", ["negated", "past", "someone_else", "hypothetical"])
def test_a_reading_that_does_not_count_is_left_as_it_is(status: str) -> None:
    one = reading("severe headache", "headache", status)
    assert weighed("severe headache", [one]) == (one,)


def test_folding_keeps_every_place() -> None:
    text = "Está ßtraße İ ﬃ 😵\u0301 ¡Ñu!"
    assert len(folded(text)) == len(text)
    assert folded("Está Ñu") == "esta nu"


@pytest.mark.parametrize(
    "text",
    [
        "I ticked that by mistake",
        "sorry, wrong box",
        "I didn’t mean to tick this",
        "it has gone now",
        "Never mind, false alarm",
        "lo marqué por error",
        "Me equivoqué de casilla",
        "ya se me pasó",
    ],
)
def test_what_is_taken_back_is_read_as_denied_and_shown(text: str) -> None:
    [one] = taken_back(text, ["trouble_swallowing"], ())
    assert (one.symptom, one.status) == ("trouble_swallowing", "negated")
    decision = decided(text, "trouble_swallowing")
    assert decision.level is Level.EMERGENCY
    assert {"swallowing", "ticks_taken_back"} <= fired(decision)
    for word in decision.words:
        assert word.text == text[word.start : word.end]


def test_nothing_is_taken_back_where_nothing_grave_is_ticked() -> None:
    assert decided("I ticked that by mistake").words == ()


def test_a_named_symptom_is_taken_back_once() -> None:
    words = decided("By mistake! I can swallow fine.", "trouble_swallowing").words
    assert [one.status for one in words] == ["negated"]


def test_grave_words_raise_what_a_mild_tick_would_leave() -> None:
    told = Report(
        day=1,
        symptoms=(ReportedSymptom("headache", Severity.MILD, onset_day=1),),
        free_text="it is a severe headache",
    )
    decision = decide_with_words(told, KNOWN)
    assert decision.level is Level.URGENT
    assert "headache_severe" in fired(decision)


def test_a_voice_that_gets_worse_in_words_is_an_emergency() -> None:
    assert decided("my voice is hoarse").level is Level.URGENT
    assert decided("my voice is hoarse and getting worse").level is Level.EMERGENCY


def test_a_denial_on_the_form_and_a_symptom_in_the_words_say_so() -> None:
    told = Report(day=3, denied=("nausea",), symptoms=(BRUISE,), free_text="I have nausea")
    assert "words_against_no" in fired(decide_with_words(told, KNOWN))


def test_many_symptoms_are_weighed_in_linear_time() -> None:
    text = "headache worse " * 7000
    every = [Weighed("headache", "headache", n * 15, n * 15 + 8, "present") for n in range(7000)]
    found = weighed(text, every)
    assert all(stated(one) == (None, "worse") for one in found)
