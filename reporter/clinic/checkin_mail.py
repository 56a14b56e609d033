"""Check-ins that are due become messages in the outbox: claimed, then queued one by one.

Each is queued in ONE transaction: its links, its message and its new state, or none of them.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import checkin_waits, checkins, links, mail_choices, patients, treatments
from reporter.clinic.checkin_days import CHECKIN, REMINDER
from reporter.clinic.checkins import (
    CANCELLED,
    COLUMNS,
    MERGED,
    PAUSED,
    QUEUED,
    SENT,
    STOPPED,
    Checkin,
)
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import local
from reporter.clinic.treatments import Treatment
from reporter.clock import stamp
from reporter.mail import messages
from reporter.records.db import Database
from reporter.records.seal import Unreadable

log = logging.getLogger(__name__)
BATCH = 50
# Longer than writing a batch takes on a slow disk; what a killed worker held is free again then.
LEASE = timedelta(seconds=60)
# The column that keeps when a check-in came to its new state here.
WHEN = {QUEUED: "queued_at", MERGED: "queued_at", **checkins.WHEN}


@dataclass(frozen=True)
class Fate:
    """What becomes of a check-in that is due; `host` is the one whose message asks for it too."""

    state: str
    host: str | None = None


def queue_due(db: Database, clinic: Clinic, worker: str, at: datetime) -> int:
    """Queue one batch of what is due; how many were taken up. None left when that is 0."""
    db.atomically(lambda: checkin_waits.miss(db, clinic.id, at))
    due = db.atomically(lambda: _claim(db, clinic.id, worker, at))
    for one in due:
        try:
            # The outbox's own claim comes before any sending and takes these to disk with it.
            db.atomically(lambda one=one: _queue(db, clinic, one, worker, at), durable=False)  # type: ignore[misc]
        except (Unreadable, treatments.NotThere) as trouble:
            # Its lease keeps it out of the way; the key may be put back before its window closes.
            log.error("Check-in %s cannot be opened (%s).", one.id, type(trouble).__name__)
    return len(due)


def _claim(db: Database, clinic_id: str, worker: str, at: datetime) -> list[Checkin]:
    rows = db.query(
        "update checkins set lease_by = :worker, lease_until = :until "  # noqa: S608
        # As in the outbox: outside the bracket no index but that of the ids.
        "where clinic_id = :c and state || '' = 'planned' and due_at || '' <= :now "
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


def due(db: Database, clinic_id: str, at: datetime, limit: int) -> list[Checkin]:
    """What a round at this time would take up, the longest due first; nothing is written."""
    rows = db.query(
        f"select {COLUMNS} from checkins where clinic_id = :c and state = 'planned' "  # noqa: S608
        "and due_at <= :now and closes_at > :now order by due_at, id limit :n",
        c=clinic_id,
        now=stamp(at),
        n=limit,
    )
    return [checkins.from_row(row) for row in rows]


def _queue(db: Database, clinic: Clinic, one: Checkin, worker: str, at: datetime) -> None:
    """The work of one transaction. The person is held: of two treatments one writes on a day."""
    treatment = treatments.get(db, clinic.id, one.treatment_id)
    patients.hold(db, clinic.id, treatment.patient.id)
    fate = _fate(db, clinic, treatment, one, at)
    if not _take(db, one, worker, fate, at) or fate.state != QUEUED:
        return
    row_id = _post(db, clinic, treatment, one, at)
    db.run(
        "update checkins set outbox_id = :outbox where clinic_id = :c and id = :id",
        c=clinic.id,
        id=one.id,
        outbox=row_id,
    )


def _take(db: Database, one: Checkin, worker: str, fate: Fate, at: datetime) -> bool:
    """Whether it is still ours to move: not stopped, moved or answered since it was claimed."""
    return bool(
        db.run(
            f"update checkins set state = :state, {WHEN[fate.state]} = :at, "  # noqa: S608
            "merged_into = :host, lease_by = null, lease_until = null "
            "where clinic_id = :c and id = :id and state = 'planned' and lease_by = :worker",
            c=one.clinic_id,
            id=one.id,
            worker=worker,
            state=fate.state,
            host=fate.host,
            at=stamp(at),
        )
    )


def _fate(db: Database, clinic: Clinic, treatment: Treatment, one: Checkin, at: datetime) -> Fate:
    if not checkins.may_write(treatment):
        return Fate(STOPPED)
    person = treatment.patient
    every = checkins.of_person(db, clinic.id, person.id)
    base = [o for o in every if (o.treatment_id, o.day) == (treatment.id, one.day)]
    if one.kind == REMINDER and not any(o.kind == CHECKIN and o.state == SENT for o in base):
        return Fate(CANCELLED)
    if checkin_waits.has_open_case(db, clinic.id, person.id):
        return Fate(PAUSED)
    zone = person.zone or clinic.hours.zone
    for other in every:
        if other.id != one.id and _writes_today(other, zone, at):
            return Fate(CANCELLED) if one.kind == REMINDER else Fate(MERGED, other.id)
    return Fate(QUEUED)


def _writes_today(other: Checkin, zone: str, at: datetime) -> bool:
    """Never two for one day: that something for this person went out today, or is about to.

    Today is also the day that it was sent for, on a calendar that they may have left since.
    """
    today = local(zone, at).date()
    if other.sent_at and not other.merged_into:
        sent = local(zone, other.sent_at).date()
        return sent == today or other.on_day == today.isoformat()
    return other.state == QUEUED


def _post(db: Database, clinic: Clinic, treatment: Treatment, one: Checkin, at: datetime) -> str:
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
        wording=one.wording,
        link_until=treatment.given_on + links.LIVES - timedelta(days=1),
        url=db.letterhead.url(f"/r/{links.make(db, treatment, at, one.id)}"),
        stop_url=db.letterhead.url(f"/stop/{mail_choices.make_link(db, treatment, at)}"),
        emergency_number=clinic.emergency_number,
        phone=clinic.phone,
        week=clinic.hours.week,
    )
