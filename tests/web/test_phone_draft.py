"""A telephone report that is half filled in: kept while typing, given back, gone once sent."""

import pytest

from reporter.clinic import patients, phone_drafts, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import audit
from reporter.records.db import Database
from tests.conftest import NOW
from tests.web.test_manager_phone import ALL_NO, phone
from tests.web.treatment_desk import SQLITE, Desk, desk, field, log_in_as, stranger, texts

__all__ = ["desk", "log_in_as", "phone", "stranger"]
TYPED = "Her lid hangs since Sunday, and she ca"
POLL = {"X-Reporter-Poll": "1"}


@pytest.fixture
def visit(phone: str, db: Database, clinic: Clinic) -> Treatment:
    [treatment] = treatments.recent(db, clinic.id)
    return treatment


def keep(desk: Desk, phone: str, **typed: str) -> int:
    """What the page's script sends while somebody types."""
    token = field(desk.get(phone), "csrf_token")
    data = {"csrf_token": token, "speaker": "patient", **typed}
    return desk.client.post(f"{phone}/draft", data=data, headers=POLL).status_code


def test_it_comes_back_after_the_log_out_for_its_writer_alone_and_goes_when_sent(
    desk: Desk, phone: str, visit: Treatment, db: Database, dana: Staff
) -> None:
    key = field(desk.get(phone), "key")
    half = {"flag_sight_loss_or_eye_pain": "no", "how_headache": "mild", "call_me": "y"}
    assert keep(desk, phone, key=key, words=TYPED, **half) == 200
    (row,) = db.query("select sealed_fields from phone_drafts")
    assert "Sunday" not in row["sealed_fields"]
    assert phone_drafts.of(db, visit, "another") is None
    desk.post("/log-out")
    assert desk.client.post(f"{phone}/draft", data={}, headers=POLL).status_code in {400, 401}
    page = desk.client.get("/log-in")
    fields = {"email": dana.email, "csrf_token": field(page, "csrf_token")}
    desk.client.post("/log-in", data={**fields, "password": "correct horse battery"})
    again = desk.get(phone)
    assert f"{TYPED}</textarea>" in again.text and "Not sent yet:" in texts(again)
    assert field(again, "key") == key, "it is still sent once"
    here = phone.removesuffix("/phone-report")
    assert "Go on with your phone report" in texts(desk.get(here))
    sent = desk.post(phone, **{**ALL_NO, **half, "key": key, "words": TYPED})
    assert sent.status_code == 303
    assert db.query("select * from phone_drafts") == []
    assert keep(desk, phone, key=key, words=TYPED) == 204, "sent before, kept after"
    assert TYPED not in desk.get(phone).text
    verbs = [event["verb"] for event in audit.events(db, dana.clinic_id)]
    assert verbs.count("report.draft_kept") == verbs.count("report.draft_gone") == 1


@SQLITE
def test_what_is_thrown_away_emptied_or_too_long_is_not_kept(
    desk: Desk, phone: str, visit: Treatment, db: Database, dana: Staff
) -> None:
    key = field(desk.get(phone), "key")
    assert keep(desk, phone, key=key) == 204, "who speaks is no draft"
    assert keep(desk, phone, key=key, words="x" * 20_000) == 413
    assert keep(desk, phone, key="no", words=TYPED) == 204
    assert phone_drafts.of(db, visit, dana.id) is None
    assert keep(desk, phone, key=key, words=TYPED) == 200
    assert desk.post(f"{phone}/throw-away").location == phone
    assert phone_drafts.of(db, visit, dana.id) is None
    keep(desk, phone, key=key, words=TYPED)
    with db.transaction():
        patients.erase(db, dana.clinic_id, visit.patient.id, NOW)
    assert phone_drafts.of(db, treatments.get(db, dana.clinic_id, visit.id), dana.id) is None
    assert keep_erased(desk, phone, key) == 204


def keep_erased(desk: Desk, phone: str, key: str) -> int:
    return desk.post(f"{phone}/draft", key=key, words=TYPED).status_code
