"""A link records nothing when it is opened, and an answer that comes too soon is not believed."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from reporter.clinic import casebook, checkins, links, posters, reports
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.web import visit
from tests.conftest import NOW
from tests.web.phone import Phone, Watch

TOO_SOON = timedelta(seconds=2)
# Pages of the staff are written down when they are seen, and are tested with the staff.
FOR_STAFF = ("/desk", "/treatments", "/rules", "/posters", "/log", "/demo", "/dev")


@pytest.fixture
def maria(enrolled: Callable[..., Treatment]) -> Treatment:
    return enrolled()


@pytest.fixture
def strict(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application with its own two seconds."""
    monkeypatch.setattr(visit, "TOO_SOON", TOO_SOON)


@pytest.fixture
def at_once(strict: None, app: Flask, maria: Treatment, link: Callable[..., str]) -> Phone:
    """A scanner, or a very quick thumb, that has just opened the link of the day."""
    return Phone(app.test_client()).open(link(maria) + "/fine")


def said(db: Database, maria: Treatment) -> tuple[reports.StoredReport, ...]:
    return reports.of_treatment(db, maria.clinic_id, maria.id)


def states(db: Database, maria: Treatment) -> list[str]:
    return [one.state for one in checkins.of_treatment(db, maria.clinic_id, maria.id)]


def digest(db: Database) -> dict[str, list[object]]:
    return {
        name: [sorted(row.items(), key=str) for row in db.query(f"select * from {name}")]  # noqa: S608
        for name in db.tables()
    }


def test_no_page_that_a_patient_may_open_records_anything(
    app: Flask, db: Database, clinic: Clinic, maria: Treatment, link: Callable[..., str]
) -> None:
    """Every address of the patients, by GET and HEAD, with a report sent and a draft begun."""
    phone = Phone(app.test_client()).open(link(maria))
    phone.report(["bruise"], "small", "today", "same").press()
    done = phone.path
    phone.open(f"/c/{done.split('/')[2]}/?new=1").none_of_the_flags().press(noticed=["headache"])
    key, slug = phone.path.split("/")[3], done.split("/")[2]
    code = posters.ensure_code(db, clinic.id, by=SYSTEM, at=NOW)
    values = {"slug": slug, "token": link(maria)[3:], "code": code, "number": "2", "lang": "es"}
    values |= {"name": "person", "onward": "check", "filename": "icon.svg", "photo_id": "x"}
    before, asked = digest(db), 0
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(FOR_STAFF) or "GET" not in (rule.methods or ()):
            continue
        for each in (key, done.rpartition("/")[2]):
            path = re.sub(
                r"<(?:\w+:)?(\w+)>",
                lambda m, each=each: {**values, "key": each}.get(m[1], "x"),
                rule.rule,
            )
            for method in ("GET", "HEAD"):
                phone.client.open(path, method=method)
                asked += 1
    assert asked > 40
    assert digest(db) == before


def test_twenty_openings_do_not_burn_a_link(
    app: Flask, maria: Treatment, link: Callable[..., str]
) -> None:
    path = link(maria)
    for _ in range(20):
        assert Phone(app.test_client()).open(path).answer.status_code == 200  # type: ignore[union-attr]


def test_an_answer_within_two_seconds_is_kept_but_not_believed(
    db: Database, maria: Treatment, at_once: Phone, watch: Watch
) -> None:
    before = states(db, maria)
    watch.at = NOW + timedelta(seconds=1)
    at_once.press("fine")
    assert "Please press once more" in at_once.text
    (one,) = said(db, maria)
    assert one.unconfirmed
    assert states(db, maria) == before, "no check-in is answered and no reminder cancelled"


def test_pressing_once_more_is_believed_and_the_first_stays_as_it_was(
    db: Database, maria: Treatment, at_once: Phone, watch: Watch
) -> None:
    at_once.press("fine")
    watch.at = NOW + timedelta(seconds=5)
    at_once.press()
    assert "Thank you" in at_once.text
    again, first = said(db, maria)
    assert first.unconfirmed
    assert not again.unconfirmed
    assert again.report.denied == first.report.denied != ()


def test_a_scanner_that_presses_twice_is_not_believed_either(
    db: Database, maria: Treatment, at_once: Phone, watch: Watch
) -> None:
    at_once.press("fine")
    watch.at = NOW + timedelta(seconds=1)
    at_once.press()
    assert "Please press once more" in at_once.text
    assert all(one.unconfirmed for one in said(db, maria))


def test_two_seconds_later_it_is_believed(
    db: Database, maria: Treatment, at_once: Phone, watch: Watch
) -> None:
    watch.at = NOW + TOO_SOON
    assert "Thank you" in at_once.press("fine").text
    assert not said(db, maria)[0].unconfirmed


def test_opening_it_again_does_not_start_the_two_seconds_anew(
    db: Database, maria: Treatment, strict: None, app: Flask, link: Callable[..., str], watch: Watch
) -> None:
    path = link(maria)
    phone = Phone(app.test_client()).open(path)
    watch.at = NOW + timedelta(days=1)
    phone.open(path + "/fine").press("fine")
    assert "Thank you" in phone.text
    assert not said(db, maria)[0].unconfirmed


def test_a_forged_opening_time_is_not_taken(
    db: Database, maria: Treatment, strict: None, app: Flask, link: Callable[..., str]
) -> None:
    path = link(maria)
    phone = Phone(app.test_client()).open(path)
    (cookie,) = [c for c in phone.client._cookies.values() if c.key.startswith("link-")]
    clinic_id, token, _since, signed = cookie.value.split(".")
    phone.client.set_cookie(cookie.key, f"{clinic_id}.{token}.0.{signed}")
    phone.open(path + "/fine").press("fine")
    assert said(db, maria)[0].unconfirmed


def test_a_warning_sign_within_two_seconds_opens_the_case(
    db: Database, maria: Treatment, strict: None, app: Flask, link: Callable[..., str]
) -> None:
    phone = Phone(app.test_client()).open(link(maria)).press(flags="trouble_breathing")
    assert "Call 911 now" in phone.text, "nobody is asked to press again before they call"
    assert casebook.of_treatment(db, maria.clinic_id, maria.id) is not None
    assert said(db, maria)[0].unconfirmed


def test_two_links_in_two_tabs_of_one_phone_never_mix(
    db: Database,
    maria: Treatment,
    app: Flask,
    link: Callable[..., str],
    enrolled: Callable[..., Treatment],
) -> None:
    robert = enrolled(name="Robert Hale", born=maria.patient.born)
    one = Phone(app.test_client()).open(link(maria))
    two = Phone(one.client).open(link(robert))
    one.none_of_the_flags()
    two.none_of_the_flags()
    one.press(noticed=["bruise"])
    two.press(noticed=["headache"])
    # A form that was copied from one tab into the other's address is not the other's report.
    stolen = two.path.split("/")
    foreign = f"/c/{stolen[2]}/{one.path.split('/')[3]}/check"
    assert one.client.post(foreign, data={}).status_code in {303, 400, 403}
    for phone, answers in ((one, ("small", "today", "same")), (two, ("mild", "today", "same"))):
        for answer in answers:
            phone.press(answer)
        phone.press()
    assert [e.symptom for e in said(db, maria)[0].report.symptoms] == ["bruising"]
    assert [e.symptom for e in said(db, robert)[0].report.symptoms] == ["headache"]


@pytest.mark.parametrize("kind", ["expired", "revoked", "mistyped"])
def test_an_ended_link_says_what_to_do_in_both_languages_and_offers_another_way(
    db: Database,
    clinic: Clinic,
    maria: Treatment,
    app: Flask,
    link: Callable[..., str],
    watch: Watch,
    kind: str,
) -> None:
    code = posters.ensure_code(db, clinic.id, by=SYSTEM, at=NOW)
    path = link(maria)
    if kind == "expired":
        watch.at = NOW + timedelta(days=61)
    elif kind == "revoked":
        links.revoke(db, clinic.id, maria.id, by=SYSTEM, at=NOW)
    else:
        path = path[:-4] + "AAAA"
    phone = Phone(app.test_client()).open(path)
    assert phone.answer is not None
    assert phone.answer.status_code == 410
    assert phone.answer.headers["Referrer-Policy"] == "no-referrer"
    assert (
        "This link has ended" if kind in {"expired", "revoked"} else "This link does not work"
    ) in phone.text
    assert "301-555-0142" in phone.text
    assert "Contarlo sin enlace" in phone.text and "Tell us without a link" in phone.text
    assert f'href="{path}?lang=es"' in phone.html
    phone.open(f"{path}?lang=es")
    assert '<html lang="es"' in phone.html
    phone.open(f"/p/{code}")
    assert "Do you have any of these" in phone.text or "¿Tiene" in phone.text


def test_no_log_line_holds_a_token(
    app: Flask, maria: Treatment, link: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = link(maria)
    phone = Phone(app.test_client()).open(path).report(["bruise"], "small", "today", "same").press()
    phone.open(path[:-3])
    assert path[3:-3] not in caplog.text


def test_a_link_shows_neither_name_nor_treatment(
    app: Flask, maria: Treatment, link: Callable[..., str]
) -> None:
    phone = Phone(app.test_client()).open(link(maria))
    for page in (phone.html, phone.open(f"{phone.path}unlock").html):
        for secret in (
            "Maria",
            "Alvarez",
            "1968",
            maria.product,
            maria.lot,
            maria.reference,
            "Lin",
        ):
            assert secret not in page
