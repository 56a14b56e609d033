"""The follow-up of a treatment: its ledger, to see and as CSV, and whether e-mails go on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import checkin_waits, checkins, front_desk, ledger, mail_choices
from reporter.clinic.checkins import Checkin
from reporter.clinic.ledger import Line
from reporter.clinic.mail_choices import ChoiceError
from reporter.clinic.roles import May, may
from reporter.clinic.treatments import Treatment
from reporter.records.audit import record
from reporter.web import clock_words
from reporter.web.at_hand import known, readable_or_404, store, treatment_or_404
from reporter.web.manager_forms import ResumeForm, ZoneForm

# What a year's inspection asks for, and not what a slow query of all times would.
ALL_OF = timedelta(days=400)
HAPPENED = {
    "planned_at": "planned",
    "queued_at": "sent",
    "sent_at": "accepted by the mail server",
    "bounced_at": "came back",
    "answered_at": "answered",
    "phoned_at": "asked by telephone",
    "missed_at": "missed",
    "paused_at": "paused, a case was open",
    "stopped_at": "stopped",
    "cancelled_at": "not needed",
}
STATES = {
    "queued": "Being sent",
    "merged": "Asked with another",
    "paused": "Paused: a case is open",
    "cancelled": "Not needed",
}
CHOICES = {
    "agreed": "agreed to check-in e-mails",
    "declined": "did not agree to check-in e-mails",
    "stopped": "stopped the check-in e-mails",
    "resumed": "agreed again",
}
WAYS = {
    "one_click": "in the mail program",
    "page": "by the link in an e-mail",
    "reply": "by answering an e-mail",
    "complaint": "by marking one as spam",
    "enrolment": "at enrolment",
    "desk": "at the desk",
}


@dataclass(frozen=True)
class Row:
    """One check-in or reminder as the page shows it."""

    name: str
    due: str
    state: str
    happened: tuple[str, ...]


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/checkins.csv", "ledger_csv", everybody)
    blueprint.add_url_rule("/<treatment_id>/checkins.csv", "treatment_ledger", one_treatment)
    ways = ["GET", "POST"]
    blueprint.add_url_rule("/<treatment_id>/resume", "resume", resume, methods=ways)
    blueprint.add_url_rule("/<treatment_id>/zone", "zone", zone, methods=ways)


def shown(treatment: Treatment) -> dict[str, Any]:
    """What templates/manager/followup.html needs."""
    db, clinic_id = store(), g.clinic.id
    every = checkins.of_treatment(db, clinic_id, treatment.id)
    return {
        "followup": [_row(one) for one in every],
        "choices": [_choice(one) for one in mail_choices.history(db, treatment)],
        "waits": checkin_waits.has_open_case(db, clinic_id, treatment.patient.id),
        "zone": treatment.patient.zone,
        "may_export": may(g.staff.role, May.EXPORT),
    }


def _moment(at: datetime) -> str:
    return clock_words.moment(at, g.now, g.clinic.hours.zone)


def _row(one: Checkin) -> Row:
    name = f"Day {one.day}" + (", reminder" if one.kind == "reminder" else "")
    state = STATES.get(one.state, one.state.capitalize())
    times = [(getattr(one, column), words) for column, words in HAPPENED.items()]
    happened = sorted(((at, words) for at, words in times if at), key=lambda pair: pair[0])
    return Row(name, _moment(one.due_at), state, tuple(f"{w} {_moment(at)}" for at, w in happened))


def _choice(one: mail_choices.Choice) -> str:
    written = f", written down by {one.by_name}" if one.by_name != "The patient" else ""
    how = f" (“{one.how}”)" if one.how else ""
    way = WAYS.get(one.channel, one.channel)
    return f"The patient {CHOICES[one.choice]} {way}{how}{written}, {_moment(one.at)}."


def one_treatment(treatment_id: str) -> Response:
    treatment = treatment_or_404(treatment_id)
    lines = ledger.of_treatment(store(), g.clinic.id, treatment.id)
    return _csv(lines, treatment.id, f"check-ins-{treatment.reference}.csv")


def everybody() -> Response:
    """What was due in the last year or so, and what will be in the next weeks."""
    lines = ledger.of_clinic(store(), g.clinic.id, g.now - ALL_OF, g.now + ALL_OF)
    return _csv(list(lines), g.clinic.id, "check-ins.csv")


def _csv(lines: Iterable[Line], subject: str, name: str) -> Response:
    """Who took it away is written down before it is handed out."""
    body = "".join(ledger.as_csv(lines))
    with store().transaction():
        rows = body.count("\r\n") - 1
        record(store(), g.clinic.id, g.staff.actor, "ledger.exported", subject, g.now, rows=rows)
    answer = Response(body, mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def resume(treatment_id: str) -> ResponseReturnValue:
    """Go on with the e-mails that the patient had stopped; only with who agreed and how."""
    treatment, form = readable_or_404(treatment_id), ResumeForm()
    if form.validate_on_submit():
        try:
            again = mail_choices.resume(
                store(),
                known(),
                g.clinic,
                treatment,
                how=form.how.data or "",
                by=g.staff.actor,
                at=g.now,
            )
        except ChoiceError as trouble:
            form.how.errors = [str(trouble)]
        else:
            flash("Check-ins are sent again." if again else "Nothing had been stopped.")
            return redirect(url_for("manager.page", treatment_id=treatment.id), 303)
    return _form("manager/resume.html", form, treatment)


def zone(treatment_id: str) -> ResponseReturnValue:
    """By which clock this patient lives."""
    treatment = readable_or_404(treatment_id)
    form = ZoneForm(data={"zone": treatment.patient.zone})
    if form.validate_on_submit():
        try:
            wanted = (form.zone.data or "").strip()
            front_desk.move_zone(
                store(), known(), g.clinic, treatment, wanted, by=g.staff.actor, at=g.now
            )
        except ValueError as trouble:
            form.zone.errors = [str(trouble)]
        else:
            flash(f"Check-ins now come by the clock of {wanted}.")
            return redirect(url_for("manager.page", treatment_id=treatment.id), 303)
    return _form("manager/zone.html", form, treatment)


def _form(name: str, form: Any, treatment: Treatment) -> ResponseReturnValue:
    page = render_template(name, form=form, treatment=treatment)
    return page, 422 if form.errors else 200
