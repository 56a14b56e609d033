"""The rules filed by what can set them off, so that a decision looks at few of them.

A rule is one bit of a number, the most urgent rules in the lowest bits. What can be worked out once
is: which rules each symptom meets at each severity, and which rules it can be the second sign of.
The index only ever leaves out what cannot hold; a property test compares it with trying every rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from reporter.rules.conditions import ABOUT_THE_SIGN, NOT_ASKED, Condition
from reporter.rules.facts import SILENT, Facts
from reporter.rules.knowledge import Rule
from reporter.rules.levels import Severity
from reporter.rules.matching import SettingTest
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.sign_tests import SignTest
from reporter.rules.symptoms import Symptom
from reporter.rules.windows import Windows, bits

# What a rule's test of its sign looks at, and so when it is worth trying.
SEVERITY, USUAL_TIME, ALWAYS, ANSWERS, WORDS = range(5)
NO_DAY: Final = 10**9


Tests = list[tuple[int, SignTest]]
Filed = tuple[list[int], int, int, Tests, Tests, Tests, int]
"""`_Filed` as a tuple: unpacked in one step, where attributes would be read one by one."""


@dataclass(slots=True)
class _Filed:
    """What one symptom can set off. `by_severity` ends with the one for "not stated"."""

    by_severity: list[int]
    usual_until: int
    past_usual: int = 0
    always: Tests = field(default_factory=list)
    answers: Tests = field(default_factory=list)
    words: Tests = field(default_factory=list)
    second_sign_of: int = 0

    def unpacked(self) -> Filed:
        return (
            *(self.by_severity, self.usual_until, self.past_usual),
            *(self.always, self.answers, self.words, self.second_sign_of),
        )


class Index:
    """All rules of a set; a rule is named by its place among them."""

    def __init__(self, rules: Sequence[Rule], symptoms: Mapping[str, Symptom]) -> None:
        """File the rules, which stand with the most urgent first."""
        filed = {known.id: _empty(known) for known in symptoms.values()}
        self._settings = [rule.compiled.setting for rule in rules]
        # Rules without a sign: all of them, and those that may hold where nothing more is told.
        self._told: list[tuple[int, SettingTest]] = []
        self._untold: list[tuple[int, SettingTest]] = []
        for place, rule in enumerate(rules):
            self._file(filed, 1 << place, rule)
        self._filed = {symptom: one.unpacked() for symptom, one in filed.items()}
        asked = [rule.when for rule in rules]
        self._today = Windows([(one.day_from, one.day_to) for one in asked])
        self._onset = Windows([(one.onset_from, one.onset_to) for one in asked])
        self._onset_by_today = Windows([(one.onset_from, None) for one in asked])
        self._timed = bits(_has_onset(one) for one in asked)
        self._open = bits(
            rule.compiled.setting is not None and not _asks_only_the_day(rule.when)
            for rule in rules
        )
        self._alone = bits(not _second_signs(one) for one in asked)
        self._without_factor = bits(not one.factors for one in asked)
        self._without_factor_and_lot = bits(not one.factors and not one.lots for one in asked)
        self._needs_no_last = bits(not one.last_any_of for one in asked)
        self._needs_no_company = bits(one.domains_at_least < 2 for one in asked)

    def _file(self, filed: Mapping[str, _Filed], bit: int, rule: Rule) -> None:
        if rule.compiled.triggers is None:
            if rule.compiled.setting is not None:
                self._told.append((bit, rule.compiled.setting))
                if not _needs_telling(rule.when):
                    self._untold.append((bit, rule.compiled.setting))
            return
        for symptom in rule.compiled.triggers:
            _file_sign(filed[symptom], symptom, bit, rule)
        for symptom in _second_signs(rule.when):
            filed[symptom].second_sign_of |= bit

    def fired(self, facts: Facts) -> int:
        """The rules that hold, as bits; KeyError for an unknown symptom."""
        found, second = self._by_sign(facts)
        report = facts.report
        if report.day is not None:
            found &= self._today.on(report.day)
        if not report.factors:
            found &= self._without_factor if report.lot else self._without_factor_and_lot
        undecided = found & self._open
        found ^= undecided
        if undecided:
            found |= self._settled(undecided & (self._alone | second), facts)
        # Whether there is anything that a rule without a sign could ask for.
        more = report.factors or report.free_text or report.call_me or report.unsure or report.lot
        for bit, holds in self._told if more or facts.said is not SILENT else self._untold:
            if holds(facts):
                found |= bit
        return found

    def _settled(self, undecided: int, facts: Facts) -> int:
        """Those of the rules, whose sign holds, that the rest of the report meets too."""
        if not facts.report.last_report:
            undecided &= self._needs_no_last
        if len(facts.entries) < 2:
            undecided &= self._needs_no_company
        found = 0
        for place in places(undecided):
            setting = self._settings[place]
            if setting is not None and setting(facts):
                found |= 1 << place
        return found

    def _by_sign(self, facts: Facts) -> tuple[int, int]:
        """The rules of which a sign holds, and those that have a second sign."""
        day, last = facts.report.day, facts.report.last_report
        spoken = facts.said is not SILENT
        day = NO_DAY if day is None else day
        filed, timed, found, second = self._filed, self._timed, 0, 0
        for entry in facts.entries:
            by_severity, until, late, always, answers, words, partner = filed[entry.symptom]
            severity, onset = entry.severity, entry.onset_day
            met = by_severity[-1 if severity is None else severity]
            if met & timed:
                # Nobody may know when it began, except that it was not after today.
                row = self._onset_by_today.on(day) if onset is None else self._onset.on(onset)
                met &= row
            found |= met
            second |= partner
            if day > until:
                found |= late
            if always:
                found |= _holding(always, entry, facts)
            # Each written out: a call for every symptom would cost as much as all the rest.
            if (
                last
                or entry.trend is not None
                or entry.extent is not None
                or entry.side is not None
                or entry.covers_pupil is not None
                or entry.eye_closes is not None
                or entry.sight_changed is not None
            ):
                found |= _holding(answers, entry, facts)
            if spoken:
                found |= _holding(words, entry, facts)
        return found, second


def places(bits: int) -> Iterator[int]:
    """The places of the set bits, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _holding(tests: Tests, entry: ReportedSymptom, facts: Facts) -> int:
    return sum([bit for bit, holds in tests if holds(entry, facts)])


def _empty(known: Symptom) -> _Filed:
    until = known.usual_until_day
    return _Filed([0, 0, 0, 0], NO_DAY if until is None else until)


def _asks_only_the_day(asked: Condition) -> bool:
    """Whether nothing but the day is left to ask once the sign holds."""
    names = (*ABOUT_THE_SIGN, "any_of", "any_symptom", "day_from", "day_to")
    nothing = vars(Condition())
    return all(value == nothing[key] for key, value in vars(asked).items() if key not in names)


def _file_sign(filed: _Filed, symptom: str, bit: int, rule: Rule) -> None:
    kind, test = _kind(rule.when), rule.compiled.sign
    if kind == USUAL_TIME:
        filed.past_usual |= bit
    elif test is None or kind == SEVERITY:
        # An onset that the window holds: whether it does is looked up for each report.
        onset = rule.when.onset_to if rule.when.onset_from is None else rule.when.onset_from
        for place, severity in enumerate((*Severity, None)):
            if test is None or test(ReportedSymptom(symptom, severity, onset), NOBODY):
                filed.by_severity[place] |= bit
    else:
        lists = {ALWAYS: filed.always, ANSWERS: filed.answers, WORDS: filed.words}
        lists[kind].append((bit, test))


NOBODY: Final = Facts(Report(), ())


def _kind(asked: Condition) -> int:
    """What a rule's test of its sign looks at beside the severity."""
    eye = (asked.covers_pupil, asked.eye_closes, asked.sight_changed)
    extent = asked.extent and NOT_ASKED not in asked.extent
    if asked.words_deny or asked.answered_no:
        return WORDS
    if asked.trend or asked.side or extent or any(answer is not None for answer in eye):
        return ANSWERS
    if asked.extent or asked.unless_fluids_pass:
        return ALWAYS
    if asked.past_usual:
        bare = asked.severity_at_least is None and not _has_onset(asked)
        return USUAL_TIME if bare else ALWAYS
    return SEVERITY


def _has_onset(asked: Condition) -> bool:
    return asked.onset_from is not None or asked.onset_to is not None


def _second_signs(asked: Condition) -> tuple[str, ...]:
    """Symptoms of which one must be there beside the sign; () where none need be."""
    return asked.with_any_of or asked.all_of[-1:]


def _needs_telling(asked: Condition) -> bool:
    named = asked.factors or asked.lots or asked.words or asked.words_of_another
    return bool(named or asked.unsure_red_flag or asked.call_me or asked.free_text)
