"""The answers that each fired rule fired on, in plain words. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from reporter.rules.knowledge import Knowledge, Rule
from reporter.rules.levels import Level
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.triage import COUNTS_AS_REPORTED, Decision, Mention
from reporter.rules.wording import answers, area, capital, factor, listed, symptom


@dataclass(frozen=True)
class Match:
    """One rule that fired, and the answers and words that it fired on."""

    rule: str
    level: Level
    because: str
    source: str
    answers: tuple[str, ...]


def matched(report: Report, knowledge: Knowledge, decision: Decision) -> tuple[Match, ...]:
    """Each rule that fired with the answers that it fired on, in plain words.

    A rule that these rules no longer hold is named without answers.
    """
    rules = {rule.id: rule for rule in knowledge.rules}
    return tuple(
        Match(
            reason.rule,
            reason.level,
            reason.because,
            reason.source,
            _answers_of(rules.get(reason.rule), report, knowledge, decision.words),
        )
        for reason in decision.reasons
    )


def _answers_of(
    rule: Rule | None, report: Report, knowledge: Knowledge, words: tuple[Mention, ...]
) -> tuple[str, ...]:
    if rule is None:
        return ()
    asked = {*rule.when.all_of, *rule.when.with_any_of}
    if rule.when.domains:
        named = knowledge.symptoms.values()
        asked |= {one.id for one in named if one.domain in rule.when.domains}
    signs = [one for one in report.symptoms if _is_sign(rule, one, report.day)]
    company = [one for one in report.symptoms if one.symptom in asked and one not in signs]
    parts = [answers(one, knowledge) for one in (*signs, *company)]
    parts += _unsure(rule, report, knowledge)
    parts += _of_the_treatment(rule, report, knowledge)
    wanted = asked | (rule.compiled.triggers or frozenset()) | {*rule.when.factors}
    parts += [
        f"Own words: “{word.text}”"
        for word in words
        if word.status in COUNTS_AS_REPORTED and word.symptom in wanted
    ]
    return tuple(dict.fromkeys(parts))


def _is_sign(rule: Rule, entry: ReportedSymptom, day: int | None) -> bool:
    test = rule.compiled
    if test.triggers is None or entry.symptom not in test.triggers:
        return False
    return test.sign is None or test.sign(entry, day)


def _unsure(rule: Rule, report: Report, knowledge: Knowledge) -> list[str]:
    wanted = rule.compiled.triggers or frozenset()
    told = [knowledge.symptoms[one] for one in report.unsure if one in knowledge.symptoms]
    return [
        f"Not sure: {symptom(knowledge, one.id)}"
        for one in told
        if (rule.when.unsure_red_flag if one.red_flag else one.id in wanted)
    ]


def _of_the_treatment(rule: Rule, report: Report, knowledge: Knowledge) -> list[str]:
    when = rule.when
    parts = [capital(factor(knowledge, one)) for one in report.factors if one in when.factors]
    parts += [f"Treated: {area(one)}" for one in report.areas if one in when.areas]
    if when.none_of_areas:
        parts.append(f"Not known to be treated: {listed(map(area, when.none_of_areas))}")
    if when.day_from is not None or when.day_to is not None or when.past_usual:
        parts.append("Day not known" if report.day is None else f"Reported on day {report.day}")
    if when.products and report.product:
        parts.append(f"Product {report.product}")
    if when.lots and report.lot:
        parts.append(f"Lot {report.lot}")
    if when.call_me:
        parts.append("Asked for a call")
    if when.free_text:
        parts.append("Wrote in own words")
    return parts
