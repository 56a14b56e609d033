"""Check-ins: planned when a treatment is enrolled, queued when due, never sent late, never twice.

planned → queued (its message is in the outbox) → sent → answered. Or paused (a case is open),
merged (another message of that day asks for it too), missed (its window passed before it went
out), cancelled (an answer made it needless) or stopped (the follow-up ended, or there is no
consent or no address to write to). When each happened is kept with it: the follow-up ledger.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reporter.clinic.treatments import Treatment
from reporter.clock import instant, maybe_instant, stamp
from reporter.mail import outbox, outcomes
from reporter.records.db import Database, Row

PLANNED, QUEUED, SENT, PAUSED, MERGED = "planned", "queued", "sent", "paused", "merged"
ANSWERED, MISSED, STOPPED, CANCELLED = "answered", "missed", "stopped", "cancelled"
# What has not come to its end: it may still be answered, stopped or planned anew.
OPEN = frozenset({PLANNED, QUEUED, SENT, PAUSED, MERGED})
# Who is entered later than this after the visit gets no e-mail: their days have gone by.
TOO_OLD = timedelta(days=14)
# A bounce of one of these kinds says that the address takes no mail at all.
FOR_EVER = frozenset({"gone", "refused"})


@dataclass(frozen=True)
class Checkin:
    """One line of a treatment's follow-up. `on_day` is its date on the patient's calendar."""

    clinic_id: str
    id: str
    treatment_id: str
    day: int
    kind: str
    protocol: str
    wording: str
    on_day: str
    due_at: datetime
    closes_at: datetime
    state: str
    outbox_id: str | None
    merged_into: str | None
    bounce: str | None
    planned_at: datetime | None
    queued_at: datetime | None
    sent_at: datetime | None
    bounced_at: datetime | None
    answered_at: datetime | None
    missed_at: datetime | None
    stopped_at: datetime | None
    paused_at: datetime | None
    cancelled_at: datetime | None
    phoned_at: datetime | None


TIMES = (
    "planned_at",
    "queued_at",
    "sent_at",
    "bounced_at",
    "answered_at",
    "missed_at",
    "stopped_at",
    "paused_at",
    "cancelled_at",
    "phoned_at",
)
PLAIN = (
    "clinic_id",
    "id",
    "treatment_id",
    "day",
    "kind",
    "protocol",
    "wording",
    "on_day",
    "state",
    "outbox_id",
    "merged_into",
    "bounce",
)
COLUMNS = ", ".join((*PLAIN, "due_at", "closes_at", *TIMES))
# The column that keeps when a check-in came to that state.
WHEN = {
    ANSWERED: "answered_at",
    MISSED: "missed_at",
    STOPPED: "stopped_at",
    PAUSED: "paused_at",
    CANCELLED: "cancelled_at",
}


def of_treatment(db: Database, clinic_id: str, treatment_id: str) -> tuple[Checkin, ...]:
    """All of a treatment's check-ins and reminders, in order of time."""
    rows = db.query(
        f"select {COLUMNS} from checkins "  # noqa: S608 - our own column names
        "where clinic_id = :c and treatment_id = :t order by due_at, id",
        c=clinic_id,
        t=treatment_id,
    )
    return tuple(from_row(row) for row in rows)


def of_person(db: Database, clinic_id: str, patient_id: str) -> tuple[Checkin, ...]:
    """Those of all treatments of one person: nobody gets two e-mails on one day."""
    rows = db.query(
        f"select {COLUMNS} from checkins where clinic_id = :c and treatment_id in "  # noqa: S608
        "(select id from treatments where clinic_id = :c and patient_id = :p) order by due_at, id",
        c=clinic_id,
        p=patient_id,
    )
    return tuple(from_row(row) for row in rows)


def from_row(row: Row) -> Checkin:
    fields: dict[str, Any] = {name: row[name] for name in PLAIN}
    fields |= {name: maybe_instant(row[name]) for name in TIMES}
    return Checkin(due_at=instant(row["due_at"]), closes_at=instant(row["closes_at"]), **fields)


def may_write(treatment: Treatment) -> bool:
    """Whether this patient may be sent check-ins, and can be."""
    patient = treatment.patient
    return bool(
        patient.may_email
        and patient.email
        and not patient.email_refused_at
        and not patient.checkins_stopped_at
        and not treatment.stopped_at
    )


def answered(
    db: Database,
    clinic_id: str,
    treatment_id: str,
    at: datetime,
    *,
    checkin_id: str | None = None,
    by_phone: bool = False,
) -> None:
    """The patient reported, in the open transaction: it answers the check-in whose link was used
    and those whose window is open, and what was asked with them; their reminders are cancelled."""
    every = of_treatment(db, clinic_id, treatment_id)
    past = [one for one in every if one.due_at <= at]
    used = {one.day for one in past if one.id == checkin_id}
    asked = [o for o in past if o.state in OPEN and (o.closes_at > at or o.day in used)]
    if by_phone:
        phoned(db, clinic_id, treatment_id, at)
    for one in (*asked, *_asked_with(db, asked)):
        move(db, one, ANSWERED, at)
    days = {one.day for one in past}
    for one in every:
        if one.kind == "reminder" and one.state in {PLANNED, QUEUED, PAUSED} and one.day in days:
            move(db, one, CANCELLED, at)


def _asked_with(db: Database, asked: Collection[Checkin]) -> list[Checkin]:
    """Check-ins of the person's other treatments that one message asked for together with these."""
    found: list[Checkin] = []
    for one in asked:
        rows = db.query(
            f"select {COLUMNS} from checkins where clinic_id = :c "  # noqa: S608
            "and (merged_into = :id or id = :host)",
            c=one.clinic_id,
            id=one.id,
            host=one.merged_into or one.id,
        )
        found += [from_row(row) for row in rows if row["id"] != one.id and row["state"] in OPEN]
    return found


def phoned(db: Database, clinic_id: str, treatment_id: str, at: datetime) -> int:
    """Somebody asked by telephone instead: how many check-ins, due and unanswered, that covers."""
    return db.run(
        "update checkins set phoned_at = :at where clinic_id = :c and treatment_id = :t "
        "and kind = 'checkin' and due_at <= :at and answered_at is null and phoned_at is null",
        c=clinic_id,
        t=treatment_id,
        at=stamp(at),
    )


def bounced(db: Database, clinic_id: str, outbox_id: str, kind: str, at: datetime) -> bool:
    """The message of this outbox row came back, in the open transaction; whether it asked for any.

    One for ever marks the address that it went to, whatever was written to it.
    """
    asked = db.run(
        "update checkins set bounced_at = :at, bounce = :kind where clinic_id = :c "
        "and bounced_at is null and (outbox_id = :o or merged_into in "
        "(select id from checkins where clinic_id = :c and outbox_id = :o))",
        c=clinic_id,
        o=outbox_id,
        kind=kind,
        at=stamp(at),
    )
    if kind in FOR_EVER:
        outcomes.mark_address(db, clinic_id, outbox_id, at)
    return asked > 0


def stop(db: Database, clinic_id: str, treatment_id: str, at: datetime) -> None:
    """No more check-ins for this treatment, in the open transaction."""
    for one in of_treatment(db, clinic_id, treatment_id):
        if one.state in OPEN - {SENT}:
            move(db, one, STOPPED, at)


def move(db: Database, one: Checkin, state: str, at: datetime) -> None:
    """To a state that ends it, unless it has ended already; what waits to go is taken back."""
    row = db.one(
        f"update checkins set state = :state, {WHEN[state]} = :at, "  # noqa: S608 - our own names
        "merged_into = case when :state = 'answered' then merged_into end, lease_by = null, "
        "lease_until = null where clinic_id = :c and id = :id "
        "and state in ('planned', 'queued', 'sent', 'paused', 'merged') returning outbox_id",
        c=one.clinic_id,
        id=one.id,
        state=state,
        at=stamp(at),
    )
    if row and row["outbox_id"]:
        outbox.cancel(db, one.clinic_id, row["outbox_id"], at)
