"""Whether this machine's clock can be believed: a check-in may only go out on its own day.

A clock that jumped would mark years of check-ins as missed, or send them early. The scheduler
compares the time with its own last round; more than a week between them needs a person's word.
"""

import json
from datetime import datetime, timedelta

from reporter.clock import maybe_instant, stamp
from reporter.mail.heartbeat import NAME as SCHEDULER
from reporter.records.audit import Actor, record
from reporter.records.db import Database

CLOCK = "clock"
# After so long a pause windows have passed anyway, and somebody must look at what was missed.
LONGEST_PAUSE = timedelta(days=7)


def doubt(db: Database, at: datetime) -> str:
    """Why nothing may be sent at this time, in one sentence; empty when the clock is believed."""
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
        "Nothing is sent until somebody has looked at the clock and runs "
        "`reporter clock believe`."
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
