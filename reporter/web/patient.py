"""The patient's pages: from the link in the e-mail to what to do now. No account, no script."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, request, session
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from jinja2.runtime import Macro
from markupsafe import Markup

from reporter.clinic import intake
from reporter.web import (
    language,
    patient_after,
    patient_check,
    patient_first,
    patient_photos,
    patient_poster,
    patient_questions,
    press_again,
    sending,
    unlock_page,
    visit,
)
from reporter.web.brand import brand
from reporter.web.patient_page import ours, page, url

blueprint = Blueprint("patient", __name__)
for _room in (
    patient_first,
    patient_questions,
    patient_check,
    patient_photos,
    unlock_page,
    patient_poster,
    press_again,
    patient_after,
):
    _room.add_to(blueprint)


@blueprint.record_once
def draw_icons(state: BlueprintSetupState) -> None:
    """Once, and not anew for each page and each place on it."""
    env = state.app.jinja_env
    drawn = vars(env.get_template("patient/icons.html").module)
    macros = {name: made for name, made in drawn.items() if isinstance(made, Macro)}
    icons = {name: Markup(made()) for name, made in macros.items()}  # noqa: S704 - our own
    # `__html__` of what is drawn already is itself: no copy for each place.
    env.globals["icon"] = SimpleNamespace(**{name: i.__html__ for name, i in icons.items()})


@blueprint.url_value_preprocessor
def take_slug(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.slug = (values or {}).pop("slug", None)
    patient_photos.allow_large(endpoint)


@blueprint.before_request
def begin() -> ResponseReturnValue | None:
    """Who visits, in which language; g.visit is set on every page but the link itself."""
    if g.slug is None:
        return None
    if switched := language.switched():
        return switched
    here = visit.begin(g.slug)
    g.visit, g.language, g.brand = here, here.language, brand(here.clinic.colour)
    if not session.permanent:
        session.permanent = True
    return None


@blueprint.after_request
def enlarge(answer: Response) -> Response:
    if g.get("sees_badly"):
        language.enlarge(answer)
    return answer


@blueprint.get("/r/<token>")
def link(token: str) -> ResponseReturnValue:
    return _in_chosen_language(visit.exchange(token, "patient.first"))


@blueprint.get("/r/<token>/fine")
def fine_link(token: str) -> ResponseReturnValue:
    return _in_chosen_language(visit.exchange(token, "patient.fine"))


def _in_chosen_language(answer: ResponseReturnValue) -> ResponseReturnValue:
    """The e-mail's own line in the other language leads here with ?lang=."""
    made = make_response(answer)
    if request.args.get("lang") in language.LANGUAGES:
        language.set_cookie(made, "language", request.args["lang"], language.YEAR)
    return made


@blueprint.get("/c/<slug>/fine")
def fine() -> ResponseReturnValue:
    return page("fine", _("Good to hear"), key=visit.new_key(g.visit))


@blueprint.post("/c/<slug>/fine")
def say_fine() -> ResponseReturnValue:
    if request.form.get("answer") != "fine":
        return redirect(url("first"), 303)
    key = patient_first.own_key(request.form.get("key"))
    return sending.send(key, sending.fine())


@blueprint.get("/c/<slug>/done/<key>")
@ours
def done(key: str) -> ResponseReturnValue:
    """What to do now. Only the device that sent the report sees it."""
    said = sending.said(key)
    receipt = intake.receipt_of(g.visit.treatment, said)
    if receipt is None:
        return redirect(url("first"), 303)
    if press_again.is_asked(receipt):
        return press_again.ask(key)
    shown = patient_after.result(key, receipt, said)
    return page(f"result_{shown.kind}", shown.title, page=shown, key=key)


@blueprint.post("/c/<slug>/done/<key>/call")
@ours
def call_me(key: str) -> ResponseReturnValue:
    """ "I'd still like a call": the same report once more, with the wish added."""
    receipt = sending.receipt(key)
    if receipt is None:
        return redirect(url("first"), 303)
    wished = replace(receipt.report, call_me=True)
    return sending.send(key, lambda _: wished)
