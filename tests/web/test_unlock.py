"""Earlier answers show on the device that sent them, or after the date of birth; few tries."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask, g

from reporter.clinic import drafts, unlocking
from reporter.clinic.treatments import Treatment
from reporter.clinic.unlocking import TRIES, TRIES_FROM_ONE_ADDRESS
from reporter.records import audit
from reporter.records.db import Database
from reporter.web import unlock
from tests.conftest import NOW
from tests.web.phone import Phone, Watch

BORN = {"day": "2", "month": "3", "year": "1968"}
WRONG = {"day": "3", "month": "3", "year": "1968"}


@pytest.fixture
def maria(enrolled: Callable[..., Treatment]) -> Treatment:
    return enrolled()


@pytest.fixture
def sent(app: Flask, maria: Treatment, link: Callable[[Treatment], str]) -> Phone:
    """Maria's own phone, with a report of a bruise sent."""
    phone = Phone(app.test_client()).open(link(maria))
    return phone.report(["bruise"], "small", "today", "same").press()


@pytest.fixture
def other(app: Flask, maria: Treatment, link: Callable[[Treatment], str], sent: Phone) -> Phone:
    """Another device that holds the same link, or one to the same treatment."""
    return Phone(app.test_client()).open(link(maria))


def unlock_page(phone: Phone, onward: str = "") -> Phone:
    return phone.open(f"{slug_root(phone)}unlock{'/' + onward if onward else ''}")


def slug_root(phone: Phone) -> str:
    return "/".join(phone.path.split("/")[:3]) + "/"


def known(app: Flask, phone: Phone) -> bool:
    """What `unlock.known` says to this device."""
    seen: list[bool] = []

    def note() -> None:
        if "visit" in g:
            seen.append(unlock.known(g.visit))

    app.before_request_funcs.setdefault("patient", []).append(note)
    phone.open(slug_root(phone))
    app.before_request_funcs["patient"].remove(note)
    return seen[-1]


def test_the_device_that_sent_everything_is_known_and_another_is_not(
    app: Flask, sent: Phone, other: Phone
) -> None:
    assert "Bruise" in sent.text
    assert known(app, sent)
    assert not known(app, other)


def test_nobody_is_known_before_anything_was_sent(app: Flask, phone: Phone) -> None:
    assert not known(app, phone)


def test_sending_something_does_not_open_what_another_device_sent(
    app: Flask, sent: Phone, other: Phone
) -> None:
    receipt = sent.path.rpartition("/")[2]
    other.report(["headache"], "mild", "today", "same").press()
    assert not known(app, other)
    assert not known(app, sent), "Maria did not send what the other device sent"
    other.open(f"{slug_root(other)}done/{receipt}")
    assert "Bruise" not in other.text


def test_the_date_of_birth_opens_it_and_leads_on(app: Flask, sent: Phone, other: Phone) -> None:
    receipt = sent.path.rpartition("/")[2]
    unlock_page(other, f"done/{receipt}")
    assert "What is your date of birth?" in other.text
    assert "Bruise" not in other.text
    other.press(**BORN)
    assert other.path.endswith(f"/done/{receipt}")
    assert "Bruise" in other.text
    assert known(app, other)


def test_it_opens_on_this_device_only(app: Flask, other: Phone, maria: Treatment) -> None:
    unlock_page(other).press(**BORN)
    assert known(app, other)
    cookies = {c.key: c.value for c in other.client._cookies.values()}
    thief = Phone(app.test_client())
    for name, value in cookies.items():
        if name != "device":
            thief.client.set_cookie(name, value)
    thief.open(slug_root(other))
    assert not known(app, thief)


def test_it_holds_for_all_links_of_this_treatment_and_for_no_other(
    app: Flask,
    other: Phone,
    maria: Treatment,
    link: Callable[[Treatment], str],
    enrolled: Callable[..., Treatment],
) -> None:
    unlock_page(other).press(**BORN)
    assert known(app, other.open(link(maria)))
    robert = enrolled(name="Robert Hale", email="", mobile="")
    assert not known(app, other.open(link(robert)))


def test_a_draft_goes_on_under_its_own_key(
    app: Flask, db: Database, phone: Phone, link: Callable[[Treatment], str], maria: Treatment
) -> None:
    phone.open(link(maria)).none_of_the_flags().press(noticed=["bruise"])
    page = phone.path
    elsewhere = Phone(app.test_client()).open(link(maria))
    onward = page.replace(slug_root(phone), "")
    unlock_page(elsewhere, onward).press(**BORN)
    assert elsewhere.path.endswith(onward)
    elsewhere.press("small")
    kept = drafts.load(db, maria, onward.split("/")[0])
    assert kept is not None
    assert kept.answers["said"] == {"bruise.size": ["small"]}


def test_wrong_says_one_sentence_and_after_some_tries_gives_the_phone(other: Phone) -> None:
    unlock_page(other)
    for _ in range(TRIES):
        other.press(**WRONG)
        assert "That is not the date that we have" in other.text
        assert other.answer is not None
        assert other.answer.status_code == 422
    other.press(**WRONG)
    assert "too often for today. Call us at 301-555-0142" in other.text
    other.press(**BORN)
    assert "too often for today" in other.text, "the right date does not help then"


def test_the_count_is_by_treatment_and_not_by_link_and_ends_after_a_day(
    app: Flask, other: Phone, maria: Treatment, link: Callable[[Treatment], str], watch: Watch
) -> None:
    for _ in range(TRIES):
        unlock_page(other.open(link(maria))).press(**WRONG)
    unlock_page(Phone(app.test_client()).open(link(maria))).press(**BORN)
    another = unlock_page(Phone(app.test_client()).open(link(maria))).press(**BORN)
    assert "too often" in another.text
    watch.at = NOW + timedelta(hours=25)
    assert "too often" not in unlock_page(another).press(**BORN).text


def test_one_address_cannot_try_many_treatments(
    app: Flask, enrolled: Callable[..., Treatment], link: Callable[[Treatment], str]
) -> None:
    thief = Phone(app.test_client())
    for number in range(TRIES_FROM_ONE_ADDRESS):
        treatment = enrolled(
            name=f"Person {number // 5}x", given_on=date(2026, 11, 15 + number % 5)
        )
        unlock_page(thief.open(link(treatment))).press(**WRONG)
        assert "too often" not in thief.text
    unlock_page(thief.open(link(treatment))).press(**WRONG)
    assert "too often" in thief.text


def test_nonsense_is_no_try_and_the_typed_parts_stay(other: Phone) -> None:
    unlock_page(other)
    for _ in range(TRIES + 2):
        other.press(day="31", month="2", year="1968")
        assert "Type the day, the month and the year" in other.text
    assert 'value="1968"' in other.html
    assert "<title>Error: Your date of birth" in other.html
    other.press(**BORN)
    assert "date of birth" not in other.text


@pytest.mark.parametrize("year", ["²²", "99999", "0", "-968", "19 68", "2030", "1850"])
def test_what_is_no_year_is_refused(other: Phone, year: str) -> None:
    assert "Type the day" in unlock_page(other).press(day="2", month="3", year=year).text


def test_both_outcomes_take_the_same_way(
    db: Database, maria: Treatment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many statements for a right date as for a wrong one."""
    said: list[str] = []
    for name in ("run", "query"):
        true = getattr(db, name)
        monkeypatch.setattr(
            db, name, lambda sql, true=true, **v: (said.append(sql), true(sql, **v))[1]
        )

    def statements(born: date) -> list[str]:
        said.clear()
        unlocking.try_birth_date(db, maria, born, address="10.0.0.1", at=NOW)
        return list(said)

    statements(date(1990, 1, 1))
    assert statements(date(1968, 3, 2)) == statements(date(1968, 3, 3))


def test_every_try_is_audited(db: Database, other: Phone, maria: Treatment) -> None:
    unlock_page(other).press(**WRONG).press(**BORN)
    verbs = [e["verb"] for e in audit.events(db, maria.clinic_id) if e["subject"] == maria.id]
    assert verbs[-2:] == ["unlock.refused", "unlock.opened"]


def test_it_leads_nowhere_else(other: Phone) -> None:
    unlock_page(other, "/evil.test/x").press(**BORN)
    assert other.answer is not None
    assert other.answer.request.host == "localhost"
    assert other.path.startswith("/c/")


def test_in_spanish_the_day_comes_first(other: Phone) -> None:
    page = unlock_page(other)
    assert page.html.index('name="month"') < page.html.index('name="day"')
    page.open(f"{page.path}?lang=es")
    assert "¿Cuál es su fecha de nacimiento?" in page.text
    assert page.html.index('name="day"') < page.html.index('name="month"')
