"""A passkey in a real Chromium, its authenticator in software: added, alone, after a password."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from benchmarks import prepared, serving
from reporter import clock
from reporter.clinic import people
from reporter.records.audit import SYSTEM
from reporter.records.db import open_database
from reporter.records.seal import Vault
from tests.browser import axe

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Dana's browser before a clinic that asks everybody for a second factor.

    By a name: browsers make no passkey for a bare number.
    """
    url, port = f"sqlite:///{tmp_path / 'passkeys.db'}", serving.free_port()
    address, at = f"http://localhost:{port}", clock.now()
    env = serving.environment(url, port, 1, REPORTER_BASE_URL=address)
    with closing(open_database(url, Vault((serving.KEY,)))) as db:
        db.migrate()
        clinic = prepared.found_clinic(db, at)
        people.need_factor(db, clinic.id, "everybody", by=SYSTEM, at=at)
    with serving.serving(("-m", "reporter", "serve"), env, port):
        context = browser.new_context(base_url=address)
        made = context.new_page()
        made.set_default_timeout(15_000)
        yield made
        context.close()


def log_in(page: Page) -> None:
    page.goto("/log-in")
    page.get_by_label("E-mail address").fill("dana@staff.test")
    page.get_by_label("Password").fill(prepared.PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def test_a_passkey_from_the_first_to_the_last(page: Page) -> None:
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    made = devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    log_in(page)
    page.wait_for_url("**/account/second-factor")
    page.get_by_role("link", name="Use a passkey instead").click()
    assert axe.troubles(page) == []
    page.get_by_label("Name", exact=True).fill("My laptop")
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    page.get_by_role("link", name="I have them").click()
    page.get_by_text("My laptop").wait_for()
    assert axe.troubles(page) == []
    page.get_by_role("button", name="Log out", exact=True).first.click()

    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/desk")
    page.get_by_role("button", name="Log out", exact=True).first.click()

    log_in(page)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/desk")

    # Once more who it is, before what needs it; the first proof is as old as the log-in.
    page.goto("/account/prove?next=/account/second-factor/off")
    assert axe.troubles(page) == []
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/account/second-factor/off")
    page.get_by_role("button", name="Log out", exact=True).first.click()

    # Another device, which does not know the key: the page says so and the code is still there.
    devices.send("WebAuthn.clearCredentials", {"authenticatorId": made["authenticatorId"]})
    log_in(page)
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_text("It was not done").or_(page.get_by_text("could not do it")).wait_for()
    assert page.get_by_label("Code").is_visible()
