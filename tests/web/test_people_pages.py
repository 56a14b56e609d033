"""Accounts as people meet them: invited, asked for a code, asked again, logged out elsewhere."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from reporter.clinic import invitations, people, second_factor, sessions
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.settings import Settings
from reporter.web.devices import device
from tests.conftest import NOW, PASSWORD
from tests.web.desk import Browser, desk_of, running, text_of

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
Clock = Callable[[datetime], None]


@pytest.fixture
def app(settings: Settings, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with running(settings, monkeypatch) as app:
        yield app


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set what time it is."""
    return lambda at: monkeypatch.setattr("reporter.clock.now", lambda: at)


@pytest.fixture
def ada(hire: Callable[..., Staff]) -> Staff:
    return hire("Ada Quill", "admin")


def said(answer: TestResponse) -> str:
    return text_of(answer.text)


def session_in(browser: Browser) -> str:
    cookie = browser.client.get_cookie("staff")
    assert cookie
    return str(cookie.value)


def enrolled(browser: Browser, at: datetime = NOW) -> tuple[str, list[str]]:
    """Set up a second factor as a person does: the secret and the recovery codes."""
    page = browser.page("/account/second-factor")
    found = re.search(r'class="p-secret">([A-Z2-7 ]+)<', page)
    sealed = re.search(r'name="secret"[^>]*value="([^"]+)"', page)
    assert found and sealed and "<svg" in page
    secret = found[1].replace(" ", "")
    given = {"secret": sealed[1], "code": pyotp.TOTP(secret).at(at)}
    answer = browser.client.post("/account/second-factor", data=given)
    assert answer.status_code == 200
    again = browser.client.post("/account/second-factor", data=given)
    assert again.location == "/account", "a page loaded again ends no codes on paper"
    return secret, re.findall(r"<code>(\w{5}-\w{5})</code>", answer.text)


# --- invitations


def test_an_invitation_from_the_page_to_the_first_log_in(
    app: Flask, db: Database, ada: Staff
) -> None:
    admin = desk_of(app, ada)
    form = {"name": "Ina Vogt", "email": "Ina@staff.test", "role": "nurse"}
    assert admin.client.post("/people/invite", data=form).location == "/people"
    page = text_of(admin.page("/people"))
    assert "Ina Vogt invited ina@staff.test nurse never logged in" in page
    row = db.query("select sealed_message from outbox order by id desc")[0]
    mail = db.clinic_key(ada.clinic_id).open_data("outbox", row["sealed_message"])["bytes"]
    found = re.search(r"/welcome/([\w-]{43})", mail.replace("=\r\n", ""))
    assert found
    ina = Browser(app.test_client())
    answer = ina.get(f"/welcome/{found[1]}")
    assert answer.location == "/welcome", "the token leaves the address at once"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Welcome to Epec Clinic" in ina.page("/welcome")
    for wrong, told in (
        ({"new_password": PASSWORD, "again": "another one, truly"}, "The two differ"),
        ({"new_password": "short", "again": "short"}, "10 to 200"),
        ({}, "Choose a password."),
    ):
        refused = ina.client.post("/welcome", data=wrong)
        assert refused.status_code == 422 and told in said(refused)
        assert PASSWORD not in refused.text
    kept = ina.client.post("/welcome", data={"new_password": PASSWORD, "again": PASSWORD})
    assert kept.location == "/log-in"
    assert "Your password is kept" in text_of(ina.page("/log-in"))
    assert ina.get(f"/welcome/{found[1]}").location == "/welcome"
    assert ina.get("/welcome").status_code == 410
    assert ina.log_in("ina@staff.test").location == "/desk"


@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "%F0%9F%98%80", "a'or'1'='1"])
def test_a_link_that_is_none_says_so(app: Flask, token: str) -> None:
    browser = Browser(app.test_client())
    browser.get(f"/welcome/{token}")
    answer = browser.get("/welcome")
    assert answer.status_code == 410 and "This link has ended" in said(answer)


def test_what_is_wrong_with_an_invitation_stands_beside_it(app: Flask, ada: Staff) -> None:
    admin = desk_of(app, ada)
    form = {"name": "Ina", "email": ada.email, "role": "nurse"}
    answer = admin.client.post("/people/invite", data=form)
    assert answer.status_code == 422 and "There is an account" in said(answer)
    assert 'value="Ina"' in answer.text
    answer = admin.client.post("/people/invite", data={**form, "role": "boss"})
    assert answer.status_code == 422


# --- second factor


def test_a_code_is_asked_for_at_log_in_and_works_once(
    app: Flask, dana: Staff, clock: Clock
) -> None:
    browser = desk_of(app, dana)
    secret, paper = enrolled(browser)
    assert len(paper) == 10
    assert "Nobody can show them again" not in browser.page("/account")
    later = NOW + timedelta(minutes=3)
    clock(later)
    other = Browser(app.test_client())
    assert other.log_in(dana.email, next="/desk?tab=mine").location.startswith("/log-in/code")
    half = session_in(other)
    assert other.get("/desk").status_code == 303, "the password alone opens nothing"
    wrong = other.client.post("/log-in/code", data={"code": "000000"})
    assert wrong.status_code == 401 and "not right" in said(wrong)
    code = {"code": pyotp.TOTP(secret).at(later), "next": "/desk?tab=mine"}
    assert other.client.post("/log-in/code", data=code).location == "/desk?tab=mine"
    assert session_in(other) != half
    third = Browser(app.test_client())
    third.log_in(dana.email)
    assert third.client.post("/log-in/code", data=code).status_code == 401, "used already"
    assert third.client.post("/log-in/code", data={"code": paper[0]}).location == "/desk"
    page = third.page("/account")
    assert "9 of your recovery codes are left" in text_of(page)
    before = re.search(r'name="before" value="([^"]+)"', page)
    assert before
    sent = {"before": before[1]}
    assert third.client.post("/account/second-factor/codes", data=sent).status_code == 200
    assert third.client.post("/account/second-factor/codes", data=sent).location == "/account"
    assert "shown once" in text_of(third.page("/account"))


def test_without_a_half_session_the_code_page_is_the_log_in(app: Flask, dana: Staff) -> None:
    assert Browser(app.test_client()).get("/log-in/code").location == "/log-in"
    assert desk_of(app, dana).get("/log-in/code").location == "/log-in"


def test_a_clinic_may_ask_for_one_before_anything_else(
    app: Flask, db: Database, clinic: Clinic, ada: Staff, dana: Staff
) -> None:
    admin = desk_of(app, ada)
    assert admin.client.post("/people/second-factor", data={"whom": "leaders"}).status_code == 303
    assert admin.get("/people").location == "/account/second-factor"
    assert "Your clinic asks your role" in admin.page("/account/second-factor")
    assert desk_of(app, dana).get("/desk").status_code == 200
    enrolled(admin)
    assert admin.get("/people").status_code == 200
    assert people.factor_for(db, clinic.id) == "leaders"


def test_a_wrong_first_code_shows_the_same_square_again(app: Flask, dana: Staff) -> None:
    browser = desk_of(app, dana)
    page = browser.page("/account/second-factor")
    sealed = re.search(r'name="secret"[^>]*value="([^"]+)"', page)
    shown = re.search(r'class="p-secret">([^<]+)<', page)
    assert sealed and shown
    form = {"secret": sealed[1], "code": "000000"}
    again = browser.client.post("/account/second-factor", data=form)
    assert again.status_code == 422 and shown[1] in again.text
    torn = browser.client.post("/account/second-factor", data={"secret": "x", "code": "1"})
    assert torn.status_code == 422 and "too old" in said(torn)


def test_turning_it_off_ends_the_other_sessions(app: Flask, db: Database, dana: Staff) -> None:
    browser = desk_of(app, dana)
    enrolled(browser)
    before = session_in(browser)
    assert browser.client.post("/account/second-factor/off").location == "/account"
    assert session_in(browser) != before
    assert not second_factor.is_on(db, dana)
    assert browser.client.post("/account/second-factor/codes").status_code == 404


# --- sessions


def test_your_account_lists_your_sessions_and_ends_them(
    app: Flask, db: Database, dana: Staff
) -> None:
    here = desk_of(app, dana)
    there = Browser(app.test_client())
    there.client.post(
        "/log-in",
        data={"email": dana.email, "password": PASSWORD},
        headers={"User-Agent": AGENT},
    )
    page = text_of(here.page("/account"))
    assert "Firefox on Windows" in page and page.count("this one") == 1
    other = next(one for one in sessions.of(db, dana, NOW) if one.device == "Firefox on Windows")
    ended = here.client.post(f"/account/sessions/{other.id}/end")
    assert ended.status_code == 303 and there.get("/desk").status_code == 303
    assert here.client.post(f"/account/sessions/{other.id}/end").status_code == 404
    third = desk_of(app, dana)
    assert here.client.post("/account/sessions/end-others").status_code == 303
    assert third.get("/desk").status_code == 303
    assert here.get("/desk").status_code == 200


def test_nobody_ends_another_persons_session(
    app: Flask, db: Database, dana: Staff, ada: Staff
) -> None:
    desk_of(app, dana)
    hers = sessions.of(db, dana, NOW)[0].id
    assert desk_of(app, ada).client.post(f"/account/sessions/{hers}/end").status_code == 404
    assert sessions.of(db, dana, NOW)


@pytest.mark.parametrize(("header", "alive"), [({}, True), ({"X-Reporter-Poll": "1"}, False)])
def test_polling_keeps_no_session_alive(
    app: Flask, dana: Staff, clock: Clock, header: dict[str, str], alive: bool
) -> None:
    browser = desk_of(app, dana)
    for minute in (5, 10, 14):
        clock(NOW + timedelta(minutes=minute))
        assert browser.client.get("/desk", headers=header).status_code == 200
    clock(NOW + timedelta(minutes=20))
    assert (browser.client.get("/desk", headers=header).status_code == 200) is alive


def test_a_new_password_ends_the_other_sessions(app: Flask, dana: Staff) -> None:
    here, there = desk_of(app, dana), desk_of(app, dana)
    new = "violet ladder seven"
    form = {"password": PASSWORD, "new_password": new, "again": new}
    for wrong, told in (
        ({**form, "password": "not hers at all"}, "That is not your password."),
        ({**form, "again": "something else"}, "The two differ"),
        ({**form, "new_password": "dana", "again": "dana"}, "10 to 200"),
    ):
        answer = here.client.post("/account/password", data=wrong)
        assert answer.status_code == 422 and told in said(answer)
    before = session_in(here)
    assert here.client.post("/account/password", data=form).location == "/account"
    assert session_in(here) != before
    assert here.get("/desk").status_code == 200
    assert there.get("/desk").status_code == 303
    assert Browser(app.test_client()).log_in(dana.email).status_code == 401
    assert Browser(app.test_client()).log_in(dana.email, new).status_code == 303


# --- once more who you are


def test_what_was_typed_waits_for_the_proof(
    app: Flask, db: Database, ada: Staff, dana: Staff, clock: Clock
) -> None:
    admin = desk_of(app, ada)
    clock(NOW + timedelta(minutes=11))
    path = f"/people/{dana.id}/role"
    asked = admin.client.post(path, data={"role": "manager"})
    assert asked.status_code == 403 and 'name="kept:role" value="manager"' in asked.text
    form = {"act": path, "kept:role": "manager"}
    wrong = admin.client.post("/account/prove", data={**form, "password": "not hers"})
    assert wrong.status_code == 422 and 'name="kept:role" value="manager"' in wrong.text
    before = session_in(admin)
    proved = admin.client.post("/account/prove", data={**form, "password": PASSWORD})
    assert proved.status_code == 200 and f'action="{path}"' in proved.text
    assert 'name="role" value="manager"' in proved.text
    assert session_in(admin) != before, "a new id at step-up"
    assert people.one(db, ada.clinic_id, dana.id, NOW).staff.role == "nurse", "nothing by itself"
    assert admin.client.post(path, data={"role": "manager"}).status_code == 303
    assert people.one(db, ada.clinic_id, dana.id, NOW).staff.role == "manager"


def test_an_export_asks_first_and_a_code_is_proof_too(
    app: Flask, hire: Callable[..., Staff], clock: Clock
) -> None:
    manager = desk_of(app, hire("Mona Lind", "manager"))
    secret, _ = enrolled(manager)
    late = NOW + timedelta(minutes=11)
    clock(late)
    answer = manager.get("/treatments/checkins.csv")
    assert answer.location == "/account/prove?next=/treatments/checkins.csv"
    assert "Or the code of your phone" in manager.page(answer.location)
    form = {"next": "/treatments/checkins.csv", "code": pyotp.TOTP(secret).at(late)}
    assert manager.client.post("/account/prove", data=form).location == "/treatments/checkins.csv"
    assert manager.get("/treatments/checkins.csv").status_code == 200
    clock(late + timedelta(minutes=11))
    again = manager.client.post("/account/prove", data=form)
    assert again.status_code == 422, "a code is proof once"


@pytest.mark.parametrize("path", ["//evil.test", "https://evil.test", "/\\evil.test"])
def test_proof_leads_to_no_other_site(app: Flask, dana: Staff, path: str) -> None:
    browser = desk_of(app, dana)
    for form in ({"act": path}, {"next": path}):
        answer = browser.client.post("/account/prove", data={**form, "password": PASSWORD})
        assert answer.location == "/account"


# --- what an administrator does


def test_closing_an_account_logs_out_at_once(
    app: Flask, db: Database, ada: Staff, dana: Staff
) -> None:
    admin, nurse = desk_of(app, ada), desk_of(app, dana)
    page = admin.client.post(f"/people/{dana.id}/disable", follow_redirects=True)
    assert "Dana Reyes is logged out everywhere" in said(page)
    assert nurse.get("/desk").status_code == 303
    assert nurse.log_in(dana.email).status_code == 401
    assert "Dana Reyes account closed" in text_of(admin.page("/people"))
    admin.client.post(f"/people/{dana.id}/enable")
    assert nurse.log_in(dana.email).status_code == 303
    own = admin.client.post(f"/people/{ada.id}/disable")
    assert own.status_code == 422 and "is the last administrator" in said(own)
    assert admin.client.post(f"/people/{dana.id}/promote").status_code == 404


def test_a_lost_phone_is_reset(app: Flask, db: Database, ada: Staff, dana: Staff) -> None:
    nurse = desk_of(app, dana)
    enrolled(nurse)
    admin = desk_of(app, ada)
    assert "Lost phone" in admin.page(f"/people/{dana.id}")
    assert admin.client.post(f"/people/{dana.id}/reset-factor").status_code == 303
    assert nurse.get("/desk").status_code == 303
    assert nurse.log_in(dana.email).location == "/desk"


def test_a_forgotten_password_keeps_the_second_factor(
    app: Flask, db: Database, dana: Staff
) -> None:
    enrolled(desk_of(app, dana))
    token = invitations.make(db, dana, by=SYSTEM, at=NOW)
    browser = Browser(app.test_client())
    browser.get(f"/welcome/{token}")
    assert "Choose a new password" in browser.page("/welcome")
    new = "violet ladder seven"
    browser.client.post("/welcome", data={"new_password": new, "again": new})
    assert browser.log_in(dana.email, new).location == "/log-in/code"


def test_each_role_begins_at_its_own_page(app: Flask, hire: Callable[..., Staff]) -> None:
    homes = {"manager": "/treatments", "admin": "/people", "auditor": "/audit", "director": "/desk"}
    for role, home in homes.items():
        person = hire(f"{role} Person", role)
        assert Browser(app.test_client()).log_in(person.email).location == home


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (AGENT, "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36 Edg/140", "Edge on Windows"),
        ("<script>alert(1)</script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_device_has_a_name_that_people_know(agent: str, words: str) -> None:
    assert device(agent) == words
