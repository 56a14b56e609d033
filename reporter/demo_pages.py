"""Pages that only the demo has: pick a chair, and the inbox with the mail as it was sent."""

import re
from dataclasses import replace
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import clinics
from reporter.demo_mail import InboxMail, message, messages
from reporter.demo_pager import InboxPage, is_signed, page, pages
from reporter.demo_people import PASSWORD, STAFF
from reporter.web.at_hand import store

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

# The port of the demo may be another one than when the message was sent.
HERE = re.compile(r"http://127\.0\.0\.1:\d+(?=/)")


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
    """Mails and pages together, the newest first."""
    came: list[InboxMail | InboxPage] = [*messages(_folder()), *pages(_folder())]
    came.sort(key=lambda one: one.name, reverse=True)
    return render_template("demo/inbox.html", mails=came)


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


@blueprint.get("/dev/pager/<name>")
def paged(name: str) -> str:
    """One page to on-call as the receiver got it, its signature checked once more."""
    found = page(_folder(), name) or abort(404)
    secret = clinics.the_clinic(store()).on_call_secret
    signed = is_signed(secret, found.body.encode(), found.signature)
    return render_template("demo/paged.html", page=found, signed=signed)


def _found(name: str) -> InboxMail:
    """As it was sent; its links lead to where the demo answers now."""
    found = message(_folder(), name) or abort(404)
    here = current_app.extensions["reporter"].settings.base_url
    text, html = (HERE.sub(here, part) for part in (found.text, found.html))
    return replace(found, text=text, html=html)


@blueprint.app_context_processor
def banner() -> dict[str, str]:
    """For every page's frame: in the demo, that this is one."""
    return {"demo_home": url_for("inbox.landing")}
