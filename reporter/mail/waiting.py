"""What stands in the outbox, for whoever runs the product; and trying again what was set aside.

Nothing here opens a message: who it is for and what it says stays sealed.
"""

from dataclasses import dataclass
from datetime import datetime

from reporter.clock import instant, maybe_instant, stamp
from reporter.records.audit import Actor, record
from reporter.records.db import Database, Row

SHOWN = 200
# Set aside for a person: it failed, or a restored backup does not know whether it went.
SET_ASIDE = "('failed', 'held')"


class NotWaiting(Exception):
    """No such message can be tried again; the sentence says why."""


@dataclass(frozen=True)
class Message:
    """One row that has not gone. `trouble` is a code and a stage, never anybody's words."""

    id: str
    name: str
    state: str
    attempts: int
    created_at: datetime
    due_at: datetime
    not_after: datetime | None
    trouble: str


def counts(db: Database, clinic_id: str) -> dict[str, int]:
    """How many messages are in each state."""
    rows = db.query(
        "select state, count(*) as n from outbox where clinic_id = :c "
        "group by state order by state",
        c=clinic_id,
    )
    return {row["state"]: row["n"] for row in rows}


def not_gone(db: Database, clinic_id: str, limit: int = SHOWN) -> list[Message]:
    """What waits or was set aside: set aside first, then the longest due."""
    rows = db.query(
        "select id, name, state, attempts, created_at, due_at, not_after, trouble from outbox "
        "where clinic_id = :c and state in ('failed', 'held', 'due') "
        "order by case state when 'due' then 1 else 0 end, due_at, id limit :n",
        c=clinic_id,
        n=limit,
    )
    return [_from_row(row) for row in rows]


def _from_row(row: Row) -> Message:
    return Message(
        id=row["id"],
        name=row["name"],
        state=row["state"],
        attempts=row["attempts"],
        created_at=instant(row["created_at"]),
        due_at=instant(row["due_at"]),
        not_after=maybe_instant(row["not_after"]),
        trouble=row["trouble"] or "",
    )


def retry(db: Database, clinic_id: str, *, by: Actor, at: datetime, row_id: str = "") -> int:
    """Have one message, or all that were set aside, tried again now. How many.

    Same Message-ID and bytes as before. What is past its last moment stays where it is. Raise
    NotWaiting for a named one that cannot be tried.
    """

    def work() -> int:
        if row_id:
            _check(db, clinic_id, row_id, at)
        states = "('failed', 'held', 'due')" if row_id else SET_ASIDE
        changed = db.run(
            "update outbox set state = 'due', due_at = :now, attempts = 0, "  # noqa: S608
            f"trouble = null where clinic_id = :c and state in {states} "
            "and sealed_message is not null and (not_after is null or not_after > :now) "
            "and (:id = '' or id = :id) and (lease_until is null or lease_until < :now)",
            c=clinic_id,
            id=row_id,
            now=stamp(at),
        )
        db.run(
            "update checkins set state = 'queued', missed_at = null where clinic_id = :c "
            "and state = 'missed' and outbox_id in (select id from outbox where clinic_id = :c "
            "and state = 'due' and due_at = :now)",
            c=clinic_id,
            now=stamp(at),
        )
        if changed:
            record(db, clinic_id, by, "outbox.retried", row_id or "all", at, messages=changed)
        return changed

    return db.atomically(work)


def _check(db: Database, clinic_id: str, row_id: str, at: datetime) -> None:
    row = db.one(
        "select state, not_after, lease_until from outbox where clinic_id = :c and id = :id",
        c=clinic_id,
        id=row_id,
    )
    if row is None:
        raise NotWaiting(f"There is no message {row_id}. `reporter mail outbox` lists them.")
    if row["state"] not in {"failed", "held", "due"}:
        raise NotWaiting(f"Message {row_id} is {row['state']}: there is nothing to try again.")
    if row["not_after"] and row["not_after"] <= stamp(at):
        raise NotWaiting(f"Message {row_id} is past its last moment and is not sent late.")
    if row["lease_until"] and row["lease_until"] >= stamp(at):
        raise NotWaiting(f"Message {row_id} is being sent right now.")
