"""Calls to somebody silent that reached nobody: when, by whom, what came of them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reporter.clinic.treatments import Treatment
from reporter.clock import instant, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database
from reporter.records.ids import new_id

RESULTS = ("no_answer", "voicemail", "wrong_number")
# A second try for the same person within this time is one press too many.
ONCE_IN_SECONDS = 60


@dataclass(frozen=True)
class Try:
    """One call. `name` is who called."""

    at: datetime
    result: str
    name: str


def tried(
    db: Database, treatment: Treatment, result: str, *, by: Actor, at: datetime
) -> Try | None:
    """Write down a call in vain; None when this person has just written it down.

    Raise ValueError for a result that is none of RESULTS.
    """
    if result not in RESULTS:
        raise ValueError("Choose what came of the call.")
    with db.transaction():
        last = _latest(db, treatment, by.id)
        if last and (at - last).total_seconds() < ONCE_IN_SECONDS:
            return None
        db.run(
            "insert into silent_tries (clinic_id, id, treatment_id, staff_id, result, tried_at) "
            "values (:c, :id, :t, :staff, :result, :at)",
            c=treatment.clinic_id,
            id=new_id(at),
            t=treatment.id,
            staff=by.id,
            result=result,
            at=stamp(at),
        )
        record(db, treatment.clinic_id, by, "silent.tried", treatment.id, at, result=result)
    return Try(at, result, by.name)


def _latest(db: Database, treatment: Treatment, staff_id: str) -> datetime | None:
    row = db.one(
        "select max(tried_at) as at from silent_tries "
        "where clinic_id = :c and treatment_id = :t and staff_id = :s",
        c=treatment.clinic_id,
        t=treatment.id,
        s=staff_id,
    )
    return instant(row["at"]) if row and row["at"] else None


def since(db: Database, clinic_id: str, at: datetime) -> Mapping[str, tuple[Try, ...]]:
    """All tries since then, by treatment, oldest first."""
    found: dict[str, tuple[Try, ...]] = defaultdict(tuple)
    for row in db.query(
        "select n.treatment_id, n.tried_at, n.result, s.name from silent_tries n "
        "join staff s on s.clinic_id = n.clinic_id and s.id = n.staff_id "
        "where n.clinic_id = :c and n.tried_at >= :since order by n.tried_at, n.id",
        c=clinic_id,
        since=stamp(at),
    ):
        one = Try(instant(row["tried_at"]), row["result"], row["name"])
        found[row["treatment_id"]] += (one,)
    return found
