"""What a patient says by telephone: asked, written down, decided, and in the queue."""

from datetime import timedelta

import pytest

from reporter.clinic import casebook, reports, treatments
from reporter.clinic.clinics import Clinic
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level, Severity
from reporter.rules.report import Report, ReportedSymptom
from reporter.web.phone_questions import ASKED, FOR_THE_PATIENT, GROUPS
from tests.web.treatment_desk import (
    SQLITE,
    Desk,
    days_ago,
    desk,
    field,
    log_in_as,
    stranger,
    texts,
    today,
)

__all__ = ["desk", "log_in_as", "stranger"]

FLAGS = (
    "trouble_breathing",
    "trouble_swallowing",
    "lip_tongue_swelling",
    "trouble_speaking",
    "arm_leg_neck_weakness",
    "collapse_or_chest_pain",
    "sight_loss_or_eye_pain",
)
ALL_NO = {f"flag_{flag}": "no" for flag in FLAGS}


@pytest.fixture
def phone(desk: Desk) -> str:
    """The address of Maria's phone form."""
    return f"{desk.enrol(factors=[], other_factors='')}/phone-report"


def said(db: Database, clinic: Clinic) -> list[Report]:
    [treatment] = treatments.recent(db, clinic.id)
    return [one.report for one in reports.of_treatment(db, clinic.id, treatment.id)]


def test_every_symptom_stands_in_one_group(knowledge: Knowledge) -> None:
    placed = [id for _, ids in GROUPS for id in ids.split()]
    assert sorted(placed) == sorted(id for id, s in knowledge.symptoms.items() if not s.red_flag)
    assert set(ASKED) <= set(placed)


@SQLITE
def test_the_page_asks_red_flags_and_every_symptom(
    desk: Desk, phone: str, knowledge: Knowledge
) -> None:
    page = desk.get(phone).text
    assert [flag for flag in FLAGS if f'name="flag_{flag}"' not in page] == []
    assert knowledge.red_flags == FLAGS
    for symptom in knowledge.symptoms.values():
        assert symptom.red_flag or f'name="how_{symptom.id}"' in page


def test_a_red_flag_is_an_emergency_and_nothing_holds_it_up(
    desk: Desk, phone: str, db: Database, clinic: Clinic
) -> None:
    answer = desk.post(
        phone,
        key=field(desk.get(phone), "key"),
        flag_trouble_swallowing="yes",
        told_to_call="told",
        how_headache="mild",
        since_headache="not a day",
        words="It began at lunch",
    )
    assert answer.status_code == 303
    page = desk.get(answer.location)
    assert "Tell them to call 911 now" in texts(page)
    assert "to call 911 – not confirmed" in texts(page) and "Told by" in texts(page)
    [report] = said(db, clinic)
    assert [entry.symptom for entry in report.symptoms] == ["trouble_swallowing", "headache"]
    case = casebook.of_treatment(db, clinic.id, treatments.recent(db, clinic.id)[0].id)
    assert case
    assert (case.level, case.state) == (Level.EMERGENCY, "new")
    assert f"/desk/case/{case.id}" in page.text


def test_everything_that_was_said_is_kept_as_said(
    desk: Desk, phone: str, db: Database, clinic: Clinic
) -> None:
    words = "My lid hangs.\nDesde ayer – ¿qué hago?"
    answer = desk.post(
        phone,
        key=field(desk.get(phone), "key"),
        **ALL_NO | {"flag_trouble_speaking": "unsure"},
        how_eyelid_droop="moderate",
        since_eyelid_droop=days_ago(2),
        trend_eyelid_droop="worse",
        side_eyelid_droop="right",
        covers_pupil_eyelid_droop="no",
        sight_changed_eyelid_droop="yes",
        how_bruising="yes",
        extent_bruising="local",
        how_headache="no",
        call_me="y",
        words=words,
    )
    assert answer.status_code == 303
    [report] = said(db, clinic)
    assert report.symptoms == (
        ReportedSymptom("bruising", extent="local"),
        ReportedSymptom(
            "eyelid_droop",
            severity=Severity.MODERATE,
            onset_day=2,
            side="right",
            covers_pupil=False,
            sight_changed=True,
            trend="worse",
        ),
    )
    assert report.unsure == ("trouble_speaking",)
    assert set(report.denied) == {*FLAGS, "headache"} - {"trouble_speaking"}
    assert (report.day, report.product, report.lot) == (4, "Botox Cosmetic", "C8123F2")
    assert (report.free_text, report.call_me) == (words, True)
    [stored] = reports.of_treatment(db, clinic.id, treatments.recent(db, clinic.id)[0].id)
    assert (stored.channel, stored.writer, stored.staff_name) == ("phone", "staff", "Dana Reyes")


def test_sending_twice_makes_one_report(
    desk: Desk, phone: str, db: Database, clinic: Clinic
) -> None:
    fields = {"key": field(desk.get(phone), "key"), **ALL_NO, "how_headache": "mild"}
    first, second = desk.post(phone, **fields), desk.post(phone, **fields)
    assert first.location == second.location
    assert "it was kept once" in texts(desk.get(second.location))
    assert len(said(db, clinic)) == 1


def test_the_same_form_with_more_in_it_is_an_addendum(
    desk: Desk, phone: str, db: Database, clinic: Clinic
) -> None:
    fields = {"key": field(desk.get(phone), "key"), **ALL_NO, "how_headache": "mild"}
    first = desk.post(phone, **fields)
    worse = desk.post(phone, **fields | {"flag_trouble_breathing": "yes"})
    assert worse.location == first.location
    assert len(said(db, clinic)) == 2
    assert "Tell them to call 911 now" in texts(desk.get(worse.location))


@SQLITE
def test_a_form_of_another_treatment_is_not_mixed_up(
    desk: Desk, phone: str, db: Database, clinic: Clinic
) -> None:
    fields = {"key": field(desk.get(phone), "key"), **ALL_NO, "how_headache": "mild"}
    desk.post(phone, **fields)
    other = desk.enrol(name="Ana Ruiz") + "/phone-report"
    answer = desk.post(other, **fields)
    assert answer.status_code == 422
    assert "another treatment" in texts(answer)
    again = desk.post(other, **fields | {"key": field(answer, "key")})
    assert again.status_code == 303


@SQLITE
@pytest.mark.parametrize("key", ["", "x", "<script>", "k" * 65])
def test_a_key_that_is_none_is_replaced(desk: Desk, phone: str, key: str) -> None:
    fields = {"key": key, "flag_trouble_breathing": "yes"}
    assert desk.post(phone, **fields).location != desk.post(phone, **fields).location


@SQLITE
def test_the_red_flags_must_be_asked(desk: Desk, phone: str) -> None:
    answer = desk.post(phone, key=field(desk.get(phone), "key"), how_headache="severe", words="oh")
    assert answer.status_code == 422
    assert "Ask these first" in texts(answer)
    assert 'selected value="severe"' in answer.text
    assert ">oh</textarea>" in answer.text.replace("\r\n", "")
    one_open = ALL_NO | {"flag_trouble_speaking": ""}
    assert "getting words out: ask" in texts(desk.post(phone, **one_open))


@SQLITE
@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("yesterday", "is not a date"),
        (days_ago(5), "from the treatment"),
        ((today() + timedelta(days=3)).isoformat(), "until today"),
    ],
)
def test_a_day_that_cannot_be_is_asked_again(desk: Desk, phone: str, since: str, said: str) -> None:
    answer = desk.post(phone, **ALL_NO, how_headache="mild", since_headache=since)
    assert answer.status_code == 422
    assert said in texts(answer)


@SQLITE
def test_nothing_to_report_needs_no_call(desk: Desk, phone: str) -> None:
    page = desk.get(desk.post(phone, **ALL_NO, how_bruising="mild").location)
    assert "Self-care" in texts(page)
    assert "No call was promised" in texts(page)


@SQLITE
def test_somebody_else_may_speak(desk: Desk, phone: str, db: Database, clinic: Clinic) -> None:
    desk.post(phone, **ALL_NO, speaker="other", words="She slurs a little")
    assert said(db, clinic)[0].free_text == f"{FOR_THE_PATIENT}\nShe slurs a little"


@SQLITE
def test_what_was_filled_in_counts_as_there(
    desk: Desk, phone: str, db: Database, clinic: Clinic
) -> None:
    desk.post(phone, **ALL_NO, how_double_vision="no", trend_double_vision="worse")
    [report] = said(db, clinic)
    assert report.symptoms == (ReportedSymptom("double_vision", trend="worse"),)
    assert "double_vision" not in report.denied


@SQLITE
def test_answers_that_no_form_offers_are_left_out(
    desk: Desk, phone: str, db: Database, clinic: Clinic
) -> None:
    odd = {"how_headache": "unbearable", "trend_headache": "odd", "extent_bruising": "everywhere"}
    assert desk.post(phone, **ALL_NO, **odd).status_code == 303
    [report] = said(db, clinic)
    assert report.symptoms == (ReportedSymptom("bruising"), ReportedSymptom("headache"))


@SQLITE
def test_the_treatment_s_page_shows_the_report_and_its_case(desk: Desk, phone: str) -> None:
    desk.post(phone, flag_trouble_breathing="yes", words="cannot breathe well")
    page = texts(desk.get(phone.removesuffix("/phone-report")))
    assert "An open case" in page
    assert "Trouble breathing" in page
    assert "cannot breathe well" in page
    assert "Written down by Dana Reyes" in page


@SQLITE
def test_a_receipt_that_is_none(desk: Desk, phone: str) -> None:
    assert desk.get(f"{phone}/nothing").status_code == 404
