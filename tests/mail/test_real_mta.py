"""Mail through a real mail server to a mailbox; and what that server sends back, by a pipe."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from reporter import rounds
from reporter.clinic import checkins, silent
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.letterhead import Letterhead
from reporter.records.db import Database
from reporter.settings import Settings
from tests.clinic.rounds import states
from tests.conftest import IN_CI, KEY, NOW
from tests.mail.mta import Mta, real_server, why_not


@pytest.fixture
def mta() -> Iterator[Mta]:
    """In CI its absence is a failure; elsewhere `make test` names it at the end."""
    if why_not() and not IN_CI:
        pytest.skip(why_not())
    assert not why_not()
    with real_server() as made:
        yield made


def pipe(settings: Settings, message: bytes) -> dict[str, str]:
    """As a mail server hands a message over: `reporter mail bounced` with it on standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "reporter", "mail", "bounced", "--json"],
        input=message, capture_output=True, check=True,
        env={"REPORTER_KEYS": KEY, "REPORTER_DATABASE_URL": settings.database_url},
    )  # fmt: skip
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_out_to_a_mailbox_and_a_bounce_back_through_a_pipe(
    mta: Mta, db: Database, clinic: Clinic, settings: Settings,
    enrolled: Callable[..., Treatment],
) -> None:  # fmt: skip
    yesterday = NOW.date() - timedelta(days=1)
    reached = enrolled(given_on=yesterday)
    gone = enrolled(given_on=yesterday, name="Robert Hale", email="robert@patients.test")
    real = replace(
        settings, smtp_url=mta.url, mail_from="nurses@clinic.test",
        bounce_address="bounces@clinic.test",
    )  # fmt: skip
    db.letterhead = Letterhead(real.mail_from, real.base_url)
    at = NOW + timedelta(hours=1)
    assert rounds.tick(db, real, at) == rounds.Round(queued=2, sent=2, trouble="")

    (arrived,) = mta.arrived("patients")
    email = message_from_bytes(arrived.read_bytes(), policy=default)
    first = checkins.of_treatment(db, clinic.id, reached.id)[0]
    assert email["Message-ID"] == f"<{first.outbox_id}@clinic.test>"
    assert email["Return-Path"] is None or first.outbox_id in email["Return-Path"]
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in email.iter_parts()] == ["text/plain", "text/html"]
    plain, _ = email.iter_parts()
    words = plain.get_content()
    assert "how you are. It takes one minute." in words, "a line that begins with its full stop"

    (bounce,) = mta.arrived("bounces")
    assert pipe(real, bounce.read_bytes())["what"] == "bounce, gone"
    told = checkins.of_treatment(db, clinic.id, gone.id)[0]
    assert (told.state, told.bounce) == ("sent", "gone")
    (listed,) = silent.silent(db, clinic.id, at + timedelta(minutes=1))
    assert (listed.treatment.id, listed.bounced) == (gone.id, True)
    later = at + timedelta(days=2)
    assert rounds.tick(db, real, later).sent == 1, "only to who was reached"
    assert (states(db, reached)["3"], states(db, gone)["3"]) == ("sent", "stopped")
