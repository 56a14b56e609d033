"""Killed with SIGKILL at any moment, the product keeps what it said it keeps.

The short form runs with all tests; the full one, 50 kills on each engine, in `make soak`.
"""

import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

import scheduler
from benchmarks import serving
from benchmarks.prepared import Submission
from reporter import create_app
from reporter.demo_mail import serve_inbox
from reporter.records.db import Database
from reporter.settings import Settings
from tests import crash_worker
from tests.crash_worker import House, Patients, reopened, running, what_is_wrong

FEW, MANY = 4, 50
HASTY = (
    *("-m", "granian", "--interface", "wsgi", "--blocking-threads", "1", "--workers", "2"),
    *("--factory", "--log-level", "warning", "tests.crash_worker:hasty"),
)


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A mail server that survives the kills: what it took, and its port."""
    folder, port = tmp_path / "inbox", serving.free_port()
    with serve_inbox(folder, port):
        yield folder, port


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'crash.db'}"
    with closing(reopened(url)) as db:
        db.migrate()
    return url


def survive(url: str, inbox: tuple[Path, int], kills: int, seconds: float = 1800) -> None:
    seed = random.randrange(10**6)
    print(f"random.Random({seed})")  # shown when the test fails
    folder, smtp_port = inbox
    clinic_id, told = crash_worker.make_clinic(url, kills * 10)
    house = House(url, serving.free_port(), smtp_port)
    patients = Patients(house.port, list(told))
    with running(house):
        patients.start()
        chance = random.Random(seed)
        done, cutting = crash_worker.kill_at_random(house, patients, kills, chance, seconds)
        patients.finish()
    assert not patients.refused
    assert len(patients.acknowledged) == len(told)
    assert cutting > done / 4, "The kills came at idle moments: nothing was tried"
    with closing(reopened(url)) as db:
        assert not what_is_wrong(db, clinic_id, set(patients.acknowledged), told)
        _send_the_rest(db, url, smtp_port)
        assert not crash_worker.what_is_wrong_with_the_mail(db, folder)
        assert not what_is_wrong(db, clinic_id, set(patients.acknowledged), told)
    _check_file(url)


def _send_the_rest(db: Database, url: str, smtp_port: int) -> None:
    settings = Settings(
        keys=(serving.KEY,),
        database_url=url,
        smtp_url=f"smtp://127.0.0.1:{smtp_port}",
        mail_from="nurses@epec.test",
    )
    done = scheduler.tick(db, settings, crash_worker.later())
    assert not done.trouble


def _check_file(url: str) -> None:
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert file.execute("PRAGMA foreign_key_check").fetchall() == []


def test_nothing_is_lost_by_a_few_kills(sqlite_url: str, inbox: tuple[Path, int]) -> None:
    survive(sqlite_url, inbox, FEW, seconds=12)


@pytest.mark.slow
def test_nothing_is_lost_by_many_kills(database_url: str, inbox: tuple[Path, int]) -> None:
    survive(database_url, inbox, MANY)


def test_a_server_that_answers_before_it_stores_is_found_out(
    sqlite_url: str, inbox: tuple[Path, int]
) -> None:
    clinic_id, told = crash_worker.make_clinic(sqlite_url, 40)
    port = serving.free_port()
    house = House(sqlite_url, port, inbox[1], serve=(*HASTY, "--port", str(port)))
    patients = Patients(port, list(told))
    with running(house):
        patients.start()
        crash_worker.kill_at_random(house, patients, 1, random.Random(1))
        patients.finish()
    with closing(reopened(sqlite_url)) as db:
        wrong = what_is_wrong(db, clinic_id, set(patients.acknowledged), told)
    assert any(one.startswith("acknowledged but not stored") for one in wrong)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, list[Submission]]:
    """A store in which all is well: its file, its clinic, and what was sent."""
    path = tmp_path_factory.mktemp("sound") / "sound.db"
    url = f"sqlite:///{path}"
    with closing(reopened(url)) as db:
        db.migrate()
    clinic_id, told = crash_worker.make_clinic(url, 8)
    app = create_app(Settings(keys=(serving.KEY,), database_url=url, secret_key=serving.SECRET))
    for one in told:
        answer = app.test_client(use_cookies=False).post(
            one.path,
            data=one.body,
            headers={"Cookie": one.cookie},
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.location.endswith(one.key)
    with closing(app.extensions["reporter"].db) as db:
        db.forget_deleted()  # nothing is left in the WAL: the file alone can be copied
    return path, clinic_id, told


@pytest.fixture
def kept(
    sound: tuple[Path, str, list[Submission]], tmp_path: Path
) -> tuple[str, str, list[Submission]]:
    """A copy of it to be harmed."""
    path, clinic_id, told = sound
    copy = shutil.copyfile(path, tmp_path / "kept.db")
    return f"sqlite:///{copy}", clinic_id, told


HARM: dict[str, tuple[str, str]] = {
    "a report gone": (
        "delete from reports where level = 0",
        "acknowledged but not stored",
    ),
    "a case closed": (
        "update cases set is_open = 0, state = 'closed' where level = 1",
        "flagged and no open case",
    ),
    "a lower level": (
        "update reports set level = 0 where level = 2",
        "decided self_care instead of urgent",
    ),
    "an undecided report in nobody's sight": (
        "update reports set level = null where level = 1",
        "undecided and not first in the queue",
    ),
    "a report twice": (
        "insert into reports (clinic_id, id, treatment_id, submission_key, digest, amends_id, "
        "checkin_id, writer, staff_id, channel, language, received_at, day, answers, "
        "sealed_words, sealed_mentions, level, reasons, ruleset, promise, needs_reading, "
        "read_by_at, explanation) select clinic_id, id || 'x', treatment_id, submission_key, "
        "digest || 'x', id, checkin_id, writer, staff_id, channel, language, received_at, day, "
        "answers, sealed_words, sealed_mentions, level, reasons, ruleset, promise, "
        "needs_reading, read_by_at, explanation from reports where level = 0",
        "stored 2 times",
    ),
    "an alert gone": ("delete from outbox where name = 'staff_alert'", "alerts"),
    "an event altered": ("update audit_events set subject = 'x' where seq = 9", "audit: Event 9"),
    "an event cut off": (
        "delete from audit_events where seq = (select max(seq) from audit_events)",
        "audit: The chain ends",
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_each_broken_promise_is_seen(kept: tuple[str, str, list[Submission]], harm: str) -> None:
    url, clinic_id, told = kept
    sql, complaint = HARM[harm]
    with closing(reopened(url)) as db:
        acknowledged = {one.key for one in told}
        assert not what_is_wrong(db, clinic_id, acknowledged, told)
        assert db.run(sql)
        wrong = what_is_wrong(db, clinic_id, acknowledged, told)
    assert any(complaint in one for one in wrong), wrong


def test_a_second_different_message_about_one_case_is_seen(
    kept: tuple[str, str, list[Submission]], inbox: tuple[Path, int]
) -> None:
    url, _, _ = kept
    folder, port = inbox
    with closing(reopened(url)) as db:
        _send_the_rest(db, url, port)
        assert not crash_worker.what_is_wrong_with_the_mail(db, folder)
        first = next(path for path in folder.glob("*.eml") if b"/desk/case/" in path.read_bytes())
        (folder / "again.eml").write_bytes(first.read_bytes())
        assert not crash_worker.what_is_wrong_with_the_mail(db, folder), "the same once more"
        other = first.read_bytes().replace(b"Message-ID: <", b"Message-ID: <other")
        (folder / "other.eml").write_bytes(other)
        assert crash_worker.what_is_wrong_with_the_mail(db, folder)
