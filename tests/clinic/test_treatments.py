"""Patients are sealed, found by parts of their data, corrected, stopped and erased."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from reporter.clinic import front_desk, links, patients, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import ChangedMeanwhile, NotThere, Treatment
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from tests.conftest import MARIA, NOW

Enrol = Callable[..., Treatment]


def correct(
    db: Database, knowledge: Knowledge, clinic: Clinic, treatment: Treatment, **changes: object
) -> Treatment:
    return front_desk.correct(
        db,
        knowledge,
        clinic,
        treatment,
        dataclasses.replace(MARIA, **changes),  # type: ignore[arg-type]
        expected_version=treatment.version,
        by=SYSTEM,
        at=NOW,
    )


def test_a_treatment_comes_back_as_it_was_entered(db: Database, enrolled: Enrol) -> None:
    maria = enrolled()
    assert treatments.get(db, maria.clinic_id, maria.id) == maria
    assert (maria.patient.name, maria.patient.born) == ("Maria Alvarez", date(1968, 3, 2))
    assert maria.patient.first_name == "Maria"
    assert maria.areas == MARIA.areas
    assert maria.day(NOW, "America/New_York") == 4


def test_the_same_person_day_and_product_twice_makes_one(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol
) -> None:
    maria = enrolled()
    again, created = front_desk.enrol(
        db, knowledge, clinic, dataclasses.replace(MARIA, name="maria  ALVAREZ"), by=SYSTEM, at=NOW
    )
    assert (again.id, created) == (maria.id, False)


def test_a_second_visit_is_the_same_person(enrolled: Enrol) -> None:
    first, second = enrolled(), enrolled(given_on=date(2026, 11, 23))
    assert first.id != second.id
    assert first.patient.id == second.patient.id


def test_a_couple_with_one_address_are_two_people(enrolled: Enrol) -> None:
    his = enrolled(name="Jose Alvarez", born=date(1966, 1, 1))
    assert his.patient.id != enrolled().patient.id


def test_nothing_personal_lies_open(db: Database, enrolled: Enrol) -> None:
    enrolled()
    everything = str([db.query(f"select * from {table}") for table in db.tables()])  # noqa: S608
    for personal in ("Maria", "Alvarez", "1968", "maria@patients", "5550188"):
        assert personal not in everything


@pytest.mark.parametrize(
    "text",
    ["mar", "ALVAREZ", "alvarez maria", "0188", "(240) 555-0188", "+1 240 555 0188", "c8123f2"],
)
def test_a_treatment_is_found_by(db: Database, enrolled: Enrol, text: str) -> None:
    maria = enrolled()
    enrolled(name="Robert Hale", born=date(1965, 1, 1), mobile="+12405550199", lot="C9999")
    assert [one.id for one in treatments.find(db, maria.clinic_id, text)] == [maria.id]


def test_a_treatment_is_found_by_its_reference(db: Database, enrolled: Enrol) -> None:
    maria = enrolled()
    for text in (maria.reference, maria.reference.lower().replace("-", " ")):
        assert [one.id for one in treatments.find(db, maria.clinic_id, text)] == [maria.id]


@pytest.mark.parametrize("text", ["", " ", "x", "'; drop table", "%", "0" * 300, "\ud800", "7"])
def test_a_senseless_search_finds_nothing(db: Database, enrolled: Enrol, text: str) -> None:
    maria = enrolled()
    assert treatments.find(db, maria.clinic_id, text) == []


def test_a_wrong_date_is_corrected(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol
) -> None:
    maria = correct(db, knowledge, clinic, enrolled(), given_on=date(2026, 11, 23))
    assert maria.given_on == date(2026, 11, 23)
    assert maria.version == 2


def test_of_two_corrections_at_once_one_is_told(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol
) -> None:
    seen = enrolled()
    correct(db, knowledge, clinic, seen, lot="C1")
    with pytest.raises(ChangedMeanwhile):
        correct(db, knowledge, clinic, seen, lot="C2")
    assert treatments.get(db, clinic.id, seen.id).lot == "C1"


def test_a_wrong_e_mail_address_ends_the_links_sent_to_it(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol
) -> None:
    maria = enrolled()
    token = links.make(db, maria, NOW)
    correct(db, knowledge, clinic, maria, email="right@patients.test")
    with pytest.raises(links.LinkEnded):
        links.follow(db, token, NOW)


def test_a_correction_cannot_turn_one_person_into_another(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol
) -> None:
    robert = enrolled(name="Robert Hale", born=date(1965, 1, 1))
    enrolled()
    with pytest.raises(patients.SamePerson):
        correct(db, knowledge, clinic, robert)
    assert treatments.get(db, clinic.id, robert.id) == robert


def test_a_corrected_name_is_found_by_the_new_one_only(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol
) -> None:
    correct(db, knowledge, clinic, enrolled(), name="Mariana Alba")
    assert treatments.find(db, clinic.id, "alba")
    assert not treatments.find(db, clinic.id, "alvarez")


def test_stopping_twice_is_stopping_once(db: Database, clinic: Clinic, enrolled: Enrol) -> None:
    maria = enrolled()
    said = [
        front_desk.stop(db, clinic, maria, reason="moved_away", by=SYSTEM, at=NOW) for _ in range(2)
    ]
    assert said == [True, False]


def test_a_stop_needs_one_of_the_reasons(db: Database, clinic: Clinic, enrolled: Enrol) -> None:
    with pytest.raises(ValueError, match="asked_to_stop"):
        front_desk.stop(db, clinic, enrolled(), reason="She is rude", by=SYSTEM, at=NOW)


def test_an_erased_person_is_gone_and_the_coded_data_stay(
    db: Database, clinic: Clinic, enrolled: Enrol, database_url: str
) -> None:
    maria = enrolled()
    wrapped = maria.patient.wrapped_key
    assert front_desk.erase(db, clinic, maria, by=SYSTEM, at=NOW)
    erased = treatments.get(db, clinic.id, maria.id)
    assert erased.patient.name == patients.ERASED
    assert erased.lot == "C8123F2"
    assert not treatments.find(db, clinic.id, "alvarez")
    assert not front_desk.erase(db, clinic, erased, by=SYSTEM, at=NOW)
    if database_url.startswith("sqlite"):
        db.close()
        path = Path(database_url.removeprefix("sqlite:///"))
        for file in path.parent.glob(f"{path.name}*"):
            assert str(wrapped).encode() not in file.read_bytes()


def test_another_clinics_treatment_is_not_there(db: Database, enrolled: Enrol) -> None:
    with pytest.raises(NotThere):
        treatments.get(db, "another", enrolled().id)


@pytest.mark.parametrize(
    ("today", "age"), [(date(2026, 3, 1), 57), (date(2026, 3, 2), 58), (date(2026, 3, 3), 58)]
)
def test_an_age_changes_on_the_birthday(enrolled: Enrol, today: date, age: int) -> None:
    assert enrolled().patient.age(today) == age


def test_a_link_works_until_sixty_days_after_the_treatment(db: Database, enrolled: Enrol) -> None:
    maria = enrolled()
    token = links.make(db, maria, NOW)
    assert links.follow(db, token, NOW + timedelta(days=55)).treatment_id == maria.id
    with pytest.raises(links.LinkEnded) as ended:
        links.follow(db, token, NOW + timedelta(days=57))
    assert ended.value.clinic_id == maria.clinic_id


@pytest.mark.parametrize(("day", "lives"), [(45, True), (59, True), (60, False), (90, False)])
def test_a_link_that_is_made_late_lives_no_longer(
    db: Database, enrolled: Enrol, day: int, lives: bool
) -> None:
    maria = enrolled()
    made = datetime.combine(maria.given_on, time(12), UTC) + timedelta(days=day)
    assert links.may_make(maria, made) is lives
    token = links.make(db, maria, made)
    with pytest.raises(links.LinkEnded):
        links.follow(db, token, made + timedelta(days=60 - min(day, 59)))


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "' or 1=1 --", "\ud800", "a\0b"])
def test_a_made_up_link_opens_nothing(db: Database, enrolled: Enrol, token: str) -> None:
    enrolled()
    with pytest.raises(links.LinkEnded) as ended:
        links.follow(db, token, NOW)
    assert ended.value.clinic_id is None


def test_the_store_keeps_only_the_links_hash(db: Database, enrolled: Enrol) -> None:
    token = links.make(db, enrolled(), NOW)
    assert token not in str(db.query("select * from links"))
