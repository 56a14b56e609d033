"""A clock that is moved by minutes or hours while we run: no check-in, but people look at patients.

The time is held against a clock that nobody can set, which goes on while a laptop sleeps.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

import scheduler
from reporter import rounds
from reporter.clinic import clinics, drafts, intake, watch
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.clock import Steady, instant, steady
from reporter.mail import clock_mending, clock_trust
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.settings import Settings
from tests.clinic.rounds import states
from tests.clinic.test_unfinished import KEY, LID
from tests.conftest import NOW, report
from tests.mail.servers import Mailbox

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ONE, TWO = Steady("desk", "first start", 100.0), Steady("desk", "second start", 5.0)
ELSEWHERE = Steady("other", "its start", 9000.0)
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def later(steady: Steady, by: timedelta) -> Steady:
    return replace(steady, seconds=steady.seconds + by.total_seconds())


def doubt(db: Database, at: datetime, steady: Steady) -> str:
    return clock_trust.doubt(db, at, steady)


@pytest.fixture
def running(db: Database, clinic: Clinic) -> Database:
    """A scheduler beat at NOW, by a clock that was believed."""
    assert rounds.trusted(db, NOW, ONE)
    rounds.beat(db, NOW)
    return db


@only_sqlite
@pytest.mark.parametrize("moved", [6 * MINUTE, -6 * MINUTE, 3 * HOUR, -3 * HOUR, 24 * HOUR])
def test_a_clock_that_is_moved_is_doubted(running: Database, moved: timedelta) -> None:
    said = doubt(running, NOW + MINUTE + moved, later(ONE, MINUTE))
    assert f"moved {'forward' if moved > MINUTE else 'back'} by" in said
    assert "`reporter clock believe`" in said


@only_sqlite
@pytest.mark.parametrize(
    ("passed", "on_the_clock"),
    [
        (MINUTE, MINUTE + timedelta(seconds=1)),  # a leap second
        (MINUTE, 4 * MINUTE),  # a time server's step at starting
        (9 * HOUR, 9 * HOUR),  # a laptop slept, or the scheduler was stopped over night
    ],
)
def test_what_is_no_jump(running: Database, passed: timedelta, on_the_clock: timedelta) -> None:
    assert doubt(running, NOW + on_the_clock, later(ONE, passed)) == ""


@only_sqlite
def test_small_steps_never_add_up(running: Database) -> None:
    for minute in range(1, 10):
        at = NOW + 4 * MINUTE * minute
        assert rounds.trusted(running, at, later(ONE, minute * MINUTE))


@only_sqlite
def test_summer_time_is_no_jump(db: Database, clinic: Clinic) -> None:
    """Instants are in UTC: no clock is moved when New York's hands are."""
    before = datetime(2027, 3, 14, 6, 59, tzinfo=UTC)
    assert rounds.trusted(db, before, ONE)
    assert rounds.trusted(db, before + 2 * MINUTE, later(ONE, 2 * MINUTE))


@only_sqlite
def test_it_ends_when_the_clocks_agree_again(running: Database) -> None:
    """Also for a scheduler that was started anew meanwhile: it is the same start of the machine."""
    for minute in (1, 2, 30):
        assert not rounds.trusted(
            running, NOW + minute * MINUTE - HOUR, later(ONE, minute * MINUTE)
        )
    assert clock_trust.doubts(running) != ()
    assert rounds.trusted(running, NOW + 31 * MINUTE, later(ONE, 31 * MINUTE))
    assert clock_trust.doubts(running) == ()


@only_sqlite
def test_it_ends_by_a_persons_word(running: Database, clinic: Clinic) -> None:
    moved, now = NOW + 3 * HOUR, later(ONE, MINUTE)
    assert not rounds.trusted(running, moved, now)
    clock_trust.believe(running, clinic.id, by=SYSTEM, at=moved, steady=now)
    assert rounds.trusted(running, moved + MINUTE, later(now, MINUTE))
    assert clock_trust.doubts(running) == ()
    assert doubt(running, NOW + 2 * MINUTE, later(now, MINUTE)), "set back, it is moved again"


@only_sqlite
def test_switching_the_machine_off_and_on_ends_no_doubt(running: Database, clinic: Clinic) -> None:
    moved = NOW + 3 * HOUR
    assert not rounds.trusted(running, moved, ONE)
    assert not rounds.trusted(running, moved + MINUTE, TWO)
    clock_trust.believe(running, clinic.id, by=SYSTEM, at=moved + MINUTE, steady=TWO)
    assert rounds.trusted(running, moved + 2 * MINUTE, later(TWO, MINUTE))
    assert clock_trust.doubts(running) == ()


@only_sqlite
def test_a_machine_that_starts_in_the_past_is_doubted_until_it_is_not(running: Database) -> None:
    """Nothing ran, so only what is stored can be compared: the newest sign of life or event."""
    assert not rounds.trusted(running, NOW - 2 * HOUR, TWO)
    (said,) = clock_trust.doubts(running)
    assert "something was stored at" in said
    assert rounds.trusted(running, NOW + 2 * HOUR, later(TWO, MINUTE)), "a time server set it right"
    assert clock_trust.doubts(running) == ()


def test_one_machine_of_two_that_jumped_stops_alone(running: Database, clinic: Clinic) -> None:
    assert rounds.trusted(running, NOW, ELSEWHERE)
    assert not rounds.trusted(running, NOW + 3 * HOUR, ONE)
    assert rounds.trusted(running, NOW + MINUTE, later(ELSEWHERE, MINUTE))
    clock_trust.believe(running, clinic.id, by=SYSTEM, at=NOW + MINUTE, steady=ELSEWHERE)
    assert len(clock_trust.doubts(running)) == 1, "its clock is its own to look at"
    assert not rounds.trusted(running, NOW + 3 * HOUR + MINUTE, later(ONE, MINUTE))


def test_the_steady_clock_of_this_machine_runs_on() -> None:
    first, second = steady(), steady()
    assert (first.host, first.boot) == (second.host, second.boot)
    assert 0 <= second.seconds - first.seconds < 60


@dataclass
class Jumped:
    """A scheduler whose clock was moved, with a case, a check-in and an unsent answer in store."""

    alarm: scheduler.Alarm
    visit: Treatment
    at: datetime

    def round(self) -> None:
        jobs = self.alarm._queue, self.alarm._take_up, self.alarm._raise, self.alarm._beat
        for job in (*jobs, self.alarm._send):
            job()


@pytest.fixture(params=[3 * HOUR, -3 * HOUR], ids=["ahead", "behind"])
def jumped(
    request: pytest.FixtureRequest, running: Database, knowledge: Knowledge, settings: Settings,
    clinic: Clinic, enrolled: Callable[..., Treatment], hire: Callable[..., object], box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> Jumped:  # fmt: skip
    """At NOW + 80 minutes the clock is moved: an urgent case of NOW is late by then, a form was
    left half an hour ago, and day 3 of a third patient has just come."""
    hire("Dana Reyes")
    urgent = report("eyelid_droop", free_text="double")
    asked = enrolled(given_on=NOW.date() - timedelta(days=3), name="Ann Due", email="a@p.test")
    calling = enrolled(name="Rob Late", email="r@p.test")
    intake.submit(running, knowledge, clinic, calling, urgent, key="b" * 64, channel="web",
                  at=NOW, language="en")  # fmt: skip
    drafts.save(running, enrolled(name="Una Left", email="u@p.test"), KEY, LID, NOW + 50 * MINUTE)
    running.run("delete from outbox")
    at = NOW + 80 * MINUTE + request.param
    monkeypatch.setattr("reporter.clock.now", lambda: at)
    monkeypatch.setattr("reporter.clock.steady", lambda: later(ONE, 80 * MINUTE))
    return Jumped(scheduler.Alarm(replace(settings, smtp_url=box.url)), asked, at)


def test_people_look_at_patients_all_the_same(
    db: Database, clinic: Clinic, jumped: Jumped, box: Mailbox
) -> None:
    before = states(db, jumped.visit)
    assert before["3"] == "planned"
    jumped.round()
    assert states(db, jumped.visit) == before, "nobody is asked at a wrong time"
    assert set(box.recipients) >= {"dana@staff.test"}
    assert "a@p.test" not in box.recipients
    steps = db.query("select distinct step from case_steps")
    assert {row["step"] for row in steps} >= {"owner"}, "the late case was told of"
    assert db.query("select id from reports where channel = 'unfinished'"), "and what was left"
    (found,) = [one for one in watch.troubles(db, clinic, jumped.at) if one.kind == "clock"]
    assert "3 h 00 min" in found.what


@only_sqlite
def test_set_right_what_was_told_too_early_is_told_again(db: Database, jumped: Jumped) -> None:
    jumped.round()
    early = db.query("select raised_at from case_steps")
    right = NOW + 81 * MINUTE
    clinic = clinics.the_clinic(db)
    db.atomically(lambda: clock_mending.set_right(db, clinic.id, right))
    left = db.query("select raised_at from case_steps")
    ahead = [row for row in early if instant(row["raised_at"]) > right + HOUR]
    assert len(left) == len(early) - len(ahead)
    assert bool(ahead) == (jumped.at > right)
