"""Whether this machine's clock can be believed: a check-in may only go out on its own day.

A clock that jumped would mark check-ins as missed, or send them early. Each scheduler writes down
how its clock stood to one that nobody can set (`reporter.clock.Steady`), and looks again at every
step: what differs by more than JUMP was moved. A scheduler that has not run since the machine
started can only compare with what the store holds. In doubt no check-in moves, until the clocks
agree again or a person says that the time is right. Whatever makes somebody look at a patient
goes on, by whichever time is later.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clock import Steady, instant, maybe_instant, stamp
from reporter.mail.heartbeat import NAME as SCHEDULER
from reporter.records.audit import Actor, record
from reporter.records.db import Database

ANYBODY = "-"  # a machine's clock is that of the whole store, no clinic's own
CLOCK = "clock"
# Time servers move the steady clock too when they slow or hasten, steps of theirs and leap seconds
# are seconds, and no check-in comes at a wrong hour for this: it is also how long a scheduler may
# be silent. Only hands, broken batteries and machines that were frozen move a clock by more.
JUMP = timedelta(minutes=5)
# After so long a pause windows have passed anyway, and somebody must look at what was missed.
LONGEST_PAUSE = timedelta(days=7)


@dataclass(frozen=True)
class Look:
    """The time that this machine says, and why no check-in may go at it; empty when it may.

    `line` is what the time should be. A `sure` line was drawn while the clock was believed; else
    it starts from the newest that the store holds.
    """

    at: datetime
    doubt: str
    line: datetime
    sure: bool

    @property
    def latest(self) -> datetime:
        """In doubt the later of both: rather too early than never a person looks at a patient."""
        return max(self.at, self.line) if self.doubt else self.at


@dataclass(frozen=True)
class _Machine:
    """What a scheduler wrote down: at `seconds` of its steady clock it was `at`."""

    host: str
    boot: str
    at: datetime
    seconds: float
    sure: bool
    doubt: str

    def now(self, steady: Steady) -> datetime:
        return self.at + timedelta(seconds=steady.seconds - self.seconds)


def look(db: Database, at: datetime, steady: Steady) -> Look:
    """Hold the time against the steady clock, and against what the store holds."""
    every = _machines(db)
    mine = next((one for one in every if one.boot == steady.boot), None)
    signs, newest = _last_sign(db), None
    doubt = _moved(mine, at, steady) or _paused(signs, at)
    if not (mine and mine.sure):
        newest = max(filter(None, (signs, _last_event(db))), default=None)
        doubt = doubt or _behind(newest, at) or _before_restart(every, steady)
    line = mine.now(steady) if mine else newest or at
    return Look(at, doubt, line, mine is not None and mine.sure)


def doubt(db: Database, at: datetime, steady: Steady) -> str:
    """Why no check-in may go at this time, in one sentence; empty when the clock is believed."""
    return look(db, at, steady).doubt


def _moved(mine: _Machine | None, at: datetime, steady: Steady) -> str:
    if mine is None or not mine.sure or abs(moved := at - mine.now(steady)) <= JUMP:
        return ""
    minutes, way = int(abs(moved).total_seconds() // 60), "forward" if moved > JUMP else "back"
    return (
        f"The clock of {steady.host} was moved {way} by {minutes // 60} h {minutes % 60:02} min: "
        f"it says {at:%Y-%m-%d %H:%M} UTC. No check-in is sent until it is set right, or "
        "somebody has looked at it and runs `reporter clock believe` there. Alerts to staff go on."
    )


def _paused(last: datetime | None, at: datetime) -> str:
    if last is None or abs(at - last) <= LONGEST_PAUSE:
        return ""
    return (
        f"The clock says {at:%Y-%m-%d %H:%M} UTC, the last round was on {last:%Y-%m-%d %H:%M}. "
        "No check-in is sent until somebody has looked at the clock and runs "
        "`reporter clock believe`. Alerts to staff still go."
    )


def _behind(newest: datetime | None, at: datetime) -> str:
    """For a machine that was started anew, whose clock may stand where its battery left it."""
    if newest is None or newest - at <= JUMP:
        return ""
    return (
        f"The clock says {at:%Y-%m-%d %H:%M} UTC, but something was stored at "
        f"{newest:%Y-%m-%d %H:%M}. No check-in is sent until the clock is set right, or somebody "
        "has looked at it and runs `reporter clock believe`. Alerts to staff go on."
    )


def _before_restart(every: Iterable[_Machine], steady: Steady) -> str:
    """Switching a machine off and on does not set its clock right."""
    said = (one.doubt for one in every if one.host == steady.host and one.sure)
    return next(filter(None, said), "")


def _last_sign(db: Database) -> datetime | None:
    row = db.one(
        "select max(at) as last from heartbeats where name in (:scheduler, :clock)",
        scheduler=SCHEDULER,
        clock=CLOCK,
    )
    return maybe_instant(row["last"]) if row else None


def _last_event(db: Database) -> datetime | None:
    row = db.one(
        "select max(e.at) as last from audit_heads h join audit_events e "
        "on e.clinic_id = h.clinic_id and e.seq = h.seq"
    )
    return maybe_instant(row["last"]) if row else None


def _machines(db: Database) -> list[_Machine]:
    rows = db.query(
        "select name, at, details from heartbeats where clinic_id = :c and name like :names",
        c=ANYBODY,
        names=f"{CLOCK} %",
    )
    return [
        _Machine(boot=row["name"].partition(" ")[2], at=instant(row["at"]), **kept)
        for row in rows
        for kept in (json.loads(row["details"]),)
    ]


def doubts(db: Database) -> tuple[str, ...]:
    """Why machines that send for this store do not believe their clocks."""
    return tuple(dict.fromkeys(one.doubt for one in _machines(db) if one.doubt))


def keep(db: Database, seen: Look, steady: Steady) -> None:
    """Write down how the clocks stand to each other. In doubt the line goes on as it was."""
    kept = _Machine(
        host=steady.host,
        boot=steady.boot,
        at=seen.line if seen.doubt else seen.at,
        seconds=steady.seconds,
        sure=seen.sure or not seen.doubt,
        doubt=seen.doubt,
    )
    with db.transaction():
        _write(db, kept)
        if not seen.doubt:
            _forget(db, (one for one in _machines(db) if one.host == steady.host), steady)


def _write(db: Database, one: _Machine) -> None:
    details = {"host": one.host, "seconds": one.seconds, "sure": one.sure, "doubt": one.doubt}
    db.run(
        "insert into heartbeats (clinic_id, name, at, details) values (:c, :name, :at, :details) "
        "on conflict (clinic_id, name) do update set at = excluded.at, details = excluded.details",
        c=ANYBODY,
        name=f"{CLOCK} {one.boot}",
        at=stamp(one.at),
        details=json.dumps(details, sort_keys=True),
    )


def _forget(db: Database, gone: Iterable[_Machine], steady: Steady) -> None:
    for one in gone:
        if one.boot != steady.boot:
            name = f"{CLOCK} {one.boot}"
            db.run("delete from heartbeats where clinic_id = :c and name = :n", c=ANYBODY, n=name)


def believe(db: Database, clinic_id: str, *, by: Actor, at: datetime, steady: Steady) -> None:
    """Somebody has looked: this time is right. A sign from a wrong future is set right too.

    What another machine doubts that is at work at this moment stays: its clock is its own.
    """
    with db.transaction():
        keep(db, Look(at, "", at, sure=True), steady)
        every = _machines(db)
        at_work = [o for o in every if o.host != steady.host and o.sure and abs(at - o.at) <= JUMP]
        _forget(db, (one for one in every if one not in at_work), steady)
        db.run(
            "insert into heartbeats (clinic_id, name, at, details) "
            "values (:c, :name, :at, '{}') "
            "on conflict (clinic_id, name) do update set at = excluded.at",
            c=clinic_id,
            name=CLOCK,
            at=stamp(at),
        )
        db.run(
            "update heartbeats set at = :at, details = '{}' where clinic_id = :c and name = :name",
            c=clinic_id,
            name=SCHEDULER,
            at=stamp(at),
        )
        record(db, clinic_id, by, "clock.believed", clinic_id, at)
