"""Cases whose owner is away: closed account, signed off, or not seen while the case is due.

They are given back to everybody, so that nothing waits for somebody who is not there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import cases
from reporter.clinic.cases import Conflict, Refused
from reporter.clinic.clinics import Clinic
from reporter.clinic.sessions import IDLE
from reporter.clock import stamp
from reporter.records.audit import SYSTEM
from reporter.records.db import Database, Row

# Whoever logs in again at once has not gone home.
GRACE = timedelta(minutes=2)


@dataclass(frozen=True)
class Away:
    """Somebody who is not there. Only what is due is taken from them, unless `all_now`."""

    owner_id: str
    why: str
    since: str
    all_now: bool = False


def release(db: Database, clinic: Clinic, at: datetime) -> int:
    """Give back what absent owners hold at one clinic. How many cases."""
    return sum(
        _let_go(db, clinic.id, row["id"], row["version"], one, at)
        for one in _away(db, clinic.id, at)
        for row in _held(db, clinic, one, at)
    )


def _away(db: Database, clinic_id: str, at: datetime) -> list[Away]:
    """Of those who own an open case, who is away or may be."""
    rows = db.query(
        "select s.id, s.disabled_at, max(n.seen_at) as seen_at, max(n.ended_at) as ended_at, "
        "max(case when n.ended_at is null then n.seen_at end) as live_at "
        "from staff s left join sessions n "
        "on n.clinic_id = s.clinic_id and n.staff_id = s.id and n.half = 0 "
        "where s.clinic_id = :c and s.id in "
        "(select owner_id from cases where clinic_id = :c and is_open = 1) "
        "group by s.id, s.disabled_at",
        c=clinic_id,
    )
    found = (_seen(row, at) for row in rows)
    return [one for one in found if one]


def _seen(row: Row, at: datetime) -> Away | None:
    seen, ended, live = row["seen_at"] or "", row["ended_at"] or "", row["live_at"] or ""
    if row["disabled_at"]:
        return Away(row["id"], "disabled", seen, all_now=True)
    if live > stamp(at - IDLE):
        return None
    if live < ended <= stamp(at - GRACE):
        return Away(row["id"], "signed_off", ended)
    return Away(row["id"], "idle", seen)


def _held(db: Database, clinic: Clinic, one: Away, at: datetime) -> list[Row]:
    """What is taken from them: what is due and untouched, and at sign-off what was in hand."""
    without_a_sign = timedelta(minutes=clinic.waits.away)
    quiet = stamp(at if one.why == "disabled" else at - without_a_sign)
    return db.query(
        "select k.id, k.version from cases k "
        "where k.clinic_id = :c and k.is_open = 1 and k.owner_id = :owner and (:all = 1 "
        "or (:seen <= :quiet and k.due_at <= :now and not exists (select 1 from case_moves m "
        "where m.clinic_id = k.clinic_id and m.case_id = k.id and m.by_id = k.owner_id "
        "and m.at > :quiet)) "
        "or (:signed = 1 and (k.state = 'claimed' or k.due_at <= :now) "
        "and not exists (select 1 from case_moves m "
        "where m.clinic_id = k.clinic_id and m.case_id = k.id and m.by_id = k.owner_id "
        "and m.at > :seen)))",
        c=clinic.id,
        owner=one.owner_id,
        all=int(one.all_now),
        signed=int(one.why == "signed_off"),
        seen=one.since,
        quiet=quiet,
        now=stamp(at),
    )


def _let_go(
    db: Database, clinic_id: str, case_id: str, version: int, one: Away, at: datetime
) -> bool:
    """False where somebody acted meanwhile: then it is in hand."""
    try:
        cases.move(
            db,
            clinic_id,
            case_id,
            "absent",
            by=SYSTEM,
            at=at,
            expected_version=version,
            why=one.why,
            owner=one.owner_id,
        )
    except (Conflict, Refused):
        return False
    return True
