"""Pages that only the demo has: pick a chair, and the inbox with the mail as it was sent."""

from pathlib import Path

from flask import Blueprint, Response, abort, current_app, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from reporter.demo_mail import InboxMail, message, messages
from reporter.demo_people import PASSWORD, STAFF

blueprint = Blueprint("inbox", __name__)
# A message is somebody else's page: no script, nothing from elsewhere, no form. Its links work,
# in the whole window, when a person presses them.
MESSAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'self'; "
    "form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-top-navigation-by-user-activation"
)
FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def _folder() -> Path:
    return Path(current_app.extensions["reporter"].settings.demo_folder) / "inbox"


@blueprint.get("/")
def landing() -> str:
    """Four doors: patient, nurse, manager, inbox."""
    chairs = {role: (name, email) for name, email, role in reversed(STAFF)}
    mails = messages(_folder())
    newest = {language: _newest_checkin(mails, language) for language in ("en", "es")}
    return render_template("demo/landing.html", chairs=chairs, newest=newest, password=PASSWORD)


def _newest_checkin(mails: list[InboxMail], language: str) -> InboxMail | None:
    """A check-in, rather than an alert to the staff, has a patient's link in it."""
    spoken = f'<html lang="{language}"'
    return next((one for one in mails if "/r/" in one.text and spoken in one.html), None)


@blueprint.get("/dev/inbox")
def listed() -> str:
    return render_template("demo/inbox.html", mails=messages(_folder()))


@blueprint.get("/dev/inbox/<name>")
def shown(name: str) -> ResponseReturnValue:
    answer = make_response(render_template("demo/message.html", mail=_found(name)))
    answer.headers["Content-Security-Policy"] = FRAME_POLICY
    return answer


@blueprint.get("/dev/inbox/<name>/html")
def html(name: str) -> ResponseReturnValue:
    """The message itself, for the frame on its page."""
    whole_window = '<base target="_top">'
    answer = Response(whole_window + _found(name).html, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = MESSAGE_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def _found(name: str) -> InboxMail:
    return message(_folder(), name) or abort(404)


@blueprint.app_context_processor
def banner() -> dict[str, str]:
    """For every page's frame: in the demo, that this is one."""
    return {"demo_home": url_for("inbox.landing")}
