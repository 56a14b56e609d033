"""Silent patients, the hand-over sheet and the board: what is on paper and on the wall."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from reporter.clinic import handover
from reporter.clinic.clinics import Clinic
from reporter.clinic.enrolment import AreaDose
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.settings import Settings
from tests.clinic.rounds import at, one_round
from tests.conftest import NOW, report
from tests.web.desk import Browser, Ward, desk_of, running, text_of


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


def test_the_sheet_counts_what_is_there_and_names_nobody(
    browser: Browser, ward: Ward, dana: Staff, hire: Callable[..., Staff], db: Database
) -> None:
    hire("Lin Chen", role="practitioner")
    maria = ward.case(report("hives"), ago=timedelta(minutes=90))
    robert = ward.case(report("trouble_swallowing"), name="Robert Hale", born=date(1965, 5, 1))
    done = ward.case(report("smile_asymmetry"), name="Tess Whitman", born=date(1989, 1, 1))
    ward.move(maria, "note", dana, note="Maria rang, her rash is smaller.")
    ward.move(robert, "escalate", dana, note="A: Drinks slowly.\nR: ER now?")
    ward.move(
        done, "close", dana, outcome="resolved", red_flags_asked=True, taught_back=True, note=""
    )
    ward.move(ward.now(done), "reopen", dana, note="Again.")
    known = handover.handover(db, maria.clinic_id, NOW)
    counts, back = known.counts, known.back
    assert {level.id if level else "": n for level, n in counts.by_level.items()} == {
        "emergency": 1,
        "urgent": 1,
        "call_back": 1,
    }
    assert (counts.open, counts.late, counts.escalated, counts.waiting) == (3, 1, 1, 0)
    assert (back.opened, back.closed, back.reopened) == (3, 1, 1)

    text = text_of(browser.page("/handover"))
    assert "R.H." in text and "M.A." in text and "Out: Dana Reyes" in text
    assert "Note: Drinks slowly." in text and "a practitioner answers: ER now?" in text
    assert "Note: M. rang, her rash is smaller." in text
    assert "24 hours: 3 opened, 1 closed, 0 late, 1 opened again" in text
    wall = text_of(browser.page("/huddle"))
    assert "Trouble swallowing" in wall
    for name in ("Maria", "Alvarez", "Robert", "Hale", "Tess", "Whitman"):
        assert name not in text and name not in wall
    for initials in ("M.A.", "R.H.", "Dana", "Reyes"):
        assert initials not in wall


def test_the_board_shows_nothing_that_a_patient_wrote(
    browser: Browser, ward: Ward, dana: Staff, hire: Callable[..., Staff]
) -> None:
    hire("Lin Chen", role="practitioner")
    ward.case(report("other", free_text="my secret worry"), name="Tess Whitman")
    robert = ward.case(
        report("trouble_swallowing", denied=("trouble_breathing", "trouble_speaking", "hives")),
        name="Robert Hale",
    )
    robert = ward.move(robert, "told_to_call", dana, emergency_call="yes")
    ward.move(robert, "escalate", dana, note="S: him\nR: Please say:\nER now\nor a visit?")
    wall, paper = text_of(browser.page("/huddle")), text_of(browser.page("/handover"))
    assert "secret" not in wall and "ER now" not in wall
    assert "911 confirmed by D.R. today 10:12 am" in wall and "a practitioner answers" in wall
    assert "911 confirmed by Dana Reyes today 10:12 am" in paper and "secret" in paper
    assert "Denied: 2 red flags, 1 more." in paper
    assert "a practitioner answers: ER now or a visit?" in paper


def test_an_empty_house_hands_over_nothing(browser: Browser) -> None:
    text = text_of(browser.page("/handover"))
    assert "No case is open." in text and "Follow up nothing" in text
    assert "No case is open." in browser.page("/huddle")


def test_the_sheet_stays_one_page(browser: Browser, ward: Ward) -> None:
    for number in range(handover.LINES + 3):
        ward.case(report("hives"), name=f"Ann Number{number}")
    page = browser.page("/handover")
    assert page.count("<li>") == handover.LINES
    assert "3 more open cases:" in text_of(page)


def test_silent_ones_are_called_by_risk_and_a_try_is_written_once(
    browser: Browser,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enrolled(given_on=date(2026, 11, 24))
    neck = enrolled(given_on=date(2026, 11, 24), name="Robert Hale", areas=(AreaDose("neck", 200),))
    one_round(db, clinic, at("11-25", "10:30"))
    monkeypatch.setattr("reporter.clock.now", lambda: at("11-25", "10:35"))
    browser.log_in("dana@staff.test")
    assert "Nobody is silent." in browser.page("/desk/silent"), "their time is not over"
    late = at("11-26", "10:31")
    monkeypatch.setattr("reporter.clock.now", lambda: late)
    browser.log_in("dana@staff.test")
    text = text_of(browser.page("/desk/silent"))
    assert text.index("1. Robert Hale") < text.index("2. Maria Alvarez")
    assert "Asked on day 1 in vain. Higher because: treated: neck; 200 units." in text
    assert f"/treatments/{neck.id}/phone-report" in browser.page("/desk/silent")

    for _ in range(2):
        browser.client.post(f"/desk/silent/{neck.id}/tried", data={"result": "no_answer"})
    rows = db.query("select result from silent_tries where clinic_id = :c", c=clinic.id)
    assert [row["result"] for row in rows] == ["no_answer"]
    assert "Tried: today 10:31 am: no answer, Dana Reyes" in text_of(browser.page("/desk/silent"))
    wrong = browser.client.post(f"/desk/silent/{neck.id}/tried", data={"result": "reached"})
    assert wrong.status_code == 400
    gone = browser.client.post("/desk/silent/nobody/tried", data={"result": "no_answer"})
    assert gone.status_code == 404
