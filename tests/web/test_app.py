"""The application put together: closed unless open, guarded, framed by headers, quick to load."""

import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from reporter import create_app
from reporter.clinic.treatments import Treatment
from reporter.records.db import StorageError
from reporter.settings import Settings
from reporter.web.application import OPEN, OPEN_ROUTES
from reporter.web.log_in import let_in
from tests.web.phone import Phone
from tests.web.test_patient import Link

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_every_page_is_open_on_purpose_or_guarded(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        name, _, _view = rule.endpoint.rpartition(".")
        guarded = let_in in app.before_request_funcs.get(name, [])
        assert rule.endpoint in OPEN_ROUTES or name in OPEN or guarded, rule.endpoint


def test_a_page_that_somebody_forgot_to_guard_does_not_exist(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = app.test_client().get("/forgotten")
    assert answer.status_code == 404 and b"secret" not in answer.data


def test_every_post_needs_its_token(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or set()) and rule.endpoint != "stop_mail.press":
            path = re.sub(r"<int:[^>]+>", "1", rule.rule)
            answer = app.test_client().post(re.sub(r"<[^>]+>", "x", path), data={"answer": "fine"})
            assert answer.status_code in {400, 403}, rule.rule


@pytest.mark.parametrize("path", ["/log-in", "/nothing", "/healthz", "/r/wrong", "/c/x/"])
def test_every_answer_carries_the_headers(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    kept_to_itself = "no-referrer" if path.startswith("/r/") else "same-origin"
    assert answer.headers["Referrer-Policy"] == kept_to_itself
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_pages_own_style_is_allowed_by_its_hash(phone: Phone) -> None:
    assert phone.answer is not None
    assert re.search(
        r"style-src 'self' 'sha256-[^']+'", phone.answer.headers["Content-Security-Policy"]
    )
    assert "--clinic:#0b4f6c" in phone.html
    assert " style=" not in phone.html and "<script>" not in phone.html
    assert re.findall(r"<script[^>]* src=\"(/static/[^?]+)", phone.html) == ["/static/patient.js"]


def test_over_tls_cookies_cannot_be_set_by_neighbours(
    settings: Settings,
    enrolled: Callable[..., Treatment],
    link: Link,
) -> None:
    made = create_app(replace(settings, base_url="https://reporter.test"))
    client = made.test_client()
    answer = client.get(link(enrolled()), base_url="https://reporter.test")
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-") and "Secure" in cookie and "Path=/" in cookie
    assert "Strict-Transport-Security" in answer.headers
    page = client.get(answer.headers["Location"], base_url="https://reporter.test")
    assert page.headers["Set-Cookie"].startswith("__Host-session=")
    made.extensions["reporter"].db.close()


def test_the_first_page_weighs_little_and_asks_no_other_host(phone: Phone) -> None:
    links = re.findall(r'<link rel="(?:stylesheet|icon)" href="([^"]+)"', phone.html)
    parts = [phone.html.encode(), *(phone.client.get(path).data for path in links)]
    assert len(links) == 2
    assert sum(len(gzip.compress(part)) for part in parts) < 30_000
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', phone.html)


def test_static_files_are_kept_for_ever_by_their_content_and_sent_small(
    phone: Phone,
) -> None:
    (path,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', phone.html)
    answer = phone.client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip" and len(answer.data) < 10_000
    assert "immutable" in answer.headers["Cache-Control"]
    plain = phone.client.get(path.partition("?")[0])
    assert plain.headers["Cache-Control"] == "no-cache" and b"--strong" in plain.data
    assert b"Frutiger" not in plain.data and b"url(" not in plain.data
    for wrong in ("/static/../application.py", "/static/none.css", "/static/%2e%2e/forms.py"):
        assert phone.client.get(wrong).status_code == 404


def test_health(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert app.test_client().get("/healthz").data == b"ok\n"

    def down(*_: object, **__: object) -> None:
        raise StorageError("gone")

    monkeypatch.setattr(app.extensions["reporter"].db, "query", down)
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.data) == (503, b"store\n")


def test_it_starts_without_its_tables_and_says_so_to_whoever_watches(
    settings: Settings, tmp_path: Path
) -> None:
    made = create_app(replace(settings, database_url=f"sqlite:///{tmp_path / 'new.db'}"))
    assert made.test_client().get("/healthz").status_code == 503


def test_an_upload_that_is_too_large_gets_one_sentence(phone: Phone) -> None:
    phone.press(flags="none", words="x" * 9_000_000)
    assert phone.answer is not None and phone.answer.status_code == 413
    assert "That was too long to send. Nobody has seen it." in phone.text


def test_the_bare_address_is_the_staffs_door(app: Flask) -> None:
    answer = app.test_client().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/log-in")
