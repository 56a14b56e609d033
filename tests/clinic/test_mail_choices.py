"""Stopped at one press, resumed only with consent; both kept, and neither opens a report."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from reporter.clinic import front_desk, links, mail_choices, patient_mail, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.links import LinkEnded
from reporter.clinic.mail_choices import ChoiceError, StopEnded
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import audit
from reporter.records.audit import PATIENT, SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from tests.clinic.rounds import Run, at, one_round, states
from tests.conftest import MARIA, NOW

Enrol = Callable[..., Treatment]
TODAY = date(2026, 11, 24)
HOW = "Maria herself, by telephone"


@pytest.fixture
def run(db: Database, clinic: Clinic) -> Run:
    return partial(one_round, db, clinic)


@pytest.fixture
def fresh(enrolled: Enrol) -> Treatment:
    return enrolled(given_on=TODAY)


def token_in(content: dict[str, str]) -> str:
    return content["bytes"].split("List-Unsubscribe: <")[1].split("/stop/")[1].split(">")[0]


def stop(db: Database, visit: Treatment, when: object = None) -> bool:
    given = when or at("11-25", "11:00")
    return mail_choices.stop(
        db, visit.clinic_id, visit.patient.id, by=PATIENT, at=given, channel="page"  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_link_of_a_mail_stops_and_opens_nothing_else(
    db: Database, fresh: Treatment, run: Run
) -> None:
    (content,) = run(at("11-25", "10:30"))
    token = token_in(content)
    link = mail_choices.follow(db, token)
    assert (link.patient_id, link.ended) == (fresh.patient.id, False)
    with pytest.raises(LinkEnded):
        links.follow(db, token, at("11-25", "11:00"))
    report_token = content["bytes"].replace("=\r\n", "").split("/r/")[1].split("/fine")[0]
    with pytest.raises(StopEnded):
        mail_choices.follow(db, report_token)
    stored = db.query("select * from stop_links where clinic_id = :c", c=fresh.clinic_id)
    assert token not in str(stored), "only its hash is stored"


def test_stopping_ends_check_ins_of_all_treatments_and_nothing_else(
    db: Database, clinic: Clinic, fresh: Treatment, enrolled: Enrol, run: Run
) -> None:
    other = enrolled(given_on=date(2026, 11, 20), product="Dysport")
    run(at("11-25", "10:30"), accept=False)
    assert stop(db, fresh)
    assert not stop(db, fresh), "again changes nothing"
    for visit in (fresh, other):
        assert not {"planned", "queued", "merged"} & set(states(db, visit).values())
    assert run(at("11-27", "10:30")) == []
    again = treatments.get(db, clinic.id, fresh.id)
    with db.transaction():
        patient_mail.missed_call(db, again, 2, at("11-27", "11:00"))
    (missed_call,) = run(at("11-27", "11:00"))
    assert "tried to call" in missed_call["bytes"]


def test_a_later_treatment_of_who_stopped_gets_none(
    db: Database, fresh: Treatment, enrolled: Enrol
) -> None:
    stop(db, fresh)
    assert set(states(db, enrolled(given_on=TODAY, product="Dysport")).values()) == {"stopped"}


def test_both_are_kept_with_who_and_how(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment, dana: Staff
) -> None:
    stop(db, fresh)
    assert mail_choices.resume(
        db, knowledge, clinic, fresh, how=HOW, by=dana.actor, at=at("11-26", "09:00")
    )
    found = [(one.choice, one.channel, one.by_name, one.how)
             for one in mail_choices.history(db, fresh)]  # fmt: skip
    assert found == [
        ("agreed", "enrolment", "Reporter", ""),
        ("stopped", "page", "The patient", ""),
        ("resumed", "desk", "Dana Reyes", HOW),
    ]
    verbs = [event["verb"] for event in audit.events(db, clinic.id)]
    assert verbs.count("checkin_mail.stopped") == verbs.count("checkin_mail.resumed") == 1
    assert HOW not in str(db.query("select * from mail_choices where clinic_id = :c", c=clinic.id))
    assert not audit.verify(db, clinic.id)


def test_resumed_what_is_to_come_is_planned_and_what_passed_is_missed(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment, dana: Staff, run: Run
) -> None:
    stop(db, fresh, at("11-24", "12:00"))
    mail_choices.resume(
        db, knowledge, clinic, fresh, how=HOW, by=dana.actor, at=at("11-27", "09:00")
    )
    assert states(db, fresh)["1"] == "missed"
    assert len(run(at("11-27", "10:30"))) == 1


@pytest.mark.parametrize("how", ["", "   \n ", "ok", "x" * 501])
def test_without_saying_who_and_how_nothing_resumes(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment, dana: Staff, how: str
) -> None:
    stop(db, fresh)
    with pytest.raises(ChoiceError, match="who agreed and how"):
        mail_choices.resume(db, knowledge, clinic, fresh, how=how, by=dana.actor, at=NOW)
    assert treatments.get(db, clinic.id, fresh.id).patient.checkins_stopped_at


def test_correcting_the_treatment_does_not_resume(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment
) -> None:
    stop(db, fresh)
    for hour, may_email in (("12:00", False), ("13:00", True)):
        visit = treatments.get(db, clinic.id, fresh.id)
        front_desk.correct(
            db, knowledge, clinic, visit, replace(MARIA, given_on=TODAY, may_email=may_email),
            expected_version=visit.version, by=SYSTEM, at=at("11-25", hour),
        )  # fmt: skip
    assert set(states(db, fresh).values()) == {"stopped"}
    choices = [one.choice for one in mail_choices.history(db, fresh)]
    assert choices == ["agreed", "stopped", "declined", "agreed"]


def test_who_holds_the_old_mail_stops_nothing_after_a_corrected_address(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment, run: Run
) -> None:
    (content,) = run(at("11-25", "10:30"))
    front_desk.correct(
        db, knowledge, clinic, fresh, replace(MARIA, given_on=TODAY, email="new@patients.test"),
        expected_version=fresh.version, by=SYSTEM, at=at("11-25", "11:00"),
    )  # fmt: skip
    assert mail_choices.follow(db, token_in(content)).ended


def test_an_erased_person_has_no_stop_link(
    db: Database, clinic: Clinic, fresh: Treatment, run: Run
) -> None:
    (content,) = run(at("11-25", "10:30"))
    front_desk.erase(db, clinic, fresh, by=SYSTEM, at=at("11-25", "11:00"))
    with pytest.raises(StopEnded):
        mail_choices.follow(db, token_in(content))


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "' or 1=1 --", "\0", "\ud800"])
def test_no_other_token_opens_anything(db: Database, fresh: Treatment, token: str) -> None:
    with pytest.raises(StopEnded):
        mail_choices.follow(db, token)
