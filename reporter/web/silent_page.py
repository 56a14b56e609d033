"""Who was asked and did not answer: a nurse calls, the one at most risk first."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import silent, silent_tries
from reporter.clinic.casebook import NotThere
from reporter.clinic.checkins import Checkin
from reporter.clinic.hours import local
from reporter.clinic.silent import Silent
from reporter.clinic.silent_tries import Try
from reporter.web import clock_words, staff_words
from reporter.web.at_hand import known, note_look, store
from reporter.web.log_in import let_in
from reporter.web.nurse import not_there, queue_shown

blueprint = Blueprint("silent", __name__, url_prefix="/desk/silent")
blueprint.before_request(let_in)
blueprint.register_error_handler(NotThere, not_there)
SHOWN = 100


@dataclass(frozen=True)
class Line:
    """One person who is silent. `because` and `lower` say why they stand where they stand."""

    treatment_id: str
    name: str
    age: int | None
    reference: str
    phone: str
    dial: str
    language: str
    treated: str
    asked: str
    because: tuple[str, ...]
    lower: str
    bounced: bool
    tries: tuple[str, ...]
    voicemail: bool


@blueprint.get("")
def listed() -> str:
    known()  # asked here, since the rules may only arrive outside the snapshot
    note_look("silent.viewed", "silent")
    with store().snapshot():
        everybody = silent.silent(store(), g.clinic.id, g.now)
        tries = silent_tries.since(store(), g.clinic.id, g.now - silent.LOOK_BACK)
        shown = queue_shown("silent")
    lines = [_line(one, tries.get(one.treatment.id, ())) for one in everybody[:SHOWN]]
    return render_template(
        "nurse/silent.html",
        queue=shown,
        lines=lines,
        more=max(len(everybody) - SHOWN, 0),
        results=staff_words.TRIED,
        case=None,
    )


def _line(one: Silent, tries: tuple[Try, ...]) -> Line:
    visit, zone = one.treatment, g.clinic.hours.zone
    since = [call for call in tries if call.at >= one.since]
    areas = " + ".join(staff_words.area(dose.area) for dose in visit.areas)
    total = staff_words.units(sum(dose.units for dose in visit.areas))
    return Line(
        treatment_id=visit.id,
        name=visit.patient.name,
        age=visit.patient.age(local(zone, g.now).date()),
        reference=visit.reference,
        phone=staff_words.phone(visit.patient.mobile),
        dial=visit.patient.mobile,
        language=staff_words.named(staff_words.LANGUAGES, visit.patient.language),
        treated=f"Day {visit.day(g.now, zone)} · {areas} {total}",
        asked=_asked(one),
        because=one.risk.because,
        lower=one.risk.lower,
        bounced=one.bounced,
        tries=tuple(_in_words(call) for call in since),
        voicemail=visit.patient.may_voicemail,
    )


def _asked(one: Silent) -> str:
    """`Asked on days 1 and 3 in vain; the e-mail of day 7 did not arrive`: what is true of each."""
    back = [checkin for checkin in one.unanswered if checkin.bounced_at]
    never = [checkin for checkin in one.unanswered if not (checkin.bounced_at or checkin.sent_at)]
    asked = [checkin for checkin in one.unanswered if checkin not in (*back, *never)]
    parts = [
        f"asked on {_days(asked)} in vain" if asked else "",
        f"the e-mail of {_days(back)} did not arrive" if back else "",
        f"no e-mail could go for {_days(never)}" if never else "",
        "to be asked by telephone" if one.bounced else "",
    ]
    said = "; ".join(filter(None, parts))
    return f"{said[0].upper()}{said[1:]}"


def _days(some: Sequence[Checkin]) -> str:
    days = [str(checkin.day) for checkin in some]
    return f"days {', '.join(days[:-1])} and {days[-1]}" if len(days) > 1 else f"day {days[0]}"


def _in_words(call: Try) -> str:
    when = clock_words.moment(call.at, g.now, g.clinic.hours.zone)
    return f"{when}: {staff_words.named(staff_words.TRIED, call.result).lower()}, {call.name}"


@blueprint.post("/<treatment_id>/tried")
def tried(treatment_id: str) -> ResponseReturnValue:
    """A call in vain. Who is not silent (any more) has nothing to be tried for."""
    everybody = silent.silent(store(), g.clinic.id, g.now)
    found = next((one.treatment for one in everybody if one.treatment.id == treatment_id), None)
    if found is None:
        raise NotThere
    result = request.form.get("result", "")
    if result not in silent_tries.RESULTS:
        abort(400)
    done = silent_tries.tried(store(), found, result, by=g.staff.actor, at=g.now)
    said = f"Noted for {found.reference}: {staff_words.named(staff_words.TRIED, result).lower()}."
    flash(said if done else "That call stands there already.")
    return redirect(url_for("silent.listed"), 303)
