"""A standstill shows on every staff page, in /healthz and in /metrics."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from reporter import create_app
from reporter.clinic import watchman
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clock import Steady
from reporter.mail import heartbeat
from reporter.records.db import Database
from reporter.rounds import trusted
from reporter.settings import Settings
from tests.conftest import NOW
from tests.web.desk import Browser, running

LATER = NOW + timedelta(minutes=10)
TOKEN = "only for tests too"


@pytest.fixture
def app(settings: Settings, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with running(replace(settings, metrics_token=TOKEN), monkeypatch) as made:
        monkeypatch.setattr("reporter.clock.now", lambda: LATER)
        yield made


def beat(db: Database, clinic: Clinic) -> None:
    db.atomically(lambda: heartbeat.beat(db, clinic.id, LATER))


def test_healthz_says_what_stands_still(app: Flask, db: Database, clinic: Clinic) -> None:
    asked = app.test_client()
    assert (asked.get("/healthz").status_code, asked.get("/healthz").data) == (503, b"scheduler\n")
    beat(db, clinic)
    assert (asked.get("/healthz").status_code, asked.get("/healthz").data) == (200, b"ok\n")
    start = Steady("desk", "one start", 1.0)
    assert trusted(db, LATER, start) and not trusted(db, LATER + timedelta(hours=2), start)
    assert (asked.get("/healthz").status_code, asked.get("/healthz").data) == (503, b"clock\n")


def test_every_staff_page_says_so_until_it_moves(
    app: Flask, db: Database, clinic: Clinic, dana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    nurse = Browser(app.test_client())
    nurse.log_in(dana.email)
    for path in ("/desk", "/treatments", "/desk/rules"):
        assert "The scheduler never ran" in nurse.page(path), path
    beat(db, clinic)
    monkeypatch.setattr("reporter.clock.now", lambda: LATER + timedelta(seconds=20))
    assert "The scheduler never ran" not in nurse.page("/desk")
    assert not trusted(db, LATER - timedelta(days=9), Steady("desk", "one start", 1.0))
    monkeypatch.setattr("reporter.clock.now", lambda: LATER + timedelta(seconds=40))
    assert "reporter clock believe" in nurse.page("/desk")


def test_the_worker_keeps_watch(
    settings: Settings, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reporter.web import watching

    looked: list[object] = []

    def look(*seen: object) -> None:
        looked.append(seen)
        raise KeyboardInterrupt  # ends the endless round

    monkeypatch.setattr(watching, "EVERY", 0.0)
    monkeypatch.setattr(watchman, "look", look)
    with pytest.raises(KeyboardInterrupt):
        watching._keep(settings)
    assert len(looked) == 1


def test_metrics(app: Flask, db: Database, clinic: Clinic) -> None:
    beat(db, clinic)
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f'reporter_scheduler_age_seconds{{clinic="{clinic.id}"}} 0.0' in text
    assert f'reporter_cases_open{{clinic="{clinic.id}",level="emergency"}} 0.0' in text
    assert "Maria" not in text


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}"])
def test_metrics_need_the_token(app: Flask, given: str) -> None:
    assert app.test_client().get("/metrics", headers={"Authorization": given}).status_code == 404


def test_without_a_token_there_are_no_metrics(settings: Settings, clinic: Clinic) -> None:
    made = create_app(settings)
    headers = {"Authorization": "Bearer "}
    assert made.test_client().get("/metrics", headers=headers).status_code == 404
    made.extensions["reporter"].db.close()
