"""The first page: warning signs. What is ticked here opens the case at once, also before it is
sent where the phone runs scripts; and whoever had started may go on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from reporter.clinic import drafts, remarks, reports
from reporter.clinic.report_columns import UNFINISHED
from reporter.clinic.reports import StoredReport
from reporter.clinic.told import SEEN, TICKED
from reporter.rules import interview
from reporter.rules.interview import Answers
from reporter.web import patient_after, sending, unlock, visit
from reporter.web.forms import FlagsForm
from reporter.web.patient_page import page, url
from reporter.web.patient_questions import onward
from reporter.web.sending import at_hand

# Older answers than these are not gone on with: too much has changed since.
GOES_ON = timedelta(days=7)


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/c/<slug>/", "first", first)
    blueprint.add_url_rule("/c/<slug>/", "answer_first", answer_first, methods=["POST"])
    blueprint.add_url_rule("/c/<slug>/tick", "tick", tick, methods=["POST"])
    blueprint.add_url_rule("/c/<slug>/<key>/go-on", "go_on", go_on, methods=["POST"])


def first() -> ResponseReturnValue:
    """The warning signs, or first whether to go on with what was started."""
    started = None if "new" in request.args else _started()
    if "new" not in request.args and not started and patient_after.comes_first():
        return redirect(url("receipt"), 303)
    if started:
        return page("resume", _("You had started"), key=started)
    return _page(visit.new_key(g.visit), {})


def _page(key: str, answers: Answers, problem: str = "") -> ResponseReturnValue:
    return page(
        "first",
        _("Warning signs"),
        422 if problem else 200,
        key=key,
        answers=answers,
        problem=problem,
        elsewhere=None if unlock.opened(g.visit) else unlock.to(request.path),
    )


def _started() -> str | None:
    """The form that was begun last and not sent, if this device may see it."""
    found = drafts.begun(at_hand().db, g.visit.treatment, g.visit.now - GOES_ON)
    if found and unlock.may_see(g.visit, found[0]):
        return found[0]
    return None


def go_on(key: str) -> ResponseReturnValue:
    """To the next page. On another day the warning signs and the course are asked again."""
    answers = sending.answers(key)
    if not answers or not unlock.may_see(g.visit, key):
        return redirect(url("first", new=1), 303)
    fresh = interview.on_day(answers, g.visit.day)
    if fresh != answers:
        sending.save(key, fresh)
    return onward(key, fresh)


def answer_first() -> ResponseReturnValue:
    """Any red flag is stored, decided and in the queue before the next page is shown."""
    form = FlagsForm()
    key, given = own_key(form.key.data), form.answers(at_hand().questions)
    draft = sending.draft(key)
    answers = {**(draft.answers if draft else _begun()), **given}
    if given["flags"] or given["unsure"]:
        if form.says_none and given["flags"]:
            flash(_("You ticked “No” and a symptom. Keep one"))
        was_ticked = bool(sending.said(key))
        sent = sending.send(key, sending.told(answers))
        if was_ticked:
            _note(SEEN)
        if draft:
            sending.save(key, answers)
        return sent
    if not given["no_flags"]:
        problem = _("Tick what you have, or tick “No, I do not have any of these”")
        return _page(key, given, problem)
    sending.save(key, answers)
    return onward(key, answers)


def own_key(posted: str | None) -> str:
    """The form's own key. One that is not ours, say after cookies were cleared, is replaced:
    a report is never refused for it."""
    return posted if posted and unlock.may_see(g.visit, posted) else visit.new_key(g.visit)


def _begun() -> Answers:
    """A new form: the day and language it is begun in, and what was said the last time."""
    answers: dict[str, Any] = {"day": g.visit.day, "language": g.visit.language}
    before = _said_before()
    if not before:
        return answers
    latest = {entry.symptom: entry for one in before for entry in one.report.symptoms}
    factors = dict.fromkeys(f for one in before for f in one.report.factors)
    joined = replace(before[-1].report, symptoms=tuple(latest.values()), factors=tuple(factors))
    return interview.with_last_time(at_hand().questions, answers, joined)


def _said_before() -> tuple[StoredReport, ...]:
    """The latest report with its addenda, oldest first, if this device may see it."""
    every = reports.of_treatment(at_hand().db, g.visit.clinic.id, g.visit.treatment.id)
    last = next((one for one in every if one.channel != UNFINISHED), None)
    if last is None or not unlock.may_see(g.visit, last.key):
        return ()
    return tuple(one for one in reversed(every) if one.key == last.key)


def tick() -> ResponseReturnValue:
    """A warning sign was ticked just now, or taken back: the phone may die before it is sent.

    The same key makes the later page the same report. What is taken back lowers nothing.
    """
    form = FlagsForm()
    questions = at_hand().questions
    key, given = form.key.data or "", form.answers(questions)
    if not unlock.may_see(g.visit, key):
        return "", 204
    unticked = request.form.get("unticked", "")
    if unticked in questions.red_flags:
        here = g.visit.treatment
        remarks.remark(
            at_hand().db, here.clinic_id, here.id, "unticked", at=g.visit.now, symptom=unticked
        )
    elif given["flags"]:
        draft = sending.draft(key)
        answers = {**(draft.answers if draft else _begun()), **given}
        sending.send(key, sending.told(answers))
        _note(TICKED)
        return "", 201  # the page says that it is kept
    return "", 204


def _note(what: str) -> None:
    """On the case, for the nurse who calls: whether what to do was ever shown."""
    here = g.visit.treatment
    remarks.remark(at_hand().db, here.clinic_id, here.id, what, at=g.visit.now)
