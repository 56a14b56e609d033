"""The nurse's desk: who to call first, by when and why, and what came of it."""

import re
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from reporter.clinic import casebook, cases, reports
from reporter.clinic.casebook import Case, NotThere
from reporter.clinic.cases import Conflict, Refused
from reporter.records.db import Busy
from reporter.web import case_page, queue_page
from reporter.web.at_hand import known, note_look, store
from reporter.web.log_in import let_in
from reporter.web.nurse_forms import BY_VERB, Forms, MoveForm
from reporter.web.queue_page import TABS, Desk

blueprint = Blueprint("nurse", __name__, url_prefix="/desk")
blueprint.before_request(let_in)

DONE = {
    "claim": "This case is yours. Call, then write down what came of it.",
    "release": "Released. Somebody else can take this case now.",
    "call": "Call saved.",
    "note": "Note saved.",
    "follow_up": "Follow-up set. The case comes back then.",
    "close": "Closed.",
    "reopen": "Opened again.",
}


@blueprint.before_request
def _only_plain_ids() -> None:
    """PostgreSQL takes no text with a zero byte in it; no id of ours holds anything but these."""
    if not all(re.fullmatch(r"[\w-]+", part) for part in (request.view_args or {}).values()):
        raise NotThere


@blueprint.errorhandler(NotThere)
def not_there(_: NotThere) -> ResponseReturnValue:
    return render_template("nurse/not_there.html"), 404


@blueprint.get("")
def queue() -> str:
    desk = _desk()
    with store().snapshot():
        shown = _queue(desk)
    return render_template("nurse/queue.html", queue=shown, case=None)


def _desk() -> Desk:
    return Desk(known(), g.clinic, g.staff, g.now)


def _queue(desk: Desk) -> queue_page.Page:
    here = request.args.get("tab", "todo")
    rows = cases.queue(store(), desk.clinic.id)
    return queue_page.page(store(), desk, rows, here if here in TABS else "todo")


def queue_shown(here: str) -> queue_page.Page:
    """The queue beside a page that shows something else."""
    desk = _desk()
    return queue_page.page(store(), desk, cases.queue(store(), desk.clinic.id), here)


@blueprint.get("/case/<case_id>")
def case(case_id: str) -> str:
    found = casebook.get(store(), g.clinic.id, case_id)
    note_look("case.viewed", found.id)
    return _case_page(case_id)


def _case_page(case_id: str, sent: MoveForm | None = None, conflict: str = "") -> str:
    desk = _desk()
    with store().snapshot():  # who moves a case while it is being read moves it for the next page
        page, shown = case_page.page(store(), desk, case_id), _queue(desk)
    forms = Forms(g.clinic, page.case, g.now, sent)
    return render_template(
        "nurse/case.html", queue=shown, case=page, forms=forms, sent=sent, conflict=conflict
    )


@blueprint.post("/case/<case_id>/<verb>")
def move(case_id: str, verb: str) -> ResponseReturnValue:
    """Every move goes through `cases.move` with the version that the page showed."""
    if verb not in BY_VERB:
        abort(404)
    form = BY_VERB[verb]()
    if not form.validate():
        return _case_page(case_id, form), 422
    details = form.details(g.clinic.hours.zone)
    try:
        moved = cases.move(
            store(),
            g.clinic.id,
            case_id,
            verb,
            by=g.staff.actor,
            at=g.now,
            expected_version=form.seen,
            **details,
        )
    except Refused as refused:
        form.refuse(refused)
        return _case_page(case_id, form), 422
    except Conflict as conflict:
        if _is_my_own(case_id, verb, form.seen, details):
            return _back(case_id)
        return _case_page(case_id, form, str(conflict)), 409
    except Busy:
        form.refuse(Refused("This could not be saved just now. Nothing is lost: save it again."))
        return _case_page(case_id, form), 503
    return _moved(moved, verb)


def _is_my_own(case_id: str, verb: str, seen: int, details: dict[str, Any]) -> bool:
    """A double click comes as a second, late request: what it asks for has been done already."""
    moves = casebook.history(store(), g.clinic.id, case_id)
    return any(
        (one.version, one.verb, one.by_id) == (seen + 1, verb, g.staff.id)
        and one.note == str(details.get("note") or "").strip()
        and all(
            one.details.get(name) == details[name]
            for name in ("result", "outcome")
            if name in details
        )
        for one in moves
    )


def _moved(moved: Case, verb: str) -> ResponseReturnValue:
    flash(DONE[verb])
    return _back(moved.id)


def _back(case_id: str) -> ResponseReturnValue:
    tab = request.args.get("tab", "todo")
    return redirect(url_for("nurse.case", case_id=case_id, tab=tab if tab in TABS else None), 303)


@blueprint.post("/case/<case_id>/read/<report_id>")
def read(case_id: str, report_id: str) -> ResponseReturnValue:
    """A person has read the patient's own words: asked for, never assumed from a page view."""
    found = casebook.get(store(), g.clinic.id, case_id)
    told = reports.of_treatment(store(), g.clinic.id, found.treatment_id)
    if report_id not in {one.id for one in told}:
        abort(404)
    reports.mark_read(store(), g.clinic.id, report_id, by=g.staff.actor, at=g.now)
    return _back(case_id)
