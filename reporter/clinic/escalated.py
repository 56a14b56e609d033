"""What waits for a practitioner: the questions that were escalated and not answered yet."""

from dataclasses import dataclass

from reporter.clinic import casebook, queue, staff, treatments
from reporter.clinic.casebook import COLUMNS, Case
from reporter.clinic.reports import StoredReport
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database

MOST = 50


@dataclass(frozen=True)
class Asked:
    """One question; `acknowledged_name` is empty until somebody has it."""

    case: Case
    treatment: Treatment
    reports: tuple[StoredReport, ...]
    acknowledged_name: str


@dataclass(frozen=True)
class ToConfirm:
    """An emergency that one person closed: a second one has yet to say yes."""

    case: Case
    reference: str
    closed_by: str


def to_confirm(
    db: Database, clinic_id: str, staff_id: str, limit: int = MOST
) -> tuple[ToConfirm, ...]:
    """Closes that wait for somebody else than who closed, the least time left on top."""
    rows = db.query(
        f"{COLUMNS} where clinic_id = :c and is_open = 1 and state = 'closing' "
        "and closing_by <> :me order by due_at, id limit :n",
        c=clinic_id,
        me=staff_id,
        n=limit,
    )
    names = {one.id: one.name for one in staff.everybody(db, clinic_id)}
    found = tuple(casebook.from_row(row) for row in rows)
    return tuple(
        ToConfirm(
            case,
            treatments.reference(db, clinic_id, case.treatment_id),
            names.get(case.closing_by or "", "Somebody who left"),
        )
        for case in found
    )


def waiting(db: Database, clinic_id: str, limit: int = MOST) -> tuple[Asked, ...]:
    """The gravest on top, then the least time left."""
    rows = db.query(
        f"{COLUMNS} where clinic_id = :c and is_open = 1 and state = 'escalated' "
        "order by undecided desc, level desc, due_at, id limit :n",
        c=clinic_id,
        n=limit,
    )
    names = {one.id: one.name for one in staff.everybody(db, clinic_id)}
    opened = queue.opened(db, clinic_id, tuple(casebook.from_row(row) for row in rows))
    return tuple(
        Asked(
            row.case,
            row.treatment,
            row.said,
            names.get(row.case.acknowledged_by or "", "Somebody who left"),
        )
        for row in opened
    )
