"""Paper that brings patients here: the clinic's poster, and the aftercare card with its link."""

from datetime import timedelta
from urllib.parse import urlsplit

from babel.dates import format_date
from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import links, posters
from reporter.records.audit import record
from reporter.rules.levels import Level
from reporter.web.at_hand import readable_or_404, store
from reporter.web.log_in import let_in
from reporter.web.qr import drawn
from reporter.web.sending import at_hand

blueprint = Blueprint("cards", __name__)
blueprint.before_request(let_in)


@blueprint.get("/posters")
def page() -> str:
    code = posters.code(store(), g.clinic.id)
    return render_template("manager/posters.html", code=code, address=_address(code))


@blueprint.get("/posters/print")
def poster() -> ResponseReturnValue:
    """One page for the wall, in both languages."""
    code = posters.code(store(), g.clinic.id)
    if not code:
        return redirect(url_for("cards.page"), 303)
    address = _address(code)
    return render_template(
        "manager/poster.html", address=address, shown=_shown(address), qr=drawn(address)
    )


@blueprint.post("/posters/code")
def new_code() -> ResponseReturnValue:
    """The first code, or another one in the place of it: posters on the wall end then."""
    had = posters.code(store(), g.clinic.id)
    if had and not request.form.get("sure"):
        flash("Tick that you will print and hang new posters first.")
        return redirect(url_for("cards.page"), 303)
    posters.make_code(store(), g.clinic.id, by=g.staff.actor, at=g.now)
    flash("There is a new code. Print the poster and take the old ones down." if had else "Made.")
    return redirect(url_for("cards.page"), 303)


@blueprint.post("/treatments/<treatment_id>/card")
def card(treatment_id: str) -> ResponseReturnValue:
    """Print the aftercare card. It holds a new link, so it is asked for with a button; cards that
    were printed before stay good."""
    treatment, db = readable_or_404(treatment_id), store()
    if treatment.is_placeholder:
        return redirect(url_for("manager.page", treatment_id=treatment.id), 303)
    if not links.may_make(treatment, g.now):
        flash("Links end 60 days after the treatment. Give the patient the poster's code instead.")
        return redirect(url_for("manager.page", treatment_id=treatment.id), 303)
    with db.transaction():
        token = links.make(db, treatment, g.now)
        record(db, g.clinic.id, g.staff.actor, "card.printed", treatment.id, g.now)
    code = posters.ensure_code(db, g.clinic.id, by=g.staff.actor, at=g.now)
    g.language = treatment.patient.language
    until = links.follow(db, token, g.now).expires_at
    return render_template(
        "manager/card.html",
        treatment=treatment,
        es=g.language == "es",
        qr=drawn(db.letterhead.url(f"/r/{token}")),
        shown=_shown(_address(code)),
        red_flags=at_hand().questions.red_flags.values(),
        watch_us=at_hand().advice.of("watch_us", Level.SELF_CARE, frozenset()),
        until=format_date(until.date() - timedelta(days=1), "long", locale=g.language),
    )


def _address(code: str) -> str:
    """From the configured address, never from the Host of some request."""
    base: str = current_app.extensions["reporter"].settings.base_url
    return f"{base.rstrip('/')}/p/{code}" if code else ""


def _shown(address: str) -> str:
    """As somebody types it: without https://."""
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}"
