"""Answers that were left and never sent: somebody looks at each of them, whatever its level."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import intake, reports, unfinished
from reporter.clinic.casebook import NotThere
from reporter.clinic.unfinished import Row
from reporter.rules.knowledge import Knowledge
from reporter.web import clock_words, said, staff_words
from reporter.web.at_hand import known, store
from reporter.web.headline import Sign, headline
from reporter.web.log_in import let_in
from reporter.web.nurse import not_there, queue_shown
from reporter.web.said import Said

blueprint = Blueprint("unfinished", __name__, url_prefix="/desk/unfinished")
blueprint.before_request(let_in)
blueprint.register_error_handler(NotThere, not_there)


@dataclass(frozen=True)
class Left:
    """One line: who left what, since when, and the case that it made."""

    name: str
    phone: str
    treatment_id: str
    reference: str
    since: str
    signs: tuple[Sign, ...]
    said: Said
    case_id: str | None


@blueprint.get("")
def left() -> str:
    rules = known()  # asked before the snapshot: the first to ask may write that they are live
    with store().snapshot():
        rows = [_left(rules, row) for row in unfinished.rows(store(), g.clinic.id)]
        shown = queue_shown("unfinished")
    return render_template("nurse/unfinished.html", queue=shown, rows=rows, case=None)


def _left(rules: Knowledge, row: Row) -> Left:
    visit = row.treatment
    return Left(
        name=visit.patient.name,
        phone=staff_words.phone(visit.patient.mobile),
        treatment_id=visit.id,
        reference=visit.reference,
        since=clock_words.moment(row.said.received_at, g.now, g.clinic.hours.zone),
        signs=headline(rules, (row.said,)),
        said=said.view(rules, g.clinic, row.said, g.now),
        case_id=row.case_id,
    )


@blueprint.post("/<report_id>/seen")
def seen(report_id: str) -> ResponseReturnValue:
    """Somebody has looked; the case, where there is one, stays as it is."""
    row = _waiting(report_id)
    reports.mark_read(store(), g.clinic.id, row.said.id, by=g.staff.actor, at=g.now)
    flash("Noted: you have seen it.")
    return redirect(url_for("unfinished.left"), 303)


@blueprint.post("/<report_id>/case")
def make_case(report_id: str) -> ResponseReturnValue:
    row = _waiting(report_id)
    case = intake.make_case(store(), g.clinic, row.said, by=g.staff.actor, at=g.now)
    return redirect(url_for("nurse.case", case_id=case.id), 303)


def _waiting(report_id: str) -> Row:
    """Raise NotThere when somebody has seen it meanwhile, or the patient has sent it."""
    rows = unfinished.rows(store(), g.clinic.id)
    found = next((row for row in rows if row.said.id == report_id), None)
    if found is None:
        raise NotThere
    return found
