"""A report comes in: stored, decided, its case opened, staff told and written down, all or nothing.

Only then is the patient told. If the rules fail, the report is kept undecided with a case that
stands first in the queue: a failing rule means that a human looks, never silence.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from reporter.clinic import (
    alerts,
    cases,
    checkins,
    drafts,
    patient_mail,
    reports,
    rulesets,
    treatments,
)
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import (
    Hours,
    Promise,
    end_of_next_clinic_day,
    is_open,
    promise,
    soonest_call,
)
from reporter.clinic.patients import hold, key_of
from reporter.clinic.report_columns import Arrival, can_be_kept
from reporter.clinic.reports import StoredReport
from reporter.clinic.treatments import Treatment
from reporter.records.audit import PATIENT, Actor, record
from reporter.records.db import Database, StorageError
from reporter.records.ids import new_id
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.report import Report
from reporter.rules.triage import Decision, Reason, decide_with_words

# Closing time itself is still a time by which somebody calls.
MINUTE = timedelta(minutes=1)
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
) -> Receipt:
    """Take one report in. It is on disk, decided and in the queue when this returns.

    The same key with the same answers is the same report; with other answers an addendum, which
    is decided too. Raise StorageError when nothing could be kept: then say so to the patient.
    """
    arrival = Arrival(key, channel, by, at, language, checkin_id)
    decision = _decided(db, knowledge, clinic, report, at)

    def work() -> bool:
        return _take_in(db, clinic, treatment, report, decision, arrival)

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
    said = reports.sent_with(db, treatment, key)
    if not said:
        return None
    worst = reports.worst(said)
    return Receipt(
        report_id=said[0].id,
        reference=treatment.reference,
        level=worst.level,
        promise=worst.promise,
        reasons=_all_reasons(said),
        report=said[-1].report,
        received_at=said[0].received_at,
        repeated=True,
    )


def _all_reasons(said: Sequence[StoredReport]) -> tuple[Reason, ...]:
    found = {reason.rule: reason for one in said for reason in one.reasons}
    return tuple(sorted(found.values(), key=lambda reason: -reason.level))


def _decided(
    db: Database, knowledge: Knowledge, clinic: Clinic, report: Report, at: datetime
) -> Decision | None:
    """By the clinic's live rules; None when a rule failed on this report.

    What failed is logged without what was said.
    """
    try:
        live = rulesets.live(db, clinic.id, knowledge, at)
        decision = decide_with_words(report, live)
        can_be_kept(decision)
    except StorageError:
        raise
    except Exception as trouble:  # noqa: BLE001 - whatever a rule does, a human must see the report
        log.error("A rule failed on a report: %s. It goes to a person.", type(trouble).__name__)
        return None
    return decision


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


def _take_in(
    db: Database,
    clinic: Clinic,
    treatment: Treatment,
    report: Report,
    decision: Decision | None,
    arrival: Arrival,
) -> bool:
    """One transaction's work; False when this very report had come before."""
    hold(db, clinic.id, treatment.patient.id)
    key = key_of(db, treatment.patient)
    before = reports.same_key(db, clinic.id, arrival.key)
    if any(row["treatment_id"] != treatment.id for row in before):
        raise WrongKey("This form belongs to another link. Open your own link again.")
    if reports.digest(key, report) in {row["digest"] for row in before}:
        return False
    case, kept = _case_and_promise(db, clinic, treatment, decision, arrival.at)
    report_id = new_id(arrival.at)
    first = before[0]["id"] if before else None
    read_by = end_of_next_clinic_day(clinic.hours, arrival.at) if report.free_text else None
    if not reports.add(
        db, treatment, key, report_id, report, arrival, decision, kept, first, read_by
    ):
        raise WrongKey("This form belongs to another link. Open your own link again.")
    if kept and not before and arrival.by == PATIENT:
        _tell(partial(patient_mail.receipt, db, clinic, treatment, kept, arrival))
    checkins.answered(db, clinic.id, treatment.id, arrival.at, checkin_id=arrival.checkin_id)
    drafts.mark_sent(db, clinic.id, arrival.key, arrival.at)
    record(
        db,
        clinic.id,
        arrival.by,
        "report.received",
        report_id,
        arrival.at,
        level=decision.level.id if decision else "undecided",
        case=case.id if case else None,
    )
    return True


def _case_and_promise(
    db: Database, clinic: Clinic, treatment: Treatment, decision: Decision | None, at: datetime
) -> tuple[Case | None, Promise | None]:
    kept = _promise(clinic, decision, at)
    if kept is None:
        return None, None
    level = decision.level if decision else Level.URGENT
    case, staff_must_know = cases.reported(db, treatment, level, decision is None, kept.due_at, at)
    if staff_must_know:
        _tell(partial(alerts.raise_alert, db, clinic, treatment, case, kept, at))
    return case, _kept_by(case, kept, clinic.hours, at)


def _promise(clinic: Clinic, decision: Decision | None, at: datetime) -> Promise | None:
    if decision is None:
        return soonest_call(at, clinic.hours, clinic.has_on_call)
    return promise(decision.level, at, clinic.hours, clinic.has_on_call)


def _kept_by(case: Case, kept: Promise, hours: Hours, at: datetime) -> Promise:
    """An earlier promise on the same case stays the one that counts, while it can be kept.

    A time at which the clinic is closed is a clock for on-call, and nothing to tell a patient.
    """
    due = case.due_at
    if kept.call_by and due and at < due < kept.call_by and is_open(hours, due - MINUTE):
        return replace(kept, due_at=due, call_by=due)
    return kept
