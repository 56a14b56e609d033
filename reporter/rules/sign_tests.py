"""What a rule asks of ONE reported symptom, the sign, as a test that is built once, at load.

A question that was not asked never raises: an answer that a rule wants must have been given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

from reporter.rules.conditions import NOT_ASKED, Condition
from reporter.rules.facts import Facts
from reporter.rules.levels import Severity
from reporter.rules.report import ReportedSymptom
from reporter.rules.symptoms import Symptom

SignTest = Callable[[ReportedSymptom, Facts], bool]


def sign_test(asked: Condition, symptoms: Mapping[str, Symptom]) -> SignTest | None:
    """All that a condition asks of its sign; None where it asks nothing."""
    tests = [*_stated(asked, symptoms), *_answered(asked)]
    if asked.words_deny:
        tests.append(lambda entry, facts: entry.symptom in facts.said.denied)
    if asked.answered_no:
        tests.append(_said_against_the_form)
    return reduce(_both, tests) if tests else None


def _stated(asked: Condition, symptoms: Mapping[str, Symptom]) -> list[SignTest]:
    tests: list[SignTest] = []
    if asked.severity_at_least is not None:
        tests.append(_severity(asked.severity_at_least))
    if asked.onset_from is not None or asked.onset_to is not None:
        tests.append(_onset(asked.onset_from or 0, asked.onset_to))
    if asked.past_usual:
        tests.append(_past_usual({id: known.usual_until_day for id, known in symptoms.items()}))
    if asked.trend:
        tests.append(_trend(asked.trend))
    return tests


def _answered(asked: Condition) -> list[SignTest]:
    tests: list[SignTest] = []
    if asked.side:
        tests.append(lambda entry, _: entry.side in asked.side)
    if asked.extent:
        tests.append(lambda entry, _: (entry.extent or NOT_ASKED) in asked.extent)
    if asked.covers_pupil is not None:
        tests.append(lambda entry, _: entry.covers_pupil is asked.covers_pupil)
    if asked.eye_closes is not None:
        tests.append(lambda entry, _: entry.eye_closes is asked.eye_closes)
    if asked.sight_changed is not None:
        tests.append(lambda entry, _: entry.sight_changed is asked.sight_changed)
    if asked.unless_fluids_pass:
        tests.append(lambda entry, _: entry.fluids_pass is not True)
    return tests


def _severity(least: Severity) -> SignTest:
    if least > Severity.MODERATE:
        return lambda entry, _: entry.severity is not None and entry.severity >= least
    # Not stated counts as moderate.
    return lambda entry, _: entry.severity is None or entry.severity >= least


def _onset(first: int, last: int | None) -> SignTest:
    def holds(entry: ReportedSymptom, facts: Facts) -> bool:
        if entry.onset_day is not None:
            return first <= entry.onset_day and (last is None or entry.onset_day <= last)
        # Nobody knows when it began, except that it was not after today.
        return facts.report.day is None or first <= facts.report.day

    return holds


def _past_usual(usual: Mapping[str, int | None]) -> SignTest:
    def holds(entry: ReportedSymptom, facts: Facts) -> bool:
        until, day = usual[entry.symptom], facts.report.day
        return until is not None and (day is None or day > until)

    return holds


def _trend(asked: tuple[str, ...]) -> SignTest:
    """The patient's own word; for `worse` the comparison with the last report counts as much."""
    if "worse" not in asked:
        return lambda entry, _: entry.trend in asked
    return lambda entry, facts: entry.trend in asked or facts.worse_than_last(entry)


def _said_against_the_form(entry: ReportedSymptom, facts: Facts) -> bool:
    return entry.symptom in facts.report.denied and entry.symptom in facts.said.own


def _both(first: SignTest, second: SignTest) -> SignTest:
    return lambda entry, facts: first(entry, facts) and second(entry, facts)
