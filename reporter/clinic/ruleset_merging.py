"""A draft and what changed beside it: brought together, and chosen where both changed one rule."""

from dataclasses import replace

from reporter.clinic import ruleset_book, rulesets
from reporter.clinic.ruleset_book import RuleSet
from reporter.clinic.ruleset_drafts import ChangedMeanwhile, Step, edit
from reporter.records.db import Database
from reporter.rules.rule_merge import brought_together, cases_following, chosen


def choose(db: Database, found: RuleSet, name: str, ours: bool, step: Step) -> RuleSet:
    """One side of a conflict of a draft. Raise KnowledgeError when the set cannot hold it."""
    conflict = next((one for one in found.conflicts if one.name == name), None)
    if conflict is None:
        raise ChangedMeanwhile("Somebody has chosen here already. Look again.")
    files = ruleset_book.files(db, found.clinic_id, found.number)
    after = chosen(files, conflict, ours)
    after = cases_following(after, after)  # chosen by a person: levels follow down as well as up
    rest = tuple(one for one in found.conflicts if one is not conflict)
    side = "kept ours" if ours else f"took it from {conflict.against}"
    step = replace(step, reason=f"{name}: {side}")
    columns = {"conflicts": ruleset_book.as_conflicts(rest)}
    return edit(db, found, after, step, verb="choose", **columns)


def catch_up(db: Database, found: RuleSet, step: Step) -> RuleSet:
    """What another set has changed since this draft was begun, taken into the draft."""
    live = rulesets.live_set(db, found.clinic_id, step.at)
    mine = ruleset_book.files(db, found.clinic_id, found.number)
    lives = ruleset_book.files(db, found.clinic_id, live.number)
    if found.based_on is None:  # an upgrade from before upgrades were merged
        before = rulesets.grown_from(db, live)
        together = brought_together(before, lives, mine, "the upgrade")
    else:
        before = ruleset_book.files(db, found.clinic_id, found.based_on)
        together = brought_together(before, mine, lives, f"set {live.number}")
    named = {one.name for one in together.conflicts}
    open_still = tuple(one for one in found.conflicts if one.name not in named)
    columns = {
        "based_on": live.number,
        "conflicts": ruleset_book.as_conflicts((*open_still, *together.conflicts)),
    }
    return edit(db, found, together.files, step, verb="merge", **columns)
