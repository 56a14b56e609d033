"""A store that really refuses: the page keeps the answers, says so, and they can be sent again."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from reporter.records.db import Database
from tests.web.phone import Phone

LOST = "We could not send this. Nobody has seen it."


@contextmanager
def broken(db: Database, table: str) -> Iterator[None]:
    """The store without one of its tables, as after a damage."""
    with db.transaction():
        db.run(f"alter table {table} rename to {table}_away")
    yield
    with db.transaction():
        db.run(f"alter table {table}_away rename to {table}")


def count(db: Database, table: str) -> int:
    return int(db.query(f"select count(*) as n from {table}")[0]["n"])  # noqa: S608


@pytest.mark.parametrize("table", ["case_moves", "audit_events", "outbox"])
def test_a_report_that_cannot_be_kept_whole_is_not_kept_and_can_be_sent_again(
    db: Database, phone: Phone, table: str
) -> None:
    with broken(db, table):
        phone.press(flags=["trouble_swallowing"])
    assert phone.answer and phone.answer.status_code == 503
    assert LOST in phone.text and "301-555-0142" in phone.text and "911" in phone.text
    assert "Your answers are still on this page." in phone.text
    assert "alter" not in phone.text and table not in phone.text
    assert (count(db, "reports"), count(db, "cases")) == (0, 0)
    phone.press()  # Try again
    assert "Call 911 now" in phone.text and "trouble swallowing" in phone.text
    assert count(db, "reports") == 1


@pytest.mark.parametrize("language", ["en", "es"])
def test_words_that_were_lost_at_send_are_still_there(
    db: Database, phone: Phone, language: str
) -> None:
    phone.open(f"{phone.path}?lang={language}")
    phone.report(["headache"], "mild", "today", "same")
    said = "Me duele aquí 😕 & <b>mucho</b>"
    while not phone.path.endswith("/check"):
        button = re.search(r'<button[^>]* name="answer" value="([^"]+)"', phone.html)
        assert button
        phone.press(button[1])
    with broken(db, "case_moves"), broken(db, "reports"):
        phone.press(words=said)
    assert {"en": LOST, "es": "No se pudo enviar. Nadie lo ha visto."}[language] in phone.text
    assert 'value="Me duele aquí 😕 &amp; &lt;b&gt;mucho&lt;/b&gt;"' in phone.html
    phone.press(words=said)
    assert "/done/" in phone.path and "😕 & <b>mucho</b>" in phone.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_says_so_and_loses_nothing(db: Database, app: Flask, phone: Phone) -> None:
    kept: Database = app.extensions["reporter"].db
    pages = kept.query("pragma page_count")[0]["page_count"]
    kept.query(f"pragma max_page_count = {pages}")
    before = count(db, "reports")
    for _ in range(40):
        phone.press(flags=["trouble_swallowing"])
        if "/done/" not in phone.path:
            break
        phone.open(re.sub(r"done/.*", "?new=1", phone.path))
        before = count(db, "reports")
    assert phone.answer and phone.answer.status_code == 503
    assert LOST in phone.text and count(db, "reports") == before
    kept.query("pragma max_page_count = 1000000")
    phone.press()
    assert "Call 911 now" in phone.text and count(db, "reports") == before + 1


def test_what_is_added_and_cannot_be_kept_says_so(db: Database, phone: Phone) -> None:
    phone.press(flags=["trouble_swallowing"])
    done = phone.path
    with broken(db, "case_moves"):
        phone.press(path=f"{done}/told", what="called_emergency")
    assert LOST in phone.text
    phone.press(path=f"{done}/told", what="called_emergency")
    assert "I have called 911 : you told us" in phone.text


@pytest.mark.parametrize("path", ["wrong", "receipt/wrong", "better-time/wrong"])
def test_an_address_that_is_not_there_gives_the_number(phone: Phone, path: str) -> None:
    phone.open(phone.path + path)
    assert phone.answer and phone.answer.status_code == 404
    assert "There is no such page" in phone.text and "301-555-0142" in phone.text


def test_a_fault_of_ours_keeps_the_answers_too(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of the patient's words")

    monkeypatch.setattr("reporter.web.sending.intake.submit", fail)
    phone.press(flags=["trouble_swallowing"])
    assert phone.answer and phone.answer.status_code == 500
    assert LOST in phone.text and "words" not in phone.text
    assert 'name="flags" value="trouble_swallowing"' in phone.html
