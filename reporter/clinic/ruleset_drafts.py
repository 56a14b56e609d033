"""Drafts of rules: begun, edited and back-tested by a clinician, before anybody is asked.

Each step is a line of the set's history, with its audit event.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reporter.clinic import backtest, rule_signatures, ruleset_book, rulesets
from reporter.clinic.backtest_tally import Tally
from reporter.clinic.ruleset_book import RuleSet, digest_of
from reporter.clinic.staff import Staff
from reporter.clock import stamp
from reporter.records.db import Database
from reporter.rules.rule_cases import FILE as CASES
from reporter.rules.rule_cases import failures, read_cases
from reporter.rules.rule_change import Keys, changed

CLINICIANS = ("practitioner", "director")
LONGEST_REASON = 2000
MOST_KEPT = 200
"""Moved reports that are kept with a draft for the second clinician; the rest are counted."""


class Refused(Exception):
    """This step is not possible now: one sentence says why and what to do instead."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class ChangedMeanwhile(Refused):
    """Somebody else moved this set after the page was opened."""


@dataclass(frozen=True)
class Step:
    """Who takes a step, when, and the version of the set that they saw."""

    by: Staff
    at: datetime
    seen: int
    reason: str = ""


def may_change(person: Staff) -> bool:
    return person.role in CLINICIANS


def start(db: Database, clinic_id: str, *, by: Staff, at: datetime) -> RuleSet:
    """A new draft: a copy of what is live."""
    only_clinicians(by)

    def work() -> RuleSet:
        live = rulesets.live_set(db, clinic_id, at)
        texts = ruleset_book.files(db, clinic_id, live.number)
        number = ruleset_book.add(
            db,
            clinic_id,
            texts,
            live.ruleset,
            state="draft",
            origin="clinic",
            by=by.actor,
            at=at,
            based_on=live.number,
        )
        if number is None:
            raise ChangedMeanwhile("Somebody began another draft just now. Look again.")
        return ruleset_book.get(db, clinic_id, number)

    return db.atomically(work)


def edit(
    db: Database,
    found: RuleSet,
    texts: Mapping[str, str],
    step: Step,
    *,
    verb: str = "edit",
    **more: Any,
) -> RuleSet:
    """New files for a draft. Raise KnowledgeError when they cannot be trusted, keeping nothing.

    What was tested before is forgotten: it was another text.
    """
    only_clinicians(step.by)
    kept = {**ruleset_book.files(db, found.clinic_id, found.number), **texts}
    known = rulesets.checked(kept)
    columns = {
        "files": ruleset_book.as_stored(kept),
        "ruleset": known.ruleset,
        "digest": digest_of(kept),
        "tested": None,
    }
    return moved(db, found, verb, "draft", {"draft"}, step, **columns, **more)


def change_rule(db: Database, found: RuleSet, rule_id: str, keys: Keys, step: Step) -> RuleSet:
    """One rule of a draft otherwise: its level, its thresholds, its signature."""
    texts = ruleset_book.files(db, found.clinic_id, found.number)
    return edit(db, found, changed(texts, rule_id, keys), step)


def take_back(db: Database, found: RuleSet, step: Step) -> RuleSet:
    """A proposal becomes a draft again, to be changed."""
    only_clinicians(step.by)
    columns = {"proposed_at": None, "proposed_by": None, "reason": ""}
    return moved(db, found, "take_back", "draft", {"proposed"}, step, **columns)


def sign(
    db: Database, found: RuleSet, day: date, step: Step, rule_ids: Collection[str] | None = None
) -> int:
    """This clinician's name under these rules of a set, or under all that nobody has signed."""
    only_clinicians(step.by)
    if step.seen != found.version:
        raise ChangedMeanwhile("Somebody changed this set after you opened it. Look again.")
    known = rulesets.of(db, found)
    signed = rule_signatures.of(db, found.clinic_id, known)
    wanted = [
        rule
        for rule in known.rules
        if rule.id not in signed and (rule_ids is None or rule.id in rule_ids)
    ]
    return rule_signatures.sign(db, found.clinic_id, wanted, by=step.by, day=day, at=step.at)


def problems(db: Database, found: RuleSet) -> tuple[str, ...]:
    """The cases that this set does not hold; none may be left when it is proposed."""
    known = rulesets.of(db, found)
    text = ruleset_book.files(db, found.clinic_id, found.number)[CASES]
    return failures(read_cases(text, known), known)


def try_out(db: Database, found: RuleSet, at: datetime) -> Tally:
    """The back-test in this one process, as the pages run it."""
    live = rulesets.live_set(db, found.clinic_id, at)
    chunk = backtest.whole(db, found.clinic_id)
    return backtest.run(db, found.clinic_id, rulesets.of(db, found), rulesets.of(db, live), chunk)


def keep_test(db: Database, found: RuleSet, tally: Tally, step: Step) -> RuleSet:
    """Keep what a back-test of this very text found, for whoever decides about it."""
    only_clinicians(step.by)
    state = found.state
    return moved(
        db,
        found,
        "test",
        state,
        {"draft", "proposed"},
        step,
        tested=kept_test(found, tally, step.at),
    )


def kept_test(found: RuleSet, tally: Tally, at: datetime) -> str:
    return ruleset_book.as_json(
        {
            "at": stamp(at),
            "digest": found.digest,
            "total": tally.total,
            "table": [[old, new, n] for (old, new), n in sorted(tally.table.items(), key=str)],
            "lowered": tally.lowered,
            "raised": tally.raised,
            "serious": tally.serious,
            "extra_calls_a_week": round(tally.extra_calls_a_week, 1),
            "moved": [
                [m.case_id, m.received_at, m.old, m.new, m.serious] for m in tally.moved[:MOST_KEPT]
            ],
        }
    )


def withdraw(db: Database, found: RuleSet, step: Step) -> RuleSet:
    """Put a draft or a proposal away. It stays to be read."""
    only_clinicians(step.by)
    return moved(db, found, "withdraw", "withdrawn", {"draft", "proposed"}, step)


def moved(
    db: Database,
    found: RuleSet,
    verb: str,
    to_state: str,
    from_states: set[str],
    step: Step,
    **columns: Any,
) -> RuleSet:
    if found.state not in from_states:
        raise Refused(f"This set is {found.state}: that is not possible any more.")
    if len(step.reason) > LONGEST_REASON:
        raise Refused(f"At most {LONGEST_REASON} letters.", "reason")
    if step.seen != found.version:
        raise ChangedMeanwhile("Somebody changed this set after you opened it. Look again.")

    def work() -> RuleSet:
        reason = step.reason.strip()
        by, at = step.by.actor, step.at
        if not ruleset_book.move(
            db, found, verb, to_state, by=by, at=at, reason=reason, columns=columns
        ):
            raise ChangedMeanwhile("Somebody changed this set just now. Look again.")
        return ruleset_book.get(db, found.clinic_id, found.number)

    return db.atomically(work)


def only_clinicians(person: Staff) -> None:
    if not may_change(person):
        raise Refused("Only a practitioner or the director can change the rules.")
