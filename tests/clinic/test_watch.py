"""What stands still is seen, and told once by a second way."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from reporter.clinic import clinics, watch, watchman
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.clock import stamp
from reporter.mail import alarm, heartbeat, outbox, outcomes
from reporter.mail.alarm import SecondWay
from reporter.records.db import Database
from tests.conftest import CLINIC, NOW

LATER = NOW + timedelta(hours=2)
WAY = SecondWay("", "", "", "", "")


def beat(db: Database, clinic: Clinic, at: datetime, **details: str) -> None:
    db.atomically(lambda: heartbeat.beat(db, clinic.id, at, **details))


def put(db: Database, clinic: Clinic, at: datetime, priority: int = outbox.ROUTINE) -> str:
    with db.transaction():
        return outbox.add_mail(
            db,
            clinic.id,
            b"x",
            row_id=f"row {at} {priority}",
            message_id="<x@epec.test>",
            name="checkin",
            to="maria@patients.test",
            at=at,
            priority=priority,
        )


def kinds(db: Database, clinic: Clinic, at: datetime) -> list[str]:
    return [one.kind for one in watch.troubles(db, clinic, at)]


def test_a_new_clinic_is_given_time_to_start(db: Database, clinic: Clinic) -> None:
    assert kinds(db, clinic, NOW + timedelta(minutes=4)) == []
    assert kinds(db, clinic, NOW + timedelta(minutes=6)) == ["scheduler"]


def test_a_silent_scheduler(db: Database, clinic: Clinic) -> None:
    beat(db, clinic, LATER)
    assert kinds(db, clinic, LATER + timedelta(minutes=5)) == []
    (found,) = watch.troubles(db, clinic, LATER + timedelta(minutes=6))
    assert found.kind == "scheduler"
    assert "2026-11-24 12:12" in found.what


def test_a_sign_from_the_future_is_a_wrong_clock(db: Database, clinic: Clinic) -> None:
    beat(db, clinic, LATER + timedelta(days=1))
    assert kinds(db, clinic, LATER) == ["clock"]


def test_what_the_scheduler_says_itself(db: Database, clinic: Clinic) -> None:
    beat(db, clinic, LATER, trouble="The mail server cannot be used (OSError).")
    (found,) = watch.troubles(db, clinic, LATER)
    assert (found.kind, "OSError" in found.what) == ("mail", True)


def test_an_alert_that_waits(db: Database, clinic: Clinic) -> None:
    beat(db, clinic, LATER)
    put(db, clinic, LATER - timedelta(minutes=4), outbox.ALERT)
    assert kinds(db, clinic, LATER) == []
    put(db, clinic, LATER - timedelta(minutes=6), outbox.ALERT)
    assert kinds(db, clinic, LATER) == ["alerts"]


def test_an_hour_without_any_mail_accepted(db: Database, clinic: Clinic) -> None:
    beat(db, clinic, LATER)
    put(db, clinic, LATER - timedelta(minutes=61))
    assert kinds(db, clinic, LATER) == ["outbox"]
    put(db, clinic, LATER - timedelta(minutes=10))
    (claimed, *_) = outbox.claim(db, clinic.id, "w", LATER, 1)
    with db.transaction():
        db.run(
            "update outbox set state = 'sent', sent_at = :at where clinic_id = :c and id <> :id",
            c=clinic.id,
            id=claimed.id,
            at="2026-11-24T17:05:00.000000Z",
        )
    assert kinds(db, clinic, LATER) == []


@pytest.mark.parametrize(
    ("priority", "words", "kind"),
    [
        (outbox.ALERT, "It came back (gone 5.1.1).", ["alerts"]),
        (outbox.ROUTINE, "It came back (policy 5.7.9).", ["mail"]),
        (outbox.ROUTINE, "It came back (gone 5.1.1).", []),
    ],
)
def test_what_came_back(
    db: Database, clinic: Clinic, priority: int, words: str, kind: list[str]
) -> None:
    beat(db, clinic, LATER)
    put(db, clinic, LATER, priority)
    db.run(
        "update outbox set state = 'sent', sent_at = :at, trouble = :words where clinic_id = :c",
        c=clinic.id,
        at=stamp(LATER),
        words=words,
    )
    assert kinds(db, clinic, LATER) == kind
    beat(db, clinic, LATER + timedelta(days=2))
    assert kinds(db, clinic, LATER + timedelta(days=2)) == []


@pytest.mark.parametrize(
    ("priority", "patient", "words", "kind"),
    [
        (outbox.ALERT, None, "The mail server answered 550 to the recipient.", ["alerts"]),
        (outbox.ALERT, None, f"The pager answered 500. {outcomes.GIVEN_UP}", ["alerts"]),
        (outbox.ROUTINE, "p", f"{outcomes.UNREADABLE} (Unreadable).", ["outbox"]),
        (outbox.ROUTINE, "p", f"The connection broke. {outcomes.GIVEN_UP}", ["outbox"]),
        (outbox.ROUTINE, "p", "The mail server answered 550 to the recipient.", []),
    ],
)
def test_what_was_set_aside(
    db: Database, clinic: Clinic, priority: int, patient: str | None, words: str, kind: list[str]
) -> None:
    """A patient's dead address is no alarm: it stands in the silent list."""
    beat(db, clinic, LATER)
    put(db, clinic, LATER - timedelta(days=2), priority)
    (claimed,) = outbox.claim(db, clinic.id, "w", LATER, 1)
    outcomes.fail(db, claimed, LATER, words)
    db.run("update outbox set patient_id = :p where clinic_id = :c", p=patient, c=clinic.id)
    assert kinds(db, clinic, LATER) == kind
    beat(db, clinic, LATER + timedelta(days=2))
    assert kinds(db, clinic, LATER + timedelta(days=2)) == []


def test_at_night_a_slow_server_wakes_nobody(db: Database, clinic: Clinic) -> None:
    night = LATER + timedelta(hours=10)
    beat(db, clinic, night)
    put(db, clinic, night - timedelta(hours=2))
    assert kinds(db, clinic, night) == []


def test_a_checkin_that_nobody_takes_up(
    db: Database, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> None:
    enrolled()
    row = db.one(
        "select min(due_at) as due from checkins where clinic_id = :c and state = 'planned'",
        c=clinic.id,
    )
    assert row is not None
    due = datetime.fromisoformat(row["due"].replace("Z", "+00:00"))
    beat(db, clinic, due + timedelta(minutes=14))
    assert kinds(db, clinic, due + timedelta(minutes=14)) == []
    assert kinds(db, clinic, due + timedelta(minutes=16)) == ["checkins"]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    said: list[list[str]] = []

    def ring(_: SecondWay, __: str, sentences: list[str], ___: datetime) -> list[str]:
        said.append(sentences)
        return []

    monkeypatch.setattr(alarm, "ring", ring)
    return said


def test_the_watchman_rings_once_then_each_half_hour_then_when_it_is_over(
    db: Database, clinic: Clinic, told: list[list[str]]
) -> None:
    beat(db, clinic, NOW)
    watchman.look(db, WAY, NOW)
    assert told == []
    for minutes in (10, 11, 39):
        watchman.look(db, WAY, NOW + timedelta(minutes=minutes))
    assert len(told) == 1
    watchman.look(db, WAY, NOW + timedelta(minutes=41))
    assert len(told) == 2
    beat(db, clinic, LATER)
    watchman.look(db, WAY, LATER)
    watchman.look(db, WAY, LATER)
    assert told[2:] == [[]]


def test_other_trouble_is_news(db: Database, clinic: Clinic, told: list[list[str]]) -> None:
    watchman.look(db, WAY, LATER)
    beat(db, clinic, LATER, trouble="down")
    watchman.look(db, WAY, LATER)
    assert ["No e-mail goes out: down"] in told


def test_each_clinic_is_told_of_its_own(
    db: Database, clinic: Clinic, told: list[list[str]]
) -> None:
    clinics.create(db, {**CLINIC, "name": "Other Clinic"}, at=NOW)
    beat(db, clinic, LATER)
    watchman.look(db, WAY, LATER)
    assert len(told) == 1
