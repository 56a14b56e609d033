"""Harmless words open no case, and yet a person reads each of them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from reporter.clinic import casebook, reports
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.settings import Settings
from tests.conftest import NOW, report
from tests.web.desk import Ward, desk_of, running, text_of

KIND = "Thank you, the nurse was so kind"


@pytest.fixture
def ward(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> Ward:
    return Ward(db, knowledge, clinic, enrolled)


@pytest.fixture
def app(settings: Settings, dana: Staff, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with running(settings, monkeypatch) as app:
        yield app


@pytest.fixture
def told(db: Database, clinic: Clinic, ward: Ward) -> reports.StoredReport:
    """A mild report with harmless words, which made no case."""
    visit = ward.enrolled()
    ward.tell(visit, report("headache", day=1, free_text=KIND), NOW)
    (one,) = reports.to_read(db, clinic.id)
    return one


def test_the_tab_counts_it_and_the_page_shows_it(
    app: Flask, dana: Staff, told: reports.StoredReport
) -> None:
    desk = desk_of(app, dana)
    assert "To read 1" in text_of(desk.page("/desk"))
    page = desk.page("/desk/to-read")
    assert KIND in page
    assert "Maria Alvarez" in page


def test_what_nobody_has_read_in_time_says_so(
    app: Flask, dana: Staff, told: reports.StoredReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "overdue" not in text_of(desk_of(app, dana).page("/desk/to-read"))
    monkeypatch.setattr("reporter.clock.now", lambda: datetime(2026, 11, 26, 0, 30, tzinfo=UTC))
    desk = desk_of(app, dana)
    assert "To read 1 (1 overdue)" in text_of(desk.page("/desk"))
    assert "overdue, 2 h late" in text_of(desk.page("/desk/to-read"))


def test_read_and_nothing_to_do(
    app: Flask, db: Database, clinic: Clinic, dana: Staff, told: reports.StoredReport
) -> None:
    desk = desk_of(app, dana)
    assert desk.client.post(f"/desk/to-read/{told.id}/read").status_code == 303
    assert reports.to_read(db, clinic.id) == ()
    assert "Nothing waits to be read" in desk.page("/desk/to-read")
    assert desk.client.post(f"/desk/to-read/{told.id}/read").status_code == 404


def test_a_nurse_makes_a_case_of_it(
    app: Flask, db: Database, clinic: Clinic, dana: Staff, told: reports.StoredReport
) -> None:
    desk = desk_of(app, dana)
    assert desk.client.post(f"/desk/to-read/{told.id}/case").status_code == 303
    (case,) = casebook.all_open(db, clinic.id)
    assert (case.level, case.treatment_id) == (Level.CALL_BACK, told.treatment_id)
    assert reports.to_read(db, clinic.id) == ()


def test_words_on_an_open_case_are_read_there(db: Database, clinic: Clinic, ward: Ward) -> None:
    ward.case(report("double_vision", free_text=KIND))
    assert reports.to_read(db, clinic.id) == ()


def test_a_stranger_sees_nothing(app: Flask, told: reports.StoredReport) -> None:
    answer = app.test_client().get("/desk/to-read")
    assert answer.status_code == 303
    assert KIND not in answer.get_data(as_text=True)
