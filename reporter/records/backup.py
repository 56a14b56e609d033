"""A copy of everything in one file, the same for both engines.

It is made from one snapshot while others write, and it counts only once it was restored into
an empty store and compared. What is sealed stays sealed: it is of use only with REPORTER_KEYS.
"""

import gzip
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from reporter.clock import stamp
from reporter.records import audit
from reporter.records.backup_file import BackupError, Header, Lines, read_rows
from reporter.records.db import Database, Row, open_database, scripts

PAGE = 500
# Where a row may be a megabyte, so that memory stays flat.
SMALLER_PAGE = {"photos": 10}
ANYBODY = "-"  # the whole store, no clinic of its own


@dataclass(frozen=True)
class Made:
    """A backup that was restored once and found whole. `breaks` are those of the chains in it."""

    path: Path
    rows: int
    size: int
    breaks: list[str]


def make(db: Database, path: Path, *, at: datetime, force: bool = False) -> Made:
    """Write the backup, restore it into an empty store, compare, and only then give it its name.

    Raise BackupError, leaving no file behind, when it cannot be written or is not whole.
    """
    if path.exists() and not force:
        raise BackupError(f"{path} is there already. Choose another name, or say --force.")
    unchecked = path.with_name(path.name + ".tmp")
    try:
        header = _write(db, unchecked, at)
        breaks = _restored_once(db, unchecked, header)
        unchecked.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        unchecked.unlink(missing_ok=True)
    return Made(path, sum(header.counts.values()), path.stat().st_size, breaks)


def _write(db: Database, path: Path, at: datetime) -> Header:
    private = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(private, "wb") as raw, db.snapshot():
        header = _header(db, at)
        with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6) as packed:
            lines = Lines(packed)
            lines.add(asdict(header))
            for table in header.counts:
                lines.add_table(table, _rows(db, table))
            lines.end()
        raw.flush()
        os.fsync(raw.fileno())
    return header


def _header(db: Database, at: datetime) -> Header:
    pending = db.pending()
    if pending:
        raise BackupError("The store's tables are of an older version. Run `reporter migrate`.")
    heads = {
        row["clinic_id"]: (row["seq"], row["mac"])
        for row in db.query("select clinic_id, seq, mac from audit_heads order by clinic_id")
    }
    return Header(
        made_at=stamp(at),
        migrations=[name for name, _ in scripts()],
        counts={table: _count(db, table) for table in db.tables()},
        heads=heads,
    )


def _count(db: Database, table: str) -> int:
    rows = db.query(f"select count(*) as n from {table}")  # noqa: S608 - a name from our migrations
    return int(rows[0]["n"])


def _rows(db: Database, table: str) -> Iterator[Row]:
    """All rows by pages along the primary key, so that memory stays flat."""
    key = primary_key(table)
    columns = ", ".join(key)
    size = SMALLER_PAGE.get(table, PAGE)
    first = f"select * from {table} order by {columns} limit {size}"  # noqa: S608 - our own names
    after = ", ".join(f":{name}" for name in key)
    more = f"select * from {table} where ({columns}) > ({after}) order by {columns} limit {size}"  # noqa: S608 - the same
    page = db.query(first)
    while page:
        yield from page
        page = db.query(more, **{name: page[-1][name] for name in key})


def primary_key(table: str) -> list[str]:
    """The columns of a table's primary key, as its migration says."""
    sql = "\n".join(text for _, text in scripts())
    body = re.search(rf"create table {table} \((.*?)\n\)", sql, re.S)
    found = body and (
        re.search(r"^\s*primary key \(([^)]+)\)", body[1], re.M)
        or re.search(r"^\s*(\w+) \w+ primary key", body[1], re.M)
    )
    if not found:
        raise BackupError(f"The table {table} has no primary key, so it cannot be backed up.")
    return [name.strip() for name in found[1].split(",")]


def _restored_once(db: Database, path: Path, header: Header) -> list[str]:
    """Restore into an empty store, compare the counts, and walk the audit chains there."""
    with tempfile.TemporaryDirectory(prefix="reporter-check-", dir=path.parent) as folder:
        copy = open_database(f"sqlite:///{folder}/copy.db", db.vault)
        with closing(copy):
            copy.migrate()
            with copy.transaction():
                load(copy, path)
            counts = {table: _count(copy, table) for table in copy.tables()}
            if counts != header.counts:
                raise BackupError("The backup did not restore to the same rows. Nothing was kept.")
            return chain_breaks(copy, header)


def chain_breaks(db: Database, header: Header) -> list[str]:
    """Where the audit chains of what is stored do not hold, in plain words."""
    return [
        broken.what
        for clinic_id, (seq, mac) in header.heads.items()
        for broken in audit.verify(db, clinic_id, audit.Head(seq, mac))
    ]


def load(db: Database, path: Path) -> None:
    """Insert every row of a backup with the open transaction, into tables that are empty."""
    for table, row in read_rows(path):
        names, holes = ", ".join(row), ", ".join(f":{name}" for name in row)
        db.run(f"insert into {table} ({names}) values ({holes})", **row)  # noqa: S608 - `read_rows` lets plain names through only


@dataclass(frozen=True)
class Kept:
    """The last backup that was made: on which day, and until which it is kept."""

    made_on: str
    keep_until: str


def note(db: Database, at: datetime, keep_days: int) -> Kept:
    """Remember that a backup was made and how long it is kept, for `last_one`."""
    kept = Kept(str(at.date()), str(at.date() + timedelta(days=keep_days)))
    with db.transaction():
        db.run(
            "insert into heartbeats (clinic_id, name, at, details) values (:c, 'backup', :at, :d) "
            "on conflict (clinic_id, name) do update set at = :at, details = :d",
            c=ANYBODY,
            at=stamp(at),
            d=json.dumps(asdict(kept)),
        )
    return kept


def last_one(db: Database) -> Kept | None:
    row = db.one(
        "select details from heartbeats where clinic_id = :c and name = 'backup'", c=ANYBODY
    )
    return Kept(**json.loads(row["details"])) if row else None


def _sync_folder(folder: Path) -> None:
    """The new name itself must be on disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
