"""What a patient adds to a case without a new report: noted in its timeline, and lowers nothing."""

from datetime import datetime
from itertools import takewhile
from typing import Any

from reporter.clinic import casebook, cases
from reporter.clinic.casebook import Case
from reporter.records.audit import PATIENT
from reporter.records.db import Busy, Database

TRIES = 5


def remark(
    db: Database, clinic_id: str, treatment_id: str, what: str, *, at: datetime, **details: Any
) -> bool:
    """Note on the case what the patient adds; it lowers nothing.

    False when there is no case, or when the same stands there since the last report.
    """

    def work() -> bool:
        for _ in range(TRIES):
            try:
                return _note(db, clinic_id, treatment_id, {"what": what, **details}, at)
            except cases.Conflict:
                continue  # somebody at the desk was quicker: what they did stays, and so does this
        raise Busy("This case moves too often just now.")

    return db.atomically(work)


def _note(
    db: Database, clinic_id: str, treatment_id: str, said: dict[str, Any], at: datetime
) -> bool:
    case = casebook.of_treatment(db, clinic_id, treatment_id)
    if case is None or said in _remarks(db, case):
        return False
    version = case.version
    cases.move(
        db, clinic_id, case.id, "remark", by=PATIENT, at=at, expected_version=version, **said
    )
    return True


def _remarks(db: Database, case: Case) -> list[dict[str, Any]]:
    """What the patient has added since the last report."""
    moves = reversed(casebook.history(db, case.clinic_id, case.id))
    since = takewhile(lambda one: one.verb not in {"open", "report_again"}, moves)
    return [dict(one.details) for one in since if one.verb == "remark"]
