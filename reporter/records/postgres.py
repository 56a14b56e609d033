"""PostgreSQL, for more than one machine. psycopg comes with the extra `postgres`."""

import contextlib
import os
import re
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from reporter.records.trouble import WAIT_SECONDS, Busy, Conflict, Row, StorageError, statements

_TOKENS = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | :: | % | (?<![:\w]):([A-Za-z_]\w*)""", re.X
)


@lru_cache(maxsize=2000)
def to_pyformat(sql: str) -> str:
    """:name as psycopg's %(name)s, leaving literals, comments and casts alone."""
    return _TOKENS.sub(lambda m: f"%({m[1]})s" if m[1] else m[0].replace("%", "%%"), sql)


def _storable(value: Any) -> Any:
    """PostgreSQL's text holds no zero byte; an id with one in it is simply not found."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value


class PostgresEngine:
    """A pool of connections a process, opened at first use, hence after any fork."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()
        self._pool: Any = None
        self._pid = 0
        self._lock = threading.Lock()
        self.version: tuple[int, ...] = ()

    def _connections(self) -> Any:
        from psycopg_pool import ConnectionPool

        with self._lock:
            if self._pid != os.getpid():
                self._pool = ConnectionPool(
                    self._url,
                    min_size=1,
                    max_size=8,
                    timeout=WAIT_SECONDS,
                    kwargs={"autocommit": True},
                    check=ConnectionPool.check_connection,
                    open=True,
                )
                self._pid = os.getpid()
        return self._pool

    @contextlib.contextmanager
    def connection(self) -> Iterator[Any]:
        with postgres_errors():
            if getattr(self._local, "connection", None) is not None:
                yield self._local.connection
                return
            with self._connections().connection() as connection:
                yield connection

    @staticmethod
    def execute(connection: Any, sql: str, values: Row) -> Any:
        return connection.execute(to_pyformat(sql), {k: _storable(v) for k, v in values.items()})

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        with self.connection() as connection:
            self._local.connection = connection
            try:
                with connection.transaction():
                    if not durable:
                        connection.execute("set local synchronous_commit = off")
                    yield
            finally:
                self._local.connection = None

    def warning(self) -> str:
        return ""

    def pending(self, migrations: list[tuple[str, str]]) -> list[str]:
        with self.connection() as connection:
            if not connection.execute("select to_regclass('migrations')").fetchone()[0]:
                return [name for name, _ in migrations]
            rows = connection.execute("select name from migrations").fetchall()
        return [name for name, _ in migrations if (name,) not in rows]

    def migrate(self, migrations: list[tuple[str, str]]) -> list[str]:
        with self.connection() as connection, connection.transaction():
            connection.execute("select pg_advisory_xact_lock(727371)")
            connection.execute("create table if not exists migrations (name text primary key)")
            rows = connection.execute("select name from migrations").fetchall()
            pending = [(name, sql) for name, sql in migrations if (name,) not in rows]
            for name, sql in pending:
                for statement in statements(sql.replace(") STRICT", ")")):
                    connection.execute(statement)
                connection.execute("insert into migrations (name) values (%s)", (name,))
        return [name for name, _ in pending]

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        with self.transaction():
            self._local.connection.execute(
                "set transaction isolation level repeatable read read only"
            )
            yield

    def forget_deleted(self) -> None:
        with self.connection() as connection:
            connection.execute("vacuum patients")

    def close(self) -> None:
        if self._pool is not None and self._pid == os.getpid():
            self._pool.close()
            self._pid = 0


@contextlib.contextmanager
def postgres_errors() -> Iterator[None]:
    import psycopg
    from psycopg_pool import PoolTimeout

    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise Conflict(str(error)) from error
    except (
        psycopg.errors.SerializationFailure,
        psycopg.errors.DeadlockDetected,
        psycopg.errors.LockNotAvailable,
        psycopg.OperationalError,
        PoolTimeout,
    ) as error:
        raise Busy(str(error)) from error
    except psycopg.Error as error:
        raise StorageError(str(error)) from error
