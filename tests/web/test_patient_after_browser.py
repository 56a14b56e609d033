"""Every result and the receipt in a real browser: both languages, open and closed, three widths."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from tests.web.phone import Watch
from tests.web.test_patient_browser import (
    CHROMIUM,
    Open,
    address,
    browser,
    examine,
    opened,
    press,
)

__all__ = ["address", "browser", "opened"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
HEADINGS = {
    "trouble_swallowing": {"en": "Call 911 now", "es": "Llame al 911 ahora"},
    "unsure": {"en": "now", "es": "ahora"},
}


# Any two of these meet in one of the six; the other ways through are left to `make soak`.
PAIRED = {
    ("trouble_swallowing", "en", 2, 320),
    ("trouble_swallowing", "es", 15, 390),
    ("trouble_swallowing", "en", 15, 1280),
    ("unsure", "es", 15, 320),
    ("unsure", "en", 2, 390),
    ("unsure", "es", 2, 1280),
}


def every_way() -> Iterator[Any]:
    for way in product(HEADINGS, ["en", "es"], [2, 15], [320, 390, 1280]):
        yield pytest.param(*way, marks=[] if way in PAIRED else [pytest.mark.slow])


@pytest.mark.parametrize(("flag", "language", "hour", "width"), [*every_way()])
def test_what_comes_after_a_report_is_usable_by_all(
    opened: Open, watch: Watch, flag: str, language: str, hour: int, width: int
) -> None:
    watch.at = watch.at.replace(hour=hour)
    page = opened(language, width)
    page.check(f"[value={flag}]")
    press(page)
    examine(page)
    for what in ("called_emergency", "gone", "mistake"):
        if page.locator(f"button[value={what}]").count():
            press(page, f"button[value={what}]")
    examine(page)
    assert HEADINGS[flag][language] in page.locator("h1").inner_text()
    assert page.locator(".noted").count() == (2 if flag == "unsure" else 3)
    page.goto(page.url.split("/done/")[0] + "/better-time")
    examine(page)
    page.fill("#number", "12")
    press(page)
    assert page.evaluate("document.activeElement.className") == "nhsuk-error-summary"
    examine(page)
    page.fill("#number", "301 555 0199")
    press(page)
    assert page.url.endswith("/receipt")
    examine(page)
    press(page, "button[value=over]")
    examine(page)


def test_adding_and_wishing_need_no_script(opened: Open) -> None:
    page = opened(scripts=False)
    page.check("[value=trouble_swallowing]")
    press(page)
    press(page, "button[value=called_emergency]")
    assert page.locator(".noted").count() == 1
    page.goto(page.url.split("/done/")[0] + "/receipt")
    press(page, "button[value=over]")
    assert page.locator(".noted").count() == 2
