"""Nothing typed is lost: kept while typing, brought back later, beside what changed."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask

from reporter.clinic import note_drafts, patients, sessions
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import audit
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.settings import Settings
from tests.conftest import NOW, report
from tests.web.desk import Browser, Ward, desk_of, running, text_of

TYPED = "She says it began on Sunday, and I ha"
MORE = {"next_due": "2026-11-24T10:30", "red_flags_asked": "y"}
SAVED = {"result": "note", "note": "She called the desk."}


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


def keep(browser: Browser, case: Case, verb: str = "call", **typed: str) -> int:
    """What the page's script sends while somebody types."""
    data = {"version": case.version, "number": "(240) 555-0188", **typed}
    path = f"/desk/case/{case.id}/draft/{verb}"
    return browser.client.post(path, data=data, headers={"X-Reporter-Poll": "1"}).status_code


def test_what_was_typed_comes_back_after_the_log_out_and_only_for_its_writer(
    app: Flask, browser: Browser, ward: Ward, dana: Staff, hire: Callable[..., Staff], db: Database
) -> None:
    case = ward.case(report("hives"))
    assert keep(browser, case, note=TYPED) == 200
    (row,) = db.query(
        "select sealed_fields from note_drafts where clinic_id = :c", c=dana.clinic_id
    )
    assert "Sunday" not in row["sealed_fields"]
    browser.client.post("/log-out")
    page = desk_of(app, dana).page(f"/desk/case/{case.id}")
    assert f"{TYPED}</textarea>" in page and "Not saved yet:" in page
    others = desk_of(app, hire("Alma Lin")).page(f"/desk/case/{case.id}")
    assert TYPED not in others and "Not saved yet:" not in others
    assert ward.now(case) == case, "a draft is no move"


def test_saving_the_form_erases_what_was_kept_of_it_and_nothing_comes_back_late(
    browser: Browser, ward: Ward, dana: Staff, db: Database
) -> None:
    case = ward.case(report("hives"))
    keep(browser, case, note=TYPED)
    keep(browser, case, "escalate", note="S: half written")
    assert browser.move(case, "call", **SAVED).status_code == 303
    kept = note_drafts.of(db, case, dana.id)
    assert [one.verb for one in kept] == ["escalate"]
    assert keep(browser, case, note=TYPED) == 204, "sent before the save, arrived after it"
    assert len(note_drafts.of(db, case, dana.id)) == 1
    assert keep(browser, ward.now(case), "escalate", note=" ") == 204
    assert note_drafts.of(db, case, dana.id) == (), "an emptied form is no draft"


@pytest.mark.parametrize(
    ("verb", "chosen", "stands"),
    [
        ("call", {"result": "voicemail"}, ('value="voicemail"',)),
        (
            "close",
            {"outcome": "improving", "regulator": "no_report", "taught_back": "y"},
            ('value="improving"', 'value="no_report"', 'name="taught_back"'),
        ),
        ("raise_level", {"level": "3"}, ('name="level" type="radio" value="3"',)),
    ],
)
def test_choices_and_ticks_alone_come_back_too(
    app: Flask,
    browser: Browser,
    ward: Ward,
    dana: Staff,
    verb: str,
    chosen: dict[str, str],
    stands: tuple[str, ...],
) -> None:
    case = ward.case(report("hives"))
    assert keep(browser, case, verb, **chosen) == 200
    browser.client.post("/log-out")
    page = desk_of(app, dana).page(f"/desk/case/{case.id}")
    ticked = [tag for tag in re.findall(r"<input[^>]*>", page) if " checked" in tag]
    for one in stands:
        assert any(one in tag for tag in ticked), one
    assert browser.move(case, "claim").status_code == 401  # that session is over
    assert desk_of(app, dana).move(case, verb, **chosen, note=TYPED, **MORE).status_code == 303
    assert note_drafts.of(ward.db, case, dana.id) == ()


def test_a_time_is_kept_where_it_is_not_the_one_proposed(
    browser: Browser, ward: Ward, dana: Staff, db: Database
) -> None:
    case = ward.case(report("smile_asymmetry"))
    assert keep(browser, case, "follow_up", due_at="2026-11-25T11:10") == 204
    assert keep(browser, case, "follow_up", due_at="2026-11-25T11:10", changed="due_at") == 200
    page = browser.page(f"/desk/case/{case.id}")
    assert 'value="2026-11-25T11:10"' in page and "under “Follow up later” stands" in text_of(page)
    closed = {"outcome": "resolved", "note": "", "red_flags_asked": True, "taught_back": True}
    ward.move(case, "close", dana, **closed)
    gone = text_of(browser.page(f"/desk/case/{case.id}"))
    assert "fits no form that this case has now" in gone


def test_a_draft_can_be_thrown_away(
    browser: Browser, ward: Ward, dana: Staff, db: Database
) -> None:
    case = ward.case(report("hives"))
    keep(browser, case, note=TYPED)
    keep(browser, case, note=TYPED + " And more.")
    browser.client.post(f"/desk/case/{case.id}/throw-away/call")
    assert note_drafts.of(db, case, dana.id) == ()
    assert TYPED not in browser.page(f"/desk/case/{case.id}")
    query = "select verb from audit_events where clinic_id = :c order by seq"
    verbs = [row["verb"] for row in db.query(query, c=dana.clinic_id)]
    of_drafts = [verb for verb in verbs if "draft" in verb]
    assert of_drafts == ["case.draft_kept", "case.draft_gone"], "one beginning, however much typed"
    assert list(audit.verify(db, dana.clinic_id)) == []


def test_what_others_did_meanwhile_stands_beside_what_was_typed(
    browser: Browser, ward: Ward, hire: Callable[..., Staff]
) -> None:
    case = ward.case(report("hives"))
    keep(browser, case, note=TYPED)
    ward.move(case, "note", hire("Alma Lin"), note="Her daughter rang.")
    text = text_of(browser.page(f"/desk/case/{case.id}"))
    block = text[text.index("Others went on meanwhile") : text.index("The page shows how")]
    assert "Her daughter rang." in block and TYPED in block


def test_too_much_is_not_kept_but_the_page_keeps_it(
    browser: Browser, ward: Ward, dana: Staff, db: Database
) -> None:
    case = ward.case(report("hives"))
    assert keep(browser, case, note="x" * 100_000) == 413
    assert note_drafts.of(db, case, dana.id) == ()
    answer = browser.move(case, "call", result="note", note="x" * 100_000)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "The note is too long: at most 10000 letters." in page and "x" * 100_000 in page


def test_an_erased_patients_drafts_cannot_be_read(
    browser: Browser, ward: Ward, dana: Staff, db: Database
) -> None:
    case = ward.case(report("hives"))
    keep(browser, case, note=TYPED)
    visit = ward.enrolled()
    with db.transaction():
        patients.erase(db, dana.clinic_id, visit.patient.id, NOW)
    assert note_drafts.of(db, case, dana.id) == ()
    assert TYPED not in browser.page(f"/desk/case/{case.id}")
    assert keep(browser, case, note=TYPED) == 204
    answer = browser.move(case, "call", **SAVED)
    assert answer.status_code == 422
    assert "This patient was erased" in answer.get_data(as_text=True)


def test_keeping_prolongs_no_session(
    browser: Browser, ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ward.case(report("hives"))
    for minutes in (5, 10, 14):
        at = NOW + timedelta(minutes=minutes)
        monkeypatch.setattr("reporter.clock.now", lambda at=at: at)
        assert keep(browser, case, note=f"{TYPED} {minutes}") == 200
    late = NOW + sessions.IDLE + timedelta(seconds=1)
    monkeypatch.setattr("reporter.clock.now", lambda: late)
    assert keep(browser, case, note=TYPED) == 401


def test_a_save_after_the_session_ended_is_sent_again_from_the_same_page(
    app: Flask, browser: Browser, ward: Ward, dana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ward.case(report("hives"))
    late = NOW + sessions.IDLE + timedelta(minutes=1)
    monkeypatch.setattr("reporter.clock.now", lambda: late)
    answer = browser.move(case, "call", result="note", note=TYPED)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401 and TYPED in page
    assert f'action="/desk/case/{case.id}/call"' in page
    assert f'name="version" value="{case.version}"' in page
    browser.log_in(dana.email)
    sent = {"version": case.version, "result": "note", "note": TYPED}
    assert browser.client.post(f"/desk/case/{case.id}/call", data=sent).status_code == 303
    assert ward.history(case)[-1].note == TYPED


def test_a_page_whose_token_is_gone_gives_the_text_back(
    app: Flask, browser: Browser, ward: Ward
) -> None:
    case = ward.case(report("hives"))
    app.config["WTF_CSRF_ENABLED"] = True
    answer = browser.move(case, "call", result="note", note=f"{TYPED}<b>")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400 and f"{TYPED}&lt;b&gt;" in page


def test_no_secret_is_sent_again(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    late = NOW + sessions.IDLE + timedelta(minutes=1)
    monkeypatch.setattr("reporter.clock.now", lambda: late)
    answer = browser.client.post("/account/password", data={"old_password": "sesame", "x": "y"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "sesame" not in page and "send it again" not in page


def test_a_time_that_the_clocks_skip_gets_a_sentence(browser: Browser, ward: Ward) -> None:
    case = ward.case(report("smile_asymmetry"))
    answer = browser.move(case, "follow_up", due_at="2027-03-14T02:30", note="kept text")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "The clocks go forward over 02:30 that night" in page
    assert 'value="2027-03-14T02:30"' in page and "kept text" in page
