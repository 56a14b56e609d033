"""An answer that came within two seconds of the first opening of its link may be a mail scanner's.

It is kept, and what is grave in it is acted on, but it cancels no reminder and never counts as
"well". A person is asked to press once more.
"""

from flask import Blueprint, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from reporter.clinic.intake import Receipt
from reporter.rules.levels import Level
from reporter.web import sending, visit
from reporter.web.patient_page import ours, page, url


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule(
        "/c/<slug>/done/<key>/again", "press_again", press_again, methods=["POST"]
    )


def is_asked(receipt: Receipt) -> bool:
    """Not on a page that tells somebody to call: a nurse calls them, whoever pressed."""
    return receipt.unconfirmed and receipt.level is Level.SELF_CARE


def ask(key: str) -> ResponseReturnValue:
    return page("press_again", _("Press once more"), key=key, new_key=visit.new_key(g.visit))


@ours
def press_again(key: str) -> ResponseReturnValue:
    """The same report under a new key: the one that came too soon stays as it was."""
    receipt, new = sending.receipt(key), request.form.get("new_key", "")
    if receipt is None:
        return redirect(url("first"), 303)
    if not visit.is_ours(g.visit, new):
        new = visit.new_key(g.visit)
    return sending.send(new, lambda _day: receipt.report)
