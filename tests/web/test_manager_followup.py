"""The ledger on the treatment's page and as CSV; resuming only with consent; another clock."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from reporter import clock
from reporter.clinic import checkins, mail_choices, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.records import audit
from reporter.records.audit import PATIENT
from reporter.records.db import Database
from tests.clinic.rounds import one_round
from tests.web.treatment_desk import (
    SQLITE,
    Desk,
    days_ago,
    desk,
    log_in_as,
    stranger,
    texts,
    typed,
)

__all__ = ["desk", "log_in_as", "stranger"]
pytestmark = SQLITE


@pytest.fixture
def page(desk: Desk) -> str:
    """The address of Maria's page, whose treatment was two days ago."""
    return desk.enrol(given_on=days_ago(2))


def stop(db: Database, clinic: Clinic, page: str) -> None:
    visit = treatments.get(db, clinic.id, page.rpartition("/")[2])
    mail_choices.stop(
        db, clinic.id, visit.patient.id, by=PATIENT, at=clock.now(), channel="one_click"
    )


def test_the_page_tells_what_happened_to_each(
    db: Database, clinic: Clinic, desk: Desk, page: str
) -> None:
    treatment_id = page.rpartition("/")[2]
    third = checkins.of_treatment(db, clinic.id, treatment_id)[1]
    one_round(db, clinic, third.due_at + timedelta(minutes=1))
    shown = texts(desk.get(page))
    assert "Day 3, reminder" in shown
    assert "Planned" in shown and "Accepted by the mail server" in shown
    assert "The patient agreed to check-in e-mails at enrolment, written down by Dana" in shown
    assert "By the clock of America/New_York" in shown


def test_the_csv_is_complete_and_written_down(
    db: Database,
    clinic: Clinic,
    desk: Desk,
    page: str,
    hire: Callable[..., Staff],
    log_in_as: Callable[[Staff], Desk],
) -> None:
    desk.enrol(name="Robert Hale", email="rob@example.org")
    leader = log_in_as(hire("Mia Cole", role="manager"))
    assert "this follow-up" in leader.get(page).text
    for address, count in ((f"{page}/checkins.csv", 5), ("/treatments/checkins.csv", 10)):
        answer = leader.get(address)
        assert answer.mimetype == "text/csv", texts(answer)
        assert "attachment" in answer.headers["Content-Disposition"]
        assert len(list(csv.DictReader(io.StringIO(answer.text)))) == count
        assert "Alvarez" not in answer.text and "@" not in answer.text
    verbs = [event["verb"] for event in audit.events(db, clinic.id)]
    assert verbs.count("ledger.exported") == 2


def test_who_may_not_take_data_out_gets_no_csv(desk: Desk, page: str) -> None:
    assert "this follow-up" not in desk.get(page).text
    for address in (f"{page}/checkins.csv", "/treatments/checkins.csv"):
        assert desk.get(address).status_code == 403
    desk.client.delete_cookie("session")
    assert desk.get(f"{page}/checkins.csv").status_code in {302, 303, 403}


def test_what_the_patient_stopped_is_shown_and_resumed_with_consent_only(
    db: Database, clinic: Clinic, desk: Desk, page: str
) -> None:
    stop(db, clinic, page)
    shown = texts(desk.get(page))
    assert "The patient stopped the check-in e-mails" in shown
    assert "in the mail program" in shown
    refused = desk.post(f"{page}/resume", how="ok")
    assert refused.status_code == 422 and "Write who agreed and how" in refused.text
    answer = desk.post(f"{page}/resume", how="Maria herself, by telephone")
    assert answer.status_code == 303
    shown = texts(desk.get(page))
    assert "agreed again at the desk (“Maria herself, by telephone”), written down by Dana" in shown
    states = {one.state for one in checkins.of_treatment(db, clinic.id, page.rpartition("/")[2])}
    assert "planned" in states


def test_correcting_does_not_resume(db: Database, clinic: Clinic, desk: Desk, page: str) -> None:
    stop(db, clinic, page)
    version = treatments.get(db, clinic.id, page.rpartition("/")[2]).version
    form = typed(given_on=typed()["given_on"], version=str(version))
    desk.post(f"{page}/correct", **form)
    assert "They can be sent again only if the patient agrees" in texts(desk.get(page))


def test_another_clock(db: Database, clinic: Clinic, desk: Desk, page: str) -> None:
    refused = desk.post(f"{page}/zone", zone="Mars/Base")
    assert refused.status_code == 422 and "America/New_York" in refused.text
    assert desk.post(f"{page}/zone", zone=" Europe/Madrid ").status_code == 303
    assert "By the clock of Europe/Madrid" in texts(desk.get(page))


@pytest.mark.parametrize(
    "reason", ["entered_by_mistake", "asked_to_stop", "moved_away", "died", "other"]
)
def test_each_reason_to_stop_works(desk: Desk, page: str, reason: str) -> None:
    assert desk.post(f"{page}/stop", reason=reason).status_code == 303
    assert "The follow-up ended" in texts(desk.get(page))
