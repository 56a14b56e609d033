"""The book of cases: how each one stands, and each move made. Only `cases` writes here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporter.clinic.patients import key_of_id
from reporter.clock import instant, maybe_instant, maybe_stamp, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database, Row
from reporter.records.ids import new_id
from reporter.records.seal import Key
from reporter.rules.levels import Level


class NotThere(Exception):
    """No such case at this clinic."""


@dataclass(frozen=True)
class Case:
    """States: new, claimed, waiting, monitoring, closed; `attempts` counts unanswered calls."""

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

    @property
    def is_open(self) -> bool:
        return self.state != "closed"


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


@dataclass(frozen=True)
class Asked:
    """What a move was asked with: who, when, and the fields of its form."""

    by: Actor
    at: datetime
    details: Mapping[str, Any]

    @property
    def note(self) -> str:
        return str(self.details.get("note") or "").strip()


def add(db: Database, case: Case, asked: Asked) -> None:
    """Write a new case, with its first line in the timeline."""
    db.run(
        "insert into cases (clinic_id, id, treatment_id, state, is_open, undecided, level, "
        "owner_id, due_at, attempts, outcome, opened_at, closed_at, version) values "
        "(:clinic_id, :id, :treatment_id, :state, :is_open, :undecided, :level, :owner_id, "
        ":due_at, :attempts, :outcome, :opened_at, :closed_at, :version)",
        **_columns(case),
        treatment_id=case.treatment_id,
        opened_at=stamp(case.opened_at),
    )
    note_move(db, "open", case, case, asked)


def _columns(case: Case) -> dict[str, Any]:
    return {
        "clinic_id": case.clinic_id,
        "id": case.id,
        "state": case.state,
        "is_open": int(case.is_open),
        "undecided": int(case.undecided),
        "level": int(case.level),
        "owner_id": case.owner_id,
        "due_at": maybe_stamp(case.due_at),
        "attempts": case.attempts,
        "outcome": case.outcome,
        "closed_at": maybe_stamp(case.closed_at),
        "version": case.version,
    }


def change(db: Database, case: Case, expected_version: int) -> bool:
    """Write how it stands now, if nobody else did since that version."""
    changed = db.run(
        "update cases set state = :state, is_open = :is_open, undecided = :undecided, "
        "level = :level, owner_id = :owner_id, due_at = :due_at, attempts = :attempts, "
        "outcome = :outcome, closed_at = :closed_at, version = :version "
        "where clinic_id = :clinic_id and id = :id and version = :expected",
        **_columns(case),
        expected=expected_version,
    )
    return changed == 1


def note_move(db: Database, verb: str, before: Case, after: Case, asked: Asked) -> None:
    """Write one line of the timeline, and its audit event, with the open transaction."""
    coded = {k: _coded(v) for k, v in asked.details.items() if k != "note"}
    db.run(
        "insert into case_moves (clinic_id, id, case_id, version, verb, by_kind, by_id, by_name, "
        "at, from_state, to_state, level, due_at, details, sealed_note) values (:c, :id, :case_id, "
        ":version, :verb, :kind, :by_id, :name, :at, :from_state, :to_state, :level, :due_at, "
        ":details, :note)",
        c=after.clinic_id,
        id=new_id(asked.at),
        case_id=after.id,
        version=after.version,
        verb=verb,
        kind=asked.by.kind,
        by_id=asked.by.id or None,
        name=asked.by.name,
        at=stamp(asked.at),
        from_state=before.state,
        to_state=after.state,
        level=int(after.level),
        due_at=maybe_stamp(after.due_at),
        details=json.dumps(coded),
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
       opened_at, closed_at, version from cases
"""


def get(db: Database, clinic_id: str, case_id: str) -> Case:
    """Raise NotThere for an id of no case, or of another clinic's."""
    row = db.one(COLUMNS + "where clinic_id = :c and id = :id", c=clinic_id, id=str(case_id))
    if row is None:
        raise NotThere("There is no such case here.")
    return _from_row(row)


def of_treatment(db: Database, clinic_id: str, treatment_id: str) -> Case | None:
    row = db.one(
        COLUMNS + "where clinic_id = :c and treatment_id = :t", c=clinic_id, t=treatment_id
    )
    return _from_row(row) if row else None


def all_open(db: Database, clinic_id: str, limit: int = 1000) -> tuple[Case, ...]:
    """Who to call first: undecided, then by level, then by the time that is left."""
    rows = db.query(
        COLUMNS + "where clinic_id = :c and is_open = 1 "
        "order by undecided desc, level desc, due_at, id limit :n",
        c=clinic_id,
        n=limit,
    )
    return tuple(_from_row(row) for row in rows)


def lately_closed(db: Database, clinic_id: str, limit: int = 50) -> tuple[Case, ...]:
    rows = db.query(
        COLUMNS + "where clinic_id = :c and is_open = 0 order by closed_at desc limit :n",
        c=clinic_id,
        n=limit,
    )
    return tuple(_from_row(row) for row in rows)


def history(db: Database, clinic_id: str, case_id: str) -> tuple[Move, ...]:
    """All that was done about a case, oldest first."""
    rows = db.query(
        "select m.version, m.verb, m.by_kind, m.by_id, m.by_name, m.at, m.from_state, m.to_state, "
        "m.level, m.due_at, m.details, m.sealed_note, p.wrapped_key from case_moves m "
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
    )


def _from_row(row: Row) -> Case:
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
    )
