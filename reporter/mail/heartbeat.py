"""The scheduler's sign of life: when it last did its round, and what still waits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporter.clock import instant, stamp
from reporter.records.db import Database

NAME = "scheduler"


@dataclass(frozen=True)
class Heartbeat:
    """`details`: what was done since the last one, by kind; waiting, oldest_due; the trouble."""

    at: datetime
    details: dict[str, Any]


def beat(db: Database, clinic_id: str, at: datetime, **done: Any) -> None:
    """Write down that a round was made, and what is due but has not gone."""
    details = {**_waiting(db, clinic_id, at), **done}
    db.run(
        "insert into heartbeats (clinic_id, name, at, details) values (:c, :name, :at, :details) "
        "on conflict (clinic_id, name) do update set at = excluded.at, details = excluded.details",
        c=clinic_id,
        name=NAME,
        at=stamp(at),
        details=json.dumps(details, sort_keys=True),
    )


def last(db: Database, clinic_id: str) -> Heartbeat | None:
    """The last sign of life, or None when the scheduler has never run."""
    row = db.one(
        "select at, details from heartbeats where clinic_id = :c and name = :name",
        c=clinic_id,
        name=NAME,
    )
    return Heartbeat(instant(row["at"]), json.loads(row["details"])) if row else None


def _waiting(db: Database, clinic_id: str, at: datetime) -> Mapping[str, Any]:
    row = db.one(
        "select count(*) as waiting, min(due_at) as oldest_due from outbox "
        "where clinic_id = :c and state = 'due' and due_at <= :now",
        c=clinic_id,
        now=stamp(at),
    )
    return row or {}
