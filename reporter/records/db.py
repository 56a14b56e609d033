"""The store: one SQL text for SQLite and PostgreSQL. Nothing outside `records` knows which it is.

What `transaction` has let go of is on disk: SQLite runs in WAL with synchronous=FULL. Only what
asks for `durable=False` may go with the machine's power, never with a killed process.
"""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from reporter.letterhead import Letterhead
from reporter.records.postgres import PostgresEngine
from reporter.records.seal import Key, Vault
from reporter.records.sqlite import SqliteEngine
from reporter.records.trouble import Busy, Conflict, Row, StorageError
from reporter.settings import Settings

__all__ = [
    "Busy",
    "Conflict",
    "Database",
    "Row",
    "StorageError",
    "open_database",
    "open_from",
    "scripts",
]

T = TypeVar("T")
TRIES = 4


class Database:
    """Visible SQL with :name parameters, the same on both engines. Safe to share by threads."""

    def __init__(
        self,
        engine: "SqliteEngine | PostgresEngine",
        vault: Vault,
        letterhead: Letterhead,
    ) -> None:
        self._engine = engine
        self.vault = vault
        self.letterhead = letterhead
        self._local = threading.local()
        self._clinic_keys: dict[str, Key] = {}

    def query(self, sql: str, **values: Any) -> list[Row]:
        """All rows of a statement, each a dict by column name. `in (:ids)` takes a tuple."""
        sql, values = _spread(sql, values)
        with self._engine.connection() as connection:
            cursor = self._engine.execute(connection, sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def one(self, sql: str, **values: Any) -> Row | None:
        """The first row, or None."""
        rows = self.query(sql, **values)
        return rows[0] if rows else None

    def run(self, sql: str, **values: Any) -> int:
        """Run one write and answer how many rows it changed."""
        with self._engine.connection() as connection:
            return int(self._engine.execute(connection, sql, values).rowcount)

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """All or nothing, and on disk when it ends. Inside another one it simply takes part.

        Not `durable`: on disk with the next one that is, in the order in which they were made.
        """
        if self.in_transaction:
            yield
            return
        self._local.before_commit = []
        try:
            with self._engine.transaction(durable=durable):
                yield
                for step in self._local.before_commit:
                    step()
        finally:
            self._local.before_commit = None

    @property
    def in_transaction(self) -> bool:
        return getattr(self._local, "before_commit", None) is not None

    def before_commit(self, step: Callable[[], None]) -> None:
        """Run `step` as the last thing of this transaction: what many wait for is held shortest."""
        self._local.before_commit.append(step)

    def atomically(self, work: Callable[[], T], *, durable: bool = True) -> T:
        """Run `work` in a transaction of its own, again when another one got in its way."""
        for attempt in range(1, TRIES + 1):
            try:
                with self.transaction(durable=durable):
                    return work()
            except Busy:
                if attempt == TRIES or self.in_transaction:
                    raise
                time.sleep(0.02 * attempt)
        raise AssertionError("the last try returns or raises")

    def clinic_key(self, clinic_id: str) -> Key:
        """The key from which a clinic's look-up hashes and audit chain are made."""
        if clinic_id not in self._clinic_keys:
            row = self.one("select wrapped_key from clinics where clinic_id = :c", c=clinic_id)
            self._clinic_keys[clinic_id] = self.vault.key(row["wrapped_key"] if row else None)
        return self._clinic_keys[clinic_id]

    def migrate(self) -> list[str]:
        """Bring the tables to this version; safe when many start at once. The names applied."""
        return self._engine.migrate(scripts())

    def pending(self) -> list[str]:
        """The migrations that `migrate` would apply; nothing is written."""
        return self._engine.pending(scripts())

    def warning(self) -> str:
        """One sentence when this engine's version may lose what it said was kept, or nothing."""
        return self._engine.warning()

    def snapshot(self) -> contextlib.AbstractContextManager[None]:
        """Read many tables as of one instant, while others write."""
        return self._engine.snapshot()

    def tables(self) -> list[str]:
        """Our tables, each after those that it refers to."""
        return [name for _, sql in scripts() for name in re.findall(r"create table (\w+)", sql)]

    def forget_deleted(self) -> None:
        """Leave no copy of destroyed keys in the store's own files."""
        self._engine.forget_deleted()

    def close(self) -> None:
        self._engine.close()


def _spread(sql: str, values: Row) -> tuple[str, Row]:
    """`in (:ids)` with a tuple, as both engines take it: a name for each of its values."""
    for name, many in [pair for pair in values.items() if isinstance(pair[1], tuple)]:
        named = {f"{name}_{number}": one for number, one in enumerate(many)}
        sql = sql.replace(f"(:{name})", f"({', '.join(f':{key}' for key in named) or 'null'})")
        values = {key: one for key, one in values.items() if key != name} | named
    return sql, values


def open_database(url: str, vault: Vault, letterhead: Letterhead | None = None) -> Database:
    """The store at sqlite:///path or postgresql://…; messages are written with this letterhead."""
    letterhead = letterhead or Letterhead()
    if url.startswith("sqlite:///"):
        return Database(SqliteEngine(Path(url.removeprefix("sqlite:///"))), vault, letterhead)
    return Database(PostgresEngine(url), vault, letterhead)


def open_from(settings: Settings) -> Database:
    """The store that the settings name."""
    head = Letterhead(settings.mail_from, settings.base_url)
    return open_database(settings.database_url, Vault(settings.keys), head)


def scripts() -> list[tuple[str, str]]:
    """The migrations in order: (name, sql)."""
    folder = files("reporter.records") / "migrations"
    paths = sorted((p for p in folder.iterdir() if p.name.endswith(".sql")), key=lambda p: p.name)
    return [(path.name.removesuffix(".sql"), path.read_text("utf-8")) for path in paths]
