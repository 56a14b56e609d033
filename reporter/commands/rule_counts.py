"""A back-test on the terminal: a bar while it runs, then the table of old against new levels."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reporter.commands import store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reporter.clinic.backtest_pool import Files
    from reporter.clinic.backtest_tally import Moved, Place, Tally
    from reporter.records.db import Database


def counted(
    db: "Database", clinic_id: str, draft: "Files", live: "Files", moved_file: Path | None = None
) -> "Tally":
    """With a bar on the terminal, and each moved report on a line of the file."""
    from reporter.clinic import backtest_pool
    from reporter.clinic.backtest import count

    given = store.settings()
    task = backtest_pool.Task(given.database_url, given.keys, clinic_id, draft, live)
    part = moved_file.with_name(f"{moved_file.name}.part") if moved_file else Path("/dev/null")
    bar = click.progressbar(length=count(db, clinic_id), label="Reports", file=sys.stderr)
    try:
        with part.open("w", encoding="utf-8") as out, bar:
            out.write("report,case,received_at,old,new,confirmed_serious\n")

            def each(done: int, moved: "list[Moved]") -> None:
                out.writelines(map(_line, moved))
                bar.update(done)

            tally = backtest_pool.run(db, task, each)
        if moved_file:
            part.replace(moved_file)
    finally:
        if moved_file:
            part.unlink(missing_ok=True)
    return tally


def _line(one: "Moved") -> str:
    serious = "yes" if one.serious else "no"
    places = f"{_place(one.old)},{_place(one.new)}"
    return f"{one.report_id},{one.case_id or ''},{one.received_at},{places},{serious}\n"


def _place(place: "Place") -> str:
    return "undecided" if place is None else place.id


def summary(tally: "Tally") -> "Iterator[str]":
    yield f"{tally.total} reports. Old level, new level, reports:"
    for (old, new), n in sorted(tally.table.items(), key=lambda item: str(item[0])):
        yield f"  {_place(old):10}  {_place(new):10}  {n}"
    yield f"{tally.lowered} lowered, {tally.raised} raised, "
    yield f"{tally.extra_calls_a_week:+.1f} calls a week."
    if tally.serious:
        yield f"{tally.serious} of them were confirmed as serious: this cannot go live."
    for one in tally.moved[:20]:
        mark = "  CONFIRMED AS SERIOUS" if one.serious and one.lowered else ""
        yield f"  {one.report_id}  {_place(one.old)} to {_place(one.new)}{mark}"
    if len(tally.moved) > 20:
        yield "  … and more: --moved FILE lists every one."
