"""How soon must somebody call? Pure: the same report and rules always give the same decision.

Nothing here catches an error: a report that a rule fails on must reach the caller, who stores it
undecided and puts it first in the queue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from reporter.rules import lexicon
from reporter.rules.facts import Facts, Said
from reporter.rules.gravity import stated, taken_back, weighed
from reporter.rules.index import Index, places
from reporter.rules.knowledge import Knowledge, Rule
from reporter.rules.levels import Level, Severity
from reporter.rules.mention import Mention
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.words import read_all

COUNTS_AS_REPORTED: Final = ("present", "someone_else_now")
"""Statuses of a reading that raise like a ticked symptom: the patient's own, and another person's
who is ill now (an infant, a partner)."""

MOST_KEPT: Final = 4096
"""Decisions that are kept ready, one for each combination of rules that fired."""


@dataclass(frozen=True)
class Reason:
    """One rule that fired: its id and level, one plain sentence for the nurse, and its source."""

    rule: str
    level: Level
    because: str
    source: str


@dataclass(frozen=True)
class Decision:
    """How soon somebody must call, and why, the most urgent reason first.

    ``words`` are the readings that were handed in. ``needs_reading``: there is free text, which a
    person reads by the next working day whatever the level. ``ruleset`` names the rules used.
    """

    level: Level
    reasons: tuple[Reason, ...]
    words: tuple[Mention, ...]
    needs_reading: bool
    ruleset: str


def decide(report: Report, knowledge: Knowledge, mentions: Iterable[Mention] = ()) -> Decision:
    """Decide one report. With no reason the level is self-care; the most urgent reason wins.

    Raises KeyError for a symptom that the knowledge does not hold: it cannot be judged.
    """
    words = tuple(mentions) if mentions else ()
    bench = _bench(knowledge)
    plain = not words and not report.unsure
    facts = Facts(report, report.symptoms) if plain else _facts(report, knowledge, words)
    fired = bench.index.fired(facts)
    decided = bench.decided.get(fired) or bench.decision(fired)
    if words or report.free_text:
        return replace(decided, words=words, needs_reading=bool(report.free_text.strip()))
    return decided


def level_of(report: Report, knowledge: Knowledge, mentions: tuple[Mention, ...] = ()) -> Level:
    """The level that `decide` gives, for whoever asks nothing else many times over."""
    bench = _bench(knowledge)
    fired = bench.index.fired(_facts(report, knowledge, mentions))
    return (bench.decided.get(fired) or bench.decision(fired)).level


def decide_with_words(report: Report, knowledge: Knowledge) -> Decision:
    """As `decide`, after reading the patient's own words. They may raise the level, never lower it.

    Words that were not understood leave the rule for unread words standing: at least a call-back.
    """
    if not report.free_text.strip():
        return decide(report, knowledge)
    reading = read_all(report.free_text, lexicon.shipped())
    judged = replace(report, free_text="") if reading.understanding.read else report
    words = weighed(report.free_text, reading.mentions)
    withdrawn = taken_back(report.free_text, _grave(report, knowledge), words)
    decision = decide(judged, knowledge, (*words, *withdrawn))
    return replace(decision, needs_reading=True)


def _grave(report: Report, knowledge: Knowledge) -> dict[str, None]:
    """What is ticked that must not be taken back in silence."""
    told = (knowledge.symptoms[entry.symptom] for entry in report.symptoms)
    return dict.fromkeys(one.id for one in told if one.red_flag or one.domain)


def _facts(report: Report, knowledge: Knowledge, words: tuple[Mention, ...]) -> Facts:
    """The answers, with what counts as ticked: unsure answers and what the words say."""
    if not words and not report.unsure:
        return Facts(report, report.symptoms)
    counted = [word for word in words if word.status in COUNTS_AS_REPORTED]
    # "Not sure" on the red-flag page has a rule of its own; elsewhere it counts as present.
    unsure = [id for id in report.unsure if not knowledge.symptoms[id].red_flag]
    named = tuple(word.symptom for word in counted if word.symptom in knowledge.factors)
    ticked = {entry.symptom for entry in report.symptoms} | set(named)
    onset = first_told(report)
    more = [ReportedSymptom(id, onset_day=onset) for id in unsure if id not in ticked]
    for word in counted:
        if word.symptom not in ticked or _outweighs_a_tick(word, knowledge):
            more.append(as_told(word, onset))
    told = replace(report, factors=report.factors + named) if named else report
    return Facts(told, report.symptoms + tuple(dict.fromkeys(more)), _said(words))


def _outweighs_a_tick(word: Mention, knowledge: Knowledge) -> bool:
    """A mild tick does not quiet graver words, nor any about what can be spread of the toxin."""
    known = knowledge.symptoms.get(word.symptom)
    return known is not None and (known.domain is not None or any(stated(word)))


def as_told(word: Mention, onset: int | None) -> ReportedSymptom:
    """A reading as if it had been ticked."""
    severity, trend = stated(word)
    grade = None if severity is None else Severity.from_id(severity)
    return ReportedSymptom(word.symptom, grade, onset, trend=trend)


def _said(words: tuple[Mention, ...]) -> Said:
    def ids(*statuses: str) -> frozenset[str]:
        return frozenset(word.symptom for word in words if word.status in statuses)

    own, another = ids("present"), ids("someone_else_now")
    return Said(own, another, ids("negated", "past") - own - another)


def first_told(report: Report) -> int | None:
    """The day that a symptom without one counts from: the earliest told, or that of the report."""
    told = [entry.onset_day for entry in report.symptoms if entry.onset_day is not None]
    return min(told, default=report.day)


class _Bench:
    """A rule set as it is used: its index, the reason of each rule, and what was decided."""

    def __init__(self, knowledge: Knowledge) -> None:
        rules = sorted(knowledge.rules, key=lambda rule: -rule.level)
        self.index = Index(rules, knowledge.symptoms)
        self._reasons = tuple(map(_reason, rules))
        self._ruleset = knowledge.ruleset
        self.decided: dict[int, Decision] = {}

    def decision(self, fired: int) -> Decision:
        """The decision that these rules make together, without any words."""
        reasons = tuple([self._reasons[place] for place in places(fired)])
        level = reasons[0].level if reasons else Level.SELF_CARE
        made = Decision(level, reasons, (), needs_reading=False, ruleset=self._ruleset)
        # Few combinations come again and again; the rare ones must not fill the memory.
        if len(self.decided) < MOST_KEPT:
            self.decided[fired] = made
        return made


@lru_cache(maxsize=8)
def _bench(knowledge: Knowledge) -> _Bench:
    return _Bench(knowledge)


def _reason(rule: Rule) -> Reason:
    return Reason(rule.id, rule.level, rule.because, rule.source)
