"""Why a report was decided so, and which single other answer would have changed it. Pure.

Nothing is guessed: every change is made to the report and decided again, at most MOST times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from reporter.rules.fired import Match, matched
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level, Severity
from reporter.rules.mention import Mention
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.told_time import untimed
from reporter.rules.triage import Decision, level_of
from reporter.rules.wording import LEVELS, factor, listed, symptom

__all__ = ["MOST", "Match", "as_judged", "changes", "matched", "what_would_change"]

MOST: Final = 30
"""Decisions that one explanation may take, the first one included."""

SYMPTOMS_TRIED, FACTORS_TRIED = 4, 5
ANSWER, PATIENT_FACTOR, WARNING_SIGN = 1, 2, 3
STEPS: Final = {1: "One level", 2: "Two levels", 3: "Three levels"}
SKIN_SIGNS: Final = ("rash_itch", "hives", "redness", "swelling", "bruising", "facial_swelling")


@dataclass(frozen=True)
class _Change:
    """One answer made otherwise. The lower the rank, the smaller the change.

    Changes with one beginning are told together: `if the droopy eyelid` `is severe or gets worse`.
    """

    rank: int
    begins: str
    ends: str
    report: Report
    with_words: bool = True


def what_would_change(
    report: Report, knowledge: Knowledge, mentions: Iterable[Mention] = ()
) -> tuple[str, ...]:
    """Plain sentences: the smallest single changes that lead to each other level.

    Raises KeyError for a symptom that the knowledge does not hold, as `decide` does.
    """
    words = tuple(mentions)
    level = level_of(report, knowledge, words)
    found: dict[Level, list[_Change]] = {}
    for change in islice(_changes(report, knowledge, level, words), MOST - 1):
        other = level_of(change.report, knowledge, words if change.with_words else ())
        if other != level:
            found.setdefault(other, []).append(change)
    flags = len(_flags_not_told(report, knowledge))
    sentences = [_sentence(level, other, found[other], flags) for other in _nearest(level, found)]
    return tuple(sentences) or (_unmoved(level),)


def as_judged(report: Report, decision: Decision, knowledge: Knowledge) -> Report:
    """The report as it was decided: own words that were understood count by their readings only."""
    asks = {rule.id for rule in knowledge.rules if rule.when.free_text}
    if any(reason.rule in asks for reason in decision.reasons):
        return report
    return replace(report, free_text="")


def changes(report: Report, decision: Decision, knowledge: Knowledge) -> tuple[str, ...]:
    """What would have changed a decision that these rules made, and what they could not count."""
    judged = as_judged(report, decision, knowledge)
    return (*what_would_change(judged, knowledge, decision.words), *untimed(report, decision))


def _nearest(level: Level, found: Iterable[Level]) -> list[Level]:
    """Higher levels first, the nearest of them before the others."""
    return sorted(found, key=lambda other: (other < level, abs(other - level)))


def _unmoved(level: Level) -> str:
    if level is Level.EMERGENCY:
        return "No single other answer would lower it, and there is no higher level."
    return "No single other answer that was tried would change the level."


def _sentence(level: Level, other: Level, changes: list[_Change], flags: int) -> str:
    rank = min(change.rank for change in changes)
    smallest = [change for change in changes if change.rank == rank]
    way = "up" if other > level else "down"
    start = f"{STEPS[abs(other - level)]} {way} ({LEVELS[other]})"
    if rank == WARNING_SIGN and len(smallest) == flags:
        return f"{start} with any of the warning signs that are asked about first."
    told: dict[str, list[str]] = {}
    for change in smallest:
        told.setdefault(change.begins, []).append(change.ends)
    parts = [f"{begins} {listed(ends)}" for begins, ends in told.items()]
    return f"{start} {', or '.join(parts)}."


def _changes(
    report: Report, knowledge: Knowledge, level: Level, words: tuple[Mention, ...]
) -> Iterator[_Change]:
    """The changes worth trying, those about what was reported first."""
    # Red flags stand before the long lists, so that a long report cannot push them out.
    if level < Level.EMERGENCY:
        yield from _with_warning_signs(report, knowledge)
        yield from _otherwise_answered(report, knowledge)
        yield from _with_factors(report, knowledge)
    if level > Level.SELF_CARE:
        if words:
            yield _Change(ANSWER, "without the", "own words", report, with_words=False)
        yield from _without(report, knowledge)


def _otherwise_answered(report: Report, knowledge: Knowledge) -> Iterator[_Change]:
    tried = report.symptoms[:SYMPTOMS_TRIED]
    for entry in tried:
        severity = Severity.MODERATE if entry.severity is None else entry.severity
        if severity < Severity.SEVERE:
            worse = Severity(severity + 1)
            yield _answered(report, knowledge, entry, f"is {worse.id}", severity=worse)
    for entry in tried:
        if entry.trend != "worse":
            yield _answered(report, knowledge, entry, "gets worse", trend="worse")
    eye = [one for one in report.symptoms if knowledge.symptoms[one.symptom].domain == "eye"]
    for entry in eye[:1]:
        yield from _eye(report, knowledge, entry)
    for entry in [one for one in report.symptoms if one.symptom in SKIN_SIGNS][:1]:
        if entry.extent != "spreading":
            yield _answered(report, knowledge, entry, "is spreading", extent="spreading")


def _eye(report: Report, knowledge: Knowledge, entry: ReportedSymptom) -> Iterator[_Change]:
    if entry.sight_changed is not True:
        changed = _swapped(report, entry, sight_changed=True)
        yield _Change(ANSWER, "if the sight", "is blurred or double", changed)
    if entry.covers_pupil is not True:
        covered = _swapped(report, entry, covers_pupil=True)
        yield _Change(ANSWER, "if the pupil", "is covered", covered)
    if entry.eye_closes is not False:
        open_ = _swapped(report, entry, eye_closes=False)
        yield _Change(ANSWER, "if the eye", "does not close", open_)
    if entry.side != "both":
        yield _answered(report, knowledge, entry, "is on both sides", side="both")


def _answered(
    report: Report, knowledge: Knowledge, entry: ReportedSymptom, says: str, **answer: Any
) -> _Change:
    name = symptom(knowledge, entry.symptom)
    return _Change(ANSWER, f"if the {name}", says, _swapped(report, entry, **answer))


def _swapped(report: Report, entry: ReportedSymptom, **answer: Any) -> Report:
    other = tuple(replace(one, **answer) if one is entry else one for one in report.symptoms)
    return replace(report, symptoms=other)


def _with_warning_signs(report: Report, knowledge: Knowledge) -> Iterator[_Change]:
    for flag in _flags_not_told(report, knowledge):
        added = replace(report, symptoms=(*report.symptoms, ReportedSymptom(flag)))
        yield _Change(WARNING_SIGN, "with", symptom(knowledge, flag), added)


def _flags_not_told(report: Report, knowledge: Knowledge) -> list[str]:
    told = {entry.symptom for entry in report.symptoms}
    return [flag for flag in knowledge.red_flags if flag not in told]


def _with_factors(report: Report, knowledge: Knowledge) -> Iterator[_Change]:
    """One factor of each kind that a rule about these symptoms asks for."""
    has = {entry.symptom for entry in report.symptoms}
    kinds = dict.fromkeys(
        rule.when.factors
        for rule in knowledge.rules
        if rule.when.factors and (rule.compiled.triggers or has) & has
    )
    others = (kind[0] for kind in kinds if not {*kind} & {*report.factors})
    for one in islice(dict.fromkeys(others), FACTORS_TRIED):
        more = replace(report, factors=(*report.factors, one))
        yield _Change(PATIENT_FACTOR, "for a patient with", factor(knowledge, one), more)


def _without(report: Report, knowledge: Knowledge) -> Iterator[_Change]:
    for entry in report.symptoms[:SYMPTOMS_TRIED]:
        rest = tuple(one for one in report.symptoms if one.symptom != entry.symptom)
        bare = replace(report, symptoms=rest)
        yield _Change(ANSWER, "without the", symptom(knowledge, entry.symptom), bare)
    if report.unsure:
        yield _Change(ANSWER, "without the", "answer “not sure”", replace(report, unsure=()))
    if report.call_me:
        yield _Change(ANSWER, "without the", "wish for a call", replace(report, call_me=False))
    if report.free_text.strip():
        yield _Change(ANSWER, "without the", "own words", replace(report, free_text=""))
