"""The rules are told what the last report of the same treatment said, and nothing of another's."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reporter.clinic import intake, last_report, reports
from reporter.clinic.clinics import Clinic
from reporter.clinic.intake import Receipt
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level, Severity
from reporter.rules.report import Report, ReportedSymptom
from tests.conftest import NOW, report

Enrol = Callable[..., Treatment]
Send = Callable[..., Receipt]


@pytest.fixture
def send(db: Database, knowledge: Knowledge, clinic: Clinic) -> Send:
    def submit(treatment: Treatment, said: Report, key: str, hours: int = 0) -> Receipt:
        at = NOW + timedelta(hours=hours)
        more: Any = {"key": key, "channel": "link", "at": at}
        return intake.submit(db, knowledge, clinic, treatment, said, **more)

    return submit


def hoarse(**answers: Any) -> Report:
    return report(ReportedSymptom("hoarse_voice", Severity.MILD, onset_day=4, **answers), day=5)


def droop() -> Report:
    return report(ReportedSymptom("eyelid_droop", Severity.MILD, onset_day=4), day=5)


def rules_of(receipt: Receipt) -> set[str]:
    return {reason.rule for reason in receipt.reasons}


def test_a_second_domain_in_the_next_report_is_an_emergency(enrolled: Enrol, send: Send) -> None:
    maria = enrolled()
    assert send(maria, droop(), "day-5").level is Level.CALL_BACK
    next_day = send(maria, hoarse(), "day-6", hours=20)
    assert next_day.level is Level.EMERGENCY
    assert "spread_since_last" in rules_of(next_day)


def test_without_a_report_before_it_is_urgent(enrolled: Enrol, send: Send) -> None:
    assert send(enrolled(), hoarse(), "day-6").level is Level.URGENT


def test_worse_than_last_time_raises_whatever_the_patient_calls_it(
    enrolled: Enrol, send: Send
) -> None:
    maria = enrolled()
    before = ReportedSymptom("headache", Severity.MILD, onset_day=1)
    now = ReportedSymptom("headache", Severity.MODERATE, onset_day=1, trend="same")
    assert send(maria, report(before, day=1), "day-1").level is Level.SELF_CARE
    worse = send(maria, report(now, day=2), "day-2", hours=24)
    assert (worse.level, rules_of(worse)) == (Level.CALL_BACK, {"worse"})


def test_the_same_form_again_is_a_repeat_and_no_other_time(
    db: Database, clinic: Clinic, enrolled: Enrol, send: Send
) -> None:
    maria = enrolled()
    first, again = send(maria, droop(), "k"), send(maria, droop(), "k", hours=1)
    assert (first.repeated, again.repeated) == (False, True)
    corrected = send(maria, hoarse(), "k", hours=2)
    assert "spread_since_last" not in rules_of(corrected)
    assert last_report.before(db, clinic.id, maria.id, "k") == ()


def test_a_repeat_stays_one_when_another_form_came_between(
    db: Database, clinic: Clinic, enrolled: Enrol, send: Send
) -> None:
    maria = enrolled()
    send(maria, droop(), "a")
    send(maria, hoarse(), "b", hours=1)
    assert send(maria, droop(), "a", hours=2).repeated
    assert len(reports.of_treatment(db, clinic.id, maria.id)) == 2


def test_what_another_patient_said_is_not_seen(
    db: Database, clinic: Clinic, enrolled: Enrol, send: Send
) -> None:
    send(enrolled(), droop(), "hers")
    robert = enrolled(name="Robert Hale", email="robert@patients.test")
    assert last_report.before(db, clinic.id, robert.id, "his") == ()
    assert send(robert, hoarse(), "his").level is Level.URGENT


def test_it_is_stored_with_the_report_so_that_a_back_test_sees_it(
    db: Database, clinic: Clinic, enrolled: Enrol, send: Send
) -> None:
    maria = enrolled()
    send(maria, droop(), "a")
    send(maria, hoarse(), "b", hours=1)
    newest = reports.of_treatment(db, clinic.id, maria.id)[0]
    assert [one.symptom for one in newest.report.last_report] == ["eyelid_droop"]


def test_a_damaged_report_before_does_not_stand_in_the_way(
    db: Database, enrolled: Enrol, send: Send
) -> None:
    maria = enrolled()
    send(maria, droop(), "a")
    with db.transaction():
        db.run("update reports set answers = :text", text=json.dumps({"no": "report"}))
    assert send(maria, hoarse(), "b", hours=1).level is Level.URGENT
