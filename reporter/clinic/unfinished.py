"""Answers that somebody left without sending them: after ten minutes a person sees them.

What was said so far is a report like any other: decided by the rules, with its case, its alert
and its clock. Whoever comes back goes on with the same form, and what they send is an addendum.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from reporter.clinic import clinics, drafts, intake, reports, treatments, unread
from reporter.clinic.clinics import Clinic
from reporter.clinic.drafts import Draft
from reporter.clinic.patients import hold
from reporter.clinic.report_columns import UNFINISHED
from reporter.clinic.reports import StoredReport
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.records.seal import Unreadable
from reporter.rules import heard, interview, knowledge, questions
from reporter.rules.knowledge import Knowledge
from reporter.rules.questions import Questions
from reporter.rules.report import Report

LEFT_AFTER = timedelta(minutes=10)
BATCH = 100
SHOWN = 200
# From this day on the questions offer every answer that they have.
LATE_ENOUGH = 26
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """What is needed to read answers: the questions, and the rules behind them."""

    knowledge: Knowledge
    questions: Questions


@cache
def asked() -> Asked:
    """What shipped: the questions are the same for all clinics."""
    known = knowledge.load()
    return Asked(known, questions.load(known))


def in_all_clinics(db: Database, at: datetime, stopped: Callable[[], bool] = bool) -> int:
    """Take up what patients left without sending. How many were taken up."""
    every = clinics.all_clinics(db)
    return sum(take_up(db, asked(), clinic, at) for clinic in every if not stopped())


def take_up(db: Database, asked: Asked, clinic: Clinic, at: datetime) -> int:
    """Take up what was left in this clinic, one transaction each. How many were taken up."""
    left = drafts.left(db, clinic.id, at - LEFT_AFTER, BATCH)
    return sum(_take_up(db, asked, clinic, *one, at) for one in left)


def _take_up(
    db: Database, asked: Asked, clinic: Clinic, draft_id: str, treatment_id: str, at: datetime
) -> bool:
    """One draft. One that cannot be read is left for good and logged; the others must not wait."""
    treatment = treatments.get(db, clinic.id, treatment_id)
    try:
        draft = drafts.load(db, treatment, draft_id)
        said = _said_so_far(asked, clinic, treatment, draft) if draft else None
    except (Unreadable, ValueError, KeyError, TypeError, AttributeError) as trouble:
        log.error("Draft %s cannot be read: %s.", draft_id, type(trouble).__name__)
        draft = said = None
    if draft is None or said is None or _was_sent_since(db, treatment, draft):
        drafts.mark_seen(db, clinic.id, draft_id, at - LEFT_AFTER)
        return False
    return db.atomically(lambda: _stored(db, asked, clinic, treatment, draft, said, at))


def _was_sent_since(db: Database, treatment: Treatment, draft: Draft) -> bool:
    """Whether this was said again and sent, on another form. "I feel fine" takes nothing back."""
    return any(
        one.channel != UNFINISHED
        and one.received_at >= draft.updated_at
        and bool(one.report.symptoms or one.report.unsure)
        for one in reports.of_treatment(db, treatment.clinic_id, treatment.id)
    )


def _stored(
    db: Database,
    asked: Asked,
    clinic: Clinic,
    treatment: Treatment,
    draft: Draft,
    said: Report,
    at: datetime,
) -> bool:
    """One transaction's work; False when the patient has gone on or sent it meanwhile."""
    hold(db, clinic.id, treatment.patient.id)
    if not drafts.mark_unfinished(db, draft, at):
        return False
    intake.submit(
        db,
        asked.knowledge,
        clinic,
        treatment,
        said,
        key=draft.id,
        channel=UNFINISHED,
        at=at,
        language=str(draft.answers.get("language") or treatment.patient.language),
    )
    return True


def _said_so_far(asked: Asked, clinic: Clinic, treatment: Treatment, draft: Draft) -> Report | None:
    """As it was true when the last page was answered; None when nothing in it needs anybody."""
    if not interview.holds_something(asked.questions, draft.answers):
        return None
    day = treatment.day(draft.updated_at, clinic.hours.zone)
    report = heard.report(
        asked.questions,
        draft.answers,
        LATE_ENOUGH if treatment.day_unknown else day,
        product=treatment.product or None,
        lot=treatment.lot or None,
        areas=tuple(dose.area for dose in treatment.areas),
        factors=treatment.factors,
        language=str(draft.answers.get("language") or treatment.patient.language),
    )
    if not treatment.day_unknown:
        return report
    began = tuple(replace(entry, onset_day=None) for entry in report.symptoms)
    return replace(report, day=None, symptoms=began)


@dataclass(frozen=True)
class Row:
    """One line of "Unfinished": the newest of what was left, and its open case if it made one."""

    treatment: Treatment
    said: StoredReport
    case_id: str | None


def rows(db: Database, clinic_id: str) -> tuple[Row, ...]:
    """What was left, not sent since and not read yet, the most urgent first."""
    waiting = unread.left(db, clinic_id, SHOWN)
    said = reports.some(db, clinic_id, tuple(waiting))
    visits = treatments.some(db, clinic_id, tuple({one.treatment_id for one in said.values()}))
    found = [Row(visits[one.treatment_id], one, waiting[one.id]) for one in said.values()]
    return tuple(sorted(found, key=_order))


def _order(row: Row) -> tuple[bool, int, datetime]:
    return row.said.level is not None, -(row.said.level or 0), row.said.received_at
