"""A clock that jumps must not send, or miss, what is due: a person has to say that it is right."""

from datetime import timedelta

import pytest

import scheduler
from reporter.clinic import watch
from reporter.clinic.clinics import Clinic
from reporter.mail import clock_trust, heartbeat
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.settings import Settings
from tests.conftest import NOW

WEEK = timedelta(days=7)
TEN_YEARS = timedelta(days=3652)


@pytest.fixture
def alive(db: Database, clinic: Clinic) -> Clinic:
    db.atomically(lambda: heartbeat.beat(db, clinic.id, NOW))
    return clinic


def test_a_first_start_and_a_pause_are_believed(db: Database, clinic: Clinic) -> None:
    assert clock_trust.doubt(db, NOW) == ""
    db.atomically(lambda: heartbeat.beat(db, clinic.id, NOW))
    assert clock_trust.doubt(db, NOW + WEEK) == ""


@pytest.mark.parametrize("jump", [TEN_YEARS, -TEN_YEARS, WEEK * 2, -WEEK * 2])
def test_a_jump_is_not(db: Database, alive: Clinic, jump: timedelta) -> None:
    assert "Nothing is sent until somebody has looked" in clock_trust.doubt(db, NOW + jump)


@pytest.mark.parametrize("jump", [TEN_YEARS, -TEN_YEARS])
def test_believed_by_a_person(db: Database, alive: Clinic, jump: timedelta) -> None:
    clock_trust.believe(db, alive.id, by=SYSTEM, at=NOW + jump)
    assert clock_trust.doubt(db, NOW + jump) == ""
    verbs = db.query("select verb from audit_events where clinic_id = :c", c=alive.id)
    assert "clock.believed" in {row["verb"] for row in verbs}


def test_the_running_scheduler_stops_and_says_so(
    db: Database,
    alive: Clinic,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worked: list[str] = []
    monkeypatch.setattr(scheduler, "queue_checkins", lambda *_: worked.append("queue"))
    monkeypatch.setattr(scheduler, "send_outbox", lambda *_: worked.append("send"))
    later = NOW + TEN_YEARS
    monkeypatch.setattr("reporter.clock.now", lambda: later)
    alarm = scheduler.Alarm(settings)
    for job in (alarm._queue, alarm._send, alarm._beat):
        job()
    assert worked == []
    (found,) = [one for one in watch.troubles(db, alive, later) if one.kind == "clock"]
    assert "reporter clock believe" in found.what
    clock_trust.believe(db, alive.id, by=SYSTEM, at=later)
    alarm._queue()
    assert worked == ["queue"]
    alarm._beat()
    assert [one.kind for one in watch.troubles(db, alive, later)] == []
