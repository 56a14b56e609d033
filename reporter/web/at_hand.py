"""What create_app keeps for the views of treatments: the store and what is known."""

import logging
from datetime import date
from typing import Any

from flask import abort, current_app, g, session

from reporter.clinic import rulesets, treatments
from reporter.clinic.hours import local
from reporter.clinic.treatments import NotThere, Treatment
from reporter.records.audit import record
from reporter.records.db import Database
from reporter.rules.advice import Advice
from reporter.rules.knowledge import Knowledge, KnowledgeError
from reporter.web import clock_words, staff_words

log = logging.getLogger(__name__)

# Going to and fro between two pages is one look, for the audit trail.
LOOKED_FOR = 10 * 60
LOOKS_KEPT = 20


def store() -> Database:
    db: Database = current_app.extensions["reporter"].db
    return db


def known() -> Knowledge:
    """The rules that are live at this clinic. Ask first outside `snapshot`: they may arrive now.

    Where this version cannot read them the product's own name things, so that the queue is still
    seen; `intake` decides nothing by them then.
    """
    if "known" not in g:
        shipped: Knowledge = current_app.extensions["reporter"].knowledge
        try:
            g.known = rulesets.live(store(), g.clinic.id, shipped, g.now)
        except KnowledgeError as trouble:
            log.error("The live rules cannot be read: %s", trouble)
            g.known = shipped
    found: Knowledge = g.known
    return found


def advice() -> Advice:
    found: Advice = current_app.extensions["reporter"].advice
    return found


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
    now, looks, look = int(g.now.timestamp()), session.get("looks", {}), f"{verb} {subject}"
    if now - looks.get(look, 0) < LOOKED_FOR:
        return
    with store().transaction():
        record(store(), g.clinic.id, g.staff.actor, verb, subject, g.now)
    session["looks"] = dict([*looks.items(), (look, now)][-LOOKS_KEPT:])
