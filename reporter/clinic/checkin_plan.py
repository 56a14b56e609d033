"""Planning: which check-ins a treatment gets, and what changes when it or the protocol does.

What is to change is worked out first, so that it can be shown; only what has not gone out moves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import treatments
from reporter.clinic.checkin_changes import (
    Change,
    changes,
    digest_of,
    first_state,
    of_protocol,
    protocol_of,
    wanted,
)
from reporter.clinic.checkin_days import Key, Slot
from reporter.clinic.checkin_waits import settle
from reporter.clinic.checkins import (
    CANCELLED,
    COLUMNS,
    MISSED,
    QUEUED,
    STOPPED,
    Checkin,
    from_row,
    move,
    of_treatment,
)
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import local
from reporter.clinic.treatments import Treatment
from reporter.clock import stamp
from reporter.mail import outbox
from reporter.records.audit import Actor, record
from reporter.records.db import Database
from reporter.records.ids import new_id
from reporter.rules.checkin_protocol import Protocol
from reporter.rules.knowledge import Knowledge


@dataclass(frozen=True)
class Replanned:
    """What a changed protocol does to one treatment."""

    treatment: Treatment
    protocol: Protocol
    changes: tuple[Change, ...]


def plan(
    db: Database, clinic: Clinic, treatment: Treatment, knowledge: Knowledge, at: datetime
) -> None:
    """Plan all check-ins, in the transaction that enrols the treatment; passed ones are missed."""
    protocol = protocol_of(knowledge, treatment)
    note_first(db, clinic, knowledge)
    for slot in wanted(clinic, treatment, protocol, {}, at):
        _put(db, treatment, protocol, slot, first_state(clinic, treatment, slot, {}, at), at)


def note_first(db: Database, clinic: Clinic, knowledge: Knowledge) -> None:
    """By what the very first check-ins were planned, so that a change of it is noticed."""
    db.run(
        "update clinics set planned_by = :digest where clinic_id = :c and planned_by is null "
        "and not exists (select 1 from checkins where clinic_id = :c)",
        c=clinic.id,
        digest=digest_of(clinic.hours, knowledge.protocols),
    )


def replan(
    db: Database, clinic: Clinic, treatment: Treatment, knowledge: Knowledge, at: datetime
) -> None:
    """Plan anew what has not gone out, after a corrected date, address, zone or consent.

    What waits in the outbox is taken back: its link or its address may be the old one.
    """
    settle(db, treatment.clinic_id, at)
    known = _locked(db, treatment)
    for one in known.values():
        if one.state == QUEUED and one.outbox_id:
            outbox.cancel(db, one.clinic_id, one.outbox_id, at, even_claimed=False)
    known = {key: _taken_back(db, one) for key, one in known.items()}
    protocol = protocol_of(knowledge, treatment)
    for change in changes(clinic, treatment, protocol, known, at):
        _apply(db, treatment, protocol, change, at)


def _locked(db: Database, treatment: Treatment) -> dict[Key, Checkin]:
    """This treatment's check-ins, held so that no worker queues one meanwhile."""
    rows = db.query(
        "update checkins set lease_by = null, lease_until = null "  # noqa: S608
        f"where clinic_id = :c and treatment_id = :t returning {COLUMNS}",
        c=treatment.clinic_id,
        t=treatment.id,
    )
    return {(row["day"], row["kind"]): from_row(row) for row in rows}


def _taken_back(db: Database, one: Checkin) -> Checkin:
    """As it stands now: planned where its message was cancelled, else it may be on its way."""
    if one.state != QUEUED:
        return one
    row = db.one(
        "update checkins set state = 'planned', outbox_id = null where clinic_id = :c "  # noqa: S608
        "and id = :id and exists (select 1 from outbox o where o.clinic_id = :c "
        f"and o.id = checkins.outbox_id and o.state = 'cancelled') returning {COLUMNS}",
        c=one.clinic_id,
        id=one.id,
    )
    return from_row(row) if row else one


def changed_by(
    db: Database, clinic: Clinic, knowledge: Knowledge, at: datetime
) -> Iterator[Replanned]:
    """What the protocols would change for every follow-up that goes on; nothing is written."""
    return (one for one in compared(db, clinic, knowledge, at) if one.changes)


def compared(
    db: Database, clinic: Clinic, knowledge: Knowledge, at: datetime
) -> Iterator[Replanned]:
    """As `changed_by`, also those for which nothing changes."""
    longest = max(day.day for one in knowledge.protocols for day in one.days)
    since = local(clinic.hours.zone, at).date() - timedelta(days=longest + 14)
    for treatment in treatments.followed_since(db, clinic.id, since):
        known = {(o.day, o.kind): o for o in of_treatment(db, clinic.id, treatment.id)}
        protocol = protocol_of(knowledge, treatment)
        found = tuple(of_protocol(changes(clinic, treatment, protocol, known, at)))
        yield Replanned(treatment, protocol, found if known else ())


def follow_protocol(
    db: Database,
    clinic: Clinic,
    treatment: Treatment,
    knowledge: Knowledge,
    *,
    by: Actor,
    at: datetime,
) -> int:
    """Plan one treatment anew by the protocols as they are now; how many check-ins changed."""
    settle(db, clinic.id, at)
    known, protocol = _locked(db, treatment), protocol_of(knowledge, treatment)
    found = list(of_protocol(changes(clinic, treatment, protocol, known, at)))
    for change in found:
        _apply(db, treatment, protocol, change, at)
    if found:
        details = {"protocol": protocol.id, "changes": len(found)}
        record(db, clinic.id, by, "checkins.replanned", treatment.id, at, **details)
    return len(found)


def _apply(
    db: Database, treatment: Treatment, protocol: Protocol, change: Change, at: datetime
) -> None:
    if change.slot:
        _put(db, treatment, protocol, change.slot, change.state, at)
    elif change.was:
        move(db, change.was, change.state, at)


def _put(
    db: Database, treatment: Treatment, protocol: Protocol, slot: Slot, state: str, at: datetime
) -> None:
    db.run(
        "insert into checkins (clinic_id, id, treatment_id, day, kind, due_at, closes_at, state, "
        "protocol, wording, on_day, planned_at, missed_at, stopped_at, cancelled_at) values (:c, "
        ":id, :t, :day, :kind, :due, :closes, :state, :protocol, :wording, :on, :at, :missed, "
        ":stopped, :cancelled) on conflict (clinic_id, treatment_id, day, kind) do update set "
        "due_at = excluded.due_at, closes_at = excluded.closes_at, state = excluded.state, "
        "protocol = excluded.protocol, wording = excluded.wording, on_day = excluded.on_day, "
        "planned_at = excluded.planned_at, missed_at = excluded.missed_at, stopped_at = "
        "excluded.stopped_at, cancelled_at = excluded.cancelled_at, outbox_id = null, "
        "merged_into = null, queued_at = null, lease_by = null, lease_until = null",
        c=treatment.clinic_id,
        # In due order, so that what falls due together lies together in the index.
        id=new_id(slot.due_at),
        t=treatment.id,
        day=slot.day,
        kind=slot.kind,
        due=stamp(slot.due_at),
        closes=stamp(slot.closes_at),
        state=state,
        protocol=protocol.id,
        wording=slot.wording,
        on=slot.on.isoformat(),
        at=stamp(at),
        missed=stamp(at) if state == MISSED else None,
        stopped=stamp(at) if state == STOPPED else None,
        cancelled=stamp(at) if state == CANCELLED else None,
    )
