"""A report comes in: stored, decided, its case opened, staff told and written down, all or nothing.

Only then is the patient told. If the rules fail, the report is kept undecided with a case that
stands first in the queue: a failing rule means that a human looks, never silence.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from reporter.clinic import (
    alerts,
    cases,
    checkins,
    deciding,
    drafts,
    last_report,
    patient_mail,
    photos,
    reports,
    treatments,
    unmatched,
)
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.contact import Contact
from reporter.clinic.deciding import Decided
from reporter.clinic.hours import (
    Promise,
    end_of_next_clinic_day,
    no_later_than,
    promise,
    soonest_call,
)
from reporter.clinic.patients import hold, key_of
from reporter.clinic.report_columns import UNFINISHED, Arrival
from reporter.clinic.reports import StoredReport
from reporter.clinic.treatments import Treatment
from reporter.records.audit import PATIENT, Actor, record
from reporter.records.db import Database, Row, StorageError
from reporter.records.ids import new_id
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.report import Report
from reporter.rules.triage import Decision, Reason

NOT_SAID = Contact()
log = logging.getLogger(__name__)


class WrongKey(Exception):
    """This form's key has sent another patient's report: nothing was kept."""


@dataclass(frozen=True)
class Receipt:
    """What the patient is told. `level` is None where the rules failed: a nurse reads it first."""

    report_id: str
    reference: str
    level: Level | None
    promise: Promise | None
    reasons: tuple[Reason, ...]
    report: Report
    received_at: datetime
    repeated: bool
    unconfirmed: bool


def submit(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    treatment: Treatment,
    report: Report,
    *,
    key: str,
    channel: str,
    by: Actor = PATIENT,
    at: datetime,
    language: str = "en",
    checkin_id: str | None = None,
    unconfirmed: bool = False,
    contact: Contact = NOT_SAID,
) -> Receipt:
    """Take one report in. It is on disk, decided and in the queue when this returns.

    The same key with the same answers is the same report; with other answers an addendum, which
    is decided too. Raise StorageError when nothing could be kept: then say so to the patient.
    """
    arrival = Arrival(key, channel, by, at, language, checkin_id, unconfirmed, contact)
    last = last_report.before(db, clinic.id, treatment.id, key)
    report = replace(report, last_report=last)
    # Decided and explained before the transaction: nobody waits for the writer's turn meanwhile.
    decided = deciding.decided(db, knowledge, clinic.id, report, at)

    def work() -> bool:
        return _take_in(db, clinic, treatment, report, decided, arrival)

    repeated = not db.atomically(work)
    found = receipt(db, treatment, key)
    assert found is not None  # noqa: S101 - it was stored a moment ago
    return replace(found, repeated=repeated)


def make_case(db: Database, clinic: Clinic, said: StoredReport, *, by: Actor, at: datetime) -> Case:
    """A person has read the words of a report that had no case, and wants the patient called."""
    treatment = treatments.get(db, clinic.id, said.treatment_id)
    kept = promise(Level.CALL_BACK, at, clinic.hours, clinic.has_on_call)
    assert kept is not None  # noqa: S101 - only self-care has no promise

    def work() -> Case:
        case, _ = cases.reported(db, treatment, Level.CALL_BACK, False, kept.due_at, at)
        reports.mark_read(db, clinic.id, said.id, by=by, at=at)
        record(db, clinic.id, by, "report.made_case", said.id, at, case=case.id)
        return case

    return db.atomically(work)


def receipt(db: Database, treatment: Treatment, key: str) -> Receipt | None:
    """What was answered to this form's key, or None when nothing came with it."""
    return receipt_of(treatment, reports.sent_with(db, treatment, key))


def receipt_of(treatment: Treatment, said: Sequence[StoredReport]) -> Receipt | None:
    """The same of a form's reports that were read already, oldest first."""
    if not said:
        return None
    worst = reports.worst(said)
    reasons = {reason.rule: reason for one in said for reason in one.reasons}
    return Receipt(
        report_id=said[0].id,
        reference=treatment.reference,
        level=worst.level,
        promise=worst.promise,
        reasons=tuple(sorted(reasons.values(), key=lambda reason: -reason.level)),
        report=said[-1].report,
        received_at=said[0].received_at,
        repeated=True,
        unconfirmed=all(one.unconfirmed for one in said),
    )


def _tell(work: Callable[[], None]) -> None:
    """Write a message with the report. One that cannot be made must not take the report with it.

    What the store refuses is raised, since then the report is not kept either.
    """
    try:
        work()
    except StorageError:
        raise
    except Exception as trouble:  # noqa: BLE001 - the case stands in the queue without its mail
        log.error("A message could not be written: %s.", type(trouble).__name__)


def _read_by(
    db: Database, clinic: Clinic, treatment: Treatment, report: Report, arrival: Arrival
) -> datetime | None:
    """A photo is looked at by a person, as own words are read by one."""
    seen = report.free_text or photos.of_form(db, treatment, arrival.key)
    return end_of_next_clinic_day(clinic.hours, arrival.at) if seen else None


def _take_in(
    db: Database,
    clinic: Clinic,
    treatment: Treatment,
    report: Report,
    decided: Decided,
    arrival: Arrival,
) -> bool:
    """One transaction's work; False when this very report had come before."""
    decision = decided.decision
    hold(db, clinic.id, treatment.patient.id)
    key = key_of(db, treatment.patient)
    before = reports.same_key(db, clinic.id, arrival.key)
    if any(row["treatment_id"] != treatment.id for row in before):
        raise WrongKey("This form belongs to another link. Open your own link again.")
    if reports.digest(key, report, arrival) in {row["digest"] for row in before}:
        return False
    case, kept = _case_and_promise(db, clinic, treatment, decision, arrival.at)
    report_id, first = new_id(arrival.at), before[0]["id"] if before else None
    read_by = _read_by(db, clinic, treatment, report, arrival)
    if not reports.add(
        db,
        treatment,
        key,
        report_id,
        report,
        arrival,
        decision,
        decided.explanation,
        kept,
        first,
        read_by,
    ):
        raise WrongKey("This form belongs to another link. Open your own link again.")
    if kept and arrival.by == PATIENT and _is_first_sent(before, arrival):
        _tell(partial(patient_mail.receipt, db, clinic, treatment, kept, arrival))
    _mark_answered(db, clinic, treatment, arrival)
    what = {"level": decision.level.id if decision else "undecided", "case": case and case.id}
    record(db, clinic.id, arrival.by, "report.received", report_id, arrival.at, **what)
    return True


def _mark_answered(db: Database, clinic: Clinic, treatment: Treatment, arrival: Arrival) -> None:
    """What is left unsent answers no check-in, and stays to be gone on with."""
    sent = arrival.channel != UNFINISHED
    if sent and not arrival.unconfirmed:
        checkins.answered(
            db,
            clinic.id,
            treatment.id,
            arrival.at,
            checkin_id=arrival.checkin_id,
            by_phone=arrival.channel == "phone",
        )
    if sent:
        drafts.mark_sent(db, clinic.id, arrival.key, arrival.at)


def _is_first_sent(before: Sequence[Row], arrival: Arrival) -> bool:
    """Whether the patient sends this form now for the first time: what was left is not sent."""
    sent = [row for row in before if row["channel"] != UNFINISHED]
    return arrival.channel != UNFINISHED and not sent


def _case_and_promise(
    db: Database, clinic: Clinic, treatment: Treatment, decision: Decision | None, at: datetime
) -> tuple[Case | None, Promise | None]:
    kept = _promise(clinic, decision, at)
    if kept is None:
        return unmatched.open_case(db, clinic, treatment, at), None
    level = decision.level if decision else Level.URGENT
    case, staff_must_know = cases.reported(db, treatment, level, decision is None, kept.due_at, at)
    if staff_must_know:
        _tell(partial(alerts.raise_alert, db, clinic, treatment, case, kept, at))
    return case, no_later_than(case.due_at, kept, clinic.hours, at)


def _promise(clinic: Clinic, decision: Decision | None, at: datetime) -> Promise | None:
    if decision is None:
        return soonest_call(at, clinic.hours, clinic.has_on_call)
    return promise(decision.level, at, clinic.hours, clinic.has_on_call)
