"""What the pages about rules show: each rule in plain sentences, and what a draft would change."""

from dataclasses import dataclass
from datetime import date, datetime

from reporter.clinic import rule_signatures, ruleset_book, rulesets
from reporter.clinic.rule_signatures import Signature
from reporter.clinic.ruleset_book import RuleSet, Step
from reporter.records.db import Database
from reporter.rules import knowledge
from reporter.rules.difference import Change, changes
from reporter.rules.knowledge import Knowledge, KnowledgeError, Rule
from reporter.rules.levels import Level
from reporter.rules.rule_cases import FILE as CASES
from reporter.rules.rule_cases import Case, read_cases
from reporter.rules.rule_merge import Conflict
from reporter.rules.wording import answers, area, condition, factor, symptom
from reporter.web import clock_words, staff_words
from reporter.web.rules_test_page import TestView, tested
from reporter.web.staff_words import BADGES, Badge

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
    "choose": "Chosen where both had changed a rule",
    "merge": "Brought up to date with the live set",
    "propose": "Proposed",
    "take_back": "Taken back, to be changed",
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
    off: str


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
class StepView:
    what: str
    who: str
    when: str
    reason: str


@dataclass(frozen=True)
class SideView:
    """One side's entry: its text, empty where it was taken out there, and what the rule says."""

    is_ours: bool
    whose: str
    text: str
    rule: RuleView | None


@dataclass(frozen=True)
class ConflictView:
    """One entry that both sides changed."""

    id: str
    name: str
    sides: tuple[SideView, ...]


@dataclass(frozen=True)
class DraftView:
    """One set with all that somebody needs to decide about it."""

    line: SetView
    found: RuleSet
    changes: tuple[Change, ...]
    problems: tuple[str, ...]
    tested: TestView | None
    is_stale: bool
    conflicts: tuple[ConflictView, ...]
    unsigned: int
    rules: tuple[str, ...]
    off: tuple[str, ...]
    steps: tuple[StepView, ...]


def rules_of(db: Database, found: RuleSet) -> tuple[RuleView, ...]:
    """Every rule of a set in plain sentences, those that are switched off last."""
    known = rulesets.of(db, found)
    text = ruleset_book.files(db, found.clinic_id, found.number)[CASES]
    cases = read_cases(text, known)
    signed = rule_signatures.of(db, found.clinic_id, known)
    return tuple(
        _rule(known, rule, cases, signed.get(rule.id)) for rule in (*known.rules, *known.off)
    )


def groups(rules: tuple[RuleView, ...]) -> tuple[Group, ...]:
    """The rules that decide, the most urgent level first."""
    told = [one for one in rules if not one.off]
    return tuple(
        Group(BADGES[level], tuple(one for one in told if one.badge is BADGES[level]))
        for level in sorted(Level, reverse=True)
        if level is not Level.SELF_CARE
    )


def _rule(
    known: Knowledge, rule: Rule, cases: tuple[Case, ...], signed: Signature | None
) -> RuleView:
    return RuleView(
        id=rule.id,
        badge=BADGES[rule.level],
        because=rule.because,
        condition=condition(rule.when, known),
        sources=rule.sources,
        signed=signature(signed),
        cases=tuple(_case(known, case) for case in cases if case.rule == rule.id),
        off=rule.switched_off,
    )


def signature(signed: Signature | None) -> str:
    """`Ann Lin, 24 Nov 2026`; empty where nobody has signed."""
    return f"{signed.name}, {clock_words.day(date.fromisoformat(signed.on))}" if signed else ""


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
        is_stale=found.state in {"draft", "proposed"} and found.based_on != live.number,
        conflicts=tuple(_conflict(one, known) for one in found.conflicts),
        unsigned=len(known.rules) - len(rule_signatures.of(db, found.clinic_id, known)),
        rules=tuple(sorted(rule.id for rule in known.rules)),
        off=tuple(sorted(rule.id for rule in known.off)),
        steps=tuple(_step(one, zone, now) for one in history),
    )


def _conflict(one: Conflict, known: Knowledge) -> ConflictView:
    sides = [SideView(True, "Ours", one.ours, _read(one.ours, known))]
    sides += [SideView(False, f"From {one.against}", one.theirs, _read(one.theirs, known))]
    kind, _, name = one.name.partition(" ")
    return ConflictView(one.name, f"{kind.capitalize()} {name}", tuple(sides))


def _read(text: str, known: Knowledge) -> RuleView | None:
    """A side in plain sentences, where it is a rule that these symptoms can read."""
    if not text.startswith("[[rule]]"):
        return None
    try:
        return _rule(known, knowledge.read_rule(text, known), (), None)
    except KnowledgeError:
        return None


def _step(step: Step, zone: str, now: datetime) -> StepView:
    when = clock_words.moment(step.at, now, zone)
    return StepView(staff_words.named(STEPS, step.verb), step.by_name, when, step.reason)
