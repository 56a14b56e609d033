"""Every page of the product as every role, as nobody, and as a member of another clinic.

Who may what stands in `reporter.clinic.roles`, which page asks for what in `reporter.web.allowed`.
A new page that stands in neither table fails here, and is refused to everybody until it does.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reporter.clinic import clinics, photos, reports, ruleset_drafts, sessions, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.roles import ADMIN, MANAGER, NURSE, ROLES, TABLE, May, may, only
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.settings import Settings
from reporter.web import allowed
from reporter.web.application import OPEN, OPEN_ROUTES
from tests.conftest import CLINIC, NOW, report
from tests.web.desk import Ward, running, text_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

METHODS = ("GET", "POST")
# Ids of one clinic's own things: a member of another clinic finds nothing behind them.
OWNED = {
    "case_id",
    "key_id",
    "photo_id",
    "report_id",
    "session_id",
    "staff_id",
    "treatment_id",
}
# What one may look at but is not there to be seen in this small world.
NOT_HERE = {
    "cards.poster": 303,  # no code was made
    "match.page": 404,  # this case came by its own link, not by the poster
    "search.found": 303,  # nothing was sought
}


@dataclass
class House:
    """One clinic with something behind every address, and another clinic beside it."""

    app: Flask
    client: FlaskClient
    token: str
    db: Database
    ids: dict[str, str]
    crew: dict[tuple[str, bool], Staff]

    def ask(self, method: str, rule: str, person: Staff | None, ago: int = 0) -> TestResponse:
        self.client.delete_cookie("staff")
        if person:
            with self.db.transaction():
                at = NOW - timedelta(minutes=ago)
                self.client.set_cookie("staff", sessions.begin(self.db, person, at, "Test"))
        typed = {"csrf_token": self.token} if method == "POST" else None
        return self.client.open(self.address(rule), method=method, data=typed)

    def address(self, rule: str) -> str:
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: self.ids[found[1]], rule)


@pytest.fixture
def house(
    settings: Settings,
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    hire: Callable[..., Staff],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[House]:
    elsewhere = clinics.create(db, {**CLINIC, "name": "Harbour Clinic"}, at=NOW)
    crew = {
        (role, away): hire(f"{role}{'-away' if away else ''} Person", role, place)
        for role in ROLES
        for away, place in ((False, clinic.id), (True, elsewhere.id))
    }
    case = Ward(db, knowledge, clinic, enrolled).case(report("headache", free_text="since noon"))
    said = reports.of_treatment(db, clinic.id, case.treatment_id)[0]
    draft = ruleset_drafts.start(db, clinic.id, by=crew["director", False], at=NOW)
    victim = hire("Vera Victim")
    with db.transaction():
        sessions.begin(db, victim, NOW, "Test")
    ids = {
        "case_id": case.id,
        "treatment_id": case.treatment_id,
        "report_id": said.id,
        "staff_id": victim.id,
        "session_id": sessions.of(db, victim, NOW)[0].id,
        "number": str(draft.number),
        "rule_id": knowledge.rules[0].id,
        "verb": "note",
        "key_id": "none-of-theirs",
        "photo_id": photo(db, clinic, case.treatment_id, monkeypatch),
    }
    with running(settings, monkeypatch) as app:
        app.config["WTF_CSRF_ENABLED"] = True
        client = app.test_client()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/log-in").text)
        assert token
        yield House(app, client, token[1], db, ids, crew)


def photo(db: Database, clinic: Clinic, treatment_id: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """One that came with the report; any bytes will do for a photo here."""
    monkeypatch.setattr(photos, "drawn_anew", lambda data: data)
    key = db.query("select submission_key from reports")[0]["submission_key"]
    photos.add(db, treatments.get(db, clinic.id, treatment_id), key, b"a photo", NOW)
    return str(db.query("select id from photos")[0]["id"])


def staff_pages(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, rule) of every page that is not open to strangers; looking comes first."""
    pages = {
        (rule.endpoint, method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in METHODS
        if method in (rule.methods or ())
        and rule.endpoint not in OPEN_ROUTES
        and rule.endpoint.rpartition(".")[0] not in OPEN
    }
    return sorted(pages, key=lambda page: (page[1], page[0]))


def needed(endpoint: str, method: str) -> May:
    return (allowed.GET if method == "GET" else allowed.POST)[endpoint]


def test_every_staff_page_stands_in_the_table_and_nothing_else_does(house: House) -> None:
    pages = staff_pages(house.app)
    for method, table in (("GET", allowed.GET), ("POST", allowed.POST)):
        there = {endpoint for endpoint, way, _ in pages if way == method}
        told = "Say in reporter/web/allowed.py what this page asks for"
        assert not there - set(table), f"{told}: {method} {sorted(there - set(table))}"
        assert not set(table) - there, f"No such page: {sorted(set(table) - there)}"
    asked = {f"{method} {endpoint}" for endpoint, method, _ in pages}
    assert {" ".join(one.split()[:2]) for one in allowed.PROVED} <= asked


def test_every_staff_page_takes_only_methods_of_the_table(house: House) -> None:
    for rule in house.app.url_map.iter_rules():
        if rule.endpoint in allowed.GET or rule.endpoint in allowed.POST:
            assert (rule.methods or set()) <= {"GET", "POST", "HEAD", "OPTIONS"}, rule.rule


@pytest.mark.parametrize("role", ROLES)
def test_every_page_as_every_role(house: House, role: str) -> None:
    person = house.crew[role, False]
    for endpoint, method, rule in staff_pages(house.app):
        answer = house.ask(method, rule, person)
        here = f"{method} {rule} as {role}: {answer.status}"
        if not may(role, needed(endpoint, method)):
            assert answer.status_code == 403, here
            assert only(needed(endpoint, method)) in text_of(answer.text), here
        elif method == "GET":
            assert answer.status_code == NOT_HERE.get(endpoint, 200), here
        else:
            assert answer.status_code in {200, 204, 303, 404, 409, 422}, here
        assert "/log-in" not in (answer.location or ""), here


def test_every_page_as_nobody(house: House) -> None:
    for endpoint, method, rule in staff_pages(house.app):
        answer = house.ask(method, rule, None)
        if endpoint in allowed.POLLS:  # asked by a script: it tells the person
            assert answer.status_code == 401, rule
        elif method == "GET":
            assert answer.status_code == 303 and answer.location.startswith("/log-in"), rule
        else:
            assert answer.status_code == 401, rule


@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_another_clinic_is_there(house: House, role: str) -> None:
    person, names = house.crew[role, True], ("Maria Alvarez", "Epec Clinic", "Vera Victim")
    for endpoint, method, rule in staff_pages(house.app):
        answer = house.ask(method, rule, person)
        here = f"{method} {rule} as {role} of another clinic: {answer.status}"
        if not may(role, needed(endpoint, method)):
            assert answer.status_code == 403, here
        elif OWNED & set(re.findall(r"<(?:\w+:)?(\w+)>", rule)):
            assert answer.status_code == 404, here
        assert not [name for name in names if name in answer.text], here
    ours = house.ask("GET", "/people", house.crew[ADMIN, False]).text
    assert "account closed" not in ours, "somebody of another clinic closed an account here"


def test_what_needs_proof_asks_again_after_ten_minutes(house: House) -> None:
    rules = {(endpoint, method): rule for endpoint, method, rule in staff_pages(house.app)}
    for one in allowed.PROVED:
        method, endpoint, *verb = one.split()
        house.ids["verb"] = verb[0] if verb else "note"
        role = next(role for role in ROLES if may(role, needed(endpoint, method)))
        person, rule = house.crew[role, False], rules[endpoint, method]
        late = house.ask(method, rule, person, ago=11)
        if method == "GET":
            assert late.status_code == 303 and late.location.startswith("/account/prove"), one
        else:
            assert late.status_code == 403 and "Is it still you" in late.text, one
        fresh = house.ask(method, rule, person, ago=9)
        assert "Is it still you" not in fresh.text, one
        assert "/account/prove" not in (fresh.location or ""), one


def test_a_page_that_stands_in_no_table_is_refused_to_everybody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(allowed.GET, "nurse.queue")
    for role in ROLES:
        answer = house.ask("GET", "/desk", house.crew[role, False])
        assert answer.status_code == 403 and "Nobody may open this page" in answer.text


def test_a_refusal_is_an_event(house: House) -> None:
    house.ask("GET", "/desk", house.crew[ADMIN, False])
    row = house.db.query("select verb, subject, actor from audit_events order by seq desc")[0]
    assert (row["verb"], row["subject"]) == ("access.refused", "nurse.queue")
    assert row["actor"] == f"staff:{house.crew[ADMIN, False].id}"


def test_links_are_only_to_what_one_may_open(house: House) -> None:
    words = {
        role: house.ask("GET", "/account", house.crew[role, False]).text.partition("<main")[0]
        for role in ROLES
    }
    assert ">People<" in words[ADMIN] and ">Queue<" not in words[ADMIN]
    assert 'type="search"' not in words[ADMIN]
    assert ">Queue<" in words[NURSE] and ">People<" not in words[NURSE]
    assert ">Treatments<" in words[MANAGER] and ">Queue<" not in words[MANAGER]


def test_the_table_holds_every_ability_and_only_real_roles(database_url: str) -> None:
    assert set(TABLE) == set(May)
    assert all(roles and roles <= set(ROLES) for roles in TABLE.values())
    assert {may("stranger", one) for one in May} == {False}
