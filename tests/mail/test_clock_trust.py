"""A clock that jumps must not send, or miss, what is due: a person has to say that it is right."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner

import scheduler
from reporter import rounds
from reporter.clinic import rates, watch
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.clock import Steady, stamp
from reporter.commands import main
from reporter.mail import clock_trust, heartbeat, outbox
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.settings import Settings
from tests.clinic.rounds import states
from tests.conftest import NOW
from tests.mail.conftest import Post
from tests.mail.servers import Mailbox
from tests.mail.test_webhook import Pager, pager

__all__ = ["pager"]

WEEK = timedelta(days=7)
BOOT = Steady("desk", "one", 100.0)
TEN_YEARS = timedelta(days=3652)


@pytest.fixture
def alive(db: Database, clinic: Clinic) -> Clinic:
    db.atomically(lambda: heartbeat.beat(db, clinic.id, NOW))
    return clinic


def test_a_first_start_and_a_pause_are_believed(db: Database, clinic: Clinic) -> None:
    assert clock_trust.doubt(db, NOW, BOOT) == ""
    db.atomically(lambda: heartbeat.beat(db, clinic.id, NOW))
    assert clock_trust.doubt(db, NOW + WEEK, BOOT) == ""


@pytest.mark.parametrize("jump", [TEN_YEARS, -TEN_YEARS, WEEK * 2, -WEEK * 2])
def test_a_jump_is_not(db: Database, alive: Clinic, jump: timedelta) -> None:
    assert "No check-in is sent until somebody has looked" in clock_trust.doubt(
        db, NOW + jump, BOOT
    )


@pytest.mark.parametrize("jump", [TEN_YEARS, -TEN_YEARS])
def test_believed_by_a_person(db: Database, alive: Clinic, jump: timedelta) -> None:
    clock_trust.believe(db, alive.id, by=SYSTEM, at=NOW + jump, steady=BOOT)
    assert clock_trust.doubt(db, NOW + jump, BOOT) == ""
    verbs = db.query("select verb from audit_events where clinic_id = :c", c=alive.id)
    assert "clock.believed" in {row["verb"] for row in verbs}


@dataclass
class Wrong:
    """A scheduler whose clock has jumped, with something of each kind in the store."""

    alarm: scheduler.Alarm
    visit: Treatment
    at: datetime

    def round(self) -> None:
        for job in (self.alarm._queue, self.alarm._beat, self.alarm._send):
            job()


@pytest.fixture(params=[TEN_YEARS, -TEN_YEARS], ids=["ahead", "behind"])
def wrong(
    request: pytest.FixtureRequest, db: Database, alive: Clinic, settings: Settings, box: Mailbox,
    enrolled: Callable[..., Treatment], post: Post, monkeypatch: pytest.MonkeyPatch,
) -> Wrong:  # fmt: skip
    """Before the jump an alert and day 1 of one patient wait in the outbox, day 3 is planned."""
    visit = enrolled(given_on=NOW.date() - timedelta(days=1))
    rounds.queue_checkins(db, NOW + timedelta(hours=1), "w")
    post("before@staff.test", NOW + timedelta(hours=1), priority=1)
    at = NOW + request.param
    monkeypatch.setattr("reporter.clock.now", lambda: at)
    monkeypatch.setattr("reporter.clock.steady", lambda: BOOT)
    post("after@staff.test", at, priority=1)
    return Wrong(scheduler.Alarm(replace(settings, smtp_url=box.url)), visit, at)


def test_while_the_clock_is_doubted_only_check_ins_stop(
    db: Database, alive: Clinic, wrong: Wrong, box: Mailbox
) -> None:
    before = states(db, wrong.visit)
    assert (before["1"], before["3"]) == ("queued", "planned")
    wrong.round()
    assert sorted(box.recipients) == ["after@staff.test", "before@staff.test"]
    assert states(db, wrong.visit) == before, "nothing is missed, nothing is sent"
    (found,) = [one for one in watch.troubles(db, alive, wrong.at) if one.kind == "clock"]
    assert "reporter clock believe" in found.what


def test_the_alarm_goes_by_the_second_way(
    db: Database, wrong: Wrong, pager: Pager, settings: Settings
) -> None:
    wrong.alarm._settings = replace(settings, alarm_url=f"http://127.0.0.1:{pager.server_port}/")
    wrong.alarm._beat()
    ((_, _, body),) = pager.got
    assert b"reporter clock believe" in body


def test_nothing_is_done_by_hand_either(
    db: Database, wrong: Wrong, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTER_KEYS", settings.keys[0])
    monkeypatch.setenv("REPORTER_DATABASE_URL", settings.database_url)
    before = states(db, wrong.visit)
    done = CliRunner().invoke(main, ["mail", "due"])
    assert done.exit_code == 1 and "reporter clock believe" in done.output
    assert states(db, wrong.visit) == before


def test_set_right_again_what_waits_goes_on(
    db: Database, alive: Clinic, wrong: Wrong, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what a worker held, or put off, when it was killed under the wrong clock."""
    wrong.round()
    (claimed,) = outbox.claim(db, alive.id, "killed", NOW + timedelta(hours=1), 5)
    db.run("update outbox set lease_until = :l where id = :i",
           l=stamp(wrong.at + timedelta(minutes=2)), i=claimed.id)  # fmt: skip
    right = NOW + timedelta(hours=1, minutes=5)
    monkeypatch.setattr("reporter.clock.now", lambda: right)
    box.accepted.clear()
    wrong.round()
    assert box.recipients == ["maria@patients.test"]
    assert watch.troubles(db, alive, right) == ()


def test_believed_the_wrong_days_are_missed_and_said_so(
    db: Database, alive: Clinic, wrong: Wrong, box: Mailbox
) -> None:
    wrong.round()
    clock_trust.believe(db, alive.id, by=SYSTEM, at=wrong.at, steady=BOOT)
    box.accepted.clear()
    wrong.round()
    ahead = wrong.at > NOW
    assert box.recipients == [], "ten years late, or early, nobody is asked"
    assert states(db, wrong.visit)["3"] == ("missed" if ahead else "planned")
    assert [one.kind for one in watch.troubles(db, alive, wrong.at)] == []


@pytest.mark.parametrize("ahead", [timedelta(hours=7), timedelta(days=3), TEN_YEARS])
def test_what_a_fast_clock_counted_holds_nothing_up(
    db: Database, clinic: Clinic, ahead: timedelta
) -> None:
    def count(at: datetime) -> int:
        return rates.count(db, clinic.id, "poster alerts", at, timedelta(minutes=10))

    assert [count(NOW + ahead), count(NOW + ahead)] == [1, 2]
    assert [count(NOW), count(NOW), count(NOW + timedelta(minutes=11))] == [1, 2, 1]
