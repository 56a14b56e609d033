"""Putting a backup back into the running system: all of it in one transaction, or nothing.

What a restored past must not do again is mended in the same transaction: no old mail goes out,
no old session logs anybody in, and who was erased since stays erased.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reporter.clock import stamp
from reporter.records import audit
from reporter.records.audit import Actor
from reporter.records.backup import chain_breaks, load
from reporter.records.backup_file import BackupError, Header, read_header, read_rows
from reporter.records.db import Database
from reporter.records.seal import Unreadable
from reporter.records.trouble import StorageError

TRIES = 3


@dataclass(frozen=True)
class Restored:
    """What came back, and what was kept from happening again."""

    header: Header
    held: int
    missed: int
    erased_again: int
    breaks: list[str]


def restore(db: Database, path: Path, *, by: Actor, at: datetime) -> Restored:
    """Replace everything stored by what the backup holds.

    Raise BackupError, with nothing changed, for a file that is damaged, newer than this version
    or sealed under keys that this machine does not have.
    """
    header = _checked(db, path)
    for attempt in range(1, TRIES + 1):
        try:
            return db.atomically(lambda: _put_back(db, path, header, by, at))
        except StorageError:
            # On PostgreSQL somebody may write a row of a table while it is being emptied: then
            # the whole restore is rolled back, and tried again.
            if attempt == TRIES:
                raise
    raise AssertionError("the last try returns or raises")


def _checked(db: Database, path: Path) -> Header:
    """Read the whole file once before anything is touched."""
    header = read_header(path)
    if pending := db.pending():
        raise BackupError(f"Run `reporter migrate` first: {', '.join(pending)} is not applied.")
    known = set(db.tables())
    for table, row in read_rows(path):
        if table not in known:
            raise BackupError(f"{path} holds a table {table!r} that this version does not know.")
        if row.get("wrapped_key"):
            _must_open(db, path, row["wrapped_key"])
    return header


def _must_open(db: Database, path: Path, wrapped: str) -> None:
    try:
        db.vault.unwrap(wrapped)
    except Unreadable:
        raise BackupError(
            f"REPORTER_KEYS does not open {path}: add the key that was in use when it was made, "
            "after the new one. Nothing was changed."
        ) from None


def _put_back(db: Database, path: Path, header: Header, by: Actor, at: datetime) -> Restored:
    erased = list(_erased(db))
    for table in reversed(db.tables()):
        db.run(f"delete from {table}")  # noqa: S608 - a name from our migrations
    load(db, path)
    breaks = chain_breaks(db, header)
    again = sum(_erase_again(db, clinic_id, patient_id, at) for clinic_id, patient_id in erased)
    held, missed = _hold_mail(db), _miss_checkins(db, at)
    _end_sessions(db, at)
    for row in db.query("select clinic_id from clinics order by clinic_id"):
        audit.record(
            db, row["clinic_id"], by, "backup.restored", header.made_at, at, erased_again=again
        )
    return Restored(header, held, missed, again, breaks)


def _erased(db: Database) -> Iterator[tuple[str, str]]:
    for row in db.query("select clinic_id, id from patients where erased_at is not null"):
        yield row["clinic_id"], row["id"]


def _erase_again(db: Database, clinic_id: str, patient_id: str, at: datetime) -> int:
    db.run(
        "delete from patient_lookups where clinic_id = :c and patient_id = :p",
        c=clinic_id,
        p=patient_id,
    )
    db.run(
        "delete from photos where clinic_id = :c and treatment_id in "
        "(select id from treatments where clinic_id = :c and patient_id = :p)",
        c=clinic_id,
        p=patient_id,
    )
    return db.run(
        "update patients set wrapped_key = null, sealed_person = null, person_hash = null, "
        "may_email = 0, erased_at = :at where clinic_id = :c and id = :p and erased_at is null",
        c=clinic_id,
        p=patient_id,
        at=stamp(at),
    )


def _hold_mail(db: Database) -> int:
    """What waited to be sent may have been sent since: it waits for a person now."""
    return db.run(
        "update outbox set state = 'held', lease_by = null, lease_until = null "
        "where clinic_id in (select clinic_id from clinics) and state = 'due'"
    )


def _miss_checkins(db: Database, at: datetime) -> int:
    return db.run(
        "update checkins set state = 'missed', lease_by = null, lease_until = null "
        "where clinic_id in (select clinic_id from clinics) "
        "and state in ('planned', 'queued') and due_at <= :at",
        at=stamp(at),
    )


def _end_sessions(db: Database, at: datetime) -> None:
    db.run(
        "update sessions set ended_at = :at "
        "where clinic_id in (select clinic_id from clinics) and ended_at is null",
        at=stamp(at),
    )
