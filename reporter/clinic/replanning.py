"""Check-ins follow their protocols, the clinic's hours, holidays and zone, whoever changes them.

What was planned by others is planned anew at the next round, before anything is queued: what a
page, a command or an upgrade has changed is noticed all the same, and a round that was killed is
made again. What it would come to is counted first, so that it can be shown.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from reporter.clinic import checkin_plan, rulesets
from reporter.clinic.checkin_changes import Change, digest_of
from reporter.clinic.clinics import Clinic
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge, KnowledgeError, shipped

log = logging.getLogger(__name__)
# So many follow-ups are looked at while a browser waits, and so many changes are named.
MOST_LOOKED_AT, NAMED = 1000, 5


@dataclass(frozen=True)
class Move:
    """One check-in that moves: from when to when, in `zone`. Empty where it comes or goes."""

    day: int
    kind: str
    zone: str
    was: datetime | None
    will: datetime | None


@dataclass(frozen=True)
class Forecast:
    """What becomes of the check-ins that are not sent yet. `whole` unless there were too many.

    `first` are the first few moves, each with how many check-ins make it.
    """

    moved: int
    added: int
    removed: int
    first: tuple[tuple[Move, int], ...]
    whole: bool = True

    def __bool__(self) -> bool:
        return bool(self.moved or self.added or self.removed)


def forecast(db: Database, clinic: Clinic, known: Knowledge, at: datetime) -> Forecast:
    """What these protocols and this clinic's hours and zone would change; nothing is written."""
    counts, found = Counter[str](), Counter[Move]()
    looked_at = 0
    for looked_at, one in enumerate(checkin_plan.compared(db, clinic, known, at), 1):
        zone = one.treatment.patient.zone or clinic.hours.zone
        moves = [_move(change, zone) for change in one.changes]
        moves = [move for move in moves if move.was != move.will]
        counts.update(_kind(move) for move in moves)
        found.update(moves)
        if looked_at == MOST_LOOKED_AT:
            break
    first = sorted(found.items(), key=lambda move: move[0].was or move[0].will or at)
    return Forecast(
        counts["moved"],
        counts["added"],
        counts["removed"],
        tuple(islice(first, NAMED)),
        whole=looked_at < MOST_LOOKED_AT,
    )


def _move(change: Change, zone: str) -> Move:
    was = change.was.due_at if change.was else None
    return Move(change.day, change.kind, zone, was, change.slot.due_at if change.slot else None)


def _kind(move: Move) -> str:
    return "added" if move.was is None else "removed" if move.will is None else "moved"


def follow(db: Database, clinic: Clinic, at: datetime, stopped: Callable[[], bool] = bool) -> int:
    """Plan anew what was planned by other protocols, hours or zone. How many check-ins changed."""
    try:
        known = rulesets.live(db, clinic.id, shipped(), at)
    except KnowledgeError:
        log.error("The rules of this clinic cannot be read: its check-ins stay as planned.")
        return 0
    digest = digest_of(clinic.hours, known.protocols)
    if _planned_by(db, clinic.id) == digest:
        return 0
    changed = 0
    for one in checkin_plan.changed_by(db, clinic, known, at):
        if stopped():
            return changed
        work = (db, clinic, one.treatment, known)
        changed += db.atomically(
            lambda work=work: checkin_plan.follow_protocol(*work, by=SYSTEM, at=at)  # type: ignore[misc]
        )
    db.run(
        "update clinics set planned_by = :digest where clinic_id = :c", c=clinic.id, digest=digest
    )
    if changed:
        log.info("%d check-ins were planned anew.", changed)
    return changed


def _planned_by(db: Database, clinic_id: str) -> str | None:
    row = db.one("select planned_by from clinics where clinic_id = :c", c=clinic_id)
    return row["planned_by"] if row else None
