"""The patient's pages in a real browser: every level, both languages, with and without scripts."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from shutil import which
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from reporter import create_app
from reporter.clinic.treatments import Treatment
from reporter.settings import Settings
from tests.browser.axe import violations
from tests.missing import BROWSERS
from tests.web.phone import Watch
from tests.web.test_patient import Link

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(which, BROWSERS)), None)
# Each page is met in each language, at each width and hour in the ordinary run; every combination
# of them is left to `make soak`.
IN_SOAK = pytest.mark.slow
SMALL = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), textarea')]
  .filter(e => !e.matches('.nhsuk-skip-link'))
  .filter(e => { const r = e.getBoundingClientRect(); return r.height < 47.5 || r.width < 47.5 })
  .map(e => e.outerHTML.slice(0, 120))"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def browser(chromium: "Browser") -> "Browser":
    return chromium


@pytest.fixture
def address(settings: Settings, watch: Watch) -> Iterator[str]:
    made = create_app(replace(settings, base_url="http://127.0.0.1"))
    server = make_server("127.0.0.1", 0, made, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


Open = Callable[..., "Page"]


@pytest.fixture
def opened(
    browser: "Browser",
    address: str,
    enrolled: Callable[..., Treatment],
    link: Link,
) -> Iterator[Open]:
    contexts = []

    def go(language: str = "en", width: int = 390, scripts: bool = True, end: str = "") -> "Page":
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 844},
            java_script_enabled=scripts,
            bypass_csp=True,  # for axe alone; the policy has its own test
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(link(enrolled(language=language)) + end)
        return page

    yield go
    for context in contexts:
        context.close()


def press(page: "Page", button: str = "main form button >> nth=0") -> None:
    with page.expect_navigation():
        page.click(button)


def examine(page: "Page") -> None:
    """Usable by all: no violation, nothing cut off, nothing too small for a thumb."""
    assert violations(page) == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def walk(page: "Page", examine: Callable[["Page"], None]) -> None:
    """Through an error, follow-ups and the check page to the emergency page."""
    examine(page)
    press(page)
    examine(page)
    page.check("[value=none]")
    press(page)
    examine(page)
    page.check("[value=eyelid]")
    page.check("[value=headache]")
    press(page)
    for answer in ("right", "half", "blurred", "severe"):
        examine(page)
        press(page, f"button[value={answer}]")
    examine(page)
    page.check("[value=worst]")
    press(page)
    examine(page)
    press(page, "button[value=none]")
    press(page, "button[value=yesterday]")
    press(page, "button[value=worse]")
    page.fill("textarea", "My eye feels heavy")
    examine(page)
    press(page)
    examine(page)


@pytest.mark.parametrize(
    ("language", "width"), [("en", 390), ("es", 320), pytest.param("es", 1280, marks=IN_SOAK)]
)
def test_the_whole_way_is_usable_by_all(opened: Open, language: str, width: int) -> None:
    page = opened(language, width)
    walk(page, examine)
    assert page.locator("h1").inner_text().endswith(("Call 911 now", "Llame al 911 ahora"))
    page.goto(page.url + "?text=large")
    examine(page)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_whole_way_without_scripts(opened: Open, language: str) -> None:
    page = opened(language, scripts=False)
    walk(page, lambda _: None)
    assert page.locator(".care--emergency h1").count() == 1


@pytest.mark.parametrize(
    ("language", "hour"),
    [
        ("en", 15),
        ("es", 2),
        pytest.param("en", 2, marks=IN_SOAK),
        pytest.param("es", 15, marks=IN_SOAK),
    ],
)
def test_every_other_result_is_usable_by_all(
    opened: Open,
    watch: Watch,
    language: str,
    hour: int,
) -> None:
    watch.at = watch.at.replace(hour=hour)
    page = opened(language, end="/fine")
    examine(page)
    press(page)
    examine(page)
    press(page)  # I'd still like a call
    assert page.locator(".care h1").count() == 1
    examine(page)
    for flag, css in (("unsure", ".care--urgent"), ("trouble_breathing", ".care--emergency")):
        fresh = opened(language)
        fresh.check(f"[value={flag}]")
        press(fresh)
        assert fresh.locator(f"{css} h1").count() == 1
        examine(fresh)


def test_the_whole_way_by_keyboard_and_the_error_takes_focus(opened: Open) -> None:
    page = opened()
    press(page)
    assert page.title().startswith("Error: ")
    assert page.evaluate("document.activeElement.className") == "nhsuk-error-summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "flags"
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/done/**")
    assert page.locator(".care--emergency h1").count() == 1


def test_the_policy_lets_the_page_look_as_it_should(browser: "Browser", address: str) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/r/wrong")
    bar = page.evaluate("getComputedStyle(document.querySelector('.bar')).backgroundColor")
    context.close()
    assert bar == "rgb(11, 79, 108)"
    assert not [text for text in said if "Content Security Policy" in text]


def test_error_pages_are_usable_by_all(browser: "Browser", address: str) -> None:
    context = browser.new_context(
        base_url=address, bypass_csp=True, viewport={"width": 320, "height": 700}
    )
    page = context.new_page()
    for path in ("/r/wrong", "/r/wrong?lang=es", "/c/0123456789abcdef/", "/nothing"):
        page.goto(path)
        examine(page)
    context.close()
