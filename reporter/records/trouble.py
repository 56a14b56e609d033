"""What can go wrong in the store, in words that no engine owns."""

import re
from typing import Any

Row = dict[str, Any]
WAIT_SECONDS = 10.0


class StorageError(Exception):
    """The store could not do it: a full disk, a damaged file, a lost server. Nothing was kept."""


class Conflict(StorageError):
    """A row with this key is there already."""


class Busy(StorageError):
    """Somebody else held the rows for too long; trying again may work."""


def statements(sql: str) -> list[str]:
    """The statements of a migration; none of them holds a semicolon inside."""
    bare = re.sub(r"--[^\n]*", "", sql)
    return [part.strip() for part in bare.split(";") if part.strip()]
