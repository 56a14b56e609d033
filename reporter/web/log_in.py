"""Staff log in and out. `let_in` guards every staff page: a stranger is sent to the log-in page."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired

from reporter import clock
from reporter.clinic import clinics, log_ins, passkey_log_ins, sessions
from reporter.clinic.log_ins import LogInRefused
from reporter.clinic.passkey_answers import site_of
from reporter.clinic.second_factor import WrongCode
from reporter.records.db import Database
from reporter.web import allowed
from reporter.web.devices import device

blueprint = Blueprint("log_in", __name__)

# Only a path of our own: no host, no scheme, no backslash that a browser would read as a slash.
OWN_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9/_.?=&-]{0,200}")


class LogInForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    email = EmailField(
        "E-mail address",
        validators=[InputRequired("Give your e-mail address.")],
        filters=[lambda text: (text or "").replace("\0", "")],  # PostgreSQL takes none
    )
    password = PasswordField("Password", validators=[InputRequired("Give your password.")])
    next = HiddenField()


class CodeForm(FlaskForm):  # type: ignore[misc]
    code = StringField("Code", validators=[InputRequired("Give the code.")])
    next = HiddenField()


def let_in() -> ResponseReturnValue | None:
    """Before every staff page: set g.staff, g.clinic and g.now, or turn away who may not see it."""
    db = _db()
    g.now = clock.now()
    found = sessions.current(db, session_token(), g.now, prolongs=not allowed.is_poll())
    if found is None:
        return _turned_away()
    g.session, g.staff, g.clinic = found, found.staff, clinics.get(db, found.staff.clinic_id)
    return allowed.turned_back(db)


@blueprint.app_context_processor
def links() -> dict[str, Callable[[str], Any]]:
    """For templates: which pages and buttons are this person's."""
    return {"opens": allowed.opens, "does": allowed.does}


def no_such_page() -> str:
    """For whoever is logged in as staff, at an address that is no page; empty for anybody else.

    It keeps no session alive: nobody has used anything.
    """
    if request.blueprint == "patient" or not session_token():
        return ""
    g.now = clock.now()
    found = sessions.current(_db(), session_token(), g.now, prolongs=False)
    if found is None:
        return ""
    g.session, g.staff, g.clinic = found, found.staff, clinics.get(_db(), found.staff.clinic_id)
    return render_template("nurse/no_page.html", home=allowed.home(g.staff.role))


def _db() -> Database:
    db: Database = current_app.extensions["reporter"].db
    return db


def session_token() -> str:
    return request.cookies.get(cookie_name(), "")


def _turned_away() -> ResponseReturnValue:
    """Whoever typed something gets it back: a session that ended must not cost a nurse her note."""
    if allowed.is_poll():
        return "", 401  # the page's script says so; a log-in page in its place would say nothing
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("log_in.log_in", next=request.full_path.rstrip("?")), 303)
    came_from = own_path(urlsplit(request.referrer or "").path)
    return render_template(
        "nurse/logged_out.html", typed=typed(), came_from=came_from, **_to_send_again()
    ), 401


def _to_send_again() -> dict[str, Any]:
    """The whole form once more, to be sent after logging in; not where a secret was in it."""
    fields = [(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"]
    secret = any("password" in name or name in {"code", "secret"} for name, _ in fields)
    act = "" if secret or request.files else own_path(request.full_path.rstrip("?"))
    return {"act": act, "kept": fields if act else []}


def typed() -> list[tuple[str, str]]:
    """What a person wrote in the form that was sent, to be given back; no secret."""
    return [(name, text) for name, text in request.form.items(multi=True) if _is_typed(name, text)]


def _is_typed(name: str, text: str) -> bool:
    secret = name in {"csrf_token", "version", "code", "secret"} or "password" in name
    return not secret and bool(text.strip())


@blueprint.route("/log-in", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    form = LogInForm(next=own_path(request.args.get("next", "")))
    if not form.validate_on_submit():
        return shown(form), 422 if form.errors else 200
    try:
        token = log_ins.log_in(
            _db(),
            form.email.data,
            form.password.data,
            at=clock.now(),
            address=request.remote_addr or "",
            device=device(request.user_agent.string),
        )
    except LogInRefused as refused:
        form.password.errors = [str(refused)]
        return shown(form), 401
    return welcomed(token, own_path(form.next.data or ""))


def shown(form: LogInForm | None = None, refused: str = "") -> str:
    """The first step. `refused` is what became of a passkey in its place."""
    form = form or LogInForm(formdata=None, next=own_path(request.form.get("next", "")))
    site = site_of(current_app.extensions["reporter"].settings.base_url)
    asked = passkey_log_ins.ask_alone(_db(), site, clock.now()) if site.can else None
    # Sent here from another page by a browser that had a session: it says why.
    ended = bool(request.method == "GET" and form.next.data and session_token())
    return render_template(
        "nurse/log_in.html", form=form, passkey=asked, refused=refused, ended=ended
    )


def code_shown(form: CodeForm | None = None, refused: str = "") -> str:
    """The second step: by code, or by a passkey where there is one."""
    form = form or CodeForm(formdata=None, next=own_path(request.form.get("next", "")))
    site = site_of(current_app.extensions["reporter"].settings.base_url)
    asked = passkey_log_ins.ask_second(_db(), session_token(), site, clock.now())
    return render_template("nurse/log_in_code.html", form=form, passkey=asked, refused=refused)


@blueprint.route("/log-in/code", methods=["GET", "POST"])
def code() -> ResponseReturnValue:
    """The second step, for whoever has a second factor and gave the right password."""
    form = CodeForm(next=own_path(request.args.get("next", "")))
    if sessions.half(_db(), session_token(), clock.now()) is None:
        return redirect(url_for("log_in.log_in", next=form.next.data or None), 303)
    if not form.validate_on_submit():
        return code_shown(form), 422 if form.errors else 200
    try:
        token = log_ins.give_code(
            _db(),
            session_token(),
            form.code.data,
            at=clock.now(),
            device=device(request.user_agent.string),
        )
    except (LogInRefused, WrongCode) as refused:
        form.code.errors, form.code.data = [str(refused)], ""
        return code_shown(form), 401
    return welcomed(token, own_path(form.next.data or ""))


def welcomed(token: str, path: str) -> ResponseReturnValue:
    _forget()
    found = sessions.current(_db(), token, clock.now(), prolongs=False)
    if found is None:  # the code is still asked for
        answer = redirect(url_for("log_in.code", next=path or None), 303)
    else:
        answer = redirect(allowed.after_log_in(found.staff.role, path), 303)
    set_token(answer, token)  # type: ignore[arg-type]
    return answer


def set_token(answer: Response, token: str) -> None:
    """Give this browser its session."""
    answer.set_cookie(
        cookie_name(),
        token,
        max_age=None,
        path="/",
        secure=_secure(),
        httponly=True,
        samesite="Lax",
    )


def _forget() -> None:
    """What the last person's pages left in this browser; a patient's own visit is not touched."""
    for name in ("looks", "_flashes"):
        session.pop(name, None)


def own_path(text: str) -> str:
    """The text if it is a plain path on this very site, else nothing."""
    return text if OWN_PATH.fullmatch(text) else ""


@blueprint.post("/log-out")
def log_out() -> ResponseReturnValue:
    sessions.log_out(_db(), session_token(), clock.now())
    _forget()
    answer = redirect(url_for("log_in.log_in"), 303)
    answer.delete_cookie(cookie_name(), path="/", secure=_secure(), httponly=True, samesite="Lax")
    return answer


def cookie_name() -> str:
    """The name with __Host- may not be set by a neighbour domain, but needs TLS."""
    return "__Host-staff" if _secure() else "staff"


def _secure() -> bool:
    return bool(current_app.extensions["reporter"].settings.secure)
