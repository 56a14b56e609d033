"""Cases are found by what people say on the telephone, open and closed, over sealed data."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from reporter.clinic import case_search, front_desk
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import rotation
from reporter.records.db import Database, open_database
from reporter.records.seal import Vault
from reporter.rules.knowledge import Knowledge
from tests.conftest import KEY, MARIA, NOW, report
from tests.web.desk import Ward

DONE = {"outcome": "resolved", "red_flags_asked": True, "taught_back": True, "note": ""}


@pytest.fixture
def ward(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> Ward:
    return Ward(db, knowledge, clinic, enrolled)


@pytest.fixture
def three(ward: Ward, dana: Staff) -> Ward:
    """Maria's case is open, José's closed, and Mark has none."""
    ward.case(report("hives"), name="Maria Alvarez-Brown", mobile="+12405550188")
    closed = ward.case(report("headache"), name="José Núñez", mobile="+13015550199", lot="AB-77")
    closed = ward.move(closed, "claim", dana)
    ward.move(closed, "close", dana, **DONE)
    ward.enrolled(name="Mark Without", mobile="+13015550123")
    return ward


def found(db: Database, clinic: Clinic, text: str) -> list[tuple[str, bool, str]]:
    finds = case_search.find(db, clinic.id, text)
    held = {row["id"]: row["reference"] for row in db.query("select id, reference from treatments")}
    return [(held[one.case.treatment_id], one.case.is_open, one.because) for one in finds.cases]


def references(db: Database, clinic: Clinic) -> dict[str, str]:
    from reporter.clinic import treatments

    return {one.patient.name: one.reference for one in treatments.recent(db, clinic.id)}


def test_by_part_of_a_name_phone_reference_or_lot_with_the_reason(
    three: Ward, db: Database, clinic: Clinic
) -> None:
    by_name = references(db, clinic)
    maria, jose = by_name["Maria Alvarez-Brown"], by_name["José Núñez"]
    assert found(db, clinic, "brow mar") == [(maria, True, "name: “brow” “mar”")]
    assert found(db, clinic, "NUNEZ") == [(jose, False, "name: “NUNEZ”")]
    assert found(db, clinic, "555 0199") == [(jose, False, "phone ends in 0199")]
    assert found(db, clinic, "(240) 555-0188") == [(maria, True, "phone ends in 0188")]
    typed = maria.replace("-", " ").lower()
    assert found(db, clinic, typed) == [(maria, True, f"reference {maria}")]
    assert found(db, clinic, "ab-77") == [(jose, False, "lot AB-77")]
    for text in ("", "m", "zz", "555", "\0", "%", "mar zz", "\ud800", "x" * 5000):
        assert found(db, clinic, text) == [], text


def test_open_cases_stand_first_and_treatments_without_a_case_after(
    three: Ward, db: Database, clinic: Clinic
) -> None:
    three.case(report("hives"), name="Marta Lopez", ago=timedelta(minutes=1))
    finds = case_search.find(db, clinic.id, "mar")
    assert len(finds.cases) == 2
    assert [one.patient.name for one, _ in finds.without] == ["Mark Without"]
    assert not finds.is_cut


def test_a_corrected_name_is_found_by_the_new_one_only(
    three: Ward, db: Database, clinic: Clinic, dana: Staff
) -> None:
    from reporter.clinic import treatments

    visit = treatments.by_reference(db, clinic.id, references(db, clinic)["Maria Alvarez-Brown"])
    entry = replace(MARIA, name="Helen Quist")
    front_desk.correct(
        db, three.knowledge, clinic, visit, entry,
        expected_version=visit.version, by=dana.actor, at=NOW,
    )  # fmt: skip
    assert found(db, clinic, "alva") == []
    assert [because for _, _, because in found(db, clinic, "quis")] == ["name: “quis”"]


def test_the_search_goes_on_under_a_new_master_key(
    three: Ward, db: Database, database_url: str, clinic: Clinic
) -> None:
    fresh = Fernet.generate_key().decode()
    moved = open_database(database_url, Vault([fresh, KEY]))
    rotation.rotate(moved, Vault([fresh]))
    moved.close()
    only = open_database(database_url, Vault([fresh]))
    assert len(found(only, clinic, "alva")) == 1
    only.close()


def test_no_name_or_number_stands_in_the_look_ups(three: Ward, db: Database) -> None:
    rows = db.query("select hash from patient_lookups")
    assert rows
    assert all(len(row["hash"]) == 32 for row in rows)
    text = " ".join(row["hash"] for row in rows).lower()
    assert not any(word in text for word in ("maria", "alvarez", "5550188"))
