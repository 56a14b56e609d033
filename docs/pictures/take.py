"""Take the pictures that the README shows: the patient's way, and the queue with an open case.

    python docs/pictures/take.py      needs Chromium and the packages of the tests; the clinic of
                                      the pictures is open from 8:30 to 17:30 UTC

They come from the product itself, served as in production, with an invented clinic and patient;
the queue is that of the demo, at a clinic that is open every day.
"""

import json
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1]))

from playwright.sync_api import sync_playwright

from benchmarks import prepared, serving
from reporter import create_app, demo, demo_story
from reporter.demo_people import CLINIC, PASSWORD, STAFF
from reporter.records.db import open_database
from reporter.records.seal import Vault
from reporter.settings import Settings

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
ANSWERS = ("right", "half", "no", "none", "yesterday", "same")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="reporter-pictures-") as folder:
        url = f"sqlite:///{Path(folder) / 'pictures.db'}"
        links, port = _links(url), serving.free_port()
        env = serving.environment(url, port, 1)
        with serving.serving(["-m", "reporter", "serve"], env, port), sync_playwright() as running:
            browser = running.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            _queue(browser)
            for link, take in zip(links, (_calm, _emergency), strict=True):
                context = browser.new_context(
                    base_url=f"http://127.0.0.1:{port}", viewport=PHONE, device_scale_factor=2
                )
                page = context.new_page()
                page.goto(link)
                take(page)
                context.close()
            browser.close()


def _queue(browser: Any) -> None:
    """The demo's queue, with the emergency opened."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    always = {"zone": "UTC", "hours": {day: ["08:30-17:30"] for day in days}, "holidays": []}
    demo_story.CLINIC = {**CLINIC, **always}
    with tempfile.TemporaryDirectory(prefix="reporter-pictures-") as folder:
        made = demo._prepared(Path(folder), fresh=False)
        demo._make(made, print)
        port = made.settings.port
        with serving.serving(["-m", "reporter", "serve"], {**made.env, "REPORTER_DEMO": "0"}, port):
            page = browser.new_page(base_url=made.settings.base_url, viewport=DESK)
            page.goto("/log-in")
            page.get_by_label("E-mail address").fill(STAFF[0][1])
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in", exact=True).click()
            page.wait_for_url("**/desk")
            page.locator("a[href*='/desk/case/']").first.click()
            page.wait_for_url("**/desk/case/**")
            _save(page, "nurse_queue")


def _links(url: str) -> list[str]:
    """The paths of two patients' links, before anything was answered."""
    db, at = open_database(url, Vault([serving.KEY])), datetime.now(UTC)
    db.migrate()
    clinic = prepared.found_clinic(db, at)
    row = db.query("select settings from clinics where clinic_id = :c", c=clinic.id)[0]
    kept = {**json.loads(row["settings"]), "zone": "UTC", "duty_nurse": "Dana"}
    kept["hours"] = {day: ["08:30-17:30"] for day in kept["hours"]}
    db.run("update clinics set settings = :s where clinic_id = :c", s=json.dumps(kept), c=clinic.id)
    app = create_app(Settings(keys=(serving.KEY,), database_url=url, secret_key=serving.SECRET))
    made = prepared.submissions(app, clinic, ["call_back", "call_back"], at)
    db.run("delete from drafts where clinic_id = :c", c=clinic.id)
    db.close()
    tokens = [one.cookie.partition("=")[2].partition(";")[0].partition(".")[2] for one in made]
    return [f"/r/{token}" for token in tokens]


def _calm(page: Any) -> None:
    """A droopy eyelid, from the warning signs to the promise of a call."""
    _save(page, "patient_first")
    page.check("[value=none]")
    _press(page)
    page.check("[value=eyelid]")
    _press(page)
    for number, answer in enumerate(ANSWERS):
        if number == 1:
            _save(page, "patient_question")
        _press(page, f"button[value={answer}]")
    _save(page, "patient_check")
    _press(page)
    _save(page, "patient_call_back")


def _emergency(page: Any) -> None:
    page.check("[value=trouble_swallowing]")
    _press(page)
    _save(page, "patient_emergency")


def _press(page: Any, button: str = "main form button >> nth=0") -> None:
    with page.expect_navigation():
        page.click(button)


def _save(page: Any, name: str) -> None:
    page.evaluate("document.activeElement && document.activeElement.blur()")
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
