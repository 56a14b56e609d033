"""What a decision is made of: levels, reasons, unsure answers, words, and rules that fail."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from reporter.rules import knowledge
from reporter.rules.knowledge import Rule
from reporter.rules.levels import Level, Severity
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.triage import Decision, decide

KNOWN = knowledge.load()


@dataclass(frozen=True)
class Reading:
    symptom: str
    status: str = "present"
    text: str = ""
    start: int = 0
    end: int = 0


def fired(decision: Decision) -> list[str]:
    return [reason.rule for reason in decision.reasons]


def sick(*symptoms: str | ReportedSymptom, day: int | None = 5, **answers: Any) -> Report:
    """A report of mild symptoms on day 5."""
    entries = tuple(
        ReportedSymptom(symptom, Severity.MILD) if isinstance(symptom, str) else symptom
        for symptom in symptoms
    )
    return Report(day=day, symptoms=entries, **answers)


def level(report: Report, *readings: Reading) -> Level:
    return decide(report, KNOWN, readings).level


def test_nothing_reported_is_self_care_without_a_reason() -> None:
    decision = decide(sick(), KNOWN)
    assert decision.level is Level.SELF_CARE
    assert decision.reasons == ()
    assert decision.ruleset == KNOWN.ruleset


def test_the_unread_text_says_why() -> None:
    [reason] = decide(sick(free_text="x"), KNOWN).reasons
    assert reason.because == "Nobody has read the patient's own words yet, so a nurse calls."
    assert (reason.rule, reason.level) == ("unread_text", Level.CALL_BACK)


@pytest.mark.parametrize("blank", ["", " ", "\n\t "])
def test_blank_text_is_no_text(blank: str) -> None:
    decision = decide(sick(free_text=blank), KNOWN)
    assert (decision.level, decision.needs_reading) == (Level.SELF_CARE, False)


def test_reasons_come_most_urgent_first_and_each_once() -> None:
    report = sick("fever", "trouble_breathing", "dizziness", "hoarse_voice", "fever")
    levels = [reason.level for reason in decide(report, KNOWN).reasons]
    assert levels == sorted(levels, reverse=True)
    ids = fired(decide(report, KNOWN))
    assert len(ids) == len(set(ids))


def test_each_reason_carries_its_source() -> None:
    for reason in decide(sick("trouble_breathing"), KNOWN).reasons:
        assert "FDA boxed warning" in reason.source


BOXED = [
    ("trouble_swallowing", Level.EMERGENCY),
    ("trouble_breathing", Level.EMERGENCY),
    ("trouble_speaking", Level.EMERGENCY),
    ("hoarse_voice", Level.URGENT),
    ("generalised_weakness", Level.URGENT),
    ("limb_weakness", Level.URGENT),
    ("double_vision", Level.URGENT),
    ("blurred_vision", Level.URGENT),
    ("urinary_incontinence", Level.URGENT),
    ("eyelid_droop", Level.CALL_BACK),
]


@pytest.mark.parametrize("day", [0, 1, 14, 28, 60, 120, 400, None])
@pytest.mark.parametrize(("symptom", "least"), BOXED)
def test_a_boxed_warning_sign_counts_on_any_day(
    symptom: str, least: Level, day: int | None
) -> None:
    assert level(sick(symptom, day=day)) >= least


@pytest.mark.parametrize("symptom", KNOWN.red_flags)
@pytest.mark.parametrize("severity", [None, *Severity])
def test_any_tick_on_the_red_flag_page_is_an_emergency(
    symptom: str, severity: Severity | None
) -> None:
    assert level(sick(ReportedSymptom(symptom, severity))) is Level.EMERGENCY


@pytest.mark.parametrize("symptom", KNOWN.red_flags)
def test_not_sure_about_a_red_flag_is_urgent(symptom: str) -> None:
    assert level(sick(unsure=(symptom,))) is Level.URGENT


def test_not_sure_elsewhere_counts_as_present() -> None:
    assert level(sick(unsure=("hoarse_voice",))) is Level.URGENT
    assert level(sick("eyelid_droop", unsure=("urinary_incontinence",))) is Level.EMERGENCY


def test_not_sure_about_what_is_ticked_changes_nothing() -> None:
    ticked = sick("chewing_weakness", areas=("masseter",))
    assert level(ticked) is Level.SELF_CARE
    assert level(replace(ticked, unsure=("chewing_weakness",))) is Level.SELF_CARE


def test_a_wish_for_a_call_is_always_heard() -> None:
    assert level(sick(call_me=True)) is Level.CALL_BACK


def test_a_severity_that_is_not_stated_counts_as_moderate() -> None:
    for symptom in KNOWN.symptoms:
        unstated = decide(sick(ReportedSymptom(symptom, None)), KNOWN)
        moderate = decide(sick(ReportedSymptom(symptom, Severity.MODERATE)), KNOWN)
        assert unstated == moderate


EYE_OR_FACE = [s.id for s in KNOWN.symptoms.values() if s.domain in ("eye", "face")]
SPREAD = [
    s.id
    for s in KNOWN.symptoms.values()
    if s.domain in ("bulbar", "breathing", "weakness", "bladder")
]


@pytest.mark.parametrize("sign", EYE_OR_FACE)
@pytest.mark.parametrize("spread", SPREAD)
def test_eye_or_face_with_a_sign_of_spread_is_an_emergency(sign: str, spread: str) -> None:
    assert level(sick(sign, spread)) is Level.EMERGENCY


@pytest.mark.parametrize("first", SPREAD)
@pytest.mark.parametrize("second", SPREAD)
def test_two_domains_of_spread_are_an_emergency(first: str, second: str) -> None:
    if KNOWN.symptoms[first].domain != KNOWN.symptoms[second].domain:
        assert level(sick(first, second)) is Level.EMERGENCY


def test_all_eye_signs_together_are_one_domain() -> None:
    lid = ReportedSymptom("eyelid_droop", Severity.MILD, onset_day=4)
    assert level(sick(lid, "double_vision", "blurred_vision")) is Level.URGENT


@pytest.mark.parametrize("status", ["present", "someone_else_now"])
def test_words_that_count_raise_like_a_tick(status: str) -> None:
    decision = decide(sick("headache", day=1), KNOWN, [Reading("trouble_swallowing", status)])
    assert decision.level is Level.EMERGENCY
    assert decision.words == (Reading("trouble_swallowing", status),)


def test_words_may_name_a_patient_factor() -> None:
    droop = sick(ReportedSymptom("eyelid_droop", Severity.MILD, onset_day=4))
    assert level(droop, Reading("myasthenia_gravis")) is Level.URGENT
    assert level(droop, Reading("myasthenia_gravis", "someone_else")) is Level.CALL_BACK
    assert level(sick(), Reading("pregnant")) is Level.CALL_BACK


@pytest.mark.parametrize("status", ["negated", "past", "someone_else", "hypothetical"])
def test_words_that_do_not_count_are_shown_and_lower_nothing(status: str) -> None:
    reading = Reading("trouble_swallowing", status)
    assert level(sick(day=1), reading) is Level.SELF_CARE
    assert level(sick("trouble_swallowing"), reading) is Level.EMERGENCY
    assert decide(sick(), KNOWN, [reading]).words == (reading,)


def test_words_about_a_ticked_symptom_keep_its_stated_severity() -> None:
    assert level(sick("nausea", day=1), Reading("nausea")) is Level.SELF_CARE


def test_a_symptom_that_is_not_known_raises_and_is_not_passed_over() -> None:
    with pytest.raises(KeyError):
        decide(sick("no_such_symptom"), KNOWN)
    with pytest.raises(KeyError):
        decide(sick(unsure=("no_such_symptom",)), KNOWN)
    with pytest.raises(KeyError):
        decide(sick(), KNOWN, [Reading("no_such_symptom")])


def failing(*_: object) -> bool:
    raise RuntimeError("the rule is broken")


def breaking(rule: Rule, field: str, test: Callable[..., bool]) -> Rule:
    return replace(rule, compiled=replace(rule.compiled, **{field: test}))


@pytest.mark.parametrize(("rule_id", "field"), [("severe", "sign"), ("unread_text", "setting")])
def test_a_rule_that_fails_reaches_the_caller(rule_id: str, field: str) -> None:
    rules = [breaking(r, field, failing) if r.id == rule_id else r for r in KNOWN.rules]
    broken = replace(KNOWN, rules=tuple(rules))
    with pytest.raises(RuntimeError, match="broken"):
        decide(sick("headache", free_text="x"), broken)


SPREAD_SIGNS = (
    *("generalised_weakness", "limb_weakness", "neck_weakness", "double_vision", "blurred_vision"),
    *("eyelid_droop", "trouble_swallowing", "choking", "hoarse_voice", "trouble_speaking"),
    *("urinary_incontinence", "trouble_breathing", "noisy_breathing"),
)


@pytest.mark.parametrize("onset", [None, 3])
@pytest.mark.parametrize("symptom", SPREAD_SIGNS)
def test_a_late_day_never_lowers_a_sign_of_the_boxed_warning(
    symptom: str, onset: int | None
) -> None:
    days = (3, 8, 15, 22, 29, 60, 120)
    levels = [level(sick(ReportedSymptom(symptom, onset_day=onset), day=day)) for day in days]
    assert levels == sorted(levels)
