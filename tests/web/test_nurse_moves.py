"""Moves from the page: done once, refused kindly, and nothing typed is ever lost."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Busy, Database
from reporter.rules.knowledge import Knowledge
from reporter.settings import Settings
from reporter.web.nurse_forms import next_step
from tests.conftest import NOW, report
from tests.web.desk import Browser, Ward, desk_of, running, text_of

CALLED = {"result": "no_answer", "note": "Rang out.", "next_due": "2026-11-24T11:00"}
CLOSED = {"outcome": "resolved", "red_flags_asked": "y", "taught_back": "y", "note": "All well."}
CLOSED |= {"regulator": "no_report"}


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


def test_from_claim_to_closed(browser: Browser, ward: Ward, dana: Staff) -> None:
    case = ward.case(report("hives"))
    answer = browser.move(case, "claim")
    assert (answer.status_code, answer.location) == (303, f"/desk/case/{case.id}?tab=todo")
    assert "This case is yours." in browser.page(answer.location)
    case = ward.now(case)
    assert (case.state, case.owner_id) == ("claimed", dana.id)

    browser.move(case, "call", **CALLED)
    case = ward.now(case)
    assert (case.state, case.attempts) == ("waiting", 1)
    assert case.due_at == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # 11:00 in New York
    page = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "Call: no answer by Dana Reyes · due today 11:00 am Rang out." in page
    assert "Call 2 of 3" in page

    browser.move(case, "call", result="reached", note="Better now.", next_due="")
    page = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "You spoke with Maria. The clock runs on until you say what comes next" in page

    browser.move(ward.now(case), "follow_up", due_at="2026-11-25 09:00", note="Look at the rash.")
    case = ward.now(case)
    assert (case.state, case.due_at) == ("monitoring", datetime(2026, 11, 25, 14, 0, tzinfo=UTC))

    browser.move(case, "close", **CLOSED)
    assert (ward.now(case).state, ward.now(case).outcome) == ("closed", "resolved")
    page = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "Closed: resolved (warning signs asked again, said back when to call" in page

    browser.move(ward.now(case), "reopen", note="She called again.")
    assert ward.now(case).state == "new"


def test_release_and_note(browser: Browser, ward: Ward) -> None:
    case = ward.case(report("hives"))
    browser.move(case, "claim")
    assert browser.move(ward.now(case), "release").status_code == 303
    assert ward.now(case).owner_id is None
    browser.move(ward.now(case), "note", note="One line\r\nand another")
    assert ward.history(case)[-1].note == "One line\nand another"


@pytest.mark.parametrize(
    ("verb", "typed", "sentence", "field"),
    [
        ("call", {"note": "kept text"}, "Choose what came of the call.", "call-result"),
        (
            "call",
            {**CALLED, "note": "kept text", "next_due": "2026-11-24T10:00"},
            "That time is past. Give one that is still to come.",
            "call-next_due",
        ),
        (
            "call",
            {**CALLED, "note": "kept text", "next_due": ""},
            "Give the day and time of the next step.",
            "call-next_due",
        ),
        (
            "call",
            {**CALLED, "note": "kept text", "next_due": "tomorrow-ish"},
            "Give the day and time like 2026-11-24 17:30.",
            "call-next_due",
        ),
        (
            "call",
            {**CALLED, "note": "kept text", "next_due": "9999-12-31T23:59"},
            "Give the day and time like 2026-11-24 17:30.",
            "call-next_due",
        ),
        (
            "call",
            {**CALLED, "note": "kept text", "next_due": "2026-12-24T10:00"},
            "That is too late for this level",
            "call-next_due",
        ),
        (
            "follow_up",
            {"due_at": "0001-01-01T00:00", "note": "kept text"},
            "Give the day and time like 2026-11-24 17:30.",
            "follow_up-due_at",
        ),
        ("close", {"note": "kept text"}, "Choose what came of it.", "close-outcome"),
        (
            "close",
            {"outcome": "resolved", "note": "kept text"},
            "Ask the warning signs again, then tick the box.",
            "close-red_flags_asked",
        ),
        (
            "close",
            {"outcome": "unreached", "note": "kept text"},
            "before you close it as not reached.",
            "close-outcome",
        ),
        ("release", {"note": "kept text" + "x" * 100_000}, "The note is too long", "release-note"),
    ],
)
def test_a_refused_move_says_why_beside_the_field_and_keeps_what_was_typed(
    browser: Browser,
    ward: Ward,
    dana: Staff,
    verb: str,
    typed: dict[str, str],
    sentence: str,
    field: str,
) -> None:
    case = ward.move(ward.case(report("hives")), "claim", dana)
    answer = browser.move(case, verb, **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert page.count(sentence) == 2  # in the summary and beside the field
    assert f'<a href="#{field}">' in page
    assert f'id="{field}-error"' in page
    assert "<title>Error: " in page
    assert "kept text" in page
    if "T" in typed.get("next_due", "") or typed.get("next_due") == "tomorrow-ish":
        assert f'value="{typed["next_due"]}"' in page
    assert ward.now(case) == case


def test_a_close_names_all_that_it_lacks_at_once(browser: Browser, ward: Ward) -> None:
    case = ward.case(report("hives"))
    page = browser.move(case, "close", outcome="", note="Well.").text
    summary = page[page.index("error-summary") : page.index("who-bar")]
    for words in ("Choose what came", "Ask the warning signs", "say back when", "regulator"):
        assert words in summary
    assert page.count('<p class="error"') == 4


def test_the_second_nurse_is_told_who_was_first_and_gets_her_text_back(
    app: Flask, browser: Browser, ward: Ward, hire: Callable[..., Staff]
) -> None:
    case = ward.case(report("hives"))
    alma = desk_of(app, hire("Alma Lin", role="practitioner"))
    assert alma.move(case, "claim").status_code == 303
    answer = browser.move(case, "call", **{**CALLED, "note": "She can <i>swallow</i>."})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Alma Lin took this case at 10:12 am." in page
    assert "She can &lt;i&gt;swallow&lt;/i&gt;." in page
    assert "Alma Lin has this case" in page
    assert ward.now(case).version == case.version + 1
    assert [move.verb for move in ward.history(case)] == ["open", "claim"]


def test_after_a_conflict_the_same_form_can_be_saved_again(
    browser: Browser, ward: Ward, hire: Callable[..., Staff]
) -> None:
    case = ward.case(report("hives"))
    ward.move(case, "note", hire("Alma Lin"), note="She called the desk.")
    answer = browser.move(case, "call", **CALLED)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Rang out.</textarea>" in page
    assert f'name="version" value="{case.version + 1}"' in page
    assert browser.move(ward.now(case), "call", **CALLED).status_code == 303


def test_a_closed_case_acted_on_from_a_stale_page(
    browser: Browser, ward: Ward, hire: Callable[..., Staff]
) -> None:
    case = ward.case(report("hives"))
    done = {"outcome": "referred", "red_flags_asked": True, "taught_back": True, "note": ""}
    done |= {"regulator": "no_report"}
    ward.move(case, "close", hire("Alma Lin"), **done)
    answer = browser.move(case, "call", **CALLED)
    text = text_of(answer.get_data(as_text=True))
    assert answer.status_code == 409
    assert "Alma Lin closed this case at 10:12 am." in text
    assert "Note Rang out." in text[text.index("What you typed") : text.index("It was not saved.")]
    assert "Rang out.</textarea>" in answer.get_data(as_text=True), "to be saved as a note"
    assert "Open again" in text


@pytest.mark.parametrize(
    ("verb", "typed"), [("claim", {}), ("call", CALLED), ("close", CLOSED), ("note", {"note": "x"})]
)
def test_a_double_click_is_harmless(
    browser: Browser, ward: Ward, verb: str, typed: dict[str, Any]
) -> None:
    case = ward.case(report("hives"))
    assert browser.move(case, verb, **typed).status_code == 303
    assert browser.move(case, verb, **typed).status_code == 303
    assert [move.verb for move in ward.history(case)] == ["open", verb]


def test_the_same_click_with_another_text_is_no_double_click(browser: Browser, ward: Ward) -> None:
    case = ward.case(report("hives"))
    browser.move(case, "note", note="First.")
    answer = browser.move(case, "note", note="Second.")
    assert answer.status_code == 409
    assert "Second." in answer.get_data(as_text=True)


@pytest.mark.parametrize("version", ["", "abc", "-1", "9" * 30])
def test_a_form_without_a_true_version_changes_nothing(
    browser: Browser, ward: Ward, version: str
) -> None:
    case = ward.case(report("hives"))
    answer = browser.move(case, "note", note="kept text", version=version)
    assert answer.status_code in {409, 422}
    assert "kept text" in answer.get_data(as_text=True)
    assert ward.now(case) == case


@pytest.mark.parametrize("verb", ["open", "report_again", "erase"])
def test_only_moves_of_people_have_a_form(browser: Browser, ward: Ward, verb: str) -> None:
    case = ward.case(report("hives"))
    assert browser.move(case, verb).status_code == 404
    assert ward.now(case) == case


def test_a_busy_store_keeps_the_text(
    browser: Browser, ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ward.case(report("hives"))

    def busy(*_: object, **__: object) -> None:
        raise Busy("locked")

    monkeypatch.setattr("reporter.clinic.cases.move", busy)
    answer = browser.move(case, "call", **CALLED)
    assert answer.status_code == 503
    assert "This could not be saved just now." in answer.get_data(as_text=True)
    assert "Rang out.</textarea>" in answer.get_data(as_text=True)


def test_the_form_proposes_times_that_the_guards_accept(browser: Browser, ward: Ward) -> None:
    for symptom in ("trouble_swallowing", "hives", "smile_asymmetry"):
        case = ward.case(report(symptom), name=f"Pat {symptom}".replace("_", " "))
        page = browser.page(f"/desk/case/{case.id}")
        due = page.split('name="next_due"')[1].split('value="')[1].split('"')[0]
        look = page.split('name="due_at"')[1].split('value="')[1].split('"')[0]
        assert browser.move(case, "call", **{**CALLED, "next_due": due}).status_code == 303
        again = ward.now(case)
        assert browser.move(again, "follow_up", due_at=look, note="").status_code == 303
        assert ward.now(case).due_at > NOW + timedelta(minutes=5)


def test_a_practitioner_s_time_is_today_also_while_the_clinic_is_closed(
    ward: Ward, clinic: Clinic
) -> None:
    case = ward.case(report("hives"))
    saturday = datetime(2026, 11, 28, 12, 31, tzinfo=UTC)  # 7:31 in New York
    assert f"{next_step(clinic, case, saturday):%a %H:%M}" == "Sat 09:35"
    late = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)  # 4:30 pm, an hour before closing
    assert f"{next_step(clinic, case, late):%a %H:%M}" == "Tue 17:30"
