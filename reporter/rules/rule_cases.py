"""The cases of the rules, kept beside them as data: reports that must and must not set them off."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reporter.rules.entries import KnowledgeError
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.report import Report, ReportError, from_json
from reporter.rules.triage import decide

FILE = "rules.cases.toml"
KEYS = {"rule", "fires", "level", "report"}
WORD_KEYS = {"symptom", "status", "severity", "trend"}


@dataclass(frozen=True)
class Word:
    """A reading of own words, as a case states it: only what the rules look at."""

    symptom: str
    status: str = "present"
    severity: str | None = None
    trend: str | None = None
    text: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Case:
    """One report with the level that it must get, and whether its rule must fire on it.

    ``words`` are readings of own words that came with it.
    """

    place: int
    rule: str
    fires: bool
    level: Level
    report: Report
    words: tuple[Word, ...] = ()


def read_cases(text: str, knowledge: Knowledge) -> tuple[Case, ...]:
    """All cases of a file, strictly. Raise KnowledgeError that names the case and its mend."""
    try:
        tables = _tables(text)
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(f"{FILE}: is not TOML: {error}; mend that line") from error
    listed = tables.get("case")
    if set(tables) != {"case"} or not isinstance(listed, list):
        raise KnowledgeError(f"{FILE}: must hold [[case]] entries and nothing else")
    return tuple(_case(place, table, knowledge) for place, table in enumerate(listed, start=1))


@lru_cache(maxsize=4)
def _tables(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def _case(place: int, table: Any, knowledge: Knowledge) -> Case:
    where = f"{FILE}, case {place}"
    if not isinstance(table, dict) or set(table) - {"words"} != KEYS:
        raise KnowledgeError(f"{where}: needs rule, fires (true or false), level and report")
    if not isinstance(table["fires"], bool):
        raise KnowledgeError(f"{where}: needs rule, fires (true or false), level and report")
    try:
        level = Level.from_id(str(table["level"]))
        report = from_json(table["report"], knowledge)
    except (ValueError, ReportError) as error:
        raise KnowledgeError(f"{where}: {error}") from error
    if table["rule"] not in {rule.id for rule in (*knowledge.rules, *knowledge.off)}:
        raise KnowledgeError(f"{where}: there is no rule {table['rule']!a:.60}; take the case out")
    words = tuple(_word(one, where, knowledge) for one in table.get("words", ()))
    return Case(place, table["rule"], table["fires"], level, report, words)


def _word(table: Any, where: str, knowledge: Knowledge) -> Word:
    if not isinstance(table, dict) or "symptom" not in table or set(table) - WORD_KEYS:
        raise KnowledgeError(f"{where}: a word needs symptom, and may have status and severity")
    if table["symptom"] not in knowledge.symptoms.keys() | knowledge.factors.keys():
        raise KnowledgeError(f"{where}: there is no symptom {table['symptom']!a:.60}; mend it")
    return Word(**table)


def failures(cases: tuple[Case, ...], knowledge: Knowledge) -> tuple[str, ...]:
    """One sentence for each case that does not hold and for each rule that lacks one."""
    return (*_not_held(cases, knowledge), *_missing(cases, knowledge))


def _not_held(cases: tuple[Case, ...], knowledge: Knowledge) -> Iterator[str]:
    off = {rule.id for rule in knowledge.off}
    for case in (one for one in cases if one.rule not in off):
        decision = decide(case.report, knowledge, case.words)
        where = f"Case {case.place} of the rule {case.rule}"
        if (case.rule in {reason.rule for reason in decision.reasons}) is not case.fires:
            yield f"{where}: the rule {'does not fire' if case.fires else 'fires'} any more."
        elif decision.level != case.level:
            yield f"{where}: the level is {decision.level.id}, the case says {case.level.id}."


def _missing(cases: tuple[Case, ...], knowledge: Knowledge) -> Iterator[str]:
    has = {(case.rule, case.fires) for case in cases}
    for rule in knowledge.rules:
        if (rule.id, True) not in has:
            yield f"The rule {rule.id} has no case that it fires on."
        if (rule.id, False) not in has:
            yield f"The rule {rule.id} has no near miss."
