"""What one shift tells the next: how many of what, the open cases in order, back and ahead."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import casebook, queue
from reporter.clinic.casebook import Case, Move
from reporter.clinic.cases import QueueRow
from reporter.clinic.reports import StoredReport
from reporter.clinic.told import Told
from reporter.clinic.treatments import Treatment
from reporter.clock import stamp
from reporter.records.db import Database, Row
from reporter.rules.levels import Level

# More do not fit on one page, and nobody hands over more by word of mouth.
LINES = 14
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """One open case with what is needed to say it in four lines."""

    case: Case
    treatment: Treatment
    reports: tuple[StoredReport, ...]
    moves: tuple[Move, ...]
    owner_name: str
    told: tuple[Told, ...] = ()


@dataclass(frozen=True)
class Counts:
    """Open cases now, by level (None where the rules failed), and what else waits."""

    by_level: Mapping[Level | None, int]
    waiting: int
    late: int
    escalated: int
    closing: int
    unread: int
    unfinished: int
    silent: int
    overdue: int = 0

    @property
    def open(self) -> int:
        return sum(self.by_level.values())


@dataclass(frozen=True)
class Back:
    """The last 24 hours, in cases."""

    opened: int
    closed: int
    late: int
    reopened: int


@dataclass(frozen=True)
class Ahead:
    """The next 24 hours: rechecks, next tries, and the check-ins that go out, by day."""

    rechecks: int
    calls: int
    mails: Mapping[int, int]


@dataclass(frozen=True)
class Handover:
    """`more` cases are open beyond `lines`."""

    counts: Counts
    lines: tuple[Line, ...]
    more: int
    back: Back
    ahead: Ahead


def handover(db: Database, clinic_id: str, at: datetime, limit: int = LINES) -> Handover:
    """As it stands now. The most urgent cases are told whole."""
    counts = _counts(db, clinic_id, at)
    rows = queue.whole(db, clinic_id, limit)
    lines = tuple(_line(db, row) for row in rows)
    return Handover(
        counts, lines, counts.open - len(lines), _back(db, clinic_id, at), _ahead(db, clinic_id, at)
    )


def _line(db: Database, row: QueueRow) -> Line:
    case = row.case
    moves = casebook.history(db, case.clinic_id, case.id)
    return Line(case, row.treatment, row.said, moves, row.owner_name, row.told)


def _counts(db: Database, clinic_id: str, at: datetime) -> Counts:
    rows = db.query(
        "select level, undecided, state, count(*) as n, "
        "sum(case when due_at < :now then 1 else 0 end) as late from cases "
        "where clinic_id = :c and is_open = 1 group by level, undecided, state",
        c=clinic_id,
        now=stamp(at),
    )
    known = queue.counts(db, clinic_id, "", at)
    levels: Counter[Level | None] = Counter()
    for row in rows:
        levels[None if row["undecided"] else Level(row["level"])] += row["n"]
    return Counts(
        by_level=levels,
        waiting=known.waiting,
        late=sum(row["late"] for row in rows),
        escalated=_in_state(rows, "escalated"),
        closing=_in_state(rows, "closing"),
        unread=known.to_read,
        unfinished=known.unfinished,
        silent=known.silent,
        overdue=known.overdue,
    )


def _in_state(rows: list[Row], state: str) -> int:
    return sum(row["n"] for row in rows if row["state"] == state)


def _back(db: Database, clinic_id: str, at: datetime) -> Back:
    row = db.one(
        "select sum(case when verb = 'open' then 1 else 0 end) as opened, "
        "sum(case when to_state = 'closed' and from_state <> 'closed' then 1 else 0 end) "
        "as closed, "
        "sum(case when from_state = 'closed' and to_state <> 'closed' then 1 else 0 end) "
        "as again, "
        "count(distinct case when verb = 'overdue' then case_id end) as late "
        "from case_moves where clinic_id = :c and at >= :since and at <= :now",
        c=clinic_id,
        since=stamp(at - A_DAY),
        now=stamp(at),
    )
    found = {name: int(value or 0) for name, value in (row or {}).items()}
    return Back(found["opened"], found["closed"], found["late"], found["again"])


def _ahead(db: Database, clinic_id: str, at: datetime) -> Ahead:
    resting = db.query(
        "select state, count(*) as n from cases where clinic_id = :c and is_open = 1 "
        "and due_at >= :now and due_at < :then and state in ('waiting', 'monitoring') "
        "group by state",
        c=clinic_id,
        now=stamp(at),
        then=stamp(at + A_DAY),
    )
    mails = db.query(
        "select day, count(*) as n from checkins where clinic_id = :c and kind = 'checkin' "
        "and state = 'planned' and due_at >= :now and due_at < :then group by day order by day",
        c=clinic_id,
        now=stamp(at),
        then=stamp(at + A_DAY),
    )
    states = {row["state"]: row["n"] for row in resting}
    return Ahead(
        rechecks=states.get("monitoring", 0),
        calls=states.get("waiting", 0),
        mails={row["day"]: row["n"] for row in mails},
    )
