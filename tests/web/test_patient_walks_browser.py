"""Every level in both languages, with scripts and without, in a real browser; each page for all."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reporter.clinic.clinics import Clinic
from reporter.clinic.photos import LARGEST
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.levels import Level
from tests.conftest import NOW
from tests.web.phone import Watch
from tests.web.test_patient import Link, stored
from tests.web.test_patient_browser import CHROMIUM, Open, address, browser, examine, press
from tests.web.test_patient_photos import picture, saved

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["address", "browser"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
See = Callable[["Page"], None]
BABY = {"en": "my baby is floppy and not feeding", "es": "mi bebé está flácido"}
HARM = {"en": "I want to kill myself", "es": "quiero matarme"}
# What is ticked, answered and written; the level, and what the page's title holds in English.
WAYS: dict[str, tuple[str, dict[str, str], Level, str]] = {
    "self_care": ("bruise small today better", {}, Level.SELF_CARE, "need a call today"),
    "call_back": ("look", {}, Level.CALL_BACK, "A nurse will call you"),
    "urgent": ("unsure", {}, Level.URGENT, "Call us now"),
    "emergency": ("trouble_breathing", {}, Level.EMERGENCY, "Call 911 now"),
    "self_harm": ("something_else", HARM, Level.EMERGENCY, "Talk to somebody now"),
    "infant": ("something_else", BABY, Level.EMERGENCY, "for the baby"),
}


@pytest.fixture
def opened(
    browser: "Browser", address: str, enrolled: Callable[..., Treatment], link: Link
) -> Iterator[Open]:
    """As in the other files, with more to say of the screen, and one window at a time."""
    contexts = []

    def go(language: str = "en", width: int = 390, scripts: bool = True, **more: str) -> "Page":
        for old in contexts:
            old.close()
        contexts[:] = [
            browser.new_context(
                base_url=address,
                viewport={"width": width, "height": 844},
                java_script_enabled=scripts,
                bypass_csp=True,  # for axe alone; the policy has its own test
                **more,
            )
        ]
        page = contexts[0].new_page()
        page.goto(link(enrolled(language=language)))
        return page

    yield go
    for context in contexts:
        context.close()


def walk(page: "Page", way: str, words: str, see: See) -> None:
    """From the link to what to do now, as `way` says."""
    ticked, *answers = way.split()
    see(page)
    if page.locator(f"[name=flags][value={ticked}]").count():
        page.check(f"[value={ticked}]")
        press(page)
        return see(page)
    page.check("[value=none]")
    press(page)
    see(page)
    page.check(f"[value={ticked}]")
    press(page)
    if words:
        see(page)
        page.fill("#words", words)
        press(page)
        if "/done/" in page.url:  # an emergency in own words is answered at once
            return see(page)
    for answer in answers:
        see(page)
        press(page, f"button[value={answer}]")
    see(page)
    press(page)
    return see(page)


SEEN: set[tuple[str, str]] = set()


def see_once(language: str) -> See:
    """Each page once in a language: six ways share their first ones."""

    def see(page: "Page") -> None:
        told = (language, page.locator("h1").inner_text())
        if told not in SEEN:
            SEEN.add(told)
            examine(page)

    return see


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("way", WAYS)
def test_every_level_with_scripts_and_without(
    opened: Open, db: Database, clinic: Clinic, watch: Watch, way: str, language: str
) -> None:
    steps, words, level, title = WAYS[way]
    if level is Level.SELF_CARE:
        watch.at = NOW - timedelta(days=3)
    shown = []
    for scripts in (True, False):
        watch.at += timedelta(minutes=5)
        page = opened(language, scripts=scripts)
        if page.url.endswith("/receipt"):
            page.goto(page.url.removesuffix("receipt") + "?new=1")
        see = see_once(language) if scripts else (lambda _: None)
        walk(page, steps, words.get(language, ""), see)
        shown.append(page.locator("h1").inner_text())
        assert page.locator("html").get_attribute("lang") == language
    assert shown[0] == shown[1] and (language == "es" or title in shown[0])
    assert {one.level for one in stored(db, clinic)} == {level}


@pytest.mark.parametrize(
    ("width", "screen", "text"),
    [(1280, {}, ""), (390, {"forced_colors": "active"}, ""), (1280, {}, "250%")],
    ids=["1280", "forced colours", "200% text"],
)
def test_one_way_on_other_screens(
    opened: Open, width: int, screen: dict[str, str], text: str
) -> None:
    def see(page: "Page") -> None:
        if text:  # twice the 125% that a page begins with
            page.add_style_tag(content=f"html {{ font-size: {text} !important }}")
        examine(page)

    walk(opened("es", width, **screen), "eyelid right little no none today same", "", see)


def choose(page: "Page", photo: bytes) -> None:
    """Choose this file and press: with scripts the page stays and says what became of it."""
    file = {"name": "eye.jpg", "mimeType": "image/jpeg", "buffer": photo}
    page.set_input_files("#photo-kept", [file])  # type: ignore[list-item]
    page.click("[data-add]")


@pytest.mark.parametrize(
    ("language", "width"), [("es", 320), pytest.param("en", 390, marks=pytest.mark.slow)]
)
def test_a_photo_is_added_in_the_way(opened: Open, db: Database, language: str, width: int) -> None:
    page = opened(language, width)
    way = "eyelid right little no none today same"
    page.check("[value=none]")
    press(page)
    page.check("[value=eyelid]")
    press(page)
    for answer in way.split()[1:]:
        press(page, f"button[value={answer}]")
    page.click("a[href$=photos]")
    examine(page)
    press(page, "form.photos button")
    examine(page)
    problem, note = page.locator("[data-problem]"), page.locator("main p.note")
    assert page.get_attribute("form.photos", "data-most") == str(LARGEST)
    page.evaluate("document.querySelector('form.photos').dataset.most = 200000")  # quicker to make
    choose(page, b"x" * 1_100_000)  # as a HEIC that this browser cannot open: nothing is sent
    problem.filter(has_text="10 MB").wait_for()
    page.route("**/photos", lambda asked: asked.abort())
    choose(page, saved(picture()))
    problem.filter(has_text=re.compile("without it|sin la foto")).wait_for()
    examine(page)
    page.unroute("**/photos")
    large = saved(picture(size=(700, 600)), "PNG", compress_level=0)
    assert len(large) > 1_200_000
    choose(page, large)  # made smaller on the phone
    note.wait_for()
    examine(page)
    page.click("main > a.button")
    press(page)
    assert page.locator(".care h1").count() == 1
    assert len(db.query("select id from photos")) == 1
