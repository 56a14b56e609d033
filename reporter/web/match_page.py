"""Whose report came by the poster: a nurse compares what was typed with treatments, and says so."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import casebook, cases, matching, treatments
from reporter.clinic.casebook import Case
from reporter.clinic.cases import Conflict, Refused
from reporter.clinic.matching import Suggestion
from reporter.clinic.treatments import NotThere, Treatment
from reporter.web import poster_part
from reporter.web.at_hand import desk_words, known, note_look, store
from reporter.web.log_in import let_in

blueprint = Blueprint("match", __name__, url_prefix="/desk/case/<case_id>/match")
blueprint.before_request(let_in)

AGREE = {
    "name": "name",
    "part": "part of the name",
    "born": "date of birth",
    "phone": "phone number",
    "day": "day of treatment",
}


@blueprint.errorhandler(casebook.NotThere)
@blueprint.errorhandler(NotThere)
def not_there(_: Exception) -> ResponseReturnValue:
    return render_template("nurse/not_there.html"), 404


@blueprint.get("")
def page(case_id: str) -> ResponseReturnValue:
    case, held = _case(case_id)
    note_look("poster.viewed", case.id)
    return _page(case, held)


@blueprint.post("/find")
def find(case_id: str) -> ResponseReturnValue:
    """Names stay out of the address, so a search is sent and shown at once."""
    case, held = _case(case_id)
    text = request.form.get("text", "").replace("\0", "").strip()[:100]
    found = [one for one in treatments.find(store(), g.clinic.id, text) if not one.is_placeholder]
    return _page(case, held, text=text, found=[Suggestion(one, ()) for one in found[:20]])


@blueprint.post("")
def choose(case_id: str) -> ResponseReturnValue:
    """This treatment is meant."""
    case, held = _case(case_id)
    chosen = request.form.get("treatment", "").replace("\0", "")
    try:
        real = treatments.get(store(), g.clinic.id, chosen)
        matching.match(
            store(),
            known(),
            g.clinic,
            case,
            real,
            by=g.staff.actor,
            at=g.now,
            expected_version=_version(),
        )
    except (Refused, Conflict) as trouble:
        return _page(case, held, problem=str(trouble), status=409)
    flash(f"Matched to {real.patient.name}. It was decided again with what we know of them.")
    return redirect(url_for("nurse.case", case_id=case.id), 303)


@blueprint.post("/unknown")
def unknown(case_id: str) -> ResponseReturnValue:
    """Nobody here is meant, as far as could be found."""
    case, held = _case(case_id)
    note = request.form.get("note", "").replace("\0", "")
    try:
        matching.mark_unknown(
            store(), g.clinic, case, note=note, by=g.staff.actor, at=g.now, version=_version()
        )
    except Refused as refused:
        return _page(case, held, problem=str(refused), note=note, status=422)
    except Conflict as conflict:
        return _page(case, held, problem=str(conflict), note=note, status=409)
    flash("Marked as an unknown person. You can still match it later.")
    return redirect(url_for("nurse.case", case_id=case.id), 303)


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _case(case_id: str) -> tuple[Case, Treatment]:
    """The case and what it came with; only cases from the poster have this page."""
    case = casebook.get(store(), g.clinic.id, case_id.replace("\0", ""))
    held = treatments.get(store(), g.clinic.id, case.treatment_id)
    if not held.is_placeholder:
        raise NotThere
    return case, held


def _page(
    case: Case,
    held: Treatment,
    *,
    text: str = "",
    found: list[Suggestion] | None = None,
    problem: str = "",
    note: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    case = cases.get(store(), g.clinic.id, case.id)
    drawn = render_template(
        "nurse/match.html",
        case=case,
        held=held,
        poster=poster_part.part(store(), held),
        suggested=matching.suggestions(store(), g.clinic.id, held),
        found=found,
        text=text,
        problem=problem,
        note=note,
        agree=AGREE,
        **desk_words(),
    )
    return drawn, status
