"""Who is told that a case is late, and how long after its due time. Pure.

The numbers are those of a small clinic, for its director to sign: clinical judgement, not verified.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from reporter.rules.levels import Level

LATEST = 24 * 60  # a step later than a day is none


@dataclass(frozen=True)
class Steps:
    """Minutes after the due time at which each of them is told; never earlier than the one before.

    Where nobody owns the case, the owner's step is for every nurse.
    """

    owner: int
    practitioner: int
    director: int

    def in_order(self) -> Iterator[tuple[str, int]]:
        """("owner", 0), ("practitioner", 15), ("director", 60)."""
        return ((one.name, getattr(self, one.name)) for one in fields(self))


@dataclass(frozen=True)
class StepTable:
    """The steps of each level at one clinic."""

    emergency: Steps = Steps(0, 0, 15)
    urgent: Steps = Steps(0, 15, 60)
    call_back: Steps = Steps(0, 60, 240)

    def of(self, level: Level) -> Steps:
        if level is Level.EMERGENCY:
            return self.emergency
        return self.urgent if level is Level.URGENT else self.call_back


LEVELS = tuple(one.name for one in fields(StepTable))
WHO = tuple(one.name for one in fields(Steps))
