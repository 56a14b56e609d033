"""The accounts of a clinic, for its administrators."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import EmailField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from reporter.clinic import invitations, people, second_factor
from reporter.clinic.people import Account
from reporter.clinic.roles import ROLES
from reporter.clinic.staff import StaffError
from reporter.records.db import Database
from reporter.web import clock_words
from reporter.web.log_in import let_in

blueprint = Blueprint("people", __name__, url_prefix="/people")
blueprint.before_request(let_in)

# What each role is for, where one is chosen.
ROLE_WORDS = {
    "nurse": "Nurse: calls patients, enrols treatments",
    "practitioner": "Practitioner: as a nurse, and changes the rules",
    "director": "Director: as a practitioner, and takes data out",
    "manager": "Manager: enrols treatments and takes data out, works on no case",
    "auditor": "Auditor: sees everything about patients, changes nothing",
    "admin": "Administrator: manages accounts, sees no patient",
}
FACTOR_WORDS = {
    "nobody": "Nobody has to",
    "leaders": "Administrators and the director",
    "everybody": "Everybody",
}
STATES = {
    "active": "",
    "invited": "invited",
    "lapsed": "invitation ended",
    "disabled": "account closed",
}


def _plain(text: str | None) -> str:
    return (text or "").replace("\0", "").strip()


class InviteForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    name = StringField("Name", validators=[InputRequired("Give the name.")], filters=[_plain])
    email = EmailField(
        "E-mail address", validators=[InputRequired("Give the e-mail address.")], filters=[_plain]
    )
    role = SelectField(
        "Role", choices=[SelectChoice(role, ROLE_WORDS[role]) for role in ROLES], default="nurse"
    )


class RoleForm(FlaskForm):  # type: ignore[misc]
    role = SelectField("Role", choices=[SelectChoice(one, ROLE_WORDS[one]) for one in ROLES])


class FactorForm(FlaskForm):  # type: ignore[misc]
    whom = SelectField(
        "Who must have a second factor",
        choices=[SelectChoice(whom, words) for whom, words in FACTOR_WORDS.items()],
    )


def _store() -> Database:
    db: Database = current_app.extensions["reporter"].db
    return db


@blueprint.get("")
def listed() -> str:
    return _list(InviteForm(formdata=None))


def _list(form: InviteForm) -> str:
    return render_template(
        "people/list.html",
        accounts=people.listed(_store(), g.clinic.id, g.now),
        form=form,
        factor=FactorForm(formdata=None, whom=people.factor_for(_store(), g.clinic.id)),
        states=STATES,
        moment=_moment,
    )


def _moment(at: datetime) -> str:
    return clock_words.moment(at, g.now, g.clinic.hours.zone)


@blueprint.post("/invite")
def invite() -> ResponseReturnValue:
    form = InviteForm()
    if not form.validate():
        return _list(form), 422
    try:
        new = invitations.invite(
            _store(),
            g.clinic.id,
            email=form.email.data,
            name=form.name.data,
            role=form.role.data,
            by=g.staff.actor,
            at=g.now,
        )
    except StaffError as wrong:
        form.email.errors = [str(wrong)]
        return _list(form), 422
    flash(f"{new.name} gets an e-mail with a link that is good for three days.")
    return redirect(url_for("people.listed"), 303)


@blueprint.post("/second-factor")
def factor_needed() -> ResponseReturnValue:
    """Who must have one from now on."""
    form = FactorForm()
    if not form.validate():
        return _list(InviteForm(formdata=None)), 422
    people.need_factor(_store(), g.clinic.id, form.whom.data, by=g.staff.actor, at=g.now)
    flash("Saved. Whoever needs one and has none is asked on their next page.")
    return redirect(url_for("people.listed"), 303)


@blueprint.get("/<staff_id>")
def one(staff_id: str) -> str:
    return _page(_account(staff_id))


def _account(staff_id: str) -> Account:
    try:
        return people.one(_store(), g.clinic.id, staff_id, g.now)
    except StaffError:
        abort(404)


def _page(account: Account, refused: str = "") -> str:
    form = RoleForm(formdata=None, role=account.staff.role)
    return render_template(
        "people/one.html",
        account=account,
        codes_left=second_factor.codes_left(_store(), account.staff),
        form=form,
        refused=refused,
        moment=_moment,
    )


def _role(account: Account) -> str:
    form = RoleForm()
    if not form.validate():
        raise StaffError("Choose one of the roles.")
    freed = people.change_role(_store(), account.staff, form.role.data, by=g.staff.actor, at=g.now)
    return "Role changed." + _freed(freed)


def _disable(account: Account) -> str:
    freed = people.disable(_store(), account.staff, by=g.staff.actor, at=g.now)
    return f"{account.staff.name} is logged out everywhere and cannot log in.{_freed(freed)}"


def _freed(cases: int) -> str:
    if not cases:
        return ""
    return " 1 case is free again." if cases == 1 else f" {cases} cases are free again."


def _enable(account: Account) -> str:
    people.enable(_store(), account.staff, by=g.staff.actor, at=g.now)
    return f"{account.staff.name} can log in again."


def _invite_again(account: Account) -> str:
    if account.state == "disabled":
        raise StaffError("Open the account again first.")
    invitations.send(_store(), account.staff, by=g.staff.actor, at=g.now)
    return f"{account.staff.name} gets an e-mail with a new link. Older links have ended."


def _reset_factor(account: Account) -> str:
    people.reset_factor(_store(), account.staff, by=g.staff.actor, at=g.now)
    return f"{account.staff.name} is logged out and is asked for no code until they set one up."


VERBS: dict[str, Callable[[Account], str]] = {
    "role": _role,
    "disable": _disable,
    "enable": _enable,
    "invite": _invite_again,
    "reset-factor": _reset_factor,
}


@blueprint.post("/<staff_id>/<verb>")
def change(staff_id: str, verb: str) -> ResponseReturnValue:
    account = _account(staff_id)
    if verb not in VERBS:
        abort(404)
    try:
        said = VERBS[verb](account)
    except StaffError as refused:
        return _page(account, str(refused)), 422
    flash(said)
    return redirect(url_for("people.one", staff_id=staff_id), 303)
