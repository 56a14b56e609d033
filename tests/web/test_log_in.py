"""Who gets in, who does not, and what a stranger learns: nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from reporter.clinic import clinics
from reporter.clinic.staff import Staff
from reporter.records.db import Database
from reporter.settings import Settings
from reporter.web import allowed
from reporter.web.log_in import own_path
from tests.conftest import CLINIC, NOW, PASSWORD
from tests.web.desk import Browser, desk_of, running, text_of

WRONG = "That e-mail address and password do not belong together"


@pytest.fixture
def app(settings: Settings, dana: Staff, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with running(settings, monkeypatch) as app:
        yield app


@pytest.fixture
def stranger(app: Flask) -> Browser:
    return Browser(app.test_client())


def test_a_stranger_is_sent_to_log_in_and_comes_back_to_the_page(
    stranger: Browser, dana: Staff
) -> None:
    answer = stranger.get("/desk?tab=mine")
    assert answer.status_code == 303
    assert answer.location == "/log-in?next=/desk?tab%3Dmine"
    page = stranger.get(answer.location).get_data(as_text=True)
    assert 'value="/desk?tab=mine"' in page
    assert stranger.log_in(dana.email, next="/desk?tab=mine").location == "/desk?tab=mine"
    assert stranger.get("/desk").status_code == 200


def test_unknown_name_and_wrong_password_are_answered_alike(stranger: Browser, dana: Staff) -> None:
    known = stranger.log_in(dana.email, "not her password")
    unknown = stranger.log_in("nobody@staff.test", "not her password")
    assert known.status_code == unknown.status_code == 401
    pages = [text_of(one.get_data(as_text=True)) for one in (known, unknown)]
    assert WRONG in pages[0]
    assert pages[0] == pages[1]
    assert "staff=" not in str(known.headers)
    assert stranger.get("/desk").status_code == 303


def test_the_address_is_kept_and_the_password_is_not(stranger: Browser) -> None:
    page = stranger.log_in("dana@staff.test", "something wrong").get_data(as_text=True)
    assert 'value="dana@staff.test"' in page
    assert "something wrong" not in page


def test_a_name_that_no_store_takes_is_simply_unknown(stranger: Browser) -> None:
    answer = stranger.log_in("dana\0@staff.test" + "x" * 5000, "p" * 5000)
    assert answer.status_code == 401
    assert WRONG in answer.get_data(as_text=True)


def test_empty_fields_are_named(stranger: Browser) -> None:
    answer = stranger.log_in("", "")
    text = text_of(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert "Give your e-mail address." in text
    assert "Give your password." in text
    assert "<title>Error: Log in</title>" in answer.get_data(as_text=True)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    stranger: Browser, dana: Staff
) -> None:
    cookie = stranger.log_in(dana.email).headers["Set-Cookie"]
    assert cookie.startswith("staff=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_over_tls_the_cookie_is_bound_to_the_host(
    settings: Settings, dana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(replace(settings, base_url="https://reports.test"), monkeypatch) as app:
        answer = Browser(app.test_client()).log_in(dana.email)
        (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if "staff" in one]
        assert cookie.startswith("__Host-staff=")
        assert "; Secure" in cookie
        assert "Domain" not in cookie


def test_each_log_in_has_its_own_session_and_log_out_ends_only_that_one(
    app: Flask, dana: Staff
) -> None:
    one, other = desk_of(app, dana), desk_of(app, dana)
    tokens = [one.client.get_cookie("staff"), other.client.get_cookie("staff")]
    assert tokens[0] and tokens[1] and tokens[0].value != tokens[1].value
    kept = tokens[0].value
    assert one.client.post("/log-out").location == "/log-in"
    assert one.client.get_cookie("staff") is None
    one.client.set_cookie("staff", kept)
    assert one.get("/desk").status_code == 303
    assert other.get("/desk").status_code == 200


def test_a_token_that_somebody_planted_is_never_taken_over(stranger: Browser, dana: Staff) -> None:
    stranger.client.set_cookie("staff", "planted")
    stranger.log_in(dana.email)
    cookie = stranger.client.get_cookie("staff")
    assert cookie is not None
    assert cookie.value != "planted"


def test_fifteen_minutes_without_use_end_the_session(
    app: Flask, dana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = desk_of(app, dana)
    monkeypatch.setattr("reporter.clock.now", lambda: NOW + timedelta(minutes=16))
    away = browser.get("/desk")
    assert away.status_code == 303
    assert "You were logged out, after 15 minutes" in browser.get(str(away.location)).text
    assert "You were logged out" not in browser.get("/log-in").text


def test_what_was_typed_into_an_ended_session_is_given_back_unsaved(
    app: Flask, dana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = desk_of(app, dana)
    monkeypatch.setattr("reporter.clock.now", lambda: NOW + timedelta(hours=1))
    answer = browser.client.post(
        "/desk/case/any/call",
        data={"note": "She <b>can</b> swallow again.", "version": "1", "result": "reached"},
        headers={"Referer": "http://localhost/desk/case/any?tab=mine"},
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "This was not saved." in page
    assert "She &lt;b&gt;can&lt;/b&gt; swallow again." in page
    assert "/log-in?next=/desk/case/any" in page


def test_log_out_is_no_link(stranger: Browser) -> None:
    assert stranger.get("/log-out").status_code in {404, 405}


@pytest.mark.parametrize(
    "text",
    [
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "https://evil.test",
        "javascript:alert(1)",
        "/desk\r\nSet-Cookie: a=b",
        "/\t/evil.test",
        "/%09/evil.test",
        "desk",
        " /desk",
        "/desk#@evil.test",
        "http:/evil.test",
        "/@evil.test",
        "/desk;x",
        "/" + "a" * 300,
        "",
    ],
)
def test_nobody_is_sent_to_another_site(text: str) -> None:
    assert own_path(text) == ""


def test_a_planted_address_falls_back_to_the_queue(stranger: Browser, dana: Staff) -> None:
    assert stranger.log_in(dana.email, next="//evil.test/desk").location == "/desk"
    assert "evil" not in stranger.get("/log-in?next=//evil.test").get_data(as_text=True)


FIRST = {
    "nurse": "/desk",
    "practitioner": "/desk/escalated",
    "director": "/desk",
    "manager": "/treatments",
    "auditor": "/audit",
    "admin": "/people",
}


def test_everybody_begins_at_a_page_that_is_theirs(app: Flask, hire: Callable[..., Staff]) -> None:
    for role, first in FIRST.items():
        browser, who = Browser(app.test_client()), hire(f"{role.title()} One", role=role)
        for asked in ("", "/desk/case/x/claim", "/settings/secret", "/nowhere"):
            assert browser.log_in(who.email, next=asked).location == first, asked
        assert browser.get(first).status_code == 200
        mine = browser.log_in(who.email, next="/settings").location
        assert mine == ("/settings" if role in {"director", "manager"} else first)
        lost = browser.get("/accounts")
        assert lost.status_code == 404 and "There is no such page" in lost.text
        assert f'href="{first}"' in lost.text and "patient.css" not in lost.text


def test_at_an_address_that_is_no_page_a_stranger_sees_no_staff_page(stranger: Browser) -> None:
    assert "patient.css" in stranger.get("/accounts").text


def test_every_desk_page_is_closed_to_strangers(app: Flask, stranger: Browser) -> None:
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("nurse."):
            continue
        path = rule.rule.replace("<case_id>", "x").replace("<verb>", "call")
        path = path.replace("<report_id>", "y")
        if "GET" in (rule.methods or ()):
            away = 401 if rule.endpoint in allowed.POLLS else 303
            assert stranger.get(path).status_code == away, rule.rule
        else:
            assert stranger.client.post(path).status_code == 401, rule.rule


def test_a_form_without_its_token_is_refused(settings: Settings, dana: Staff, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    browser = Browser(app.test_client())
    assert browser.log_in(dana.email).status_code == 400
    assert browser.client.post("/log-out").status_code == 400


def test_another_clinics_nurse_sees_her_own_clinic(
    app: Flask, db: Database, hire: Callable[..., Staff]
) -> None:
    elsewhere = clinics.create(db, {**CLINIC, "name": "Harbour Clinic"}, at=NOW)
    nina = hire("Nina Park", clinic_id=elsewhere.id)
    page = desk_of(app, nina).page("/desk")
    assert "Harbour Clinic" in page
    assert "Epec Clinic" not in page
    assert PASSWORD not in page
