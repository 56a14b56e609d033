"""The link of an invitation: somebody chooses their own password. Looking at it burns nothing."""

from flask import Blueprint, current_app, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired

from reporter import clock
from reporter.clinic import clinics, invitations
from reporter.clinic.invitations import Invitation, InvitationEnded
from reporter.clinic.staff import StaffError
from reporter.records.db import Database

blueprint = Blueprint("invited", __name__, url_prefix="/welcome")
TOKEN = "welcome"  # noqa: S105 - the name under which this browser keeps it


class WelcomeForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    new_password = PasswordField("Password", validators=[InputRequired("Choose a password.")])
    again = PasswordField("The same again", validators=[InputRequired("Type it again.")])


def _store() -> Database:
    db: Database = current_app.extensions["reporter"].db
    return db


@blueprint.get("/<token>")
def link(token: str) -> ResponseReturnValue:
    """Out of the address at once, where history and logs would keep it."""
    session[TOKEN] = token[:100]
    return redirect(url_for("invited.page"), 303)


@blueprint.route("", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    token, at = session.get(TOKEN, ""), clock.now()
    try:
        found = invitations.follow(_store(), token, at)
        return _page(found, token)
    except InvitationEnded:
        session.pop(TOKEN, None)
        return render_template("people/invitation_ended.html"), 410


def _page(found: Invitation, token: str) -> ResponseReturnValue:
    """Raise InvitationEnded when another browser was quicker."""
    form = WelcomeForm()
    if not form.validate_on_submit():
        return _shown(found, form), 422 if form.errors else 200
    if form.new_password.data != form.again.data:
        form.again.errors = ["The two differ. Type the same one twice."]
        return _shown(found, form), 422
    try:
        invitations.accept(_store(), token, form.new_password.data, clock.now())
    except StaffError as wrong:
        form.new_password.errors = [str(wrong)]
        return _shown(found, form), 422
    session.pop(TOKEN, None)
    flash("Your password is kept. Log in with it now.")
    return redirect(url_for("log_in.log_in"), 303)


def _shown(found: Invitation, form: WelcomeForm) -> str:
    clinic = clinics.get(_store(), found.staff.clinic_id)
    return render_template("people/welcome.html", found=found, form=form, clinic=clinic)
