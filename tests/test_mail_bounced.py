"""`reporter mail bounced < message`: the pipe of a mail server."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from reporter.clinic import queue
from reporter.clinic.clinics import Clinic
from reporter.commands import main
from reporter.records.db import Database
from reporter.settings import Settings
from tests.conftest import KEY

SAMPLES = Path(__file__).parent / "mail/samples"


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("REPORTER_KEYS", KEY)
    monkeypatch.setenv("REPORTER_DATABASE_URL", database_url)
    return CliRunner()


def test_a_bounce_of_another_system_is_named(run: CliRunner, clinic: Clinic) -> None:
    answer = run.invoke(main, ["mail", "bounced", str(SAMPLES / "postfix.eml")])
    assert (answer.exit_code, answer.output) == (0, "Taken in: bounce of something else.\n")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\xff\x00 garbage \x80", bytes(range(256))])
def test_what_is_no_e_mail_opens_no_case(
    run: CliRunner, db: Database, clinic: Clinic, raw: bytes
) -> None:
    answer = run.invoke(main, ["mail", "bounced"], input=raw)
    assert (answer.exit_code, answer.output) == (
        1, "Error: That is no e-mail: no header, no text. Nothing was taken in.\n",
    )  # fmt: skip
    assert not db.query("select id from reports")


def test_a_persons_words_become_a_case(
    run: CliRunner, db: Database, clinic: Clinic, settings: Settings
) -> None:
    letter = b"From: eva@nowhere.test\nMessage-ID: <e@nowhere.test>\n\nI cannot breathe\n"
    answer = run.invoke(main, ["mail", "bounced", "--json"], input=letter)
    assert json.loads(answer.output) == {"what": "reply", "clinic": clinic.id}
    assert len(queue.whole(db, clinic.id)) == 1
    assert "breathe" not in answer.output


def test_words_without_a_header_are_taken_for_a_letter(run: CliRunner, clinic: Clinic) -> None:
    answer = run.invoke(main, ["mail", "bounced"], input=b"I cannot breathe \x80")
    assert (answer.exit_code, answer.output) == (0, "Taken in: reply.\n")
