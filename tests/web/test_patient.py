"""From the link to what to do now, as a patient does it: on both engines, without scripts."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from reporter.clinic import casebook, reports
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.levels import Level
from tests.conftest import NOW
from tests.web.phone import Phone, Watch

Link = Callable[[Treatment], str]


def count(db: Database, table: str) -> int:
    return int(db.query(f"select count(*) as n from {table}")[0]["n"])  # noqa: S608


def stored(db: Database, clinic: Clinic) -> list[reports.StoredReport]:
    """All reports of Maria's treatment, oldest first."""
    (row,) = db.query("select distinct treatment_id from reports")
    found = reports.of_treatment(db, clinic.id, row["treatment_id"])
    return sorted(found, key=lambda one: (one.received_at, one.amends_id is not None))


def test_the_link_leads_to_the_red_flags_on_a_clean_address_and_stores_nothing(
    db: Database, phone: Phone
) -> None:
    assert re.fullmatch(r"/c/[0-9a-f]{16}/", phone.path)
    assert "Do you have any of these now" in phone.text
    assert "Only the clinic's care team sees your answers" in phone.text
    assert "Maria" not in phone.html and "Botox" not in phone.html
    assert (count(db, "reports"), count(db, "drafts")) == (0, 0)


def test_a_red_flag_is_a_case_before_the_emergency_page(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    phone.press(flags=["trouble_swallowing"])
    assert "/done/" in phone.path
    assert "Call 911 now" in phone.text and 'href="tel:911"' in phone.html
    assert "You told us you have trouble swallowing ." in phone.text
    assert "botulinum toxin injection 4 days ago. Now I have trouble swallowing." in phone.text
    assert "do not eat or drink" in phone.text and "do not drive yourself" in phone.text
    assert "sit up" not in phone.text  # a posture only where a source says so
    (case,) = casebook.all_open(db, clinic.id)
    assert (case.level, case.due_at) == (Level.EMERGENCY, NOW + timedelta(minutes=15))


def test_not_sure_of_the_red_flags_is_urgent_with_a_clock_time(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    phone.press(flags=["unsure"])
    assert "Call us now" in phone.text and "by 11:15\u00a0am today" in phone.html
    assert "ending 0188" in phone.text
    assert "Tell us more" in phone.text
    assert casebook.all_open(db, clinic.id)[0].level is Level.URGENT


def test_after_not_sure_one_may_tell_more_and_it_is_kept_as_an_addendum(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    phone.press(flags=["unsure"])
    more = re.search(r'href="([^"]+/2)"', phone.html)
    assert more
    phone.open(more[1]).press(noticed=["voice"]).press("none").press("today").press("same").press(
        words=""
    )
    assert "Call us now" in phone.text
    first, second = stored(db, clinic)
    assert second.amends_id == first.id
    assert [entry.symptom for entry in second.report.symptoms] == ["hoarse_voice"]
    assert second.report.unsure == first.report.unsure != ()


def test_no_beside_a_symptom_acts_on_the_symptom(phone: Phone) -> None:
    phone.press(flags=["none", "trouble_breathing"])
    assert "Call 911 now" in phone.text


def test_an_empty_first_page_says_what_to_do(db: Database, phone: Phone) -> None:
    phone.press()
    assert phone.answer is not None and phone.answer.status_code == 422
    assert "<title>Error: " in phone.html and "There is a problem" in phone.text
    assert "Tick what you have, or tick “No, I do not have any of these”" in phone.text
    assert 'tabindex="-1" autofocus' in phone.html
    assert count(db, "drafts") == 0


def test_a_typical_report_takes_seven_screens_and_is_self_care(
    app: Flask,
    db: Database,
    clinic: Clinic,
    watch: Watch,
    enrolled: Callable[..., Treatment],
    link: Link,
) -> None:
    watch.at = NOW - timedelta(days=3)
    phone = Phone(app.test_client()).open(link(enrolled()))
    watch.at += timedelta(minutes=1)
    phone.report(["headache", "bruise"], "small", "mild", "today", "better")
    assert "Check your answers" in phone.text and "Mild" in phone.text
    phone.press(words="")
    assert "You don't need a call today" in phone.text
    (one,) = stored(db, clinic)
    assert {(e.symptom, e.trend, e.onset_day) for e in one.report.symptoms} == {
        ("bruising", "better", 1),
        ("headache", "better", 1),
    }
    assert "trouble_breathing" in one.report.denied
    assert (one.report.lot, one.report.areas) == ("C8123F2", ("glabella", "forehead"))
    assert casebook.all_open(db, clinic.id) == ()


def test_every_answered_page_is_a_draft_at_once(db: Database, phone: Phone) -> None:
    phone.none_of_the_flags()
    assert count(db, "drafts") == 1
    phone.press(noticed=["headache"])
    assert count(db, "drafts") == 1 and count(db, "reports") == 0
    assert "How much does your headache bother you" in phone.text
    back = re.search(r'nhsuk-back-link" href="([^"]+)"', phone.html)
    assert back
    phone.open(back[1])
    assert re.search(r'value="headache" checked', phone.html)


def test_the_eyelid_is_asked_side_cover_and_sight(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    phone.report(["eyelid"], "right", "half", "blurred", "none", "yesterday", "worse")
    phone.press(words="")
    assert "Call us now" in phone.text
    (one,) = stored(db, clinic)
    lid = next(e for e in one.report.symptoms if e.symptom == "eyelid_droop")
    assert (lid.side, lid.covers_pupil, lid.sight_changed, lid.trend) == (
        "right",
        False,
        True,
        "worse",
    )
    assert "blurred_vision" in {e.symptom for e in one.report.symptoms}
    assert "Right eye, half closed, blurred sight" in phone.text


def test_words_in_another_language_make_a_call_back_and_come_back_as_typed(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch
) -> None:
    watch.at = NOW - timedelta(days=3)
    words = "Mir ist \U0001f440 <b>schwindlig</b>\r\nseit gestern\0"
    phone.report(["bruise"], "small", "today", "better").press(words=words)
    assert "A nurse will call you" in phone.text and "by 5:30\u00a0pm on Monday" in phone.html
    assert "&lt;b&gt;schwindlig" in phone.html and "<b>schwindlig" not in phone.html
    assert stored(db, clinic)[0].words == "Mir ist \U0001f440 <b>schwindlig</b>\nseit gestern"


def test_something_else_must_be_said_in_words(phone: Phone) -> None:
    phone.none_of_the_flags().press(noticed=["something_else"])
    assert "Tell us more in your own words" in phone.text
    phone.press(words="   ")
    assert "Tell us what you have noticed" in phone.text
    phone.press(words="x" * 4001)
    assert "Use 4000 letters or fewer. You wrote 4001." in phone.text
    assert "x" * 4001 in phone.html


def test_a_page_without_an_answer_says_so_and_keeps_the_rest(phone: Phone) -> None:
    phone.none_of_the_flags().press()
    assert "Tell us what you have noticed" in phone.text and "Error: " in phone.html
    phone.press(noticed=["headache"]).press()
    assert "Choose an answer" in phone.text


def test_a_blank_form_cannot_be_sent(db: Database, phone: Phone) -> None:
    phone.none_of_the_flags()
    check = re.sub(r"/2$", "/check", phone.path)
    phone.press(path=check, words="")
    assert "What have you noticed?" in phone.text
    assert count(db, "reports") == 0


def test_change_leads_back_to_the_check_page(phone: Phone) -> None:
    phone.report(["headache"], "mild", "today", "better")
    change = re.findall(r'nhsuk-summary-list__actions"><a href="([^"]+)"', phone.html)[2]
    phone.open(change)
    assert "(your answer)" in phone.text
    phone.press("moderate")
    assert "Check your answers" in phone.text and "Moderate" in phone.text


def test_i_feel_fine_is_two_taps_and_stores_what_was_denied(
    app: Flask,
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    link: Link,
) -> None:
    phone = Phone(app.test_client()).open(link(enrolled()) + "/fine")
    assert "Have you had any of these" in phone.text and count(db, "reports") == 0
    phone.press("fine")
    assert "That's all for today" in phone.text
    (one,) = stored(db, clinic)
    assert one.report.symptoms == ()
    assert {"trouble_breathing", "eyelid_droop", "double_vision"} <= set(one.report.denied)


def test_not_fine_after_all_leads_to_the_red_flags(
    app: Flask,
    db: Database,
    enrolled: Callable[..., Treatment],
    link: Link,
) -> None:
    phone = Phone(app.test_client()).open(link(enrolled()) + "/fine").press("not_fine")
    assert "Do you have any of these now" in phone.text
    assert count(db, "reports") == 0


def test_one_may_still_ask_for_a_call(db: Database, clinic: Clinic, phone: Phone) -> None:
    phone.open(phone.path + "fine").press("fine").press()
    assert "A nurse will call you" in phone.text
    first, second = stored(db, clinic)
    assert second.report.call_me and second.amends_id == first.id
    assert casebook.all_open(db, clinic.id)[0].level is Level.CALL_BACK


def test_please_call_me_alone_is_enough(phone: Phone) -> None:
    phone.report(["call_me"]).press(words="")
    assert "A nurse will call you" in phone.text


def test_graver_advice_from_before_still_counts(phone: Phone) -> None:
    home = phone.path
    phone.press(flags=["trouble_swallowing"])
    phone.open(home + "fine").press("fine")
    assert "You told us about something worse before." in phone.text


def test_a_report_that_the_rules_fail_on_is_treated_as_urgent(
    db: Database, clinic: Clinic, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("a rule")

    monkeypatch.setattr("reporter.clinic.deciding.decide_with_words", broken)
    phone.report(["headache"], "mild", "today", "better").press(words="")
    assert "A nurse will read them first" in phone.text and "Call us now" in phone.text
    (case,) = casebook.all_open(db, clinic.id)
    assert case.undecided


def test_low_mood_shows_the_crisis_line(phone: Phone) -> None:
    phone.report(["mood"], "severe", "today", "same").press(words="")
    assert "Do you think of harming yourself?" in phone.text
    assert 'href="tel:988"' in phone.html


def test_severe_headache_is_asked_for_other_signs(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    phone.report(["headache"], "severe")
    phone.press(answer=["worst", "fever", "neck", "none"]).press("today").press("worse")
    phone.press(words="It hurts")
    assert "Call 911 now" in phone.text
    (one,) = stored(db, clinic)
    told = {entry.symptom for entry in one.report.symptoms}
    assert {"headache", "worst_headache", "fever", "neck_stiffness"} <= told
    assert one.words == "It hurts"
    assert "confusion" not in one.report.denied


def test_nothing_of_a_symptom_stands_in_an_address(phone: Phone) -> None:
    phone.none_of_the_flags().press(noticed=["headache"])
    assert "headache" not in phone.path
    assert re.fullmatch(r"/c/[0-9a-f]{16}/[0-9a-f]{64}/3", phone.path)


def test_the_answers_are_sealed_in_the_store(db: Database, phone: Phone) -> None:
    phone.report(["something_else"]).press(words="my secret itch")
    kept = json.dumps([db.query("select * from drafts"), db.query("select * from reports")])
    assert "secret itch" not in kept
