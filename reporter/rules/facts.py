"""One report as the tests of the rules look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reporter.rules.report import Report, ReportedSymptom

WIDER: Final = {None: 0, "local": 0, "elsewhere": 1, "spreading": 1}
STATED: Final = 1
"""A severity that is not stated counts as moderate."""


@dataclass(frozen=True)
class Said:
    """What the patient's own words say, as ids: of the patient now, of somebody else who is ill
    now, and what they deny or put in the past."""

    own: frozenset[str] = frozenset()
    of_another: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()


SILENT: Final = Said()


class Facts:
    """A report with what counts as ticked, what the words say, and the last report before it."""

    __slots__ = ("_last", "_present", "entries", "report", "said")

    def __init__(
        self, report: Report, entries: tuple[ReportedSymptom, ...], said: Said = SILENT
    ) -> None:
        self.report = report
        self.entries = entries
        self.said = said
        # Most reports are decided without asking for these two.
        self._present: frozenset[str] | None = None
        self._last: dict[str, ReportedSymptom] | None = None

    @property
    def present(self) -> frozenset[str]:
        """The symptoms that count as reported."""
        if self._present is None:
            self._present = frozenset([entry.symptom for entry in self.entries])
        return self._present

    @property
    def last(self) -> dict[str, ReportedSymptom]:
        """The symptoms of the last report before this one."""
        if self._last is None:
            self._last = {entry.symptom: entry for entry in self.report.last_report}
        return self._last

    def worse_than_last(self, entry: ReportedSymptom) -> bool:
        """Whether a symptom is worse than the last report of the same treatment had it."""
        before = self.last.get(entry.symptom)
        return before is not None and _is_worse(before, entry)


def _is_worse(before: ReportedSymptom, now: ReportedSymptom) -> bool:
    return (
        _severity(now) > _severity(before)
        or WIDER[now.extent] > WIDER[before.extent]
        or (now.side == "both" and before.side in ("left", "right"))
        or (now.covers_pupil is True and before.covers_pupil is False)
        or (now.sight_changed is True and before.sight_changed is False)
        or (now.eye_closes is False and before.eye_closes is True)
    )


def _severity(entry: ReportedSymptom) -> int:
    return STATED if entry.severity is None else entry.severity
