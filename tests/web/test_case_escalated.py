"""Whoever may do something has a form for it; whoever may not is told why."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from reporter.clinic import casebook
from reporter.clinic.casebook import Case, Move
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.settings import Settings
from reporter.web import timeline
from tests.conftest import NOW, report
from tests.web.desk import Browser, Ward, desk_of, running, text_of

CLOSED = {"outcome": "sent_to_er", "red_flags_asked": "y", "taught_back": "y", "note": "In the ER."}
CLOSED |= {"regulator": "will_report"}


@pytest.fixture
def ward(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> Ward:
    return Ward(db, knowledge, clinic, enrolled)


@pytest.fixture
def app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with running(settings, monkeypatch) as app:
        yield app


@pytest.fixture
def lin(hire: Callable[..., Staff]) -> Staff:
    return hire("Lin Chen", role="practitioner")


@pytest.fixture
def browser(app: Flask, dana: Staff, lin: Staff) -> Browser:
    return desk_of(app, dana)


def forms(browser: Browser, case: Case) -> set[str]:
    """The moves that the page offers."""
    page = browser.page(f"/desk/case/{case.id}")
    start = f'action="/desk/case/{case.id}/'
    return {part.split("?")[0].split('"')[0] for part in page.split(start)[1:]} - {"read"}


def test_escalated_answered_and_given_back(
    app: Flask, browser: Browser, ward: Ward, lin: Staff
) -> None:
    case = ward.case(report("hives", denied=("trouble_breathing",)))
    page = browser.page(f"/desk/case/{case.id}")
    sbar = page[page.index('id="escalate-note"') :].split("</textarea>")[0]
    assert "S: 58 years, day 4. Hives. Urgent." in sbar
    assert "B: Botox Cosmetic, lot C8123F2, glabella 20, forehead 20 (40 U)." in sbar
    assert "A: Says no to: trouble breathing." in sbar
    assert "Maria" not in sbar and "Alvarez" not in sbar

    browser.move(case, "escalate", note="S: hives.\nR: Steroid, or wait?")
    case = ward.now(case)
    assert case.state == "escalated"
    assert forms(browser, case) & {"acknowledge", "return", "close", "follow_up"} == set()
    text = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "Nobody has acknowledged this yet." in text
    assert "A practitioner or the director answers an escalation." in text

    doctor = desk_of(app, lin)
    page = doctor.page("/desk/escalated")
    assert "R: Steroid, or wait?" in page and case.id in page
    assert "Maria" not in page and "Alvarez" not in page
    answer = doctor.client.post(
        f"/desk/case/{case.id}/acknowledge?from=escalated", data={"version": case.version}
    )
    assert answer.location == "/desk/escalated"
    assert "You have it since today 10:12 am" in text_of(doctor.page("/desk/escalated"))
    text = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "Lin Chen has it since today 10:12 am." in text

    case = ward.now(case)
    begun = {"version": case.version, "decision": "advice", "note": "Wait till"}
    assert doctor.client.post(f"/desk/case/{case.id}/draft/return", data=begun).status_code == 200
    assert ">Wait till</textarea>" in doctor.page("/desk/escalated")
    begun |= {"decision": "see_today", "note": "", "next_due": "2026-11-24T16:40"}
    doctor.client.post(f"/desk/case/{case.id}/draft/return", data={**begun, "changed": "next_due"})
    assert 'id="today-1" type="datetime-local" name="next_due" value="2026-11-24T16:40"' in (
        doctor.page("/desk/escalated")
    )
    refused = doctor.move(case, "return", decision="advice", note="", next_due="2026-11-24T15:00")
    assert refused.status_code == 422
    doctor.move(case, "return", decision="advice", note="Wait.", next_due="2026-11-24T15:00")
    case = ward.now(case)
    assert (case.state, case.owner_id) == ("claimed", ward.history(case)[1].by_id)
    assert "Nothing is escalated." in doctor.page("/desk/escalated")
    text = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "Given back: advice by Lin Chen · due today 3:00 pm Wait." in text
    decided = "Lin Chen decided: advice today 10:12 am Wait. Next step: today 3:00 pm."
    assert decided in text, "and first, until somebody acts on it"
    browser.move(case, "call", result="reached", note="Told him to wait.")
    assert "Lin Chen decided" not in text_of(browser.page(f"/desk/case/{case.id}"))


def test_an_emergency_is_closed_by_two(
    app: Flask, browser: Browser, ward: Ward, lin: Staff
) -> None:
    case = ward.case(report("trouble_breathing"))
    assert "Lower" in text_of(browser.page(f"/desk/case/{case.id}")), "a nurse is told who may"
    assert "lower_level" not in forms(browser, case)
    wanting = browser.move(case, "close", **{**CLOSED, "regulator": ""})
    assert wanting.status_code == 422
    assert "close-regulator-error" in wanting.get_data(as_text=True)
    browser.move(case, "close", **CLOSED)
    case = ward.now(case)
    assert case.state == "closing"
    assert "confirm_close" not in forms(browser, case)
    assert "another clinician looks at it" in text_of(browser.page(f"/desk/case/{case.id}"))
    doctor = desk_of(app, lin)
    assert {"confirm_close", "keep_open"} <= forms(doctor, case)
    assert "To confirm 1" in text_of(doctor.page("/desk/escalated"))
    assert "To confirm" not in text_of(browser.page("/desk/escalated")), "not for who closed it"
    text = text_of(doctor.page(f"/desk/case/{case.id}"))
    assert "Dana Reyes closed it: sent to the ER" in text
    doctor.move(case, "confirm_close")
    assert ward.now(case).state == "closed"


def test_the_clocks_lines_are_in_words(clinic: Clinic) -> None:
    told: list[tuple[str, dict[str, Any]]] = [
        ("overdue", {"steps": ["owner", "practitioner"], "told": 2, "paged": True}),
        ("absent", {"why": "signed_off"}),
        ("page_failed", {}),
        ("overdue", {"steps": ["unclaimed"], "what": "unclaimed"}),
        ("overdue", {"steps": ["owner", "director"], "what": "unanswered"}),
        ("overdue", {"steps": ["owner"], "what": "confirm_late"}),
    ]
    moves = [
        Move(n, verb, "system", None, "Reporter", NOW, "new", "new", Level.URGENT, NOW, how, "")
        for n, (verb, how) in enumerate(told, start=2)
    ]
    assert [one.what for one in timeline.entries(clinic, moves, (), NOW)] == [
        "Late: its owner and the practitioners told, on-call was paged",
        "Released: its owner is signed off",
        "The page to on-call was not accepted: an e-mail went instead",
        "Nobody has taken it: nurses and practitioners told",
        "Nobody has answered: those asked and its owner and the director told",
        "The close is not confirmed: colleagues told",
    ]


def test_a_report_by_telephone_names_who_took_the_call(
    browser: Browser, ward: Ward, dana: Staff
) -> None:
    visit = ward.enrolled()
    ward.tell(visit, report("hives"), NOW - timedelta(minutes=8), channel="phone", by=dana.actor)
    case = casebook.of_treatment(ward.db, ward.clinic.id, visit.id)
    assert case is not None
    page = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "Opened: urgent, by telephone by Dana Reyes" in page


def test_levels_are_offered_above_and_below(browser: Browser, ward: Ward) -> None:
    case = ward.case(report("hives"))
    page = browser.page(f"/desk/case/{case.id}")
    offered = page[page.index('id="raise_level-level"') :].split("</details>")[0]
    assert offered.count('type="radio"') == 2, "emergency above, call-back below"
    browser.move(case, "raise_level", level=str(int(Level.EMERGENCY)), note="Lips swell.")
    assert ward.now(case).level is Level.EMERGENCY
    answer = browser.move(ward.now(case), "lower_level", level="1", note="kept text")
    assert answer.status_code in {409, 422} and "kept text" in answer.get_data(as_text=True)
    for wrong in ("", "9", "abc"):
        assert browser.move(ward.now(case), "raise_level", level=wrong).status_code == 422


def test_an_auditor_sees_all_and_moves_nothing(
    app: Flask, ward: Ward, hire: Callable[..., Staff]
) -> None:
    case = ward.case(report("hives"))
    auditor = desk_of(app, hire("Ada Byrd", role="auditor"))
    assert forms(auditor, case) == set()
    assert "An auditor reads and moves no case." in text_of(auditor.page(f"/desk/case/{case.id}"))


def test_a_call_keeps_number_and_interpreter(browser: Browser, ward: Ward) -> None:
    case = ward.case(report("hives"))
    browser.move(
        case, "call", result="reached", number="(240) 555-0188", interpreter="Line 4, ID 77"
    )
    text = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "today 10:12 am Dana Reyes (240) 555-0188 Spoke Line 4, ID 77" in text


def test_on_paper_nobody_is_named(browser: Browser, ward: Ward) -> None:
    case = ward.case(report("hives", free_text="I am Maria and I itch."))
    browser.move(case, "call", result="note", note="Maria Alvarez rang twice.")
    page = browser.page(f"/desk/case/{case.id}/print")
    assert "M.A." in page and "I am M. and I itch." in page and "M. A. rang twice." in page
    assert "Maria" not in page and "Alvarez" not in page and "555-0188" not in page
