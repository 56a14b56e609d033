"""The poster's code, visits that store nothing until something is said, and places for nobody."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from reporter.clinic import (
    casebook,
    checkins,
    clinics,
    intake,
    links,
    matching,
    places,
    posters,
    treatments,
)
from reporter.clinic.clinics import Clinic
from reporter.clinic.intake import Receipt
from reporter.clinic.posters import PosterEnded, Told
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import NotThere, Treatment
from reporter.records import audit
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level, Severity
from reporter.rules.report import ReportedSymptom
from tests.conftest import CLINIC, NOW, report


@pytest.fixture
def token(db: Database, clinic: Clinic) -> str:
    return posters.new_visit(db, clinic.id, NOW)


@pytest.fixture
def held(db: Database, clinic: Clinic, token: str) -> Treatment:
    return posters.arrive(db, clinic, token, "es", NOW)


def test_a_code_leads_to_its_clinic_however_it_is_typed(db: Database, clinic: Clinic) -> None:
    assert posters.code(db, clinic.id) == ""
    made = posters.ensure_code(db, clinic.id, by=SYSTEM, at=NOW)
    assert posters.ensure_code(db, clinic.id, by=SYSTEM, at=NOW) == made
    assert len(made) == posters.CODE_LENGTH
    for typed in (made, made.lower(), f" {made[:5]}-{made[5:]} "):
        assert posters.clinic_of(db, typed) == clinic.id


def test_a_new_code_ends_the_old_one(db: Database, clinic: Clinic) -> None:
    old = posters.make_code(db, clinic.id, by=SYSTEM, at=NOW)
    new = posters.make_code(db, clinic.id, by=SYSTEM, at=NOW)
    assert posters.code(db, clinic.id) == new != old
    with pytest.raises(PosterEnded) as ended:
        posters.clinic_of(db, old)
    assert ended.value.clinic_id == clinic.id, "so that its page can give the phone"
    assert [e["verb"] for e in audit.events(db, clinic.id)].count("poster.code_made") == 2


@pytest.mark.parametrize("typed", ["", "ABC", "' or 1=1 --", "\0", "Ü" * 50])
def test_nonsense_is_on_no_poster(db: Database, clinic: Clinic, typed: str) -> None:
    posters.make_code(db, clinic.id, by=SYSTEM, at=NOW)
    with pytest.raises(PosterEnded):
        posters.clinic_of(db, typed)


def test_each_clinic_has_its_own_code(db: Database, clinic: Clinic) -> None:
    other = clinics.create(db, {**CLINIC, "name": "Other Clinic"}, at=NOW)
    codes = {posters.ensure_code(db, one.id, by=SYSTEM, at=NOW) for one in (clinic, other)}
    assert len(codes) == 2


def test_a_visit_is_signed_by_its_clinic_and_says_when_it_began(
    db: Database, clinic: Clinic, token: str
) -> None:
    other = clinics.create(db, {**CLINIC, "name": "Other Clinic"}, at=NOW)
    assert posters.begun_at(db, clinic.id, token) == NOW
    assert posters.begun_at(db, other.id, token) is None
    for forged in (token[:-1] + ("0" if token[-1] != "0" else "1"), "p" + "0" * 87, "", token[1:]):
        assert posters.begun_at(db, clinic.id, forged) is None


def test_nothing_is_stored_before_something_is_said(
    db: Database, clinic: Clinic, token: str
) -> None:
    empty = posters.place(db, clinic, token, "en", NOW)
    assert empty.is_placeholder
    assert empty.day_unknown
    with pytest.raises(NotThere):
        treatments.get(db, clinic.id, empty.id)


def test_arriving_twice_makes_one_place_and_its_token_a_link(
    db: Database, clinic: Clinic, token: str
) -> None:
    empty = posters.place(db, clinic, token, "es", NOW)
    one = posters.arrive(db, clinic, token, "es", NOW)
    two = posters.arrive(db, clinic, token, "es", NOW + timedelta(seconds=1))
    assert one == two
    assert one.id == empty.id, "a form made before it was stored still fits"
    assert one.patient.language == "es"
    assert links.follow(db, token, NOW).treatment_id == one.id
    assert posters.place(db, clinic, token, "en", NOW) == one
    other = posters.arrive(db, clinic, posters.new_visit(db, clinic.id, NOW), "en", NOW)
    assert other.id != one.id
    assert other.patient.id != one.patient.id


def test_a_place_is_in_no_list_and_gets_no_check_ins(
    db: Database, clinic: Clinic, held: Treatment, enrolled: Callable[..., Treatment]
) -> None:
    maria = enrolled()
    posters.tell(db, held, Told(name="Maria Alvarez", mobile="240 555 0188"), NOW)
    assert treatments.recent(db, clinic.id) == [maria]
    assert treatments.find(db, clinic.id, "Maria") == [maria]
    assert treatments.find(db, clinic.id, "5550188") == [maria]
    assert checkins.of_treatment(db, clinic.id, held.id) == ()
    found = treatments.find(db, clinic.id, held.reference)
    assert [one.id for one in found] == [held.id], "who reads the reference aloud is found"


def test_what_is_told_is_sealed_and_kept(db: Database, clinic: Clinic, held: Treatment) -> None:
    assert posters.told(held) == Told()
    told = Told("Robert Hale", date(1965, 4, 1), "2405550123", "unlicensed", date(2026, 11, 19))
    after = posters.tell(db, held, told, NOW)
    assert posters.told(after) == told
    assert after.factors == ("unlicensed_injector",)
    assert not after.day_unknown
    row = db.one("select sealed_person, person_hash from patients where id = :p", p=held.patient.id)
    assert row is not None
    assert "Robert" not in row["sealed_person"]
    assert row["person_hash"] is None, "not even a hash says whether it is somebody here"


@pytest.mark.parametrize("injector", ["here", "elsewhere", ""])
def test_a_licensed_or_unsaid_injector_is_no_factor(
    db: Database, held: Treatment, injector: str
) -> None:
    assert posters.tell(db, held, Told(injector=injector), NOW).factors == ()


def test_not_sure_counts_as_not_licensed(db: Database, held: Treatment) -> None:
    assert posters.tell(db, held, Told(injector="unsure"), NOW).factors == ("unlicensed_injector",)


def test_telling_asks_nobody_whether_they_are_a_patient(
    db: Database,
    clinic: Clinic,
    held: Treatment,
    enrolled: Callable[..., Treatment],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same statements for a patient's own name and birth as for a stranger's: the same time."""
    enrolled()
    said: list[str] = []
    for name in ("run", "query"):
        true = getattr(db, name)

        def spy(sql: str, true: Callable[..., object] = true, **values: object) -> object:
            said.append(sql)
            return true(sql, **values)

        monkeypatch.setattr(db, name, spy)

    def statements(told: Told) -> list[str]:
        said.clear()
        posters.tell(db, held, told, NOW)
        return list(said)

    maria = Told("Maria Alvarez", date(1968, 3, 2), "2405550188", "here", date(2026, 11, 20))
    nobody = Told("Nemo Nobody", date(1969, 4, 3), "2125550000", "here", date(2026, 11, 19))
    statements(nobody)
    assert statements(maria) == statements(nobody)
    assert not any("person_hash" in sql or "patient_lookups" in sql for sql in said)


def alerts(db: Database, clinic: Clinic) -> int:
    row = db.one(
        "select count(*) as n from outbox where clinic_id = :c and name = 'staff_alert'",
        c=clinic.id,
    )
    assert row is not None
    return int(row["n"])


def flagged(db: Database, knowledge: Knowledge, clinic: Clinic, number: int, ago: int = 0) -> None:
    at = NOW + timedelta(minutes=ago)
    visit = posters.arrive(db, clinic, posters.new_visit(db, clinic.id, at), "en", at)
    receipt = intake.submit(
        db,
        knowledge,
        clinic,
        visit,
        report("trouble_swallowing", day=None),
        key=f"k{number}",
        channel="poster",
        at=at,
    )
    assert receipt.level is Level.EMERGENCY


def test_alerts_from_posters_are_throttled_and_cases_never(
    db: Database, knowledge: Knowledge, clinic: Clinic, dana: object
) -> None:
    for number in range(12):
        flagged(db, knowledge, clinic, number)
    # The first five at once, then one in ten minutes.
    assert alerts(db, clinic) == 6
    rows = db.query("select 1 from cases where clinic_id = :c and is_open = 1", c=clinic.id)
    assert len(rows) == 12
    flagged(db, knowledge, clinic, 20, ago=11)
    assert alerts(db, clinic) == 7


def test_patients_alerts_are_not_throttled_by_a_flood_at_the_poster(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    dana: object,
    enrolled: Callable[..., Treatment],
) -> None:
    for number in range(8):
        flagged(db, knowledge, clinic, number)
    before = alerts(db, clinic)
    intake.submit(
        db,
        knowledge,
        clinic,
        enrolled(),
        report("trouble_swallowing"),
        key="m",
        channel="link",
        at=NOW,
    )
    assert alerts(db, clinic) == before + 1


def test_even_a_mild_report_is_a_case_until_it_is_known_whose_it_is(
    db: Database, knowledge: Knowledge, clinic: Clinic, dana: Staff, held: Treatment
) -> None:
    def send(key: str) -> Receipt:
        told = report(ReportedSymptom("bruising", severity=Severity.MILD), day=1)
        now = treatments.get(db, clinic.id, held.id)
        return intake.submit(db, knowledge, clinic, now, told, key=key, channel="poster", at=NOW)

    receipt = send("k")
    assert receipt.level is Level.SELF_CARE
    assert receipt.promise is None, "nobody is promised a call"
    (case,) = casebook.all_open(db, clinic.id)
    assert case.level is Level.SELF_CARE
    assert case.due_at is not None
    assert alerts(db, clinic) == 0
    marked = matching.mark_unknown(
        db, clinic, case, note="Nobody", by=dana.actor, at=NOW, version=case.version
    )
    send("k2")
    assert casebook.get(db, clinic.id, case.id) == marked


def test_no_receipt_is_mailed_to_nobody(db: Database, knowledge: Knowledge, clinic: Clinic) -> None:
    flagged(db, knowledge, clinic, 1)
    rows = db.query("select name from outbox where clinic_id = :c", c=clinic.id)
    assert [row["name"] for row in rows if row["name"] == "receipt"] == []


def test_the_place_of_nobody_has_a_neutral_name(held: Treatment) -> None:
    assert held.patient.name == places.NOBODY
    assert held.patient.email == ""
