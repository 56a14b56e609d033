"""What create_app keeps for the views of treatments: the store and what is known."""

from datetime import date
from typing import Any

from flask import abort, current_app, g, session

from reporter.clinic import treatments
from reporter.clinic.hours import local
from reporter.clinic.treatments import NotThere, Treatment
from reporter.records.audit import record
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.web import clock_words, staff_words

# Going to and fro between two pages is one look, for the audit trail.
LOOKED_FOR = 10 * 60
LOOKS_KEPT = 20


def store() -> Database:
    db: Database = current_app.extensions["reporter"].db
    return db


def known() -> Knowledge:
    knowledge: Knowledge = current_app.extensions["reporter"].knowledge
    return knowledge


def treatment_or_404(treatment_id: str) -> Treatment:
    """The treatment, if it is one of this clinic's."""
    try:
        return treatments.get(store(), g.clinic.id, treatment_id)
    except NotThere:
        abort(404)


def readable_or_404(treatment_id: str) -> Treatment:
    """As before, and the person has not been erased: nothing can be written about nobody."""
    treatment = treatment_or_404(treatment_id)
    if treatment.patient.wrapped_key is None:
        abort(404)
    return treatment


def today() -> date:
    """The day on the clinic's calendar."""
    return local(g.clinic.hours.zone, g.now).date()


def desk_words() -> dict[str, Any]:
    """What the templates of treatments name things with."""
    return {"day_words": clock_words.day, "words": staff_words, "today": today()}


def note_look(verb: str, subject: str) -> None:
    """Who saw whose data is audited, once in ten minutes for each page."""
    now, looks = int(g.now.timestamp()), session.get("looks", {})
    if now - looks.get(subject, 0) < LOOKED_FOR:
        return
    with store().transaction():
        record(store(), g.clinic.id, g.staff.actor, verb, subject, g.now)
    session["looks"] = dict([*looks.items(), (subject, now)][-LOOKS_KEPT:])
