"""What stands in the form of a telephone report is kept while it is typed, for its writer alone."""

import re

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import phone_drafts
from reporter.clinic.hours import local
from reporter.clinic.note_drafts import TooLong
from reporter.clinic.treatments import Treatment
from reporter.records.seal import Unreadable
from reporter.web import clock_words
from reporter.web.at_hand import known, store, treatment_or_404
from reporter.web.phone_form import PhoneFields, phone_form

KEY = re.compile(r"[A-Za-z0-9_-]{20,64}")
TOO_LONG = "Too long to be kept while you type."


def keep(treatment_id: str) -> ResponseReturnValue:
    """The page keeps what is being typed, by itself: this prolongs no session."""
    treatment = treatment_or_404(treatment_id)
    form = phone_form(known(), "")
    filled = _filled(form)
    if not KEY.fullmatch(form.key.data or ""):
        return "", 204
    if not filled:
        phone_drafts.forget(store(), treatment, by=g.staff.actor, at=g.now)
        return "", 204
    try:
        kept = phone_drafts.keep(
            store(), treatment, form.key.data, filled, by=g.staff.actor, at=g.now
        )
    except TooLong:
        return TOO_LONG, 413, {"Content-Type": "text/plain"}
    except Unreadable:
        return "", 204  # erased: nothing can be kept about nobody
    if not kept:
        return "", 204
    kept_at = clock_words.clock(local(g.clinic.hours.zone, g.now))
    return kept_at, 200, {"Content-Type": "text/plain"}


def _filled(form: PhoneFields) -> dict[str, str]:
    """What differs from an empty form. Who is speaking stands on it from the beginning."""
    given = {name: request.form.get(name, "") for name in form.data}
    for ours in ("csrf_token", "key"):
        given.pop(ours, None)
    if given.get("speaker") == "patient":
        del given["speaker"]
    return {name: text for name, text in given.items() if text.strip()}


def restored(treatment: Treatment) -> tuple[PhoneFields, str] | None:
    """The form as it was left, and when that was; None where nothing was."""
    draft = phone_drafts.of(store(), treatment, g.staff.id)
    if draft is None:
        return None
    when = clock_words.moment(draft.at, g.now, g.clinic.hours.zone)
    return phone_form(known(), draft.key, draft.fields), when


def forget(treatment: Treatment) -> bool:
    return phone_drafts.forget(store(), treatment, by=g.staff.actor, at=g.now)


def throw_away(treatment_id: str) -> ResponseReturnValue:
    if forget(treatment_or_404(treatment_id)):
        flash("Thrown away: what you had filled in and not sent.")
    return redirect(url_for("manager.phone", treatment_id=treatment_id), 303)
