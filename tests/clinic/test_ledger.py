"""The ledger says what happened and when; nothing in it comes from an opened mail or a GET."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest

from reporter.clinic import checkins, ledger
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from tests.clinic.rounds import Run, at, one_round

Enrol = Callable[..., Treatment]
TODAY = date(2026, 11, 24)


@pytest.fixture
def run(db: Database, clinic: Clinic) -> Run:
    return partial(one_round, db, clinic)


@pytest.fixture
def fresh(enrolled: Enrol) -> Treatment:
    return enrolled(given_on=TODAY)


def test_each_thing_that_happens_has_its_time(
    db: Database, clinic: Clinic, fresh: Treatment, run: Run
) -> None:
    run(at("11-25", "10:30"))
    run(at("11-27", "10:30"))
    run(at("11-28", "17:30"))
    with db.transaction():
        checkins.answered(db, clinic.id, fresh.id, at("11-28", "18:00"))
        checkins.answered(db, clinic.id, fresh.id, at("12-01", "12:00"), by_phone=True)
    lines = {line.day: line for line in ledger.of_treatment(db, clinic.id, fresh.id)}
    assert list(lines) == [1, 3, 7, 14, 28]
    third = lines[3]
    assert (third.sent, third.accepted) == (at("11-27", "10:30"), at("11-27", "10:30"))
    assert third.reminded == at("11-28", "17:30")
    assert third.answered is None, "day 3's window had closed, and its own link was not used"
    assert (lines[7].answered, lines[7].phoned) == (at("12-01", "12:00"), at("12-01", "12:00"))
    assert lines[1].phoned == at("12-01", "12:00")
    assert (lines[14].sent, lines[14].state) == (None, "planned")


def test_missed_stopped_and_bounced_have_theirs(
    db: Database, clinic: Clinic, fresh: Treatment, run: Run
) -> None:
    run(at("11-25", "22:30"))
    run(at("11-27", "10:30"))
    (row_id,) = {one.outbox_id for one in checkins.of_treatment(db, clinic.id, fresh.id)
                 if one.outbox_id}  # fmt: skip
    assert row_id
    with db.transaction():
        checkins.bounced(db, clinic.id, row_id, "later", at("11-27", "11:00"))
        checkins.stop(db, clinic.id, fresh.id, at("11-27", "12:00"))
    lines = {line.day: line for line in ledger.of_treatment(db, clinic.id, fresh.id)}
    assert (lines[1].missed, lines[1].state) == (at("11-25", "22:30"), "missed")
    assert (lines[3].bounced, lines[3].bounce) == (at("11-27", "11:00"), "later")
    assert lines[7].stopped == at("11-27", "12:00")


def test_csv_has_a_line_for_each_and_no_name(
    db: Database, clinic: Clinic, enrolled: Enrol, run: Run
) -> None:
    for number in range(120):  # more than one page
        enrolled(given_on=TODAY, name=f"Maria Alvarez{number}")
    run(at("11-25", "10:30"))
    start = at("11-24", "00:00")
    lines = ledger.of_clinic(db, clinic.id, start, start + timedelta(days=60))
    text = "".join(ledger.as_csv(lines))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 600
    assert len({(row["reference"], row["day"]) for row in rows}) == 600
    assert [row["due"] for row in rows] == sorted(row["due"] for row in rows)
    assert rows[0]["accepted"] == "2026-11-25T15:30:00Z"
    assert "Alvarez" not in text and "@" not in text
    assert not any(cell[:1] in "=+-@\t" for row in rows for cell in row.values() if cell)


def test_the_span_is_kept_and_so_is_the_clinic(
    db: Database, clinic: Clinic, fresh: Treatment
) -> None:
    found = list(ledger.of_clinic(db, clinic.id, at("11-26", "00:00"), at("12-02", "00:00")))
    assert [line.day for line in found] == [3, 7]
    assert list(ledger.of_clinic(db, "another", at("11-26", "00:00"), at("12-02", "00:00"))) == []
