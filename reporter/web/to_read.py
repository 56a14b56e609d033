"""Own words that made no case: somebody reads each of them by the next working day."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import intake, photos, reports, treatments
from reporter.clinic.casebook import NotThere
from reporter.clinic.photos import Photo
from reporter.clinic.reports import StoredReport
from reporter.clinic.treatments import Treatment
from reporter.web import clock_words, photo_page, said
from reporter.web.at_hand import known, store
from reporter.web.clock_words import Due
from reporter.web.log_in import let_in
from reporter.web.nurse import not_there, queue_shown
from reporter.web.photo_page import Shown
from reporter.web.said import Said

blueprint = Blueprint("to_read", __name__, url_prefix="/desk/to-read")
blueprint.before_request(let_in)
blueprint.register_error_handler(NotThere, not_there)


@dataclass(frozen=True)
class Text:
    """One report whose words wait for a reader."""

    name: str
    treatment_id: str
    reference: str
    said: Said
    due: Due | None
    photos: tuple[Shown, ...]


@blueprint.get("")
def texts() -> str:
    known()  # asked here, since the rules may only arrive outside the snapshot
    with store().snapshot():
        found = reports.to_read(store(), g.clinic.id)
        visits = treatments.some(store(), g.clinic.id, tuple({one.treatment_id for one in found}))
        taken = photos.of_reports(store(), g.clinic.id, found)
        waiting = [_text(one, visits[one.treatment_id], taken) for one in found]
        shown = queue_shown("to_read")
    return render_template("nurse/to_read.html", queue=shown, texts=waiting, case=None)


def _text(one: StoredReport, visit: Treatment, taken: Iterable[Photo]) -> Text:
    due = one.read_by_at
    own = (photo for photo in taken if (photo.treatment_id, photo.key) == (visit.id, one.key))
    return Text(
        name=visit.patient.name,
        treatment_id=visit.id,
        reference=visit.reference,
        said=said.view(known(), g.clinic, one, g.now),
        due=clock_words.due(due, g.now, g.clinic.hours.zone) if due else None,
        photos=photo_page.numbered(own, g.clinic, g.now),
    )


@blueprint.post("/<report_id>/read")
def nothing_to_do(report_id: str) -> ResponseReturnValue:
    one = _waiting(report_id)
    reports.mark_read(store(), g.clinic.id, one.id, by=g.staff.actor, at=g.now)
    flash("Noted: you have read it, and there is nothing to do.")
    return redirect(url_for("to_read.texts"), 303)


@blueprint.post("/<report_id>/case")
def make_case(report_id: str) -> ResponseReturnValue:
    case = intake.make_case(store(), g.clinic, _waiting(report_id), by=g.staff.actor, at=g.now)
    return redirect(url_for("nurse.case", case_id=case.id), 303)


def _waiting(report_id: str) -> StoredReport:
    """Raise NotThere when somebody else has read it meanwhile."""
    waiting = reports.to_read(store(), g.clinic.id)
    found = next((one for one in waiting if one.id == report_id), None)
    if found is None:
        raise NotThere
    return found
