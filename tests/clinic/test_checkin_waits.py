"""An open case pauses; one person with two treatments gets one e-mail a day, for both."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from reporter.clinic import casebook, cases, checkins, front_desk, intake
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.mail import outbox, outcomes
from reporter.records.audit import PATIENT, SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from tests.clinic.rounds import Run, at, one_round, states
from tests.conftest import report

Enrol = Callable[..., Treatment]
TODAY = date(2026, 11, 24)


@pytest.fixture
def run(db: Database, clinic: Clinic) -> Run:
    return partial(one_round, db, clinic)


@pytest.fixture
def fresh(enrolled: Enrol) -> Treatment:
    return enrolled(given_on=TODAY)


@pytest.fixture
def tell(db: Database, clinic: Clinic, knowledge: Knowledge) -> Callable[..., None]:
    """The patient reports something for which somebody calls."""

    def submit(visit: Treatment, when: datetime, symptom: str = "eyelid_droop") -> None:
        intake.submit(
            db, knowledge, clinic, visit, report(symptom), key=f"{visit.id}{when}", at=when,
            language="en", channel="link", by=PATIENT,
        )  # fmt: skip

    return submit


@pytest.fixture
def close(db: Database, clinic: Clinic, dana: Staff) -> Callable[[Treatment, datetime], None]:
    def done(visit: Treatment, when: datetime) -> None:
        case = casebook.of_treatment(db, clinic.id, visit.id)
        assert case is not None
        cases.move(
            db, clinic.id, case.id, "close", by=dana.actor, at=when,
            expected_version=case.version, outcome="improving", red_flags_asked=True,
            taught_back=True, regulator="no_report", note="alone here",
        )  # fmt: skip

    return done


Tell = Callable[..., None]
Close = Callable[[Treatment, datetime], None]


# A case is open -----------------------------------------------------------------------------


def test_while_a_case_is_open_nobody_asks_how_are_you(
    db: Database, fresh: Treatment, run: Run, tell: Tell, close: Close
) -> None:
    tell(fresh, at("11-25", "09:00"))
    run(at("11-25", "09:01"))  # the receipt and the alerts go
    assert run(at("11-25", "10:30")) == []
    assert states(db, fresh)["1"] == "paused"
    paused = checkins.of_treatment(db, fresh.clinic_id, fresh.id)[0]
    assert paused.paused_at == at("11-25", "10:30")
    close(fresh, at("11-25", "12:00"))
    assert len(run(at("11-25", "12:01"))) == 1, "its window is open still"
    assert states(db, fresh)["1"] == "sent"


def test_what_paused_past_its_window_is_missed_when_the_case_closes(
    db: Database, fresh: Treatment, run: Run, tell: Tell, close: Close
) -> None:
    tell(fresh, at("11-25", "09:00"))
    run(at("11-25", "09:01"))
    run(at("11-25", "10:30"))
    run(at("11-26", "08:00"))
    assert states(db, fresh)["1"] == "paused", "still visible as what it is"
    close(fresh, at("11-26", "09:00"))
    assert run(at("11-26", "09:01")) == []
    assert states(db, fresh)["1"] == "missed"
    assert len(run(at("11-27", "10:30"))) == 1, "the next one goes"


def test_a_message_that_waits_is_taken_back_when_a_case_opens(
    db: Database, fresh: Treatment, run: Run, enrolled: Enrol, tell: Tell
) -> None:
    """By a report about another treatment: it answers nothing of this one."""
    other = enrolled(given_on=TODAY - timedelta(days=40))
    run(at("11-25", "10:30"), accept=False)
    tell(other, at("11-25", "10:31"))
    sent = run(at("11-25", "10:32"))
    assert not [one for one in sent if "List-Unsubscribe" in one["bytes"]]
    assert states(db, fresh)["1"] == "paused"


def test_an_answer_ends_a_pause(db: Database, fresh: Treatment, run: Run, tell: Tell) -> None:
    tell(fresh, at("11-25", "09:00"))
    run(at("11-25", "10:30"))
    tell(fresh, at("11-25", "11:00"), "headache")
    assert states(db, fresh)["1"] == "answered"


def test_somebody_elses_case_pauses_nothing(
    db: Database, fresh: Treatment, run: Run, enrolled: Enrol, tell: Tell
) -> None:
    tell(enrolled(given_on=TODAY, name="Robert Hale", email="rob@patients.test"),
         at("11-25", "09:00"))  # fmt: skip
    run(at("11-25", "09:01"))
    assert [one["to"] for one in run(at("11-25", "10:30"))] == ["maria@patients.test"]


# One person, two treatments -----------------------------------------------------------------


@pytest.fixture
def both(enrolled: Enrol, fresh: Treatment) -> tuple[Treatment, Treatment]:
    """Maria had two products on one day."""
    return fresh, enrolled(given_on=TODAY, product="Dysport")


def test_two_treatments_of_one_day_are_asked_for_together(
    db: Database, both: tuple[Treatment, Treatment], run: Run
) -> None:
    days = []
    hour = at("11-24", "10:15")
    while hour < at("12-31", "00:00"):
        sent = run(hour)
        assert len(sent) <= 1
        days += [hour] * len(sent)
        hour += timedelta(hours=1, minutes=15)
    assert len(days) == 7, "as many as for one treatment"
    for visit in both:
        found = checkins.of_treatment(db, visit.clinic_id, visit.id)
        assert {one.state for one in found if one.kind == "checkin"} == {"sent"}
    hosts = [one.merged_into for visit in both
             for one in checkins.of_treatment(db, visit.clinic_id, visit.id)]  # fmt: skip
    assert sum(host is not None for host in hosts) == 5


def test_one_answer_answers_both(db: Database, both: tuple[Treatment, Treatment], run: Run) -> None:
    run(at("11-25", "10:30"))
    run(at("11-27", "10:30"))
    for visit in both:  # whichever of the two the link was for
        assert states(db, visit)["3"] == "sent"
    with db.transaction():
        checkins.answered(db, both[1].clinic_id, both[1].id, at("11-27", "12:00"))
    assert [states(db, visit)["3"] for visit in both] == ["answered", "answered"]
    assert run(at("11-28", "17:30")) == []
    assert {states(db, visit)["3r"] for visit in both} == {"cancelled"}


def test_what_was_merged_goes_by_itself_when_the_other_does_not(
    db: Database, clinic: Clinic, both: tuple[Treatment, Treatment], run: Run
) -> None:
    run(at("11-25", "10:30"), accept=False)
    found = {visit.id: states(db, visit)["1"] for visit in both}
    assert sorted(found.values()) == ["merged", "queued"]
    host = next(visit for visit in both if found[visit.id] == "queued")
    other = next(visit for visit in both if found[visit.id] == "merged")
    front_desk.stop(
        db, clinic, host, reason="entered_by_mistake", by=SYSTEM, at=at("11-25", "10:31")
    )
    assert len(run(at("11-25", "10:32"))) == 1
    assert (states(db, host)["1"], states(db, other)["1"]) == ("stopped", "sent")


def test_people_who_share_an_address_are_asked_each(
    db: Database, fresh: Treatment, enrolled: Enrol, run: Run
) -> None:
    enrolled(given_on=TODAY, name="Luis Alvarez")
    assert len(run(at("11-25", "10:30"))) == 2


# What came back -----------------------------------------------------------------------------


def bounce(db: Database, visit: Treatment, kind: str, when: datetime) -> bool:
    """What was written last came back."""
    every = checkins.of_treatment(db, visit.clinic_id, visit.id)
    row_id = [one.outbox_id for one in every if one.outbox_id][-1]
    with db.transaction():
        return checkins.bounced(db, visit.clinic_id, row_id, kind, when)


@pytest.mark.parametrize(("kind", "marked"), [("gone", True), ("later", False), ("policy", False)])
def test_a_bounce_is_kept_and_a_dead_address_marked(
    db: Database, fresh: Treatment, run: Run, kind: str, marked: bool
) -> None:
    run(at("11-25", "10:30"))
    assert bounce(db, fresh, kind, at("11-25", "10:40"))
    assert not bounce(db, fresh, kind, at("11-25", "10:50")), "once"
    first = checkins.of_treatment(db, fresh.clinic_id, fresh.id)[0]
    assert (first.bounce, first.bounced_at) == (kind, at("11-25", "10:40"))
    assert (run(at("11-27", "10:30")) == []) == marked


def test_a_late_bounce_does_not_mark_the_corrected_address(
    db: Database, clinic: Clinic, knowledge: Knowledge, fresh: Treatment, run: Run
) -> None:
    from dataclasses import replace

    from tests.conftest import MARIA

    run(at("11-25", "10:30"))
    front_desk.correct(
        db, knowledge, clinic, fresh, replace(MARIA, given_on=TODAY, email="new@patients.test"),
        expected_version=fresh.version, by=SYSTEM, at=at("11-25", "11:00"),
    )  # fmt: skip
    # No link had gone to the old address, or it was not revoked: what counts is where it went.
    db.run("update links set revoked_at = null")
    assert bounce(db, fresh, "gone", at("11-25", "12:00"))
    assert [one["to"] for one in run(at("11-27", "10:30"))] == ["new@patients.test"]
    assert bounce(db, fresh, "gone", at("11-27", "10:40"))
    assert run(at("12-01", "10:30")) == [], "and what went to the new one marks the new one"


def test_a_message_of_nobodys_check_in_is_none_of_ours(db: Database, clinic: Clinic) -> None:
    with db.transaction():
        assert not checkins.bounced(db, clinic.id, "no such row", "gone", at("11-25", "12:00"))


def test_a_refusal_of_the_server_stands_in_the_ledger_too(
    db: Database, clinic: Clinic, fresh: Treatment, run: Run
) -> None:
    run(at("11-25", "10:30"), accept=False)
    (claimed,) = outbox.claim(db, clinic.id, "w", at("11-25", "10:31"), 5)
    with db.transaction():
        outcomes.refuse(db, claimed, at("11-25", "10:31"), "The mail server answered 550.")
    run(at("11-25", "10:32"))
    first = checkins.of_treatment(db, clinic.id, fresh.id)[0]
    assert (first.state, first.bounce, first.bounced_at) == (
        "missed", "refused", at("11-25", "10:31"),
    )  # fmt: skip
