"""What is to change in a treatment's check-ins: worked out before it is done, or shown. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from reporter.clinic.checkin_days import CHECKIN, REMINDER, Key, Slot, slots
from reporter.clinic.checkins import (
    ANSWERED,
    CANCELLED,
    MERGED,
    MISSED,
    PAUSED,
    PLANNED,
    QUEUED,
    SENT,
    STOPPED,
    TOO_OLD,
    Checkin,
    may_write,
)
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import Hours, local
from reporter.clinic.treatments import Treatment
from reporter.rules.checkin_protocol import Protocol
from reporter.rules.knowledge import Knowledge

# What went out, or may be going out at this instant, stays as it is.
GONE = frozenset({QUEUED, SENT, ANSWERED, MERGED})


@dataclass(frozen=True)
class Change:
    """One check-in that is to be added, moved or taken out. `slot` is None for the last."""

    day: int
    kind: str
    was: Checkin | None
    slot: Slot | None
    state: str


def digest_of(hours: Hours, protocols: tuple[Protocol, ...]) -> str:
    """Of everything that the days of a clinic's check-ins follow: as long as it is the same, so
    are they."""
    parts = (protocols, hours.zone, hours.week, sorted(hours.holidays))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def protocol_of(knowledge: Knowledge, treatment: Treatment) -> Protocol:
    areas = [dose.area for dose in treatment.areas]
    return knowledge.protocol(treatment.product, areas, treatment.factors)


def changes(
    clinic: Clinic,
    treatment: Treatment,
    protocol: Protocol,
    known: Mapping[Key, Checkin],
    at: datetime,
) -> list[Change]:
    """What differs between what is planned and what should be. Pure."""
    gone = {key: one for key, one in known.items() if one.state in GONE}
    should = wanted(clinic, treatment, protocol, gone, at)
    slots_now = {(slot.day, slot.kind): slot for slot in should}
    found = []
    for key, slot in slots_now.items():
        was, state = known.get(key), first_state(clinic, treatment, slot, known, at)
        if was is None or _differs(was, slot, protocol, state, at):
            found.append(Change(*key, was, slot, state))
    for key, was in known.items():
        if key not in gone and key not in slots_now and was.state in {PLANNED, PAUSED}:
            found.append(Change(*key, was, None, CANCELLED))
    return sorted(found, key=lambda one: (one.day, one.kind))


def _differs(was: Checkin, slot: Slot, protocol: Protocol, state: str, at: datetime) -> bool:
    same = (was.due_at, was.closes_at, was.wording) == (slot.due_at, slot.closes_at, slot.wording)
    if not same or was.protocol != protocol.id:
        return was.state != MISSED or state != MISSED
    # Paused goes on by itself; what was cancelled or missed in its time stays so.
    rests = was.state == PAUSED and state == PLANNED
    return state != was.state and not rests and not (was.state == CANCELLED and slot.due_at <= at)


def wanted(
    clinic: Clinic,
    treatment: Treatment,
    protocol: Protocol,
    gone: Mapping[Key, Checkin],
    at: datetime,
) -> tuple[Slot, ...]:
    zone = treatment.patient.zone or clinic.hours.zone
    taken = {local(zone, o.sent_at or o.answered_at or at).date() for o in gone.values()}
    taken |= {date.fromisoformat(o.on_day) for o in gone.values() if o.on_day and o.sent_at}
    return slots(protocol.days, treatment.given_on, zone, clinic.hours, done=gone, taken=taken)


def first_state(
    clinic: Clinic,
    treatment: Treatment,
    slot: Slot,
    known: Mapping[Key, Checkin],
    at: datetime,
) -> str:
    entered = local(clinic.hours.zone, treatment.created_at).date()
    if slot.closes_at <= at:
        return MISSED
    if entered - treatment.given_on > TOO_OLD or not may_write(treatment):
        return STOPPED
    base = known.get((slot.day, CHECKIN))
    if slot.kind == REMINDER and base and base.state == ANSWERED:
        return CANCELLED
    return PLANNED


def of_protocol(found: Iterable[Change]) -> Iterator[Change]:
    """What a changed protocol may touch: what is still to go, and days that it names only now,
    unless they have passed: those were never planned, so nobody missed them."""
    for one in found:
        if (one.was.state if one.was else one.state) in {PLANNED, PAUSED}:
            yield one
