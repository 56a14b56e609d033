"""What one rule set says otherwise than another, rule by rule, in plain sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reporter.rules.knowledge import Knowledge, Rule
from reporter.rules.wording import LEVELS, condition


@dataclass(frozen=True)
class Change:
    """One rule that is new, gone or otherwise; `lowers` where less may be asked of somebody."""

    rule: str
    says: tuple[str, ...]
    lowers: bool


def changes(old: Knowledge, new: Knowledge) -> tuple[Change, ...]:
    """Every rule that differs, those that may lower a level first."""
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    found = [
        *(_gone(rule) for id, rule in before.items() if id not in after),
        *(_new(rule, new) for id, rule in after.items() if id not in before),
        *(
            Change(id, says, rule.level < before[id].level)
            for id, rule in after.items()
            if id in before and (says := tuple(_otherwise(before[id], rule, old, new)))
        ),
    ]
    return tuple(sorted(found, key=lambda change: not change.lowers))


def _gone(rule: Rule) -> Change:
    return Change(rule.id, (f"Taken out. It was {LEVELS[rule.level]}: {rule.because}",), True)


def _new(rule: Rule, knowledge: Knowledge) -> Change:
    says = f"New, {LEVELS[rule.level]}: {rule.because}"
    return Change(rule.id, (says, condition(rule.when, knowledge)), False)


def _otherwise(old: Rule, new: Rule, before: Knowledge, after: Knowledge) -> Iterator[str]:
    if old.level != new.level:
        yield f"Level: {LEVELS[old.level]} before, {LEVELS[new.level]} now."
    if old.when != new.when:
        yield f"Asked before: {condition(old.when, before)}"
        yield f"Asks now: {condition(new.when, after)}"
    if old.because != new.because:
        yield f"Sentence: “{new.because}”"
    if old.sources != new.sources:
        yield f"Sources: {new.source}"
    if (old.reviewed_by, old.reviewed_on) != (new.reviewed_by, new.reviewed_on):
        yield f"Signed by {new.reviewed_by}." if new.reviewed_by else "The signature was taken out."
