"""Enrol one treatment and correct one, on the same form and under the same checks."""

from datetime import timedelta

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import checkins, front_desk, sheet
from reporter.clinic.checkin_days import CHECKIN, slots
from reporter.clinic.enrolment import PRODUCTS, Enrolment, EnrolmentErrors, check
from reporter.clinic.patients import SamePerson
from reporter.clinic.treatments import ChangedMeanwhile, Treatment
from reporter.records.db import Conflict
from reporter.web import clock_words
from reporter.web.at_hand import desk_words, known, readable_or_404, store, today
from reporter.web.manager_forms import EnrolFields, differences, enrol_form


def enrol() -> ResponseReturnValue:
    """One treatment. The button that only shows what the patient will get keeps nothing."""
    form = enrol_form(known())
    if not form.validate_on_submit():
        return _enrol_page(form)
    entry = _entry(form)
    if entry is None or "show" in request.form:
        return _enrol_page(form, entry)
    if same := sheet.find_same(store(), g.clinic.id, entry):
        return _enrol_page(form, entry, same)
    treatment, created = front_desk.enrol(
        store(), known(), g.clinic, entry, by=g.staff.actor, at=g.now
    )
    enrolled = "Enrolled. The check-ins are planned. Print the aftercare card now."
    flash(enrolled if created else "It was enrolled already.")
    if differs := sheet.other_contact(treatment, entry):
        flash(differs[:1].upper() + differs[1:])
    return redirect(url_for("manager.page", treatment_id=treatment.id), 303)


def _entry(form: EnrolFields, treatment: Treatment | None = None) -> Enrolment | None:
    """What the form says, or None with each fault put beside its field."""
    year_ago = today() - timedelta(days=366)
    earliest = min(year_ago, treatment.given_on) if treatment else year_ago
    try:
        return check(form.raw(), known(), today=today(), earliest=earliest)
    except EnrolmentErrors as errors:
        form.show(errors)
        return None


def _enrol_page(
    form: EnrolFields, entry: Enrolment | None = None, same: Treatment | None = None
) -> ResponseReturnValue:
    page = render_template(
        "manager/enrol.html",
        form=form,
        entry=entry,
        coming=_coming(entry),
        same=same,
        products=PRODUCTS,
        **desk_words(),
    )
    return page, 409 if same else 422 if form.errors else 200


def _coming(entry: Enrolment | None) -> list[str]:
    """When the check-ins of this enrolment go out: "at once", "Wed Dec 2, 10:30 am"."""
    if entry is None or not entry.may_email or today() - entry.given_on > checkins.TOO_OLD:
        return []
    hours = g.clinic.hours
    planned = slots(known().checkins, entry.given_on, hours.zone, hours)
    coming = [one.due_at for one in planned if one.kind == CHECKIN and one.closes_at > g.now]
    return [clock_words.moment(at, g.now, hours.zone) if at > g.now else "at once" for at in coming]


def correct(treatment_id: str) -> ResponseReturnValue:
    """Mend what was entered; of two people correcting at once, the second sees both versions."""
    treatment = readable_or_404(treatment_id)
    form = enrol_form(known(), treatment)
    if not form.validate_on_submit():
        return _correct_page(form, treatment)
    entry = _entry(form, treatment)
    if entry is None:
        return _correct_page(form, treatment)
    try:
        front_desk.correct(
            store(),
            known(),
            g.clinic,
            treatment,
            entry,
            expected_version=_version(form),
            by=g.staff.actor,
            at=g.now,
        )
    except ChangedMeanwhile:
        return _both_versions(form, treatment_id)
    except SamePerson:
        form.name.errors = [
            "Another patient here has this name and date of birth. Stop this treatment and "
            "enrol it for that patient."
        ]
        return _correct_page(form, treatment)
    except Conflict:
        form.product.errors = ["This patient has a treatment with this product on that day."]
        return _correct_page(form, treatment)
    flash("Corrected. Check-ins that were not sent yet are planned anew.")
    return redirect(url_for("manager.page", treatment_id=treatment_id), 303)


def _version(form: EnrolFields) -> int:
    text = form.version.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _both_versions(form: EnrolFields, treatment_id: str) -> ResponseReturnValue:
    """What was typed stays in the form; what the other person saved stands above it."""
    theirs = readable_or_404(treatment_id)
    changed = differences(form.raw(), enrol_form(known(), theirs, typed=False).raw())
    form.version.data = str(theirs.version)
    return _correct_page(form, theirs, changed, overtaken=True)


def _correct_page(
    form: EnrolFields,
    treatment: Treatment,
    changed: list[tuple[str, str]] | None = None,
    overtaken: bool = False,
) -> ResponseReturnValue:
    page = render_template(
        "manager/correct.html",
        form=form,
        treatment=treatment,
        changed=changed or [],
        overtaken=overtaken,
        products=PRODUCTS,
        **desk_words(),
    )
    return page, 409 if overtaken else 422 if form.errors else 200
