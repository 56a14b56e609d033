"""A setting that a director saves shows at once on every page of a patient, whichever worker
answers: what a worker keeps of a clinic is kept by the very text that is stored."""

from collections.abc import Callable

import pytest
from flask import Flask

from reporter import create_app
from reporter.clinic import settings_changes
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.records.db import Database
from reporter.settings import Settings
from tests.conftest import NOW
from tests.web.phone import Phone

NEW = {
    "phone": "301-555-0177",
    "after_hours_phone": "301-555-0188",
    "crisis_line": "1-800-555-0199",
    "emergency_number": "112",
}


def save(db: Database, clinic: Clinic, director: Staff, **changed: object) -> None:
    """As another process does: the workers of this test hold stores of their own."""
    before = settings_changes.stored(db, clinic.id)
    settings_changes.change(
        db,
        clinic.id,
        {**before.settings, **changed},
        version=before.version,
        by=director.actor,
        at=NOW,
    )


def every_page(phone: Phone) -> list[str]:
    """The addresses of a whole way, of which one report is sent."""
    first = phone.path
    phone.report(["bruise", "eyelid"], "right", "little", "no", "small", "none", "today", "same")
    assert phone.path.endswith("/check"), phone.text
    check = phone.path
    pages = [check.replace("check", "2"), check.replace("check", "3"), check]
    pages.append(check.replace("check", "photos"))
    pages.append(phone.press().path)
    return [*(first + name for name in ("?new=1", "fine", "receipt", "unlock")), *pages]


@pytest.fixture
def workers(app: Flask, settings: Settings) -> list[Flask]:
    return [app, create_app(settings)]


def test_a_changed_setting_shows_at_once_on_every_page_of_every_worker(
    db: Database,
    clinic: Clinic,
    workers: list[Flask],
    phone: Phone,
    hire: Callable[..., Staff],
) -> None:
    kept, pages = phone.client, every_page(phone)
    cookies = [(one.key, one.value) for one in kept._cookies.values()]
    assert "open today until 5:30 pm" in phone.text
    hours = {**settings_changes.stored(db, clinic.id).settings["hours"], "tuesday": ["08:30-09:00"]}
    save(db, clinic, hire("Ada King", role="director"), hours=hours, **NEW)
    for worker in workers:
        asking = Phone(worker.test_client())
        for name, value in cookies:
            asking.client.set_cookie(name, value)
        for path in pages:
            shown = asking.open(path).text
            assert path.partition("?")[0] == asking.path, path
            assert all(NEW[name] in shown for name in ("phone", "after_hours_phone")), path
            assert "closed until 8:30 am tomorrow" in shown, path
            assert NEW["crisis_line"] in shown or not path.endswith("/check")
            assert "301-555-0142" not in shown and "911" not in shown, path
    workers[1].extensions["reporter"].db.close()
