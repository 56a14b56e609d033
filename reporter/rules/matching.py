"""How a condition is turned into fast tests, once, at load.

Two principles are built in here. An unknown date never silences a rule: where a day is not known,
a window of days is met if any day that is still possible meets it. A question that was not asked
never raises: an answer that a rule wants must have been given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

from reporter.rules.conditions import Condition
from reporter.rules.facts import Facts
from reporter.rules.sign_tests import SignTest, sign_test
from reporter.rules.symptoms import Symptom

SettingTest = Callable[[Facts], bool]


@dataclass(frozen=True)
class Compiled:
    """A condition as tests. ``triggers`` are the symptoms without which it cannot hold.

    None as triggers: it may hold without any symptom. None as a test: nothing is asked there.
    """

    triggers: frozenset[str] | None
    sign: SignTest | None
    setting: SettingTest | None

    def holds(self, facts: Facts) -> bool:
        """Whether the condition holds, looked at without any index."""
        if self.triggers is not None and self.triggers.isdisjoint(facts.present):
            return False
        if self.setting is not None and not self.setting(facts):
            return False
        if self.triggers is None:
            return True
        signs = [entry for entry in facts.entries if entry.symptom in self.triggers]
        return any(self.sign is None or self.sign(entry, facts) for entry in signs)


def compile_condition(asked: Condition, symptoms: Mapping[str, Symptom]) -> Compiled:
    """Turn a condition into tests. It must have been checked: its ids are taken as known."""
    return Compiled(
        triggers=_triggers(asked, symptoms),
        sign=sign_test(asked, symptoms),
        setting=_both_settings(_setting_tests(asked, symptoms)),
    )


def plain(text: str) -> str:
    """A product or lot as it is compared: no case, no spaces, no hyphens."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _triggers(asked: Condition, symptoms: Mapping[str, Symptom]) -> frozenset[str] | None:
    if asked.any_of:
        return frozenset(asked.any_of)
    if asked.any_symptom:
        return frozenset(symptoms)
    if asked.all_of:
        return frozenset(asked.all_of[:1])
    if asked.domains:
        return frozenset(id for id, known in symptoms.items() if known.domain in asked.domains)
    return None


def _setting_tests(asked: Condition, symptoms: Mapping[str, Symptom]) -> list[SettingTest]:
    return [
        *_symptom_tests(asked, symptoms),
        *_treatment_tests(asked),
        *_answer_tests(asked, symptoms),
    ]


def _symptom_tests(asked: Condition, symptoms: Mapping[str, Symptom]) -> list[SettingTest]:
    tests: list[SettingTest] = []
    if asked.all_of:
        tests.append(_has_all(asked.all_of))
    if asked.with_any_of:
        tests.append(_meets(asked.with_any_of, lambda facts: facts.present))
    if asked.none_of:
        tests.append(_avoids(asked.none_of, lambda facts: facts.present))
    if asked.last_any_of:
        tests.append(_meets(asked.last_any_of, lambda facts: facts.last))
    if asked.domains:
        counted = {id: known.domain for id, known in symptoms.items()}
        tests.append(_domains(asked, counted))
    return tests


def _domains(asked: Condition, counted: Mapping[str, str | None]) -> SettingTest:
    wanted = frozenset(asked.domains)

    def holds(facts: Facts) -> bool:
        found = {counted[symptom] for symptom in facts.present}
        return len(found & wanted) >= asked.domains_at_least

    return holds


def _treatment_tests(asked: Condition) -> list[SettingTest]:
    tests: list[SettingTest] = []
    if asked.factors:
        tests.append(_meets(asked.factors, lambda facts: facts.report.factors))
    if asked.areas:
        tests.append(_meets(asked.areas, lambda facts: facts.report.areas))
    if asked.none_of_areas:
        tests.append(_avoids(asked.none_of_areas, lambda facts: facts.report.areas))
    if asked.products:
        tests.append(_named(asked.products, lambda facts: facts.report.product))
    if asked.lots:
        tests.append(_named(asked.lots, lambda facts: facts.report.lot))
    if asked.day_from is not None or asked.day_to is not None:
        tests.append(_day(asked.day_from or 0, asked.day_to))
    return tests


def _answer_tests(asked: Condition, symptoms: Mapping[str, Symptom]) -> list[SettingTest]:
    tests: list[SettingTest] = []
    if asked.call_me:
        tests.append(lambda facts: facts.report.call_me)
    if asked.free_text:
        tests.append(lambda facts: bool(facts.report.free_text.strip()))
    if asked.words:
        tests.append(_meets(asked.words, lambda facts: facts.said.own))
    if asked.words_of_another:
        tests.append(_meets(asked.words_of_another, lambda facts: facts.said.of_another))
    if asked.unsure_red_flag:
        asked_first = [id for id, known in symptoms.items() if known.red_flag]
        tests.append(_meets(asked_first, lambda facts: facts.report.unsure))
    return tests


def _day(first: int, last: int | None) -> SettingTest:
    def holds(facts: Facts) -> bool:
        day = facts.report.day
        return day is None or (first <= day and (last is None or day <= last))

    return holds


def _has_all(ids: Iterable[str]) -> SettingTest:
    wanted = frozenset(ids)
    return lambda facts: wanted <= facts.present


def _meets(ids: Iterable[str], of: Callable[[Facts], Iterable[str]]) -> SettingTest:
    wanted = frozenset(ids)
    return lambda facts: not wanted.isdisjoint(of(facts))


def _avoids(ids: Iterable[str], of: Callable[[Facts], Iterable[str]]) -> SettingTest:
    unwanted = frozenset(ids)
    return lambda facts: unwanted.isdisjoint(of(facts))


def _named(names: Iterable[str], of: Callable[[Facts], str | None]) -> SettingTest:
    wanted = frozenset(plain(name) for name in names)

    def holds(facts: Facts) -> bool:
        name = of(facts)
        return name is not None and plain(name) in wanted

    return holds


def _both_settings(tests: list[SettingTest]) -> SettingTest | None:
    def joined(first: SettingTest, second: SettingTest) -> SettingTest:
        return lambda facts: first(facts) and second(facts)

    return reduce(joined, tests) if tests else None
