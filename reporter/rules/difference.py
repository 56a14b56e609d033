"""What one rule set says otherwise than another, rule by rule, in plain sentences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import ge, le
from typing import Any, Final

from reporter.rules.conditions import Condition
from reporter.rules.knowledge import Knowledge, Rule
from reporter.rules.wording import LEVELS, condition

# Keys that set a bound, and when a new bound lets more reports through than the one before.
BOUNDS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    **dict.fromkeys(("severity_at_least", "onset_from", "day_from", "domains_at_least"), le),
    **dict.fromkeys(("onset_to", "day_to"), ge),
}


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
    off = {rule.id: rule.switched_off for rule in new.off}
    were_off = {rule.id for rule in old.off}
    found = [
        *(_gone(rule, off.get(id, "")) for id, rule in before.items() if id not in after),
        *(_new(rule, new, id in were_off) for id, rule in after.items() if id not in before),
        *(
            Change(id, says, _may_lower(before[id], rule))
            for id, rule in after.items()
            if id in before and (says := tuple(_otherwise(before[id], rule, old, new)))
        ),
    ]
    return tuple(sorted(found, key=lambda change: not change.lowers))


def _gone(rule: Rule, why: str) -> Change:
    how = f"Switched off: “{why}”." if why else "Taken out."
    return Change(rule.id, (f"{how} It was {LEVELS[rule.level]}: {rule.because}",), True)


def _new(rule: Rule, knowledge: Knowledge, was_off: bool) -> Change:
    says = f"{'On again' if was_off else 'New'}, {LEVELS[rule.level]}: {rule.because}"
    return Change(rule.id, (says, condition(rule.when, knowledge)), False)


def _may_lower(old: Rule, new: Rule) -> bool:
    """Whether a report that the old rule was about may now be asked less of."""
    return new.level < old.level or not _covers(new.when, old.when)


def _covers(new: Condition, old: Condition) -> bool:
    """Whether each key surely lets through all that it did; if in doubt it does not."""
    now, before = vars(new), vars(old)
    return all(
        now[key] == before[key] or _lets_more(key, now[key], before[key], new) for key in now
    )


def _lets_more(key: str, now: Any, before: Any, new: Condition) -> bool:
    if key in BOUNDS:
        is_wider = BOUNDS[key]
        return now is None or (before is not None and is_wider(now, before))
    if key == "any_of":
        return new.any_symptom or (bool(before) and {*before} <= {*now})
    if key.startswith(("all_", "none_")):
        return {*now} <= {*before}
    if isinstance(now, tuple):  # one of them is enough, and an empty list asks nothing
        return not now or (bool(before) and {*before} <= {*now})
    return bool(now) if key == "any_symptom" else not now


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
