"""Open cases that nobody has taken: since when, and when everybody is told again."""

from datetime import datetime, timedelta

from reporter.clinic import casebook
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import is_open, next_opening
from reporter.clinic.open_minutes import later
from reporter.clock import instant
from reporter.records.db import Database
from reporter.rules.levels import Level


def too_long(db: Database, clinic: Clinic, at: datetime) -> tuple[Case, ...]:
    """Those for which the step before the due time has come, the first due first."""
    return tuple(
        case
        for case, since in _waiting(db, clinic.id)
        if (when := told_again(clinic, case, since)) and when <= at
    )


def told_again(clinic: Clinic, case: Case, since: datetime) -> datetime | None:
    """None where the clinic wants no such step. Counted from when somebody is there to take it."""
    minutes = clinic.steps.of(case.gravity).unclaimed
    if not minutes:
        return None
    if case.gravity < Level.URGENT:
        return later(clinic.hours, since, minutes)
    there = case.gravity is Level.EMERGENCY or clinic.has_on_call or is_open(clinic.hours, since)
    start = since if there else next_opening(clinic.hours, since)
    return start + timedelta(minutes=minutes)


def _waiting(db: Database, clinic_id: str) -> list[tuple[Case, datetime]]:
    """With the first moment at which it stood like that; giving it back begins no new time."""
    rows = db.query(
        "select case_id, min(m.at) as since from case_moves m where m.clinic_id = :c "
        "and m.to_state = 'new' and exists (select 1 from cases k where k.clinic_id = :c "
        "and k.id = m.case_id and k.is_open = 1 and k.state = 'new' "
        "and k.due_at = m.due_at and k.level = m.level) group by case_id",
        c=clinic_id,
    )
    since = {row["case_id"]: instant(row["since"]) for row in rows}
    found = casebook.not_taken(db, clinic_id)
    return [(case, since[case.id]) for case in found if case.id in since]
