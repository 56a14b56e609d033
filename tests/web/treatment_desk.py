"""A member of staff at the treatment pages: logged in, with the token that every form needs."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reporter import clock, create_app
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import local
from reporter.clinic.staff import Staff
from reporter.settings import Settings
from tests.conftest import PASSWORD

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def today() -> date:
    """On the clinic's calendar, since the pages ask the real clock."""
    return local("America/New_York", clock.now()).date()


def days_ago(days: int) -> str:
    return (today() - timedelta(days=days)).isoformat()


def typed(**changes: Any) -> dict[str, Any]:
    """The fields of the enrol form, filled in for Maria, four days after her treatment."""
    return {
        "name": "Maria Alvarez",
        "born": "1968-03-02",
        "mobile": "301 555 0142",
        "email": "maria@example.org",
        "language": "es",
        "may_email": "y",
        "given_on": days_ago(4),
        "product": "Botox Cosmetic",
        "lot": "C8123F2",
        "expiry": f"{today().year + 1}-12",
        "injector": "Dr. A. Lin",
        "units_glabella": "20",
        "units_forehead": "10",
        "factors": ["anticoagulant"],
        "other_factors": "latex allergy",
        **changes,
    }


class Desk:
    """A browser with a session. `post` brings the form's own token along."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, address: str) -> TestResponse:
        return self.client.get(address)

    def post(self, address: str, **fields: Any) -> TestResponse:
        page = self.client.get("/treatments").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token
        return self.client.post(address, data={"csrf_token": token[1], **fields})

    def enrol(self, **changes: Any) -> str:
        """The address of the new treatment's page."""
        answer = self.post("/treatments/enrol", **typed(**changes))
        assert answer.status_code == 303, texts(answer)
        return answer.location


@pytest.fixture
def stranger(settings: Settings, clinic: Clinic) -> FlaskClient:
    """A browser without a session; the clinic is there."""
    app = create_app(settings)
    app.testing = True
    return app.test_client()


@pytest.fixture
def desk(stranger: FlaskClient, dana: Staff) -> Desk:
    page = stranger.get("/log-in").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    fields = {"email": dana.email, "password": PASSWORD, "csrf_token": token[1]}
    assert stranger.post("/log-in", data=fields).status_code == 303
    return Desk(stranger)


@pytest.fixture
def log_in_as(settings: Settings) -> Callable[[Staff], Desk]:
    """One more browser, for somebody else."""

    def log_in(staff: Staff) -> Desk:
        client = create_app(settings).test_client()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/log-in").text)
        assert token
        fields = {"email": staff.email, "password": PASSWORD, "csrf_token": token[1]}
        assert client.post("/log-in", data=fields).status_code == 303
        return Desk(client)

    return log_in


def texts(answer: TestResponse) -> str:
    """What a page says, without its tags, on one line."""
    main = answer.text.partition("<main")[2] or answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).strip()


def field(answer: TestResponse, name: str) -> str:
    """The value of a hidden or text field."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', answer.text)
    assert tag, name
    value = re.search(r'value="([^"]*)"', tag[0])
    return value[1] if value else ""
