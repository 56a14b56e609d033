"""The book of cases: how each one stands, and each move made. Only `cases` writes here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporter.clinic.patients import key_of_id
from reporter.clinic.team import Team
from reporter.clinic.waits import USUAL, WaitTable
from reporter.clock import instant, maybe_instant, maybe_stamp, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database, Row
from reporter.records.ids import new_id
from reporter.records.seal import Key
from reporter.rules.levels import Level

NOBODY = Team()


class NotThere(Exception):
    """No such case at this clinic."""


@dataclass(frozen=True)
class Case:
    """States: new, claimed, waiting, monitoring, escalated, closing, closed.

    `attempts` counts unanswered calls. In `closing` a second person has yet to confirm what
    `closing_by` closed.
    """

    clinic_id: str
    id: str
    treatment_id: str
    state: str
    level: Level
    undecided: bool
    owner_id: str | None
    due_at: datetime | None
    attempts: int
    outcome: str | None
    opened_at: datetime
    closed_at: datetime | None
    version: int
    escalated_by: str | None = None
    escalated_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    closing_by: str | None = None
    regulator: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state != "closed"

    @property
    def gravity(self) -> Level:
        """How grave it counts: what the rules could not decide may be anything."""
        return Level.EMERGENCY if self.undecided else self.level


@dataclass(frozen=True)
class Move:
    """One line of the timeline."""

    version: int
    verb: str
    by_kind: str
    by_id: str | None
    by_name: str
    at: datetime
    from_state: str
    to_state: str
    level: Level
    due_at: datetime | None
    details: Mapping[str, Any]
    note: str
    # What it changed of the case's row; None for moves from before this was written down.
    changed: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Asked:
    """What a move was asked with: who, when, the fields of its form, and who else is there.

    `tries` counts the calls at different times that reached nobody; `waits` are the clinic's own.
    """

    by: Actor
    at: datetime
    details: Mapping[str, Any]
    team: Team = NOBODY
    tries: int = 0
    waits: WaitTable = USUAL

    @property
    def role(self) -> str:
        return self.team.role(self.by.id)

    @property
    def note(self) -> str:
        return str(self.details.get("note") or "").strip()


def fresh(clinic_id: str, treatment_id: str, asked: Asked) -> Case:
    """A case that nobody has taken, as a report asks for it."""
    return Case(
        clinic_id=clinic_id,
        id=new_id(asked.at),
        treatment_id=treatment_id,
        state="new",
        level=asked.details["level"],
        undecided=asked.details["undecided"],
        owner_id=None,
        due_at=asked.details["due_at"],
        attempts=0,
        outcome=None,
        opened_at=asked.at,
        closed_at=None,
        version=1,
    )


def add(db: Database, case: Case, asked: Asked) -> None:
    """Write a new case, with its first line in the timeline."""
    db.run(
        "insert into cases (clinic_id, id, treatment_id, state, is_open, undecided, level, "
        "owner_id, due_at, attempts, outcome, opened_at, closed_at, version) values "
        "(:clinic_id, :id, :treatment_id, :state, :is_open, :undecided, :level, :owner_id, "
        ":due_at, :attempts, :outcome, :opened_at, :closed_at, :version)",
        **{name: value for name, value in _columns(case).items() if name not in LATER},
        treatment_id=case.treatment_id,
        opened_at=stamp(case.opened_at),
    )
    note_move(db, "open", None, case, asked)


# Columns that nobody has filled in when a case is opened.
LATER = frozenset(
    {
        "escalated_by",
        "escalated_at",
        "acknowledged_by",
        "acknowledged_at",
        "closing_by",
        "regulator",
    }
)


def _columns(case: Case) -> dict[str, Any]:
    return {
        "clinic_id": case.clinic_id,
        "id": case.id,
        "is_open": int(case.is_open),
        "version": case.version,
        **state_of(case),
    }


def state_of(case: Case) -> dict[str, Any]:
    """Every column that a move may change, as it is stored."""
    return {
        "state": case.state,
        "undecided": int(case.undecided),
        "level": int(case.level),
        "owner_id": case.owner_id,
        "due_at": maybe_stamp(case.due_at),
        "attempts": case.attempts,
        "outcome": case.outcome,
        "closed_at": maybe_stamp(case.closed_at),
        "escalated_by": case.escalated_by,
        "escalated_at": maybe_stamp(case.escalated_at),
        "acknowledged_by": case.acknowledged_by,
        "acknowledged_at": maybe_stamp(case.acknowledged_at),
        "closing_by": case.closing_by,
        "regulator": case.regulator,
    }


def change(db: Database, case: Case, expected_version: int) -> bool:
    """Write how it stands now, if nobody else did since that version."""
    changed = db.run(
        "update cases set state = :state, is_open = :is_open, undecided = :undecided, "
        "level = :level, owner_id = :owner_id, due_at = :due_at, attempts = :attempts, "
        "outcome = :outcome, closed_at = :closed_at, escalated_by = :escalated_by, "
        "escalated_at = :escalated_at, acknowledged_by = :acknowledged_by, "
        "acknowledged_at = :acknowledged_at, closing_by = :closing_by, regulator = :regulator, "
        "version = :version "
        "where clinic_id = :clinic_id and id = :id and version = :expected",
        **_columns(case),
        expected=expected_version,
    )
    return changed == 1


def note_move(db: Database, verb: str, before: Case | None, after: Case, asked: Asked) -> None:
    """Write one line of the timeline, and its audit event, with the open transaction."""
    was, now = state_of(before) if before else {}, state_of(after)
    coded = {k: _coded(v) for k, v in asked.details.items() if k != "note"}
    db.run(
        "insert into case_moves (clinic_id, id, case_id, version, verb, by_kind, by_id, by_name, "
        "at, from_state, to_state, level, due_at, details, changed, sealed_note) values (:c, :id, "
        ":case_id, :version, :verb, :kind, :by_id, :name, :at, :from_state, :to_state, :level, "
        ":due_at, :details, :changed, :note)",
        c=after.clinic_id,
        id=new_id(asked.at),
        case_id=after.id,
        version=after.version,
        verb=verb,
        kind=asked.by.kind,
        by_id=asked.by.id or None,
        name=asked.by.name,
        at=stamp(asked.at),
        from_state=(before or after).state,
        to_state=after.state,
        level=int(after.level),
        due_at=maybe_stamp(after.due_at),
        details=json.dumps(coded),
        changed=json.dumps({k: v for k, v in now.items() if k not in was or was[k] != v}),
        note=_sealed_note(db, after, asked.note),
    )
    record(db, after.clinic_id, asked.by, f"case.{verb}", after.id, asked.at, state=after.state)


def _coded(value: Any) -> Any:
    return stamp(value) if isinstance(value, datetime) else value


def _sealed_note(db: Database, case: Case, note: str) -> str | None:
    return _key(db, case).seal("note", note) if note else None


def _key(db: Database, case: Case) -> Key:
    row = db.one(
        "select patient_id from treatments where clinic_id = :c and id = :t",
        c=case.clinic_id,
        t=case.treatment_id,
    )
    return key_of_id(db, case.clinic_id, row["patient_id"] if row else "")


COLUMNS = """
select clinic_id, id, treatment_id, state, level, undecided, owner_id, due_at, attempts, outcome,
       opened_at, closed_at, version, escalated_by, escalated_at, acknowledged_by,
       acknowledged_at, closing_by, regulator from cases
"""


def get(db: Database, clinic_id: str, case_id: str) -> Case:
    """Raise NotThere for an id of no case, or of another clinic's."""
    row = db.one(COLUMNS + "where clinic_id = :c and id = :id", c=clinic_id, id=str(case_id))
    if row is None:
        raise NotThere("There is no such case here.")
    return from_row(row)


def of_treatment(db: Database, clinic_id: str, treatment_id: str) -> Case | None:
    row = db.one(
        COLUMNS + "where clinic_id = :c and treatment_id = :t", c=clinic_id, t=treatment_id
    )
    return from_row(row) if row else None


def all_open(db: Database, clinic_id: str, limit: int = 1000) -> tuple[Case, ...]:
    """Who to call first: undecided, then by level, what only waits for a second person's yes below
    the others of its level, then by the time that is left."""
    rows = db.query(
        COLUMNS + "where clinic_id = :c and is_open = 1 "
        "order by undecided desc, level desc, case when state = 'closing' then 1 else 0 end, "
        "due_at, id limit :n",
        c=clinic_id,
        n=limit,
    )
    return tuple(from_row(row) for row in rows)


def overdue(db: Database, clinic_id: str, at: datetime) -> tuple[Case, ...]:
    """Every open case whose due time has come, the longest late first."""
    rows = db.query(
        COLUMNS + "where clinic_id = :c and is_open = 1 and due_at <= :now order by due_at, id",
        c=clinic_id,
        now=stamp(at),
    )
    return tuple(from_row(row) for row in rows)


def not_taken(db: Database, clinic_id: str) -> tuple[Case, ...]:
    """Every open case that is nobody's, the first due first."""
    rows = db.query(
        COLUMNS + "where clinic_id = :c and is_open = 1 and state = 'new' order by due_at, id",
        c=clinic_id,
    )
    return tuple(from_row(row) for row in rows)


def verbs_since(db: Database, clinic_id: str, case_id: str, version: int) -> list[str]:
    """What was done after that version."""
    rows = db.query(
        "select verb from case_moves where clinic_id = :c and case_id = :id and version > :v",
        c=clinic_id,
        id=case_id,
        v=version,
    )
    return [row["verb"] for row in rows]


def history(db: Database, clinic_id: str, case_id: str) -> tuple[Move, ...]:
    """All that was done about a case, oldest first."""
    rows = db.query(
        "select m.version, m.verb, m.by_kind, m.by_id, m.by_name, m.at, m.from_state, m.to_state, "
        "m.level, m.due_at, m.details, m.changed, m.sealed_note, p.wrapped_key "
        "from case_moves m "
        "join cases k on k.clinic_id = m.clinic_id and k.id = m.case_id "
        "join treatments t on t.clinic_id = k.clinic_id and t.id = k.treatment_id "
        "join patients p on p.clinic_id = t.clinic_id and p.id = t.patient_id "
        "where m.clinic_id = :c and m.case_id = :id order by m.version",
        c=clinic_id,
        id=case_id,
    )
    return tuple(_move_from_row(db, row) for row in rows)


def _move_from_row(db: Database, row: Row) -> Move:
    sealed, wrapped = row["sealed_note"], row["wrapped_key"]
    return Move(
        version=row["version"],
        verb=row["verb"],
        by_kind=row["by_kind"],
        by_id=row["by_id"],
        by_name=row["by_name"],
        at=instant(row["at"]),
        from_state=row["from_state"],
        to_state=row["to_state"],
        level=Level(row["level"]),
        due_at=maybe_instant(row["due_at"]),
        details=json.loads(row["details"]),
        note=db.vault.key(wrapped).open("note", sealed) if sealed and wrapped else "",
        changed=json.loads(row["changed"]) if row["changed"] else None,
    )


def from_row(row: Row) -> Case:
    return Case(
        clinic_id=row["clinic_id"],
        id=row["id"],
        treatment_id=row["treatment_id"],
        state=row["state"],
        level=Level(row["level"]),
        undecided=bool(row["undecided"]),
        owner_id=row["owner_id"],
        due_at=maybe_instant(row["due_at"]),
        attempts=row["attempts"],
        outcome=row["outcome"],
        opened_at=instant(row["opened_at"]),
        closed_at=maybe_instant(row["closed_at"]),
        version=row["version"],
        escalated_by=row["escalated_by"],
        escalated_at=maybe_instant(row["escalated_at"]),
        acknowledged_by=row["acknowledged_by"],
        acknowledged_at=maybe_instant(row["acknowledged_at"]),
        closing_by=row["closing_by"],
        regulator=row["regulator"],
    )
