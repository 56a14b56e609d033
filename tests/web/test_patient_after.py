"""After a report: what the patient adds, the receipt of the same link, and pages of their own."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from reporter.clinic import casebook, cases, intake
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import local
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from tests.conftest import NOW, report
from tests.web.desk import desk_of, text_of
from tests.web.phone import Phone, Watch
from tests.web.test_patient import Link

NIGHT = NOW.replace(hour=2)


def the_case(db: Database, clinic: Clinic) -> Case:
    (case,) = casebook.all_open(db, clinic.id)
    return case


def add(phone: Phone, what: str) -> Phone:
    """Press the button of that name, on the page where it is."""
    assert f'value="{what}"' in phone.html
    form = next(one for one in phone.html.split("<form")[1:] if f'value="{what}"' in one)
    path = re.search(r'action="([^"]+)"', form)
    assert path
    return phone.press(path=path[1], what=what)


def words(phone: Phone, text: str) -> Phone:
    """Something else, in the patient's own words, to the page with what to do."""
    phone.report(["something_else"])
    for _ in range(8):
        if "/done/" in phone.path:
            return phone
        button = re.search(r'<button[^>]* name="answer" value="([^"]+)"', phone.html)
        if button and not phone.path.endswith("/check"):
            phone.press(button[1])
        else:
            phone.press(words=text)
    raise AssertionError(phone.text)


# ---- What is promised


@pytest.mark.parametrize(
    "at", [NOW, NIGHT, NOW.replace(hour=22, minute=20)], ids=["open", "night", "late"]
)
@pytest.mark.parametrize("flags", [["trouble_swallowing"], ["unsure"]])
def test_the_page_promises_what_the_queue_keeps(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch, at: object, flags: list[str]
) -> None:
    watch.at = at  # type: ignore[assignment]
    phone.press(flags=flags)
    case = the_case(db, clinic)
    promised = re.search(r"A nurse will call you by (\d+:\d+ [ap]m)", phone.text)
    due = local(clinic.hours.zone, case.due_at) if case.due_at else None
    assert due
    if flags == ["unsure"] and at == NOW:
        assert promised and promised[1] == f"{due:%-I:%M %p}".lower() == "11:15 am"
    else:
        assert promised is None


def test_a_wished_call_has_the_time_that_the_queue_keeps(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch
) -> None:
    phone.press(path=phone.path + "fine", button="fine")
    assert "That's all for today" in phone.text
    phone.press()
    assert "A nurse will call you by 5:30 pm tomorrow, Wednesday" in phone.text
    case = the_case(db, clinic)
    assert (case.level, case.due_at) == (Level.CALL_BACK, NOW.replace(day=25, hour=22, minute=30))


# ---- I have called 911, it has gone, by mistake


def test_what_is_added_is_noted_and_lowers_nothing(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch, app: Flask, dana: Staff
) -> None:
    phone.press(flags=["trouble_swallowing"])
    before, page = the_case(db, clinic), phone.path
    app.config["WTF_CSRF_ENABLED"] = False
    desk = desk_of(app, dana)
    assert "Told to call 911 – not confirmed" in text_of(desk.page("/desk"))
    watch.at = NOW + timedelta(minutes=2)
    for what in ("called_emergency", "gone", "mistake"):
        add(phone, what)
        assert phone.path == page and f'value="{what}"' not in phone.html
    assert "Call 911 now" in phone.text and "do not drive yourself" in phone.text
    assert "I have called 911 : you told us at 10:14 am today." in phone.text
    after = the_case(db, clinic)
    assert replace(after, version=before.version) == before
    told = "Told to call 911 – 911 called, today 10:14 am · says it has gone, today 10:14 am"
    assert told in text_of(desk.page("/desk"))
    case = text_of(desk.page(f"/desk/case/{after.id}"))
    assert "911 called, today 10:14 am" in case and "Says ticked by mistake" in case
    assert "The patient says: I have called 911" in case
    assert "Told to call 911 – 911 called, today 10:14 am" in case
    assert case.count("Level and due time stay as they were.") == 1
    add(phone.open(re.sub(r"done/.*", "receipt", page)), "over")
    assert "I ticked this by mistake :" in phone.text and "It is over :" in phone.text


def test_the_same_button_twice_is_noted_once(db: Database, clinic: Clinic, phone: Phone) -> None:
    phone.press(flags=["unsure"])
    path = f"{phone.path}/told"
    for what in ("gone", "gone", "close", ""):
        phone.press(path=path, what=what)
    verbs = [one.verb for one in casebook.history(db, clinic.id, the_case(db, clinic).id)]
    assert verbs == ["open", "remark"]
    assert "I have called" not in phone.html  # nobody told this one to call 911 first


def test_mild_and_call_back_pages_offer_none_of_it(phone: Phone) -> None:
    phone.press(path=phone.path + "fine", button="fine")
    assert 'name="what"' not in phone.html
    phone.press()
    assert "A nurse will call you" in phone.text and 'name="what"' not in phone.html


def test_another_phone_cannot_add_to_it(
    app: Flask, db: Database, clinic: Clinic, enrolled: Callable[..., Treatment], link: Link
) -> None:
    path = link(enrolled())
    mine, other = Phone(app.test_client()).open(path), Phone(app.test_client()).open(path)
    mine.press(flags=["unsure"])
    other.press(path=f"{mine.path}/told", what="gone")
    assert other.answer and other.answer.status_code == 403
    assert len(casebook.history(db, clinic.id, the_case(db, clinic).id)) == 1


# ---- Pages of their own


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("at", [NOW, NIGHT], ids=["open", "closed"])
def test_self_harm_has_a_page_of_its_own(
    app: Flask,
    enrolled: Callable[..., Treatment],
    link: Link,
    watch: Watch,
    db: Database,
    clinic: Clinic,
    language: str,
    at: object,
) -> None:
    watch.at = at  # type: ignore[assignment]
    phone = Phone(app.test_client()).open(link(enrolled(language=language)))
    words(phone, "I want to kill myself" if language == "en" else "quiero matarme")
    title = {"en": "Talk to somebody now", "es": "Hable con alguien ahora"}[language]
    assert title in phone.text and 'href="tel:988"' in phone.html
    assert phone.html.index('"tel:988"') < phone.html.index('"tel:911"')
    assert "drive" not in phone.text and "Botox" not in phone.text
    assert the_case(db, clinic).level is Level.EMERGENCY
    add(phone, "called_crisis")
    assert title in phone.text and "called_crisis" not in phone.html
    phone.open(re.sub(r"done/.*", "receipt", phone.path))
    assert phone.html.index('"tel:988"') < phone.html.index('"tel:911"')


def test_a_warning_sign_beside_thoughts_of_self_harm_keeps_911_first(phone: Phone) -> None:
    phone.press(flags=["trouble_breathing"])
    more = re.search(r'href="([^"]+/2)"', phone.html)
    assert more
    phone.open(more[1]).press(noticed=["something_else"])
    while "/done/" not in phone.path:
        button = re.search(r'<button[^>]* name="answer" value="([^"]+)"', phone.html)
        onward = button and not phone.path.endswith("/check")
        phone.press(button[1]) if button and onward else phone.press(words="I want to kill myself")
    assert "Call 911 now" in phone.text and "Do you think of harming yourself?" in phone.text


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_ill_infant_has_words_of_its_own(
    app: Flask, enrolled: Callable[..., Treatment], link: Link, language: str
) -> None:
    phone = Phone(app.test_client()).open(link(enrolled(language=language)))
    said = {"en": "my baby is floppy and not feeding", "es": "mi bebé está flácido"}[language]
    words(phone, said)
    title = {"en": "Call 911 now for the baby", "es": "Llame al 911 ahora por el bebé"}[language]
    assert title in phone.text and 'href="tel:911"' in phone.html
    assert {"en": "Now a baby here is ill", "es": "un bebé enfermo"}[language] in phone.text
    assert "do not eat" not in phone.text and "no coma" not in phone.text


# ---- How common


def mild(phone: Phone) -> Phone:
    phone.report(["headache", "bruise"], "small", "mild", "today", "same")
    return phone.press(words="")


def test_a_mild_result_says_how_common_it_is_and_when_it_fades(
    app: Flask, enrolled: Callable[..., Treatment], link: Link
) -> None:
    yesterday = {"given_on": date(2026, 11, 23), "product": "Jeuveau"}
    phone = mild(Phone(app.test_client()).open(link(enrolled(**yesterday))))
    assert "You don't need a call today" in phone.text
    assert "About 1 in 8 people get a headache. It is usually gone by day 3" in phone.text
    assert "About 1 in 20 people get a bruise. It is usually gone by day 14" in phone.text
    assert "At this clinic" not in phone.text
    assert "normal" not in phone.text and "safe" not in phone.text
    phone.press()  # I'd still like a call
    assert "A nurse will call you" in phone.text and "people get" not in phone.text


def test_from_thirty_answers_on_the_clinics_own_share_is_told(
    app: Flask,
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    link: Link,
) -> None:
    for number in range(29):
        visit = enrolled(
            name=f"Ann {chr(97 + number % 26)}{chr(97 + number // 26)}", given_on=date(2026, 11, 23)
        )
        said = replace(report("headache") if number < 9 else report(), day=1)
        intake.submit(
            db, knowledge, clinic, visit, said, key=f"own {number}", channel="link", at=NOW
        )
    phone = Phone(app.test_client()).open(link(enrolled(given_on=date(2026, 11, 23))))
    mild(phone)
    assert "At this clinic it was about 3 in 10 of people who answered" in phone.text


@pytest.mark.parametrize("flags", [["trouble_breathing"], ["unsure"]])
def test_nothing_is_called_common_beside_a_warning_sign(phone: Phone, flags: list[str]) -> None:
    phone.press(flags=flags)
    assert "people get" not in phone.text and "usually" not in phone.text


# ---- The receipt


def test_the_same_link_later_shows_the_receipt_and_who_will_call(
    phone: Phone, watch: Watch, app: Flask, enrolled: Callable[..., Treatment], link: Link
) -> None:
    path = link(enrolled())
    phone.open(path).press(flags=["unsure"])
    watch.at = NOW + timedelta(minutes=20)
    phone.open(path)
    assert phone.path.endswith("/receipt") and "We have your message" in phone.text
    assert "Sent at 10:12 am today." in phone.text and "Warning signs I'm not sure" in phone.text
    assert "A nurse will call you by 11:15 am today on the number ending 0188" in phone.text
    phone.open(f"{path}?lang=es")
    assert "Enfermería le llamará hoy antes de las 11:15 a. m. al" in phone.text
    stranger = Phone(app.test_client()).open(path)
    assert "Do you have any of these now" in stranger.text
    stranger.open(phone.path)
    assert "/unlock" in stranger.path and "11:15" not in stranger.text
    stranger.press(day="2", month="3", year="1968")
    assert stranger.path.endswith("/receipt") and "by 11:15 am today" in stranger.text


def test_a_call_that_was_tried_and_one_that_is_late_are_said(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch, dana: Staff
) -> None:
    phone.press(flags=["unsure"])
    receipt = re.sub(r"done/.*", "receipt", phone.path)
    watch.at = NOW + timedelta(hours=2)
    phone.open(receipt)
    assert "We said that a nurse would call you by 11:15 am today" in phone.text
    assert "Nobody has called you yet. That is our mistake. Call us now." in phone.text
    assert 'button--urgent" href="tel:3015550142"' in phone.html
    case = the_case(db, clinic)
    at, due = NOW + timedelta(hours=2), NOW + timedelta(hours=3)
    tried = {"result": "voicemail", "next_due": due}
    cases.move(
        db, clinic.id, case.id, "call", by=dana.actor, at=at, expected_version=case.version, **tried
    )
    phone.open(receipt)
    assert "We tried to call you at 12:12 pm today . We will try again by 1:12 pm" in phone.text
    assert "Nobody has called" not in phone.text
    watch.at = due + timedelta(minutes=1)
    assert "We wanted to try again before now, and have not." in phone.open(receipt).text
    case = the_case(db, clinic)
    spoke = {"result": "reached", "note": "well"}
    cases.move(
        db,
        clinic.id,
        case.id,
        "call",
        by=dana.actor,
        at=due,
        expected_version=case.version,
        **spoke,
    )
    assert "A nurse talked with you at 1:12 pm today ." in phone.open(receipt).text


def test_it_is_over_is_noted_and_closes_nothing(
    db: Database, clinic: Clinic, phone: Phone, watch: Watch
) -> None:
    phone.press(flags=["unsure"])
    before = the_case(db, clinic)
    phone.open(re.sub(r"done/.*", "receipt", phone.path))
    add(phone, "over")
    assert "It is over : you told us at 10:12 am today." in phone.text
    assert "A nurse will call you by 11:15" in phone.text and 'value="over"' not in phone.html
    assert replace(the_case(db, clinic), version=before.version) == before


def test_a_better_number_and_time_reach_the_nurse_and_move_no_clock(
    db: Database, clinic: Clinic, phone: Phone, app: Flask, dana: Staff
) -> None:
    phone.press(flags=["unsure"])
    before = the_case(db, clinic)
    path = re.sub(r"done/.*", "better-time", phone.path)
    phone.open(path)
    assert "••• ••• 0188" in phone.html and "+1240" not in phone.html
    phone.press(path=path, number="12", time="after_three")
    assert phone.answer and phone.answer.status_code == 422
    assert phone.text.count("Enter a phone number, like 301 555 0142") == 2
    assert 'value="12"' in phone.html and re.search(r'value="after_three" checked', phone.html)
    phone.press(path=path, number="(301) 555-0199", time="after_three")
    assert "on the number ending 0199" in phone.text and "We have told the nurse" in phone.text
    after = the_case(db, clinic)
    assert (after.due_at, after.level) == (before.due_at, before.level)
    app.config["WTF_CSRF_ENABLED"] = False
    case = desk_of(app, dana).page(f"/desk/case/{after.id}")
    assert "Wants the call after 3 pm, on (301) 555-0199" in text_of(case)
    assert 'href="tel:+13015550199"' in case


def test_the_receipt_of_what_needs_nobody_says_so(phone: Phone, watch: Watch) -> None:
    first = phone.path
    phone.press(path=phone.path + "fine", button="fine")
    phone.open(first)
    assert phone.path.endswith("/receipt") and "You don't need a call now." in phone.text
    assert 'value="over"' not in phone.html and "better-time" not in phone.html
    watch.at = NOW + timedelta(days=2)
    assert phone.open(first).path == first  # a new day, a new report


def test_before_anything_was_sent_there_is_no_receipt(phone: Phone) -> None:
    first = phone.path
    assert "/unlock" in phone.open(first + "receipt").path
    assert "/unlock" in phone.open(first + "better-time").path


def test_telling_more_leads_to_the_questions_and_not_in_a_circle(phone: Phone) -> None:
    phone.press(flags=["unsure"])
    phone.open(re.sub(r"done/.*", "receipt", phone.path))
    more = re.search(r'class="button" href="([^"]+)"', phone.html)
    assert more and "Do you have any of these now" in phone.open(more[1]).text


@pytest.mark.parametrize("at", [NOW, NIGHT], ids=["open", "closed"])
def test_the_receipt_of_an_emergency_still_says_911_first(
    phone: Phone, watch: Watch, at: object
) -> None:
    watch.at = at  # type: ignore[assignment]
    phone.press(flags=["trouble_swallowing"])
    phone.open(re.sub(r"done/.*", "receipt", phone.path))
    assert phone.html.index("Call 911 now") < phone.html.index("What happens next")
    assert ("We are closed until" in phone.text) == (at == NIGHT)
