"""One case at the desk: its page, its moves, and what was typed and not saved yet."""

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import case_closing, casebook, cases, note_drafts, reports
from reporter.clinic.casebook import Asked, Case
from reporter.clinic.cases import Conflict, Refused
from reporter.clinic.hours import local
from reporter.clinic.note_drafts import NoteDraft, TooLong
from reporter.records.db import Busy
from reporter.records.seal import Unreadable
from reporter.web import case_conflict, case_page, case_paper, clock_words, nurse
from reporter.web.at_hand import note_look, store
from reporter.web.case_conflict import Since
from reporter.web.move_forms import BY_VERB, MoveForm
from reporter.web.nurse_forms import Forms
from reporter.web.queue_page import TABS
from reporter.web.typed_forms import typed

blueprint = nurse.blueprint
DONE = {
    "claim": "This case is yours. Call, then write down what came of it.",
    "release": "Released. Somebody else can take this case now.",
    "call": "Call saved.",
    "note": "Note saved.",
    "follow_up": "Follow-up set. The case comes back then.",
    "close": "Closed.",
    "reopen": "Opened again.",
    "escalate": "Escalated. A practitioner is told, and the clock runs for them.",
    "acknowledge": "Acknowledged. Say what you decide when you have looked.",
    "return": "Given back with your decision.",
    "raise_level": "Raised.",
    "lower_level": "Lowered. The due time stays as it was.",
    "confirm_close": "Confirmed: closed.",
    "keep_open": "Kept open.",
}
FIRST_CLOSE = "Closed by you. It stays open until another clinician confirms."
NOT_SAVED = "This could not be saved just now. Nothing is lost: save it again."
ERASED = "This patient was erased: no note can be kept about them. Leave it empty."
TOO_LONG = "Too long to be kept while you type."


@blueprint.get("/case/<case_id>")
def case(case_id: str) -> str:
    found = casebook.get(store(), g.clinic.id, case_id)
    note_look("case.viewed", found.id)
    return _case_page(case_id)


@blueprint.get("/case/<case_id>/print")
def printed(case_id: str) -> str:
    """The case on paper: initials and number, no name, no telephone."""
    found = casebook.get(store(), g.clinic.id, case_id)
    note_look("case.printed", found.id)
    desk = nurse.desk()
    with store().snapshot():
        page = case_page.page(store(), desk, case_id)
    zone, due_at = g.clinic.hours.zone, page.case.due_at
    return render_template(
        "nurse/case_print.html",
        case=page,
        printed=clock_words.moment(g.now, g.now, zone),
        due=clock_words.moment(due_at, g.now, zone) if due_at else "",
        stands=page.stands.replace("You have", f"{g.staff.name} has"),
        paper=case_paper.paper(page),
    )


def _case_page(case_id: str, sent: MoveForm | None = None, refused: Conflict | None = None) -> str:
    desk = nurse.desk()
    with store().snapshot():  # who moves a case while it is being read moves it for the next page
        page, shown = case_page.page(store(), desk, case_id), nurse.queue_beside(desk)
        drafts = note_drafts.of(store(), page.case, desk.staff.id)
        since = _since(page.case, sent, refused, drafts)
    forms = Forms(g.clinic, page, g.now, sent, drafts)
    return render_template(
        "nurse/case.html",
        queue=shown,
        case=page,
        forms=forms,
        sent=sent,
        since=since,
        drafts=case_conflict.kept(drafts, page.forms, g.now, g.clinic.hours.zone),
    )


def _since(
    found: Case, sent: MoveForm | None, refused: Conflict | None, drafts: tuple[NoteDraft, ...]
) -> Since | None:
    """What was done since the page that was typed into, beside what was typed."""
    late = any(one.case_version < found.version for one in drafts) and sent is None
    if not (late or refused):
        return None
    moves = casebook.history(store(), g.clinic.id, found.id)
    told = reports.of_treatment(store(), g.clinic.id, found.treatment_id)
    past = case_conflict.Past(g.clinic, moves, told, g.now)
    if refused and sent:
        return case_conflict.refused(str(refused), sent, past)
    return case_conflict.restored(drafts, found, past, g.staff.id)


@blueprint.post("/case/<case_id>/<verb>")
def move(case_id: str, verb: str) -> ResponseReturnValue:
    """Every move goes through `cases.move` with the version that the page showed."""
    if verb not in BY_VERB:
        abort(404)
    form = BY_VERB[verb]()
    if not form.validate():
        return _case_page(case_id, form), 422
    try:
        moved = _moved(case_id, form, form.details(g.clinic.hours.zone))
    except Refused as refused:
        for one in (*_also(case_id, form), refused):
            form.refuse(one)
        return _case_page(case_id, form), 422
    except Conflict as conflict:
        if _is_my_own(case_id, form):
            return _back(case_id)
        return _case_page(case_id, form, conflict), 409
    except (Busy, Unreadable) as trouble:
        busy = isinstance(trouble, Busy)
        form.refuse(Refused(NOT_SAVED) if busy else Refused(ERASED, "note"))
        return _case_page(case_id, form), 503 if busy else 422
    flash(FIRST_CLOSE if moved.state == "closing" and verb == "close" else DONE[verb])
    return _back(moved.id)


def _also(case_id: str, form: MoveForm) -> tuple[Refused, ...]:
    """What else a close lacks."""
    if form.verb != "close":
        return ()
    asked = Asked(g.staff.actor, g.now, {**form.details(g.clinic.hours.zone)}, waits=g.clinic.waits)
    return case_closing.faults(casebook.get(store(), g.clinic.id, case_id), asked)


def _moved(case_id: str, form: MoveForm, details: dict[str, Any]) -> Case:
    """The move, and with it the end of what was kept of its form."""

    def work() -> Case:
        moved = cases.move(
            store(),
            g.clinic.id,
            case_id,
            form.verb,
            by=g.staff.actor,
            at=g.now,
            expected_version=form.seen,
            **details,
        )
        note_drafts.forget(store(), moved, form.verb, by=g.staff.actor, at=g.now)
        return moved

    return store().atomically(work)


def _is_my_own(case_id: str, form: MoveForm) -> bool:
    """A double click comes as a second, late request: what it asks for has been done already."""
    details = form.details(g.clinic.hours.zone)
    moves = casebook.history(store(), g.clinic.id, case_id)
    return any(
        (one.version, one.verb, one.by_id) == (form.seen + 1, form.verb, g.staff.id)
        and one.note == str(details.get("note") or "").strip()
        and all(
            one.details.get(name) == details[name]
            for name in ("result", "outcome", "decision")
            if name in details
        )
        for one in moves
    )


def _back(case_id: str) -> ResponseReturnValue:
    if request.args.get("from") == "escalated":
        return redirect(url_for("escalated.listed"), 303)
    tab = request.args.get("tab", "todo")
    return redirect(url_for("nurse.case", case_id=case_id, tab=tab if tab in TABS else None), 303)


@blueprint.post("/case/<case_id>/draft/<verb>")
def keep_draft(case_id: str, verb: str) -> ResponseReturnValue:
    """The page keeps what is being typed, by itself: this prolongs no session."""
    if verb not in BY_VERB:
        abort(404)
    form = BY_VERB[verb]()
    found = casebook.get(store(), g.clinic.id, case_id)
    if _was_saved(found, form):
        return "", 204
    filled = typed(form, request.form)
    if not filled:
        note_drafts.forget(store(), found, verb, by=g.staff.actor, at=g.now)
        return "", 204
    try:
        note_drafts.keep(
            store(), found, verb, filled, by=g.staff.actor, at=g.now, case_version=form.seen
        )
    except TooLong:
        return TOO_LONG, 413, {"Content-Type": "text/plain"}
    except Unreadable:
        return "", 204  # erased: nothing can be kept about nobody
    kept_at = clock_words.clock(local(g.clinic.hours.zone, g.now))
    return kept_at, 200, {"Content-Type": "text/plain"}


def _was_saved(found: Case, form: MoveForm) -> bool:
    """What is kept too late, after the form itself was saved, would come back as a ghost."""
    if found.version == form.seen:
        return False
    saved = (form.seen + 1, form.verb, g.staff.id)
    moves = casebook.history(store(), g.clinic.id, found.id)
    return any((one.version, one.verb, one.by_id) == saved for one in moves)


@blueprint.post("/case/<case_id>/throw-away/<verb>")
def throw_away(case_id: str, verb: str) -> ResponseReturnValue:
    found = casebook.get(store(), g.clinic.id, case_id)
    if note_drafts.forget(store(), found, verb, by=g.staff.actor, at=g.now):
        flash("Thrown away: what you had typed and not saved.")
    return _back(case_id)


@blueprint.post("/case/<case_id>/read/<report_id>")
def read(case_id: str, report_id: str) -> ResponseReturnValue:
    """A person has read the patient's own words: asked for, never assumed from a page view."""
    found = casebook.get(store(), g.clinic.id, case_id)
    told = reports.of_treatment(store(), g.clinic.id, found.treatment_id)
    if report_id not in {one.id for one in told}:
        abort(404)
    reports.mark_read(store(), g.clinic.id, report_id, by=g.staff.actor, at=g.now)
    return _back(case_id)
