"""The rules by what can set them off, so that a decision looks at few of them.

The index only ever leaves out what cannot hold; a property test compares it with trying every rule.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from reporter.rules.conditions import NOT_ASKED, Condition
from reporter.rules.knowledge import Rule
from reporter.rules.matching import Facts, SettingTest, SignTest
from reporter.rules.report import ReportedSymptom

# What a report must hold at all before a condition can hold.
FORM: Final = 1  # an answer of the form about the sign: side, extent, trend, an eye question
FACTOR: Final = 2  # a patient factor
COMPANY: Final = 4  # a second symptom
ALL: Final = FORM | FACTOR | COMPANY

Tests = tuple[int, SignTest | None, SettingTest | None]


class Index:
    """Filed first by what a report holds at all, then by symptom."""

    def __init__(self, rules: Sequence[Rule], symptoms: Collection[str]) -> None:
        """File the rules; a rule is named by its place among them."""
        self._by_symptom: list[dict[str, list[Tests]]]
        self._by_symptom = [{symptom: [] for symptom in symptoms} for _ in range(ALL + 1)]
        self._without_symptom: list[list[tuple[int, SettingTest]]] = [[] for _ in range(ALL + 1)]
        for place, rule in enumerate(rules):
            needed = _needed(rule.when)
            for held in range(ALL + 1):
                if needed & held == needed:
                    self._file(held, place, rule)

    def _file(self, held: int, place: int, rule: Rule) -> None:
        test = rule.compiled
        if test.triggers is not None:
            for symptom in test.triggers:
                self._by_symptom[held][symptom].append((place, test.sign, test.setting))
        elif test.setting is not None:
            self._without_symptom[held].append((place, test.setting))

    def fired(self, facts: Facts) -> list[int]:
        """The places of the rules that hold, in order; KeyError for an unknown symptom."""
        day = facts.report.day
        held = (FACTOR if facts.report.factors else 0) | (COMPANY if len(facts.present) > 1 else 0)
        found = {place for place, setting in self._without_symptom[held] if setting(facts)}
        for entry in facts.entries:
            by_symptom = self._by_symptom[held | FORM if _form_answered(entry) else held]
            for place, sign, setting in by_symptom[entry.symptom]:
                if (sign is None or sign(entry, day)) and (setting is None or setting(facts)):
                    found.add(place)
        return sorted(found)


def _needed(asked: Condition) -> int:
    eye = (asked.covers_pupil, asked.eye_closes, asked.sight_changed)
    extent = asked.extent and NOT_ASKED not in asked.extent
    form = asked.trend or asked.side or extent or any(answer is not None for answer in eye)
    apart = asked.any_of and asked.with_any_of and not {*asked.any_of} & {*asked.with_any_of}
    company = apart or len(asked.all_of) > 1 or asked.domains_at_least > 1
    return (FORM if form else 0) | (FACTOR if asked.factors else 0) | (COMPANY if company else 0)


def _form_answered(entry: ReportedSymptom) -> bool:
    return not (
        entry.trend is None
        and entry.extent is None
        and entry.side is None
        and entry.covers_pupil is None
        and entry.eye_closes is None
        and entry.sight_changed is None
    )
