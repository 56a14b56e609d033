"""A browser at the nurse's desk, and cases to look at. Time stands still at NOW."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reporter import create_app
from reporter.clinic import casebook, cases, intake
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.report import Report
from reporter.settings import Settings
from tests.conftest import NOW, PASSWORD


@dataclass
class Browser:
    """One person's browser."""

    client: FlaskClient

    def log_in(self, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.client.post("/log-in", data={"email": email, "password": password, **more})

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)

    def move(self, case: Case, verb: str, **typed: Any) -> TestResponse:
        """Send the form of one move, as the page of this very version would."""
        data = {"version": case.version, **typed}
        return self.client.post(f"/desk/case/{case.id}/{verb}", data=data)


@contextmanager
def running(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application, with a clock that stands at NOW."""
    monkeypatch.setattr("reporter.clock.now", lambda: NOW)
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    app.extensions["reporter"].db.close()


def desk_of(app: Flask, staff: Staff) -> Browser:
    browser = Browser(app.test_client())
    assert browser.log_in(staff.email).status_code == 303
    return browser


@dataclass
class Ward:
    """Patients who report."""

    db: Database
    knowledge: Knowledge
    clinic: Clinic
    enrolled: Callable[..., Treatment]

    def case(self, told: Report, *, ago: timedelta = timedelta(minutes=8), **who: Any) -> Case:
        """The open case of somebody who has just said this."""
        visit = self.enrolled(**who)
        self.tell(visit, told, NOW - ago)
        found = casebook.of_treatment(self.db, self.clinic.id, visit.id)
        assert found is not None
        return found

    def tell(self, visit: Treatment, told: Report, at: datetime, **more: Any) -> None:
        key = f"key {visit.id} {at}"
        more = {"channel": "link", **more}
        intake.submit(self.db, self.knowledge, self.clinic, visit, told, key=key, at=at, **more)

    def now(self, case: Case) -> Case:
        return casebook.get(self.db, self.clinic.id, case.id)

    def move(self, case: Case, verb: str, by: Staff, **details: Any) -> Case:
        return cases.move(
            self.db,
            self.clinic.id,
            case.id,
            verb,
            by=by.actor,
            at=details.pop("at", NOW),
            expected_version=case.version,
            **details,
        )

    def history(self, case: Case) -> tuple[casebook.Move, ...]:
        return casebook.history(self.db, self.clinic.id, case.id)


def text_of(page: str) -> str:
    """What a reader sees of a page: no tags, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
