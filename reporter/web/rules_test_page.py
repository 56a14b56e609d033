"""A kept back-test as its page shows it: old level against new level, and each moved report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporter.clinic.backtest_tally import height, lowers
from reporter.clock import instant
from reporter.rules.levels import Level
from reporter.web import clock_words
from reporter.web.staff_words import BADGES, UNDECIDED, Badge


@dataclass(frozen=True)
class LevelMove:
    """One cell of the table: how many reports went from one level to another."""

    old: Badge
    new: Badge
    reports: int
    lowered: bool


@dataclass(frozen=True)
class MovedReport:
    case_id: str | None
    when: str
    old: Badge
    new: Badge
    lowered: bool
    serious: bool


@dataclass(frozen=True)
class TestView:
    when: str
    total: int
    lowered: int
    raised: int
    serious: int
    calls: str
    table: tuple[LevelMove, ...]
    moved: tuple[MovedReport, ...]


def tested(kept: Mapping[str, Any], zone: str, now: datetime) -> TestView:
    """What a kept back-test found."""
    return TestView(
        when=clock_words.moment(instant(kept["at"]), now, zone),
        total=kept["total"],
        lowered=kept["lowered"],
        raised=kept["raised"],
        serious=kept["serious"],
        calls=f"{kept['extra_calls_a_week']:+.1f}",
        table=tuple(_moves(kept["table"])),
        moved=tuple(
            MovedReport(
                case_id=case_id,
                when=clock_words.moment(instant(at), now, zone),
                old=_badge(old),
                new=_badge(new),
                lowered=_lowered(old, new),
                serious=serious,
            )
            for case_id, at, old, new, serious in kept["moved"]
        ),
    )


def _moves(table: list[list[Any]]) -> Iterator[LevelMove]:
    def urgent_first(cell: list[Any]) -> tuple[int, int]:
        return -height(_place(cell[0])), -height(_place(cell[1]))

    for old, new, reports in sorted(table, key=urgent_first):
        yield LevelMove(_badge(old), _badge(new), reports, _lowered(old, new))


def _place(stored: int | None) -> Level | None:
    return None if stored is None else Level(stored)


def _lowered(old: int | None, new: int | None) -> bool:
    return lowers(_place(old), _place(new))


def _badge(place: int | None) -> Badge:
    return UNDECIDED if place is None else BADGES[Level(place)]
