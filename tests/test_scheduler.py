"""The scheduler as a process: killed, doubled, stopped at any moment; nothing lost or doubled."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import scheduler
from reporter import clock
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.letterhead import Letterhead
from reporter.mail import heartbeat, messages
from reporter.records.db import Database
from reporter.settings import Settings, SettingsError
from tests.conftest import NOW
from tests.mail.servers import Mailbox, mail_server
from tests.mail.words import ALERT

ROOT = Path(__file__).resolve().parent.parent
# Ticks at a given time until it is killed, or until nothing is left.
DRIVER = """
import json, sys
from datetime import datetime
import scheduler
from reporter.letterhead import Letterhead
from reporter.records.db import open_database
from reporter.records.seal import Vault
from reporter.settings import Settings
settings = Settings(**json.loads(sys.argv[1]))
head = Letterhead(settings.mail_from, settings.base_url)
db = open_database(settings.database_url, Vault(settings.keys), head)
while scheduler.tick(db, settings, datetime.fromisoformat(sys.argv[2])).sent:
    pass
"""


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as mailbox:
        yield mailbox


@pytest.fixture
def ready(settings: Settings, box: Mailbox) -> Settings:
    return replace(settings, smtp_url=box.url)


@pytest.fixture
def post(db: Database, clinic: Clinic, ready: Settings) -> Callable[..., str]:
    def write(to: str, at: datetime) -> str:
        db.letterhead = Letterhead(ready.mail_from, ready.base_url)
        with db.transaction():
            return messages.post(
                db,
                clinic.id,
                name="staff_alert",
                language="en",
                to=to,
                at=at,
                clinic_name=clinic.name,
                reply_to=clinic.reply_to,
                **ALERT,
            )

    return write


def drive(settings: Settings, at: datetime) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", DRIVER, json.dumps(asdict(settings)), at.isoformat()]
    return subprocess.Popen(command, cwd=ROOT)


@contextmanager
def running(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """`python scheduler.py` with these settings in its environment."""
    given = {
        "REPORTER_KEYS": ",".join(settings.keys),
        "REPORTER_DATABASE_URL": settings.database_url,
        "REPORTER_SMTP_URL": settings.smtp_url,
        "REPORTER_MAIL_FROM": settings.mail_from,
        "REPORTER_BASE_URL": settings.base_url,
    }
    process = subprocess.Popen(
        [sys.executable, "scheduler.py"],
        cwd=ROOT,
        env={**os.environ, **given},
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def all_sent(db: Database) -> bool:
    return db.query("select distinct state from outbox") == [{"state": "sent"}]


# One round -----------------------------------------------------------------------------------


def test_tick_sends_what_is_due_and_beats(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    ready: Settings,
    box: Mailbox,
) -> None:
    enrolled(given_on=date(2026, 11, 24))
    due = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)
    assert scheduler.tick(db, ready, due - timedelta(seconds=1)) == scheduler.Round(0, 0, "")
    assert scheduler.tick(db, ready, due) == scheduler.Round(1, 1, "")
    assert scheduler.tick(db, ready, due + timedelta(minutes=5)) == scheduler.Round(0, 0, "")
    assert box.recipients == ["maria@patients.test"]
    beat = heartbeat.last(db, clinic.id)
    assert beat is not None
    assert beat.at == due + timedelta(minutes=5)
    nothing = {"queued": 0, "sent": 0, "taken_up": 0}
    assert beat.details == {"waiting": 0, "oldest_due": None, "trouble": "", "done": nothing}


def test_heartbeat_tells_what_waits_and_why(
    db: Database, clinic: Clinic, post: Callable[..., str], settings: Settings
) -> None:
    assert heartbeat.last(db, clinic.id) is None
    post("ann@staff.test", NOW)
    scheduler.tick(db, replace(settings, smtp_url="smtp://127.0.0.1:9"), NOW)
    beat = heartbeat.last(db, clinic.id)
    assert beat is not None
    assert beat.details == {
        "waiting": 1,
        "oldest_due": clock.stamp(NOW),
        "trouble": "The mail server cannot be used (ConnectionRefusedError).",
        "done": {"queued": 0, "sent": 0, "taken_up": 0},
    }


def test_tick_without_a_mail_server_keeps_everything(
    db: Database, post: Callable[..., str], settings: Settings
) -> None:
    post("ann@staff.test", NOW)
    assert scheduler.tick(db, settings, NOW) == scheduler.Round(0, 0, "")
    assert not all_sent(db)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mail_from": "Epec <nurses@epec.test>"}, "REPORTER_MAIL_FROM"),
        ({"database_url": "sqlite:////nowhere/x.db"}, "reporter migrate"),
    ],
)
def test_what_could_never_work_is_refused_in_a_sentence(
    ready: Settings, change: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        scheduler.check(replace(ready, **change))  # type: ignore[arg-type]


def test_refused_settings_end_it_with_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "scheduler.py"],
        cwd=ROOT,
        env={**os.environ, "REPORTER_KEYS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "REPORTER_KEYS" in done.stderr


# Several, and killed ---------------------------------------------------------------------------


def test_two_schedulers_send_each_message_once(
    db: Database, post: Callable[..., str], ready: Settings, box: Mailbox
) -> None:
    box.slow, box.waits_for = 0.002, 2
    ids = [post(f"n{n}@staff.test", NOW) for n in range(100)]
    both = [drive(ready, NOW) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert all_sent(db)
    assert box.message_ids == {f"<{row_id}@epec.test>": 1 for row_id in ids}
    assert box.connections == 2, "both took part"


def test_four_schedulers_ask_each_patient_once(
    db: Database, enrolled: Callable[..., Treatment], ready: Settings, box: Mailbox
) -> None:
    """From the plan to the mail server: each check-in is taken up, and its message sent, by one."""
    box.slow = 0.004
    people = [f"p{n}@patients.test" for n in range(30)]
    for number, email in enumerate(people):
        enrolled(given_on=date(2026, 11, 24), name=f"Pat Doe{number}", email=email)
    due = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)
    four = [drive(ready, due) for _ in range(4)]
    assert [process.wait(60) for process in four] == [0, 0, 0, 0]
    assert all_sent(db)
    assert sorted(box.recipients) == sorted(people)
    found = db.query("select state, count(*) as n from checkins where day = 1 group by state")
    assert found == [{"state": "sent", "n": len(people)}]


@pytest.mark.slow  # in the ordinary run tests/test_mail_crash.py does more of this in less time
def test_killed_again_and_again_nothing_is_lost(
    db: Database, post: Callable[..., str], ready: Settings, box: Mailbox
) -> None:
    chance = random.Random(os.environ.get("REPORTER_TEST_SEED", "kill"))
    box.slow = 0.002
    kills = 10
    ids = [post(f"{'drop-once' if n % 40 == 7 else 'n'}{n}@staff.test", NOW) for n in range(200)]
    for number in range(kills):
        # Each start is three minutes later, when the leases of the killed one have run out.
        process = drive(ready, NOW + timedelta(minutes=3 * number))
        goal = len(box.accepted) + chance.randrange(1, 18)
        wait_for(
            lambda goal=goal, process=process: (
                len(box.accepted) >= goal or process.poll() is not None
            )
        )  # type: ignore[misc]
        time.sleep(chance.random() / 200)
        process.kill()
        process.wait()
    for later in range(3):
        assert drive(ready, NOW + timedelta(hours=1 + later)).wait(60) == 0
    assert all_sent(db)
    counts = box.message_ids
    assert set(counts) == {f"<{row_id}@epec.test>" for row_id in ids}, "nothing lost, nothing new"
    repeats = counts.total() - len(ids)
    assert repeats <= kills + box.cut, "a message goes twice only after it was accepted"
    assert len(set(box.accepted)) == len(ids), "a repeat has the same bytes"


# Stopped ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "database_url"),
    [(signal.SIGTERM, "postgres"), (signal.SIGINT, "sqlite")],
    indirect=["database_url"],
)
def test_it_runs_and_stops(
    db: Database, post: Callable[..., str], ready: Settings, box: Mailbox, number: int
) -> None:
    ids = [post(f"n{n}@staff.test", clock.now()) for n in range(3)]
    with running(ready) as process:
        wait_for(lambda: all_sent(db))
        process.send_signal(number)
        assert process.wait(5) == 0
    assert box.message_ids == {f"<{row_id}@epec.test>": 1 for row_id in ids}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("after", [0.05, 0.3, 0.5, 0.6, 0.7, 0.8, 1.0, 1.5])
def test_it_stops_while_it_starts(
    db: Database, clinic: Clinic, ready: Settings, after: float
) -> None:
    with running(ready) as process:
        time.sleep(after)
        process.terminate()
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) in {0, -signal.SIGTERM}


def test_a_stop_that_came_before_the_start_is_obeyed(ready: Settings) -> None:
    alarm = scheduler.Alarm(ready)
    alarm.stop()
    started = threading.Thread(target=alarm.run, daemon=True)
    started.start()
    started.join(2)
    assert not started.is_alive()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_stops_while_the_mail_server_hangs(
    db: Database, post: Callable[..., str], ready: Settings, box: Mailbox
) -> None:
    box.hangs = 20
    row_id = post("hang@staff.test", clock.now())
    with running(ready) as process:
        wait_for(lambda: db.one("select 1 as here from outbox where lease_by is not null"))
        time.sleep(0.2)
        asked = time.monotonic()
        process.terminate()
        assert process.wait(5) == 0
        assert time.monotonic() - asked < 5
    row = db.one("select state, attempts from outbox where id = :i", i=row_id)
    assert row == {"state": "due", "attempts": 1}
