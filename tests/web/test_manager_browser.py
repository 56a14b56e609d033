"""The treatment pages in a real browser: usable by all, at both widths, also without scripts."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from reporter import create_app
from reporter.clinic import treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.records.db import Database
from reporter.settings import Settings
from tests.browser.axe import troubles
from tests.conftest import PASSWORD
from tests.missing import BROWSERS
from tests.web.treatment_desk import SQLITE, days_ago

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(which, BROWSERS)), None)
LONG = "Wilhelmina-Alexandrina Featherstonehaugh-Cholmondeley de la Santísima Trinidad"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing"),
    SQLITE,
]


@pytest.fixture
def browser(chromium: "Browser") -> "Browser":
    return chromium


@pytest.fixture
def address(settings: Settings, clinic: Clinic) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(
    request: pytest.FixtureRequest, browser: "Browser", address: str, dana: Staff
) -> Iterator["Page"]:
    context = browser.new_context(base_url=address, java_script_enabled=request.param)
    page = context.new_page()
    page.goto("/log-in")
    page.fill("[name=email]", dana.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    yield page
    context.close()


def enrol(page: "Page", name: str) -> None:
    page.goto("/treatments/enrol")
    for field, text in {
        "name": name,
        "born": "1968-03-02",
        "mobile": "301 555 0142",
        "email": "maria@example.org",
        "given_on": days_ago(4),
        "product": "Botox Cosmetic",
        "lot": "C8123F2",
        "expiry": "2099-05",
        "injector": "Dr. A. Lin",
        "units_glabella": "20",
    }.items():
        page.fill(f"[name={field}]", text)
    page.check("[name=may_email]")
    page.click("button[name=show]")
    assert page.locator("aside li").count() >= 3
    page.click("button[name=save]")


def test_from_enrolment_to_a_case(page: "Page", db: Database, clinic: Clinic) -> None:
    enrol(page, "Maria Alvarez")
    page.click("text=Write down a phone report")
    page.check("[name=flag_trouble_swallowing][value=yes]")
    page.click(".t-send button >> nth=0")
    assert "Tell them to call 911 now" in page.inner_text("main")
    page.click("main >> text=Open the case")
    assert "Maria Alvarez" in page.inner_text("main")
    assert treatments.recent(db, clinic.id)[0].patient.name == "Maria Alvarez"


@pytest.fixture
def sound(page: "Page") -> Callable[[str], None]:
    """Check the open page at both widths: nothing overflows, and axe finds nothing."""

    def check(where: str) -> None:
        assert troubles(page) == [], where

    return check


@pytest.mark.parametrize("page", [True], indirect=True, ids=["scripts"])
def test_every_page_is_usable_by_all(
    page: "Page", sound: Callable[[str], None], tmp_path: Path
) -> None:
    page.goto("/treatments")
    sound("empty list")
    page.goto("/treatments/enrol")
    page.click("button[name=save]")
    sound("enrol with errors")
    enrol(page, LONG)
    sound("treatment")
    treatment = page.url
    for path, press in (
        ("correct", ""),
        ("stop", "main button"),
        ("phone-report", ".t-send button"),
    ):
        page.goto(f"{treatment}/{path}")
        if press:
            page.click(f"{press} >> nth=0")
        sound(path)
    page.check("[name=flag_trouble_breathing][value=yes]")
    page.click(".t-send button >> nth=0")
    sound("told")
    page.goto("/treatments")
    sound("list")
    sheet = tmp_path / "a.csv"
    sheet.write_text(
        "name,born,email,given_on,product,lot,expiry,areas,injector,Room\n"
        f"Ana,1970-01-01,a@example.org,{days_ago(1)},Botox,,2099-01,chin:4,Dr,1\n",
        "utf-8",
    )
    page.goto("/treatments/import")
    page.set_input_files("[name=file]", sheet)
    page.click("button[name=try]")
    sound("import")
