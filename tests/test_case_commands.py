"""`reporter cases`: who is late, what is open, and moves that obey the desk's own table."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from reporter import clock
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.commands import main
from reporter.records import audit
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from tests.conftest import KEY, NOW, report
from tests.web.desk import Ward

Run = Callable[..., Result]
DONE = ("--set", "red_flags_asked=yes", "--set", "taught_back=yes", "--set", "regulator=no_report")


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("REPORTER_KEYS", KEY)
    monkeypatch.setenv("REPORTER_DATABASE_URL", database_url)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return lambda *arguments: CliRunner().invoke(main, ["cases", *arguments])


@pytest.fixture
def ward(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> Ward:
    return Ward(db, knowledge, clinic, enrolled)


@pytest.fixture
def case(ward: Ward) -> Case:
    return ward.case(report("hives"))


@pytest.fixture
def ref(case: Case, enrolled: Callable[..., Treatment]) -> str:
    return enrolled().reference


def test_the_list_says_level_owner_and_lateness_and_names_no_patient(
    run: Run, ward: Ward, case: Case, ref: str, dana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("late").stdout == "No case is late.\n"
    ward.move(case, "claim", dana)
    due = "due 2026-11-24 11:15 EST"
    assert run("list").stdout == f"Epec Clinic  {ref}  urgent  claimed  {due}  dana@staff.test\n"
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=2))
    late = run("late", "--json")
    (one,) = json.loads(late.stdout)
    assert late.exit_code == 1
    assert (one["reference"], one["owner"], one["is_late"]) == (ref, "dana@staff.test", True)
    assert "Maria" not in late.stdout and "hives" not in late.stdout
    late_line = f"Epec Clinic  {ref}  urgent  claimed  {due} (57 min late)  dana@staff.test\n"
    assert run("late").stdout == late_line
    monkeypatch.setattr(clock, "now", lambda: case.due_at)
    assert "  due now  dana@staff.test" in run("late").stdout


def test_a_case_moves_by_the_same_table_as_at_the_desk(
    run: Run,
    db: Database,
    ward: Ward,
    case: Case,
    ref: str,
    dana: Staff,
    hire: Callable[..., Staff],
) -> None:
    hire("Ann Lin", role="practitioner")
    dana_does = ("--as", "dana@staff.test")
    assert run("move", ref, "claim", *dana_does).stdout.startswith(
        f"{ref}: claimed, due 2026-11-24"
    )
    call = ("--set", "result=no_answer", "--set", "next_due=2026-11-24T12:00")
    assert run("move", ref, "call", *dana_does, *call).exit_code == 0
    assert ward.now(case).due_at == NOW.replace(hour=17, minute=0)
    refused = run("move", ref, "close", *dana_does, *DONE, "--set", "outcome=unreached")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Try 2 more times")
    mia = hire("Mia Brandt", role="manager")
    assert "Only a nurse" in run("move", ref, "note", "--as", mia.email, "--note", "x").stderr
    closed = run("move", ref, "close", *dana_does, *DONE, "--set", "outcome=resolved", "--json")
    assert json.loads(closed.stdout)["state"] == "closed"
    last = ward.history(case)[-1]
    assert (last.by_name, last.details["via"]) == ("Dana Reyes", "command line")
    assert audit.verify(db, case.clinic_id) == []


def test_whoever_runs_the_machine_gives_back_and_notes_and_no_more(
    run: Run, ward: Ward, case: Case, ref: str, dana: Staff
) -> None:
    ward.move(case, "claim", dana)
    assert run("move", ref, "release").stderr == "Write why you release somebody else's case.\n"
    assert run("move", ref, "release", "--note", "She fell ill").exit_code == 0
    assert ward.now(case).owner_id is None
    assert run("move", ref, "close", *DONE, "--set", "outcome=resolved").exit_code == 1
    assert ward.now(case).is_open


@pytest.mark.parametrize(
    "given", ["outcome", "level=grave", "next_due=soon", "name=Maria", "taught_back=perhaps"]
)
def test_what_cannot_be_read_is_wrong_usage(
    run: Run, ward: Ward, case: Case, ref: str, given: str
) -> None:
    wrong = run("move", ref, "note", "--note", "x", "--set", given)
    assert wrong.exit_code == 2
    assert given in wrong.stderr
    assert ward.now(case) == case


def test_a_treatment_without_a_case_says_so(run: Run, ward: Ward, ref: str) -> None:
    quiet = ward.enrolled(name="Robert Hale").reference
    assert run("move", quiet, "claim").stderr == f"There is no case about {quiet}.\n"


def test_texts_that_nobody_has_read_in_time_are_said_too(
    run: Run, ward: Ward, enrolled: Callable[..., Treatment], monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.tell(enrolled(), report("headache", day=1, free_text="Thank you"), NOW)
    assert run("late").exit_code == 0
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=2))
    late = run("late")
    assert late.exit_code == 1
    said = "1 text to read is overdue, the first was due 2026-11-25 17:30 EST"
    assert late.stdout == f"Epec Clinic  {said}\n"
    (one,) = json.loads(run("late", "--json").stdout)
    assert (one["level"], one["is_late"], one["reference"]) == ("to read", True, "")
