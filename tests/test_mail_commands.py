"""`reporter mail` and `reporter checkins`: for people and machines, with nobody's name in it."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reporter import clock
from reporter.clinic import checkins, rulesets
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.commands import main
from reporter.mail import messages
from reporter.records import audit
from reporter.records.db import Database
from reporter.rules import knowledge
from tests.clinic.rounds import at
from tests.conftest import KEY, NOW
from tests.mail.servers import Mailbox, mail_server
from tests.mail.words import ALERT

Run = Callable[..., Result]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as mailbox:
        yield mailbox


@pytest.fixture
def run(database_url: str, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name, value in {
        "KEYS": KEY,
        "DATABASE_URL": database_url,
        "SMTP_URL": box.url,
        "MAIL_FROM": "nurses@epec.test",
        "BASE_URL": "https://epec.test",
    }.items():
        monkeypatch.setenv(f"REPORTER_{name}", value)
    monkeypatch.setattr(clock, "now", lambda: at("11-25", "10:31"))

    def invoke(*arguments: object) -> Result:
        done = CliRunner().invoke(main, [str(one) for one in arguments])
        assert not done.exception or isinstance(done.exception, SystemExit), done.exception
        for private in ("Alvarez", "Maria", "patients.test", "glabella", "Botox"):
            assert private not in done.output
        return done

    return invoke


@pytest.fixture
def fresh(enrolled: Callable[..., Treatment]) -> Treatment:
    """Her day 1 is due a minute before the commands ask the time."""
    return enrolled(given_on=date(2026, 11, 24))


@pytest.fixture
def post(db: Database, clinic: Clinic) -> Callable[[str], str]:
    def write(to: str) -> str:
        with db.transaction():
            return messages.post(
                db, clinic.id, name="staff_alert", language="en", to=to, at=NOW,
                clinic_name=clinic.name, reply_to=clinic.reply_to, **ALERT,
            )  # fmt: skip

    return write


def test_preview_writes_every_message(run: Run, tmp_path: Path) -> None:
    done = run("mail", "preview", tmp_path / "out", "--json")
    assert done.exit_code == 0
    assert set(json.loads(done.output)["files"]) == {
        one.name for one in (tmp_path / "out").iterdir()
    }
    (tmp_path / "file").write_text("x")
    refused = run("mail", "preview", tmp_path / "file" / "below")
    assert refused.exit_code == 1 and refused.output.count("\n") == 1


def test_a_test_message_says_what_the_server_said(run: Run, box: Mailbox) -> None:
    done = run("mail", "test", "ann@staff.test")
    assert done.exit_code == 0 and "accepted" in done.output
    assert box.recipients == ["ann@staff.test"]
    for to, words in (("550@staff.test", "550"), ("not an address", "plain e-mail address")):
        done = run("mail", "test", to)
        assert done.exit_code == 1 and words in done.output and done.output.count("\n") == 1
    box.down = "421 busy"
    assert json.loads(run("mail", "test", "ann@staff.test", "--json").output)["accepted"] is False


def test_due_shows_then_does(db: Database, fresh: Treatment, run: Run, box: Mailbox) -> None:
    for _ in range(2):
        done = run("mail", "due", "--dry-run")
        assert f"{fresh.reference}  day 1 checkin" in done.output
        assert "1 check-ins are due. Nothing was sent." in done.output
    (found,) = json.loads(run("mail", "due", "--dry-run", "--json").output)["due"]
    assert (found["reference"], found["day"]) == (fresh.reference, 1)
    assert box.accepted == []
    assert json.loads(run("mail", "due", "--json").output) == {
        "queued": 1, "sent": 1, "trouble": "",
    }  # fmt: skip
    assert box.recipients == ["maria@patients.test"]
    box.down = "421 busy"


def test_due_says_that_the_server_is_down(
    fresh: Treatment, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTER_SMTP_URL", "smtp://127.0.0.1:9")
    done = run("mail", "due")
    assert done.exit_code == 1 and "cannot be used" in done.output


def test_outbox_and_retry(
    db: Database, clinic: Clinic, post: Callable[[str], str], run: Run, box: Mailbox
) -> None:
    assert run("mail", "outbox").output == "The outbox is empty.\n"
    row_id = post("550@staff.test")
    run("mail", "due")
    done = run("mail", "outbox")
    assert done.exit_code == 1
    assert f"{row_id}  staff_alert  failed  1 tries" in done.output and "550" in done.output
    told = json.loads(run("mail", "outbox", "--json").output)
    assert told["counts"] == {"failed": 1} and told["messages"][0]["id"] == row_id
    assert json.loads(run("mail", "retry", row_id, "--json").output) == {"again": 1}
    assert run("mail", "outbox").exit_code == 0
    refused = run("mail", "retry", "nothing")
    assert refused.exit_code == 1 and refused.output.count("\n") == 1
    assert run("mail", "retry").output == "0 messages are tried again.\n"


def test_replan_shows_then_changes(
    db: Database, clinic: Clinic, fresh: Treatment, run: Run, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert "0 changes in 0 treatments." in run("checkins", "replan").output
    files = {name: (knowledge.HOME / name).read_text("utf-8") for name in knowledge.FILES}
    start, end = files["checkins.toml"].split("\n[[protocol]]\n", maxsplit=1)
    files["checkins.toml"] = "\n[[protocol]]\n".join(
        (start.replace('hour = "10:30"\nexact = false', 'hour = "12:15"\nexact = false'), end)
    )
    changed = knowledge.read(files)
    # As if two clinicians had made it live.
    monkeypatch.setattr(rulesets, "live", lambda *_: changed)
    for arguments, code in ((("--dry-run",), 0), ((), 1)):
        done = run("checkins", "replan", *arguments)
        assert done.exit_code == code
        assert f"{fresh.reference}  ~ day 7 checkin moves from 2026-12-01 15:30Z" in done.output
        assert "3 changes in 1 treatments. Nothing was changed" in done.output
    assert run("checkins", "replan", "--dry-run", "--yes").exit_code == 2
    done = run("checkins", "replan", "--yes", "--json")
    assert json.loads(done.output)["done"] is True
    found = {(o.day, o.kind): o for o in checkins.of_treatment(db, clinic.id, fresh.id)}
    assert found[7, "checkin"].due_at == at("12-01", "12:15")
    assert "0 changes" in run("checkins", "replan", "--dry-run").output


def test_ledger_for_people_machines_and_tables(
    db: Database, clinic: Clinic, fresh: Treatment, run: Run
) -> None:
    run("mail", "due")
    assert (
        f"{fresh.reference}  day 1  due 2026-11-25 15:30Z  sent" in run("checkins", "ledger").output
    )
    told = run("checkins", "ledger").output.splitlines()[0]
    assert [word for word in ("planned", "sent", "accepted") if f"  {word} " in told] == [
        "planned", "sent", "accepted",
    ]  # fmt: skip
    text = run("checkins", "ledger", "--csv").output
    assert text.startswith("reference,day,protocol,state,due") and text.count("\n") == 6
    rows = json.loads(run("checkins", "ledger", "--json").output)["checkins"]
    assert [row["day"] for row in rows] == ["1", "3", "7", "14", "28"]
    some = run("checkins", "ledger", "--since", "2026-11-26", "--until", "2026-12-02")
    assert some.output.endswith("2 check-ins.\n")
    verbs = [event["verb"] for event in audit.events(db, clinic.id)]
    assert verbs.count("ledger.exported") == 5
