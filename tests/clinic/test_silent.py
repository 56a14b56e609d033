"""Who did not answer, by risk; and who is not silent after all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest

from reporter.clinic import checkins, intake, queue
from reporter.clinic.checkins import Checkin
from reporter.clinic.clinics import Clinic
from reporter.clinic.enrolment import AreaDose
from reporter.clinic.patients import Patient
from reporter.clinic.silent import Silent, in_order, silent
from reporter.clinic.silent_risk import Risk, risk_of
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.mail import outbox, outcomes
from reporter.records.audit import PATIENT
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from tests.clinic.rounds import Run, at, one_round
from tests.conftest import report

Enrol = Callable[..., Treatment]
TODAY = date(2026, 11, 24)


@pytest.fixture
def run(db: Database, clinic: Clinic) -> Run:
    return partial(one_round, db, clinic)


@pytest.fixture
def visit() -> Treatment:
    """Never stored: the order is pure."""
    person = Patient(
        id="p", name="", born=None, email="", mobile="", language="en", zone="UTC",
        may_voicemail=True, may_email=True, email_refused_at=None, wrapped_key=None,
    )  # fmt: skip
    return Treatment(
        clinic_id="c", id="t", reference="K7-42Q", patient=person, given_on=TODAY,
        product="Botox Cosmetic", lot="", expiry="", areas=(), factors=(), injector="",
        created_at=at("11-24", "10:00"), stopped_at=None, version=1,
    )  # fmt: skip


def names(db: Database, clinic: Clinic, when: datetime) -> list[str]:
    return [one.treatment.patient.first_name for one in silent(db, clinic.id, when)]


def answer(db: Database, visit: Treatment, when: datetime, **how: bool) -> None:
    with db.transaction():
        checkins.answered(db, visit.clinic_id, visit.id, when, **how)


def test_silent_is_who_was_asked_and_let_the_time_pass(
    db: Database, clinic: Clinic, enrolled: Enrol, run: Run
) -> None:
    enrolled(given_on=TODAY)
    run(at("11-25", "10:30"))
    assert names(db, clinic, at("11-25", "20:00")) == [], "the window is open"
    (one,) = silent(db, clinic.id, at("11-26", "09:00"))
    assert [checkin.day for checkin in one.unanswered] == [1]
    assert (one.since, one.bounced, one.level) == (at("11-25", "10:30"), False, None)
    run(at("11-27", "10:30"))
    (one,) = silent(db, clinic.id, at("11-29", "09:00"))
    assert [checkin.day for checkin in one.unanswered] == [1, 3]


def test_a_later_answer_or_a_call_ends_it(
    db: Database, clinic: Clinic, enrolled: Enrol, run: Run
) -> None:
    answered = enrolled(given_on=TODAY)
    phoned = enrolled(given_on=TODAY, name="Robert Hale")
    for moment in (at("11-25", "10:30"), at("11-27", "10:30")):
        run(moment)
    assert len(names(db, clinic, at("11-29", "09:00"))) == 2
    answer(db, answered, at("11-28", "09:00"))
    with db.transaction():
        assert checkins.phoned(db, clinic.id, phoned.id, at("11-29", "10:00")) == 2
    assert names(db, clinic, at("11-29", "11:00")) == []


def test_what_was_never_to_be_sent_is_nobodys_silence(
    db: Database, clinic: Clinic, enrolled: Enrol, run: Run
) -> None:
    enrolled(given_on=TODAY, may_email=False)
    late = enrolled(given_on=date(2026, 11, 20), name="Robert Hale")
    run(at("11-24", "20:00"))
    assert late and names(db, clinic, at("11-25", "20:00")) == []


def test_what_no_mail_could_ask_in_its_window_is_a_call(
    db: Database, clinic: Clinic, enrolled: Enrol, run: Run, dana: Staff
) -> None:
    enrolled(given_on=TODAY)
    assert names(db, clinic, at("11-25", "21:00")) == []
    run(at("11-25", "22:30"))  # nothing ran all day
    (one,) = silent(db, clinic.id, at("11-25", "22:31"))
    assert [checkin.day for checkin in one.unanswered] == [1]
    counted = queue.counts(db, clinic.id, dana.id, at("11-25", "22:31"))
    assert counted.silent == 1
    with db.transaction():
        checkins.phoned(db, clinic.id, one.treatment.id, at("11-26", "09:00"))
    assert names(db, clinic, at("11-26", "09:01")) == []


def test_a_mail_that_came_back_is_work_at_once(
    db: Database, clinic: Clinic, enrolled: Enrol, run: Run
) -> None:
    visit = enrolled(given_on=TODAY)
    run(at("11-25", "10:30"))
    row_id = checkins.of_treatment(db, clinic.id, visit.id)[0].outbox_id
    assert row_id
    with db.transaction():
        checkins.bounced(db, clinic.id, row_id, "gone", at("11-25", "10:31"))
    (one,) = silent(db, clinic.id, at("11-25", "10:32"))
    assert one.bounced and "e-mail does not reach them" in one.risk.because


def test_who_has_reported_since_is_not_silent(
    db: Database, clinic: Clinic, knowledge: Knowledge, enrolled: Enrol, run: Run
) -> None:
    """By the card, after the window of the check-in had closed: that answers no check-in."""
    visit = enrolled(given_on=TODAY)
    run(at("11-25", "10:30"))
    assert names(db, clinic, at("11-26", "09:00")) == ["Maria"]
    intake.submit(
        db, knowledge, clinic, visit, report(day=2), key="k" * 30,
        at=at("11-26", "09:30"), language="en", channel="card", by=PATIENT,
    )  # fmt: skip
    assert names(db, clinic, at("11-26", "09:31")) == []
    run(at("11-27", "10:30"))
    (one,) = silent(db, clinic.id, at("11-29", "09:00"))
    assert [checkin.day for checkin in one.unanswered] == [3]


@pytest.mark.parametrize("how", ["refused", "bounced"])
def test_to_a_dead_address_each_day_is_a_call(
    db: Database, clinic: Clinic, knowledge: Knowledge, enrolled: Enrol, run: Run, how: str
) -> None:
    """Also when another message than a check-in found it out."""
    visit = enrolled(given_on=TODAY)
    intake.submit(
        db, knowledge, clinic, visit, report("eyelid_droop", day=0), key="k" * 30,
        at=at("11-24", "20:00"), language="en", channel="link", by=PATIENT,
    )  # fmt: skip
    (row,) = db.query("select * from outbox where clinic_id = :c and name = 'receipt'", c=clinic.id)
    if how == "refused":
        for claimed in outbox.claim(db, clinic.id, "w", at("11-24", "20:01"), 50):
            if claimed.id == row["id"]:
                outcomes.refuse(db, claimed, at("11-24", "20:01"), "550")
    else:
        with db.transaction():
            assert not checkins.bounced(db, clinic.id, row["id"], "gone", at("11-24", "20:01"))
    db.run(
        "update cases set is_open = 0, state = 'closed', due_at = null where clinic_id = :c",
        c=clinic.id,
    )
    assert names(db, clinic, at("11-25", "10:00")) == [], "the case's own call is under way"
    run(at("11-25", "10:31"))
    (one,) = silent(db, clinic.id, at("11-25", "10:32"))
    assert one.bounced and "e-mail does not reach them" in one.risk.because
    with db.transaction():
        assert checkins.phoned(db, clinic.id, visit.id, at("11-25", "11:00")) == 1
    assert names(db, clinic, at("11-25", "11:01")) == []
    run(at("11-27", "10:31"))
    assert names(db, clinic, at("11-27", "10:32")) == ["Maria"], "day 3 asks nobody else"


def test_who_stopped_or_never_agreed_is_nobodys_call(
    db: Database, clinic: Clinic, enrolled: Enrol, run: Run
) -> None:
    visit = enrolled(given_on=TODAY)
    db.run("update patients set email_refused_at = :at, checkins_stopped_at = :at "
           "where clinic_id = :c", c=clinic.id, at="2026-11-24T15:00:00.000000Z")  # fmt: skip
    run(at("11-25", "10:31"))
    assert visit and names(db, clinic, at("11-26", "09:00")) == []


def test_the_order_is_by_risk(
    db: Database, clinic: Clinic, knowledge: Knowledge, enrolled: Enrol, run: Run
) -> None:
    enrolled(given_on=TODAY, name="Plain Person")
    enrolled(given_on=TODAY, name="Neck Person", areas=(AreaDose("neck", 40),))
    enrolled(given_on=TODAY, name="Dose Person", areas=(AreaDose("forehead", 380),))
    enrolled(given_on=TODAY, name="Gravis Person", factors=("myasthenia_gravis",))
    told = enrolled(given_on=TODAY, name="Told Person")
    run(at("11-25", "10:30"))
    intake.submit(
        db, knowledge, clinic, told, report("headache", day=1), key="k" * 30,
        at=at("11-25", "11:00"), language="en", channel="link", by=PATIENT,
    )  # fmt: skip
    db.run("update reports set level = 2 where clinic_id = :c", c=clinic.id)
    db.run(
        "update cases set is_open = 0, state = 'closed', due_at = null where clinic_id = :c",
        c=clinic.id,
    )
    run(at("11-27", "10:30"))
    found = silent(db, clinic.id, at("11-29", "09:00"))
    order = [one.treatment.patient.first_name for one in found]
    assert order == ["Told", "Gravis", "Dose", "Neck", "Plain"]
    assert found[0].risk.because == ("reported urgent before",)
    assert found[-1].risk == Risk(0, (), "")


NECK, DOSE = (AreaDose("neck", 40),), (AreaDose("forehead", 380),)
ILL: dict[str, Any] = {"factors": ("myasthenia_gravis",)}


@pytest.mark.parametrize(
    ("higher", "lower"),
    [
        (  # as it was seen: everything at once, but two months ago
            {"day": 10, "level": Level.URGENT},
            {"day": 58, "level": Level.CALL_BACK, "areas": NECK, "bounced": True, **ILL},
        ),
        ({"level": Level.EMERGENCY}, {"level": Level.URGENT}),
        ({"level": Level.CALL_BACK}, {**ILL, "bounced": True}),
        ({"level": Level.CALL_BACK}, {"level": Level.SELF_CARE}),
        (ILL, {"areas": NECK}),
        ({"areas": NECK}, {"areas": (AreaDose("glabella", 40),)}),
        ({"areas": DOSE}, {"areas": (AreaDose("forehead", 40),)}),
        ({"bounced": True}, {}),
        ({"day": 14, **ILL}, {"day": 15, **ILL}),
        ({"day": 28, **ILL}, {"day": 29, **ILL}),
        ({"day": 30, **ILL}, {"day": 1}),  # age alone is no risk
        ({"day": 2}, {"day": 9}),
        ({"day": 3, "asked": 2}, {"day": 3, "asked": 1}),
    ],
)
def test_of_two_the_one_at_more_risk_stands_first(
    visit: Treatment, higher: dict[str, Any], lower: dict[str, Any]
) -> None:
    assert in_order(who(visit, **higher)) < in_order(who(visit, **lower))


def who(
    visit: Treatment,
    day: int = 3,
    level: Level | None = None,
    bounced: bool = False,
    asked: int = 1,
    **what: Any,
) -> Silent:
    """Somebody who is silent; `asked` is how many days ago they were first asked."""
    treated = replace(visit, **{"areas": (), "factors": (), **what})
    since = cast(Checkin, SimpleNamespace(due_at=at("11-25", "10:30") - timedelta(days=asked)))
    risk = risk_of(treated, level, bounced, day)
    return Silent(treated, (since,), bounced, level, day, risk)


def test_the_row_says_in_words_why(visit: Treatment) -> None:
    one = who(visit, day=40, level=Level.URGENT, bounced=True, areas=NECK + DOSE, **ILL).risk
    assert one.because == (
        "reported urgent before",
        "myasthenia gravis",
        "treated: neck",
        "420 units",
        "e-mail does not reach them",
    )
    assert one.lower == "day 40: after four weeks effects wear off"


def test_an_erased_person_is_not_listed(
    db: Database, clinic: Clinic, enrolled: Enrol, run: Run
) -> None:
    visit = enrolled(given_on=TODAY)
    run(at("11-25", "10:30"))
    db.run(
        "update patients set wrapped_key = null where clinic_id = :c and id = :p",
        c=clinic.id,
        p=visit.patient.id,
    )
    assert names(db, clinic, at("11-26", "09:00")) == []
