"""Treatments at the desk: who may see them, finding, enrolling, correcting, stopping."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from reporter import clock
from reporter.clinic import checkins, clinics, front_desk, links, patients, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.links import LinkEnded
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import audit
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from tests.conftest import CLINIC, MARIA
from tests.web.treatment_desk import (
    SQLITE,
    Desk,
    days_ago,
    desk,
    field,
    log_in_as,
    stranger,
    texts,
    typed,
)

__all__ = ["desk", "log_in_as", "stranger"]


def only(db: Database, clinic: Clinic) -> Treatment:
    found = treatments.recent(db, clinic.id)
    assert len(found) == 1
    return found[0]


@SQLITE
@pytest.mark.parametrize(
    "path",
    ["", "/enrol", "/import", "/import/template.csv", "/x", "/x/correct", "/x/phone-report"],
)
def test_strangers_are_sent_to_log_in(stranger: FlaskClient, path: str) -> None:
    answer = stranger.get(f"/treatments{path}")
    assert (answer.status_code, answer.location.split("?")[0]) == (303, "/log-in")


@SQLITE
@pytest.mark.parametrize("path", ["enrol", "import", "find", "x/correct", "x/stop"])
def test_a_form_without_its_token_does_nothing(desk: Desk, path: str) -> None:
    assert desk.client.post(f"/treatments/{path}", data=typed()).status_code == 400


@SQLITE
def test_an_empty_list_says_what_to_do(desk: Desk) -> None:
    assert "Enrol the first one" in texts(desk.get("/treatments"))


def test_enrolling_stores_the_patient_and_plans_the_check_ins(
    desk: Desk, db: Database, clinic: Clinic
) -> None:
    page = desk.get(desk.enrol())
    kept = only(db, clinic)
    assert (kept.patient.name, kept.patient.mobile) == ("Maria Alvarez", "+13015550142")
    assert {dose.area: dose.units for dose in kept.areas} == {"glabella": 20, "forehead": 10}
    assert kept.factors == ("anticoagulant", "latex_allergy")
    assert len(checkins.of_treatment(db, clinic.id, kept.id)) == 7
    assert "Enrolled." in texts(page)
    assert "glabella 20 U, forehead 10 U" in texts(page)
    assert "Day 14" in texts(page)


@SQLITE
def test_showing_what_the_patient_will_get_keeps_nothing(
    desk: Desk, db: Database, clinic: Clinic
) -> None:
    answer = desk.post("/treatments/enrol", **typed(given_on=days_ago(0)), show="yes")
    assert "Maria will get" in texts(answer)
    assert answer.text.count("10:30 am") == 5
    assert treatments.recent(db, clinic.id) == []


@SQLITE
def test_without_consent_the_preview_promises_no_mail(desk: Desk) -> None:
    fields = typed()
    del fields["may_email"]
    answer = desk.post("/treatments/enrol", **fields, show="yes")
    assert "has not agreed" in texts(answer)
    assert "10:30" not in texts(answer)


@SQLITE
def test_a_treatment_of_long_ago_gets_no_mail(desk: Desk) -> None:
    answer = desk.post("/treatments/enrol", **typed(given_on=days_ago(20)), show="yes")
    assert "too long ago" in texts(answer)


@SQLITE
def test_faults_stand_in_the_summary_and_beside_their_fields(desk: Desk) -> None:
    answer = desk.post("/treatments/enrol", **typed(lot="", email="maria@", units_glabella="x"))
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    assert '<a href="#lot">The lot is missing.' in answer.text
    assert 'id="lot-error"' in answer.text
    assert "“glabella:x” has no units" in texts(answer)
    assert field(answer, "name") == "Maria Alvarez"
    assert field(answer, "email") == "maria@"


def test_the_same_treatment_again_is_pointed_out(desk: Desk, db: Database, clinic: Clinic) -> None:
    first = desk.enrol()
    again = desk.post("/treatments/enrol", **typed(name="MARIA  ÁLVAREZ", product="botox cosmetic"))
    assert again.status_code == 409
    assert "This treatment may already exist." in texts(again)
    assert f'href="{first}"' in again.text
    assert only(db, clinic)


@SQLITE
def test_a_known_patient_keeps_the_old_address_and_staff_are_told(desk: Desk) -> None:
    desk.enrol()
    page = desk.get(desk.enrol(given_on=days_ago(2), email="new@example.org"))
    assert "another e-mail address, which was kept" in texts(page)


FOUND = [
    ("alva", True),
    ("Álvarez Maria", True),
    ("(301) 555-0142", True),
    ("0142", True),
    ("c8123f2", True),
    ("zebra", False),
    ("C8123", False),
]


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_finding_by_name_part_phone_lot_and_reference(
    desk: Desk, db: Database, clinic: Clinic
) -> None:
    desk.enrol()
    reference = only(db, clinic).reference
    for text, there in [*FOUND, (reference.lower().replace("-", " "), True)]:
        moved = desk.post("/treatments/find", text=text)
        assert moved.status_code == 303
        assert ("Maria Alvarez" in texts(desk.get(moved.location))) is there, text


@SQLITE
def test_what_was_searched_for_is_not_in_the_address(desk: Desk) -> None:
    moved = desk.post("/treatments/find", text="Alvarez")
    assert "lvarez" not in moved.location
    assert "“Alvarez”" in texts(desk.get(moved.location))
    assert desk.get("/treatments?find=nonsense").status_code == 200
    assert desk.post("/treatments/find", text=" ").location == "/treatments"


def test_correcting_plans_the_check_ins_anew(desk: Desk, db: Database, clinic: Clinic) -> None:
    page = desk.enrol()
    before = {one.day: one.due_at for one in checkins.of_treatment(db, clinic.id, page[12:])}
    version = field(desk.get(f"{page}/correct"), "version")
    changed = typed(version=version, given_on=days_ago(3), email="right@example.org")
    assert desk.post(f"{page}/correct", **changed).location == page
    kept = only(db, clinic)
    after = {one.day: one.due_at for one in checkins.of_treatment(db, clinic.id, kept.id)}
    assert kept.patient.email == "right@example.org"
    assert kept.given_on.isoformat() == days_ago(3)
    assert after[28] - before[28] >= timedelta(hours=12)


def test_the_form_shows_what_is_stored_and_saving_it_changes_nothing(
    desk: Desk, db: Database, clinic: Clinic
) -> None:
    page = desk.enrol(mobile="+34 612 345 678", language="en")
    before = only(db, clinic)
    form = desk.get(f"{page}/correct")
    names = ("name", "born", "mobile", "email", "given_on", "product", "lot", "expiry", "injector")
    shown = {name: field(form, name) for name in (*names, "units_glabella", "units_forehead")}
    assert shown["units_glabella"] == "20"
    fields = typed(**shown, version=field(form, "version"), language="en")
    assert desk.post(f"{page}/correct", **fields).status_code == 303
    after = only(db, clinic)
    assert (after.patient, after.areas, after.factors) == (
        before.patient,
        before.areas,
        before.factors,
    )


def test_of_two_people_correcting_the_second_sees_both_versions(
    desk: Desk,
    db: Database,
    clinic: Clinic,
    hire: Callable[..., Staff],
    log_in_as: Callable[[Staff], Desk],
) -> None:
    page = desk.enrol()
    lee = log_in_as(hire("Lee Moss"))
    version = field(desk.get(f"{page}/correct"), "version")
    assert lee.post(f"{page}/correct", **typed(version=version, lot="L2")).status_code == 303
    mine = desk.post(f"{page}/correct", **typed(version=version, injector="Dr. B"))
    assert mine.status_code == 409
    assert "Somebody else changed this treatment" in texts(mine)
    assert "Lot: L2" in texts(mine)
    assert only(db, clinic).lot == "L2"
    assert field(mine, "injector") == "Dr. B"
    version = field(mine, "version")
    again = desk.post(f"{page}/correct", **typed(version=version, lot="L2", injector="Dr. B"))
    assert again.status_code == 303
    assert (only(db, clinic).lot, only(db, clinic).injector) == ("L2", "Dr. B")


@SQLITE
def test_a_correction_without_a_version_saves_nothing(
    desk: Desk, db: Database, clinic: Clinic
) -> None:
    page = desk.enrol()
    for version in ("", "x", "9" * 40, "²"):
        assert desk.post(f"{page}/correct", **typed(version=version, lot="X")).status_code == 409
    assert only(db, clinic).lot == "C8123F2"


def test_a_correction_never_makes_two_people_one(desk: Desk) -> None:
    desk.enrol()
    other = desk.enrol(name="Ana Alvarez")
    answer = desk.post(f"{other}/correct", **typed(version="1"))
    assert answer.status_code == 422
    assert "Another patient here has this name and date of birth." in texts(answer)


def test_a_correction_never_makes_two_treatments_one(desk: Desk) -> None:
    desk.enrol()
    other = desk.enrol(given_on=days_ago(2))
    answer = desk.post(f"{other}/correct", **typed(version="1"))
    assert answer.status_code == 422
    assert "has a treatment with this product on that day" in texts(answer)


@SQLITE
def test_a_treatment_of_two_years_ago_can_still_be_corrected(
    desk: Desk, enrolled: Callable[..., Treatment], db: Database, clinic: Clinic
) -> None:
    old = enrolled(given_on=date(2024, 5, 1), expiry="2025-01")
    form = typed(version="1", given_on="2024-05-01", expiry="2025-01", lot="NEW")
    assert desk.post(f"/treatments/{old.id}/correct", **form).status_code == 303
    assert only(db, clinic).lot == "NEW"


def test_stopping_ends_the_check_ins_and_needs_a_reason(
    desk: Desk, db: Database, clinic: Clinic
) -> None:
    page = desk.enrol()
    assert "Choose why" in texts(desk.post(f"{page}/stop"))
    assert only(db, clinic).stopped_at is None
    assert "No more check-ins" in texts(
        desk.get(desk.post(f"{page}/stop", reason="other").location)
    )
    kept = only(db, clinic)
    assert kept.stopped_at
    states = {one.state for one in checkins.of_treatment(db, clinic.id, kept.id)}
    assert states <= {"stopped", "missed"}
    assert "The follow-up ended" in texts(desk.get(page))
    assert "/stop" not in desk.get(page).text
    again = desk.post(f"{page}/stop", reason="other")
    assert "stopped already" in texts(desk.get(again.location))


def test_ending_the_links(desk: Desk, db: Database, clinic: Clinic) -> None:
    page = desk.enrol()
    with db.transaction():
        token = links.make(db, only(db, clinic), clock.now())
    assert "1 link ended." in texts(desk.get(desk.post(f"{page}/links/revoke").location))
    with pytest.raises(LinkEnded):
        links.follow(db, token, clock.now())


@SQLITE
def test_an_erased_person_is_shown_as_one_and_can_not_be_changed(
    desk: Desk, db: Database, clinic: Clinic
) -> None:
    page = desk.enrol()
    with db.transaction():
        patients.erase(db, clinic.id, only(db, clinic).patient.id, clock.now())
    assert patients.ERASED in texts(desk.get(page))
    assert patients.ERASED in texts(desk.get("/treatments"))
    for path in ("correct", "stop", "phone-report"):
        assert desk.get(f"{page}/{path}").status_code == 404


@SQLITE
@pytest.mark.parametrize("path", ["", "/correct", "/stop", "/phone-report", "/phone-report/x"])
def test_another_clinic_s_treatment_is_not_there(
    desk: Desk, db: Database, knowledge: Knowledge, now: datetime, path: str
) -> None:
    elsewhere = clinics.create(db, {**CLINIC, "name": "Elsewhere"}, at=now)
    other, _ = front_desk.enrol(db, knowledge, elsewhere, MARIA, by=audit.SYSTEM, at=now)
    assert desk.get(f"/treatments/{other.id}{path}").status_code == 404
    assert "Maria" not in texts(desk.get("/treatments"))
    assert "Maria" not in texts(desk.get(desk.post("/treatments/find", text="maria").location))


def test_looking_at_a_treatment_is_audited_once(desk: Desk, db: Database, clinic: Clinic) -> None:
    page = desk.enrol()
    for _ in range(3):
        desk.get(page)
    seen = [event for event in audit.events(db, clinic.id) if event["verb"] == "treatment.viewed"]
    assert len(seen) == 1
    assert audit.verify(db, clinic.id) == []


@SQLITE
def test_what_is_typed_is_shown_as_text(desk: Desk) -> None:
    page = desk.enrol(name="<b>Maria</b> {{ 7*191*3 }}", injector="'\"><script>alert(1)</script>")
    for address in (page, f"{page}/correct", "/treatments", f"{page}/phone-report"):
        shown = desk.get(address).text
        assert "<b>Maria" not in shown
        assert "<script>alert" not in shown
        assert "4011" not in texts(desk.get(address)).split("Born")[0]
