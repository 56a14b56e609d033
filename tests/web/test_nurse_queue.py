"""Who stands where in the queue, with what beside the name."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from reporter.clinic import deciding
from reporter.clinic.clinics import Clinic
from reporter.clinic.enrolment import AreaDose
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Severity
from reporter.rules.report import ReportedSymptom
from reporter.settings import Settings
from reporter.web import queue_page
from reporter.web.queue_page import Desk, Line
from tests.conftest import NOW, report
from tests.web.desk import Browser, Ward, desk_of, running, text_of

MINUTE = timedelta(minutes=1)


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


@pytest.fixture
def lines(ward: Ward, dana: Staff) -> Callable[..., tuple[Line, ...]]:
    """The lines of one tab as Dana sees them now."""

    def read(here: str = "todo", later: timedelta = timedelta(0)) -> tuple[Line, ...]:

        desk = Desk(ward.knowledge, ward.clinic, dana, NOW + later)
        return queue_page.page(ward.db, desk, here).lines

    return read


def test_undecided_first_then_level_then_time_left(
    ward: Ward, lines: Callable[..., tuple[Line, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.case(report("smile_asymmetry"), name="Tess Whitman")
    ward.case(report("hives"), name="June Okafor", ago=3 * MINUTE)
    ward.case(report("trouble_swallowing"), name="Robert Hale", ago=19 * MINUTE)
    ward.case(report("hives"), name="Ann First", ago=40 * MINUTE)

    def broken(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(deciding, "decide_with_words", broken)
    ward.case(report("bruising"), name="Hugo Stone", ago=MINUTE)
    assert [(line.name, line.badge.word, line.badge.shape) for line in lines()] == [
        ("Hugo Stone", "Not decided", "?"),
        ("Robert Hale", "Emergency", "▲"),
        ("Ann First", "Urgent", "◆"),
        ("June Okafor", "Urgent", "◆"),
        ("Tess Whitman", "Call-back", "●"),
    ]


def test_a_line_says_who_what_how_it_goes_and_whose_it_is(
    ward: Ward, lines: Callable[..., tuple[Line, ...]]
) -> None:
    droop = ReportedSymptom("eyelid_droop", Severity.MODERATE, 3, side="right", trend="worse")
    ward.case(report(droop), language="es", born=date(1968, 11, 25))
    (line,) = lines()
    assert (line.name, line.age) == ("Maria Alvarez", 57)  # 58 tomorrow
    assert [(sign.text, sign.mark, sign.trend) for sign in line.signs] == [
        ("Droopy eyelid (R)", "↑", "worse")
    ]
    assert line.treated == "Day 4 · glabella + forehead 40 U · Spanish"
    assert (line.owner, line.calls, line.warning, line.unread) == ("No owner", "", "", False)


def test_an_emergency_says_that_nobody_knows_whether_911_was_called(
    ward: Ward, lines: Callable[..., tuple[Line, ...]], dana: Staff
) -> None:
    case = ward.case(report("trouble_breathing"), ago=19 * MINUTE)
    (line,) = lines()
    assert line.warning == "Told to call 911 – not confirmed"
    assert line.due is not None
    assert (line.due.text, line.due.late) == ("4 min late", True)
    ward.move(case, "call", dana, result="reached", note="At the hospital.")
    assert lines()[0].warning == "Told to call 911 – not confirmed"  # nobody has said so yet


def test_a_report_that_staff_wrote_down_claims_no_page(
    ward: Ward, lines: Callable[..., tuple[Line, ...]], dana: Staff
) -> None:
    visit = ward.enrolled()
    ward.tell(visit, report("trouble_breathing"), NOW, channel="phone", by=dana.actor)
    assert lines()[0].warning == "Nobody has told the patient to call 911"


def test_a_waiting_case_comes_back_to_do_when_it_is_due(
    ward: Ward, lines: Callable[..., tuple[Line, ...]], dana: Staff
) -> None:
    case = ward.case(report("hives"))
    ward.move(case, "call", dana, result="no_answer", note="", next_due=NOW + 30 * MINUTE)
    assert [line.calls for line in lines("waiting")] == ["1 of 3 calls ●○○"]
    assert lines("todo") == ()
    assert [line.owner for line in lines("mine")] == ["You"]
    assert [line.name for line in lines("todo", later=30 * MINUTE)] == ["Maria Alvarez"]
    assert lines("waiting", later=30 * MINUTE) == ()


def test_closed_cases_say_how_and_when(
    ward: Ward, lines: Callable[..., tuple[Line, ...]], dana: Staff
) -> None:
    case = ward.case(report("hives"))
    done = {"outcome": "resolved", "red_flags_asked": True, "taught_back": True}
    done |= {"regulator": "no_report"}
    ward.move(case, "close", dana, note="", **done)
    assert lines() == ()
    (line,) = lines("closed")
    assert (line.ended, line.due, line.owner) == ("Resolved, today 10:12 am", None, "")


def test_words_alone_and_many_symptoms(ward: Ward, lines: Callable[..., tuple[Line, ...]]) -> None:
    ward.case(report(free_text="my lip\ntingles " + "a" * 80), name="Priya Nair")
    ward.case(
        report("bruising", "headache", "fatigue", "dry_mouth", "fever"),
        name="Lori Dent",
        ago=9 * MINUTE,
    )
    ward.case(report(call_me=True), name="Karen Boyle")
    by_name = {line.name: line for line in lines()}
    quoted = by_name["Priya Nair"].signs[0].text
    assert quoted.startswith("Own words: “my lip tingles aaa")
    assert quoted.endswith("…”")
    assert by_name["Priya Nair"].unread
    assert (len(by_name["Lori Dent"].signs), by_name["Lori Dent"].more) == (3, 2)
    assert by_name["Karen Boyle"].signs[0].text == "Asks for a call"


def test_the_newest_report_stands_first_and_what_only_an_older_one_said_is_marked(
    ward: Ward, lines: Callable[..., tuple[Line, ...]]
) -> None:
    visit = ward.enrolled()
    bruise = ReportedSymptom("bruising", trend="worse")
    ward.tell(visit, report(bruise, "trouble_swallowing"), NOW - 60 * MINUTE)
    ward.tell(visit, report(ReportedSymptom("bruising", trend="better")), NOW - 5 * MINUTE)
    (line,) = lines()
    assert [(s.text, s.trend, s.is_before) for s in line.signs] == [
        ("Bruise", "better", False),
        ("Trouble swallowing", "", True),
    ]
    ward.tell(visit, report("headache", "fever", "bruising"), NOW - MINUTE)
    (line,) = lines()
    assert line.more == 1
    assert line.signs[-1].text == "Trouble swallowing"  # a warning sign is never cut off


def test_the_page_shows_tabs_with_counts_and_says_when_nobody_waits(
    browser: Browser, ward: Ward
) -> None:
    assert "Nobody waits for a call." in browser.page("/desk")
    ward.case(report("hives"), areas=(AreaDose("lateral_canthal", 24),))
    page = text_of(browser.page("/desk"))
    assert "To do 1 Mine 0 Waiting 0 To read 0 Unfinished 0 Silent 0 Closed" in page
    assert "Hives" in page
    assert "lateral canthal 24 U" in page
    assert "You have no cases." in browser.page("/desk?tab=mine")
    assert "Nothing waits for a later time." in browser.page("/desk?tab=waiting")
    assert "No case was closed yet." in browser.page("/desk?tab=closed")
    assert "To do 1" in text_of(browser.page("/desk?tab=no-such-tab"))


def test_what_patients_write_is_text_and_never_markup(browser: Browser, ward: Ward) -> None:
    case = ward.case(
        report("other", free_text="<script>alert(1)</script>"), name='<b onclick="x">Eve</b> Doe'
    )
    for path in ("/desk", f"/desk/case/{case.id}"):
        page = browser.page(path)
        assert "<script>alert" not in page
        assert "<b onclick" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_looking_at_the_queue_writes_no_more_than_who_looked(
    browser: Browser, ward: Ward, db: Database
) -> None:
    ward.case(report("hives"))
    tables = [table for table in db.tables() if not table.startswith("audit_")]
    before = [db.query(f"select * from {table}") for table in tables]  # noqa: S608
    browser.page("/desk")
    browser.page("/desk?tab=closed")
    assert before == [db.query(f"select * from {table}") for table in tables]  # noqa: S608
