"""What was read at the queue's present revision, kept for whoever asks next.

Fifty nurses look at one queue: after a change its first lines are opened once in each process and
not fifty times. Only what belongs to the latest revision is kept, and in memory only.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from reporter.records.db import Database

T = TypeVar("T")
# By clinic: the revision, and what was read at it.
_kept: WeakKeyDictionary[Database, dict[str, tuple[str, dict[Hashable, Any]]]] = WeakKeyDictionary()


def once(db: Database, clinic_id: str, revision: str, what: Hashable, read: Callable[[], T]) -> T:
    """What `read` answers, asked once for each revision. Ask for the revision before: a change in
    between then belongs to the next one, and is not missed."""
    of_clinic = _kept.setdefault(db, {})
    seen, found = of_clinic.get(clinic_id, ("", {}))
    if seen != revision:
        found = {}
        of_clinic[clinic_id] = (revision, found)
    if what not in found:
        found[what] = read()
    answer: T = found[what]
    return answer
