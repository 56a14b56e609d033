"""The case page: why it is flagged, what was said and denied, the treatment, what was done."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from reporter.clinic import casebook, clinics, deciding, front_desk
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM, events
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Severity
from reporter.rules.report import ReportedSymptom
from reporter.settings import Settings
from tests.conftest import CLINIC, MARIA, NOW, report
from tests.web.desk import Browser, Ward, desk_of, running, text_of

DROOP = ReportedSymptom(
    "eyelid_droop", Severity.MODERATE, 3, side="right", covers_pupil=False, trend="worse"
)


@pytest.fixture
def ward(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> Ward:
    return Ward(db, knowledge, clinic, enrolled)


@pytest.fixture
def app(settings: Settings, dana: Staff, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with running(settings, monkeypatch) as app:
        yield app


@pytest.fixture
def browser(app: Flask, dana: Staff) -> Browser:
    return desk_of(app, dana)


def test_everything_a_nurse_needs_before_she_calls(browser: Browser, ward: Ward) -> None:
    case = ward.case(
        report(DROOP, "blurred_vision", denied=("trouble_breathing", "trouble_swallowing")),
        language="es",
        factors=("anticoagulant", "left_handed"),
    )
    page = browser.page(f"/desk/case/{case.id}")
    text = text_of(page)
    for words in (
        "Maria Alvarez",
        "Born Mar 2, 1968 (58)",
        "speaks Spanish : get an interpreter",
        "We told Maria: a nurse calls by 11:15 am today",
        "Nobody has this case yet",
        "Call (240) 555-0188",
        "Why urgent",
        "the patient must not drive.",
        "Rule changed_vision",
        "Source: FDA boxed warning",
        "No clinician has signed these rules yet.",
        "Droopy eyelid right, pupil is free Eyelid ptosis Moderate Day 3 ↑ worse",
        "Said no to: Trouble breathing; Trouble swallowing.",
        "Given Fri Nov 20, 2026, Dr. A. Lin",
        "Lot C8123F2, exp 2027-08",
        "glabella 20, forehead 20 (40 U in all)",
        "a blood thinner; left handed",
        "Call 1 of 3",
        "Ask again: breathing, swallowing",
        "Eye: one or both?",
        "No driving.",
        "When would you call 911?",
        "This is Dana for Maria. Please call me at 301-555-0142.",
        "today 10:04 am Opened: urgent · due today 11:15 am",
    ):
        assert words in text, words
    assert 'href="tel:+12405550188"' in page


def test_a_report_on_which_the_rules_failed_says_so(
    browser: Browser, ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(deciding, "decide_with_words", broken)
    case = ward.case(report("bruising"))
    text = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "? Not decided" in text
    assert "The rules failed on a report." in text
    assert "No clinician has signed these" not in text


def test_emergency_and_closed_hours_say_what_was_told(browser: Browser, ward: Ward) -> None:
    case = ward.case(report("trouble_swallowing"))
    page = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "Told to call 911 – not confirmed" in page and "911 called?" in page
    night = ward.case(report("hives"), name="June Okafor", ago=timedelta(hours=12))
    page = text_of(browser.page(f"/desk/case/{night.id}"))
    assert "call 301-555-0190 or go to an emergency room; no call was promised" in page


def test_who_was_told_by_telephone_and_who_confirmed_911(
    browser: Browser, ward: Ward, dana: Staff
) -> None:
    visit = ward.enrolled()
    ward.tell(visit, report("trouble_swallowing"), NOW, channel="phone", by=dana.actor)
    [case] = casebook.all_open(ward.db, visit.clinic_id)
    path = f"/desk/case/{case.id}"
    assert "Nobody has told the patient to call 911" in text_of(browser.page(path))
    ward.move(case, "told_to_call", dana, emergency_call="told")
    page = text_of(browser.page(path))
    assert "Told by Dana Reyes today 10:12 am to call 911 – not confirmed" in page
    browser.move(ward.now(case), "call", result="reached", emergency_call="yes", note="ER.")
    page = text_of(browser.page(path))
    assert "911 confirmed by Dana Reyes today 10:12 am" in page and "not confirmed" not in page
    assert "Call: spoke, 911 was called" in page
    queue = browser.page("/desk")
    assert "911 confirmed by Dana Reyes today 10:12 am" in text_of(queue)
    assert "line-warning settled" in queue, "no alarm any more"
    assert page.index("The clock runs on until you say what comes next") < page.index("Timeline")
    ward.tell(visit, report("trouble_breathing"), NOW + timedelta(minutes=1))
    assert "Told to call 911 – not confirmed" in text_of(browser.page(path))
    wrong = browser.move(ward.now(case), "call", result="reached", emergency_call="maybe")
    assert wrong.status_code == 422 and "Say whether the number was called." in wrong.text


def test_the_timeline_names_the_number_that_was_shown(
    browser: Browser, ward: Ward, dana: Staff
) -> None:
    case = ward.case(report("suicidal_thoughts"))
    case = ward.move(case, "call", dana, result="reached", emergency_call="told", note="")
    page = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "Call: spoke, told to call 988" in page
    ward.tell(ward.enrolled(), report("trouble_breathing"), NOW + timedelta(minutes=1))
    case = ward.move(ward.now(case), "call", dana, result="reached", emergency_call="yes", note="",
                     at=NOW + timedelta(minutes=2))  # fmt: skip
    page = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "Call: spoke, 911 was called" in page and "told to call 988" in page


def test_the_call_asks_what_the_newest_report_is_about_first(browser: Browser, ward: Ward) -> None:
    visit = ward.enrolled()
    ward.tell(visit, report("hives"), NOW - timedelta(hours=3))
    case = ward.case(report("trouble_swallowing", DROOP))
    page = text_of(browser.page(f"/desk/case/{case.id}"))
    asked = ("Swallowing and voice: do drinks go down?", "Eye: one or both?", "Skin (said before):")
    places = [page.index(words) for words in asked]
    assert places == sorted(places)


def test_a_side_stands_on_the_face(browser: Browser, ward: Ward) -> None:
    case = ward.case(report(DROOP))
    assert browser.page(f"/desk/case/{case.id}").count('class="spot"') == 1


def test_no_voicemail_where_the_patient_allows_none(browser: Browser, ward: Ward) -> None:
    case = ward.case(report("hives"), may_voicemail=False)
    page = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "Voicemail: no Do not leave a message" in page
    assert "This is Dana" not in page


def test_without_a_phone_the_page_says_how_else(browser: Browser, ward: Ward) -> None:
    case = ward.case(report("hives"), mobile="")
    page = browser.page(f"/desk/case/{case.id}")
    assert "No phone number: write to maria@patients.test" in text_of(page)
    assert "tel:" not in page


def test_every_report_is_shown_newest_first_with_its_writer(
    browser: Browser, ward: Ward, dana: Staff
) -> None:
    visit = ward.enrolled()
    ward.tell(visit, report("bruising"), NOW - timedelta(hours=3))
    ward.tell(visit, report("hives"), NOW - timedelta(hours=1), channel="phone", by=dana.actor)
    case = ward.case(report("eyebrow_droop", free_text="worse since noon"))
    text = text_of(browser.page(f"/desk/case/{case.id}"))
    assert text.index("worse since noon") < text.index("written down by Dana Reyes")
    assert text.index("written down by Dana Reyes") < text.index("Contusion")
    assert "Was told: by telephone; no page was shown." in text
    assert "Report: self-care" in text  # it moved no case, but it was said


def test_own_words_are_unread_until_somebody_says_so(
    browser: Browser, ward: Ward, dana: Staff
) -> None:
    case = ward.case(report("eyebrow_droop", free_text="Desde anoche.\nMe asusta."))
    page = browser.page(f"/desk/case/{case.id}")
    assert "Desde anoche.\nMe asusta." in page
    assert "Nobody has read this yet." in page
    assert "nobody has read them yet" in browser.page("/desk")
    (said,) = ward.db.query("select id from reports where clinic_id = :c", c=ward.clinic.id)
    answer = browser.client.post(f"/desk/case/{case.id}/read/{said['id']}")
    assert answer.status_code == 303
    page = browser.page(f"/desk/case/{case.id}")
    assert "Read by Dana Reyes, today 10:12 am" in page
    assert "Nobody has read this yet." not in page
    assert browser.client.post(f"/desk/case/{case.id}/read/another").status_code == 404


def test_who_claims_a_case_has_read_it(browser: Browser, ward: Ward) -> None:
    case = ward.case(report("eyebrow_droop", free_text="Since last night."))
    browser.move(case, "claim")
    assert "Read by Dana Reyes" in browser.page(f"/desk/case/{case.id}")


def test_a_look_is_audited_once_in_ten_minutes(
    browser: Browser, ward: Ward, dana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ward.case(report("hives"))

    def looks() -> list[tuple[str, str]]:
        found = events(ward.db, ward.clinic.id)
        return [(e["actor"], e["subject"]) for e in found if e["verb"] == "case.viewed"]

    browser.page(f"/desk/case/{case.id}")
    browser.page(f"/desk/case/{case.id}")
    assert looks() == [(str(dana.actor), case.id)]
    monkeypatch.setattr("reporter.clock.now", lambda: NOW + timedelta(minutes=11))
    browser.page(f"/desk/case/{case.id}")
    assert len(looks()) == 2


def test_a_case_of_another_clinic_or_of_nobody_is_not_there(
    browser: Browser, ward: Ward, db: Database, knowledge: Knowledge
) -> None:

    elsewhere = clinics.create(db, {**CLINIC, "name": "Harbour Clinic"}, at=NOW)
    visit, _ = front_desk.enrol(
        db, knowledge, elsewhere, replace(MARIA, name="Eve Far"), by=SYSTEM, at=NOW
    )
    far = Ward(db, knowledge, elsewhere, lambda **_: visit).case(report("hives"))
    for case_id in (far.id, "nothing", "a%00b", "'; drop table cases; --"):
        answer = browser.get(f"/desk/case/{case_id}")
        assert answer.status_code == 404, case_id
        assert "Eve Far" not in answer.get_data(as_text=True)
    assert browser.move(far, "claim").status_code == 404
    assert ward.now(ward.case(report("hives"))).is_open


def test_an_erased_person_leaves_the_case_readable(
    browser: Browser, ward: Ward, dana: Staff
) -> None:
    visit = ward.enrolled()
    ward.tell(visit, report("hives", free_text="It itches."), NOW - timedelta(hours=1))
    case = ward.case(report("hives"))
    ward.move(case, "note", dana, note="Her sister called.")
    front_desk.erase(ward.db, ward.clinic, visit, by=dana.actor, at=NOW)
    text = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "Erased person" in text
    for gone in ("Maria", "It itches.", "Her sister called.", "1968"):
        assert gone not in text
