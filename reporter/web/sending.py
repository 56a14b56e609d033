"""From the pages to the clinic: drafts as they grow, and the report itself, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import current_app, g, redirect, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import casebook, deciding, drafts, intake, posters, reports
from reporter.clinic.casebook import Case
from reporter.clinic.contact import Contact
from reporter.clinic.drafts import Draft
from reporter.clinic.intake import NOT_SAID, Receipt
from reporter.clinic.report_columns import UNFINISHED
from reporter.clinic.reports import StoredReport
from reporter.rules import heard
from reporter.rules.interview import Answers
from reporter.rules.levels import Level
from reporter.rules.report import Report
from reporter.web import own_pages, results
from reporter.web.visit import LATE_ENOUGH

if TYPE_CHECKING:
    from reporter.web.application import Reporter

SIGHT = frozenset({"blurred_vision", "double_vision", "vision_loss", "sight_loss_or_eye_pain"})

Told = Callable[[int], Report]
"""The report of these answers on that day after treatment."""


def at_hand() -> Reporter:
    """What create_app keeps for all pages."""
    kept: Reporter = current_app.extensions["reporter"]
    return kept


def draft(key: str) -> Draft | None:
    return drafts.load(at_hand().db, g.visit.treatment, key)


def settled() -> None:
    """Before anything is written: what a visit by the poster reports on is kept from now on."""
    here = g.visit
    if here.from_poster and here.treatment.patient.wrapped_key is None:
        kept = posters.arrive(at_hand().db, here.clinic, here.token, here.language, here.now)
        g.visit = replace(here, treatment=kept)


def save(key: str, answers: Answers) -> None:
    settled()
    _notice_sight(heard.report(at_hand().questions, answers, g.visit.day))
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
    db, here = at_hand().db, g.visit
    found = casebook.of_treatment(db, here.clinic.id, here.treatment.id)
    if found is None or not here.from_poster:
        return found
    # Staff may have raised it by what they know of a patient: nobody before a poster learns that.
    own = reports.of_treatment(db, here.clinic.id, here.treatment.id)
    own_level = reports.worst(one for one in own if one.writer == "patient").level
    return found if own_level is None else replace(found, level=min(found.level, own_level))


def told(answers: Answers) -> Told:
    """The pages' answers, as a report."""
    questions, facts = at_hand().questions, _facts()
    return _dated(lambda day: heard.report(questions, answers, day, **facts))


def is_emergency(answers: Answers) -> bool:
    """Whether the rules would say so now: nobody is asked more before being told what to do."""
    here, clinic_id = at_hand(), g.visit.clinic.id
    report = told(answers)(g.visit.day)
    found = deciding.decided(here.db, here.knowledge, clinic_id, report, g.visit.now).decision
    return found is not None and found.level is Level.EMERGENCY


def fine() -> Told:
    """ "I feel fine", as a report."""
    questions, facts = at_hand().questions, _facts()
    return _dated(lambda day: heard.fine(questions, day=day, **facts))


def _dated(told: Told) -> Told:
    """Where nobody knows the day of the treatment, the report says no day: no rule counts on it."""
    if not g.visit.treatment.day_unknown:
        return told

    def undated(_day: int) -> Report:
        said = told(LATE_ENOUGH)
        began = tuple(replace(entry, onset_day=None) for entry in said.symptoms)
        return replace(said, day=None, symptoms=began)

    return undated


def _facts() -> dict[str, Any]:
    """What the clinic knows of the treatment and the rules ask for."""
    treatment = g.visit.treatment
    return {
        "product": treatment.product or None,
        "lot": treatment.lot or None,
        "areas": tuple(dose.area for dose in treatment.areas),
        "factors": treatment.factors,
        "language": g.visit.language,
    }


def send(key: str, told: Told, contact: Contact = NOT_SAID) -> ResponseReturnValue:
    """Hand the report in; it is on disk, decided and in the queue when this returns.

    The same form again is the same report, also on a later day: it shows the same page.
    """
    settled()
    here, before, report = g.visit, receipt(key), told(g.visit.day)
    _notice_sight(report)
    if before is None or _is_other(told, before.report) or _news(key, contact):
        intake.submit(
            at_hand().db,
            at_hand().knowledge,
            here.clinic,
            here.treatment,
            report,
            key=key,
            channel="poster" if here.from_poster else "link",
            unconfirmed=here.too_soon,
            at=here.now,
            language=here.language,
            checkin_id=here.checkin_id,
            contact=contact,
        )
        if report.free_text and SIGHT & set(
            own_pages.named_in_words(said(key), at_hand().knowledge)
        ):
            g.sees_badly = True
    return redirect(url_for("patient.done", slug=here.slug, key=key), 303)


def _notice_sight(report: Report) -> None:
    """Whoever sees badly now gets large text with the answer to this request."""
    if any(one.symptom in SIGHT or one.sight_changed for one in report.symptoms):
        g.sees_badly = True


def _news(key: str, contact: Contact) -> bool:
    """Whether the same answers say more than what is kept: that they are sent, or how to call."""
    kept = said(key)
    return bool(kept) and (kept[-1].channel == UNFINISHED or kept[-1].contact != contact)


def _is_other(told: Told, before: Report) -> bool:
    return not _same(told(before.day or 0), before)


def _same(one: Report, other: Report) -> bool:
    """Equal answers, in whatever language the page was when they were sent again."""
    return replace(one, language=other.language) == other
