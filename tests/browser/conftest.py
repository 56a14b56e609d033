"""A real Chromium before the real product: web server, mail server and store, all local."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response

import scheduler
from benchmarks import prepared, serving
from reporter.clinic import staff
from reporter.clinic.clinics import Clinic
from reporter.demo_mail import InboxMail, messages, serve_inbox
from reporter.letterhead import Letterhead
from reporter.records.audit import SYSTEM
from reporter.records.db import Database, open_database
from reporter.records.seal import Vault
from reporter.settings import Settings

FAILED = serving.ROOT / "build" / "browser"
outcome = pytest.StashKey[bool]()


@dataclass(frozen=True)
class House:
    """The running product: where its pages are, and what is behind them."""

    address: str
    settings: Settings
    db: Database
    clinic: Clinic
    inbox: Path

    def mail_to(self, address: str) -> list[InboxMail]:
        return [mail for mail in messages(self.inbox) if address in mail.to]

    def tick(self, at: datetime) -> scheduler.Round:
        """One round of the scheduler at that instant."""
        return scheduler.tick(self.db, self.settings, at)


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    return chromium


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty clinic with a manager and a nurse; no check-in is planned yet."""
    url, port, smtp_port = (
        f"sqlite:///{tmp_path / 'loop.db'}",
        serving.free_port(),
        serving.free_port(),
    )
    smtp = f"smtp://127.0.0.1:{smtp_port}"
    settings = Settings(
        keys=(serving.KEY,),
        database_url=url,
        base_url=f"http://127.0.0.1:{port}",
        smtp_url=smtp,
        mail_from="nurses@epec.test",
        secret_key=serving.SECRET,
    )
    head = Letterhead(settings.mail_from, settings.base_url)
    env = serving.environment(url, port, 2, REPORTER_SMTP_URL=smtp)
    with closing(open_database(url, Vault(settings.keys), head)) as db:
        db.migrate()
        clinic = _staffed(db)
        with (
            serve_inbox(tmp_path / "inbox", smtp_port),
            serving.serving(("-m", "reporter", "serve"), env, port),
        ):
            yield House(settings.base_url, settings, db, clinic, tmp_path / "inbox")


def _staffed(db: Database) -> Clinic:
    at = datetime.now(UTC)
    clinic = prepared.found_clinic(db, at)  # with Dana, a nurse
    staff.add(
        db,
        clinic.id,
        email="mona@staff.test",
        name="Mona Lind",
        role="manager",
        password=prepared.PASSWORD,
        by=SYSTEM,
        at=at,
    )
    return clinic


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[outcome] = report.failed
    return report


class People:
    """Each person has a browser of their own; all of them are photographed when a test fails."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address = browser, address
        self._pages: dict[str, Page] = {}
        self.noise: list[str] = []

    def __call__(self, name: str, *, scripts: bool = True, phone: bool = False) -> Page:
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 860}
        context = self._browser.new_context(
            base_url=self._address, viewport=size, java_script_enabled=scripts
        )
        page = self._pages[name] = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda said: self._hear(name, said.type, said.text))
        page.on("pageerror", lambda error: self._hear(name, "error", str(error)))
        page.on("response", self._look_at)
        return page

    def _hear(self, name: str, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not text.startswith("Failed to load resource"):
            self.noise.append(f"{name}: {text}")

    def _look_at(self, answer: Response) -> None:
        """Files and pages that were not there or failed; 422 is a form with a mistake in it."""
        if answer.status >= 400 and answer.status != 422:
            self.noise.append(f"{answer.status} {urlsplit(answer.url).path}")

    def photograph(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, page in self._pages.items():
            page.screenshot(path=folder / f"{name}.png", full_page=True)

    def leave(self) -> None:
        for page in self._pages.values():
            page.context.close()


@pytest.fixture
def people(request: pytest.FixtureRequest, browser: Browser, house: House) -> Iterator[People]:
    """people("Dana") gives her an own browser window."""
    made = People(browser, house.address)
    yield made
    if request.node.stash.get(outcome, False):
        made.photograph(FAILED / request.node.name)
    made.leave()
