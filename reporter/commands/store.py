"""The store as a command opens it: with the settings of the environment, and closed at the end."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reporter.records.db import Database
    from reporter.settings import Settings


def settings() -> "Settings":
    from reporter.settings import from_env

    return from_env()


@contextmanager
def opened(migrated: bool = True) -> Iterator["Database"]:
    """The store. Raise StorageError when its tables are of another version than this program."""
    from reporter.records.db import StorageError, open_from

    given = settings()
    with closing(open_from(given)) as db:
        if migrated and (pending := db.pending()):
            raise StorageError(
                f"The database is not up to date ({', '.join(pending)}). Run `reporter migrate`."
            )
        yield db
