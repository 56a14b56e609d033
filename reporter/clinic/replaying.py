"""The present row of a case, told from its moves alone: the timeline is the whole truth. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from reporter.clinic.casebook import Case, Move
from reporter.clock import maybe_instant, maybe_stamp
from reporter.rules.levels import Level

EMPTY = {"owner_id": None, "attempts": 0, "outcome": None, "closed_at": None, "undecided": 0}
OWNS = frozenset({"claim", "call", "follow_up"})
FREES = frozenset({"release", "reopen"})
INSTANTS = ("due_at", "closed_at", "escalated_at", "acknowledged_at")


def replayed(clinic_id: str, case_id: str, treatment_id: str, moves: Sequence[Move]) -> Case:
    """How the case stands after these moves, the first of which opened it."""
    row: dict[str, Any] = dict(EMPTY)
    for move in moves:
        row |= _before_it_was_written(row, move) if move.changed is None else move.changed
    row |= {name: maybe_instant(row.get(name)) for name in INSTANTS}
    return Case(
        clinic_id=clinic_id,
        id=case_id,
        treatment_id=treatment_id,
        opened_at=moves[0].at,
        version=moves[-1].version,
        level=Level(row.pop("level")),
        undecided=bool(row.pop("undecided")),
        **row,
    )


def _before_it_was_written(row: Mapping[str, Any], move: Move) -> dict[str, Any]:
    """What a move of an older version changed, from its verb and what stands beside it."""
    changed: dict[str, Any] = {
        "state": move.to_state,
        "level": int(move.level),
        "due_at": maybe_stamp(move.due_at),
    }
    only_words = move.verb == "call" and move.details.get("result") == "note"
    missed = move.verb == "call" and move.details.get("result") not in {"reached", "note"}
    opened = move.from_state == "closed" and move.to_state == "new"
    if move.verb in OWNS and not only_words:
        changed["owner_id"] = move.by_id
    if move.verb in FREES or opened:
        changed["owner_id"] = None
    if move.verb == "close":
        changed |= {"outcome": move.details.get("outcome"), "closed_at": maybe_stamp(move.at)}
    if opened:
        changed |= {"attempts": 0, "outcome": None, "closed_at": None, "undecided": 0}
    if move.details.get("undecided"):
        changed["undecided"] = 1
    return {**changed, "attempts": row["attempts"] + 1} if missed else changed
