"""What is known and added after a report: the clinic's own rates, remarks and wishes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from reporter.clinic import casebook, cases, intake, own_rates, remarks, told, wishes
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.report import Report
from tests.conftest import NOW, report

Tell = Callable[..., None]
LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def tell(db: Database, knowledge: Knowledge, clinic: Clinic) -> Tell:
    def send(visit: Treatment, said: Report, at: datetime = NOW, **more: object) -> None:
        given = {"key": f"{visit.id} {at}", "channel": "link", **more}
        intake.submit(db, knowledge, clinic, visit, said, at=at, **given)  # type: ignore[arg-type]

    return send


@pytest.fixture
def case(db: Database, clinic: Clinic, enrolled: Callable[..., Treatment], tell: Tell) -> Case:
    """Maria cannot swallow; the case waits."""
    visit = enrolled()
    tell(visit, report("trouble_swallowing"))
    found = casebook.of_treatment(db, clinic.id, visit.id)
    assert found
    return found


def again(db: Database, case: Case) -> Case:
    return casebook.get(db, case.clinic_id, case.id)


@pytest.mark.parametrize("people", [29, 30])
def test_own_rates_are_told_from_thirty_people_on(
    db: Database, clinic: Clinic, enrolled: Callable[..., Treatment], tell: Tell, people: int
) -> None:
    for number in range(people):
        visit = enrolled(name=f"Ann {chr(97 + number // 26)}{chr(97 + number % 26)}")
        said = report("headache") if number < 6 else report(denied=("trouble_breathing",))
        tell(visit, replace(said, day=3))
        tell(visit, replace(report("bruising"), day=12), LATER)
    tell(enrolled(name="Someone Else"), replace(report("headache"), day=3), channel="poster")
    tell(enrolled(name="Mail Scanner"), replace(report("headache"), day=3), unconfirmed=True)
    kept: own_rates.Kept = {}
    found = own_rates.around(db, kept, clinic.id, 4, NOW)
    assert found and (found.first, found.last, found.answered) == (2, 4, people)
    assert found.per_1000("headache") == (200 if people == 30 else None)
    assert found.per_1000("bruising") is None and found.per_1000("redness") is None
    assert own_rates.around(db, kept, clinic.id, 99, NOW) is None


@pytest.mark.parametrize(("people", "answered"), [(29, 39), (30, 30)])
def test_own_rates_are_of_those_treated_alike_once_enough_of_them_have_answered(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Tell,
    people: int,
    answered: int,
) -> None:
    treated = {"product": "Dysport", "areas": ("neck", "chin"), "day": 3}
    for number in range(people + 10):
        visit = enrolled(name=f"Ann {chr(97 + number // 26)}{chr(97 + number % 26)}")
        other = number >= people
        what = {**treated, "areas": ("eyes",)} if other and number % 2 else treated
        what = {**what, "product": "Xeomin"} if other and not number % 2 else what
        tell(visit, replace(report("headache" if other else "bruising"), **what))
    found = own_rates.around(db, {}, clinic.id, 3, NOW, ("Dysport", frozenset({"neck"})))
    assert found and (found.answered, found.alike) == (answered, people == 30)
    assert bool(found.per_1000("headache")) is (people == 29)


def test_own_rates_are_counted_once_an_hour(
    db: Database, clinic: Clinic, enrolled: Callable[..., Treatment], tell: Tell
) -> None:
    kept: own_rates.Kept = {}
    assert own_rates.around(db, kept, clinic.id, 3, NOW)
    tell(enrolled(), replace(report("headache"), day=3))
    later, fresh = NOW + timedelta(minutes=59), NOW + timedelta(minutes=61)
    soon = own_rates.around(db, kept, clinic.id, 3, later)
    new = own_rates.around(db, kept, clinic.id, 3, fresh)
    assert soon and soon.answered == 0 and new and new.answered == 1


def test_a_remark_is_noted_once_and_changes_nothing_else(
    db: Database, clinic: Clinic, case: Case
) -> None:
    for _ in range(2):
        remarks.remark(db, clinic.id, case.treatment_id, told.CALLED, at=LATER)
    after = again(db, case)
    assert replace(after, version=case.version) == case
    added = told.of_case(db, clinic.id, case.id)
    assert [(one.what, one.at, one.is_old) for one in added.told] == [(told.CALLED, LATER, False)]
    assert told.of_cases(db, clinic.id, (case.id,)) == {case.id: added.told}
    verbs = [row["verb"] for row in db.query("select verb from audit_events order by seq")]
    assert verbs.count("case.remark") == 1


def test_a_remark_before_the_last_report_is_old_and_one_before_reopening_is_gone(
    db: Database,
    clinic: Clinic,
    case: Case,
    dana: Staff,
    tell: Tell,
    enrolled: Callable[..., Treatment],
) -> None:
    visit = enrolled()
    remarks.remark(db, clinic.id, case.treatment_id, told.GONE, at=LATER)
    tell(visit, report("trouble_swallowing", "headache"), LATER)
    assert [one.is_old for one in told.of_case(db, clinic.id, case.id).told] == [True]
    assert remarks.remark(db, clinic.id, case.treatment_id, told.GONE, at=LATER)
    done = {"outcome": "resolved", "red_flags_asked": True, "taught_back": True}
    done |= {"regulator": "no_report", "note": "alone here"}
    for verb, details in (("close", done), ("reopen", {"note": "called back"})):
        version = again(db, case).version
        cases.move(
            db,
            clinic.id,
            case.id,
            verb,
            by=dana.actor,
            at=LATER,
            expected_version=version,
            **details,
        )
    assert told.of_case(db, clinic.id, case.id).told == ()


def test_a_remark_meets_a_nurse_who_is_quicker(
    db: Database, clinic: Clinic, case: Case, dana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where two transactions run at once: the first look at the case is one version behind."""
    looks = iter([case])
    now = casebook.of_treatment
    claim = {"by": dana.actor, "at": LATER, "expected_version": case.version}
    cases.move(db, clinic.id, case.id, "claim", **claim)
    monkeypatch.setattr(casebook, "of_treatment", lambda *a: next(looks, None) or now(*a))
    assert remarks.remark(db, clinic.id, case.treatment_id, told.GONE, at=LATER)
    assert again(db, case).owner_id == dana.id
    assert [one.what for one in told.of_case(db, clinic.id, case.id).told] == [told.GONE]


def test_a_wish_is_sealed_and_never_moves_the_due_time(
    db: Database, clinic: Clinic, case: Case, enrolled: Callable[..., Treatment]
) -> None:
    visit = enrolled()
    ask = {"number": "+13015550199", "time": "after_three"}
    assert wishes.add(db, visit, at=LATER, **ask)
    assert not wishes.add(db, visit, at=LATER + timedelta(minutes=1), **ask)
    assert wishes.number_to_call(db, visit, ()) == "+13015550199"
    kept = wishes.latest(db, visit)
    assert kept == wishes.Wish("+13015550199", "after_three", LATER)
    after = again(db, case)
    assert (after.due_at, after.level, after.owner_id) == (case.due_at, case.level, case.owner_id)
    rows = db.query("select * from patient_wishes") + db.query("select details from case_moves")
    assert len(db.query("select id from patient_wishes")) == 1
    assert "5550199" not in str([dict(row) for row in rows]) and "after_three" not in str(rows)


def test_a_later_time_keeps_the_number_and_a_later_report_brings_its_own(
    db: Database, case: Case, enrolled: Callable[..., Treatment], tell: Tell
) -> None:
    from reporter.clinic import contact, reports

    visit = enrolled()
    wishes.add(db, visit, number="+13015550199", time="any", at=LATER)
    wishes.add(db, visit, number="", time="before_noon", at=LATER + timedelta(minutes=1))
    kept = wishes.latest(db, visit)
    assert kept and (kept.number, kept.time) == ("+13015550199", "before_noon")
    newer = LATER + timedelta(minutes=5)
    tell(visit, report("headache"), newer, contact=contact.Contact(number="+13015550111"))
    said = reports.of_treatment(db, visit.clinic_id, visit.id)
    assert wishes.number_to_call(db, visit, said) == "+13015550111"


def test_without_a_case_nothing_is_wished_or_noted(
    db: Database, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> None:
    visit = enrolled()
    assert not wishes.add(db, visit, number="", time="after_three", at=NOW)
    assert not remarks.remark(db, clinic.id, visit.id, told.OVER, at=NOW)
    assert db.query("select id from patient_wishes") == []
