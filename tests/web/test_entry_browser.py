"""Entry and identity in a real Chromium: the poster's way, unlocking, two tabs, paper on a page."""

import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reporter.clinic import casebook, links, posters
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from tests.browser.axe import troubles
from tests.conftest import NOW, PASSWORD
from tests.web.test_patient_browser import CHROMIUM, SMALL, address, browser

__all__ = ["address", "browser"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
# The page's own script policy keeps axe out, and axe alone: the policy has its own test.
PHONE = {"viewport": {"width": 390, "height": 844}, "bypass_csp": True}
Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Open]:
    contexts = []

    def go(path: str, **more: object) -> Page:
        context = browser.new_context(base_url=address, **{**PHONE, **more})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(path)
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.fixture
def code(db: Database, clinic: Clinic) -> str:
    return posters.ensure_code(db, clinic.id, by=SYSTEM, at=NOW)


def good(page: Page, folder: Path | None = None) -> None:
    assert troubles(page) == [], page.url
    assert page.evaluate(SMALL) == [], page.url


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def to_who(page: Page) -> None:
    """From the warning signs to what only the poster asks, wanting a call."""
    page.get_by_label("No, I do not have any of these").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label(re.compile("call me", re.I)).check()
    page.get_by_role("button", name="Continue").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_poster_way_to_a_case(
    opened: Open, code: str, db: Database, clinic: Clinic, scripts: bool
) -> None:
    page = opened(f"/p/{code}", java_script_enabled=scripts)
    check = good if scripts else (lambda _page: None)
    to_who(page)
    heading(page, "Who gave you the injections?")
    check(page)
    page.get_by_role("button", name="This clinic").click()
    heading(page, "When was your treatment?")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Type the day")
    check(page)
    for label, text in {"Month": "11", "Day": "20", "Year": "2026"}.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Continue").click()
    heading(page, "Who are you?")
    check(page)
    page.get_by_label("Your name").fill("Nemo Nobody")
    page.get_by_label("Your phone number").fill("212 555 0100")
    page.get_by_role("button", name="Continue").click()
    heading(page, "Check your answers")
    check(page)
    page.get_by_role("button", name="Send to the nurses").click()
    expect(page.get_by_role("status").first).to_contain_text("Sent to the nurses")
    assert len(casebook.all_open(db, clinic.id)) == 1


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_emergency_page_asks_for_one_number(opened: Open, code: str, language: str) -> None:
    page = opened(f"/p/{code}?lang={language}")
    page.locator("[name=flags]").first.check()
    page.locator("form button").last.click()
    number = page.get_by_label(re.compile("phone number|teléfono", re.I))
    expect(number).to_be_visible()
    good(page)
    below = page.locator("a[href='tel:911']").first.bounding_box()
    field = number.bounding_box()
    assert below and field and below["y"] < field["y"]
    number.fill("301 555 0111")
    number.press("Enter")
    expect(page.locator("main")).to_contain_text("0111")
    good(page)


def test_unlocking_by_keyboard_and_its_error(
    opened: Open,
    db: Database,
    enrolled: Callable[..., Treatment],
    link: Callable[[Treatment], str],
) -> None:
    page = opened(link(enrolled()))
    page.goto(page.url.split("?")[0] + "unlock")
    heading(page, "What is your date of birth?")
    good(page)
    page.keyboard.press("Tab")
    page.get_by_label("Month", exact=True).focus()
    for typed in ("3", "Tab", "3", "Tab", "1968"):
        page.keyboard.press(typed) if len(typed) == 3 else page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not the date that we have")
    assert page.evaluate("document.activeElement.className").startswith("nhsuk-error-summary")
    assert page.title().startswith("Error:")
    good(page)
    page.get_by_label("Day", exact=True).fill("2")
    page.get_by_role("button", name="Show my answers").click()
    heading(page, "Do you have any of these")


def test_two_links_in_two_tabs_never_mix(
    opened: Open, enrolled: Callable[..., Treatment], link: Callable[[Treatment], str], db: Database
) -> None:
    maria, robert = enrolled(), enrolled(name="Robert Hale")
    one = opened(link(maria))
    two = one.context.new_page()
    two.goto(link(robert))
    for page in (one, two):
        page.bring_to_front()
        page.get_by_label("No, I do not have any of these").check()
    one.get_by_role("button", name="Continue").click()
    two.get_by_role("button", name="Continue").click()
    one.locator("[name=noticed]").last.check()
    one.get_by_role("button", name="Continue").click()
    one.get_by_role("button", name="Send to the nurses").click()
    expect(one.get_by_role("status").first).to_contain_text("Sent to the nurses")
    assert casebook.of_treatment(db, maria.clinic_id, maria.id) is not None
    assert casebook.of_treatment(db, robert.clinic_id, robert.id) is None


def test_an_ended_link_in_both_languages(
    opened: Open,
    code: str,
    enrolled: Callable[..., Treatment],
    link: Callable[[Treatment], str],
    db: Database,
    clinic: Clinic,
) -> None:
    maria = enrolled()
    path = link(maria)
    links.revoke(db, clinic.id, maria.id, by=SYSTEM, at=NOW)
    page = opened(path)
    heading(page, "This link has ended")
    good(page)
    page.get_by_role("link", name="Español", exact=True).click()
    heading(page, "enlace")
    good(page)
    page.get_by_role("link", name="Contarlo sin enlace").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("¿Tiene")


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF has, also where its objects are compressed."""
    parts = [pdf]
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.S):
        try:
            parts.append(zlib.decompress(found[1]))
        except zlib.error:
            continue
    return sum(len(re.findall(rb"/Type\s*/Page\b(?!s)", part)) for part in parts)


@pytest.mark.parametrize("language", ["en", "es"])
def test_card_and_poster_print_on_one_page(
    opened: Open,
    dana: Staff,
    code: str,
    enrolled: Callable[..., Treatment],
    language: str,
) -> None:
    maria = enrolled(language=language, may_email=False)
    page = opened("/log-in", viewport={"width": 1280, "height": 860})
    page.get_by_label("E-mail address").fill(dana.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto("/posters")
    assert troubles(page) == []
    with page.expect_popup() as opening:
        page.get_by_role("link", name="Print the poster").click()
    one_page(opening.value)
    page.goto(f"/treatments/{maria.id}")
    assert troubles(page) == []
    with page.expect_popup() as opening:
        page.get_by_role("button", name="Print the aftercare card").click()
    one_page(opening.value)


def one_page(paper: Page) -> None:
    expect(paper.locator("svg.qr")).to_be_visible()
    expect(paper.get_by_role("button", name="Print")).to_be_visible()
    assert troubles(paper) == []
    for size in ("A4", "Letter"):
        assert pages_of(paper.pdf(format=size, prefer_css_page_size=False)) == 1, size
