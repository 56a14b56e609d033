"""`reporter rules`: what is live, what a draft would change, and making it live."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from reporter import clock
from reporter.clinic import intake, ruleset_book, rulesets
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.commands import main
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.rule_text import with_keys
from tests.clinic.ruleset_desk import Office
from tests.conftest import KEY, NOW, PASSWORD, report


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("REPORTER_KEYS", KEY)
    monkeypatch.setenv("REPORTER_DATABASE_URL", database_url)
    monkeypatch.setattr(clock, "now", lambda: NOW)

    def invoke(*arguments: object, **options: Any) -> Result:
        return CliRunner().invoke(main, ["rules", *(str(one) for one in arguments)], **options)

    return invoke


@pytest.fixture
def draft_file(tmp_path: Path) -> Path:
    """A rules.toml in which a hoarse voice is only a call-back."""
    text = with_keys(rulesets.shipped_files()["rules.toml"], "hoarse_voice", {"level": "call_back"})
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def hoarse(
    db: Database, clinic: Clinic, knowledge: Knowledge, enrolled: Callable[..., Treatment]
) -> None:
    more: Any = {"channel": "link", "at": NOW, "key": "k"}
    intake.submit(db, knowledge, clinic, enrolled(), report("hoarse_voice"), **more)


def test_list_and_show(clinic: Clinic, run: Callable[..., Result], knowledge: Knowledge) -> None:
    assert (
        run("list").stdout == f"1  live  {knowledge.ruleset}  from shipped, live since 2026-11-24\n"
    )
    one = run("show", "droop_both_sides").stdout
    assert one.startswith("URGENT  droop_both_sides: ")
    assert "Fires on: Droopy eyelid on both sides." in one and "Signed by: nobody yet" in one
    everything = run("show").stdout
    assert all(f"  {rule.id}: " in everything for rule in knowledge.rules)
    wrong = run("show", "nothing")
    assert wrong.exit_code == 1 and "There is no rule 'nothing'" in wrong.stderr
    assert run("show", "--set", 9).exit_code == 1


def test_try_under_the_live_set_and_under_a_draft(
    clinic: Clinic, run: Callable[..., Result], draft_file: Path
) -> None:
    line = json.dumps({"id": "a", "symptoms": [{"symptom": "hoarse_voice", "severity": "mild"}]})
    now = json.loads(run("try", "-", input=line).stdout)
    then = json.loads(run("try", "-", "--rules", draft_file, input=line).stdout)
    assert (now["level"], then["level"]) == ("urgent", "call_back")
    assert now["would_change"][0].startswith("One level up (emergency)")
    assert run("try", "-", input="{").exit_code == 2


def test_backtest_of_a_file_writes_nothing_but_the_list(
    db: Database,
    clinic: Clinic,
    hoarse: None,
    run: Callable[..., Result],
    draft_file: Path,
    tmp_path: Path,
) -> None:
    moved = tmp_path / "moved.csv"
    done = run("backtest", draft_file, "--moved", moved)
    assert done.exit_code == 0, done.output
    assert "1 reports." in done.stdout and "1 lowered, 0 raised" in done.stdout
    head, line = moved.read_text().splitlines()
    assert head.startswith("report,case") and line.endswith(",urgent,call_back,no")
    assert [one.number for one in ruleset_book.listed(db, clinic.id)] == [1]
    assert sorted(path.name for path in tmp_path.iterdir() if "moved" in path.name) == ["moved.csv"]


def test_an_interrupted_backtest_leaves_nothing(
    clinic: Clinic,
    hoarse: None,
    run: Callable[..., Result],
    draft_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("reporter.clinic.backtest_pool.run", interrupted)
    assert run("backtest", draft_file, "--moved", tmp_path / "moved.csv").exit_code == 1
    assert not [path.name for path in tmp_path.iterdir() if "moved" in path.name]


def test_backtest_wants_one_thing(run: Callable[..., Result], draft_file: Path) -> None:
    assert run("backtest").exit_code == 2
    assert run("backtest", draft_file, "--set", 1).exit_code == 2


def test_a_wrong_file_is_one_sentence(
    clinic: Clinic, run: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "rules.toml").write_text('[[rule]]\nid = "x"\nlevel = "urgnt"\n')
    failed = run("backtest", tmp_path / "rules.toml")
    assert failed.exit_code == 1 and "urgnt" in failed.stderr and "\n" not in failed.stderr.strip()


def test_publish_asks_who_and_keeps_the_rules_of_approval(
    db: Database,
    clinic: Clinic,
    hoarse: None,
    hire: Callable[..., Staff],
    run: Callable[..., Result],
) -> None:
    ann, bob = hire("Ann Lin", role="practitioner"), hire("Bob Kern", role="director")
    office = Office(db, clinic.id)
    draft = office.with_level("hoarse_voice", "call_back", ann)
    kept = run("backtest", "--set", 2, "--as", ann.email, input=f"{PASSWORD}\n")
    assert kept.exit_code == 0, kept.output
    tested = office.now(draft).tested
    assert tested and tested["lowered"] == 1
    office.proposed(office.now(draft), ann, "Local evidence")
    wrong = run("publish", 2, "--as", bob.email, input="not the password\n")
    assert wrong.exit_code == 1 and "do not belong together" in wrong.stderr
    own = run("publish", 2, "--as", ann.email, input=f"{PASSWORD}\n")
    assert own.exit_code == 1 and "Another clinician must approve it: Bob Kern" in own.stderr
    done = run("publish", 2, "--as", bob.email, input=f"{PASSWORD}\n")
    assert done.exit_code == 0 and "Set 2" in done.stdout
    assert office.live().number == 2


def test_everything_answers_in_json_too(
    db: Database,
    clinic: Clinic,
    hoarse: None,
    hire: Callable[..., Staff],
    run: Callable[..., Result],
    draft_file: Path,
) -> None:
    ann, bob = hire("Ann Lin", role="practitioner"), hire("Bob Kern", role="director")
    (only,) = json.loads(run("list", "--json").stdout)
    assert (only["number"], only["state"], only["conflicts"]) == (1, "live", [])
    (shown,) = json.loads(run("show", "hoarse_voice", "--json").stdout)
    assert (shown["level"], shown["signed_by"], shown["switched_off"]) == ("urgent", None, None)
    assert shown["fires_on"].startswith("Hoarse")
    line = json.dumps({"id": "a", "symptoms": [{"symptom": "hoarse_voice"}]})
    assert json.loads(run("try", "-", "--json", input=line).stdout)["matched"]
    counted = json.loads(run("backtest", draft_file, "--json").stdout)
    assert (counted["total"], counted["lowered"]) == (1, 1)
    assert counted["table"] == [{"old": "urgent", "new": "call_back", "reports": 1}]
    assert counted["moved"][0]["new"] == "call_back"
    office = Office(db, clinic.id)
    office.proposed(office.with_level("drooling", "emergency", ann), ann)
    done = run("publish", 2, "--as", bob.email, "--json", input=f"{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[-1])["state"] == "live"
