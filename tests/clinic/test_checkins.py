"""A check-in's life: planned, queued, sent, answered; or missed, cancelled, stopped. Never late."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from reporter.clinic import checkin_mail, checkins, front_desk, links
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.mail import outbox, outcomes
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from tests.clinic.rounds import Run, at, one_round, states
from tests.conftest import MARIA, NOW

Enrol = Callable[..., Treatment]
# Maria came on Friday, Nov 20; NOW is Tuesday, Nov 24, 10:12: day 3 was due a day ago, so it is
# missed at half past ten.
TODAY = date(2026, 11, 24)


@pytest.fixture
def fresh(db: Database, enrolled: Enrol) -> Treatment:
    """Maria as if she came today."""
    return enrolled(given_on=TODAY)


@pytest.fixture
def run(db: Database, clinic: Clinic) -> Run:
    """Queue what is due at an instant and let the mail server take it: what was sent."""

    return partial(one_round, db, clinic)


def answer(
    db: Database, treatment: Treatment, when: datetime, checkin_id: str | None = None
) -> None:
    with db.transaction():
        checkins.answered(db, treatment.clinic_id, treatment.id, when, checkin_id=checkin_id)


ALL_PLANNED = dict.fromkeys(("1", "3", "3r", "7", "7r", "14", "28"), "planned")


def test_enrolling_plans_all(db: Database, fresh: Treatment) -> None:
    assert states(db, fresh) == ALL_PLANNED


def test_enrolled_late_what_has_passed_is_missed(db: Database, enrolled: Enrol) -> None:
    late = enrolled()  # day 4, 10:12: day 3 may still go out for 18 minutes
    assert states(db, late) == {**ALL_PLANNED, "1": "missed"}


def test_imported_after_two_weeks_gets_no_mail(db: Database, enrolled: Enrol) -> None:
    old = enrolled(given_on=TODAY - timedelta(days=15))
    assert states(db, old) == {
        **dict.fromkeys(("1", "3", "3r", "7", "7r"), "missed"), "14": "stopped", "28": "stopped",
    }  # fmt: skip
    new = enrolled(given_on=TODAY - timedelta(days=14), name="Robert Hale")
    assert states(db, new)["28"] == "planned"


@pytest.mark.parametrize("change", [{"may_email": False}, {"email": ""}])
def test_without_consent_or_address_all_are_stopped(
    db: Database, enrolled: Enrol, change: dict[str, object]
) -> None:
    quiet = enrolled(given_on=TODAY, **change)
    assert set(states(db, quiet).values()) == {"stopped"}


def test_the_whole_course_unanswered(
    db: Database, clinic: Clinic, fresh: Treatment, run: Run
) -> None:
    sent, hour = [], at("11-24", "10:15")
    while hour < at("12-31", "00:00"):
        sent += [(hour, content) for content in run(hour)]
        hour += timedelta(minutes=15)
    assert [when for when, _ in sent] == [
        at("11-25", "10:30"),
        at("11-27", "10:30"),
        at("11-28", "17:30"),
        at("12-01", "10:30"),
        at("12-02", "17:30"),
        at("12-08", "10:30"),
        at("12-22", "10:30"),
    ]
    assert set(states(db, fresh).values()) == {"sent"}
    assert {content["to"] for _, content in sent} == {"maria@patients.test"}


def test_the_link_of_a_mail_opens_its_check_in(db: Database, fresh: Treatment, run: Run) -> None:
    (content,) = run(at("11-25", "10:30"))
    text = content["bytes"].replace("=\r\n", "")
    token = text.split("/r/")[1].split("/fine")[0]
    link = links.follow(db, token, at("11-25", "11:00"))
    (first, *_) = checkins.of_treatment(db, fresh.clinic_id, fresh.id)
    assert (link.treatment_id, link.checkin_id) == (fresh.id, first.id)


def test_queueing_is_all_or_nothing(
    db: Database,
    clinic: Clinic,
    fresh: Treatment,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr("reporter.clinic.checkin_mail.messages.post", fail)
    with pytest.raises(ZeroDivisionError):
        run(at("11-25", "10:30"))
    assert states(db, fresh) == ALL_PLANNED
    assert db.query("select * from links where clinic_id = :c", c=clinic.id) == []
    monkeypatch.undo()
    assert run(at("11-25", "10:30")) == [], "its lease holds"
    assert len(run(at("11-25", "10:32"))) == 1


def test_an_unreadable_patient_does_not_hold_up_the_others(
    db: Database, clinic: Clinic, fresh: Treatment, enrolled: Enrol, run: Run
) -> None:
    enrolled(given_on=TODAY, name="Robert Hale", email="rob@patients.test")
    db.run(
        "update patients set wrapped_key = 'x' where clinic_id = :c and id = :p",
        c=clinic.id,
        p=fresh.patient.id,
    )
    assert [content["to"] for content in run(at("11-25", "10:30"))] == ["rob@patients.test"]
    assert states(db, fresh)["1"] == "planned"


def test_outside_its_window_it_is_missed_and_never_sent(
    db: Database, fresh: Treatment, run: Run
) -> None:
    assert run(at("11-25", "22:30")) == []
    assert states(db, fresh)["1"] == "missed"


def test_stuck_in_the_outbox_past_its_window_it_is_missed(
    db: Database, fresh: Treatment, run: Run
) -> None:
    run(at("11-25", "10:30"), accept=False)
    assert states(db, fresh)["1"] == "queued"
    assert run(at("11-25", "22:30")) == []
    assert states(db, fresh)["1"] == "missed"


def test_a_reminder_follows_only_a_check_in_that_went_out(
    db: Database, fresh: Treatment, run: Run
) -> None:
    assert run(at("11-28", "17:30")) == []
    assert (states(db, fresh)["3"], states(db, fresh)["3r"]) == ("missed", "cancelled")


def test_never_two_for_one_day(db: Database, fresh: Treatment, run: Run) -> None:
    assert len(run(at("11-28", "09:00"))) == 1, "day 3, late but in its window"
    assert run(at("11-28", "17:30")) == []
    assert states(db, fresh)["3r"] == "cancelled"


# Answers ------------------------------------------------------------------------------------


def test_an_answer_cancels_the_reminder(db: Database, fresh: Treatment, run: Run) -> None:
    run(at("11-27", "10:30"))
    answer(db, fresh, at("11-27", "12:00"))
    assert states(db, fresh) == {
        **ALL_PLANNED, "1": "missed", "3": "answered", "3r": "cancelled",
    }  # fmt: skip
    assert run(at("11-28", "17:30")) == []


def test_an_answer_takes_back_a_reminder_that_waits_in_the_outbox(
    db: Database, fresh: Treatment, run: Run
) -> None:
    run(at("11-27", "10:30"))
    run(at("11-28", "17:30"), accept=False)
    answer(db, fresh, at("11-28", "17:31"))
    assert run(at("11-28", "17:32")) == []
    assert states(db, fresh)["3r"] == "answered"


def test_a_late_answer_counts_for_the_check_in_whose_link_was_used(
    db: Database, clinic: Clinic, fresh: Treatment, run: Run
) -> None:
    run(at("11-25", "10:30"))
    first = checkins.of_treatment(db, clinic.id, fresh.id)[0]
    answer(db, fresh, at("11-26", "20:00"), first.id)
    assert states(db, fresh)["1"] == "answered"
    assert checkins.of_treatment(db, clinic.id, fresh.id)[0].answered_at == at("11-26", "20:00")


def test_an_answer_leaves_another_patients_alone(
    db: Database, fresh: Treatment, enrolled: Enrol, run: Run
) -> None:
    other = enrolled(given_on=TODAY, name="Robert Hale")
    run(at("11-27", "10:30"))
    answer(db, fresh, at("11-27", "12:00"))
    assert (states(db, other)["3"], states(db, other)["3r"]) == ("sent", "planned")


def test_an_answer_of_day_1_leaves_later_days(db: Database, fresh: Treatment, run: Run) -> None:
    run(at("11-25", "10:30"))
    answer(db, fresh, at("11-25", "12:00"))
    assert states(db, fresh) == {**ALL_PLANNED, "1": "answered"}


# Corrections --------------------------------------------------------------------------------


def correct(
    db: Database,
    clinic: Clinic,
    knowledge: Knowledge,
    treatment: Treatment,
    when: datetime,
    **changes: object,
) -> Treatment:
    entry = replace(MARIA, **{"given_on": treatment.given_on, **changes})  # type: ignore[arg-type]
    return front_desk.correct(
        db,
        knowledge,
        clinic,
        treatment,
        entry,
        expected_version=treatment.version,
        by=SYSTEM,
        at=when,
    )


def test_a_corrected_date_moves_what_has_not_gone(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment, run: Run
) -> None:
    run(at("11-25", "10:30"))
    correct(db, clinic, knowledge, fresh, at("11-25", "12:00"), given_on=date(2026, 11, 23))
    found = {(one.day, one.kind): one for one in checkins.of_treatment(db, clinic.id, fresh.id)}
    assert found[1, "checkin"].state == "sent"
    assert found[3, "checkin"].due_at == at("11-26", "10:30")
    assert found[7, "checkin"].due_at == at("11-30", "10:30")
    assert run(at("11-26", "10:30"))


def test_a_corrected_date_revives_what_was_missed(
    db: Database, clinic: Clinic, knowledge: Knowledge, enrolled: Enrol
) -> None:
    late = enrolled(given_on=date(2026, 11, 10))
    assert states(db, late)["7"] == "missed"
    moved = correct(db, clinic, knowledge, late, NOW, given_on=TODAY)
    assert states(db, moved) == ALL_PLANNED


def test_a_corrected_address_takes_back_what_waits_and_sends_it_to_the_new_one(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment, run: Run
) -> None:
    run(at("11-25", "10:30"), accept=False)
    correct(db, clinic, knowledge, fresh, at("11-25", "10:31"), email="new@patients.test")
    assert [content["to"] for content in run(at("11-25", "10:32"))] == ["new@patients.test"]


def test_a_message_that_may_be_on_its_way_is_not_written_twice(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment, run: Run
) -> None:
    when = at("11-25", "10:30")
    run(when, accept=False)
    (claimed,) = outbox.claim(db, clinic.id, "other", when, 5)
    correct(db, clinic, knowledge, fresh, when, email="new@patients.test")
    outcomes.sent(db, claimed, when)
    assert run(when + timedelta(minutes=3)) == []
    assert states(db, fresh)["1"] == "sent"


def test_withdrawn_consent_stops_and_given_again_resumes(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment, run: Run
) -> None:
    run(at("11-25", "10:30"), accept=False)
    quiet = correct(db, clinic, knowledge, fresh, at("11-25", "11:00"), may_email=False)
    assert run(at("11-27", "10:30")) == []
    again = correct(db, clinic, knowledge, quiet, at("11-27", "11:00"), may_email=True)
    assert states(db, again) == {**ALL_PLANNED, "1": "missed"}


def test_an_address_that_was_refused_gets_no_more(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment, run: Run
) -> None:
    run(at("11-25", "10:30"), accept=False)
    (claimed,) = outbox.claim(db, clinic.id, "w", at("11-25", "10:30"), 5)
    outcomes.refuse(db, claimed, at("11-25", "10:30"), "The mail server answered 550.")
    assert run(at("11-27", "10:30")) == []
    assert (states(db, fresh)["1"], states(db, fresh)["3"]) == ("missed", "stopped")
    correct(db, clinic, knowledge, fresh, at("11-27", "12:00"), email="new@patients.test")
    assert [content["to"] for content in run(at("11-27", "12:00"))] == ["new@patients.test"]


def test_stop_takes_back_what_waits(
    db: Database, clinic: Clinic, fresh: Treatment, run: Run
) -> None:
    run(at("11-25", "10:30"), accept=False)
    front_desk.stop(
        db, clinic, fresh, reason=front_desk.STOP_REASONS[0], by=SYSTEM, at=at("11-25", "10:31")
    )
    assert run(at("11-25", "10:32")) == []
    assert set(states(db, fresh).values()) == {"stopped"}


def test_two_workers_queue_each_once(
    db: Database, clinic: Clinic, knowledge: Knowledge, enrolled: Enrol
) -> None:
    for number in range(8):
        enrolled(given_on=TODAY, name=f"Maria Alvarez{number}")
    when = at("11-25", "10:30")
    counts = [
        checkin_mail.queue_due(db, clinic, worker, when) for worker in ("one", "two", "one", "two")
    ]
    assert counts == [8, 0, 0, 0]
    row = db.one("select count(*) as n from outbox where clinic_id = :c", c=clinic.id)
    assert row == {"n": 8}
