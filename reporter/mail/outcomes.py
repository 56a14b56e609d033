"""What became of a message: sent, deferred, put back, failed or refused; or its time passed."""

import binascii
from collections.abc import Callable
from datetime import datetime, timedelta

from reporter.clock import stamp
from reporter.mail.outbox import ALERT, Claimed
from reporter.records.db import Database

# Given up only when it was tried often AND for long: a day without a mail server is nobody's fault.
GIVE_UP, TRIES = timedelta(hours=24), 6
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
LONGEST_ALERT_WAIT = timedelta(minutes=5)

GIVEN_UP, UNREADABLE = "Given up after 24 hours.", "It could not be read"
# `words` say what went wrong by a code and a stage, never with words of a message or a server.
Fate = Callable[[Database, Claimed, datetime, str], None]


def sent(db: Database, claimed: Claimed, at: datetime, words: str = "") -> None:
    """It was accepted. What it said is wiped: a check-in holds a link that opens the door."""
    db.run(
        "update outbox set state = 'sent', sent_at = :at, sealed_message = null, "
        "trouble = :words, lease_by = null, lease_until = null "
        "where clinic_id = :c and id = :id and state <> 'sent'",
        c=claimed.clinic_id,
        id=claimed.id,
        at=stamp(at),
        words=words or None,
    )


def defer(db: Database, claimed: Claimed, at: datetime, words: str) -> None:
    """It did not go this time: later again, until it was tried often and for a day."""
    if at - claimed.created_at >= GIVE_UP and claimed.attempts >= TRIES:
        fail(db, claimed, at, f"{words} {GIVEN_UP}")
        return
    db.run(
        "update outbox set lease_by = null, lease_until = null, due_at = :due, trouble = :words "
        "where clinic_id = :c and id = :id and state = 'due' and lease_by = :worker",
        c=claimed.clinic_id,
        id=claimed.id,
        worker=claimed.worker,
        due=stamp(at + wait_before(claimed)),
        words=words,
    )


def put_back(db: Database, claimed: Claimed, at: datetime, words: str = "") -> None:  # noqa: ARG001
    """It was not tried: due as before, and the attempt does not count."""
    db.run(
        "update outbox set lease_by = null, lease_until = null, attempts = attempts - 1 "
        "where clinic_id = :c and id = :id and state = 'due' and lease_by = :worker",
        c=claimed.clinic_id,
        id=claimed.id,
        worker=claimed.worker,
    )


def hold(db: Database, claimed: Claimed, until: datetime) -> None:
    """It was not tried, since this minute has had its share: due again when it is over."""
    db.run(
        "update outbox set lease_by = null, lease_until = null, attempts = attempts - 1, "
        "due_at = :until where clinic_id = :c and id = :id and state = 'due' "
        "and lease_by = :worker",
        c=claimed.clinic_id,
        id=claimed.id,
        worker=claimed.worker,
        until=stamp(until),
    )


def fail(db: Database, claimed: Claimed, at: datetime, words: str) -> None:
    """Set aside for a person to look at; `due_at` keeps since when."""
    db.run(
        "update outbox set state = 'failed', due_at = :at, trouble = :words, lease_by = null, "
        "lease_until = null where clinic_id = :c and id = :id and state = 'due'",
        c=claimed.clinic_id,
        id=claimed.id,
        at=stamp(at),
        words=words,
    )


def refuse(db: Database, claimed: Claimed, at: datetime, words: str) -> None:
    """As `fail`, and remember that this patient's address takes no mail: a call has to do."""
    fail(db, claimed, at, words)
    db.run(
        "update checkins set bounced_at = :at, bounce = 'refused' where clinic_id = :c "
        "and outbox_id = :id and bounced_at is null",
        c=claimed.clinic_id,
        id=claimed.id,
        at=stamp(at),
    )
    mark_address(db, claimed.clinic_id, claimed.id, at)


def mark_address(db: Database, clinic_id: str, row_id: str, at: datetime) -> None:
    """Whoever this message went to gets no more at that address. One that was corrected since is
    another: nothing is known against it."""
    db.run(
        "update patients set email_refused_at = :at, version = version + 1 "
        "where clinic_id = :c and email_refused_at is null and exists (select 1 from outbox o "
        "join patient_lookups l on l.clinic_id = o.clinic_id and l.patient_id = o.patient_id "
        "and l.kind = 'email' and l.hash = o.recipient "
        "where o.clinic_id = :c and o.id = :id and o.patient_id = patients.id)",
        c=clinic_id,
        id=row_id,
        at=stamp(at),
    )


def expire(db: Database, clinic_id: str, at: datetime) -> int:
    """Set aside what is past its last moment: a check-in out of its window is not sent late."""
    return db.run(
        "update outbox set state = 'expired', sealed_message = null "
        "where clinic_id = :c and state = 'due' and not_after <= :now "
        "and (lease_until is null or lease_until < :now)",
        c=clinic_id,
        now=stamp(at),
    )


def wait_before(claimed: Claimed) -> timedelta:
    """Twice as long each time, and spread by up to a quarter, always the same for one attempt."""
    longest = LONGEST_ALERT_WAIT if claimed.priority <= ALERT else LONGEST_WAIT
    wait: timedelta = min(FIRST_WAIT * 2 ** min(claimed.attempts - 1, 12), longest)
    spread = binascii.crc32(f"{claimed.id} {claimed.attempts}".encode()) / 2**32
    return timedelta(seconds=wait.total_seconds() * (0.75 + spread / 2))
