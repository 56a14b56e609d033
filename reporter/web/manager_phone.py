"""Write down what a patient says by telephone: one page, decided by the same rules as their own."""

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import casebook, cases, intake, reports
from reporter.clinic import told as told_since
from reporter.clinic.intake import WrongKey
from reporter.clinic.told import After
from reporter.clinic.treatments import Treatment
from reporter.records.db import StorageError
from reporter.records.ids import new_token
from reporter.web import clock_words, emergency_call, phone_draft, staff_words
from reporter.web.at_hand import desk_words, known, readable_or_404, store, today, treatment_or_404
from reporter.web.phone_draft import KEY
from reporter.web.phone_form import (
    PhoneFields,
    complete,
    flags,
    groups,
    phone_form,
    report_of,
)
from reporter.web.said import view


def write_down(treatment_id: str) -> ResponseReturnValue:
    """The form; what it sends is stored, decided and in the queue before the answer comes."""
    treatment = readable_or_404(treatment_id)
    form = phone_form(known(), new_token())
    left = phone_draft.restored(treatment) if request.method == "GET" else None
    if left:
        return _page(left[0], treatment, left_at=left[1])
    if not KEY.fullmatch(form.key.data or ""):
        form.key.data = new_token()
    if not form.validate_on_submit() or not complete(form, treatment, today()):
        return _page(form, treatment)
    try:
        receipt = intake.submit(
            store(),
            known(),
            g.clinic,
            treatment,
            report_of(form, known(), treatment, treatment.day(g.now, g.clinic.hours.zone)),
            key=form.key.data,
            channel="phone",
            by=g.staff.actor,
            at=g.now,
            language=treatment.patient.language,
        )
    except WrongKey:
        form.key.data = new_token()
        form.speaker.errors = ["This form was for another treatment. Check it, then send again."]
        return _page(form, treatment)
    except StorageError:
        form.words.errors = [
            "This could not be saved, and nobody has seen it. It still stands here: send it again."
        ]
        return _page(form, treatment, 503)
    phone_draft.forget(treatment)
    if receipt.repeated:
        flash("This was sent before; it was kept once.")
    _note_call(form, treatment)
    return redirect(
        url_for("manager.told", treatment_id=treatment.id, report_id=receipt.report_id), 303
    )


def _note_call(form: PhoneFields, treatment: Treatment) -> None:
    """What the caller was told of the emergency number, in the case; the report stands anyway."""
    case = casebook.of_treatment(store(), g.clinic.id, treatment.id)
    said = form.told_to_call.data
    if said not in {"yes", "told"} or case is None or not case.is_open:
        return
    try:
        cases.move(
            store(),
            g.clinic.id,
            case.id,
            "told_to_call",
            by=g.staff.actor,
            at=g.now,
            expected_version=case.version,
            emergency_call=said,
        )
    except (cases.Conflict, cases.Refused, StorageError):
        flash("The report is kept; whether they were told to call is not. Say it in the case.")


def _page(
    form: PhoneFields, treatment: Treatment, status: int = 422, left_at: str = ""
) -> ResponseReturnValue:
    page = render_template(
        "manager/phone.html",
        form=form,
        treatment=treatment,
        left_at=left_at,
        flags=flags(form),
        groups=groups(form, known()),
        day=treatment.day(g.now, g.clinic.hours.zone),
        **desk_words(),
    )
    return page, status if form.errors else 200


def told(treatment_id: str, report_id: str) -> str:
    """What came of a report that was written down: level, why, by when, and its case."""
    treatment = treatment_or_404(treatment_id)
    said = reports.of_treatment(store(), g.clinic.id, treatment.id)
    case = casebook.of_treatment(store(), g.clinic.id, treatment.id)
    since = told_since.of_case(store(), g.clinic.id, case.id) if case else After()
    with_key = [one for one in said if report_id in {one.id, one.amends_id}]
    if not with_key:
        abort(404)
    worst = reports.worst(with_key)
    due = worst.promise.due_at if worst.promise else None
    return render_template(
        "manager/told.html",
        treatment=treatment,
        badge=staff_words.level_badge(worst.level),
        worst=worst,
        levels=staff_words.level_badge,
        due=clock_words.moment(due, g.now, g.clinic.hours.zone) if due else "",
        said=[view(known(), g.clinic, one, g.now) for one in with_key],
        case=case,
        emergency=emergency_call.of(g.clinic, said, (*since.told, *since.by_staff), g.now),
    )
