"""Which rules a clinician has read and signed, and by whom.

A signature belongs to what the rule says and not to a set: it decides nothing, so it needs no
second clinician, and a rule that stays the same stays signed in whichever set it stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from reporter.clinic.staff import Staff
from reporter.clock import stamp
from reporter.records.audit import record
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge, Rule


@dataclass(frozen=True)
class Signature:
    name: str
    on: str


def of(db: Database, clinic_id: str, known: Knowledge) -> Mapping[str, Signature]:
    """By rule id: signed here, or in the text of the rule itself."""
    rows = db.query(
        "select rule, content, name, signed_on from rule_signatures where clinic_id = :c",
        c=clinic_id,
    )
    here = {(row["rule"], row["content"]): Signature(row["name"], row["signed_on"]) for row in rows}
    written = {
        rule.id: Signature(rule.reviewed_by, rule.reviewed_on)
        for rule in known.rules
        if rule.reviewed_by
    }
    if not here:
        return written
    found = ((rule.id, here.get((rule.id, rule.content))) for rule in known.rules)
    return written | {rule: signature for rule, signature in found if signature}


def sign(
    db: Database, clinic_id: str, rules: Iterable[Rule], *, by: Staff, day: date, at: datetime
) -> int:
    """Sign each of these rules as it stands; how many were not signed before."""

    def work() -> int:
        return sum(_sign(db, clinic_id, rule, by, day, at) for rule in rules)

    return db.atomically(work)


def _sign(db: Database, clinic_id: str, rule: Rule, by: Staff, day: date, at: datetime) -> int:
    new = db.run(
        "insert into rule_signatures (clinic_id, rule, content, staff_id, name, signed_on, at) "
        "values (:c, :rule, :content, :by, :name, :day, :at) on conflict do nothing",
        c=clinic_id,
        rule=rule.id,
        content=rule.content,
        by=by.id,
        name=by.name,
        day=day.isoformat(),
        at=stamp(at),
    )
    if new:
        record(db, clinic_id, by.actor, "rule.signed", rule.id, at, content=rule.content)
    return new
