"""The auditor finds who did what, checks that nothing was altered, and takes it away seen."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask

from reporter.clinic import casebook, treatments
from reporter.clinic.audit_trail import HEADER
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import audit
from reporter.records.audit import Actor
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.settings import Settings
from tests.conftest import NOW, report
from tests.web.desk import Browser, Ward, desk_of, running, text_of


@pytest.fixture
def app(settings: Settings, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with running(settings, monkeypatch) as app:
        yield app


@pytest.fixture
def ada(app: Flask, hire: Callable[..., Staff]) -> Browser:
    return desk_of(app, hire("Ada Quill", "auditor"))


@pytest.fixture
def case(
    app: Flask,
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    dana: Staff,
) -> tuple[casebook.Case, str]:
    """Dana looked at it; another patient's case is there too."""
    ward = Ward(db, knowledge, clinic, enrolled)
    found = ward.case(report("double_vision"))
    ward.case(report("headache"), name="Robert Hale")
    desk_of(app, dana).page(f"/desk/case/{found.id}")
    return found, treatments.get(db, clinic.id, found.treatment_id).reference


def events_on(page: str) -> str:
    return text_of(page.partition('id="s-events"')[2].partition('id="s-head"')[0])


def test_it_is_found_by_person_case_kind_and_day(
    ada: Browser, dana: Staff, case: tuple[casebook.Case, str]
) -> None:
    held, reference = case
    everything = events_on(ada.page("/audit"))
    assert f"Dana Reyes looked at the case {reference}" in everything
    assert "A patient brought a report" in everything and "urgent" in everything
    page = ada.page(f"/audit?reference={reference.lower()}")
    about = events_on(page)
    assert "looked at the case" in about and "a report" in about and "logged in" not in about
    assert about.count("brought a report") == 1, "the other patient's is not this case's"
    assert f'the case</strong> <a href="/desk/case/{held.id}"' in page
    assert f'"/treatments/{held.treatment_id}"' in page
    hers = events_on(ada.page(f"/audit?who={dana.id}&kind=looked"))
    assert hers.count("looked at the case") == 1 and "logged in" not in hers
    assert "Nothing of that kind" in events_on(ada.page("/audit?last=2026-11-23"))
    today = events_on(ada.page("/audit?first=2026-11-24&last=2026-11-24&kind=cases"))
    assert today.count("opened a case") == 2
    assert "Maria" not in ada.page("/audit") and held.id not in everything


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ("reference=ZZ-ZZZ", 422, "There is no treatment with the reference"),
        ("first=yesterday", 422, "Give a day like 2026-11-24."),
        ("kind=nothing", 422, "Not a valid choice"),
        ("last=9999-12-31&first=0001-01-01", 200, ""),
        ("who=%00&before=99999999999999999999", 200, ""),
        ("who=somebody'--", 200, "Nothing of that kind"),
    ],
)
def test_nonsense_gets_a_sentence(ada: Browser, asked: str, status: int, told: str) -> None:
    answer = ada.get(f"/audit?{asked}")
    assert answer.status_code == status and told in text_of(answer.text)
    assert ada.get(f"/audit/events.csv?{asked}").status_code == status


def test_old_events_stand_on_further_pages(ada: Browser, db: Database, clinic: Clinic) -> None:
    with db.transaction():
        for number in range(230):
            audit.record(db, clinic.id, audit.SYSTEM, "tested", f"thing {number}", NOW)
    page, shown = ada.page("/audit?who=system"), 0
    for _ in range(3):
        shown += page.count("that this version has no words for</strong>")
        older = page.partition('href="/audit?who=system&amp;before=')[2].partition('"')[0]
        page = ada.page(f"/audit?who=system&before={older}") if older else ""
    assert shown == 230


def test_taking_it_away_is_asked_for_again_and_is_an_event(
    ada: Browser, db: Database, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.transaction():
        audit.record(db, clinic.id, Actor("staff", "x", "X"), "tested", "=cmd|' /C calc'!A0", NOW)
    answer = ada.get("/audit/events.csv?kind=audit")
    assert list(csv.reader(answer.text.splitlines())) == [list(HEADER)]
    row = db.query("select verb, details from audit_events order by seq desc")[0]
    assert row["verb"] == "audit.exported" and json.loads(row["details"])["kind"] == "audit"
    rows = list(csv.reader(ada.get("/audit/events.csv").text.splitlines()))
    assert [one[4] for one in rows][-1] == "audit.exported", "the first taking stands in the second"
    assert [one[5] for one in rows if one[4] == "tested"] == ["'=cmd|' /C calc'!A0"]
    assert {one[8] for one in rows if one[4] == "log_in"} == {"logged in"}
    monkeypatch.setattr("reporter.clock.now", lambda: NOW + timedelta(minutes=11))
    assert ada.get("/audit/events.csv").location.startswith("/account/prove")


def test_checking_says_so_and_names_what_was_altered(
    ada: Browser, db: Database, clinic: Clinic
) -> None:
    told = text_of(ada.client.post("/audit/verify").text)
    assert "events are there as they were written" in told
    assert audit.head(db, clinic.id).mac in ada.page("/audit")
    db.run("update audit_events set actor = 'staff:other' where seq = 2")
    told = text_of(ada.client.post("/audit/verify").text)
    assert "The trail does not hold" in told and "Event 2 was altered or moved." in told
    assert "Event 2 says now: 2026-" in told and "staff:other" in told
    rows = db.query("select details from audit_events where verb = 'audit.verified' order by seq")
    assert [json.loads(row["details"])["breaks"] for row in rows] == [0, 1]


def test_a_very_long_trail_is_for_the_command_line(
    ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporter.web.audit_page.CHECKED_HERE", 1)
    assert "reporter audit verify" in text_of(ada.client.post("/audit/verify").text)


def test_it_is_for_auditor_and_director_only(app: Flask, hire: Callable[..., Staff]) -> None:
    for role, status in (("director", 200), ("nurse", 403), ("manager", 403), ("admin", 403)):
        assert desk_of(app, hire(f"{role} Person", role)).get("/audit").status_code == status, role
