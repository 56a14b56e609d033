"""The explanation says only what is so: every change it names was decided again."""

import io
import json
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporter.rules import explain, knowledge, wording
from reporter.rules.conditions import Condition
from reporter.rules.difference import changes
from reporter.rules.entries import KnowledgeError
from reporter.rules.explain import as_judged, matched, what_would_change
from reporter.rules.knowledge import HOME
from reporter.rules.levels import TRENDS, Level, Severity
from reporter.rules.lines import triage_lines
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.rule_cases import FILE as CASES
from reporter.rules.rule_cases import failures, read_cases
from reporter.rules.rule_change import changed
from reporter.rules.rule_text import with_keys
from reporter.rules.triage import decide, level_of
from tests.conftest import report
from tests.examples import examples

pytestmark = pytest.mark.examples
KNOWN = knowledge.load()
FILES = {name: (HOME / name).read_text("utf-8") for name in (*knowledge.FILES, CASES)}
LEVELS = {words: level for level, words in wording.LEVELS.items()}


@dataclass(frozen=True)
class Read:
    symptom: str
    text: str = "the words"
    start: int = 0
    end: int = 9
    status: str = "present"


entries = st.builds(
    ReportedSymptom,
    symptom=st.sampled_from(sorted(KNOWN.symptoms)),
    severity=st.sampled_from([None, *Severity]),
    onset_day=st.one_of(st.none(), st.integers(0, 3)),
    trend=st.sampled_from([None, *TRENDS]),
    sight_changed=st.sampled_from([None, True, False]),
)
reports = st.builds(
    Report,
    day=st.one_of(st.none(), st.integers(3, 120)),
    symptoms=st.lists(entries, max_size=6).map(tuple),
    factors=st.lists(st.sampled_from(sorted(KNOWN.factors)), max_size=2).map(tuple),
    areas=st.lists(st.sampled_from(sorted(KNOWN.areas)), max_size=2).map(tuple),
    unsure=st.lists(st.sampled_from(KNOWN.red_flags), max_size=2).map(tuple),
    call_me=st.booleans(),
)


def test_a_plain_droop_is_urgent_when_the_sight_is_blurred() -> None:
    droop = report(ReportedSymptom("eyelid_droop", onset_day=4), day=6)
    said = what_would_change(droop, KNOWN)
    assert said[0] == (
        "One level up (urgent) if the droopy eyelid is severe or is on both sides, or if the sight "
        "is blurred or double, or if the pupil is covered, or if the eye does not close."
    )
    assert said[1] == (
        "Two levels up (emergency) with any of the warning signs that are asked about first."
    )
    assert said[2] == "One level down (self-care) without the droopy eyelid."


def test_self_care_is_explained_too() -> None:
    bruise = report(ReportedSymptom("bruising", Severity.MILD), day=2)
    assert decide(bruise, KNOWN).level is Level.SELF_CARE
    said = what_would_change(bruise, KNOWN)
    assert said[0].startswith("One level up (call-back)")
    assert not any("down" in sentence for sentence in said)
    assert matched(bruise, KNOWN, decide(bruise, KNOWN)) == ()


def test_two_reasons_for_the_highest_level_leave_no_single_change() -> None:
    both = report("trouble_breathing", "trouble_speaking")
    assert what_would_change(both, KNOWN) == (
        "No single other answer would lower it, and there is no higher level.",
    )


def test_words_count_and_their_absence_is_named() -> None:
    bruise = report("bruising", day=2)
    said = what_would_change(bruise, KNOWN, [Read("hoarse_voice")])
    assert said[-1] == "Two levels down (self-care) without the own words."
    decision = decide(bruise, KNOWN, [Read("hoarse_voice"), Read("hives", status="negated")])
    (match,) = matched(bruise, KNOWN, decision)
    assert (match.rule, match.answers) == ("hoarse_voice", ("Own words: “the words”",))


def test_words_are_named_only_by_the_rules_that_they_set_off() -> None:
    """A changed sight that was ticked is not put into words about the voice."""
    droop = report(ReportedSymptom("eyelid_droop", onset_day=4, sight_changed=True), day=5)
    decision = decide(droop, KNOWN, [Read("hoarse_voice")])
    found = {one.rule: one.answers for one in matched(droop, KNOWN, decision)}
    assert found["hoarse_voice"] == ("Own words: “the words”",)
    assert not any("words" in one for one in found["sight_changed"])


def test_understood_words_are_judged_by_their_readings() -> None:
    told = report("bruising", day=2, free_text="some words")
    silent = replace(told, free_text="")
    assert as_judged(told, decide(silent, KNOWN), KNOWN) == silent
    assert as_judged(told, decide(told, KNOWN), KNOWN) == told


@given(reports)
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_work_is_bounded_and_every_level_named_is_another(told: Report) -> None:
    with pytest.MonkeyPatch.context() as patch:
        count = 0

        def counted(*args: Any) -> Any:
            nonlocal count
            count += 1
            return level_of(*args)

        patch.setattr(explain, "level_of", counted)
        said = what_would_change(told, KNOWN)
    level = decide(told, KNOWN).level
    assert 1 <= len(said) <= 4
    assert count <= explain.MOST
    for sentence in said:
        named = [other for words, other in LEVELS.items() if f"({words})" in sentence]
        if named:
            assert (named[0] > level) is (" up (" in sentence)
            assert named[0] != level


@given(reports)
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_rule_that_fired_names_an_answer(told: Report) -> None:
    decision = decide(told, KNOWN)
    found = matched(told, KNOWN, decision)
    assert [one.rule for one in found] == [reason.rule for reason in decision.reasons]
    assert all(one.answers for one in found), [one for one in found if not one.answers]


def test_a_rule_that_is_gone_is_named_without_answers() -> None:
    decision = decide(report("hives"), KNOWN)
    fewer = replace(KNOWN, rules=())
    assert [one.answers for one in matched(report("hives"), fewer, decision)] == [()] * len(
        decision.reasons
    )


def test_the_answers_of_a_rule_about_company_treatment_and_day() -> None:
    told = report("cough", "fever", areas=("neck",), day=9)
    found = {one.rule: one.answers for one in matched(told, KNOWN, decide(told, KNOWN))}
    assert found["cough_fever_neck"] == ("Cough", "Fever", "Treated: neck")
    assert found["fever_late"] == ("Fever", "Reported on day 9")


SAID = {
    "any_of": ("drooling",),
    "any_symptom": True,
    "severity_at_least": Severity.SEVERE,
    "onset_from": 3,
    "onset_to": 5,
    "past_usual": True,
    "trend": ("worse",),
    "side": ("both",),
    "extent": ("spreading", "not_asked"),
    "covers_pupil": True,
    "eye_closes": False,
    "sight_changed": True,
    "unless_fluids_pass": True,
    "words_deny": True,
    "answered_no": True,
    "last_any_of": ("eyelid_droop",),
    "words": ("fever", "pregnant"),
    "words_of_another": ("drooling",),
    "all_of": ("cough", "fever"),
    "with_any_of": ("hives",),
    "none_of": ("headache",),
    "domains": ("eye", "face"),
    "day_from": 4,
    "day_to": 9,
    "areas": ("neck",),
    "none_of_areas": ("masseter",),
    "factors": ("pregnant",),
    "products": ("Myobloc",),
    "lots": ("C3709C3",),
    "unsure_red_flag": True,
    "call_me": True,
    "free_text": True,
    "domains_at_least": 2,
}


@pytest.mark.parametrize("key", [field.name for field in fields(Condition)])
def test_every_key_of_a_condition_is_said(key: str) -> None:
    """A key left unsaid would let a clinician sign what they did not read."""
    more = {"domains": SAID["domains"]} if key == "domains_at_least" else {}
    base = Condition(**more)  # type: ignore[arg-type]
    asked = replace(base, **{key: SAID[key]})
    assert wording.condition(asked, KNOWN) != wording.condition(base, KNOWN)


def test_every_live_rule_reads_well() -> None:
    for rule in KNOWN.rules:
        said = wording.condition(rule.when, KNOWN)
        assert said.endswith(".") and said[0].isupper() and "_" not in said, (rule.id, said)
        assert " you " not in f" {said} " and "your" not in said, (rule.id, said)


def test_the_answer_line_has_the_explanation_only_when_asked() -> None:
    line = json.dumps({"id": "a", "days_since_treatment": 5, "symptoms": [{"symptom": "hives"}]})
    plain, more = io.StringIO(), io.StringIO()
    assert triage_lines([line], KNOWN, plain, io.StringIO()) == 0
    assert triage_lines([line], KNOWN, more, io.StringIO(), explain=True) == 0
    before, after = json.loads(plain.getvalue()), json.loads(more.getvalue())
    assert "would_change" not in before and "matched" not in before
    assert after.pop("would_change")
    assert after.pop("matched")[0] == {"rule": before["reasons"][0]["rule"], "answers": ["Hives"]}
    assert after == before


def test_one_rule_is_changed_in_the_text_and_nothing_else() -> None:
    text = with_keys(
        FILES["rules.toml"],
        "no_effect",
        {"level": "urgent", "when.day_from": 21, "when.day_to": 60},
    )
    old, new = FILES["rules.toml"].splitlines(), text.splitlines()
    assert len(new) == len(old) + 1
    assert sum(line not in old for line in new) <= 3
    known = knowledge.read({**FILES, "rules.toml": text})
    (change,) = changes(KNOWN, known)
    assert change.rule == "no_effect" and change.lowers  # raised, but for fewer days
    assert change.says[0] == "Level: call-back before, urgent now."
    gone = with_keys(text, "no_effect", {"when.day_to": None, "level": "call_back"})
    assert with_keys(gone, "no_effect", {"when.day_from": 14}) == FILES["rules.toml"]
    with pytest.raises(KnowledgeError, match="no \\[\\[rule\\]\\] with id"):
        with_keys(text, "nothing", {"level": "urgent"})


@pytest.mark.parametrize("name", ['Dr. "Ann" \\ Lin', "María\tÑ\n[[rule]]", "a\x7f\u2028b"])
def test_a_name_cannot_break_out_of_its_line(name: str) -> None:
    keys = {"reviewed_by": name, "reviewed_on": "2026-11-24"}
    text = with_keys(FILES["rules.toml"], "hives", keys)
    known = knowledge.read({**FILES, "rules.toml": text})
    assert [rule.reviewed_by for rule in known.rules if rule.reviewed_by] == [name]
    assert known.ruleset == KNOWN.ruleset  # a signature changes no decision


def test_the_shipped_cases_hold_and_a_changed_level_takes_them_along() -> None:
    assert failures(read_cases(FILES[CASES], KNOWN), KNOWN) == ()
    after = changed(FILES, "drooling", {"level": "emergency"})
    known = knowledge.read(after)
    assert after[CASES] != FILES[CASES]
    assert failures(read_cases(after[CASES], known), known) == ()


def test_a_case_that_no_longer_fires_is_left_for_a_person() -> None:
    after = changed(FILES, "no_effect", {"when.day_from": 100})
    known = knowledge.read(after)
    broken = failures(read_cases(after[CASES], known), known)
    assert any("rule no_effect: the rule does not fire any more" in one for one in broken)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x", "is not TOML"),
        ("[[thing]]", "must hold"),
        ('[[case]]\nrule = "hives"', "case 1: needs rule"),
        ('[[case]]\nrule = "x"\nfires = true\nlevel = "urgent"\nreport = {}', "no rule 'x'"),
        ('[[case]]\nrule = "hives"\nfires = true\nlevel = "urg"\nreport = {}', "unknown level"),
        (
            '[[case]]\nrule = "hives"\nfires = true\nlevel = "urgent"\n'
            'report = {symptoms = [{symptom = "hive"}]}',
            "nearest known one is 'hives'",
        ),
    ],
)
def test_a_wrong_case_is_refused_with_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(KnowledgeError, match=sentence) as refused:
        read_cases(text, KNOWN)
    assert "\n" not in str(refused.value)
