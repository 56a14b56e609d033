"""Proofs about the whole rule set that are made at load, by trying reports that a rule describes.

A rule that cannot fire, or one that a more urgent rule always overrules, says something that its
author did not mean; a rule that an added symptom switches off could lower a level.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice, product

from reporter.rules.conditions import NOT_ASKED, Condition
from reporter.rules.facts import Facts, Said
from reporter.rules.levels import Severity
from reporter.rules.matching import Compiled
from reporter.rules.report import Report, ReportedSymptom
from reporter.rules.symptoms import Nouns

DAYS = (5, 0, 1, 2, 3, 7, 10, 14, 21, 28, 60, 100)
"""Days after treatment that are tried, the most usual first."""

MOST_TRIED = 50_000
"""Where so many reports show nothing, none is taken to exist."""


def fires_somewhere(asked: Condition, compiled: Compiled, nouns: Nouns) -> bool:
    """Whether any report that the condition describes makes it hold."""
    return next(_described(asked, compiled, nouns), None) is not None


def escapes(
    asked: Condition,
    compiled: Compiled,
    above: Sequence[Compiled],
    nouns: Nouns,
) -> bool:
    """Whether some report makes the condition hold and none of the rules above it."""
    return any(
        not any(higher.holds(facts) for higher in above)
        for facts in _described(asked, compiled, nouns)
    )


def switched_off_by(
    asked: Condition,
    compiled: Compiled,
    at_least_as_urgent: Sequence[Compiled],
    nouns: Nouns,
) -> str | None:
    """The symptom that would lower the level by being added, or None if there is none."""
    for facts in _described(asked, compiled, nouns) if asked.none_of else ():
        for symptom in asked.none_of:
            more = (*facts.entries, _entry(asked, symptom, None, None))
            added = Facts(replace(facts.report, symptoms=more), more, facts.said)
            if not any(rule.holds(added) for rule in at_least_as_urgent):
                return symptom
    return None


def _described(asked: Condition, compiled: Compiled, nouns: Nouns) -> Iterator[Facts]:
    """The mildest reports that the condition describes and that make it hold."""
    for report in islice(_reports(asked, nouns), MOST_TRIED):
        facts = Facts(report, report.symptoms, _said(asked, report))
        if compiled.holds(facts):
            yield facts


def _said(asked: Condition, report: Report) -> Said:
    signs = frozenset(entry.symptom for entry in report.symptoms)
    own = (signs | {*report.factors}).intersection(asked.words)
    return Said(
        own=own | signs if asked.answered_no else own,
        of_another=signs.intersection(asked.words_of_another),
        denied=signs if asked.words_deny else frozenset(),
    )


def _reports(asked: Condition, nouns: Nouns) -> Iterator[Report]:
    # The symptoms change fastest: it is most often another one that escapes a more urgent rule.
    bare = _bare(asked, nouns)
    for day, areas in product(_days(asked), _areas(asked, nouns)):
        treated = replace(bare, areas=areas, day=day)
        for entries in _entries(asked, nouns):
            denied = tuple(entry.symptom for entry in entries) if asked.answered_no else ()
            yield replace(treated, symptoms=entries, denied=denied)


def _bare(asked: Condition, nouns: Nouns) -> Report:
    return Report(
        call_me=asked.call_me,
        free_text="own words" if asked.free_text else "",
        unsure=_unsure(asked, nouns),
        factors=(*asked.factors[:1], *(one for one in asked.words if one in nouns.factors)),
        product=next(iter(asked.products), None),
        lot=next(iter(asked.lots), None),
        last_report=tuple(ReportedSymptom(one) for one in asked.last_any_of[:1]),
    )


def _entries(asked: Condition, nouns: Nouns) -> Iterator[tuple[ReportedSymptom, ...]]:
    signs = asked.any_of or (tuple(nouns.symptoms) if asked.any_symptom else (None,))
    others = product(asked.with_any_of or (None,), _heard(asked, nouns))
    combined = product(signs, others, _counted(asked, nouns), _onsets(asked), _extents(asked))
    for sign, other, counted, onset, extent in combined:
        named = (sign, *other, *asked.all_of, *counted)
        names = dict.fromkeys(name for name in named if name is not None)
        yield tuple(_entry(asked, name, onset, extent) for name in names)


def _entry(
    asked: Condition, symptom: str, onset: int | None, extent: str | None
) -> ReportedSymptom:
    return ReportedSymptom(
        symptom=symptom,
        severity=asked.severity_at_least or Severity.MILD,
        onset_day=onset,
        side=next(iter(asked.side), None),
        covers_pupil=asked.covers_pupil,
        eye_closes=asked.eye_closes,
        sight_changed=asked.sight_changed,
        extent=extent,
        trend=next(iter(asked.trend), None),
        fluids_pass=not asked.unless_fluids_pass,
    )


def _counted(asked: Condition, nouns: Nouns) -> Iterator[tuple[str, ...]]:
    members = [[s.id for s in nouns.symptoms.values() if s.domain == d] for d in asked.domains]
    for chosen in combinations(members, asked.domains_at_least):
        yield from product(*chosen)


def _heard(asked: Condition, nouns: Nouns) -> tuple[str | None, ...]:
    """What the own words may name, which then counts as reported."""
    named = (*asked.words, *asked.words_of_another)
    return tuple(one for one in named if one in nouns.symptoms) or (None,)


def _unsure(asked: Condition, nouns: Nouns) -> tuple[str, ...]:
    flags = [symptom.id for symptom in nouns.symptoms.values() if symptom.red_flag]
    return tuple(flags[:1]) if asked.unsure_red_flag else ()


def _days(asked: Condition) -> list[int]:
    bounds = [day for day in (asked.day_from, asked.day_to) if day is not None]
    return list(dict.fromkeys((*bounds, *DAYS)))


def _areas(asked: Condition, nouns: Nouns) -> list[tuple[str, ...]]:
    # Another rule may ask for no injection in some areas: each area is one that may escape it.
    return [(area,) for area in asked.areas] or [(), *((area,) for area in nouns.areas)]


def _extents(asked: Condition) -> list[str | None]:
    wanted = asked.extent or (NOT_ASKED, "local")
    return [None if extent == NOT_ASKED else extent for extent in wanted]


def _onsets(asked: Condition) -> list[int]:
    bounds = [day for day in (asked.onset_from, asked.onset_to) if day is not None]
    return list(dict.fromkeys((*bounds, 5, 0)))
