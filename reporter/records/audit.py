"""Append-only events in a keyed hash chain, one chain a clinic.

Each event carries an HMAC over itself and the one before, under a key that is not in the
store in clear: who alters, removes, inserts or reorders an event cannot mend the chain. The
head (number and HMAC of the last event) is kept apart and can be exported, since a chain alone
does not show that its tail was cut.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporter.clock import stamp
from reporter.records.db import Database, Row

START = "0" * 64
# Log-ins and what is not said yet: after these a queue shows what it showed before, as after every
# look (`case.viewed`). Any other event counts as a change, so that none is overlooked.
QUIET = frozenset(
    {
        "access.refused",
        "account.shortcuts",
        "audit.verified",
        "case.draft_gone",
        "case.draft_kept",
        "draft.saved",
        "log_in",
        "log_in.code_refused",
        "log_in.passkey_refused",
        "log_in.password",
        "log_in.refused",
        "log_out",
        "on_call.tested",
        "passkey.added",
        "passkey.copied",
        "passkey.removed",
        "proof.given",
        "proof.refused",
        "recovery_code.used",
        "recovery_codes.made",
        "report.draft_gone",
        "report.draft_kept",
        "second_factor.off",
        "second_factor.on",
        "session.all_ended",
        "session.ended",
    }
)
LOOKS = frozenset({"exported", "listed", "printed", "searched", "viewed"})


@dataclass(frozen=True)
class Actor:
    """Who did it: `kind` is staff, patient or system; `id` is empty for the last two."""

    kind: str
    id: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind


SYSTEM = Actor("system", "", "Reporter")
PATIENT = Actor("patient", "", "The patient")


@dataclass(frozen=True)
class Head:
    """The last event's number and HMAC: keep it away from this machine to prove the tail."""

    seq: int
    mac: str


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold: the event's number and one sentence."""

    seq: int
    what: str


def record(
    db: Database, clinic_id: str, by: Actor, verb: str, subject: str, at: datetime, **details: Any
) -> None:
    """Write one event with the transaction that is open. `details` holds no personal data."""
    if not db.in_transaction:
        raise RuntimeError("An audit event belongs in the transaction of what it records")
    event = {
        "clinic_id": clinic_id,
        "at": stamp(at),
        "actor": str(by),
        "verb": verb,
        "subject": subject,
        "details": json.dumps(details, sort_keys=True, default=str),
    }
    # At the very end, so that the clinic's chain is held by one writer for the shortest time.
    db.before_commit(lambda: _append(db, event))


def _append(db: Database, event: Row) -> None:
    clinic_id = event["clinic_id"]
    db.run(
        "insert into audit_heads (clinic_id, seq, mac) values (:c, 0, :start) "
        "on conflict (clinic_id) do nothing",
        c=clinic_id,
        start=START,
    )
    head = db.query(
        "update audit_heads set seq = seq + 1, "
        "shown_seq = case when :quiet = 1 then shown_seq else seq + 1 end "
        "where clinic_id = :c returning seq, mac",
        c=clinic_id,
        quiet=int(is_quiet(event["verb"])),
    )[0]
    mac = _mac(_chain_key(db, clinic_id), head["mac"], {**event, "seq": head["seq"]})
    db.run(
        "insert into audit_events (clinic_id, seq, at, actor, verb, subject, details, mac) "
        "values (:clinic_id, :seq, :at, :actor, :verb, :subject, :details, :mac)",
        **event,
        seq=head["seq"],
        mac=mac,
    )
    db.run("update audit_heads set mac = :m where clinic_id = :c", m=mac, c=clinic_id)


def is_quiet(verb: str) -> bool:
    """Whether this changes nothing that a queue shows."""
    return verb in QUIET or verb.rpartition(".")[2] in LOOKS


def verify(db: Database, clinic_id: str, exported: Head | None = None) -> list[Break]:
    """Every place where the chain does not hold; none when it is whole.

    With an exported head, also whether that event is still there as it was.
    """
    key, mac, seq, found = _chain_key(db, clinic_id), START, 0, []
    seen: dict[int, str] = {}
    for event in events(db, clinic_id):
        if event["seq"] != seq + 1:
            found.append(Break(seq + 1, f"Event {seq + 1} is missing before {event['seq']}."))
        if not hmac.compare_digest(_mac(key, mac, event), event["mac"]):
            found.append(Break(event["seq"], f"Event {event['seq']} was altered or moved."))
        mac, seq = event["mac"], event["seq"]
        if exported and seq == exported.seq:
            seen[seq] = mac
    found += _tail(head(db, clinic_id), seq, mac)
    if exported and exported.seq and seen.get(exported.seq) != exported.mac:
        found.append(Break(exported.seq, f"Event {exported.seq} is not the one exported."))
    return found


def _tail(kept: Head, seq: int, mac: str) -> list[Break]:
    if (kept.seq, kept.mac) == (seq, mac):
        return []
    return [Break(kept.seq, f"The chain ends at {seq}, but the head says {kept.seq}.")]


def head(db: Database, clinic_id: str) -> Head:
    row = db.one("select seq, mac from audit_heads where clinic_id = :c", c=clinic_id)
    return Head(row["seq"], row["mac"]) if row else Head(0, START)


def revision(db: Database, clinic_id: str) -> int:
    """A number that another one follows with every event that can change what a queue shows."""
    row = db.one("select shown_seq from audit_heads where clinic_id = :c", c=clinic_id)
    return int(row["shown_seq"]) if row else 0


def events(db: Database, clinic_id: str, page: int = 2000) -> Iterator[Row]:
    """All events in order, read by pages so that memory stays flat."""
    last = 0
    while rows := db.query(
        "select clinic_id, seq, at, actor, verb, subject, details, mac from audit_events "
        "where clinic_id = :c and seq > :last order by seq limit :n",
        c=clinic_id,
        last=last,
        n=page,
    ):
        yield from rows
        last = rows[-1]["seq"]


def _chain_key(db: Database, clinic_id: str) -> bytes:
    return db.clinic_key(clinic_id).purpose("audit chain")


def _mac(key: bytes, before: str, event: Row) -> str:
    fields = [
        event[name] for name in ("clinic_id", "seq", "at", "actor", "verb", "subject", "details")
    ]
    text = json.dumps([before, *fields], ensure_ascii=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
