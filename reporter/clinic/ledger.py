"""The follow-up ledger: for each check-in what happened to it and when, to show and to hand over.

Built from what we did, what mail servers answered and what people sent or said; never from an
e-mail that was opened or a link that was followed: machines do both.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime

from reporter.clinic.checkins import COLUMNS, Checkin, from_row
from reporter.clock import maybe_instant, stamp
from reporter.records.db import Database

PAGE = 500


@dataclass(frozen=True)
class Line:
    """One check-in. `sent` is when it was handed to the outbox, `accepted` when a mail server took
    it; `reminded` when it took the reminder. `with_another` asks for it in another's message."""

    reference: str
    day: int
    protocol: str
    state: str
    due: datetime
    closes: datetime
    planned: datetime | None
    sent: datetime | None
    accepted: datetime | None
    with_another: bool
    bounced: datetime | None
    bounce: str
    reminded: datetime | None
    answered: datetime | None
    phoned: datetime | None
    missed: datetime | None
    paused: datetime | None
    stopped: datetime | None
    cancelled: datetime | None


HEADER = tuple(field.name for field in fields(Line))
CHECKINS = ", ".join(f"k.{name}" for name in COLUMNS.split(", "))
LINES = (
    f"select {CHECKINS}, t.reference, r.sent_at as reminded from checkins k "  # noqa: S608
    "join treatments t on t.clinic_id = k.clinic_id and t.id = k.treatment_id "
    "left join checkins r on r.clinic_id = k.clinic_id and r.treatment_id = k.treatment_id "
    "and r.day = k.day and r.kind = 'reminder' where k.clinic_id = :c and k.kind = 'checkin' "
)


def of_treatment(db: Database, clinic_id: str, treatment_id: str) -> tuple[Line, ...]:
    rows = db.query(
        LINES + "and k.treatment_id = :t order by k.due_at, k.id", c=clinic_id, t=treatment_id
    )
    return tuple(_line(from_row(row), row["reference"], row["reminded"]) for row in rows)


def of_clinic(db: Database, clinic_id: str, since: datetime, until: datetime) -> Iterator[Line]:
    """All that was due from one instant to the other, in that order; read by pages."""
    last = (stamp(since), "")
    while rows := db.query(
        LINES + "and (k.due_at > :due or (k.due_at = :due and k.id > :id)) and k.due_at < :until "
        "order by k.due_at, k.id limit :n",
        c=clinic_id,
        due=last[0],
        id=last[1],
        until=stamp(until),
        n=PAGE,
    ):
        yield from (_line(from_row(row), row["reference"], row["reminded"]) for row in rows)
        last = (rows[-1]["due_at"], rows[-1]["id"])


def _line(one: Checkin, reference: str, reminded: str | None) -> Line:
    return Line(
        reference=reference,
        day=one.day,
        protocol=one.protocol,
        state=one.state,
        due=one.due_at,
        closes=one.closes_at,
        planned=one.planned_at,
        sent=one.queued_at,
        accepted=one.sent_at,
        with_another=bool(one.merged_into),
        bounced=one.bounced_at,
        bounce=one.bounce or "",
        reminded=maybe_instant(reminded),
        answered=one.answered_at,
        phoned=one.phoned_at,
        missed=one.missed_at,
        paused=one.paused_at,
        stopped=one.stopped_at,
        cancelled=one.cancelled_at,
    )


def as_csv(lines: Iterable[Line]) -> Iterator[str]:
    """A row at a time, times in UTC. Nothing in it was typed by anybody: no formula can be."""
    yield _row(HEADER)
    for line in lines:
        yield _row(cells(line))


def cells(line: Line) -> list[str]:
    """What stands under HEADER."""
    return [_cell(getattr(line, name)) for name in HEADER]


def _row(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{stamp(value)[:19]}Z"
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)
