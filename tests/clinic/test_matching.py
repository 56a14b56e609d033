"""Whose report came by the poster: suggested by hashes, said by staff, never lowered."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from reporter.clinic import (
    casebook,
    cases,
    checkins,
    front_desk,
    intake,
    matching,
    posters,
    queue,
    reports,
    treatments,
)
from reporter.clinic.casebook import Case
from reporter.clinic.cases import Conflict, Refused
from reporter.clinic.clinics import Clinic
from reporter.clinic.posters import Told
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import audit
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.records.seal import Unreadable
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.report import Report
from tests.conftest import NOW, report

MARIA = Told("maria alvarez", date(1968, 3, 2), "240-555-0188", "here", date(2026, 11, 20))
LATER = NOW + timedelta(minutes=3)
WHEN_DAY_3_IS_DUE = NOW + timedelta(hours=26)
CLOSING = {"outcome": "resolved", "red_flags_asked": True, "taught_back": True, "note": ""}


@pytest.fixture
def tell(db: Database, knowledge: Knowledge, clinic: Clinic) -> Callable[..., Treatment]:
    """Somebody at the poster: tell(MARIA, report("headache")). The place that holds it."""

    def send(told: Told, said: Report, **more: object) -> Treatment:
        token = posters.new_visit(db, clinic.id, NOW)
        held = posters.arrive(db, clinic, token, "en", NOW)
        held = posters.tell(db, held, told, NOW)
        key = f"key {held.id}"
        more = {"channel": "poster", "at": NOW, "key": key, **more}
        intake.submit(db, knowledge, clinic, held, said, **more)  # type: ignore[arg-type]
        return held

    return send


def case_of(db: Database, held: Treatment) -> Case:
    found = casebook.of_treatment(db, held.clinic_id, held.id)
    assert found is not None
    return found


@pytest.fixture
def match(db: Database, knowledge: Knowledge, clinic: Clinic, dana: Staff) -> Callable[..., Case]:
    def do(case: Case, real: Treatment, at: datetime = LATER) -> Case:
        return matching.match(
            db,
            knowledge,
            clinic,
            case,
            real,
            by=dana.actor,
            at=at,
            expected_version=case.version,
        )

    return do


def test_who_fits_in_most_is_suggested_first(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
) -> None:
    maria = enrolled()
    namesake = enrolled(born=date(1990, 1, 1), mobile="+13015550100", email="x@y.test")
    spouse = enrolled(name="Jorge Ruiz", born=date(1966, 5, 5))
    enrolled(name="Robert Hale", mobile="+12025550177", email="r@y.test")
    held = tell(MARIA, report("headache", call_me=True, day=None))
    found = matching.suggestions(db, clinic.id, held)
    assert [one.treatment.id for one in found] == [maria.id, namesake.id, spouse.id]
    assert found[0].agree == ("name", "born", "phone", "day")
    assert found[2].agree == ("phone", "day"), "a couple shares a telephone"


def test_a_letter_wrong_in_the_name_still_finds_the_patient(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
) -> None:
    spouse = enrolled(name="Jorge Ruiz", born=date(1966, 5, 5), email="j@y.test")
    maria = enrolled()
    held = tell(Told("Maria Alvares", mobile="2405550188"), report("headache", day=None))
    found = matching.suggestions(db, clinic.id, held)
    assert [one.treatment.id for one in found] == [maria.id, spouse.id]
    assert found[0].agree == ("part", "phone")


@pytest.mark.parametrize(
    "told", [Told(), Told(name="Nemo Nobody"), Told(mobile="0000000"), Told(name="' -- \0 %")]
)
def test_a_stranger_fits_nobody(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
    told: Told,
) -> None:
    enrolled()
    told = Told(told.name.replace("\0", ""), told.born, told.mobile)
    held = tell(told, report("headache", call_me=True, day=None))
    assert matching.suggestions(db, clinic.id, held) == ()


def test_it_cannot_be_closed_before_it_is_matched_or_marked_unknown(
    db: Database, clinic: Clinic, dana: Staff, tell: Callable[..., Treatment]
) -> None:
    case = case_of(db, tell(Told(), report("headache", call_me=True, day=None)))

    def close(version: int) -> Case:
        return cases.move(
            db,
            clinic.id,
            case.id,
            "close",
            by=dana.actor,
            at=LATER,
            expected_version=version,
            **CLOSING,
        )

    with pytest.raises(Refused, match="Match this report to a treatment first"):
        close(case.version)
    with pytest.raises(Refused, match="how you looked"):
        matching.mark_unknown(
            db, clinic, case, note=" ", by=dana.actor, at=LATER, version=case.version
        )
    marked = matching.mark_unknown(
        db, clinic, case, note="Rang twice", by=dana.actor, at=LATER, version=case.version
    )
    assert close(marked.version).state == "closed"


def test_a_match_names_the_treatment_from_then_on(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
    match: Callable[..., Case],
) -> None:
    maria = enrolled()
    held = tell(MARIA, report("headache", call_me=True, day=None))
    match(case_of(db, held), maria)
    after = treatments.get(db, clinic.id, held.id)
    assert (after.matching, after.matched_id) == ("matched", maria.id)
    assert treatments.shown(db, after) == maria
    assert [one.id for one in treatments.matched_to(db, maria)] == [held.id]
    row = queue.whole(db, clinic.id)[0]
    assert row.treatment == maria
    verbs = [e["verb"] for e in audit.events(db, clinic.id)]
    assert "poster.matched" in verbs
    assert "case.match" in verbs


def test_what_was_said_is_decided_again_with_what_the_clinic_knows(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
    match: Callable[..., Case],
) -> None:
    """A droopy lid with myasthenia is graver than one without."""
    maria = enrolled(factors=("myasthenia_gravis",))
    held = tell(MARIA, report("headache", call_me=True, day=None, free_text="since noon"))
    before = case_of(db, held)
    said_before = reports.of_treatment(db, clinic.id, held.id)
    after = match(before, maria)
    again, first = reports.of_treatment(db, clinic.id, held.id)
    assert (first,) == said_before, "what was said stays as it was"
    assert again.channel == matching.CHANNEL
    assert again.report.factors == ("myasthenia_gravis",)
    assert (again.report.day, again.report.lot) == (4, maria.lot)
    assert again.words == "since noon"
    assert after.level >= before.level
    assert after.due_at is not None
    assert before.due_at is not None
    assert after.due_at <= before.due_at


def test_the_match_shows_nothing_to_the_person_at_the_poster(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
    match: Callable[..., Case],
) -> None:
    maria = enrolled(factors=("myasthenia_gravis",))
    held = tell(MARIA, report("headache", call_me=True, day=None))
    key = f"key {held.id}"
    before = intake.receipt(db, held, key)
    match(case_of(db, held), maria)
    assert intake.receipt(db, treatments.get(db, clinic.id, held.id), key) == before


def test_a_match_answers_the_patients_check_ins(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
    match: Callable[..., Case],
) -> None:
    maria = enrolled(given_on=date(2026, 11, 22))
    held = tell(MARIA, report("headache", call_me=True, day=None))
    match(case_of(db, held), maria, WHEN_DAY_3_IS_DUE)
    states = {one.state for one in checkins.of_treatment(db, clinic.id, maria.id)}
    assert checkins.ANSWERED in states


def test_an_unconfirmed_report_answers_none(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
    match: Callable[..., Case],
) -> None:
    maria = enrolled(given_on=date(2026, 11, 22))
    said = report("headache", call_me=True, day=None)
    match(case_of(db, tell(MARIA, said, unconfirmed=True)), maria, WHEN_DAY_3_IS_DUE)
    states = {one.state for one in checkins.of_treatment(db, clinic.id, maria.id)}
    assert checkins.ANSWERED not in states


def test_of_two_who_match_at_once_one_is_told(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
    match: Callable[..., Case],
) -> None:
    maria, robert = enrolled(), enrolled(name="Robert Hale")
    held = tell(MARIA, report("headache", call_me=True, day=None))
    seen = case_of(db, held)
    match(seen, maria)
    with pytest.raises(Conflict, match="Nothing of yours was saved"):
        match(seen, robert)
    assert treatments.get(db, clinic.id, held.id).matched_id == maria.id


def test_a_wrong_match_can_be_mended(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
    match: Callable[..., Case],
) -> None:
    maria, robert = enrolled(), enrolled(name="Robert Hale")
    held = tell(MARIA, report("headache", call_me=True, day=None))
    match(match(case_of(db, held), maria), robert)
    assert treatments.get(db, clinic.id, held.id).matched_id == robert.id
    assert treatments.matched_to(db, maria) == []


def test_only_a_poster_case_is_matched_and_only_to_a_real_treatment(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
    match: Callable[..., Case],
) -> None:
    maria, robert = enrolled(), enrolled(name="Robert Hale")
    said = report("headache", call_me=True)
    intake.submit(db, knowledge, clinic, maria, said, key="m", channel="link", at=NOW)
    with pytest.raises(Refused, match="belongs to its treatment"):
        match(case_of(db, maria), robert)
    one, two = tell(MARIA, said), tell(MARIA, said)
    with pytest.raises(Refused, match="enrolled here"):
        match(case_of(db, one), two)


def test_a_report_stays_on_its_own_clock_and_a_match_lowers_nothing(
    db: Database,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
    match: Callable[..., Case],
) -> None:
    held = tell(MARIA, report("trouble_swallowing", day=None))
    before = case_of(db, held)
    assert before.level is Level.EMERGENCY
    after = match(before, enrolled())
    assert after.level is Level.EMERGENCY
    assert after.due_at == before.due_at


def test_erasing_the_patient_erases_what_was_matched_to_them(
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
    match: Callable[..., Case],
) -> None:
    maria = enrolled()
    held = tell(MARIA, report("headache", call_me=True, day=None, free_text="my head"))
    match(case_of(db, held), maria)
    front_desk.erase(db, clinic, maria, by=SYSTEM, at=LATER)
    after = treatments.get(db, clinic.id, held.id)
    assert after.patient.wrapped_key is None
    assert all(one.words == "" for one in reports.of_treatment(db, clinic.id, held.id))
    with pytest.raises(Unreadable):
        db.vault.key(after.patient.wrapped_key)


def test_a_missed_call_is_written_to_the_patient_who_was_matched(
    db: Database,
    clinic: Clinic,
    dana: Staff,
    enrolled: Callable[..., Treatment],
    tell: Callable[..., Treatment],
    match: Callable[..., Case],
) -> None:
    maria = enrolled()
    case = match(case_of(db, tell(MARIA, report("headache", call_me=True, day=None))), maria)
    for _ in range(2):
        case = cases.move(
            db,
            clinic.id,
            case.id,
            "call",
            by=dana.actor,
            at=LATER,
            expected_version=case.version,
            result="no_answer",
            next_due=LATER + timedelta(hours=1),
        )
    rows = db.query("select patient_id from outbox where name = 'missed_call'")
    assert [row["patient_id"] for row in rows] == [maria.patient.id]
