"""What the pages about rules show: each rule in plain sentences, and what a draft would change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporter.clinic import ruleset_book, rulesets
from reporter.clinic.backtest_tally import height, lowers
from reporter.clinic.ruleset_book import RuleSet, Step
from reporter.clock import instant
from reporter.records.db import Database
from reporter.rules.difference import Change, changes
from reporter.rules.knowledge import Knowledge, Rule
from reporter.rules.levels import Level
from reporter.rules.rule_cases import FILE as CASES
from reporter.rules.rule_cases import Case, read_cases
from reporter.rules.wording import answers, area, condition, factor, symptom
from reporter.web import clock_words, staff_words
from reporter.web.staff_words import BADGES, UNDECIDED, Badge

STATES = {
    "draft": "Draft",
    "proposed": "Waits for a second clinician",
    "live": "Live",
    "past": "Was live before",
    "withdrawn": "Put away",
}
ORIGINS = {
    "shipped": "Came with the product",
    "upgrade": "Comes with the upgrade",
    "clinic": "Written here",
}
STEPS = {
    "live": "Stored and live",
    "draft": "Begun",
    "edit": "Changed",
    "test": "Back-tested",
    "propose": "Proposed",
    "approve": "Approved: live from now",
    "withdraw": "Put away",
    "retire": "Another set went live",
    "go_back": "Made live again",
}


@dataclass(frozen=True)
class RuleView:
    id: str
    badge: Badge
    because: str
    condition: str
    sources: tuple[str, ...]
    signed: str
    cases: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    badge: Badge
    rules: tuple[RuleView, ...]


@dataclass(frozen=True)
class SetView:
    """One line of the list of sets."""

    number: int
    ruleset: str
    state: str
    state_words: str
    origin: str
    when: str


@dataclass(frozen=True)
class LevelMove:
    """One cell of the table: how many reports went from one level to another."""

    old: Badge
    new: Badge
    reports: int
    lowered: bool


@dataclass(frozen=True)
class MovedReport:
    case_id: str | None
    when: str
    old: Badge
    new: Badge
    lowered: bool
    serious: bool


@dataclass(frozen=True)
class TestView:
    when: str
    total: int
    lowered: int
    raised: int
    serious: int
    calls: str
    table: tuple[LevelMove, ...]
    moved: tuple[MovedReport, ...]


@dataclass(frozen=True)
class StepView:
    what: str
    who: str
    when: str
    reason: str


@dataclass(frozen=True)
class DraftView:
    """One set with all that somebody needs to decide about it."""

    line: SetView
    found: RuleSet
    changes: tuple[Change, ...]
    problems: tuple[str, ...]
    tested: TestView | None
    unsigned: int
    rules: tuple[str, ...]
    steps: tuple[StepView, ...]


def groups(db: Database, found: RuleSet) -> tuple[Group, ...]:
    """Every rule of a set, the most urgent level first."""
    known = rulesets.of(db, found)
    text = ruleset_book.files(db, found.clinic_id, found.number)[CASES]
    cases = read_cases(text, known)
    told = tuple(_rule(known, rule, cases) for rule in known.rules)
    return tuple(
        Group(BADGES[level], tuple(one for one in told if one.badge is BADGES[level]))
        for level in sorted(Level, reverse=True)
        if level is not Level.SELF_CARE
    )


def _rule(known: Knowledge, rule: Rule, cases: tuple[Case, ...]) -> RuleView:
    return RuleView(
        id=rule.id,
        badge=BADGES[rule.level],
        because=rule.because,
        condition=condition(rule.when, known),
        sources=rule.sources,
        signed=f"{rule.reviewed_by}, {rule.reviewed_on}" if rule.reviewed_by else "",
        cases=tuple(_case(known, case) for case in cases if case.rule == rule.id),
    )


def _case(known: Knowledge, case: Case) -> str:
    report = case.report
    parts = [answers(entry, known) for entry in report.symptoms]
    parts += [f"not sure: {symptom(known, one)}" for one in report.unsure]
    parts += [f"treated: {area(one)}" for one in report.areas]
    parts += [f"with {factor(known, one)}" for one in report.factors]
    parts += [f"lot {report.lot}"] if report.lot else []
    parts += [f"product {report.product}"] if report.product else []
    parts += ["asks for a call"] if report.call_me else []
    parts += ["own words"] if report.free_text else []
    day = "" if report.day is None else f", day {report.day}"
    fires = "Fires" if case.fires else "Does not fire"
    return f"{fires}: {'; '.join(parts) or 'nothing reported'}{day}: {BADGES[case.level].word}"


def line(found: RuleSet, zone: str, now: datetime) -> SetView:
    since = found.live_from or found.proposed_at or found.created_at
    return SetView(
        number=found.number,
        ruleset=found.ruleset,
        state=found.state,
        state_words=STATES[found.state],
        origin=ORIGINS[found.origin],
        when=clock_words.moment(since, now, zone),
    )


def draft(
    db: Database, found: RuleSet, live: RuleSet, problems: tuple[str, ...], zone: str, now: datetime
) -> DraftView:
    known = rulesets.of(db, found)
    history = ruleset_book.history(db, found.clinic_id, found.number)
    return DraftView(
        line=line(found, zone, now),
        found=found,
        changes=changes(rulesets.of(db, live), known),
        problems=problems,
        tested=tested(found.tested, zone, now) if found.tested else None,
        unsigned=sum(not rule.reviewed_by for rule in known.rules),
        rules=tuple(sorted(rule.id for rule in known.rules)),
        steps=tuple(_step(one, zone, now) for one in history),
    )


def _step(step: Step, zone: str, now: datetime) -> StepView:
    when = clock_words.moment(step.at, now, zone)
    return StepView(staff_words.named(STEPS, step.verb), step.by_name, when, step.reason)


def tested(kept: Mapping[str, Any], zone: str, now: datetime) -> TestView:
    """What a kept back-test found."""
    return TestView(
        when=clock_words.moment(instant(kept["at"]), now, zone),
        total=kept["total"],
        lowered=kept["lowered"],
        raised=kept["raised"],
        serious=kept["serious"],
        calls=f"{kept['extra_calls_a_week']:+.1f}",
        table=tuple(_moves(kept["table"])),
        moved=tuple(
            MovedReport(
                case_id=case_id,
                when=clock_words.moment(instant(at), now, zone),
                old=_badge(old),
                new=_badge(new),
                lowered=_lowered(old, new),
                serious=serious,
            )
            for case_id, at, old, new, serious in kept["moved"]
        ),
    )


def _moves(table: list[list[Any]]) -> Iterator[LevelMove]:
    def urgent_first(cell: list[Any]) -> tuple[int, int]:
        return -height(_place(cell[0])), -height(_place(cell[1]))

    for old, new, reports in sorted(table, key=urgent_first):
        yield LevelMove(_badge(old), _badge(new), reports, _lowered(old, new))


def _place(stored: int | None) -> Level | None:
    return None if stored is None else Level(stored)


def _lowered(old: int | None, new: int | None) -> bool:
    return lowers(_place(old), _place(new))


def _badge(place: int | None) -> Badge:
    return UNDECIDED if place is None else BADGES[Level(place)]
