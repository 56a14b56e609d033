"""The questionnaire and the advice, and that a slip in either file stops the start."""

from collections.abc import Callable
from pathlib import Path

import pytest

from reporter.rules import advice, questions
from reporter.rules.entries import KnowledgeError
from reporter.rules.knowledge import HOME, Knowledge
from reporter.rules.levels import Level
from reporter.rules.questions import Questions

TEXT = (HOME / "questions.toml").read_text("utf-8")
ADVICE = (HOME / "advice.toml").read_text("utf-8")


@pytest.fixture(scope="module")
def asked(knowledge: Knowledge) -> Questions:
    return questions.load(knowledge)


def test_the_red_flags_are_those_of_the_rules(asked: Questions, knowledge: Knowledge) -> None:
    assert tuple(asked.red_flags) == knowledge.red_flags


def test_every_notice_stands_under_a_heading(asked: Questions) -> None:
    shown = [notice.id for _, notices in asked.by_group for notice in notices]
    assert sorted(shown) == sorted(asked.notices)


def test_both_languages_are_there_and_differ(asked: Questions) -> None:
    for named in (*asked.notices.values(), *asked.questions.values()):
        assert named.en != named.es


@pytest.mark.parametrize("word", ["normal", "safe", "a salvo"])
def test_no_patient_is_told_that_all_is_normal_or_safe(word: str) -> None:
    for text in (TEXT, ADVICE):
        lines = [line for line in text.splitlines() if line.startswith(("en =", "es =", "lead_"))]
        assert not [line for line in lines if f" {word}" in line.lower()]


@pytest.mark.parametrize(
    ("day", "answer", "onset"),
    [
        (4, "today", 4),
        (4, "yesterday", 3),
        (4, "days", 1),
        (2, "days", 0),
        (14, "between", 2),
        (30, "between", None),
        (7, "first", 1),
        (7, "unsure", None),
    ],
)
def test_the_day_it_started(asked: Questions, day: int, answer: str, onset: int | None) -> None:
    assert asked.questions["started"].options[answer].onset(day) == onset


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('symptoms = ["bruising"]', 'symptoms = ["brusing"]', "'bruising'"),
        ('ask = ["size"]', 'ask = ["sise"]', "sise"),
        ('group = "skin"', 'group = "sking"', "sking"),
        ('id = "size.small"', 'id = "sise.small"', "belongs to no question"),
        ('id = "size.small"', 'id = "small"', "question.answer"),
        ('only_after = "severity.severe"', 'only_after = "severity.awful"', "only_after"),
        ('not_with = "vision"', 'not_with = "sight"', "not_with"),
        ("call_me = true", "call_you = true", "call_me"),
        ("call_me = true\n", "", "either symptoms or call_me"),
        ('severity = "mild"', 'severity = "milde"', "'mild'"),
        ('id = "trouble_breathing"', 'id = "trouble_swallowing"', "twice"),
        ("[[group]]", "[[grupo]]", "grupo"),
        ('en = "Droopy eyelid"', 'en = " "', "blank"),
        ('sources = ["King, JCAD', 'source = ["King, JCAD', "sources"),
        ('id = "trend"\n', 'id = "tendency"\n', "two options"),
    ],
)
def test_a_slip_in_the_questions_stops_the_start(
    knowledge: Knowledge, old: str, new: str, says: str
) -> None:
    assert old in TEXT
    with pytest.raises(KnowledgeError) as found:
        questions.read(TEXT.replace(old, new, 1), knowledge)
    assert "questions.toml" in str(found.value) and says in str(found.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('symptoms = ["headache"]', 'symptoms = ["headake"]', "'headache'"),
        ('kind = "dont"', 'kind = "donut"', "'dont'"),
        ('levels = ["emergency"]', 'levels = ["emergencia"]', "emergency"),
        ('en = "do not drive yourself"', 'en = "drive yourself"', "do not"),
        ('id = "undecided"', 'id = "undecidid"', "undecided"),
        ('unless = ["trouble_br', 'unles = ["trouble_br', "unless"),
    ],
)
def test_a_slip_in_the_advice_stops_the_start(
    knowledge: Knowledge, old: str, new: str, says: str
) -> None:
    assert old in ADVICE
    with pytest.raises(KnowledgeError) as found:
        advice.read(ADVICE.replace(old, new, 1), knowledge)
    assert "advice.toml" in str(found.value) and says in str(found.value)


def test_advice_without_a_result_page_or_a_place_is_refused(knowledge: Knowledge) -> None:
    without = ADVICE.replace('[[result]]\nid = "fine"', '[[result]]\nid = "urgent"', 1)
    with pytest.raises(KnowledgeError):
        advice.read(without, knowledge)
    nowhere = ADVICE.replace('kind = "next"\nlevels = ["urgent"]', 'kind = "next"', 1)
    with pytest.raises(KnowledgeError, match="no page"):
        advice.read(nowhere, knowledge)


Told = Callable[[str, Level, set[str]], list[str]]


@pytest.fixture(scope="module")
def told(knowledge: Knowledge) -> Told:
    known = advice.load(knowledge)
    return lambda kind, level, reported: [one.id for one in known.of(kind, level, reported)]


@pytest.mark.parametrize(
    ("reported", "there", "absent"),
    [
        ({"trouble_breathing"}, "sit_up", "lie_down"),
        ({"collapse_or_chest_pain"}, "lie_down", "sit_up"),
        ({"collapse_or_chest_pain", "trouble_breathing"}, "sit_up", "lie_down"),
        ({"lip_tongue_swelling"}, "adrenaline", "sit_up"),
        ({"trouble_speaking"}, "unlock", "sit_up"),
    ],
)
def test_postures_by_what_was_reported(
    told: Told, reported: set[str], there: str, absent: str
) -> None:
    found = told("do", Level.EMERGENCY, reported)
    assert there in found and absent not in found


def test_nothing_by_mouth_is_said_once_and_only_where_a_source_says_so(told: Told) -> None:
    both = told("dont", Level.EMERGENCY, {"trouble_swallowing", "trouble_breathing"})
    assert [id for id in both if id.startswith("no_food")] == ["no_food"]
    assert not [
        id for id in told("dont", Level.EMERGENCY, {"sight_loss_or_eye_pain"}) if "food" in id
    ]


def test_the_files_lie_in_the_package() -> None:
    assert {"questions.toml", "advice.toml"} <= {path.name for path in Path(HOME).iterdir()}
