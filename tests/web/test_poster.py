"""The way in by the poster: red flags first, identity last, a case on the same clock, and nothing
that tells a stranger whether somebody is a patient."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from reporter.clinic import casebook, posters, reports, treatments
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.levels import Level
from tests.conftest import NOW
from tests.web.phone import Phone, Watch

MARIA = {"name": "Maria Alvarez", "day": "2", "month": "3", "year": "1968", "phone": "240 555 0188"}
NEMO = {"name": "Nemo Nobody", "day": "4", "month": "5", "year": "1977", "phone": "212 555 0100"}


@pytest.fixture
def poster(app: Flask, db: Database, clinic: Clinic) -> Callable[[], Phone]:
    """Somebody's phone that has just read the poster."""
    code = posters.ensure_code(db, clinic.id, by=SYSTEM, at=NOW)
    return lambda: Phone(app.test_client()).open(f"/p/{code}")


def the_case(db: Database, clinic: Clinic) -> Case:
    (case,) = casebook.all_open(db, clinic.id)
    return case


def held(db: Database, clinic: Clinic) -> Treatment:
    return treatments.get(db, clinic.id, the_case(db, clinic).treatment_id)


CALM = ("right", "little", "no", "none", "same", "earlier")


def answered(phone: Phone) -> Phone:
    """Through all questions, calmly, to what only the poster asks."""
    for _ in range(14):
        if "Who gave you the injections?" in phone.text:
            return phone
        main = phone.html[phone.html.index("<main") :]
        buttons = re.findall(r'<button class="answer[^"]*" name="answer" value="([^"]+)"', main)
        boxes = re.findall(r'type="checkbox"[^>]* name="answer" value="([^"]+)"', main)
        offered = buttons or boxes
        calm = [one for one in CALM if one in offered]
        phone.press((calm or offered or [""])[0])
    raise AssertionError(phone.text)


def to_identity(phone: Phone) -> Phone:
    """From the warning signs to "who are you", with a droopy brow."""
    answered(phone.none_of_the_flags().press(noticed=["eyebrow"])).press("here")
    assert "When was your treatment?" in phone.text
    phone.press(day="20", month="11", year="2026")
    assert "Who are you?" in phone.text
    return phone


def test_the_poster_leads_to_the_warning_signs_and_stores_nothing(
    db: Database, clinic: Clinic, poster: Callable[[], Phone]
) -> None:
    before = digest(db)
    phone = poster()
    assert re.fullmatch(r"/c/[0-9a-f]{16}/", phone.path)
    assert "Do you have any of these now" in phone.text
    assert digest(db) == before


def digest(db: Database) -> dict[str, list[object]]:
    return {
        name: [sorted(row.items(), key=str) for row in db.query(f"select * from {name}")]  # noqa: S608
        for name in db.tables()
    }


def test_a_report_that_matches_nobody_is_a_case_on_the_same_clock(
    db: Database, clinic: Clinic, poster: Callable[[], Phone]
) -> None:
    phone = to_identity(poster()).press(**NEMO)
    assert "Check your answers" in phone.text
    for shown in ("This clinic", "November 20, 2026", "Nemo Nobody", "May 4, 1977", "2125550100"):
        assert shown in phone.text
    phone.press()
    assert "Sent to the nurses" in phone.text
    case, visit = the_case(db, clinic), held(db, clinic)
    assert case.level is Level.CALL_BACK
    assert case.due_at is not None
    assert visit.matching == "unmatched"
    told = posters.told(visit)
    assert (told.name, told.born, told.mobile) == ("Nemo Nobody", date(1977, 5, 4), "+12125550100")
    (said,) = reports.of_treatment(db, clinic.id, visit.id)
    assert said.channel == "poster"
    assert said.report.day == 4
    assert said.report.product is None


def test_the_same_pages_whatever_identity_is_typed(
    enrolled: Callable[..., Treatment], poster: Callable[[], Phone]
) -> None:
    """A patient's own name and birth, and a stranger's: equal but for what was typed and chance."""
    enrolled()

    def way(who: dict[str, str]) -> list[tuple[int, str]]:
        phone, seen = to_identity(poster()), []
        for step in (who, {}):
            phone.press(**step)
            assert phone.answer is not None
            seen.append((phone.answer.status_code, plain(phone, who)))
        return seen

    def plain(phone: Phone, who: dict[str, str]) -> str:
        """The page without what this person typed and what is random."""
        html = re.sub(r"[0-9a-f]{64}|/c/[0-9a-f]{16}|csrf_token\" value=\"[^\"]+", "", phone.html)
        html = re.sub(r"\b[0-9A-Z]{2}-[0-9A-Z]{3}\b", "REF", html)
        html = html.replace(who["name"], "NAME").replace(who["phone"].replace(" ", ""), "PHONE")
        html = html.replace(who["phone"][-4:], "LAST")
        return html.replace("March 2, 1968", "BORN").replace("May 4, 1977", "BORN")

    assert way(MARIA) == way(NEMO)


def test_a_tick_opens_the_case_at_once_and_asks_for_one_number(
    db: Database, clinic: Clinic, poster: Callable[[], Phone]
) -> None:
    phone = poster().press(flags="trouble_breathing")
    assert "Call 911 now" in phone.text
    case = the_case(db, clinic)
    assert case.level is Level.EMERGENCY
    html = phone.html
    assert html.index('href="tel:911"') < html.index('name="phone"')
    assert html.count('type="tel"') == 1
    assert "days ago" not in phone.text, "nobody knows when the treatment was"
    phone.press(path=f"{phone.path}/phone", phone="301 555 0111")
    assert "the number ending 0111" in phone.text
    assert 'name="phone"' not in phone.html
    assert held(db, clinic).patient.mobile == "+13015550111"


@pytest.mark.parametrize("number", ["", "12", "call me", "1" * 30])
def test_what_is_no_number_is_asked_for_again(poster: Callable[[], Phone], number: str) -> None:
    phone = poster().press(flags="trouble_breathing")
    phone.press(path=f"{phone.path}/phone", phone=number)
    assert "Type a phone number with 7 digits or more" in phone.text


def test_who_knows_nothing_can_still_send(
    db: Database, clinic: Clinic, poster: Callable[[], Phone]
) -> None:
    phone = poster().none_of_the_flags().press(noticed=["call_me"])
    phone.press("unsure")
    phone.press("unknown")
    phone.press("skip")
    assert "Check your answers" in phone.text
    assert phone.text.count("Not given") == 2
    phone.press()
    visit = held(db, clinic)
    assert visit.day_unknown
    assert visit.factors == ("unlicensed_injector",)
    (said,) = reports.of_treatment(db, clinic.id, visit.id)
    assert said.report.day is None
    assert said.report.factors == ("unlicensed_injector",)


def test_an_injector_without_a_licence_makes_a_droopy_lid_graver(
    db: Database, clinic: Clinic, poster: Callable[[], Phone]
) -> None:
    def level(injector: str) -> Level:
        phone = answered(poster().none_of_the_flags().press(noticed=["eyelid"]))
        phone.press(injector).press("unknown").press("skip").press()
        case = max(casebook.all_open(db, clinic.id), key=lambda one: one.opened_at)
        return max(
            one.level or Level.SELF_CARE
            for one in reports.of_treatment(db, clinic.id, case.treatment_id)
        )

    assert level("unlicensed") >= Level.URGENT


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Give us your name or a phone number"),
        ({"name": "A", "day": "31", "month": "2", "year": "1970"}, "Type your date of birth"),
        ({"name": "A", "phone": "12"}, "Type a phone number"),
    ],
)
def test_wrong_answers_are_asked_again_and_stay_in_the_form(
    poster: Callable[[], Phone], typed: dict[str, str], sentence: str
) -> None:
    phone = to_identity(poster()).press(**typed)
    assert sentence in phone.text
    assert "<title>Error: Who are you?" in phone.html
    for text in typed.values():
        assert f'value="{text}"' in phone.html


@pytest.mark.parametrize("typed", [{"day": "1", "month": "1", "year": "2020"}, {"day": "x"}])
def test_a_day_that_cannot_be_is_asked_again(
    poster: Callable[[], Phone], typed: dict[str, str]
) -> None:
    phone = poster().none_of_the_flags().press(noticed=["call_me"]).press("here").press(**typed)
    assert "Type the day, the month and the year in numbers, or choose" in phone.text


def test_two_people_on_one_phone_never_mix(
    db: Database, clinic: Clinic, app: Flask, poster: Callable[[], Phone]
) -> None:
    one = poster()
    code = posters.code(db, clinic.id)
    two = Phone(one.client).open(f"/p/{code}")
    assert one.path != two.path
    to_identity(one).press(**MARIA)
    to_identity(two).press(**NEMO)
    one.press()
    two.press()
    names = {
        treatments.get(db, clinic.id, case.treatment_id).patient.name
        for case in casebook.all_open(db, clinic.id)
    }
    assert names == {"Maria Alvarez", "Nemo Nobody"}


def test_reports_are_never_refused_by_a_limit(
    db: Database, clinic: Clinic, poster: Callable[[], Phone]
) -> None:
    for _ in range(15):
        assert "Call 911 now" in poster().press(flags="trouble_breathing").text
    assert len(casebook.all_open(db, clinic.id)) == 15


def test_a_phone_keeps_few_visits(
    poster: Callable[[], Phone], db: Database, clinic: Clinic
) -> None:
    phone = poster()
    for _ in range(20):
        phone.open(f"/p/{posters.code(db, clinic.id)}")
    kept = [c for c in phone.client._cookies.values() if c.key.startswith("link-")]
    assert len(kept) <= 8
    assert "Do you have any of these" in phone.text


def test_a_replaced_poster_says_what_to_do(
    db: Database, clinic: Clinic, app: Flask, poster: Callable[[], Phone]
) -> None:
    phone = poster()
    old = posters.code(db, clinic.id)
    posters.make_code(db, clinic.id, by=SYSTEM, at=NOW)
    page = Phone(app.test_client()).open(f"/p/{old}")
    assert page.answer is not None
    assert page.answer.status_code == 410
    assert "Check the code on the poster" in page.text and "Este código no" in page.text
    assert "301-555-0142" in page.text
    # Who had begun goes on: a report is never refused.
    assert "Call 911 now" in phone.press(flags="trouble_breathing").text


def test_a_forged_visit_opens_nothing(app: Flask, db: Database, clinic: Clinic) -> None:
    from reporter.web.visit import slug_of

    token = "p" + "0" * 12 + "A" * 43 + "0" * 32
    phone = Phone(app.test_client())
    phone.client.set_cookie(f"link-{slug_of(token)}", f"{clinic.id}.{token}")
    phone.open(f"/c/{slug_of(token)}/")
    assert phone.answer is not None
    assert phone.answer.status_code == 403


def test_the_visit_goes_on_another_day(
    db: Database, clinic: Clinic, poster: Callable[[], Phone], watch: Watch
) -> None:
    phone = poster().press(flags="trouble_breathing")
    done = phone.path
    watch.at = NOW + timedelta(days=2)
    assert "Call 911" in phone.open(done).text


def test_in_spanish(poster: Callable[[], Phone]) -> None:
    phone = poster()
    phone.open(f"{phone.path}?lang=es").none_of_the_flags().press(noticed=["call_me"])
    assert "¿Quién le puso las inyecciones?" in phone.text
    phone.press("here")
    assert "¿Cuándo fue su tratamiento?" in phone.text
    phone.press("unknown")
    assert "¿Quién es usted?" in phone.text
