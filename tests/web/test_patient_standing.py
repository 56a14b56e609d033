"""One truth on every page: which call stands, who has seen what, what this device may see."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from reporter.clinic import casebook, reports
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from tests.conftest import NOW
from tests.web.desk import desk_of, text_of
from tests.web.phone import Phone, Watch
from tests.web.test_patient import Link

NIGHT = NOW.replace(hour=2)


def receipt_of(phone: Phone) -> Phone:
    return phone.open("/".join(phone.path.split("/")[:3]) + "/receipt")


def callback(phone: Phone) -> Phone:
    return phone.report(["eyelid"], "right", "little", "no", "none", "today", "same").press()


def test_each_device_sees_its_own_and_the_rest_after_the_date_of_birth(
    app: Flask, enrolled: Callable[..., Treatment], link: Link, watch: Watch
) -> None:
    path = link(enrolled())
    laptop, mobile = Phone(app.test_client()).open(path), Phone(app.test_client()).open(path)
    callback(laptop)
    watch.at = NOW + timedelta(days=2)
    mobile.report(["bruise"], "small", "today", "same").press(words="")
    assert mobile.open(path).path.endswith("/receipt")
    assert "Bruise" in mobile.text and "eyelid" not in mobile.text.lower()
    assert "/unlock" not in mobile.open(mobile.path.replace("receipt", "better-time")).path
    receipt_of(mobile)
    see = re.search(r'href="([^"]+/unlock[^"]*)">See it', mobile.html)
    assert see
    mobile.open(see[1]).press(day="2", month="3", year="1968")
    assert "Bruise" in mobile.text and "eyelid" in mobile.text.lower()
    assert "See it" not in mobile.text
    nobody = Phone(app.test_client()).open(path)
    assert "/unlock" in receipt_of(nobody).path


@pytest.mark.parametrize("language", ["en", "es"])
def test_sent_while_closed_and_opened_while_open_is_still_urgent_and_has_its_time(
    phone: Phone, watch: Watch, language: str
) -> None:
    watch.at = NIGHT
    phone.press(flags=["unsure"])
    watch.at = NOW.replace(hour=13, minute=40)
    receipt_of(phone).open(f"{phone.path}?lang={language}")
    said = {"en": "Call us now, if you have not done it yet", "es": "Llámenos ahora, si todavía"}
    assert said[language] in phone.text
    assert 'button--urgent" href="tel:3015550142"' in phone.html
    assert re.search(
        {"en": r"will call you by \d+:\d\d am today", "es": "le llamará hoy antes de"}[language],
        phone.text,
    )
    assert "see your answers now" not in phone.text


def test_beside_an_open_case_a_mild_report_keeps_the_promise_and_pauses_check_ins(
    phone: Phone, watch: Watch
) -> None:
    start = phone.path
    callback(phone)
    phone.open(start + "fine").press(path=start + "fine", button="fine")
    assert "A nurse will call you by 5:30 pm tomorrow, Wednesday" in phone.text
    assert "need a call" not in phone.text and "That's all for today" not in phone.text
    assert "next e-mail" not in phone.text and "still like a call" not in phone.text
    receipt_of(phone)
    assert "A nurse will call you by 5:30 pm tomorrow, Wednesday" in phone.text
    assert "next e-mail" not in phone.text


def test_the_receipt_of_an_emergency_at_night_says_911_and_the_emergency_room(
    phone: Phone, watch: Watch
) -> None:
    watch.at = NIGHT
    phone.press(flags=["trouble_swallowing"])
    phone.press(path=f"{phone.path}/told", what="gone")
    assert "A nurse checks this with you when we open tomorrow, Tuesday, at 8:30 am." in phone.text
    receipt_of(phone)
    assert "go to the nearest emergency room" in phone.text
    assert "15 minutes" not in phone.text and "better-time" not in phone.html


def test_a_tick_alone_is_not_told_as_advice_given(
    app: Flask, db: Database, clinic: Clinic, phone: Phone, dana: Staff
) -> None:
    page = phone.html
    token, key = (
        re.search(rf'name="{name}" value="([^"]+)"', page)[1]  # type: ignore[index]
        for name in ("csrf_token", "key")
    )
    said = {"csrf_token": token, "key": key, "flags": ["trouble_swallowing"]}
    assert phone.client.post(phone.path + "tick", data=said).status_code == 201
    app.config["WTF_CSRF_ENABLED"] = False
    (case,) = casebook.all_open(db, clinic.id)
    shown = text_of(desk_of(app, dana).page(f"/desk/case/{case.id}"))
    assert "Ticked only – has not seen the advice to call 911" in shown
    assert "Told to call 911" not in shown and "call 911 now – not confirmed" not in shown
    phone.press(flags=["trouble_swallowing"])
    shown = text_of(desk_of(app, dana).page(f"/desk/case/{case.id}"))
    assert "Told to call 911 – not confirmed" in shown and "Ticked only" not in shown


@pytest.mark.parametrize("words", ["I want to kill myself", "my newborn baby cannot breathe"])
def test_own_words_that_are_an_emergency_are_answered_at_once(
    db: Database, clinic: Clinic, phone: Phone, words: str
) -> None:
    phone.report(["something_else"])
    phone.press(words=words)
    assert "/done/" in phone.path
    (case,) = casebook.all_open(db, clinic.id)
    assert len(reports.of_treatment(db, clinic.id, case.treatment_id)) == 1


def test_no_and_a_sign_begins_with_911_and_the_note_stands_below(phone: Phone) -> None:
    phone.press(flags=["trouble_swallowing", "none"])
    assert phone.text.index("Call 911 now") < phone.text.index("You ticked “No” and a symptom")
    assert phone.text.count("You ticked “No” and a symptom") == 1


def test_a_call_back_at_night_gives_the_line_that_answers_and_a_later_look_its_day(
    phone: Phone, watch: Watch
) -> None:
    watch.at = NIGHT
    callback(phone)
    below = phone.html[phone.html.index("Call us sooner if") :]
    assert below.index("tel:3015550190") < below.index("<ul")
    path = phone.path
    watch.at = NIGHT + timedelta(days=1)
    assert "Sent to the nurses, yesterday," in phone.open(path).text
