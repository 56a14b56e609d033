"""The director changes the settings: every fault named, nothing typed lost, promises follow."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from reporter.clinic import clinics, settings_changes
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.settings import Settings
from reporter.web.settings_form import given_by, shown, words
from tests.conftest import NOW
from tests.mail.test_webhook import Pager, pager
from tests.web.desk import Browser, desk_of, running, text_of

__all__ = ["pager"]


@pytest.fixture
def app(settings: Settings, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with running(settings, monkeypatch) as app:
        yield app


@pytest.fixture
def mia(app: Flask, hire: Callable[..., Staff]) -> Browser:
    """The director."""
    return desk_of(app, hire("Mia Ortiz", "director"))


@dataclass
class Form:
    """The page as it stands in one browser."""

    browser: Browser
    fields: dict[str, str]

    def send(self, path: str = "/settings", **typed: str) -> TestResponse:
        data = {**self.fields, **{name.replace("__", "."): text for name, text in typed.items()}}
        return self.browser.client.post(path, data=data)


def opened(browser: Browser, db: Database, clinic: Clinic) -> Form:
    browser.page("/settings")
    stored = settings_changes.stored(db, clinic.id)
    return Form(browser, {**shown(stored.settings), "version": str(stored.version)})


def events(db: Database) -> list[dict[str, Any]]:
    rows = db.query("select details from audit_events where verb = 'clinic.setting' order by seq")
    return [json.loads(row["details"]) for row in rows]


def test_what_is_saved_is_kept_and_each_change_is_an_event(
    mia: Browser, db: Database, clinic: Clinic
) -> None:
    form = opened(mia, db, clinic)
    saved = form.send(
        hours__monday="8:30-12, 1 pm - 5:30pm",
        phone="301-555-0100",
        targets__urgent="45",
        waits__urgent__decide="50",
        waits__second_way="4",
    )
    assert saved.status_code == 303
    page = text_of(mia.page("/settings"))
    assert "Saved. Promises follow it from now on." in page
    assert "Telephone: from “301-555-0142” to “301-555-0100”" in page
    now = clinics.get(db, clinic.id)
    assert now.hours.week[0] == (("08:30", "12:00"), ("13:00", "17:30"))
    assert (now.phone, now.hours.targets.urgent) == ("301-555-0100", 45)
    assert (now.waits.urgent.decide, now.waits.second_way) == (50, 4)
    assert now.on_call_secret == clinic.on_call_secret
    assert events(db) == [
        {"setting": "phone", "before": "301-555-0142", "after": "301-555-0100"},
        {"setting": "hours.monday", "before": "08:30-17:30", "after": "08:30-12:00 13:00-17:30"},
        {"setting": "targets.urgent", "before": "60", "after": "45"},
        {"setting": "waits.urgent.decide", "before": "60", "after": "50"},
        {"setting": "waits.second_way", "before": "5", "after": "4"},
    ]
    opened(mia, db, clinic).send()
    assert "Nothing was different" in mia.page("/settings") and len(events(db)) == 5


def test_every_fault_is_named_beside_its_field_and_nothing_typed_is_lost(
    mia: Browser, db: Database, clinic: Clinic
) -> None:
    answer = opened(mia, db, clinic).send(
        name="Epec <Clinic> & Sons",
        after_hours_phone="",
        zone="New York",
        hours__friday="8 till late",
        targets__urgent="soon",
        steps__urgent__director="5",
        waits__emergency__acknowledge="",
        holidays="2026-12-25\nChristmas",
    )
    assert answer.status_code == 422
    told = text_of(answer.text)
    for sentence in (
        "Telephone while closed is missing: patients who report while the clinic is closed",
        "There is no time zone &#39;New York&#39;",
        "Friday must be spans like",
        "Urgent: minutes until somebody calls must be a whole number from 15 to 480.",
        "Urgent, director must not be earlier than the practitioner&#39;s 15 minutes.",
        "Emergency, practitioner acknowledges must be a whole number from 1 to 480.",
        "Holidays must be a list of days",
        "Nothing was saved. What you typed is still here.",
    ):
        assert told.count(sentence) >= 1, sentence
    assert 'value="8 till late"' in answer.text and 'value="soon"' in answer.text
    assert 'value="Epec &lt;Clinic&gt; &amp; Sons"' in answer.text and "\nChristmas" in answer.text
    assert clinics.get(db, clinic.id) == clinic and not events(db)


def test_without_any_opening_hours_it_is_refused(
    mia: Browser, db: Database, clinic: Clinic
) -> None:
    days = {f"hours__{day}": "closed" for day in ("monday", "tuesday", "wednesday")}
    answer = opened(mia, db, clinic).send(**days, hours__thursday="", hours__friday="")
    assert answer.status_code == 422
    assert "Give the opening hours of at least one day" in text_of(answer.text)


def test_before_saving_it_shows_what_a_patient_would_be_told(
    mia: Browser, db: Database, clinic: Clinic
) -> None:
    form = opened(mia, db, clinic)
    assert "Urgent now → told “by 11:15 am today”" in text_of(mia.page("/settings"))
    looked = text_of(form.send("/settings/look", targets__urgent="30").text)
    assert "Urgent now → told “by 10:45 am today” until now: told “by 11:15 am today”" in looked
    assert clinics.get(db, clinic.id) == clinic
    assert form.send("/settings/look", targets__urgent="1").status_code == 422


def test_before_saving_it_shows_which_check_ins_move(
    mia: Browser, db: Database, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> None:
    """Also for whoever did not look first; what is shown is what is saved."""
    enrolled(given_on=NOW.date())
    form = opened(mia, db, clinic)
    first = form.send(holidays="2026-12-01")
    told = text_of(first.text)
    assert "2 check-ins and reminders that are not sent yet would move." in told
    assert "Day 7: Tue Dec 1, 10:30 am → Wed Dec 2, 10:30 am" in told
    assert "Maria" not in told and not events(db)
    seen = re.findall(r'name="seen" value="(\w+)"', first.text)[0]
    looked = form.send("/settings/look", holidays="2026-12-01")
    assert f'name="seen" value="{seen}"' in looked.text
    other = form.send(holidays="2026-12-01\n2026-12-02", seen=seen)
    assert "→ Mon 10:30 am" in text_of(other.text) and not events(db), "that was not shown"
    assert form.send(holidays="2026-12-01", seen=seen).status_code == 303
    assert [one["setting"] for one in events(db)] == ["holidays"]


def test_of_two_who_edit_at_once_the_second_is_told_and_undoes_nothing(
    app: Flask, mia: Browser, db: Database, clinic: Clinic, hire: Callable[..., Staff]
) -> None:
    lin = desk_of(app, hire("Lin Chen", "director"))
    first, second = opened(mia, db, clinic), opened(lin, db, clinic)
    assert first.send(targets__urgent="30", phone="301-555-0111").status_code == 303
    answer = second.send(targets__urgent="45", crisis_line="112")
    assert answer.status_code == 409
    told = text_of(answer.text)
    assert "Mia Ortiz, today 10:12 am: Telephone from “301-555-0142” to “301-555-0111”" in told
    assert "Mia Ortiz saved “30” here. Yours is in the field." in told
    assert 'name="phone" value="301-555-0111"' in answer.text, "hers, since Lin left it alone"
    assert 'name="targets.urgent" value="45"' in answer.text
    assert 'name="crisis_line" value="112"' in answer.text
    assert clinics.get(db, clinic.id).crisis_line == "988", "not saved yet"
    version = str(settings_changes.stored(db, clinic.id).version)
    again = Form(lin, {**second.fields, "version": version, "phone": "301-555-0111"})
    assert again.send(targets__urgent="45", crisis_line="112").status_code == 303
    now = clinics.get(db, clinic.id)
    assert (now.phone, now.crisis_line, now.hours.targets.urgent) == ("301-555-0111", "112", 45)


def test_saving_asks_who_one_is_and_keeps_what_was_typed(
    mia: Browser, db: Database, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(mia, db, clinic)
    monkeypatch.setattr("reporter.clock.now", lambda: NOW + timedelta(minutes=11))
    answer = form.send(phone="301-555-0100")
    assert answer.status_code == 403 and "Is it still you" in answer.text
    assert 'value="301-555-0100"' in answer.text
    assert clinics.get(db, clinic.id).phone == clinic.phone


def test_a_manager_may_look_and_no_more(
    app: Flask, db: Database, clinic: Clinic, hire: Callable[..., Staff]
) -> None:
    manager = desk_of(app, hire("Max Mann", "manager"))
    page = manager.page("/settings")
    assert "You may look" in page and 'name="phone"' not in page and "301-555-0190" in page
    assert opened(manager, db, clinic).send().status_code == 403
    assert desk_of(app, hire("Dana Reyes", "nurse")).get("/settings").status_code == 403


def test_the_on_call_line_is_tried_and_says_so(
    mia: Browser, db: Database, clinic: Clinic, pager: Pager
) -> None:
    url = f"http://127.0.0.1:{pager.server_port}/hook"
    assert "Nobody is paged, so no page promises" in text_of(mia.page("/settings"))
    form = opened(mia, db, clinic)
    assert form.send(on_call_webhook=url, on_call_email="boss@epec.test").status_code == 303
    assert "This line was never tested." in mia.page("/settings")
    assert mia.client.post("/settings/on-call-test").status_code == 303
    page = text_of(mia.page("/settings"))
    assert "After-hours line tested today 10:12 am by Mia Ortiz: it took the page." in page
    (_, headers, body), secret = pager.got[0], clinic.on_call_secret.encode()
    assert json.loads(body)["urgency"] == "test"
    signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
    assert headers["X-Reporter-Signature"] == f"sha256={signature}"
    pager.answer = 500
    mia.client.post("/settings/on-call-test")
    page = text_of(mia.page("/settings"))
    assert "The last test failed , today 10:12 am by Mia Ortiz: The pager answered 500." in page
    assert "Nobody would be paged tonight" in page
    told = [one for one in events(db) if one["setting"] == "on_call_webhook"]
    assert url not in str(told) and "127.0.0.1" in told[0]["after"]


def test_a_new_signing_secret_is_shown_once(mia: Browser, db: Database, clinic: Clinic) -> None:
    answer = mia.client.post("/settings/secret")
    secret = clinics.get(db, clinic.id).on_call_secret
    assert secret != clinic.on_call_secret and secret in answer.text
    assert secret not in mia.page("/settings") and secret not in str(events(db))


def test_what_the_fields_hold_comes_back_as_it_was(db: Database, clinic: Clinic) -> None:
    stored = settings_changes.stored(db, clinic.id).settings
    again = settings_changes.as_kept(given_by(shown(stored)))
    assert {**stored, **again} == stored
    assert words("hours.monday", "") == "closed"
