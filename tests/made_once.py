"""What thousands of tests need is made once: stores are swept or copied, not built anew.

Each test still gets an empty migrated store of its own, and each application its own objects.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import flask
from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from reporter.records.db import open_database
from reporter.records.seal import Vault

# Everything that a test could have left behind beside rows.
SHAPE = """
select md5(coalesce(string_agg(concat_ws(':', c.relname, c.relkind, a.attname, a.atttypid),
                               ',' order by c.relname, a.attnum), ''))
       || (select count(*) from pg_trigger where not tgisinternal)
       || (select count(*) from pg_proc where pronamespace = 'public'::regnamespace)
from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
where c.relnamespace = 'public'::regnamespace
"""
OTHERS = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)


class ByExtensions(FileSystemBytecodeCache):
    """An extension writes other Python for the same text: its languages are kept apart."""

    def get_bucket(
        self, environment: Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        named = f"{' '.join(sorted(environment.extensions))}: {name}"
        return super().get_bucket(environment, named, filename, source)


def templates_and_routes(folder: Path) -> None:
    """Jinja and Werkzeug write Python for each template and route; the text is always the same."""
    cache = ByExtensions(str(folder))
    flask.Flask.jinja_options = {**flask.Flask.jinja_options, "bytecode_cache": cache}
    compiled: dict[tuple[Any, ...], Callable[..., Any]] = {}
    write = Rule._compile_builder

    def builder(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (tuple(rule._trace), repr(rule.defaults), rule.rule, append_unknown)
        if key not in compiled:
            compiled[key] = write(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = builder  # type: ignore[method-assign,assignment]


def migrated_file(folder: Path, key: str) -> Path:
    """A migrated SQLite store, from which each test's own is copied."""
    path = folder / "template.db"
    store = open_database(f"sqlite:///{path}", Vault([key]))
    store.migrate()
    store.close()
    # The file on which writers queue holds nothing: each copy makes its own.
    left = [one.name for one in folder.iterdir() if one != path and one.suffix != ".turn"]
    assert not left, f"the template is not whole without {left}"
    return path


def copied(template: Path, path: Path) -> str:
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def at_database(uri: str, name: str) -> str:
    """The same server's address with another database's name."""
    return urlunsplit(urlsplit(uri)._replace(path=f"/{name}"))


@dataclass
class Databases:
    """The PostgreSQL databases of one run: one is lent at a time, swept, and lent again."""

    server: str
    template: str
    _free: list[str] = field(default_factory=list)
    _made: int = 0
    _sweep: str = ""
    _shape: str = ""
    _seeded: tuple[str, ...] = ()

    def lend(self) -> Iterator[str]:
        """The address of an empty migrated database; swept, or dropped, when it comes back."""
        name = self._free.pop() if self._free else self._new()
        yield at_database(self.server, name)
        if self._swept(name):
            self._free.append(name)
        else:
            self._run(f"drop database {name} with (force)")

    def _new(self) -> str:
        self._made += 1
        name = f"t{os.getpid()}_{self._made}"
        self._run(f"create database {name} template {self.template}")
        if not self._sweep:
            self._learn(name)
        return name

    def _run(self, sql: str) -> None:
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql)

    def _learn(self, name: str) -> None:
        """Which tables are empty after the migrations, and what stands in the others."""
        import psycopg

        with psycopg.connect(at_database(self.server, name), autocommit=True) as connection:
            listed = connection.execute(
                "select tablename from pg_tables where schemaname = 'public' order by 1"
            ).fetchall()
            names = [str(row[0]) for row in listed]
            seeded = [one for one in names if self._content(connection, one)]
            assert not connection.execute("select 1 from pg_sequences").fetchall()
            self._seeded = tuple(seeded)
            self._shape = self._look(connection)
        emptied = "; ".join(
            f"delete from {one}"  # noqa: S608 - names of our own tables
            for one in names
            if one not in seeded
        )
        self._sweep = f"set local session_replication_role = replica; {emptied}"

    @staticmethod
    def _content(connection: Any, table: str) -> str:
        rows = f"select string_agg(t::text, '|' order by t::text) from {table} t"  # noqa: S608
        return str(connection.execute(rows).fetchone()[0] or "")

    def _look(self, connection: Any) -> str:
        shape = str(connection.execute(SHAPE).fetchone()[0])
        return "\n".join([shape, *(self._content(connection, one) for one in self._seeded)])

    def _swept(self, name: str) -> bool:
        """Whether it is again as the migrations left it."""
        import psycopg

        try:
            with psycopg.connect(at_database(self.server, name)) as connection:
                connection.execute(OTHERS)
                connection.execute("set local lock_timeout = '2s'")
                if self._look(connection) != self._shape:
                    return False
                connection.execute(self._sweep)
        except psycopg.Error:
            return False
        return True
