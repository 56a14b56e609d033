"""Whether this machine's clock can be believed: a check-in may only go out on its own day.

A clock that jumped would mark years of check-ins as missed, or send them early. The scheduler
compares the time with its own last round; more than a week between them needs a person's word.
Until then no check-in moves. What is told because it has just happened still goes.
"""

import json
from datetime import datetime, timedelta

from reporter.clock import maybe_instant, stamp
from reporter.mail.heartbeat import NAME as SCHEDULER
from reporter.mail.outbox import ALERT
from reporter.records.audit import Actor, record
from reporter.records.db import Database

CLOCK = "clock"
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
# After so long a pause windows have passed anyway, and somebody must look at what was missed.
LONGEST_PAUSE = timedelta(days=7)


def doubt(db: Database, at: datetime) -> str:
    """Why no check-in may go at this time, in one sentence; empty when the clock is believed."""
    row = db.one(
        "select max(at) as last from heartbeats where name in (:scheduler, :clock)",
        scheduler=SCHEDULER,
        clock=CLOCK,
    )
    last = maybe_instant(row["last"]) if row else None
    if last is None or abs(at - last) <= LONGEST_PAUSE:
        return ""
    return (
        f"The clock says {at:%Y-%m-%d %H:%M} UTC, the last round was on {last:%Y-%m-%d %H:%M}. "
        "No check-in is sent until somebody has looked at the clock and runs "
        "`reporter clock believe`. Alerts to staff still go."
    )


def note(db: Database, clinic_id: str, sentence: str) -> None:
    """Show the doubt on staff pages. The sign of life keeps its time, which the doubt rests on."""
    db.run(
        "update heartbeats set details = :details where clinic_id = :c and name = :name",
        c=clinic_id,
        name=SCHEDULER,
        details=json.dumps({"clock": sentence}),
    )


def believe(db: Database, clinic_id: str, *, by: Actor, at: datetime) -> None:
    """Somebody has looked: this time is right. A sign from a wrong future is set right too."""
    with db.transaction():
        db.run(
            "insert into heartbeats (clinic_id, name, at, details) "
            "values (:c, :name, :at, '{}') "
            "on conflict (clinic_id, name) do update set at = excluded.at",
            c=clinic_id,
            name=CLOCK,
            at=stamp(at),
        )
        db.run(
            "update heartbeats set at = :at, details = '{}' where clinic_id = :c and name = :name",
            c=clinic_id,
            name=SCHEDULER,
            at=stamp(at),
        )
        record(db, clinic_id, by, "clock.believed", clinic_id, at)


def set_right(db: Database, clinic_id: str, at: datetime, *, alerts_only: bool = False) -> int:
    """What a clock that ran ahead has written or held would wait until then: it is due now.

    Not a check-in that it wrote, whose day has not come. While the clock is doubted `alerts_only`:
    it may be this one that is wrong. How many rows were mended.
    """
    mended = 0
    for sql in (HELD, LATE) if alerts_only else (HELD, LATE, CLAIMED):
        given = {"all": int(not alerts_only), "alert": ALERT, "far": stamp(at + FAR_AHEAD)}
        needed = {name: value for name, value in given.items() if f":{name}" in sql}
        mended += db.run(sql, c=clinic_id, now=stamp(at), ahead=stamp(at + AHEAD), **needed)
    return mended
