"""SQLite: one file, one writer at a time, and what was committed is on disk."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlite_utils import Database as SqliteTools
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 when there

from reporter.records.trouble import WAIT_SECONDS, Busy, Conflict, Row, StorageError, statements

try:
    import fcntl
except ImportError:  # Windows has no flock; there SQLite's own waiting has to do
    fcntl = None  # type: ignore[assignment]


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite is past the WAL-reset fault, which can lose a committed transaction.

    It is in 3.7.0 to 3.51.2; mended in 3.51.3, and in 3.50.7 and 3.44.6 (sqlite.org/wal.html).
    """
    return (
        version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    )


class SqliteEngine:
    """One connection a thread; one writer at a time, waiting in the kernel and not in naps.

    SQLite's own busy handler sleeps up to 100 ms at a time while others overtake, which makes
    a long tail; a file lock taken before BEGIN IMMEDIATE wakes the next writer at once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self.version: tuple[int, ...] = sqlite3.sqlite_version_info

    def connection(self) -> contextlib.AbstractContextManager[Any]:
        """This thread's connection; what SQLite raises meanwhile is raised as our own."""
        return _Guarded(self._own)

    def _own(self) -> Any:
        if getattr(self._local, "owner", None) != (os.getpid(), self._path):
            self._local.tools = self._connect()
            self._local.owner = (os.getpid(), self._path)
        return self._local.tools.conn

    def _connect(self) -> SqliteTools:
        connection = sqlite3.connect(str(self._path), timeout=WAIT_SECONDS, isolation_level=None)
        _ensure_wal(connection)
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return SqliteTools(connection)

    @staticmethod
    def execute(connection: Any, sql: str, values: Row) -> Any:
        return connection.execute(sql, values)

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        with self.connection() as connection, self._turn(), _flushed(connection, durable):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        if fcntl is None:
            yield
            return
        if getattr(self._local, "turn_owner", None) != self._local.owner:
            lock = f"{self._path}.turn"
            self._local.turn = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            self._local.turn_owner = self._local.owner
        fcntl.flock(self._local.turn, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._local.turn, fcntl.LOCK_UN)

    def warning(self) -> str:
        if wal_is_safe(self.version):
            return ""
        return (
            f"SQLite {'.'.join(map(str, self.version))} may lose a committed report when two "
            "processes write at once. Install pysqlite3, or set REPORTER_WORKERS=1."
        )

    def pending(self, migrations: list[tuple[str, str]]) -> list[str]:
        if not self._path.exists():  # looking must not make an empty file
            return [name for name, _ in migrations]
        with self.connection():
            return [step.name for step in _known(migrations).pending(self._local.tools)]

    def migrate(self, migrations: list[tuple[str, str]]) -> list[str]:
        known = _known(migrations)
        with self.connection(), self.transaction():
            pending = [step.name for step in known.pending(self._local.tools)]
            known.apply(self._local.tools)
        return pending

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        with self.connection() as connection:
            connection.execute("BEGIN")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")

    def forget_deleted(self) -> None:
        with self.connection() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        if getattr(self._local, "tools", None):
            self._local.tools.conn.close()
            self._local.owner = None


def _known(migrations: list[tuple[str, str]]) -> Migrations:
    known = Migrations("reporter")
    for name, sql in migrations:
        known(name=name)(_sqlite_step(sql))
    return known


def _sqlite_step(sql: str) -> Callable[[SqliteTools], None]:
    def step(tools: SqliteTools) -> None:
        for statement in statements(sql):
            tools.execute(statement)

    return step


@contextlib.contextmanager
def _flushed(connection: Any, durable: bool) -> Iterator[None]:
    """A commit that is not durable is in the log of the kernel; the next durable one flushes it."""
    if durable:
        yield
        return
    connection.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        connection.execute("PRAGMA synchronous=FULL")


def _ensure_wal(connection: Any) -> None:
    """Switch to WAL. The switch ignores the busy timeout, so it is tried until the time is up."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal":
                return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.01)


class _Guarded(contextlib.AbstractContextManager[Any]):
    """A class and no generator: a page asks eight times, and two generators cost more than the
    statement itself."""

    def __init__(self, opened: Callable[[], Any]) -> None:
        self._opened = opened

    def __enter__(self) -> Any:
        try:
            return self._opened()
        except sqlite3.DatabaseError as error:
            raise _as_ours(error) from error

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, sqlite3.DatabaseError):
            raise _as_ours(error) from error


def _as_ours(error: Exception) -> StorageError:
    if isinstance(error, sqlite3.IntegrityError):
        return (Conflict if "UNIQUE" in str(error) else StorageError)(str(error))
    if isinstance(error, sqlite3.OperationalError):
        return (Busy if "locked" in str(error) else StorageError)(str(error))
    return StorageError(str(error))
