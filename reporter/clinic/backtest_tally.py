"""What a back-test counted: old level against new, the reports that moved, the calls it costs."""

import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from reporter.clock import instant
from reporter.rules.levels import Level

MOST_LISTED = 500
WEEK = timedelta(days=7)

Place = Level | None
"""A level, or None where the rules failed: then a person looks first."""


@dataclass(frozen=True)
class Moved:
    """One report that the draft decides otherwise."""

    report_id: str
    case_id: str | None
    received_at: str
    old: Place
    new: Place
    serious: bool

    @property
    def lowered(self) -> bool:
        return lowers(self.old, self.new)

    @property
    def rank(self) -> tuple[bool, bool, int, str]:
        """Lowered first, the serious of them on top, the widest step before the others."""
        return (
            not self.lowered,
            not self.serious,
            height(self.new) - height(self.old),
            self.report_id,
        )


def height(place: Place) -> int:
    """How urgent: what the rules failed on stands above an emergency."""
    return len(Level) if place is None else int(place)


def lowers(old: Place, new: Place) -> bool:
    """A report that the rules had failed on went to a person at once, like an emergency."""
    return new is not None and new < (Level.EMERGENCY if old is None else old)


@dataclass
class Tally:
    """What was counted so far. Parts of a run are added up in any order."""

    table: Counter[tuple[Place, Place]] = field(default_factory=Counter)
    moved: list[Moved] = field(default_factory=list)
    serious: int = 0
    first_at: str = ""
    last_at: str = ""
    last_id: str = ""

    @property
    def total(self) -> int:
        return self.table.total()

    @property
    def lowered(self) -> int:
        return sum(n for (old, new), n in self.table.items() if lowers(old, new))

    @property
    def raised(self) -> int:
        return sum(n for (old, new), n in self.table.items() if height(new) > height(old))

    @property
    def extra_calls_a_week(self) -> float:
        """More calls (fewer, if negative), over the weeks that the reports span."""
        extra = sum(n * (_calls(new) - _calls(old)) for (old, new), n in self.table.items())
        if not self.first_at:
            return 0.0
        span = instant(self.last_at) - instant(self.first_at)
        return extra / max(span / WEEK, 1.0)

    def add(self, other: "Tally") -> None:
        self.table.update(other.table)
        self.moved = heapq.nsmallest(MOST_LISTED, [*self.moved, *other.moved], key=_rank)
        self.serious += other.serious
        self.first_at = min(filter(None, (self.first_at, other.first_at)), default="")
        self.last_at = max(self.last_at, other.last_at)
        self.last_id = max(self.last_id, other.last_id)


def _rank(moved: Moved) -> tuple[bool, bool, int, str]:
    return moved.rank


def _calls(place: Place) -> int:
    return int(place is None or place > Level.SELF_CARE)
