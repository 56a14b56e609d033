"""The way through the questions in a real browser: how many taps; a phone that dies at a tick."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reporter.clinic import casebook
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.levels import Level
from tests.conftest import ARGUMENTS, NOW
from tests.web.phone import Watch
from tests.web.test_patient import Link, count, stored
from tests.web.test_patient_browser import (
    CHROMIUM,
    address,
    browser,
    examine,
    opened,
    press,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["address", "browser", "opened"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
Open = Callable[..., "Page"]


class Thumb:
    """Counts what a thumb does, and the screens that it sees."""

    def __init__(self, page: "Page") -> None:
        self.page, self.taps, self.screens = page, 0, 1

    def tick(self, value: str) -> "Thumb":
        self.page.check(f"[value={value}]")
        self.taps += 1
        return self

    def press(self, button: str = "main form button >> nth=0") -> "Thumb":
        press(self.page, button)
        self.taps, self.screens = self.taps + 1, self.screens + 1
        return self

    def answer(self, value: str) -> "Thumb":
        return self.press(f"button[value={value}]")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_typical_report_takes_twelve_taps_and_seven_screens_at_most(
    opened: Open, db: Database, clinic: Clinic, watch: Watch, scripts: bool
) -> None:
    watch.at = NOW - timedelta(days=3)
    page = opened(scripts=scripts)
    watch.at += timedelta(minutes=1)
    thumb = Thumb(page)
    thumb.taps = 1  # the e-mail's own button
    thumb.tick("none").press()
    # Nobody scrolls past 28 boxes to say that it is none, or to go on.
    for at_hand in ("main a[href$=fine]", "main form button"):
        assert page.locator(at_hand).evaluate(
            "one => one.getBoundingClientRect().bottom <= innerHeight"
        )
    thumb.tick("headache").tick("bruise").press()
    thumb.answer("small").answer("mild").answer("today").answer("better")
    assert page.locator("h1").inner_text() == "Check your answers, then send"
    assert thumb.screens == 7
    thumb.press()
    assert thumb.taps <= 12
    assert page.locator(".care h1").count() == 1
    assert stored(db, clinic)[0].level is Level.SELF_CARE


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_i_feel_fine_is_two_taps_from_the_mail(
    opened: Open, db: Database, clinic: Clinic, watch: Watch, scripts: bool
) -> None:
    page = opened(scripts=scripts, end="/fine")  # the first tap, in the e-mail
    watch.at += timedelta(seconds=5)
    press(page)
    (one,) = stored(db, clinic)
    assert one.report.symptoms == () and "trouble_breathing" in one.report.denied


@pytest.fixture
def own_window(
    browser: "Browser", address: str, enrolled: Callable[..., Treatment], link: Link
) -> Iterator["Page"]:
    """A window under the real policy, which the script must pass."""
    context = browser.new_context(base_url=address, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(link(enrolled()))
    yield page
    context.close()


def playwright_error() -> type[Exception]:
    from playwright.sync_api import Error

    return Error


def wait_for(page: "Page", done: Callable[[], bool]) -> None:
    for _ in range(100):
        if done():
            return
        page.wait_for_timeout(50)
    raise AssertionError("It did not happen within five seconds")


def test_kill_the_browser_at_the_tick_and_the_case_exists(
    browser: "Browser",
    address: str,
    db: Database,
    clinic: Clinic,
    dana: object,
    enrolled: Callable[..., Treatment],
    link: Link,
) -> None:
    doomed = browser.browser_type.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    page, said = doomed.new_context(base_url=address).new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.goto(link(enrolled()))
    page.check("[value=trouble_swallowing]")
    page.wait_for_timeout(100)
    with suppress(playwright_error()):  # nobody is left to answer
        doomed.new_browser_cdp_session().send("Browser.crash")
    watcher = browser.new_context().new_page()
    wait_for(watcher, lambda: bool(casebook.all_open(db, clinic.id)))
    watcher.context.close()
    (case,) = casebook.all_open(db, clinic.id)
    assert case.level is Level.EMERGENCY and not doomed.is_connected()
    assert len(db.query("select id from outbox where name = 'staff_alert'")) == 1
    assert not [text for text in said if "Content Security Policy" in text]


def test_ticks_taken_back_and_the_page_itself_make_one_case_and_one_alert(
    own_window: "Page", db: Database, clinic: Clinic, dana: object
) -> None:
    page = own_window
    page.check("[value=trouble_swallowing]")
    wait_for(page, lambda: count(db, "reports") == 1)
    page.uncheck("[value=trouble_swallowing]")
    wait_for(page, lambda: bool(db.query("select id from case_moves where verb = 'remark'")))
    page.check("[value=trouble_swallowing]")
    press(page)
    assert page.locator(".care--emergency h1").count() == 1
    assert (count(db, "reports"), count(db, "cases")) == (1, 1)
    assert len(db.query("select id from outbox where name = 'staff_alert'")) == 1


@pytest.mark.parametrize(("language", "width"), [("es", 320), ("en", 1280)])
def test_the_new_pages_are_usable_by_all(opened: Open, language: str, width: int) -> None:
    page = opened(language, width)
    start = page.url
    page.check("[value=none]")
    press(page)
    page.check("[value=swelling]")
    page.check("[value=voice]")
    press(page)
    press(page, "button[value=small]")
    examine(page)  # the face
    page.check("#place-cheek_right")
    assert (
        page.locator(".face__name--cheek_right").evaluate(
            "e => getComputedStyle(e, '::before').boxShadow"
        )
        != "none"
    )
    page.click("label[for=place-chin]")
    assert page.is_checked("#place-chin")
    examine(page)
    page.goto(page.url + "?text=large")
    examine(page)
    page.goto(page.url + "?text=usual")
    page.check("#place-cheek_right")
    press(page)
    examine(page)  # what changed since the treatment
    page.goto(start)
    examine(page)  # you had started
    press(page)
    press(page, "button[value=none]")
    press(page, "button[value=today]")
    press(page, "button[value=same]")
    examine(page)  # the check page
    page.fill("#number", "12")
    press(page)
    examine(page)
    assert page.locator(".nhsuk-error-summary a").get_attribute("href") == "#number"


def test_a_later_check_in_is_usable_by_all(opened: Open, watch: Watch) -> None:
    page = opened("es")
    start = page.url
    page.check("[value=none]")
    press(page)
    page.check("[value=bruise]")
    press(page)
    for answer in ("small", "today", "same"):
        press(page, f"button[value={answer}]")
    press(page)
    watch.at = NOW + timedelta(days=3)
    page.goto(start + "?new=1")
    page.check("[value=none]")
    press(page)
    assert page.locator("h1").inner_text() == "La última vez: moretón, leve. ¿Cómo está ahora?"
    examine(page)
    press(page, "button[value=worse]")
    press(page, "button[value=moderate]")
    examine(page)  # anything new?
    press(page, "button[value=no]")
    examine(page)


def test_the_face_by_keyboard_alone(opened: Open) -> None:
    page = opened()
    page.check("[value=none]")
    press(page)
    page.check("[value=swelling]")
    press(page)
    press(page, "button[value=small]")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "nose":
            break
    page.keyboard.press("Space")
    assert page.is_checked("#place-nose")
    name = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert name == "Nose"
