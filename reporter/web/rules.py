"""The rules at the desk: what decides here, in plain sentences, and every set before and after."""

import re
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import ruleset_book, ruleset_drafts, rulesets
from reporter.clinic.ruleset_book import NotThere
from reporter.clinic.ruleset_drafts import ChangedMeanwhile, Refused, Step
from reporter.web import rules_drafts, rules_page
from reporter.web.at_hand import store, today
from reporter.web.log_in import let_in
from reporter.web.rules_forms import StepForm

blueprint = Blueprint("rules", __name__, url_prefix="/desk/rules")
blueprint.before_request(let_in)
for path, view in rules_drafts.PAGES:
    blueprint.add_url_rule(f"/drafts/<int:number>{path}", view_func=view, methods=["GET", "POST"])
blueprint.add_url_rule(
    "/drafts/<int:number>/<verb>",
    view_func=rules_drafts.step,
    methods=["POST"],
)
blueprint.add_url_rule("/drafts/<int:number>", view_func=rules_drafts.one)


@blueprint.app_context_processor
def at_hand() -> dict[str, Any]:
    """What the banner of every staff page asks for, only where it is shown."""
    return {"rules_standing": lambda: rulesets.standing(store(), g.clinic.id)}


@blueprint.errorhandler(NotThere)
def not_there(_: NotThere) -> ResponseReturnValue:
    return render_template("rules/not_there.html"), 404


@blueprint.get("")
def live() -> str:
    """The live set in plain sentences, grouped by level."""
    return _live()


def _live(refused: str = "") -> str:
    found = rulesets.live_set(store(), g.clinic.id, g.now)
    told = rules_page.rules_of(store(), found)
    return render_template(
        "rules/live.html",
        line=rules_page.line(found, g.clinic.hours.zone, g.now),
        version=found.version,
        standing=rulesets.standing(store(), g.clinic.id),
        groups=rules_page.groups(told),
        off=[one for one in told if one.off],
        may=ruleset_drafts.may_change(g.staff),
        refused=refused,
    )


@blueprint.post("/sign/<rule_id>")
def sign(rule_id: str) -> ResponseReturnValue:
    """One rule of the live set, read with its sources: an act of its own, with its audit event."""
    found = rulesets.live_set(store(), g.clinic.id, g.now)
    step = Step(g.staff, g.now, StepForm().seen)
    try:
        signed = ruleset_drafts.sign(store(), found, today(), step, {rule_id})
    except Refused as refused:
        return _live(str(refused)), 409 if isinstance(refused, ChangedMeanwhile) else 403
    flash(f"You have signed the rule {rule_id}." if signed else f"{rule_id} is signed already.")
    return redirect(url_for("rules.live", _anchor=f"rule-{rule_id}"), 303)


@blueprint.get("/drafts")
def drafts() -> str:
    return _drafts(StepForm())


def _drafts(form: StepForm) -> str:
    rulesets.live_set(store(), g.clinic.id, g.now)
    sets = ruleset_book.listed(store(), g.clinic.id)
    lines = [rules_page.line(one, g.clinic.hours.zone, g.now) for one in sets]
    may = ruleset_drafts.may_change(g.staff)
    return render_template("rules/drafts.html", lines=lines, may=may, form=form)


@blueprint.post("/drafts")
def begin() -> ResponseReturnValue:
    """A new draft: a copy of what is live, open at one rule where the page was about that."""
    form = StepForm()
    try:
        found = ruleset_drafts.start(store(), g.clinic.id, by=g.staff, at=g.now)
    except Refused as refused:
        form.reason.errors = [str(refused)]
        return _drafts(form), 403
    flash(f"Draft {found.number} begun: a copy of what is live.")
    rule_id = request.form.get("rule", "")
    if re.fullmatch(r"\w{1,60}", rule_id):
        return redirect(url_for("rules.rule", number=found.number, rule_id=rule_id), 303)
    return redirect(url_for("rules.one", number=found.number), 303)
