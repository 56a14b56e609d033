"""What check-ins wait for: the mail server, the end of a case, a message that asks for them too."""

from datetime import datetime

from reporter.clinic.checkins import COLUMNS, PAUSED, from_row, move
from reporter.clock import stamp
from reporter.records.db import Database

# An open case of this person: of one of their treatments, or of a poster report matched to one.
OPEN_CASE = (
    "select 1 from cases k join treatments v on v.clinic_id = k.clinic_id "
    "and v.id = k.treatment_id left join treatments m on m.clinic_id = v.clinic_id "
    "and m.id = v.matched_id "
    "where k.clinic_id = :c and k.is_open = 1 and coalesce(m.patient_id, v.patient_id) = "
)
ITS_MESSAGE = (
    " from outbox o where checkins.clinic_id = :c and checkins.state = 'queued' "
    "and o.clinic_id = checkins.clinic_id and o.id = checkins.outbox_id and o.state in "
)
THE_OTHER = (
    " from checkins h where checkins.clinic_id = :c and checkins.state = 'merged' "
    "and h.clinic_id = checkins.clinic_id and h.id = checkins.merged_into and "
)
SENT = "update checkins set state = 'sent', sent_at = o.sent_at" + ITS_MESSAGE + "('sent')"  # noqa: S608
NEVER_REACHED = (
    "update checkins set state = 'missed', missed_at = :at"  # noqa: S608 - our own words
    + ITS_MESSAGE
    + "('failed', 'expired')"
)
TOGETHER = (
    "update checkins set state = 'sent', sent_at = h.sent_at"  # noqa: S608 - our own words
    + THE_OTHER
    + "h.sent_at is not null"
)
# The message that was to ask for it too will not go: it is planned by itself again.
ALONE_AGAIN = (
    "update checkins set state = 'planned', merged_into = null"  # noqa: S608 - our own words
    + THE_OTHER
    + "h.sent_at is null and h.state not in ('queued', 'sent', 'answered')"
)


def has_open_case(db: Database, clinic_id: str, patient_id: str) -> bool:
    return db.one(OPEN_CASE + ":p limit 1", c=clinic_id, p=patient_id) is not None


def follow(db: Database, clinic_id: str, at: datetime) -> None:
    """One round, in the open transaction: what went out, what pauses, what may go on."""
    settle(db, clinic_id, at)
    _pause(db, clinic_id, at)
    _go_on(db, clinic_id)
    miss(db, clinic_id, at)


def settle(db: Database, clinic_id: str, at: datetime) -> None:
    """Follow the outbox: what went out is sent, what was set aside there never reached anybody."""
    for sql in (SENT, TOGETHER, ALONE_AGAIN):
        db.run(sql, c=clinic_id)
    db.run(NEVER_REACHED, c=clinic_id, at=stamp(at))


def _pause(db: Database, clinic_id: str, at: datetime) -> None:
    """Take back what waits in the outbox for somebody whose case has been opened meanwhile."""
    rows = db.query(
        f"select {COLUMNS} from checkins where clinic_id = :c and state = 'queued' "  # noqa: S608
        "and exists (select 1 from outbox o where o.clinic_id = :c and o.id = checkins.outbox_id "
        "and o.state = 'due' and (o.lease_until is null or o.lease_until < :now)) and exists ("
        + OPEN_CASE
        + "(select patient_id from treatments t where t.clinic_id = :c "
        "and t.id = checkins.treatment_id))",
        c=clinic_id,
        now=stamp(at),
    )
    for row in rows:
        move(db, from_row(row), PAUSED, at)


def _go_on(db: Database, clinic_id: str) -> None:
    """The case was closed: what paused is planned again; it goes out if its window is open."""
    db.run(
        "update checkins set state = 'planned', outbox_id = null where clinic_id = :c "  # noqa: S608
        "and state = 'paused' and not exists ("
        + OPEN_CASE
        + "(select patient_id from treatments t where t.clinic_id = :c "
        "and t.id = checkins.treatment_id))",
        c=clinic_id,
    )


def miss(db: Database, clinic_id: str, at: datetime) -> int:
    """What was not sent in its window is never sent late."""
    return db.run(
        "update checkins set state = 'missed', missed_at = :now where clinic_id = :c "
        "and state = 'planned' and due_at <= :now and closes_at <= :now",
        c=clinic_id,
        now=stamp(at),
    )
