"""Stopping check-in e-mails: one press, no log-in, no cookie, no token of the form (RFC 8058).

Opening the link changes nothing: mail scanners open every link.
"""

from flask import Blueprint, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from reporter import clock
from reporter.clinic import clinics, mail_choices
from reporter.clinic.mail_choices import StopEnded, StopLink
from reporter.records.audit import PATIENT
from reporter.records.db import Database
from reporter.web import errors, language
from reporter.web.brand import brand

blueprint = Blueprint("stop_mail", __name__)
ONE_CLICK = ("List-Unsubscribe", "One-Click")


def _store() -> Database:
    db: Database = current_app.extensions["reporter"].db
    return db


@blueprint.get("/stop/<token>")
def look(token: str) -> ResponseReturnValue:
    """What stopping means, and one button."""
    if switched := language.switched():
        return switched
    try:
        link = mail_choices.follow(_store(), token)
        return _page(link, done=link.stopped)
    except StopEnded:
        return errors.show("link_ended", 404, keep=False)


@blueprint.post("/stop/<token>")
def press(token: str) -> ResponseReturnValue:
    """The button, or the mail program's own one. Pressing again does no harm."""
    try:
        link = mail_choices.follow(_store(), token)
    except StopEnded:
        return errors.show("link_ended", 404, keep=False)
    if not link.ended:
        name, value = ONE_CLICK
        way = "one_click" if request.form.get(name) == value else "page"
        at = clock.now()
        mail_choices.stop(_store(), link.clinic_id, link.patient_id, by=PATIENT, at=at, channel=way)
    return _page(link, done=True)


def _page(link: StopLink, *, done: bool) -> str:
    """Nothing on it says who it is about: the e-mail may have gone anywhere."""
    clinic = clinics.get(_store(), link.clinic_id)
    g.language = language.asked() or language.choose(link.language)
    g.brand = brand(clinic.colour)
    return render_template(
        "patient/stop.html",
        clinic=clinic,
        done=done,
        before=link.stopped,
        es=g.language == "es",
        kept=[],
        large=language.text_size() == "large",
    )
