"""Texts that nobody has read in time: told once a day, further up, and nothing about a patient."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from reporter.clinic import escalation, intake, reports, unread
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.mail import clock_mending
from reporter.records import audit
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from tests.conftest import NOW, report

KIND = "Thank you, the nurse was so kind"


def at(day: int, clock: str) -> datetime:
    """A time in New York in November 2026; the 25th is a Wednesday, the 28th a Saturday."""
    return datetime.fromisoformat(f"2026-11-{day}T{clock}:00-05:00").astimezone(UTC)


@pytest.fixture
def write(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> Callable[[str], None]:
    """Somebody writes kind words on Tuesday: they are to be read by Wednesday, 17:30."""

    def send(key: str) -> None:
        said = report("headache", day=1, free_text=KIND)
        visit = enrolled(name=f"Patient {key}", email=f"{key}@p.test")
        intake.submit(db, knowledge, clinic, visit, said, key=key, channel="link", at=NOW)

    return send


def told(db: Database, clinic: Clinic, when: datetime) -> list[str]:
    """To whom one round of the scheduler writes, by first name."""
    db.run("delete from outbox")
    escalation.in_all_clinics(db, when)
    return sorted(mail["to"].partition("@")[0] for mail in mails(db, clinic))


def mails(db: Database, clinic: Clinic) -> list[dict[str, Any]]:
    rows = db.query("select sealed_message from outbox where name = 'reading_late'")
    key = db.clinic_key(clinic.id)
    return [key.open_data("outbox", row["sealed_message"]) for row in rows]


def test_the_nurses_first_then_further_up_each_once_a_day(
    db: Database,
    clinic: Clinic,
    dana: Staff,
    hire: Callable[..., Staff],
    write: Callable[[str], None],
) -> None:
    hire("Sam Ortiz", "practitioner")
    hire("Ina Vogt", "director")
    write("a")
    assert told(db, clinic, at(25, "17:29")) == []
    assert told(db, clinic, at(25, "17:30")) == ["dana"]
    assert told(db, clinic, at(25, "17:31")) == [], "once"
    assert told(db, clinic, at(26, "12:00")) == [], "not on Thanksgiving"
    assert told(db, clinic, at(27, "03:00")) == [], "not at night"
    assert told(db, clinic, at(27, "08:30")) == ["dana"], "and again the next day"
    assert told(db, clinic, at(27, "09:30")) == ["sam"], "after an hour of being open"
    assert told(db, clinic, at(27, "12:30")) == ["ina"]
    assert told(db, clinic, at(28, "12:00")) == [], "closed on Saturdays"
    assert told(db, clinic, at(30, "08:30")) == ["dana", "ina", "sam"]
    (one,) = reports.to_read(db, clinic.id)
    reports.mark_read(db, clinic.id, one.id, by=dana.actor, at=at(30, "12:01"))
    assert told(db, clinic, at(30, "12:02")) == []
    verbs = [row["verb"] for row in audit.events(db, clinic.id)]
    assert verbs.count("report.reading_late") == 5
    assert list(audit.verify(db, clinic.id)) == []


def test_the_mail_says_how_many_and_nothing_about_a_patient(
    db: Database, clinic: Clinic, dana: Staff, write: Callable[[str], None]
) -> None:
    write("a")
    write("b")
    assert told(db, clinic, at(25, "17:30")) == ["dana"]
    (mail,) = mails(db, clinic)
    said = str(mail)
    assert "2 texts to read are overdue" in said and "/desk/to-read" in said
    assert not [word for word in ("Patient", "kind", "headache", "p.test") if word in said]


def test_whoever_stands_for_two_roles_is_told_once(
    db: Database, clinic: Clinic, dana: Staff, write: Callable[[str], None]
) -> None:
    write("a")
    assert told(db, clinic, at(25, "17:30")) == ["dana"]
    assert told(db, clinic, at(27, "12:30")) == ["dana"]
    assert told(db, clinic, at(27, "16:00")) == []


def test_words_on_an_open_case_have_the_clock_of_the_case(
    db: Database, clinic: Clinic, write: Callable[[str], None], dana: Staff
) -> None:
    write("a")
    (one,) = reports.to_read(db, clinic.id)
    late = unread.overdue(db, clinic.id, at(25, "17:30"))
    assert late and (late.texts, late.words) == (1, "1 text to read is overdue")
    intake.make_case(db, clinic, one, by=dana.actor, at=at(25, "17:31"))
    assert unread.overdue(db, clinic.id, at(26, "17:30")) is None


def test_what_a_clock_that_ran_ahead_told_too_early_is_told_again(
    db: Database, clinic: Clinic, dana: Staff, write: Callable[[str], None]
) -> None:
    write("a")
    assert told(db, clinic, at(27, "12:30")) == ["dana"]
    with db.transaction():
        clock_mending.set_right(db, clinic.id, at(25, "17:30"))
    assert told(db, clinic, at(27, "12:30")) == ["dana"]
