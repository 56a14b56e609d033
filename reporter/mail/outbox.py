"""Messages waiting to go out. A row is written in the transaction of what causes it.

Its Message-ID and bytes are fixed then, and sealed; they are wiped once it has gone. Workers
claim rows by one statement with a lease: a crash means that the same bytes go out again, never
that a message is lost.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reporter.clock import instant, maybe_stamp, stamp
from reporter.records.db import Database, Row
from reporter.records.ids import new_id
from reporter.records.seal import Key

MAIL, WEBHOOK = "mail", "webhook"
ALERT, ROUTINE = 1, 5
LEASE = timedelta(seconds=120)
# A row is begun only while this much of its lease is left: longer than one slow delivery takes.
MARGIN = timedelta(seconds=80)

Content = dict[str, Any]


@dataclass(frozen=True)
class Claimed:
    """A row that is ours until `lease_until`; `attempts` counts this one."""

    clinic_id: str
    id: str
    channel: str
    patient_id: str | None
    priority: int
    attempts: int
    worker: str
    created_at: datetime
    lease_until: datetime
    domain: str = ""


def message_id(row_id: str, domain: str) -> str:
    return f"<{row_id}@{domain}>"


def add_mail(
    db: Database,
    clinic_id: str,
    message: bytes,
    *,
    row_id: str,
    message_id: str,
    name: str,
    to: str,
    at: datetime,
    patient_id: str | None = None,
    not_after: datetime | None = None,
    priority: int = ROUTINE,
) -> str:
    """One finished message to one recipient, in the open transaction. The row's id.

    `message` is ASCII and holds `message_id` already.
    """
    content = {"to": to, "bytes": message.decode("ascii")}
    _insert(
        db,
        clinic_id,
        row_id,
        content,
        at=at,
        channel=MAIL,
        name=name,
        patient_id=patient_id,
        message_id=message_id,
        not_after=not_after,
        priority=priority,
        # As keyed hashes: the limits, and what comes back, need only to compare them.
        domain=db.clinic_key(clinic_id).look_up("mail domain", to.rpartition("@")[2].casefold()),
        recipient=db.clinic_key(clinic_id).look_up("email", to.casefold()),
    )
    return row_id


def add_webhook(
    db: Database,
    clinic_id: str,
    *,
    name: str,
    url: str,
    secret: str,
    payload: Mapping[str, str],
    at: datetime,
    priority: int = ALERT,
) -> str:
    """One signed POST, in the open transaction. `payload` says that a case waits, never why."""
    row_id = new_id(at)
    said = {"id": row_id, "queue": db.letterhead.url("/desk"), **payload}
    body = json.dumps(said, ensure_ascii=True, sort_keys=True)
    signature = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    _insert(
        db,
        clinic_id,
        row_id,
        {"url": url, "body": body, "signature": f"sha256={signature}"},
        at=at,
        channel=WEBHOOK,
        name=name,
        patient_id=None,
        message_id=message_id(row_id, db.letterhead.domain),
        not_after=None,
        priority=priority,
        domain="",
        recipient=None,
    )
    return row_id


def _insert(
    db: Database,
    clinic_id: str,
    row_id: str,
    content: Content,
    *,
    at: datetime,
    patient_id: str | None,
    not_after: datetime | None,
    **columns: Any,
) -> None:
    if not db.in_transaction:
        raise RuntimeError("A message belongs in the transaction of what causes it")
    db.run(
        "insert into outbox (clinic_id, id, channel, name, patient_id, sealed_message, "
        "message_id, state, priority, due_at, not_after, created_at, domain, recipient) "
        "values (:c, :id, :channel, :name, :patient_id, :sealed, :message_id, 'due', :priority, "
        ":at, :not_after, :at, :domain, :recipient)",
        c=clinic_id,
        id=row_id,
        patient_id=patient_id,
        sealed=_key(db, clinic_id, patient_id).seal_data("outbox", content),
        at=stamp(at),
        not_after=maybe_stamp(not_after),
        **columns,
    )


def _key(db: Database, clinic_id: str, patient_id: str | None) -> Key:
    if patient_id is None:
        return db.clinic_key(clinic_id)
    row = db.one(
        "select wrapped_key from patients where clinic_id = :c and id = :p",
        c=clinic_id,
        p=patient_id,
    )
    return db.vault.key(row["wrapped_key"] if row else None)


def claim(
    db: Database,
    clinic_id: str,
    worker: str,
    at: datetime,
    n: int,
    *,
    with_mail: bool = True,
    with_checkins: bool = True,
) -> list[Claimed]:
    """Take up to `n` due rows for this worker: alerts first, then the longest due."""
    # The condition stands outside again: of two workers PostgreSQL gives a row to one. There it
    # is written so that no index serves it: the rows are looked up by id, not all due ones read.
    rows = db.query(
        "update outbox set lease_by = :worker, lease_until = :until, attempts = attempts + 1 "
        "where clinic_id = :c and state || '' = 'due' and due_at || '' <= :now "
        "and (lease_until is null or lease_until < :now) and id in ("
        "select id from outbox where clinic_id = :c and state = 'due' and due_at <= :now "
        "and (lease_until is null or lease_until < :now) and (:mail = 1 or channel = 'webhook') "
        "and (:checkins = 1 or name not in ('checkin', 'reminder')) "
        "order by priority, due_at, id limit :n) "
        "returning clinic_id, id, channel, patient_id, priority, attempts, created_at, due_at, "
        "lease_by, lease_until, domain",
        c=clinic_id,
        worker=worker,
        now=stamp(at),
        until=stamp(at + LEASE),
        mail=int(with_mail),
        checkins=int(with_checkins),
        n=n,
    )
    rows.sort(key=lambda row: (row["priority"], row["due_at"], row["id"]))
    return [_from_row(row) for row in rows]


def _from_row(row: Row) -> Claimed:
    return Claimed(
        clinic_id=row["clinic_id"],
        id=row["id"],
        channel=row["channel"],
        patient_id=row["patient_id"],
        priority=row["priority"],
        attempts=row["attempts"],
        worker=row["lease_by"],
        created_at=instant(row["created_at"]),
        lease_until=instant(row["lease_until"]),
        domain=row["domain"],
    )


def opened(db: Database, claimed: Claimed, at: datetime) -> Content | None:
    """What to send, just before it is sent; None when it was cancelled or the lease runs out."""
    row = db.one(
        "select o.sealed_message, p.wrapped_key from outbox o left join patients p "
        "on p.clinic_id = o.clinic_id and p.id = o.patient_id "
        "where o.clinic_id = :c and o.id = :id and o.state = 'due' "
        "and o.lease_by = :worker and o.lease_until >= :enough "
        "and (o.not_after is null or o.not_after > :now)",
        c=claimed.clinic_id,
        id=claimed.id,
        worker=claimed.worker,
        now=stamp(at),
        enough=stamp(at + MARGIN),
    )
    if row is None:
        return None
    of_person = claimed.patient_id is not None
    key = db.vault.key(row["wrapped_key"]) if of_person else db.clinic_key(claimed.clinic_id)
    content: Content = key.open_data("outbox", row["sealed_message"])
    return content


def cancel(
    db: Database, clinic_id: str, row_id: str, at: datetime, *, even_claimed: bool = True
) -> bool:
    """Not to be sent any more. False when it has gone, or was set aside, already.

    Without `even_claimed`, what a worker may be sending at this instant is left alone.
    """
    return bool(
        db.run(
            "update outbox set state = 'cancelled', sealed_message = null "
            "where clinic_id = :c and id = :id and state = 'due' "
            "and (:claimed = 1 or lease_until is null or lease_until < :now)",
            c=clinic_id,
            id=row_id,
            claimed=int(even_claimed),
            now=stamp(at),
        )
    )
