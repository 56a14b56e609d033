"""Every rule against its own cases, every rule dropped and loosened, and the worked examples."""

import json
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from reporter.rules import knowledge
from reporter.rules.conditions import Condition
from reporter.rules.knowledge import Knowledge, Rule
from reporter.rules.levels import Level
from reporter.rules.matching import compile_condition
from reporter.rules.report import from_json
from reporter.rules.rule_cases import Word
from reporter.rules.triage import Decision, decide

KNOWN = knowledge.load()
CASES = tomllib.loads((knowledge.HOME / "rules.cases.toml").read_text("utf-8"))["case"]
EXAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parent / "examples.jsonl").read_text("utf-8").splitlines()
]


def decided(case: dict[str, Any], known: Knowledge = KNOWN) -> Decision:
    words = [Word(**word) for word in case.get("words", ())]
    return decide(from_json(case["report"], known), known, words)


def fired(decision: Decision) -> list[str]:
    return [reason.rule for reason in decision.reasons]


def named(case: dict[str, Any]) -> str:
    return f"{case['rule']}-{'fires' if case['fires'] else 'near_miss'}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_each_case_of_each_rule(case: dict[str, Any]) -> None:
    decision = decided(case)
    assert (case["rule"] in fired(decision)) is case["fires"]
    assert decision.level.id == case["level"]


def test_each_rule_has_a_firing_case_and_a_near_miss() -> None:
    wanted = {(rule.id, fires) for rule in KNOWN.rules for fires in (True, False)}
    assert {(case["rule"], case["fires"]) for case in CASES} == wanted


def test_each_case_says_nothing_but_what_it_must() -> None:
    for case in CASES:
        assert set(case) - {"words"} == {"rule", "fires", "level", "report"}


@pytest.mark.parametrize("dropped", KNOWN.rules, ids=lambda rule: rule.id)
def test_dropping_any_rule_changes_the_level_of_its_case(dropped: Rule) -> None:
    without = replace(KNOWN, rules=tuple(rule for rule in KNOWN.rules if rule is not dropped))
    firing = [case for case in CASES if case["rule"] == dropped.id and case["fires"]]
    assert any(decided(case, without).level.id != case["level"] for case in firing)


@pytest.mark.parametrize("lowered", KNOWN.rules, ids=lambda rule: rule.id)
def test_lowering_any_rule_changes_the_level_of_its_case(lowered: Rule) -> None:
    milder = replace(lowered, level=Level(lowered.level - 1))
    rules = tuple(milder if rule is lowered else rule for rule in KNOWN.rules)
    firing = [case for case in CASES if case["rule"] == lowered.id and case["fires"]]
    lower = replace(KNOWN, rules=rules)
    assert any(decided(case, lower).level.id != case["level"] for case in firing)


def loosened(rule: Rule) -> list[Rule]:
    """The rule once without each key that narrows it."""
    found = []
    for key in fields(Condition):
        narrows = key.name not in ("any_of", "any_symptom", "domains", "domains_at_least")
        when = replace(rule.when, **{key.name: key.default})
        if narrows and when not in (rule.when, Condition()):
            compiled = compile_condition(when, dict(KNOWN.symptoms))
            found.append(replace(rule, when=when, compiled=compiled))
    return found


@pytest.mark.parametrize("rule", KNOWN.rules, ids=lambda rule: rule.id)
def test_loosening_any_rule_by_one_key_makes_a_near_miss_fire(rule: Rule) -> None:
    own = [case for case in CASES if case["rule"] == rule.id and not case["fires"]]
    for loose in loosened(rule):
        rules = tuple(loose if other is rule else other for other in KNOWN.rules)
        known = replace(KNOWN, rules=rules)
        assert any(rule.id in fired(decided(case, known)) for case in own)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["id"])
def test_worked_examples_whose_words_are_not_decisive(example: dict[str, Any]) -> None:
    report = from_json(example, KNOWN)
    assert decide(replace(report, free_text=""), KNOWN).level.id in example["acceptable_levels"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["id"])
def test_unread_words_make_at_least_a_call_back_and_never_lower(example: dict[str, Any]) -> None:
    report = from_json(example, KNOWN)
    silent = decide(replace(report, free_text=""), KNOWN)
    decision = decide(report, KNOWN)
    assert decision.level == max(silent.level, Level.CALL_BACK)
    assert "unread_text" in fired(decision)
    assert decision.needs_reading
    assert not silent.needs_reading
