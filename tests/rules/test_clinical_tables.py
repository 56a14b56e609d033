"""The lists inside the rules, written a second time: one id that falls out of a rule is noticed."""

import pytest

from reporter.rules import knowledge
from reporter.rules.levels import Level, Severity
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.triage import decide

KNOWN = knowledge.load()
NEUROMUSCULAR = ["myasthenia_gravis", "lambert_eaton", "als", "neuromuscular_other"]
STRENGTHENING = ["aminoglycoside", "muscle_relaxant", "anticholinergic"]
UNLICENSED = ["unlicensed_injector", "treated_abroad"]
WEAKNESS = ["limb_weakness", "neck_weakness", "generalised_weakness"]
VISION = ["double_vision", "blurred_vision"]


def level(
    *symptoms: str, day: int = 5, factor: str = "", severity: Severity | None = None
) -> Level:
    """The level of mild symptoms after injection of the jaw, which hides no rule."""
    entries = tuple(
        ReportedSymptom(symptom, severity or Severity.MILD, onset_day=min(day, 4))
        for symptom in symptoms
    )
    factors = (factor,) if factor else ()
    areas = ("masseter",)
    return decide(Report(day=day, areas=areas, factors=factors, symptoms=entries), KNOWN).level


@pytest.mark.parametrize("factor", NEUROMUSCULAR)
@pytest.mark.parametrize("sign", [*VISION, *WEAKNESS, "hoarse_voice", "drooling"])
def test_sight_weakness_or_voice_with_a_neuromuscular_disease(factor: str, sign: str) -> None:
    assert level(sign) is Level.URGENT
    assert level(sign, factor=factor) is Level.EMERGENCY


@pytest.mark.parametrize("factor", [*NEUROMUSCULAR, *STRENGTHENING, *UNLICENSED, "child"])
def test_a_plain_droop_is_raised_by_what_makes_it_less_plain(factor: str) -> None:
    assert level("eyelid_droop") is Level.CALL_BACK
    assert level("eyelid_droop", factor=factor) is Level.URGENT


@pytest.mark.parametrize("factor", [*STRENGTHENING, "child", *UNLICENSED])
@pytest.mark.parametrize("sign", WEAKNESS)
def test_weakness_with_a_drug_in_a_child_or_unlicensed(factor: str, sign: str) -> None:
    assert level(sign, factor=factor) is Level.EMERGENCY


@pytest.mark.parametrize("factor", UNLICENSED)
@pytest.mark.parametrize(
    "sign",
    [
        *(*VISION, "smile_asymmetry", "lip_weakness", "hoarse_voice", "drooling"),
        *("chewing_weakness", "urinary_incontinence", "urinary_retention"),
    ],
)
def test_any_neurological_sign_after_an_unlicensed_injector(factor: str, sign: str) -> None:
    assert level(sign, factor=factor) is Level.EMERGENCY


@pytest.mark.parametrize("factor", [*UNLICENSED, "pregnant", "breastfeeding"])
def test_factors_that_need_a_call_by_themselves(factor: str) -> None:
    assert level(factor=factor) is Level.CALL_BACK


@pytest.mark.parametrize("skin", ["hives", "facial_swelling"])
@pytest.mark.parametrize(
    "sign",
    ["fainting", "dizziness", "vomiting", "palpitations", "confusion", "hoarse_voice", "cough"],
)
def test_anaphylaxis(skin: str, sign: str) -> None:
    assert level(skin, sign, day=0) is Level.EMERGENCY


@pytest.mark.parametrize("sign", ["redness", "swelling", "injection_site_pain", "lump"])
def test_fever_with_a_sign_where_the_injection_was(sign: str) -> None:
    assert level("fever", day=2) is Level.CALL_BACK
    assert level("fever", sign, day=2) is Level.URGENT


@pytest.mark.parametrize(
    "sign", ["fever", "neck_stiffness", "fainting", "vomiting", *VISION, "eyelid_droop", "numbness"]
)
def test_a_severe_headache_with_a_second_severe_sign(sign: str) -> None:
    assert level("headache", day=1, severity=Severity.SEVERE) is Level.URGENT
    assert level("headache", sign, day=1, severity=Severity.SEVERE) is Level.EMERGENCY


ROUTINE_ON_DAY_1 = [
    *("bruising", "headache", "injection_site_pain", "redness", "swelling", "flu_like", "fatigue"),
    *("lack_of_expression", "trouble_squinting", "eyelid_swelling", "chewing_weakness", "lump"),
    *("no_effect", "nausea", "muscle_pain", "sweating", "local_weakness", "dry_mouth"),
]


@pytest.mark.parametrize("symptom", ROUTINE_ON_DAY_1)
def test_a_mild_usual_effect_on_day_1_needs_no_call(symptom: str) -> None:
    assert level(symptom, day=1) is Level.SELF_CARE


@pytest.mark.parametrize("symptom", ROUTINE_ON_DAY_1)
def test_the_same_past_its_usual_time_gets_a_call(symptom: str) -> None:
    until = KNOWN.symptoms[symptom].usual_until_day
    assert until is not None
    assert level(symptom, day=until) is Level.SELF_CARE
    assert level(symptom, day=until + 1) is Level.CALL_BACK


@pytest.mark.parametrize(("day", "expected"), [(3, Level.SELF_CARE), (4, Level.CALL_BACK)])
def test_a_mild_headache_is_usual_for_72_hours(day: int, expected: Level) -> None:
    assert level("headache", day=day) is expected


@pytest.mark.parametrize("day", [0, 1, 7, 28, 90])
def test_thoughts_of_self_harm_are_an_emergency_on_any_day(day: int) -> None:
    assert level("suicidal_thoughts", day=day) is Level.EMERGENCY
