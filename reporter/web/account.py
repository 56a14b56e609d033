"""Your account: where you are logged in, your password, your second factor."""

from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired

from reporter.clinic import log_ins, passkeys, second_factor, sessions, staff
from reporter.clinic.log_ins import LogInRefused
from reporter.clinic.passkey_answers import site_of
from reporter.clinic.second_factor import AlreadyOn, WrongCode
from reporter.clinic.staff import StaffError
from reporter.records.db import Database
from reporter.web import clock_words, log_in
from reporter.web.qr import drawn

blueprint = Blueprint("account", __name__, url_prefix="/account")
blueprint.before_request(log_in.let_in)

OFF = "No code is asked any more. Your password alone opens your account."
OFF_BUT_PASSKEYS = "No code is asked any more. Your passkey is."


class PasswordForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    password = PasswordField("Password now", validators=[InputRequired("Give your password.")])
    new_password = PasswordField("New password", validators=[InputRequired("Give a new one.")])
    again = PasswordField("The new one again", validators=[InputRequired("Type it again.")])


class FactorForm(FlaskForm):  # type: ignore[misc]
    secret = HiddenField()
    code = StringField("The code that it shows", validators=[InputRequired("Give the code.")])


class SureForm(FlaskForm):  # type: ignore[misc]
    """A button that asks for nothing else."""


def _store() -> Database:
    db: Database = current_app.extensions["reporter"].db
    return db


@blueprint.get("")
def page() -> str:
    return render_template(
        "people/account.html",
        sessions=sessions.of(_store(), g.staff, g.now),
        here=g.session.id,
        has_factor=second_factor.is_on(_store(), g.staff),
        codes_made=second_factor.codes_made(_store(), g.staff),
        codes_left=second_factor.codes_left(_store(), g.staff),
        passkeys=passkeys.of(_store(), g.staff),
        passkeys_work=_passkeys_work(),
        moment=moment,
    )


def _passkeys_work() -> bool:
    return site_of(current_app.extensions["reporter"].settings.base_url).can


def moment(at: Any) -> str:
    return clock_words.moment(at, g.now, g.clinic.hours.zone)


@blueprint.post("/sessions/<session_id>/end")
def end_session(session_id: str) -> ResponseReturnValue:
    """One's own only: another person's number finds nothing."""
    if "\0" in session_id or not sessions.end(_store(), g.staff, session_id, g.now):
        abort(404)
    flash("Logged out there.")
    return redirect(url_for("account.page"), 303)


@blueprint.post("/sessions/end-others")
def end_others() -> ResponseReturnValue:
    ended = sessions.end_all(_store(), g.staff, g.now, by=g.staff.actor, but=g.session.id)
    flash("Logged out everywhere else." if ended else "You are logged in nowhere else.")
    return redirect(url_for("account.page"), 303)


@blueprint.post("/shortcuts")
def shortcuts() -> ResponseReturnValue:
    wanted = request.form.get("wanted") == "on"
    staff.set_shortcuts(_store(), g.staff, wanted, g.now)
    flash("Single keys are on." if wanted else "Single keys are off: no key does anything here.")
    return redirect(url_for("account.page"), 303)


@blueprint.route("/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate_on_submit():
        return _password_page(form), 422 if form.errors else 200
    if form.new_password.data != form.again.data:
        form.again.errors = ["The two differ. Type the new one twice."]
        return _password_page(form), 422
    try:
        if not log_ins.is_password_of(
            _store(),
            g.staff,
            form.password.data,
            at=g.now,
            address=request.remote_addr or "",
        ):
            form.password.errors = ["That is not your password."]
            return _password_page(form), 422
        staff.set_password(_store(), g.staff, form.new_password.data, g.staff.actor, g.now)
    except LogInRefused as refused:
        form.password.errors = [str(refused)]
        return _password_page(form), 429
    except StaffError as wrong:
        form.new_password.errors = [str(wrong)]
        return _password_page(form), 422
    return _with_new_token("Your password is changed. You are logged out everywhere else.")


def _password_page(form: PasswordForm) -> str:
    return render_template("people/password.html", form=form)


def _with_new_token(said: str) -> ResponseReturnValue:
    """Whoever was in with what has changed is out; this browser goes on under another number."""
    sessions.end_all(_store(), g.staff, g.now, by=g.staff.actor, but=g.session.id)
    token = sessions.renew(_store(), request.cookies.get(log_in.cookie_name(), ""), g.now)
    flash(said)
    answer = current_app.make_response(redirect(url_for("account.page"), 303))
    log_in.set_token(answer, token)
    return answer


@blueprint.route("/second-factor", methods=["GET", "POST"])
def factor() -> ResponseReturnValue:
    """Show the square, and ask for a first code before anything depends on it."""
    form = FactorForm()
    if not form.is_submitted():
        return _factor_page(
            FactorForm(formdata=None, secret=second_factor.offer(_store(), g.staff))
        )
    if not form.validate():
        return _factor_page(form), 422
    try:
        codes = second_factor.enrol(_store(), g.staff, form.secret.data, form.code.data, g.now)
    except AlreadyOn:
        return _codes_were_shown()
    except WrongCode as wrong:
        form.code.errors, form.code.data = [str(wrong)], ""
        return _factor_page(form), 422
    sessions.end_all(_store(), g.staff, g.now, by=g.staff.actor, but=g.session.id)
    return _codes_page(codes)


def _factor_page(form: FactorForm) -> str:
    try:
        secret = second_factor.offered(_store(), g.staff, form.secret.data or "")
    except WrongCode:
        form.secret.data = second_factor.offer(_store(), g.staff)
        secret = second_factor.offered(_store(), g.staff, form.secret.data)
    return render_template(
        "people/factor.html",
        form=form,
        qr=drawn(second_factor.address(g.staff, secret, g.clinic.name)),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        needed=g.session.must_enrol,
        has_factor=second_factor.is_on(_store(), g.staff),
        passkeys_work=_passkeys_work(),
    )


def _codes_were_shown() -> ResponseReturnValue:
    """A page that was loaded again must not end the codes that were written down."""
    flash("The recovery codes were shown once. If you have not kept them, make new ones.")
    return redirect(url_for("account.page"), 303)


def _codes_page(codes: list[str]) -> str:
    """The only time that anybody sees them."""
    return render_template("people/codes.html", codes=codes)


@blueprint.post("/second-factor/codes")
def codes() -> ResponseReturnValue:
    if not g.session.has_factor:
        abort(404)
    made = second_factor.codes_made(_store(), g.staff)
    if request.form.get("before", made) != made:
        return _codes_were_shown()
    return _codes_page(second_factor.new_codes(_store(), g.staff, g.now))


@blueprint.route("/second-factor/off", methods=["GET", "POST"])
def factor_off() -> ResponseReturnValue:
    form = SureForm()
    if not form.validate_on_submit():
        return render_template("people/factor_off.html", form=form)
    second_factor.remove(_store(), g.staff, g.staff.actor, g.now)
    return _with_new_token(OFF_BUT_PASSKEYS if passkeys.of(_store(), g.staff) else OFF)
