"""Who did what, for the auditor and the director: looked for, checked, and taken away."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import DateField, SelectChoice, SelectField, StringField
from wtforms.validators import Optional

from reporter.clinic import audit_trail, people
from reporter.clinic.audit_about import About
from reporter.clinic.audit_trail import KINDS, OTHERS, Event, Sought
from reporter.clinic.treatments import NotThere
from reporter.records import audit
from reporter.web import allowed, clock_words, log_in
from reporter.web.at_hand import store

blueprint = Blueprint("audit", __name__, url_prefix="/audit")
blueprint.before_request(log_in.let_in)
PAGE = 100
# Beyond this a check takes longer than a page should: the command line has the time.
CHECKED_HERE = 300_000
MOST_SHOWN = 50
KIND_WORDS = [("", "All kinds"), *((kind, words) for kind, (words, _) in KINDS.items())]
WRONG_DAY = "Give a day like 2026-11-24."


class SeekForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Sent with GET, so that a search can be kept as an address: it holds no name of a patient."""

    class Meta:
        csrf = False

    who = SelectField("Who", validate_choice=False, default="")
    reference = StringField("Patient (reference)", filters=[lambda text: (text or "").strip()[:20]])
    kind = SelectField(
        "Kind", choices=[SelectChoice(one, words) for one, words in KIND_WORDS], default=""
    )
    first = DateField("From", validators=[Optional()])
    last = DateField("To", validators=[Optional()])


def _form() -> SeekForm:
    form = SeekForm(request.args)
    names = [(one.staff.id, one.staff.name) for one in people.listed(store(), g.clinic.id, g.now)]
    people_too = [("", "Everybody"), *names, *OTHERS.items()]
    form.who.choices = [SelectChoice(one, words) for one, words in people_too]
    if not form.validate():
        for field in (form.first, form.last):
            field.errors = [WRONG_DAY] if field.errors else []
    return form


def _sought(form: SeekForm) -> Sought:
    return Sought(
        who=_plain(form.who.data),
        reference=_plain(form.reference.data),
        kind=_plain(form.kind.data),
        first=_day(form.first.data),
        last=_day(form.last.data),
    )


def _plain(text: str | None) -> str:
    return (text or "").replace("\0", "")


def _day(day: date | None) -> date | None:
    """The first and last years of the calendar have no day beside them."""
    return day if day and 1900 <= day.year <= 9000 else None


@blueprint.get("")
def page() -> ResponseReturnValue:
    form = _form()
    if form.errors:
        return _shown(form, []), 422
    before = request.args.get("before", "")
    try:
        found = audit_trail.newest(
            store(),
            g.clinic.id,
            g.clinic.hours.zone,
            _sought(form),
            before=int(before) if before.isdecimal() and len(before) < 12 else 0,
            most=PAGE + 1,
        )
    except NotThere as nothing:
        form.reference.errors = [str(nothing)]
        return _shown(form, []), 422
    return _shown(form, found)


def _shown(form: SeekForm, found: list[Event], **more: Any) -> str:
    kept = {name: text for name, text in request.args.items() if name in form and text}
    return render_template(
        "audit/page.html",
        form=form,
        events=found[:PAGE],
        older={**kept, "before": found[PAGE - 1].seq} if len(found) > PAGE else None,
        kept=kept,
        head=audit.head(store(), g.clinic.id),
        moment=lambda at: clock_words.moment(at, g.now, g.clinic.hours.zone),
        link=_link,
        **{"checked": None, "too_many": False, **more},
    )


def _link(about: About) -> str:
    """To the case or the treatment, for whoever may look at it."""
    if about.case_id and allowed.opens("nurse.case"):
        return url_for("nurse.case", case_id=about.case_id)
    if about.treatment_id and allowed.opens("manager.page"):
        return url_for("manager.page", treatment_id=about.treatment_id)
    return ""


@blueprint.post("/verify")
def verify() -> ResponseReturnValue:
    """Whether every event is there as it was written; that somebody asked is an event too."""
    head, form = audit.head(store(), g.clinic.id), _form()
    if head.seq > CHECKED_HERE:
        return _shown(form, _newest(), too_many=True)
    breaks = audit.verify(store(), g.clinic.id)
    with store().transaction():
        audit.record(
            store(),
            g.clinic.id,
            g.staff.actor,
            "audit.verified",
            g.clinic.id,
            g.now,
            events=head.seq,
            breaks=len(breaks),
        )
    zone = g.clinic.hours.zone
    told = [audit_trail.named(store(), g.clinic.id, zone, one) for one in breaks[:MOST_SHOWN]]
    return _shown(form, _newest(), checked=(head.seq, told, len(breaks)))


def _newest() -> list[Event]:
    return audit_trail.newest(store(), g.clinic.id, g.clinic.hours.zone, Sought(), most=PAGE + 1)


@blueprint.get("/events.csv")
def events_csv() -> ResponseReturnValue:
    """What is sought, whole. Who took it away is written down before it is handed out."""
    form = _form()
    if form.errors:
        return _shown(form, []), 422
    sought, db, clinic = _sought(form), store(), g.clinic
    until = audit.head(db, clinic.id).seq
    try:
        found = audit_trail.everything(db, clinic.id, clinic.hours.zone, sought, until=until)
        lines = _begun(audit_trail.as_csv(found))
    except NotThere as nothing:
        form.reference.errors = [str(nothing)]
        return _shown(form, []), 422
    asked = {name: str(value) for name, value in vars(sought).items() if value}
    with db.transaction():
        audit.record(
            db, clinic.id, g.staff.actor, "audit.exported", clinic.id, g.now, until=until, **asked
        )
    answer = Response(stream_with_context(lines), mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _begun(lines: Iterator[str]) -> Iterator[str]:
    """The same lines; what cannot be looked for shows now and not in the middle of a file."""
    kept = [next(lines), *[line for line in [next(lines, "")] if line]]
    return (line for part in (kept, lines) for line in part)
