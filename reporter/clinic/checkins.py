"""Check-ins: planned when a treatment is enrolled, queued when due, never sent late, never twice.

planned → queued (its message is in the outbox) → sent → answered. Or missed (its window passed
before it went out), cancelled (an answer or another mail of that day made it needless) or
stopped (the follow-up ended, or there is no consent or no address to write to).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic.checkin_days import Key, Slot, slots
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import local
from reporter.clinic.treatments import Treatment
from reporter.clock import instant, maybe_instant, stamp
from reporter.mail import outbox
from reporter.records.db import Database, Row
from reporter.records.ids import new_id
from reporter.rules.knowledge import CheckinDay

PLANNED, QUEUED, SENT = "planned", "queued", "sent"
ANSWERED, MISSED, STOPPED, CANCELLED = "answered", "missed", "stopped", "cancelled"
# Who is entered later than this after the visit gets no e-mail: their days have gone by.
TOO_OLD = timedelta(days=14)


@dataclass(frozen=True)
class Checkin:
    """One line of a treatment's follow-up."""

    clinic_id: str
    id: str
    treatment_id: str
    day: int
    kind: str
    due_at: datetime
    closes_at: datetime
    state: str
    outbox_id: str | None
    sent_at: datetime | None
    answered_at: datetime | None


COLUMNS = (
    "clinic_id, id, treatment_id, day, kind, due_at, closes_at, state, outbox_id, sent_at, "
    "answered_at"
)


def of_treatment(db: Database, clinic_id: str, treatment_id: str) -> tuple[Checkin, ...]:
    """All of a treatment's check-ins and reminders, in order of time."""
    rows = db.query(
        f"select {COLUMNS} from checkins "  # noqa: S608 - our own column names
        "where clinic_id = :c and treatment_id = :t order by due_at, id",
        c=clinic_id,
        t=treatment_id,
    )
    return tuple(from_row(row) for row in rows)


def silent(db: Database, clinic_id: str, at: datetime) -> tuple[Checkin, ...]:
    """Check-ins that went out and were not answered in their time. Silence is never "well"."""
    rows = db.query(
        f"select {COLUMNS} from checkins "  # noqa: S608 - our own column names
        "where clinic_id = :c and state = 'sent' and kind = 'checkin' and closes_at <= :now "
        "order by due_at, id",
        c=clinic_id,
        now=stamp(at),
    )
    return tuple(from_row(row) for row in rows)


def from_row(row: Row) -> Checkin:
    return Checkin(
        clinic_id=row["clinic_id"],
        id=row["id"],
        treatment_id=row["treatment_id"],
        day=row["day"],
        kind=row["kind"],
        due_at=instant(row["due_at"]),
        closes_at=instant(row["closes_at"]),
        state=row["state"],
        outbox_id=row["outbox_id"],
        sent_at=maybe_instant(row["sent_at"]),
        answered_at=maybe_instant(row["answered_at"]),
    )


def may_write(treatment: Treatment) -> bool:
    """Whether this patient may be sent check-ins, and can be."""
    patient = treatment.patient
    return bool(
        patient.may_email
        and patient.email
        and not patient.email_refused_at
        and not treatment.stopped_at
    )


def plan(
    db: Database, clinic: Clinic, treatment: Treatment, protocol: Sequence[CheckinDay], at: datetime
) -> None:
    """Plan all check-ins, in the transaction that enrols the treatment."""
    replan(db, clinic, treatment, protocol, at)


def replan(
    db: Database, clinic: Clinic, treatment: Treatment, protocol: Sequence[CheckinDay], at: datetime
) -> None:
    """Plan anew what has not gone out, after a corrected date, address or consent.

    What waits in the outbox is taken back: its link or its address may be the old one.
    """
    settle(db, treatment.clinic_id)
    known = _locked(db, treatment)
    zone = treatment.patient.zone or clinic.hours.zone
    gone = {key: one for key, one in known.items() if _has_gone(db, one, at)}
    wanted = slots(
        protocol,
        treatment.given_on,
        zone,
        clinic.hours,
        done=gone,
        taken={local(zone, one.sent_at or one.answered_at or at).date() for one in gone.values()},
    )
    for slot in wanted:
        _put(db, treatment, slot, _first_state(clinic, treatment, slot, at))
    for key in set(known) - set(gone) - {(slot.day, slot.kind) for slot in wanted}:
        _move(db, known[key], CANCELLED, at)


def _locked(db: Database, treatment: Treatment) -> dict[Key, Checkin]:
    """This treatment's check-ins, held so that no worker queues one meanwhile."""
    rows = db.query(
        "update checkins set lease_by = null, lease_until = null "  # noqa: S608
        f"where clinic_id = :c and treatment_id = :t returning {COLUMNS}",
        c=treatment.clinic_id,
        t=treatment.id,
    )
    return {(row["day"], row["kind"]): from_row(row) for row in rows}


def _has_gone(db: Database, one: Checkin, at: datetime) -> bool:
    """Whether it went out, or may be going out now. What merely waits is taken back."""
    if one.state == QUEUED and one.outbox_id:
        return not outbox.cancel(db, one.clinic_id, one.outbox_id, at, even_claimed=False)
    return one.state in {SENT, ANSWERED}


def _first_state(clinic: Clinic, treatment: Treatment, slot: Slot, at: datetime) -> str:
    entered = local(clinic.hours.zone, treatment.created_at).date()
    if slot.closes_at <= at:
        return MISSED
    if entered - treatment.given_on > TOO_OLD or not may_write(treatment):
        return STOPPED
    return PLANNED


def _put(db: Database, treatment: Treatment, slot: Slot, state: str) -> None:
    db.run(
        "insert into checkins (clinic_id, id, treatment_id, day, kind, due_at, closes_at, state) "
        "values (:c, :id, :t, :day, :kind, :due, :closes, :state) "
        "on conflict (clinic_id, treatment_id, day, kind) do update set due_at = excluded.due_at, "
        "closes_at = excluded.closes_at, state = excluded.state, outbox_id = null",
        c=treatment.clinic_id,
        # In due order, so that what falls due together lies together in the index.
        id=new_id(slot.due_at),
        t=treatment.id,
        day=slot.day,
        kind=slot.kind,
        due=stamp(slot.due_at),
        closes=stamp(slot.closes_at),
        state=state,
    )


def answered(
    db: Database,
    clinic_id: str,
    treatment_id: str,
    at: datetime,
    *,
    checkin_id: str | None = None,
) -> None:
    """The patient reported, in the open transaction: it answers the check-in whose link was used
    and those whose window is open; the reminders that asked for it are cancelled."""
    rows = db.query(
        f"select {COLUMNS} from checkins where clinic_id = :c and treatment_id = :t "  # noqa: S608
        "and due_at <= :now order by due_at, id",
        c=clinic_id,
        t=treatment_id,
        now=stamp(at),
    )
    past = [from_row(row) for row in rows]
    used = {one.day for one in past if one.id == checkin_id}
    for one in past:
        if one.state in {PLANNED, QUEUED, SENT} and (one.closes_at > at or one.day in used):
            _move(db, one, ANSWERED, at)
    for one in _waiting_reminders(db, clinic_id, treatment_id, {one.day for one in past}):
        _move(db, one, CANCELLED, at)


def _waiting_reminders(
    db: Database, clinic_id: str, treatment_id: str, days: Collection[int]
) -> list[Checkin]:
    rows = db.query(
        f"select {COLUMNS} from checkins where clinic_id = :c and treatment_id = :t "  # noqa: S608
        "and kind = 'reminder' and state in ('planned', 'queued') order by due_at, id",
        c=clinic_id,
        t=treatment_id,
    )
    return [one for one in map(from_row, rows) if one.day in days]


def stop(db: Database, clinic_id: str, treatment_id: str, at: datetime) -> None:
    """No more check-ins for this treatment, in the open transaction."""
    for one in of_treatment(db, clinic_id, treatment_id):
        if one.state in {PLANNED, QUEUED}:
            _move(db, one, STOPPED, at)


def _move(db: Database, one: Checkin, state: str, at: datetime) -> None:
    """To a state that ends it, unless it has ended already; what waits to go is taken back."""
    row = db.one(
        "update checkins set state = :state, answered_at = :answered, lease_by = null, "
        "lease_until = null where clinic_id = :c and id = :id "
        "and state in ('planned', 'queued', 'sent') returning outbox_id",
        c=one.clinic_id,
        id=one.id,
        state=state,
        answered=stamp(at) if state == ANSWERED else None,
    )
    if row and row["outbox_id"]:
        outbox.cancel(db, one.clinic_id, row["outbox_id"], at)


def settle(db: Database, clinic_id: str) -> None:
    """Follow the outbox: what went out is sent, what was set aside there never reached anybody."""
    for state, reached in ((SENT, "('sent')"), (MISSED, "('failed', 'expired')")):
        db.run(
            "update checkins set state = :state, sent_at = (select o.sent_at from outbox o "  # noqa: S608
            "where o.clinic_id = checkins.clinic_id and o.id = checkins.outbox_id) "
            "where clinic_id = :c and state = 'queued' and exists (select 1 from outbox o "
            "where o.clinic_id = checkins.clinic_id and o.id = checkins.outbox_id "
            f"and o.state in {reached})",
            c=clinic_id,
            state=state,
        )
