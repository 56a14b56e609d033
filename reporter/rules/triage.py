"""How soon must somebody call? Pure: the same report and rules always give the same decision.

Nothing here catches an error: a report that a rule fails on must reach the caller, who stores it
undecided and puts it first in the queue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Protocol

from reporter.rules import lexicon
from reporter.rules.index import Index
from reporter.rules.knowledge import Knowledge, Rule
from reporter.rules.levels import Level
from reporter.rules.matching import Facts
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.words import read_all

COUNTS_AS_REPORTED: Final = ("present", "someone_else_now")
"""Statuses of a reading that raise like a ticked symptom: the patient's own, and another person's
who is ill now (an infant, a partner)."""


class Mention(Protocol):
    """A reading of the patient's own words: a symptom, or a patient factor such as a pregnancy.

    ``start`` and ``end`` count code points of the text as it came, the end exclusive.
    """

    @property
    def symptom(self) -> str:
        """The id of the symptom or factor that was read."""

    @property
    def text(self) -> str:
        """The words themselves."""

    @property
    def start(self) -> int:
        """Where they begin."""

    @property
    def end(self) -> int:
        """Where they have ended."""

    @property
    def status(self) -> str:
        """``present``, ``negated``, ``past``, ``someone_else``, ``someone_else_now`` …"""


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
    words = tuple(mentions)
    index, given = _prepared(knowledge)
    reasons = tuple([given[place] for place in index.fired(_facts(report, knowledge, words))])
    return Decision(
        level=reasons[0].level if reasons else Level.SELF_CARE,
        reasons=reasons,
        words=words,
        needs_reading=bool(report.free_text.strip()),
        ruleset=knowledge.ruleset,
    )


def decide_with_words(report: Report, knowledge: Knowledge) -> Decision:
    """As `decide`, after reading the patient's own words. They may raise the level, never lower it.

    Words that were not understood leave the rule for unread words standing: at least a call-back.
    """
    if not report.free_text.strip():
        return decide(report, knowledge)
    reading = read_all(report.free_text, lexicon.shipped())
    judged = replace(report, free_text="") if reading.understanding.read else report
    decision = decide(judged, knowledge, reading.mentions)
    return replace(decision, needs_reading=True)


def _facts(report: Report, knowledge: Knowledge, words: tuple[Mention, ...]) -> Facts:
    """The answers, with what counts as ticked: unsure answers and what the words say."""
    if not report.unsure and not words:
        return Facts(report, report.symptoms)
    read = [word.symptom for word in words if word.status in COUNTS_AS_REPORTED]
    # "Not sure" on the red-flag page has a rule of its own; elsewhere it counts as present.
    unsure = [id for id in report.unsure if not knowledge.symptoms[id].red_flag]
    named = tuple(id for id in read if id in knowledge.factors)
    ticked = {entry.symptom for entry in report.symptoms} | set(named)
    # A mild tick does not quiet graver words about what can be spread of the toxin.
    graver = [id for id in read if id in knowledge.symptoms and knowledge.symptoms[id].domain]
    more = dict.fromkeys([id for id in (*unsure, *read) if id not in ticked] + graver)
    onset = _first_told(report)
    entries = report.symptoms + tuple(ReportedSymptom(id, onset_day=onset) for id in more)
    return Facts(replace(report, factors=report.factors + named), entries)


def _first_told(report: Report) -> int | None:
    """The day that a symptom without one counts from: the earliest told, or that of the report."""
    told = [entry.onset_day for entry in report.symptoms if entry.onset_day is not None]
    return min(told, default=report.day)


@lru_cache(maxsize=8)
def _prepared(knowledge: Knowledge) -> tuple[Index, tuple[Reason, ...]]:
    """The index over the rules, and the reason that each of them gives, most urgent first."""
    rules = sorted(knowledge.rules, key=lambda rule: -rule.level)
    return Index(rules, knowledge.symptoms), tuple(map(_reason, rules))


def _reason(rule: Rule) -> Reason:
    return Reason(rule.id, rule.level, rule.because, rule.source)
