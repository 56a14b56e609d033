"""Windows of days, looked up as bits: which of many windows hold a day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

Window = tuple[int | None, int | None]
"""First and last day, both included; None where it has no bound."""


def bits(flags: Iterable[bool]) -> int:
    """One bit for each flag, the first in the lowest."""
    return sum(1 << place for place, flag in enumerate(flags) if flag)


class Windows:
    """A row of bits for each stretch of days between which no window opens or closes."""

    def __init__(self, windows: Sequence[Window]) -> None:
        starts = {0 if first is None else first for first, _ in windows}
        self._starts = sorted(starts | {last + 1 for _, last in windows if last is not None})
        self._rows = [0, *(_within(day, windows) for day in self._starts)]

    def on(self, day: int) -> int:
        """The windows that hold this day."""
        return self._rows[bisect_right(self._starts, day)]


def _within(day: int, windows: Sequence[Window]) -> int:
    return bits(
        (first is None or first <= day) and (last is None or day <= last) for first, last in windows
    )
