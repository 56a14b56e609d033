"""The queue that keeps itself up to date: what a poll says, what it costs, what it leaves alone."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from benchmarks import desk_store, desk_ward, serving
from reporter.clinic import reports
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.settings import Settings
from tests.conftest import NOW, report
from tests.web.desk import Browser, Ward, desk_of, running, text_of

MINUTE = timedelta(minutes=1)
HIVES = report("hives")


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


def revision_of(page: str) -> str:
    found = re.search(r'data-revision="([^"]+)"', page)
    assert found
    return found[1]


def polled(browser: Browser, seen: str, **more: str) -> TestResponse:
    return browser.client.get("/desk/poll", query_string={"tab": "todo", "seen": seen, **more})


def test_nothing_new_is_204_and_writes_nothing(browser: Browser, ward: Ward, db: Database) -> None:
    ward.case(HIVES)
    seen = revision_of(browser.page("/desk"))
    before = [db.query(f"select * from {table}") for table in db.tables()]  # noqa: S608
    answer = polled(browser, seen)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["X-Desk-Clock"] == "10:12 am"
    assert before == [db.query(f"select * from {table}") for table in db.tables()]  # noqa: S608


def test_a_new_case_and_somebody_elses_claim_come_with_the_next_poll(
    app: Flask, browser: Browser, ward: Ward, hire: Callable[..., Staff]
) -> None:
    seen = revision_of(browser.page("/desk"))
    case = ward.case(HIVES)
    came = polled(browser, seen)
    assert came.status_code == 200
    assert "Maria Alvarez" in came.text
    assert 'data-level="urgent"' in came.text
    assert "<html" not in came.text
    assert polled(browser, revision_of(came.text)).status_code == 204
    other = hire("Ann Other")
    assert desk_of(app, other).move(case, "claim").status_code == 303
    claimed = polled(browser, revision_of(came.text), case=case.id)
    assert "Ann Other" in text_of(claimed.text)
    assert 'data-open-version="2"' in claimed.text
    assert 'data-open-version="0"' in polled(browser, "", case="not/an\0id").text


def test_polls_prolong_no_session_and_its_end_is_said(
    browser: Browser, ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = revision_of(browser.page("/desk"))

    def at(now: datetime) -> TestResponse:
        monkeypatch.setattr("reporter.clock.now", lambda: now)
        return polled(browser, seen)

    for minute in range(1, 15):
        assert at(NOW + minute * MINUTE).status_code in {200, 204}
    ended = at(NOW + 16 * MINUTE)
    assert (ended.status_code, ended.data) == (401, b"")
    assert "Location" not in ended.headers


def test_only_so_many_lines_are_drawn_and_more_on_request(
    browser: Browser, ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("reporter.web.live", "reporter.web.queue_page"):
        monkeypatch.setattr(f"{module}.LINES", 2)
        monkeypatch.setattr(f"{module}.MOST_LINES", 4)
    for number in range(5):
        ward.case(HIVES, name=f"Pat Number{number}", ago=(9 - number) * MINUTE)
    page = browser.page("/desk")
    assert page.count("data-case=") == 2
    assert "To do 5" in text_of(page)
    assert "shown=4" in page
    more = browser.page("/desk?shown=4")
    assert more.count("data-case=") == 4
    assert "These are the first 4." in more
    assert browser.page("/desk?shown=nonsense").count("data-case=") == 2


def test_unfinished_and_to_read_ask_the_store_no_more_often_for_more_rows(
    browser: Browser, ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = Database.query

    def counted(self: Database, sql: str, **values: object) -> list[dict[str, object]]:
        asked.append(sql)
        return real(self, sql, **values)

    monkeypatch.setattr(Database, "query", counted)

    def statements(path: str) -> int:
        browser.page(path)  # once unmeasured: the first page of a session looks up more
        asked.clear()
        browser.page(path)
        return len(asked)

    def write(number: int) -> None:
        visit = ward.enrolled(name=f"Word Smith{number}")
        told = report("bruising", free_text="see you in spring")
        ward.tell(visit, told, NOW, channel="unfinished" if number % 2 else "link")

    write(0)
    write(1)
    few = [statements("/desk/to-read"), statements("/desk/unfinished")]
    for number in range(2, 8):
        write(number)
    assert len(reports.to_read(ward.db, ward.clinic.id)) == 8
    assert [statements("/desk/to-read"), statements("/desk/unfinished")] == few


def test_single_keys_are_each_persons_own_choice(browser: Browser) -> None:
    assert "keys.js" in browser.page("/desk")
    answer = browser.client.post("/account/shortcuts", data={"wanted": "off"})
    assert answer.status_code == 303
    off = browser.page("/desk")
    assert "keys.js" not in off
    assert "<kbd>" not in off
    browser.client.post("/account/shortcuts", data={"wanted": "on"})
    assert "keys.js" in browser.page("/desk")


def test_fifty_nurses_over_http_claim_no_case_twice(tmp_path: Path) -> None:
    """A few seconds of benchmarks/desk.py: real workers, real locks, twelve cases for fifty."""
    path = tmp_path / "ward.db"
    tokens = desk_store.fill(path, 12, 0, datetime.now(UTC))
    port = serving.free_port()
    env = serving.environment(f"sqlite:///{path}", port, 2)
    with serving.serving(["-m", "reporter", "serve"], env, port):
        ward = desk_ward.fifty(port, tokens, seconds=4, pace=0.0)
    assert desk_ward.claimed_twice(path) == 0
    assert ward.failed == 0
    assert ward.claimed == desk_ward.claims(path) >= 1
    assert ward.refused > 0  # they did meet


def test_a_search_stands_in_no_address_and_in_no_event(
    browser: Browser, ward: Ward, db: Database
) -> None:
    ward.case(HIVES)
    sent = browser.client.post("/desk/search", data={"text": " alvar "})
    assert sent.status_code == 303
    address = sent.headers["Location"]
    assert "alvar" not in address
    page = text_of(browser.page(address))
    assert "“alvar”: 1 case" in page
    assert "Found by name: “alvar”" in page
    events = db.query("select verb, subject, details from audit_events order by seq")
    searched = [one for one in events if one["verb"] == "case.searched"]
    assert len(searched) == 1
    assert "alvar" not in str(events).lower()
    assert browser.get("/desk/search?find=tampered").headers["Location"].endswith("/desk")
    assert browser.client.post("/desk/search", data={"text": " "}).status_code == 303
    none = browser.client.post("/desk/search", data={"text": "zebra"}).headers["Location"]
    assert "No case, open or closed, was found." in browser.page(none)


def test_pages_without_a_queue_hear_of_emergencies_and_the_wall_hears_no_name(
    browser: Browser, ward: Ward
) -> None:
    old = ward.case(report("trouble_swallowing"), name="Robert Hale")
    for page in ("/desk?tab=mine", "/desk/escalated", "/desk/silent", "/account"):
        assert f'data-known="{old.id}"' in browser.page(page), page
    for page in ("/handover", "/huddle"):
        assert 'data-poll="/desk/poll?tab=wall"' in browser.page(page), page
    ward.case(HIVES, name="June Okafor")
    new = ward.case(report("trouble_breathing"), name="Karen Boyle", ago=MINUTE)
    heard = polled(browser, "", tab="none").text
    assert heard.index(new.id) < heard.index(old.id)  # the latest first
    assert "Karen Boyle</a>, Trouble breathing" in heard
    assert "June Okafor" not in heard
    wall = polled(browser, "", tab="wall").text
    assert new.id in wall
    assert "Karen" not in wall
    assert "breathing" not in wall


def test_who_to_call_first_is_the_same_on_every_tab(
    browser: Browser, ward: Ward, dana: Staff
) -> None:
    mine = ward.case(HIVES, name="June Okafor")
    ward.move(mine, "claim", dana)
    ward.case(report("trouble_swallowing"), name="Robert Hale")
    for tab in ("todo", "mine", "waiting", "closed"):
        card = browser.page(f"/desk?tab={tab}").partition('id="call-first"')[2]
        assert "Robert Hale" in card, tab
