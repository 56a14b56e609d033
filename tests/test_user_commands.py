"""`reporter user`: accounts from the command line, for people and for programs."""

import json
import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from reporter import clock
from reporter.clinic import casebook, invitations, log_ins, second_factor, sessions, staff
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.commands import main
from reporter.records import audit
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from tests.clinic.test_second_factor import Telephone
from tests.conftest import KEY, NOW, PASSWORD, report
from tests.web.desk import Ward

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("REPORTER_KEYS", KEY)
    monkeypatch.setenv("REPORTER_DATABASE_URL", database_url)
    monkeypatch.setattr(clock, "now", lambda: NOW)

    def invoke(*arguments: str, **options: object) -> Result:
        return CliRunner().invoke(main, ["user", *arguments], **options)  # type: ignore[arg-type]

    return invoke


def test_somebody_is_invited_and_listed(run: Run, db: Database, clinic: Clinic) -> None:
    named = ("--name", "Ina Vogt", "--role", "director")
    result = run("add", "ina@staff.test", *named, "--invite", "--json")
    assert json.loads(result.stdout)["invited"] is True
    ina = "ina@staff.test  Ina Vogt  director  invited"
    assert run("list").stdout == f"Epec Clinic  {ina}  no second factor  never logged in\n"
    assert len(db.query("select id from outbox")) == 1
    again = run("add", "ina@staff.test", *named, "--invite")
    assert again.exit_code == 1 and "already" in again.stderr
    for email, role, told in (
        ("x", "nurse", "'x' is not an e"),
        ("x@y.test", "boss", "no role 'boss'"),
    ):
        wrong = run("add", email, "--name", "X", "--role", role)
        assert wrong.exit_code == 1 and told in wrong.stderr and "Password" not in wrong.output
    assert len(db.query("select id from outbox")) == 1


def test_the_list_for_programs(run: Run, db: Database, dana: Staff) -> None:
    log_ins.log_in(db, dana.email, PASSWORD, at=NOW, address="")
    (one,) = json.loads(run("list", "--json").stdout)
    assert one == {
        "id": dana.id,
        "email": dana.email,
        "name": "Dana Reyes",
        "role": "nurse",
        "clinic": dana.clinic_id,
        "state": "active",
        "second_factor": False,
        "last_seen": NOW.isoformat(),
    }


def test_somebody_is_disabled_and_their_case_is_free(
    run: Run,
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    enrolled: Callable[..., Treatment],
    dana: Staff,
) -> None:
    ward = Ward(db, knowledge, clinic, enrolled)
    case = ward.move(ward.case(report("headache", call_me=True)), "claim", dana)
    token = log_ins.log_in(db, dana.email, PASSWORD, at=NOW, address="")
    assert json.loads(run("disable", "DANA@staff.test", "--json").stdout)["released"] == 1
    assert sessions.who(db, token, NOW) is None
    assert casebook.get(db, clinic.id, case.id).owner_id is None
    assert run("list").stdout == ""
    gone = "dana@staff.test  Dana Reyes  nurse  disabled"
    seen = "no second factor  last seen 2026-11-24 15:12 UTC"
    assert run("list", "--all").stdout == f"Epec Clinic  {gone}  {seen}\n"
    reset = run("reset", dana.email)
    assert reset.exit_code == 1 and f"`reporter user enable {dana.email}`" in reset.stderr


def test_a_closed_account_is_opened_again(run: Run, db: Database, dana: Staff) -> None:
    already = run("enable", dana.email)
    assert already.exit_code == 1
    assert already.stderr == "The account of dana@staff.test is open already.\n"
    assert run("enable", "nobody@staff.test").exit_code == 1
    run("disable", dana.email)
    assert json.loads(run("enable", "DANA@staff.test", "--json").stdout)["state"] == "active"
    assert log_ins.log_in(db, dana.email, PASSWORD, at=NOW, address="")
    events = [row for row in audit.events(db, dana.clinic_id) if row["subject"] == dana.id]
    assert [row["verb"] for row in events].count("staff.enabled") == 1
    ina = ("add", "ina@staff.test", "--name", "Ina Vogt", "--role", "director", "--invite")
    assert run(*ina).exit_code == 0
    run("disable", "ina@staff.test")
    assert "has no password yet" in run("enable", "ina@staff.test").stdout


def test_the_last_administrator_is_not_disabled(run: Run, hire: Callable[..., Staff]) -> None:
    ada = hire("Ada Quill", "admin")
    result = run("disable", ada.email)
    assert result.exit_code == 1
    assert result.stderr == (
        "Ada Quill is the last administrator. Give somebody else that role first.\n"
    )
    unknown = run("disable", "nobody@staff.test")
    assert unknown.exit_code == 1 and "no account for nobody@staff.test" in unknown.stderr


def test_a_reset_logs_out_and_lets_them_choose_again(run: Run, db: Database, dana: Staff) -> None:
    Telephone(db, dana)
    token = log_ins.log_in(db, dana.email, PASSWORD, at=NOW, address="")
    assert "gets an e-mail" in run("reset", dana.email).stdout
    assert sessions.half(db, token, NOW) is None
    assert second_factor.is_on(db, dana), "only when asked"
    result = run("reset", dana.email, "--second-factor", "--show-link")
    found = re.search(r"/welcome/([\w-]{43})$", result.stdout.strip())
    assert found and not second_factor.is_on(db, dana)
    new = "violet ladder seven"
    invitations.accept(db, found[1], new, NOW)
    assert log_ins.log_in(db, dana.email, new, at=NOW, address="")
    assert staff.everybody(db, dana.clinic_id) == [dana]
