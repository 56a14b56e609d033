"""Leaving and coming back, last time and now, a face to tick, medicines, how to call, ticks."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from reporter.clinic import casebook, links, unfinished
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.levels import Level, Severity
from reporter.rules.report import ReportedSymptom
from tests.conftest import NOW
from tests.web.phone import Phone, Watch
from tests.web.test_patient import count, stored


def home(phone: Phone) -> str:
    return "/".join(phone.path.split("/")[:3]) + "/"


def tick(phone: Phone, **typed: str | list[str]) -> int:
    """What the script sends the moment that a box is ticked; the page stays as it is."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', phone.html)
    assert token
    data = {"csrf_token": token[1], "key": phone.key, **typed}
    return phone.client.post(home(phone) + "tick", data=data).status_code


# ---- Leaving and coming back


def test_whoever_comes_back_may_go_on_where_they_were(phone: Phone) -> None:
    start = phone.path
    phone.none_of_the_flags().press(noticed=["headache"])
    left_at = phone.path
    phone.open(start)
    assert "You had started" in phone.text and "headache" not in phone.text.lower()
    phone.press()
    assert phone.path == left_at


def test_one_may_start_again_instead(phone: Phone) -> None:
    start = phone.path
    phone.none_of_the_flags().press(noticed=["headache"])
    again = re.search(r'href="([^"]+new=1)"', phone.open(start).html)
    assert again
    phone.open(again[1])
    assert "Do you have any of these now" in phone.text and "checked" not in phone.html


def test_on_another_day_the_warning_signs_and_the_course_are_asked_again(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch
) -> None:
    start = phone.path
    phone.report(["bruise"], "small", "today", "better")
    watch.at = NOW + timedelta(days=1)
    phone.open(start).press()
    assert "Do you have any of these now" in phone.text
    phone.none_of_the_flags()
    assert "When did it start?" in phone.text  # the bruise and its size are kept
    phone.press("yesterday").press("same").press(words="")
    assert stored(db, clinic)[-1].report.symptoms[0].onset_day == 4


def test_on_another_device_only_after_the_date_of_birth(
    app: Flask, db: Database, enrolled: Callable[..., Treatment]
) -> None:
    treatment = enrolled()
    with db.transaction():
        path = "/r/" + links.make(db, treatment, NOW)
    Phone(app.test_client()).open(path).none_of_the_flags().press(noticed=["headache"])
    other = Phone(app.test_client()).open(path)
    assert "You had started" not in other.text and "Do you have any of these" in other.text
    unlock = re.search(r'href="([^"]+/unlock[^"]*)"', other.html)
    assert unlock
    other.open(unlock[1]).press(day="2", month="3", year="1968")
    assert "You had started" in other.text
    other.press()
    assert "How much does your headache bother you" in other.text


def test_what_was_sent_is_not_started_any_more(phone: Phone, watch: Watch) -> None:
    start = phone.path
    phone.report(["bruise"], "small", "today", "better").press(words="")
    watch.at = NOW + timedelta(minutes=1)
    assert "You had started" not in phone.open(start).text


def test_left_pages_that_are_finished_after_all_are_one_report(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch
) -> None:
    start = phone.path
    phone.report(["voice"], "none", "today")
    watch.at = NOW + timedelta(minutes=10)
    assert unfinished.in_all_clinics(db, watch.at) == 1
    phone.open(start).press().press("same").press(words="")
    assert "Call us now" in phone.text
    first, second = stored(db, clinic)
    assert (first.channel, second.channel, second.amends_id) == ("unfinished", "link", first.id)
    assert len(casebook.all_open(db, clinic.id)) == 1 and unfinished.rows(db, clinic.id) == ()


# ---- A tick before the page is sent


def test_a_tick_alone_opens_the_case(db: Database, clinic: Clinic, phone: Phone) -> None:
    assert tick(phone, flags=["trouble_swallowing"]) == 201
    (case,) = casebook.all_open(db, clinic.id)
    assert (case.level, case.due_at) == (Level.EMERGENCY, NOW + timedelta(minutes=15))


def test_the_page_that_is_sent_after_it_is_the_same_report(
    db: Database, clinic: Clinic, dana: object, phone: Phone
) -> None:
    tick(phone, flags=["trouble_swallowing"])
    phone.press(flags=["trouble_swallowing"])
    assert "Call 911 now" in phone.text
    assert (count(db, "reports"), count(db, "cases")) == (1, 1)
    rows = db.query("select id from outbox where name = 'staff_alert'")
    assert len(rows) == 1


def test_a_second_tick_is_an_addendum_and_alerts_nobody_again(
    db: Database, clinic: Clinic, dana: object, phone: Phone
) -> None:
    tick(phone, flags=["trouble_swallowing"])
    tick(phone, flags=["trouble_swallowing", "trouble_breathing"])
    first, second = stored(db, clinic)
    assert second.amends_id == first.id
    assert len(db.query("select id from outbox where name = 'staff_alert'")) == 1
    assert len(casebook.all_open(db, clinic.id)) == 1


def test_a_tick_taken_back_is_noted_once_and_lowers_nothing(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    tick(phone, flags=["trouble_swallowing"])
    for _ in range(2):
        assert tick(phone, unticked="trouble_swallowing") == 204
    (case,) = casebook.all_open(db, clinic.id)
    assert case.level is Level.EMERGENCY and case.due_at == NOW + timedelta(minutes=15)
    verbs = [move.verb for move in casebook.history(db, clinic.id, case.id)]
    assert verbs == ["open", "remark", "remark"]
    phone.none_of_the_flags().press(noticed=["bruise"])
    for answer in ("small", "today", "same"):
        phone.press(answer)
    phone.press(words="")
    assert "Call 911 now" in phone.text
    assert casebook.all_open(db, clinic.id)[0].level is Level.EMERGENCY


@pytest.mark.parametrize("typed", [{}, {"unticked": "nothing"}, {"flags": ["none", "unsure"]}])
def test_a_tick_of_nothing_does_nothing(
    db: Database, phone: Phone, typed: dict[str, str | list[str]]
) -> None:
    assert tick(phone, **typed) == 204
    assert (count(db, "reports"), count(db, "cases")) == (0, 0)


def test_a_tick_needs_the_forms_own_token_and_key(db: Database, phone: Phone) -> None:
    data = {"key": phone.key, "flags": ["trouble_swallowing"]}
    phone.client.post(home(phone) + "tick", data=data)
    assert tick(phone, key="f" * 64, flags=["trouble_swallowing"]) == 204
    assert count(db, "reports") == 0


def test_no_beside_a_symptom_is_said_on_the_page_that_acts_on_it(phone: Phone) -> None:
    phone.press(flags=["none", "trouble_breathing"])
    assert "You ticked “No” and a symptom. Keep one" in phone.text
    assert "Call 911 now" in phone.text


# ---- A face to tick


def test_places_are_ticked_on_a_face_as_in_a_mirror_and_may_be_left_out(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    phone.none_of_the_flags().press(noticed=["swelling"]).press("small")
    assert phone.html.index("YOUR LEFT") < phone.html.index("YOUR RIGHT")
    assert 'class="face__place face__place--4-3" type="checkbox" id="place-cheek_right"' in (
        phone.html
    )
    assert (
        '<label class="face__name face__name--cheek_right" for="place-cheek_right">' in phone.html
    )
    phone.press(answer=["cheek_right", "chin"])
    assert "When did it start?" in phone.text
    phone.press("today").press("same").press(words="")
    (one,) = stored(db, clinic)
    assert one.report.symptoms[0].zones == ("cheek_right", "chin")


def test_without_a_place_one_goes_on(db: Database, clinic: Clinic, phone: Phone) -> None:
    phone.none_of_the_flags().press(noticed=["swelling"]).press("small").press()
    assert "When did it start?" in phone.text
    phone.press("today").press("same").press(words="")
    assert stored(db, clinic)[0].report.symptoms[0].zones == ()


# ---- What changed since the treatment


def test_medicines_are_asked_where_they_change_the_advice(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    phone.report(["eyelid"], "right", "little", "no")
    assert "Since your treatment, does any of these apply to you?" in phone.text
    phone.press(answer=["relaxant", "none"]).press("today").press("same").press(words="")
    (one,) = stored(db, clinic)
    assert one.report.factors == ("muscle_relaxant",) and one.level is Level.URGENT


def test_a_medicine_of_a_kind_not_known_is_asked_for_by_a_person(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    phone.report(["dry_mouth"], "mild", "unsure", "today", "same").press(words="")
    (one,) = stored(db, clinic)
    assert one.report.factors == ("medicine_not_known",) and one.level is Level.CALL_BACK


@pytest.mark.parametrize(
    ("noticed", "there", "absent"),
    [
        (["headache"], {"pregnant", "breastfeeding"}, {"thinner", "drip"}),
        (["bruise"], {"pregnant", "thinner"}, {"drip"}),
        (["call_me"], {"pregnant"}, {"thinner"}),
    ],
)
def test_else_the_check_page_asks_beside_only_what_matters(
    phone: Phone, noticed: list[str], there: set[str], absent: set[str]
) -> None:
    answers = {"headache": ["mild", "today", "same"], "bruise": ["small", "today", "same"]}
    phone.report(noticed, *answers.get(noticed[0], []))
    shown = set(re.findall(r'name="since" value="(\w+)"', phone.html))
    assert there <= shown and not absent & shown


def test_a_blood_thinner_ticked_on_the_check_page_makes_a_call(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    phone.report(["bruise"], "small", "today", "same").press(words="", since=["thinner"])
    assert "A nurse will call you" in phone.text
    assert stored(db, clinic)[0].report.factors == ("anticoagulant",)


# ---- How to call


def test_the_number_stands_masked_and_another_one_is_kept_for_this_report(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    phone.report(["call_me"])
    assert 'value="••• ••• 0188"' in phone.html and "5550188" not in phone.html
    phone.press(number="••• ••• 0188 (301) 555-0142", voicemail="no", writer="other", words="")
    (one,) = stored(db, clinic)
    assert one.contact.number == "+13015550142"
    assert one.contact.voicemail is False and one.contact.for_other


def test_the_masked_number_sent_back_changes_nothing(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    phone.report(["call_me"]).press(number="••• ••• 0188", writer="self", words="")
    assert stored(db, clinic)[0].contact.number == ""


def test_a_number_that_cannot_be_dialled_is_asked_for_again(db: Database, phone: Phone) -> None:
    phone.report(["call_me"]).press(number="12", words="call me")
    assert "Enter a phone number, like 301 555 0142" in phone.text
    assert 'href="#number"' in phone.html and 'value="12"' in phone.html
    assert "call me</textarea>" in phone.html and count(db, "reports") == 0


def test_an_interpreter_is_offered_in_spanish(
    app: Flask,
    db: Database,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    link: Callable[[Treatment], str],
) -> None:
    phone = Phone(app.test_client()).open(link(enrolled(language="es")))
    phone.report(["call_me"])
    assert "¿Quiere un intérprete?" in phone.text
    phone.press(interpreter="no", words="")
    assert stored(db, clinic)[0].contact.interpreter is False


# ---- Last time and now


def again(phone: Phone, watch: Watch) -> Phone:
    """Maria reports a bruise and a headache, and opens her link again three days later."""
    start = phone.path
    phone.report(["headache", "bruise"], "small", "mild", "yesterday", "same").press(words="")
    watch.at = NOW + timedelta(days=3)
    return phone.open(start + "?new=1").none_of_the_flags()


def test_a_later_check_in_begins_with_the_last_time(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch
) -> None:
    again(phone, watch)
    assert "Last time: bruise, mild. How is it now?" in phone.text
    phone.press("gone")
    assert "Last time: headache, mild. How is it now?" in phone.text
    phone.press("better")
    assert "Have you noticed anything new?" in phone.text
    phone.press("no")
    assert "Check your answers" in phone.text and "Better" in phone.text
    phone.press(words="")
    report = stored(db, clinic)[-1].report
    assert report.symptoms == (
        ReportedSymptom("headache", severity=Severity.MILD, onset_day=3, trend="better"),
    )
    assert "bruising" in report.denied and "trouble_breathing" in report.denied


def test_worse_is_asked_how_bad_and_something_new_is_asked_as_ever(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch
) -> None:
    again(phone, watch).press("worse")
    assert "How much does the bruise bother you at its worst?" in phone.text
    phone.press("moderate").press("same").press("yes").press(noticed=["soreness"])
    phone.press("mild").press("today").press("same").press(words="")
    found = {entry.symptom: entry for entry in stored(db, clinic)[-1].report.symptoms}
    assert set(found) == {"bruising", "headache", "injection_site_pain"}
    assert (found["bruising"].trend, found["bruising"].severity) == ("worse", Severity.MODERATE)
    assert (found["bruising"].onset_day, found["injection_site_pain"].onset_day) == (3, 7)


def test_another_device_is_not_told_what_was_there_the_last_time(
    app: Flask, db: Database, enrolled: Callable[..., Treatment], watch: Watch
) -> None:
    treatment = enrolled()
    with db.transaction():
        path = "/r/" + links.make(db, treatment, NOW)
    one = Phone(app.test_client()).open(path)
    one.report(["bruise"], "small", "today", "same").press(words="")
    watch.at = NOW + timedelta(days=3)
    other = Phone(app.test_client()).open(path).none_of_the_flags()
    assert "What have you noticed?" in other.text and "Last time" not in other.text


def test_after_i_feel_fine_there_is_no_last_time(phone: Phone, watch: Watch) -> None:
    start = phone.path
    watch.at = NOW + timedelta(minutes=1)
    phone.open(start + "fine").press("fine")
    watch.at = NOW + timedelta(days=3)
    phone.open(start).none_of_the_flags()
    assert "What have you noticed?" in phone.text


# ---- Whether drinks go down


@pytest.mark.parametrize(("answer", "passes"), [("yes", True), ("no", False), ("unsure", False)])
def test_after_trouble_swallowing_the_pages_ask_whether_drinks_go_down(
    db: Database, clinic: Clinic, phone: Phone, answer: str, passes: bool
) -> None:
    phone.press(flags="trouble_swallowing")
    assert "Call 911 now" in phone.text  # at once: nothing is asked before
    more = re.search(r'href="([^"]+/2)"', phone.html)
    assert more
    phone.open(more[1])
    assert "Can you swallow drinks?" in phone.text
    phone.press(answer).press(noticed=["soreness"]).press("mild").press("today").press("same")
    if "Since your treatment" in phone.text:
        phone.press("none")
    assert "Drinks" in phone.text
    phone.press()
    said = stored(db, clinic)
    later = next(one for one in said if len(one.report.symptoms) > 1)
    assert later.report.symptoms[0].fluids_pass is passes
    assert "Call 911 now" in phone.text  # it lowers nothing


# ---- Who calls


def test_the_nurse_is_named_where_the_clinic_has_set_one(
    db: Database, clinic: Clinic, phone: Phone
) -> None:
    row = db.query("select settings from clinics where clinic_id = :c", c=clinic.id)[0]
    phone.press(flags=["unsure"])
    assert "A nurse will call you by" in phone.text
    kept = {**json.loads(row["settings"]), "duty_nurse": "Dana <b>"}
    with db.transaction():
        db.run(
            "update clinics set settings = :s where clinic_id = :c", s=json.dumps(kept), c=clinic.id
        )
    phone.open(phone.path)
    assert "Dana <b>, our nurse, will call you by" in phone.text
