"""The rules of the house, held by reading the code: who imports whom, how big things grow."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = [*sorted((ROOT / "reporter").rglob("*.py")), ROOT / "scheduler.py"]

# A wing imports only from wings that stand after it here.
WINGS = ["web", "clinic", "mail", "records", "rules"]
MAY_NOT = {
    "rules": {"records", "mail", "clinic", "web", "clock", "settings"},
    "records": {"rules", "mail", "clinic", "web"},
    "mail": {"rules", "clinic", "web"},
    "clinic": {"web"},
}
# Rooms of the clinic wing: each imports only from those after it.
CLINIC = [
    {"watchman", "gauges", "incoming", "handover", "escalated", "escalation"},
    {"watch"},
    {"matching"},
    {"unfinished"},
    {"intake", "sheet"},
    {"front_desk", "wishes", "people"},
    {"absence", "case_search", "queue", "remarks", "unclaimed", "unmatched"},
    {"cases"},
    {"late_reading", "phone_drafts"},
    {"alerts", "case_sentences", "case_times", "case_verbs", "note_drafts"},
    {"case_working"},
    {"case_closing", "replaying"},
    {"case_asking"},
    {"case_limits"},
    {"casebook"},
    {"checkin_mail", "replanning"},
    {"mail_choices"},
    {"checkin_plan"},
    {"checkin_changes", "checkin_waits", "silent", "silent_tries", "ledger"},
    {"checkins", "silent_risk"},
    {"checkin_days"},
    {"ruleset_approval", "ruleset_merging", "deciding"},
    {"ruleset_drafts", "backtest_pool"},
    {"backtest", "rulesets"},
    {"backtest_tally", "ruleset_book", "rule_signatures"},
    {"photos"},
    {"reports", "drafts", "photo_child"},
    {"posters"},
    {"patient_mail"},
    {"places", "audit_trail", "links", "unlocking", "explanations", "unread"},
    {"audit_about"},
    {"treatments"},
    {"cells", "report_columns"},
    {"contact"},
    {"patients"},
    {"enrolment"},
    {"entries"},
    {"passkey_log_ins"},
    {"invitations", "log_ins"},
    {"settings_changes", "on_call_test", "passkeys"},
    {"second_factor", "sessions", "challenges", "passkey_answers"},
    {"staff", "clinics", "team", "open_minutes"},
    {"passwords", "roles", "clinic_checks", "settings_log"},
    {"clinic_settings"},
    {"hours", "steps", "waits", "rates", "last_report", "told", "own_rates", "unchanged"}
    | {"audit_words"},
]
# Only these may name an engine, only these may speak Flask.
ENGINES = {"sqlite3", "sqlite_utils", "psycopg", "psycopg_pool", "pysqlite3"}
KNOWS_ENGINES = {"reporter/records/sqlite.py", "reporter/records/postgres.py"}
FLASK = {"flask", "flask_wtf", "flask_babel", "wtforms", "werkzeug"}
LONGEST_FILE, LONGEST_FUNCTION = 250, 40
# Past 250 lines with a reason that a stranger would accept.
LONGER: dict[str, str] = {
    "reporter/clinic/treatments.py": "one noun: a visit is stored, read, found and corrected here",
    "reporter/clinic/reports.py": "one noun: the columns of a report are written and read here",
    "reporter/clinic/casebook.py": "one noun: the rows of a case and its moves",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wing_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "reporter" and len(parts) > 1 else ""


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_data_goes_one_way(path: Path) -> None:
    wing = path.relative_to(ROOT).parts[1] if path.parent != ROOT else ""
    wrong = {module for module in imports(path) if wing_of(module) in MAY_NOT.get(wing, set())}
    assert not wrong, f"{name_of(path)} imports from above: {sorted(wrong)}"


@pytest.mark.parametrize("path", sorted((ROOT / "reporter/clinic").glob("*.py")), ids=name_of)
def test_rooms_of_the_clinic_import_downwards(path: Path) -> None:
    if path.stem == "__init__":
        return
    floor = {room: number for number, rooms in enumerate(CLINIC) for room in rooms}
    assert path.stem in floor, f"Give {path.stem} its floor in CLINIC"
    for module in imports(path):
        parts = module.split(".")
        if parts[:2] == ["reporter", "clinic"] and len(parts) > 2 and parts[2] in floor:
            assert floor[parts[2]] > floor[path.stem], f"{path.stem} imports {parts[2]}"


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_only_the_store_names_an_engine(path: Path) -> None:
    found = {module.split(".")[0] for module in imports(path)} & ENGINES
    assert not found or name_of(path) in KNOWS_ENGINES


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_flask_stays_in_the_web(path: Path) -> None:
    found = {module.split(".")[0] for module in imports(path)} & FLASK
    inside = {
        "reporter/__init__.py",
        "reporter/demo_pages.py",
        "reporter/demo.py",
        "reporter/serve.py",
    }
    assert not found or name_of(path) in inside or name_of(path).startswith("reporter/web/")


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text("utf-8")
    if name_of(path) not in LONGER:
        assert len(text.splitlines()) <= LONGEST_FILE, f"{name_of(path)}: split it by noun"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{name_of(path)}:{node.name} has {length} lines"


def test_functions_are_short_on_the_whole() -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    )
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[len(lengths) * 9 // 10] <= 24


def test_only_the_edge_asks_the_time() -> None:
    for path in CODE:
        text = path.read_text("utf-8")
        if name_of(path) != "reporter/clock.py":
            assert not re.search(r"datetime\.(now|utcnow|today)\(|date\.today\(", text), path


def test_nothing_is_swallowed() -> None:
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                silent = len(node.body) == 1 and isinstance(node.body[0], ast.Pass)
                assert not (node.type is None or silent), f"{name_of(path)}:{node.lineno}"


def test_there_is_no_attic() -> None:
    assert not [path for path in CODE if path.stem in {"utils", "helpers", "common", "misc"}]


def test_no_words_of_unfinished_work() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    files = [*CODE, *(ROOT / "templates").rglob("*.*"), *(ROOT / "reporter").rglob("*.toml")]
    assert not [name_of(path) for path in files if unfinished.search(path.read_text("utf-8"))]


def test_every_setting_has_its_row_in_the_readme() -> None:
    from dataclasses import fields

    from reporter.settings import Settings

    readme = (ROOT / "README.md").read_text("utf-8")
    missing = [f"REPORTER_{field.name.upper()}" for field in fields(Settings)]
    assert not [name for name in missing if f"`{name}`" not in readme]


def test_every_email_has_its_three_parts_and_a_snapshot() -> None:
    snapshots = {path.name.split(".")[0] for path in (ROOT / "tests/snapshots/mail").glob("*")}
    for folder in sorted((ROOT / "templates/email").iterdir()):
        if not folder.is_dir():
            continue
        parts = {path.name for path in folder.iterdir()}
        assert {"subject.txt", "body.txt", "body.html"} <= parts, folder.name
        assert any(name.startswith(folder.name) for name in snapshots), folder.name


def test_the_decisions_are_numbered_without_gaps_in_form() -> None:
    for path in (ROOT / "docs/decisions").glob("*.md"):
        text = path.read_text("utf-8")
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name), path.name
        for part in ("Context", "Decision", "Consequence"):
            assert part in text, f"{path.name} has no {part}"
