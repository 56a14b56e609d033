"""The answers that each fired rule fired on, in plain words. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reporter.rules.facts import Facts
from reporter.rules.knowledge import Knowledge, Rule
from reporter.rules.levels import Level
from reporter.rules.mention import Mention
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.triage import COUNTS_AS_REPORTED, Decision, Reason, as_told
from reporter.rules.wording import answers, area, capital, factor, listed, symptom


@dataclass(frozen=True)
class Match:
    """One rule that fired, and the answers and words that it fired on.

    ``words`` are places among the readings of the own words, so that no quotation stands twice.
    """

    rule: str
    level: Level
    because: str
    source: str
    told: tuple[str, ...]
    words: tuple[int, ...]
    quoted: tuple[str, ...]

    @property
    def answers(self) -> tuple[str, ...]:
        """What was ticked, and what was written."""
        return (*self.told, *quotations(self.quoted))


def quotations(words: Iterable[str]) -> tuple[str, ...]:
    """The patient's own words, each once."""
    return tuple(dict.fromkeys(f"Own words: “{text}”" for text in words))


def matched(report: Report, knowledge: Knowledge, decision: Decision) -> tuple[Match, ...]:
    """Each rule that fired with the answers that it fired on, in plain words.

    A rule that these rules no longer hold is named without answers.
    """
    rules = {rule.id: rule for rule in knowledge.rules}
    return tuple(
        _match(reason, rules.get(reason.rule), report, knowledge, decision.words)
        for reason in decision.reasons
    )


def _match(
    reason: Reason,
    rule: Rule | None,
    report: Report,
    knowledge: Knowledge,
    words: tuple[Mention, ...],
) -> Match:
    told: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    if rule is not None:
        asked = _asked(rule, knowledge)
        told = _answers_of(rule, asked, report, knowledge)
        places = _words_of(rule, asked, report, words, told)
    return Match(
        reason.rule,
        reason.level,
        reason.because,
        reason.source,
        told,
        places,
        tuple(words[place].text for place in places),
    )


def _asked(rule: Rule, knowledge: Knowledge) -> set[str]:
    """The symptoms that a rule wants beside its sign."""
    asked = {*rule.when.all_of, *rule.when.with_any_of}
    if rule.when.domains:
        named = knowledge.symptoms.values()
        asked |= {one.id for one in named if one.domain in rule.when.domains}
    return asked


def _words_of(
    rule: Rule, asked: set[str], report: Report, words: tuple[Mention, ...], told: tuple[str, ...]
) -> tuple[int, ...]:
    """The places of the words that the rule fired on. If in doubt a rule names one too many."""
    wanted = asked | (rule.compiled.triggers or frozenset()) | {*rule.when.factors}
    found = [
        (place, word)
        for place, word in enumerate(words)
        if word.status in COUNTS_AS_REPORTED and word.symptom in wanted
    ]
    facts, company = Facts(report, report.symptoms), asked | {*rule.when.factors}
    sure = [
        place
        for place, word in found
        if word.symptom in company or _is_sign(rule, as_told(word, report.day), facts)
    ]
    return tuple(sure) if sure or told else tuple(place for place, _ in found)


def _answers_of(
    rule: Rule, asked: set[str], report: Report, knowledge: Knowledge
) -> tuple[str, ...]:
    facts = Facts(report, report.symptoms)
    signs = [one for one in report.symptoms if _is_sign(rule, one, facts)]
    company = [one for one in report.symptoms if one.symptom in asked and one not in signs]
    parts = [answers(one, knowledge) for one in (*signs, *company)]
    parts += _unsure(rule, report, knowledge)
    parts += _of_the_treatment(rule, report, knowledge)
    return tuple(dict.fromkeys(parts))


def _is_sign(rule: Rule, entry: ReportedSymptom, facts: Facts) -> bool:
    test = rule.compiled
    if test.triggers is None or entry.symptom not in test.triggers:
        return False
    return test.sign is None or test.sign(entry, facts)


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
