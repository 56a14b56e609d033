"""Who is told that nobody has taken a case, or that it is late, and when. Pure.

The numbers are those of a small clinic, for its director to sign: clinical judgement, not verified.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from reporter.rules.levels import Level

LATEST = 24 * 60  # a step later than a day is none
UNCLAIMED = "unclaimed"
AFTER_DUE = ("owner", "practitioner", "director")


@dataclass(frozen=True)
class Steps:
    """Minutes after the due time at which each of them is told; never earlier than the one before.

    Where nobody owns the case, the owner's step is for every nurse. `unclaimed` comes before: so
    many minutes after the report everybody is told again if nobody has taken it; 0 is never.
    """

    owner: int
    practitioner: int
    director: int
    unclaimed: int = 0

    def in_order(self) -> Iterator[tuple[str, int]]:
        """("owner", 0), ("practitioner", 15), ("director", 60)."""
        return ((name, getattr(self, name)) for name in AFTER_DUE)


@dataclass(frozen=True)
class StepTable:
    """The steps of each level at one clinic."""

    emergency: Steps = Steps(0, 0, 15, unclaimed=5)
    urgent: Steps = Steps(0, 15, 60, unclaimed=45)
    call_back: Steps = Steps(0, 60, 240)

    def of(self, level: Level) -> Steps:
        if level is Level.EMERGENCY:
            return self.emergency
        return self.urgent if level is Level.URGENT else self.call_back


LEVELS = tuple(one.name for one in fields(StepTable))
WHO = tuple(one.name for one in fields(Steps))
