"""Passkeys of one's own account: add, name, remove. And logging in with one."""

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from reporter import clock
from reporter.clinic import passkey_log_ins, passkeys, sessions
from reporter.clinic.log_ins import LogInRefused
from reporter.clinic.passkey_answers import Site, site_of
from reporter.clinic.passkeys import PasskeyRefused
from reporter.web import log_in
from reporter.web.at_hand import store
from reporter.web.devices import device

blueprint = Blueprint("passkeys", __name__, url_prefix="/account/passkeys")
blueprint.before_request(log_in.let_in)
door = Blueprint("passkey_door", __name__, url_prefix="/log-in/passkey")


def site() -> Site:
    return site_of(current_app.extensions["reporter"].settings.base_url)


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    if not site().can:
        abort(404)
    if request.method != "POST":
        return _page()
    try:
        codes = passkeys.add(
            store(),
            g.staff,
            site(),
            challenge=request.form.get("challenge", ""),
            answer=request.form.get("answer", ""),
            name=request.form.get("name", ""),
            at=g.now,
        )
    except PasskeyRefused as refused:
        return _page(str(refused)), 422
    sessions.end_all(store(), g.staff, g.now, by=g.staff.actor, but=g.session.id)
    if codes:
        return render_template("people/codes.html", codes=codes)
    flash("The passkey is kept. You are logged out everywhere else.")
    return redirect("/account", 303)


def _page(refused: str = "") -> str:
    challenge, asked = passkeys.options_to_add(store(), g.staff, site(), g.clinic.name, g.now)
    return render_template(
        "people/passkey.html",
        challenge=challenge,
        asked=asked,
        refused=refused,
        name=request.form.get("name", "") or device(request.user_agent.string),
        needed=g.session.must_enrol,
    )


@blueprint.post("/<key_id>/remove")
def remove(key_id: str) -> ResponseReturnValue:
    """One's own only: another person's number finds nothing."""
    if "\0" in key_id or not passkeys.remove(store(), g.staff, key_id, by=g.staff.actor, at=g.now):
        abort(404)
    flash("That passkey opens your account no more.")
    return redirect("/account", 303)


# --- at the door, where nobody is known yet


@door.post("")
def alone() -> ResponseReturnValue:
    """In the place of e-mail address, password and code."""
    try:
        token = passkey_log_ins.log_in(
            store(),
            site(),
            challenge=request.form.get("challenge", ""),
            answer=request.form.get("answer", ""),
            at=clock.now(),
            address=request.remote_addr or "",
            device=device(request.user_agent.string),
        )
    except (PasskeyRefused, LogInRefused) as refused:
        return log_in.shown(refused=str(refused)), 401
    return log_in.welcomed(token, log_in.own_path(request.form.get("next", "")))


@door.post("/second")
def second() -> ResponseReturnValue:
    """After the password, in the place of a code."""
    try:
        token = passkey_log_ins.give(
            store(),
            log_in.session_token(),
            site(),
            challenge=request.form.get("challenge", ""),
            answer=request.form.get("answer", ""),
            at=clock.now(),
            device=device(request.user_agent.string),
        )
    except (PasskeyRefused, LogInRefused) as refused:
        return log_in.code_shown(refused=str(refused)), 401
    return log_in.welcomed(token, log_in.own_path(request.form.get("next", "")))
