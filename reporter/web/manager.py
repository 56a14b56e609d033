"""Treatments at the desk: list, find, look at one, stop. Enrolling and the rest stand beside."""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import casebook, front_desk, links, phone_drafts, reports, treatments
from reporter.clinic.casebook import Case
from reporter.clinic.treatments import Treatment
from reporter.records.seal import Unreadable
from reporter.web import (
    clock_words,
    manager_enrol,
    manager_followup,
    manager_import,
    manager_phone,
    phone_draft,
    staff_words,
)
from reporter.web.at_hand import (
    desk_words,
    known,
    note_look,
    readable_or_404,
    store,
    treatment_or_404,
)
from reporter.web.log_in import let_in
from reporter.web.manager_forms import SearchForm, StopForm
from reporter.web.said import view

blueprint = Blueprint("manager", __name__, url_prefix="/treatments")
blueprint.before_request(let_in)
blueprint.add_url_rule("/enrol", "enrol", manager_enrol.enrol, methods=["GET", "POST"])
blueprint.add_url_rule(
    "/<treatment_id>/correct", "correct", manager_enrol.correct, methods=["GET", "POST"]
)
blueprint.add_url_rule("/import", "import_csv", manager_import.import_csv, methods=["GET", "POST"])
blueprint.add_url_rule("/import/keep", "import_keep", manager_import.keep, methods=["POST"])
blueprint.add_url_rule("/import/template.csv", "import_template", manager_import.template)
blueprint.add_url_rule(
    "/<treatment_id>/phone-report", "phone", manager_phone.write_down, methods=["GET", "POST"]
)
blueprint.add_url_rule("/<treatment_id>/phone-report/<report_id>", "told", manager_phone.told)
blueprint.add_url_rule(
    "/<treatment_id>/phone-report/draft", "keep_phone", phone_draft.keep, methods=["POST"]
)
blueprint.add_url_rule(
    "/<treatment_id>/phone-report/throw-away",
    "drop_phone",
    phone_draft.throw_away,
    methods=["POST"],
)
manager_followup.add_to(blueprint)
# A search is sealed before it goes into an address: addresses are logged, names are not.
SEARCH = "treatment search"


@blueprint.get("")
def listed() -> str:
    """The latest treatments, or those that a search found."""
    text = _opened(request.args.get("find", ""))
    rows = (
        treatments.find(store(), g.clinic.id, text)
        if text
        else treatments.recent(store(), g.clinic.id)
    )
    form = SearchForm(text=text)
    return render_template(
        "manager/list.html",
        rows=rows,
        text=text,
        form=form,
        shown=treatments.SHOWN,
        **desk_words(),
    )


def _opened(sealed: str) -> str:
    try:
        return store().clinic_key(g.clinic.id).open(SEARCH, sealed)
    except Unreadable:
        return ""


@blueprint.post("/find")
def find() -> ResponseReturnValue:
    form = SearchForm()
    text = (form.text.data or "").strip()[:100]
    if not form.validate() or not text:
        return redirect(url_for("manager.listed"), 303)
    sealed = store().clinic_key(g.clinic.id).seal(SEARCH, text)
    return redirect(url_for("manager.listed", find=sealed), 303)


@blueprint.get("/<treatment_id>")
def page(treatment_id: str) -> ResponseReturnValue:
    """One treatment: who, what, which check-ins, what was said."""
    treatment = treatment_or_404(treatment_id)
    if treatment.is_placeholder:
        return _case_of_poster(treatment)
    note_look("treatment.viewed", treatment.id)
    clinic_id, db = g.clinic.id, store()
    return render_template(
        "manager/treatment.html",
        treatment=treatment,
        patient=treatment.patient,
        day=treatment.day(g.now, g.clinic.hours.zone),
        **manager_followup.shown(treatment),
        said=[
            view(known(), g.clinic, one, g.now)
            for one in reports.of_treatment(db, clinic_id, treatment_id)
        ],
        case=casebook.of_treatment(db, clinic_id, treatment_id),
        by_poster=_cases_by_poster(treatment),
        live_links=links.count_live(db, treatment, g.now),
        phone_left=phone_drafts.of(db, treatment, g.staff.id) is not None,
        badge=staff_words.badge,
        knowledge=known(),
        moment=lambda at: clock_words.moment(at, g.now, g.clinic.hours.zone),
        **desk_words(),
    )


def _case_of_poster(held: Treatment) -> ResponseReturnValue:
    """What came by the poster is no treatment: its case says whose it is."""
    case = casebook.of_treatment(store(), g.clinic.id, held.id)
    if case is None:
        abort(404)
    return redirect(url_for("nurse.case", case_id=case.id), 303)


def _cases_by_poster(treatment: Treatment) -> list[Case]:
    """Cases that came by the poster and were matched to this treatment."""
    found = [
        casebook.of_treatment(store(), g.clinic.id, held.id)
        for held in treatments.matched_to(store(), treatment)
    ]
    return [case for case in found if case]


@blueprint.route("/<treatment_id>/stop", methods=["GET", "POST"])
def stop(treatment_id: str) -> ResponseReturnValue:
    """End the follow-up; an open case stays open, since nothing closes by itself."""
    treatment = readable_or_404(treatment_id)
    form = StopForm()
    if not form.validate_on_submit():
        page = render_template("manager/stop.html", form=form, treatment=treatment)
        return page, 422 if form.errors else 200
    stopped = front_desk.stop(
        store(), g.clinic, treatment, reason=form.reason.data, by=g.staff.actor, at=g.now
    )
    flash("No more check-ins will be sent." if stopped else "It had been stopped already.")
    return redirect(url_for("manager.page", treatment_id=treatment_id), 303)


@blueprint.post("/<treatment_id>/links/revoke")
def revoke(treatment_id: str) -> ResponseReturnValue:
    """End every link that was mailed, for a message that reached the wrong person."""
    treatment = treatment_or_404(treatment_id)
    ended = links.revoke(store(), g.clinic.id, treatment.id, by=g.staff.actor, at=g.now)
    flash(f"{ended} links ended." if ended != 1 else "1 link ended.")
    return redirect(url_for("manager.page", treatment_id=treatment_id), 303)
