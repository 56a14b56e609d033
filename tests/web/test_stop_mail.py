"""Stopping by link: one press, from a browser or a mail program, and nothing by looking."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reporter.clinic import front_desk, mail_choices, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from tests.conftest import NOW

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def visit(enrolled: Callable[..., Treatment]) -> Treatment:
    return enrolled(given_on=date(2026, 11, 24))


@pytest.fixture
def address(db: Database, visit: Treatment) -> str:
    with db.transaction():
        return f"/stop/{mail_choices.make_link(db, visit, NOW)}"


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """Without any cookie, and it keeps none."""
    return app.test_client(use_cookies=False)


def stopped(db: Database, visit: Treatment) -> bool:
    return bool(treatments.get(db, visit.clinic_id, visit.id).patient.checkins_stopped_at)


def test_looking_changes_nothing(
    db: Database, visit: Treatment, address: str, browser: FlaskClient
) -> None:
    for look in (browser.get, browser.head):
        for _ in range(5):
            assert look(address).status_code == 200
    assert not stopped(db, visit)


def test_the_button_needs_no_cookie_and_no_token(
    db: Database, visit: Treatment, address: str, browser: FlaskClient
) -> None:
    page = browser.get(address).text
    assert len(re.findall(r"<button", page)) == 1
    assert f'action="{address}"' in page and "csrf" not in page
    answer = browser.post(address)
    assert answer.status_code == 200 and "The e-mails have stopped" in answer.text
    assert "301-555-0142" in answer.text
    assert stopped(db, visit)
    (choice,) = [one for one in mail_choices.history(db, visit) if one.choice == "stopped"]
    assert choice.channel == "page" and "had stopped already" not in answer.text
    for again in (browser.get(address), browser.post(address)):  # opened or pressed once more
        assert "The e-mails have stopped" in again.text and "<button" not in again.text
        assert "They had stopped already. You need to do nothing more." in again.text


def test_a_mail_program_presses_by_itself(
    db: Database, visit: Treatment, address: str, browser: FlaskClient
) -> None:
    for _ in range(3):  # as often as it likes, and answered at once, without a redirect
        assert browser.post(address, data=ONE_CLICK).status_code == 200
    found = [one.channel for one in mail_choices.history(db, visit) if one.choice == "stopped"]
    assert found == ["one_click"]


def test_it_is_the_only_page_that_needs_no_token(app: Flask) -> None:
    assert app.extensions["csrf"]._exempt_views == {"reporter.web.stop_mail.press"}


def test_it_speaks_both_languages_and_names_nobody(
    db: Database, enrolled: Callable[..., Treatment], browser: FlaskClient
) -> None:
    visit = enrolled(given_on=date(2026, 11, 24), language="es")
    with db.transaction():
        address = f"/stop/{mail_choices.make_link(db, visit, NOW)}"
    page = browser.get(address).text
    assert "¿No recibir más estos correos?" in page and '<html lang="es"' in page
    answer = browser.post(address).text
    assert "Ya no recibirá estos correos" in answer
    for text in (page, answer):
        assert not re.search(r"Maria|Alvarez|botox|toxin|glabella|@", text, re.IGNORECASE)


def test_the_reader_may_change_the_language(address: str, app: Flask) -> None:
    client = app.test_client()
    switched = client.get(f"{address}?lang=es")
    assert switched.status_code == 303
    assert "¿No recibir más" in client.get(address).text


@pytest.mark.parametrize("token", ["x" * 43, "..", "%00", "'--"])
def test_a_link_that_is_none_says_so_kindly(
    db: Database, visit: Treatment, browser: FlaskClient, token: str
) -> None:
    for answer in (browser.get(f"/stop/{token}"), browser.post(f"/stop/{token}", data=ONE_CLICK)):
        assert answer.status_code == 404
        assert "Traceback" not in answer.text
    assert not stopped(db, visit)


def test_the_holder_of_an_old_mail_stops_nobody(
    db: Database, clinic: Clinic, visit: Treatment, address: str, browser: FlaskClient
) -> None:
    with db.transaction():
        mail_choices.end_links(db, clinic.id, visit.patient.id, NOW)
    assert browser.post(address).status_code == 200
    assert not stopped(db, visit)


def test_an_erased_persons_link_ends(
    db: Database, clinic: Clinic, visit: Treatment, address: str, browser: FlaskClient
) -> None:
    front_desk.erase(db, clinic, visit, by=SYSTEM, at=NOW)
    assert browser.get(address).status_code == 404
