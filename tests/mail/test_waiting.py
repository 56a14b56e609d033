"""What waits, seen without opening it, and tried again with the same bytes."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from reporter.clinic.clinics import Clinic
from reporter.mail import waiting
from reporter.mail.waiting import NotWaiting
from reporter.records import audit
from reporter.records.audit import SYSTEM
from reporter.records.db import Database, Row
from tests.mail.conftest import Post, Send
from tests.mail.servers import Mailbox
from tests.mail.words import NOW

Read = Callable[[str], Row]


def test_set_aside_stands_first_and_names_nobody(
    db: Database, clinic: Clinic, post: Post, send: Send, box: Mailbox
) -> None:
    later, dead, poison = post("451@x.test"), post("550@x.test"), post("good@x.test")
    db.run("update outbox set sealed_message = 'x' where clinic_id = :c and id = :i",
           c=clinic.id, i=poison)  # fmt: skip
    send()
    found = waiting.not_gone(db, clinic.id)
    assert [one.state for one in found] == ["failed", "failed", "due"]
    assert {one.id for one in found} == {later, dead, poison}
    assert waiting.counts(db, clinic.id) == {"due": 1, "failed": 2}
    assert "@" not in str(found)


def test_a_mended_message_goes_with_its_old_id(
    db: Database, clinic: Clinic, post: Post, send: Send, box: Mailbox, row: Read
) -> None:
    row_id = post("good@x.test")
    db.run("update outbox set state = 'failed', attempts = 9 where clinic_id = :c", c=clinic.id)
    assert send().counts == {}
    assert waiting.retry(db, clinic.id, by=SYSTEM, at=NOW, row_id=row_id) == 1
    assert send().sent == 1
    assert box.message_ids == {f"<{row_id}@epec.test>": 1}
    assert [e["verb"] for e in audit.events(db, clinic.id)][-1] == "outbox.retried"


def test_all_that_was_set_aside_is_tried_and_nothing_else(
    db: Database, clinic: Clinic, post: Post, send: Send, box: Mailbox
) -> None:
    late, held, failed = post("late@x.test"), post("held@x.test"), post("failed@x.test")
    sent = post("sent@x.test")
    for row_id, state in ((held, "held"), (failed, "failed"), (sent, "sent")):
        db.run("update outbox set state = :s where clinic_id = :c and id = :i",
               s=state, c=clinic.id, i=row_id)  # fmt: skip
    db.run("update outbox set due_at = '2027-01-01' where clinic_id = :c and id = :i",
           c=clinic.id, i=late)  # fmt: skip
    assert waiting.retry(db, clinic.id, by=SYSTEM, at=NOW) == 2
    assert waiting.retry(db, clinic.id, by=SYSTEM, at=NOW) == 0
    send()
    assert sorted(box.recipients) == ["failed@x.test", "held@x.test"]


def test_a_deferred_one_need_not_wait_its_turn(
    db: Database, clinic: Clinic, post: Post, send: Send, box: Mailbox, row: Read
) -> None:
    row_id = post("drop-after@x.test")
    send()
    assert waiting.retry(db, clinic.id, by=SYSTEM, at=NOW, row_id=row_id) == 1
    assert row(row_id)["attempts"] == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("state = 'sent'", "is sent"),
        ("state = 'cancelled'", "is cancelled"),
        ("not_after = '2026-01-01T00:00:00.000000Z'", "not sent late"),
        ("lease_by = 'w', lease_until = '2027-01-01T00:00:00.000000Z'", "right now"),
    ],
)
def test_what_cannot_be_tried_is_said_in_a_sentence(
    db: Database, clinic: Clinic, post: Post, change: str, words: str
) -> None:
    row_id = post()
    db.run(f"update outbox set {change} where clinic_id = :c", c=clinic.id)  # noqa: S608
    with pytest.raises(NotWaiting, match=words):
        waiting.retry(db, clinic.id, by=SYSTEM, at=NOW + timedelta(minutes=1), row_id=row_id)
    with pytest.raises(NotWaiting, match="There is no message nobody"):
        waiting.retry(db, clinic.id, by=SYSTEM, at=NOW, row_id="nobody")
