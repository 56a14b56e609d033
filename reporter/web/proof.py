"""Once more who you are, before what leaves the product or changes who decides."""

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, PasswordField, StringField

from reporter.clinic import log_ins, passkey_log_ins
from reporter.clinic.log_ins import LogInRefused
from reporter.clinic.passkeys import PasskeyRefused
from reporter.web import log_in, passkey_pages
from reporter.web.at_hand import store

blueprint = Blueprint("proof", __name__, url_prefix="/account/prove")
blueprint.before_request(log_in.let_in)
KEPT = "kept:"
TELL_NOBODY = {"csrf_token"}


class ProofForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    password = PasswordField("Password")
    code = StringField("Or the code of your phone", filters=[lambda text: (text or "")[:60]])
    next = HiddenField()
    act = HiddenField()


@blueprint.route("", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    form = ProofForm(next=log_in.own_path(request.args.get("next", "")))
    kept = _kept()
    if not form.validate_on_submit():
        return _page(form, kept)
    if not (form.password.data or form.code.data):
        form.password.errors = ["Give your password, or the code of your phone."]
        return _page(form, kept), 422
    try:
        token = _token(form)
    except LogInRefused as refused:
        form.password.errors = [str(refused)]
        return _page(form, kept), 429
    if token is None:
        form.password.errors = ["That is not right. Try again."]
        return _page(form, kept), 422
    return _on(form, kept, token)


@blueprint.post("/passkey")
def by_passkey() -> ResponseReturnValue:
    """In the place of the password."""
    form, kept = ProofForm(), _kept()
    try:
        token = passkey_log_ins.prove(
            store(),
            log_in.session_token(),
            passkey_pages.site(),
            challenge=request.form.get("challenge", ""),
            answer=request.form.get("answer", ""),
            at=g.now,
        )
    except (PasskeyRefused, LogInRefused) as refused:
        return _page(form, kept, str(refused)), 422
    return _on(form, kept, token) if token else (_page(form, kept), 422)


def _kept() -> list[tuple[str, str]]:
    """What had been typed into the page that asked."""
    return [
        (name.removeprefix(KEPT), text)
        for name, text in request.form.items(multi=True)
        if name.startswith(KEPT)
    ]


def ask_for(path: str, typed: MultiDict[str, str]) -> ResponseReturnValue:
    """The page in the place of the one that was sent; what was typed waits in it."""
    kept = [(name, text) for name, text in typed.items(multi=True) if name not in TELL_NOBODY]
    form = ProofForm(formdata=None, act=log_in.own_path(path))
    return _page(form, kept), 403


def _page(form: ProofForm, kept: list[tuple[str, str]], refused: str = "") -> str:
    return render_template(
        "people/prove.html",
        form=form,
        kept=kept,
        prefix=KEPT,
        refused=refused,
        has_factor=g.session.has_factor,
        passkey=passkey_log_ins.ask_proof(
            store(), g.staff, log_in.session_token(), passkey_pages.site(), g.now
        ),
    )


def _token(form: ProofForm) -> str | None:
    return log_ins.prove(
        store(),
        log_in.session_token(),
        password=form.password.data or "",
        code=form.code.data or "",
        at=g.now,
        address=request.remote_addr or "",
    )


def _on(form: ProofForm, kept: list[tuple[str, str]], token: str) -> ResponseReturnValue:
    """Back to the page; what had been typed is sent by one more press, never by itself."""
    act = log_in.own_path(form.act.data or "")
    if act:
        answer = current_app.make_response(
            render_template("people/proved.html", act=act, kept=kept)
        )
    else:
        path = log_in.own_path(form.next.data or "")
        answer = current_app.make_response(redirect(path or url_for("account.page"), 303))
    log_in.set_token(answer, token)
    return answer
