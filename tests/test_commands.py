"""The command line: what it prints, its exit status, and one sentence for what goes wrong."""

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import reporter
from reporter import clock, commands
from reporter.clinic import intake, links, log_ins, staff, treatments
from reporter.clinic.clinics import Clinic, all_clinics
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.commands import main
from reporter.mail import heartbeat
from reporter.records import audit
from reporter.records.db import Database, scripts
from reporter.rules.knowledge import Knowledge
from tests.conftest import KEY, NOW, PASSWORD, report

ROOT = Path(__file__).parents[1]
TOML = """
name = "Epec Clinic"
zone = "America/New_York"
phone = "301-555-0142"
after_hours_phone = "301-555-0190"
emergency_number = "911"
crisis_line = "988"
reply_to = "nurses@epec.test"
holidays = ["2026-12-25"]

[hours]
monday = ["08:30-12:00", "13:00-17:30"]

[administrator]
email = "ada@epec.test"
name = "Ada Admin"
"""

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the test's store: run("audit", "verify")."""
    monkeypatch.setenv("REPORTER_KEYS", KEY)
    monkeypatch.setenv("REPORTER_DATABASE_URL", database_url)
    monkeypatch.setattr(clock, "now", lambda: NOW)

    def invoke(*arguments: object, **options: object) -> Result:
        return CliRunner().invoke(main, [str(one) for one in arguments], **options)  # type: ignore[arg-type]

    return invoke


@pytest.fixture
def toml(tmp_path: Path) -> Callable[..., Path]:
    """A clinic's file: toml(("name", "naem")) with text replaced."""

    def write(*changes: tuple[str, str]) -> Path:
        text = TOML
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "clinic.toml"
        path.write_text(text)
        return path

    return write


def said_one_sentence(result: Result, sentence: str) -> None:
    assert result.exit_code == 1, result.output
    assert sentence in result.stderr
    assert "Traceback" not in result.output
    assert len(result.stderr.strip().splitlines()) == 1


# --- setting up


def test_a_new_key_is_one_that_settings_take(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    key = run("keys", "new").stdout.strip()
    monkeypatch.setenv("REPORTER_KEYS", key)
    assert run("migrate").exit_code == 0


def test_without_keys_it_says_how_to_make_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPORTER_KEYS")
    said_one_sentence(run("migrate"), "`reporter keys new`")


def test_migrate_says_what_it_did(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTER_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    said_one_sentence(run("clinics"), "Run `reporter migrate`")
    assert not (tmp_path / "new.db").exists(), "asking makes no file"
    names = ", ".join(name for name, _ in scripts())
    assert run("migrate").stdout == f"Applied {names}.\n"
    assert run("migrate").stdout == "The database is up to date.\n"


def test_a_place_that_is_not_there_is_one_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTER_DATABASE_URL", f"sqlite:///{tmp_path / 'no' / 'new.db'}")
    said_one_sentence(run("migrate"), "unable to open")


def test_eight_migrations_at_once(database_url: str, tmp_path: Path) -> None:
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "REPORTER_KEYS": KEY,
        "REPORTER_DATABASE_URL": database_url
        if database_url.startswith("postgres")
        else f"sqlite:///{tmp_path / 'eight.db'}",
    }
    command = [sys.executable, "-m", "reporter", "migrate"]
    started = [
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(8)
    ]
    said = [one.communicate(timeout=60) for one in started]
    assert [one.returncode for one in started] == [0] * 8, said
    if not database_url.startswith("postgres"):
        assert sum(out.startswith(b"Applied") for out, _ in said) == 1


# --- init


def test_init_from_a_file_makes_clinic_and_administrator(
    run: Run, toml: Callable[..., Path], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTER_ADMIN_PASSWORD", PASSWORD)
    result = run("init", "--from", toml())
    assert result.exit_code == 0, result.output
    assert "Made Epec Clinic" in result.stdout
    assert "no page: on_call_webhook is empty" in result.stdout
    assert PASSWORD not in result.output
    clinic = all_clinics(db)[0]
    assert clinic.hours.week[0] == (("08:30", "12:00"), ("13:00", "17:30"))
    assert [(one.email, one.role) for one in staff.everybody(db, clinic.id)] == [
        ("ada@epec.test", "admin")
    ]
    assert log_ins.log_in(db, "ada@epec.test", PASSWORD, at=NOW, address="")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('phone = "301-555-0142"', "", "phone is missing: patients are told to call it"),
        ('after_hours_phone = "301-555-0190"', "", "after_hours_phone is missing"),
        ('emergency_number = "911"', "", "emergency_number is missing"),
        ('reply_to = "nurses@epec.test"', "", "reply_to is missing"),
        ('zone = "America/New_York"', 'zone = "New York"', "no time zone 'New York'"),
        ("monday =", "mondag =", "no day of the week"),
        ("08:30-12:00", "08:30 to noon", "must be spans"),
        ('crisis_line = "988"', 'crisis_line = "988"\nfax = "1"', "There is no setting 'fax'"),
        ("[administrator]", "[admin]", "needs an [administrator]"),
        ('name = "Ada Admin"', 'name = "Ada"\npassword = "x"', "nothing else"),
        ("[hours]", "[hours", "cannot be read as TOML"),
        ('email = "ada@epec.test"', 'email = "ada"', "is not an e-mail address"),
    ],
)
def test_init_refuses_what_would_make_an_empty_promise(
    run: Run,
    toml: Callable[..., Path],
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    old: str,
    new: str,
    sentence: str,
) -> None:
    monkeypatch.setenv("REPORTER_ADMIN_PASSWORD", PASSWORD)
    said_one_sentence(run("init", "--from", toml((old, new))), sentence)
    assert all_clinics(db) == [], "neither clinic nor administrator"


def test_init_twice_makes_one(
    run: Run, toml: Callable[..., Path], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTER_ADMIN_PASSWORD", PASSWORD)
    assert run("init", "--from", toml()).exit_code == 0
    said_one_sentence(run("init", "--from", toml()), "There is a clinic Epec Clinic already")
    other = toml(("ada@epec.test", "bea@epec.test"))
    assert run("init", "--from", other, "--another").exit_code == 0
    assert len(all_clinics(db)) == 2
    assert "Say which clinic with --clinic" in run("user", "list").stderr


def test_init_asks_until_it_is_complete(run: Run, db: Database) -> None:
    answers = [
        *("Epec Clinic", "New York", "301-555-0142", "301-555-0190", "911", "988"),
        *("nurses@epec.test", "", "", "", "", "", "", "", "", "2026-12-25, 2027-01-01"),
        # The zone was wrong: everything again, and what was right is taken with Enter.
        *("", "America/New_York", "", "", "", "", "", "", *[""] * 7, ""),
        *("ada@epec.test", "Ada Admin", PASSWORD, PASSWORD),
    ]
    result = run("init", input="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert "There is no time zone 'New York'" in result.stderr
    clinic = all_clinics(db)[0]
    assert clinic.hours.week[4] == (("08:30", "17:30"),)
    assert clinic.hours.week[5] == ()
    assert len(clinic.hours.holidays) == 2


# --- people and treatments


def test_users_are_added_and_listed(run: Run, clinic: Clinic) -> None:
    added = run(
        *("user", "add", "dana@epec.test", "--name", "Dana Reyes", "--role", "nurse"),
        input=f"{PASSWORD}\n{PASSWORD}\n",
    )
    assert "Dana Reyes can log in at Epec Clinic as dana@epec.test (nurse)." in added.stdout
    assert run("user", "list").stdout == (
        "Epec Clinic  dana@epec.test  Dana Reyes  nurse  active  no second factor  "
        "never logged in\n"
    )
    again = run(
        *("user", "add", "dana@epec.test", "--name", "Dana", "--role", "boss"),
        env={"REPORTER_NEW_PASSWORD": PASSWORD},
    )
    said_one_sentence(again, "There is no role 'boss'")


def test_clinics_are_listed(run: Run, clinic: Clinic) -> None:
    assert run("clinics").stdout == f"{clinic.id}  Epec Clinic  (America/New_York)\n"


def test_without_a_clinic_it_says_how_to_make_one(run: Run) -> None:
    said_one_sentence(run("user", "list"), "Make one with `reporter init`")


SHEET = (
    "name,born,email,mobile,language,may_voicemail,may_email,given_on,product,lot,expiry,areas,"
    "injector,factors\n"
    "Maria Alvarez,1968-03-02,maria@patients.test,+12405550188,en,yes,yes,2026-11-20,"
    "Botox Cosmetic,C8123F2,2027-08,glabella:20,Dr. Lin,\n"
)


def test_enrols_a_file_and_again_without_doubles(
    run: Run, clinic: Clinic, db: Database, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(SHEET)
    tried = run("enrol", sheet, "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert "1 new" in tried.stdout
    assert treatments.recent(db, clinic.id) == []
    assert "1 new" in run("enrol", sheet).stdout
    assert "0 new, 1 already here" in run("enrol", sheet).stdout
    sheet.write_text(SHEET.replace("C8123F2", ""))
    bad = run("enrol", sheet)
    assert bad.exit_code == 1
    assert "row 2" in bad.stdout


def test_shows_a_treatment_without_what_is_personal(
    run: Run, db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> None:
    treatment = enrolled()
    intake.submit(
        db, knowledge, clinic, treatment, report("headache"), key="k", channel="link", at=NOW
    )
    coded = run("treatment", "show", treatment.reference).stdout
    assert "Botox Cosmetic, lot C8123F2" in coded
    assert "day 4" in coded
    for word in ("Maria", "headache", "@"):
        assert word not in coded
    whole = run("treatment", "show", treatment.reference, "--show-phi").stdout
    assert "Maria Alvarez" in whole
    assert "headache" in whole
    said_one_sentence(run("treatment", "show", "ZZ-ZZZ"), "no treatment with the reference")


def test_ends_the_links_of_a_treatment(
    run: Run, db: Database, enrolled: Callable[..., Treatment]
) -> None:
    treatment, other = enrolled(), enrolled(name="Robert Hale")
    with db.transaction():
        mailed, printed = (links.make(db, treatment, NOW) for _ in range(2))
        kept = links.make(db, other, NOW)
    ended = run("treatment", "revoke", treatment.reference)
    assert ended.stdout == f"2 links of {treatment.reference} ended.\n"
    for token in (mailed, printed):
        with pytest.raises(links.LinkEnded):
            links.follow(db, token, NOW)
    assert links.follow(db, kept, NOW).treatment_id == other.id
    assert "links.revoked" in [event["verb"] for event in audit.events(db, treatment.clinic_id)]
    said_one_sentence(run("treatment", "revoke", "ZZ-ZZZ"), "no treatment with the reference")


def test_late_cases_are_an_exit_status_for_monitoring(
    run: Run,
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fine = run("cases", "late")
    assert (fine.exit_code, fine.stdout) == (0, "No case is late.\n")
    treatment = enrolled()
    intake.submit(
        db,
        knowledge,
        clinic,
        treatment,
        report("trouble_swallowing"),
        key="k",
        channel="link",
        at=NOW,
    )
    assert run("cases", "late").exit_code == 0
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=40))
    late = run("cases", "late")
    assert late.exit_code == 1
    assert late.stdout == (
        f"Epec Clinic  {treatment.reference}  emergency  new  "
        "due 2026-11-24 10:27 EST (25 min late)  nobody\n"
    )


# --- proofs and copies


def test_the_trail_is_verified_against_an_exported_head(
    run: Run, db: Database, clinic: Clinic, tmp_path: Path, enrolled: Callable[..., Treatment]
) -> None:
    enrolled()
    head = tmp_path / "head"
    head.write_text(run("audit", "head").stdout)
    assert run("audit", "verify", "--head", head).exit_code == 0
    db.run("delete from audit_events where seq >= 2")
    db.run("update audit_heads set seq = 1, mac = (select mac from audit_events where seq = 1)")
    assert run("audit", "verify").exit_code == 0, "a bare chain hides that its tail was cut"
    cut = run("audit", "verify", "--head", head)
    assert cut.exit_code == 1
    assert "not the one exported" in cut.stderr
    head.write_text("nonsense")
    assert run("audit", "verify", "--head", head).exit_code == 2


def test_erasing_says_until_when_copies_hold_the_key(
    run: Run,
    db: Database,
    clinic: Clinic,
    tmp_path: Path,
    enrolled: Callable[..., Treatment],
) -> None:
    first, second = enrolled(), enrolled(name="Robert Hale")
    assert run("patient", "erase", first.reference).exit_code == 2
    alone = run("patient", "erase", first.reference, "--yes")
    assert "Erased." in alone.stdout
    assert "No `reporter backup` is known" in alone.stdout
    assert run("backup", tmp_path / "copy", "--keep-days", 10).exit_code == 0
    known = run("patient", "erase", second.reference, "--yes").stdout
    assert "up to 2026-11-24 still hold the key, the last of them until 2026-12-04" in known
    assert treatments.get(db, clinic.id, second.id).patient.name == "Erased person"
    assert "erased before" in run("patient", "erase", second.reference, "--yes").stdout


def test_backup_and_restore(
    run: Run, db: Database, clinic: Clinic, tmp_path: Path, enrolled: Callable[..., Treatment]
) -> None:
    enrolled()
    file = tmp_path / "copy"
    made = run("backup", file)
    assert made.exit_code == 0, made.output
    assert "restored once and found whole" in made.stdout
    said_one_sentence(run("backup", file), "is there already")
    enrolled(name="Robert Hale")
    assert run("restore", file).exit_code == 2
    back = run("restore", file, "--yes")
    assert back.exit_code == 0, back.output
    assert "Everybody must log in again." in back.stdout
    assert [one.patient.name for one in treatments.recent(db, clinic.id)] == ["Maria Alvarez"]
    file.write_bytes(file.read_bytes()[:-30])
    said_one_sentence(run("restore", file, "--yes"), "damaged or cut short")


def test_keys_rotate(
    run: Run, clinic: Clinic, monkeypatch: pytest.MonkeyPatch, enrolled: Callable[..., Treatment]
) -> None:
    treatment = enrolled()
    new = run("keys", "new").stdout.strip()
    monkeypatch.setenv("REPORTER_KEYS", f"{new},{KEY}")
    assert run("keys", "rotate").stdout.startswith("2 keys wrapped anew, 0 were already.")
    monkeypatch.setenv("REPORTER_KEYS", new)
    assert "Maria" in run("treatment", "show", treatment.reference, "--show-phi").stdout
    monkeypatch.setenv("REPORTER_KEYS", KEY)
    said_one_sentence(run("treatment", "show", treatment.reference), "No key in REPORTER_KEYS")


# --- doctor


def test_doctor_names_what_needs_mending(
    run: Run,
    db: Database,
    clinic: Clinic,
    dana: Staff,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sick = run("doctor")
    assert sick.exit_code == 1
    for sentence in ("set REPORTER_SMTP_URL", "no `reporter backup`"):
        assert sentence in sick.stdout
    monkeypatch.setenv("REPORTER_SMTP_URL", "smtp://mail.epec.test:587")
    monkeypatch.setenv("REPORTER_MAIL_FROM", "nurses@epec.test")
    monkeypatch.setenv("REPORTER_BASE_URL", "https://reporter.epec.test")
    with db.transaction():
        heartbeat.beat(db, clinic.id, NOW)
    run("backup", tmp_path / "copy")
    well = run("doctor")
    assert well.exit_code == 0, well.stdout
    assert "MEND" not in well.stdout


def test_doctor_sees_a_silent_scheduler_and_other_keys(
    run: Run, db: Database, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.transaction():
        heartbeat.beat(db, clinic.id, NOW - timedelta(hours=2))
    told = run("doctor").stdout
    assert "The scheduler has not worked since 2026-11-24 08:12" in told
    assert "1. Meanwhile reports are kept" in told and "`reporter scheduler`" in told
    assert "nobody is told of urgent cases" in told
    monkeypatch.setenv("REPORTER_KEYS", run("keys", "new").stdout.strip())
    other = run("doctor")
    assert "No key in REPORTER_KEYS opens this" in other.stdout
    assert other.exit_code == 1


# --- triage and words: no store, no keys, no network


def test_triage_answers_line_by_line(tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "a", "days_since_treatment": 2, "symptoms": [{"symptom": "headache"}]}),
        "{not json",
        json.dumps({"id": "c", "symptoms": [{"symptom": "trouble_swallowing"}]}),
    ]
    result = CliRunner().invoke(main, ["triage"], input="\n".join(lines))
    assert result.exit_code == 2
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["a", "c"]
    assert result.stderr.startswith("line 2: ")
    file = tmp_path / "reports.jsonl"
    file.write_text(lines[0])
    assert CliRunner().invoke(main, ["triage", str(file)]).exit_code == 0


def test_triage_refuses_a_line_of_broken_bytes_only() -> None:
    good = b'{"id": "a", "free_text": "me duele"}\n'
    result = CliRunner().invoke(main, ["triage"], input=b'{"id": "\xff"}\n' + good)
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize("command", ["triage", "words"])
def test_reading_needs_no_web_and_no_store(command: str) -> None:
    code = (
        "import sys\n"
        "from reporter.commands import main\n"
        f"sys.argv = ['reporter', '{command}']\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "for name in ('flask', 'sqlite_utils', 'pysqlite3', 'sqlite3', 'cryptography'):\n"
        "    assert name not in sys.modules, name\n"
    )
    env = {k: v for k, v in os.environ.items() if not k.startswith("REPORTER_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**env, "PYTHONPATH": str(ROOT)},
        input=b"",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    reports = '{"id": "a"}\n' * 20_000
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m reporter triage | head -n 1"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=reports.encode(),
        capture_output=True,
        check=False,
    )
    assert done.stdout.count(b"\n") == 1
    assert b"Traceback" not in done.stderr


# --- the house


def test_wrong_usage_is_status_2() -> None:
    for wrong in (["nothing"], ["backup"], ["audit", "verify", "--head", "/not/there"]):
        assert CliRunner().invoke(main, wrong).exit_code == 2, wrong


def test_every_command_says_what_it_does() -> None:
    for name, command in main.commands.items():
        assert command.help, name
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


def test_expected_errors_are_there_and_the_store_has_no_other() -> None:
    """No name in EXPECTED is stale, and whatever store and settings raise is caught."""
    found = set()
    for module in pkgutil.walk_packages(reporter.__path__, "reporter."):
        if module.name.startswith(("reporter.web", "reporter.__main__")):
            continue
        for thing in vars(importlib.import_module(module.name)).values():
            if isinstance(thing, type) and issubclass(thing, Exception):
                found |= {tuple(f"{one.__module__}.{one.__qualname__}" for one in thing.__mro__)}
    assert {names[0] for names in found} >= commands.EXPECTED
    porch = ("reporter.records.", "reporter.settings.", "reporter.demo.", "reporter.serve.")
    for names in found:
        if names[0].startswith(porch):
            assert commands.EXPECTED & set(names), names[0]
