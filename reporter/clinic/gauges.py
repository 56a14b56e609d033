"""Numbers about a clinic for whoever watches the machine: counts and ages, of nobody by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reporter.clinic import watch
from reporter.clinic.clinics import Clinic
from reporter.clock import instant, stamp
from reporter.mail import heartbeat
from reporter.records.db import Database
from reporter.rules.levels import Level


@dataclass(frozen=True)
class Gauge:
    """One number; `labels` beside the clinic's own."""

    name: str
    help: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def gauges(db: Database, clinic: Clinic, at: datetime) -> Iterator[Gauge]:
    """All numbers of one clinic, the same names each time."""
    yield from _cases(db, clinic, at)
    yield from _outbox(db, clinic, at)
    last = heartbeat.last(db, clinic.id)
    age = (at - last.at).total_seconds() if last else float("inf")
    yield Gauge("scheduler_age_seconds", "Seconds since the scheduler's last sign of life", age)
    wrong = [one.kind for one in watch.troubles(db, clinic, at)]
    yield Gauge("troubles", "Things that stand still, as /healthz names them", len(wrong))


def _cases(db: Database, clinic: Clinic, at: datetime) -> Iterator[Gauge]:
    rows = db.query(
        "select level, count(*) as open, sum(case when due_at < :now then 1 else 0 end) as late "
        "from cases where clinic_id = :c and is_open = 1 group by level",
        c=clinic.id,
        now=stamp(at),
    )
    found = {row["level"]: row for row in rows}
    for level in (Level.CALL_BACK, Level.URGENT, Level.EMERGENCY):
        row = found.get(int(level), {"open": 0, "late": 0})
        label = (("level", level.id),)
        yield Gauge("cases_open", "Cases that are open", row["open"], label)
        yield Gauge("cases_late", "Open cases past their due time", row["late"], label)


def _outbox(db: Database, clinic: Clinic, at: datetime) -> Iterator[Gauge]:
    row = db.one(
        "select count(*) as waiting, min(created_at) as oldest from outbox "
        "where clinic_id = :c and state = 'due' and created_at <= :now",
        c=clinic.id,
        now=stamp(at),
    )
    oldest = row["oldest"] if row else None
    age = (at - instant(oldest)).total_seconds() if oldest else 0.0
    yield Gauge("outbox_waiting", "Messages that wait to go out", row["waiting"] if row else 0)
    yield Gauge("outbox_oldest_seconds", "Age of the oldest message that waits", age)
