"""What comes back by mail changes what it must, once, and never loses what a person wrote."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from reporter.clinic import checkin_mail, incoming, queue, reports, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.treatments import Treatment
from reporter.records.audit import verify
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from tests.conftest import NOW

SAMPLES = Path(__file__).parents[1] / "mail/samples"
ROW = "01a1fd08-a501-73b7-9e48-1bde5bf2e02d"
LATER = NOW + timedelta(days=3, hours=2)
Take = Callable[[bytes], str]


@pytest.fixture
def take(db: Database, knowledge: Knowledge, clinic: Clinic) -> Take:
    return lambda raw: incoming.take(db, knowledge, raw, LATER).what


@pytest.fixture
def mailed(
    db: Database, clinic: Clinic, knowledge: Knowledge, enrolled: Callable[..., Treatment]
) -> str:
    """The outbox row of Maria's first check-in, which has gone out."""
    enrolled()
    at = NOW + timedelta(days=3, hours=1)
    checkin_mail.queue_due(db, clinic, "w", at)
    row = db.one("select id from outbox where clinic_id = :c and name = 'checkin'", c=clinic.id)
    assert row is not None
    db.run("update outbox set state = 'sent' where clinic_id = :c", c=clinic.id)
    return str(row["id"])


def sample(name: str, row: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_text().replace(ROW, row).encode()


def letter(text: str, row: str = "", **headers: str) -> EmailMessage:
    email = EmailMessage()
    email["From"], email["To"] = "Maria <maria@patients.test>", "nurses@epec.test"
    email["Message-ID"] = headers.pop("message_id", "<m1@patients.test>")
    if row:
        email["In-Reply-To"] = f"<{row}@epec.test>"
    for name, value in headers.items():
        email.replace_header(name, value)
    email.set_content(text)
    return email


def maria(db: Database, clinic: Clinic) -> Treatment:
    (found,) = treatments.find(db, clinic.id, "Maria")
    return found


def names(db: Database, clinic: Clinic) -> list[str]:
    rows = db.query("select name from outbox where clinic_id = :c order by id", c=clinic.id)
    return [row["name"] for row in rows]


# Bounces and complaints -----------------------------------------------------------------------


@pytest.mark.parametrize(("name", "marked"), [("postfix", True), ("hotmail_full", False)])
def test_only_a_dead_address_is_marked(
    db: Database, clinic: Clinic, take: Take, mailed: str, name: str, marked: bool
) -> None:
    assert take(sample(name, mailed)).startswith("bounce")
    assert bool(maria(db, clinic).patient.email_refused_at) is marked
    row = db.one("select bounced_at from checkins where outbox_id = :o", o=mailed)
    assert row is not None
    assert row["bounced_at"]


def test_a_policy_refusal_is_ours_to_mend(
    db: Database, clinic: Clinic, take: Take, mailed: str
) -> None:
    take(sample("postfix_policy", mailed))
    assert maria(db, clinic).patient.email_refused_at is None
    row = db.one("select trouble from outbox where id = :o", o=mailed)
    assert row == {"trouble": "It came back (policy 5.7.9)."}


def test_a_bounce_twice_is_one(db: Database, clinic: Clinic, take: Take, mailed: str) -> None:
    for _ in range(2):
        take(sample("postfix", mailed))
    rows = db.query("select verb from audit_events where clinic_id = :c", c=clinic.id)
    assert [row["verb"] for row in rows].count("mail.bounced") == 1


def test_a_bounce_of_something_else_changes_nothing(take: Take, mailed: str) -> None:
    assert take(sample("postfix", ROW)) == "bounce of something else"


def test_a_complaint_stops_checkins_only(
    db: Database, clinic: Clinic, take: Take, mailed: str
) -> None:
    assert take(sample("arf", mailed)) == "complaint"
    assert maria(db, clinic).patient.checkins_stopped_at is not None
    assert maria(db, clinic).patient.may_email


@pytest.mark.parametrize("text", ["STOP", "Unsubscribe please", "Baja, por favor"])
def test_stop_by_reply(db: Database, clinic: Clinic, take: Take, mailed: str, text: str) -> None:
    assert take(letter(text, mailed).as_bytes()) == "stop"
    assert maria(db, clinic).patient.checkins_stopped_at is not None


def test_stop_with_more_words_is_a_report(take: Take, mailed: str) -> None:
    assert take(letter("Stop! I cannot swallow", mailed).as_bytes()) == "reply"


# Replies --------------------------------------------------------------------------------------


def test_a_reply_is_a_report_with_a_case(
    db: Database, clinic: Clinic, take: Take, mailed: str
) -> None:
    assert take(letter("I cannot swallow since this morning", mailed).as_bytes()) == "reply"
    (said,) = reports.of_treatment(db, clinic.id, maria(db, clinic).id)
    assert (said.channel, said.level, said.words) == (
        "mail",
        Level.EMERGENCY,
        "I cannot swallow since this morning",
    )
    assert queue.whole(db, clinic.id)[0].case.level is Level.EMERGENCY
    assert {"staff_alert", "receipt"} & set(names(db, clinic))


def test_a_harmless_reply_is_read_by_a_person_and_answered(
    db: Database, clinic: Clinic, take: Take, mailed: str
) -> None:
    take(letter("Thank you, all is well here!", mailed).as_bytes())
    (said,) = reports.of_treatment(db, clinic.id, maria(db, clinic).id)
    assert (said.level, said.needs_reading) == (Level.SELF_CARE, True)
    assert names(db, clinic)[-1] == "letter"


def test_the_same_message_again_changes_nothing(
    db: Database, clinic: Clinic, take: Take, mailed: str
) -> None:
    for _ in range(3):
        take(letter("My lid droops", mailed).as_bytes())
    assert len(reports.of_treatment(db, clinic.id, maria(db, clinic).id)) == 1
    assert names(db, clinic).count("receipt") <= 1


def test_a_photo_alone_asks_for_somebody(
    db: Database, clinic: Clinic, take: Take, mailed: str
) -> None:
    email = letter("", mailed)
    email.add_attachment(b"\xff\xd8", maintype="image", subtype="jpeg", filename="eye.jpg")
    take(email.as_bytes())
    (said,) = reports.of_treatment(db, clinic.id, maria(db, clinic).id)
    assert said.level is not None
    assert said.level >= Level.CALL_BACK
    assert "letter" in names(db, clinic)


def test_programs_that_answer_each_other_come_to_an_end(
    db: Database, clinic: Clinic, take: Take, mailed: str
) -> None:
    for number in range(5):
        take(letter("Thank you!", mailed, message_id=f"<{number}@patients.test>").as_bytes())
    assert names(db, clinic).count("letter") == 1
    assert len(reports.of_treatment(db, clinic.id, maria(db, clinic).id)) == 5


def test_known_by_an_address_that_is_nobody_elses(
    db: Database, clinic: Clinic, take: Take, mailed: str
) -> None:
    take(letter("My lid droops", message_id="<a@b.test>").as_bytes())
    assert len(reports.of_treatment(db, clinic.id, maria(db, clinic).id)) == 1


def test_a_shared_address_goes_to_a_nurse(
    db: Database,
    clinic: Clinic,
    take: Take,
    mailed: str,
    enrolled: Callable[..., Treatment],
) -> None:
    enrolled(name="Robert Alvarez")
    take(letter("I cannot swallow").as_bytes())
    (row,) = queue.whole(db, clinic.id)
    assert row.case.level is Level.EMERGENCY
    assert row.treatment.matching == "unmatched"


def test_a_stranger_is_a_case_too_and_once(db: Database, clinic: Clinic, take: Take) -> None:
    email = letter("No puedo respirar", From="Eva <eva@nowhere.test>")
    for _ in range(2):
        assert take(email.as_bytes()) == "reply"
    (row,) = queue.whole(db, clinic.id)
    assert row.treatment.patient.name == "eva@nowhere.test"


def test_no_clinic_yet(db: Database, knowledge: Knowledge) -> None:
    assert incoming.take(db, knowledge, letter("x").as_bytes(), NOW).what == "reply to no clinic"


def test_all_of_it_is_in_the_chain(db: Database, clinic: Clinic, take: Take, mailed: str) -> None:
    for raw in (
        sample("postfix", mailed),
        sample("arf", mailed),
        letter("lid droops", mailed).as_bytes(),
    ):
        take(raw)
    assert verify(db, clinic.id) == []
