"""The file of a backup: gzip'd lines of JSON, the same whichever engine it came from.

A header, the rows table by table, and a trailer with the SHA-256 of all before it.
"""

import gzip
import hashlib
import json
import re
import zlib
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from reporter.records.db import Row, scripts

FORMAT = 1
PLAIN = re.compile("[a-z][a-z0-9_]*")


class BackupError(Exception):
    """One sentence that says why this file was not written, or is not used."""


@dataclass(frozen=True)
class Header:
    """What the first line says of the rest. `heads` are the ends of the audit chains."""

    made_at: str
    migrations: list[str]
    counts: dict[str, int]
    heads: dict[str, tuple[int, str]]
    reporter_backup: int = FORMAT


class Lines:
    """Writes lines of JSON and adds up what the trailer says of them."""

    def __init__(self, packed: BinaryIO | gzip.GzipFile) -> None:
        self._packed = packed
        self._sum = hashlib.sha256()

    def add(self, data: Any) -> None:
        line = json.dumps(data, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        self._sum.update(line)
        self._packed.write(line)

    def add_table(self, name: str, rows: Iterator[Row]) -> None:
        named = False
        for row in rows:
            if not named:
                self.add({"table": name, "columns": list(row)})
                named = True
            self.add(list(row.values()))

    def end(self) -> None:
        self.add({"sha256": self._sum.hexdigest()})


def read_header(path: Path) -> Header:
    """What the file says it holds. Raise BackupError when it is no backup of ours."""
    with closing(_lines(path)) as lines:
        return _as_header(path, next(lines, b""))


def _as_header(path: Path, line: bytes) -> Header:
    try:
        header = Header(**json.loads(line))
        newer = header.reporter_backup > FORMAT or not set(header.migrations) <= {*dict(scripts())}
    except (ValueError, TypeError, AttributeError):
        raise BackupError(f"{path} is no backup of Reporter.") from None
    if newer:
        raise BackupError(f"{path} was made by a newer version of Reporter. Install that first.")
    return header


def read_rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Every row with the name of its table. Raise BackupError, at the latest after the last one,
    when the file is not whole."""
    with closing(_lines(path)) as lines:
        line = next(lines, b"")
        left = Counter(_as_header(path, line).counts)
        total, table, columns = hashlib.sha256(line), "", list[str]()
        for line in lines:
            found = _decoded(path, line)
            if isinstance(found, dict) and "sha256" in found:
                if found["sha256"] != total.hexdigest() or any(left.values()) or next(lines, b""):
                    raise _damaged(path)
                return
            total.update(line)
            if isinstance(found, list) and len(found) == len(columns):
                left[table] -= 1
                yield table, dict(zip(columns, found, strict=True))
            else:
                table, columns = _table_of(path, found)
    raise _damaged(path)


def _table_of(path: Path, found: Any) -> tuple[str, list[str]]:
    """The names in the file become SQL: only plain ones do."""
    given = found if isinstance(found, dict) else {}
    table, columns = str(given.get("table")), [str(name) for name in given.get("columns") or ()]
    if not columns or not all(PLAIN.fullmatch(name) for name in (table, *columns)):
        raise _damaged(path)
    return table, columns


def _decoded(path: Path, line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise _damaged(path) from None


def _damaged(path: Path) -> BackupError:
    return BackupError(f"{path} is damaged or cut short. Use another backup; nothing was changed.")


def _lines(path: Path) -> Generator[bytes, None, None]:
    try:
        with gzip.open(path) as packed:
            yield from packed
    except (EOFError, zlib.error):
        raise _damaged(path) from None
    except gzip.BadGzipFile:
        raise BackupError(f"{path} is no backup of Reporter, or it is damaged.") from None
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}.") from None
