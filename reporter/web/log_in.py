"""Staff log in and out. `let_in` guards every staff page: a stranger is sent to the log-in page."""

import re
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired

from reporter import clock
from reporter.clinic import clinics, staff
from reporter.clinic.staff import LogInRefused

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


def let_in() -> ResponseReturnValue | None:
    """Before every staff page: set g.staff, g.clinic and g.now, or send a stranger to log in."""
    db = current_app.extensions["reporter"].db
    g.now = clock.now()
    found = staff.who(db, request.cookies.get(cookie_name(), ""), g.now)
    if found is None:
        return _turned_away()
    g.staff, g.clinic = found, clinics.get(db, found.clinic_id)
    return None


def _turned_away() -> ResponseReturnValue:
    """Whoever typed something gets it back: a session that ended must not cost a nurse her note."""
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("log_in.log_in", next=request.full_path.rstrip("?")), 303)
    typed = [(name, text) for name, text in request.form.items(multi=True) if _is_typed(name, text)]
    came_from = own_path(urlsplit(request.referrer or "").path)
    return render_template("nurse/logged_out.html", typed=typed, came_from=came_from), 401


def _is_typed(name: str, text: str) -> bool:
    return name not in {"csrf_token", "version", "password"} and bool(text.strip())


@blueprint.route("/log-in", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    form = LogInForm(next=own_path(request.args.get("next", "")))
    if not form.validate_on_submit():
        return render_template("nurse/log_in.html", form=form), 422 if form.errors else 200
    try:
        token = staff.log_in(
            current_app.extensions["reporter"].db,
            form.email.data,
            form.password.data,
            at=clock.now(),
            address=request.remote_addr or "",
        )
    except LogInRefused as refused:
        form.password.errors = [str(refused)]
        return render_template("nurse/log_in.html", form=form), 401
    return _welcomed(token, own_path(form.next.data or ""))


def _welcomed(token: str, path: str) -> ResponseReturnValue:
    _forget()
    answer = redirect(path or url_for("nurse.queue"), 303)
    answer.set_cookie(
        cookie_name(),
        token,
        max_age=None,
        path="/",
        secure=_secure(),
        httponly=True,
        samesite="Lax",
    )
    return answer


def _forget() -> None:
    """What the last person's pages left in this browser; a patient's own visit is not touched."""
    for name in ("looks", "_flashes"):
        session.pop(name, None)


def own_path(text: str) -> str:
    """The text if it is a plain path on this very site, else nothing."""
    return text if OWN_PATH.fullmatch(text) else ""


@blueprint.post("/log-out")
def log_out() -> ResponseReturnValue:
    token = request.cookies.get(cookie_name(), "")
    staff.log_out(current_app.extensions["reporter"].db, token, clock.now())
    _forget()
    answer = redirect(url_for("log_in.log_in"), 303)
    answer.delete_cookie(cookie_name(), path="/", secure=_secure(), httponly=True, samesite="Lax")
    return answer


def cookie_name() -> str:
    """The name with __Host- may not be set by a neighbour domain, but needs TLS."""
    return "__Host-staff" if _secure() else "staff"


def _secure() -> bool:
    return bool(current_app.extensions["reporter"].settings.secure)
