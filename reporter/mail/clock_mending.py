"""What a clock that ran ahead has left behind would wait until its time comes: it is set right."""

from datetime import datetime, timedelta

from reporter.clock import stamp
from reporter.mail.outbox import ALERT
from reporter.records.db import Database

# Nothing that was written by this clock lies farther ahead of it: creation and leases, tries.
AHEAD, FAR_AHEAD = timedelta(minutes=10), timedelta(hours=6)
WAITS = "where clinic_id = :c and state = 'due' and (:all = 1 or priority <= :alert) "
HELD = (
    "update outbox set lease_by = null, lease_until = null "  # noqa: S608 - our own words
    + WAITS
    + "and lease_until > :ahead"
)
LATE = (
    "update outbox set due_at = :now, "  # noqa: S608 - our own words
    "created_at = case when created_at > :now then :now else created_at end "
    + WAITS
    + "and (due_at > :far or created_at > :ahead) "
    "and (created_at <= :ahead or name not in ('checkin', 'reminder'))"
)
CLAIMED = (
    "update checkins set lease_by = null, lease_until = null where clinic_id = :c "
    "and state = 'planned' and due_at <= :now and lease_until > :ahead"
)
# Told too early, by a clock that ran ahead: it is told again when its time has come.
TOLD_EARLY = "delete from case_steps where clinic_id = :c and raised_at > :ahead"
READ_EARLY = "delete from reading_steps where clinic_id = :c and raised_at > :ahead"


def set_right(db: Database, clinic_id: str, at: datetime, *, alerts_only: bool = False) -> int:
    """What a clock that ran ahead has written or held would wait until then: it is due now.

    Not a check-in that it wrote, whose day has not come. While the clock is doubted `alerts_only`:
    it may be this one that is wrong. How many rows were mended.
    """
    mended = 0
    for sql in (HELD, LATE) if alerts_only else (HELD, LATE, CLAIMED, TOLD_EARLY, READ_EARLY):
        given = {"all": int(not alerts_only), "alert": ALERT, "far": stamp(at + FAR_AHEAD)}
        needed = {name: value for name, value in given.items() if f":{name}" in sql}
        mended += db.run(sql, c=clinic_id, now=stamp(at), ahead=stamp(at + AHEAD), **needed)
    return mended
