"""Check-ins that are due become messages in the outbox: claimed, then queued one by one.

Each is queued in ONE transaction: its link, its message and its new state, or none of them.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from reporter.clinic import checkins, links, treatments
from reporter.clinic.checkin_days import CHECKIN, REMINDER
from reporter.clinic.checkins import CANCELLED, COLUMNS, SENT, STOPPED, Checkin
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import at_local, local
from reporter.clinic.treatments import Treatment
from reporter.clock import stamp
from reporter.mail import messages
from reporter.records.db import Database
from reporter.records.seal import Unreadable
from reporter.rules.knowledge import CheckinDay

log = logging.getLogger(__name__)
BATCH = 50
LEASE = timedelta(seconds=60)


def queue_due(
    db: Database,
    clinic: Clinic,
    protocol: Sequence[CheckinDay],
    worker: str,
    at: datetime,
) -> int:
    """Queue one batch of what is due; how many were taken up. None left when that is 0."""
    db.atomically(lambda: _miss(db, clinic.id, at))
    due = db.atomically(lambda: _claim(db, clinic.id, worker, at))
    wording = {entry.day: entry.wording for entry in protocol}
    for one in due:
        try:
            db.atomically(lambda one=one: _queue(db, clinic, one, wording, worker, at))  # type: ignore[misc]
        except (Unreadable, treatments.NotThere) as trouble:
            # Its lease keeps it out of the way; the key may be put back before its window closes.
            log.error("Check-in %s cannot be opened (%s).", one.id, type(trouble).__name__)
    return len(due)


def _miss(db: Database, clinic_id: str, at: datetime) -> int:
    """What was not sent in its window is never sent late."""
    return db.run(
        "update checkins set state = 'missed' where clinic_id = :c and state = 'planned' "
        "and due_at <= :now and closes_at <= :now",
        c=clinic_id,
        now=stamp(at),
    )


def _claim(db: Database, clinic_id: str, worker: str, at: datetime) -> list[Checkin]:
    rows = db.query(
        "update checkins set lease_by = :worker, lease_until = :until "  # noqa: S608
        "where clinic_id = :c and state = 'planned' and due_at <= :now "
        "and (lease_until is null or lease_until < :now) and id in ("
        "select id from checkins where clinic_id = :c and state = 'planned' and due_at <= :now "
        "and (lease_until is null or lease_until < :now) order by due_at, id limit :n) "
        f"returning {COLUMNS}",
        c=clinic_id,
        worker=worker,
        now=stamp(at),
        until=stamp(at + LEASE),
        n=BATCH,
    )
    return sorted(map(checkins.from_row, rows), key=lambda one: (one.due_at, one.id))


def _queue(
    db: Database,
    clinic: Clinic,
    one: Checkin,
    wording: dict[int, str],
    worker: str,
    at: datetime,
) -> None:
    """The work of one transaction."""
    treatment = treatments.get(db, clinic.id, one.treatment_id)
    state = _instead(db, clinic, treatment, one, at)
    if not _take(db, one, worker, state or checkins.QUEUED) or state:
        return
    token = links.make(db, treatment, at, one.id)
    outbox_id = _post(db, clinic, treatment, one, wording.get(one.day, ""), token, at)
    db.run(
        "update checkins set outbox_id = :outbox where clinic_id = :c and id = :id",
        c=clinic.id,
        id=one.id,
        outbox=outbox_id,
    )


def _take(db: Database, one: Checkin, worker: str, state: str) -> bool:
    """Whether it is still ours to move: not stopped, moved or answered since it was claimed."""
    return bool(
        db.run(
            "update checkins set state = :state, lease_by = null, lease_until = null "
            "where clinic_id = :c and id = :id and state = 'planned' and lease_by = :worker",
            c=one.clinic_id,
            id=one.id,
            worker=worker,
            state=state,
        )
    )


def _instead(
    db: Database, clinic: Clinic, treatment: Treatment, one: Checkin, at: datetime
) -> str | None:
    """The state it goes to when no message is to be written, or None when one is."""
    if not checkins.may_write(treatment):
        return STOPPED
    zone = treatment.patient.zone or clinic.hours.zone
    others = checkins.of_treatment(db, clinic.id, treatment.id)
    base = next((o for o in others if (o.day, o.kind) == (one.day, CHECKIN)), None)
    if one.kind == REMINDER and (base is None or base.state != SENT):
        return CANCELLED
    today = local(zone, at).date()
    midnight = at_local(zone, today, "00:00")
    if any(o.id != one.id and _writes_today(o, midnight) for o in others):
        return CANCELLED
    return None


def _writes_today(other: Checkin, midnight: datetime) -> bool:
    """Never two for one day: that something of this treatment went out today, or is about to."""
    if other.sent_at:
        return other.sent_at >= midnight
    return other.state == checkins.QUEUED


def _post(
    db: Database,
    clinic: Clinic,
    treatment: Treatment,
    one: Checkin,
    wording: str,
    token: str,
    at: datetime,
) -> str:
    patient = treatment.patient
    return messages.post(
        db,
        clinic.id,
        name=one.kind,
        language=patient.language,
        to=patient.email,
        at=at,
        patient_id=patient.id,
        not_after=one.closes_at,
        clinic_name=clinic.name,
        reply_to=clinic.reply_to,
        first_name=patient.first_name,
        visited_on=treatment.given_on,
        wording=wording,
        link_until=treatment.given_on + links.LIVES - timedelta(days=1),
        url=db.letterhead.url(f"/r/{token}"),
        emergency_number=clinic.emergency_number,
        phone=clinic.phone,
        week=clinic.hours.week,
    )
