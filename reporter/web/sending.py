"""From the pages to the clinic: drafts as they grow, and the report itself, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import current_app, g, redirect, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import casebook, drafts, intake, reports
from reporter.clinic.casebook import Case
from reporter.clinic.drafts import Draft
from reporter.clinic.intake import Receipt
from reporter.clinic.reports import StoredReport
from reporter.rules.report import Report
from reporter.web import interview, results
from reporter.web.interview import Answers

if TYPE_CHECKING:
    from reporter.web.application import Reporter

Told = Callable[[int], Report]
"""The report of these answers on that day after treatment."""


def at_hand() -> Reporter:
    """What create_app keeps for all pages."""
    kept: Reporter = current_app.extensions["reporter"]
    return kept


def draft(key: str) -> Draft | None:
    return drafts.load(at_hand().db, g.visit.treatment, key)


def save(key: str, answers: Answers) -> None:
    drafts.save(at_hand().db, g.visit.treatment, key, answers, g.visit.now)


def answers(key: str) -> Answers:
    """The answers so far: the draft, or the red flags of a report that was sent at once."""
    found = draft(key)
    if found:
        return found.answers
    sent = receipt(key)
    return results.told_flags(at_hand().questions, sent.report) if sent else {}


def receipt(key: str) -> Receipt | None:
    return intake.receipt(at_hand().db, g.visit.treatment, key)


def said(key: str) -> tuple[StoredReport, ...]:
    """The report that this form sent and its addenda, oldest first."""
    return reports.sent_with(at_hand().db, g.visit.treatment, key)


def open_case() -> Case | None:
    return casebook.of_treatment(at_hand().db, g.visit.clinic.id, g.visit.treatment.id)


def told(answers: Answers) -> Told:
    """The pages' answers, as a report."""
    questions, facts = at_hand().questions, _facts()
    return lambda day: interview.report(questions, answers, day, **facts)


def fine() -> Told:
    """ "I feel fine", as a report."""
    questions, facts = at_hand().questions, _facts()
    return lambda day: interview.fine(questions, day=day, **facts)


def _facts() -> dict[str, Any]:
    """What the clinic knows of the treatment and the rules ask for."""
    treatment = g.visit.treatment
    return {
        "product": treatment.product,
        "lot": treatment.lot,
        "areas": tuple(dose.area for dose in treatment.areas),
        "factors": treatment.factors,
        "language": g.visit.language,
    }


def send(key: str, told: Told) -> ResponseReturnValue:
    """Hand the report in; it is on disk, decided and in the queue when this returns.

    The same form again is the same report, also on a later day: it shows the same page.
    """
    here, before = g.visit, receipt(key)
    if before is None or not _same(told(before.report.day or 0), before.report):
        intake.submit(
            at_hand().db,
            at_hand().knowledge,
            here.clinic,
            here.treatment,
            told(here.day),
            key=key,
            channel="link",
            at=here.now,
            language=here.language,
            checkin_id=here.checkin_id,
        )
    return redirect(url_for("patient.done", slug=here.slug, key=key), 303)


def _same(one: Report, other: Report) -> bool:
    """Equal answers, in whatever language the page was when they were sent again."""
    return replace(one, language=other.language) == other
