"""One rule set: its text, one rule of it, a made-up report under it, and its way to going live."""

from collections.abc import Callable

from flask import abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import (
    backtest,
    ruleset_approval,
    ruleset_book,
    ruleset_drafts,
    rulesets,
)
from reporter.clinic.ruleset_book import RuleSet
from reporter.clinic.ruleset_drafts import ChangedMeanwhile, Refused, Step
from reporter.records.db import Busy
from reporter.rules.explain import matched, what_would_change
from reporter.rules.knowledge import KnowledgeError
from reporter.rules.triage import decide
from reporter.rules.wording import condition
from reporter.web import rules_page, staff_words
from reporter.web.at_hand import store, today
from reporter.web.rules_forms import RuleForm, SignForm, StepForm, TextForm, try_form

MOST_HERE = 50_000
"""Stored reports that a page may back-test while a browser waits; the command line takes more."""


def one(number: int) -> str:
    """How a set differs from the live one, what it would change, and the next step."""
    return _page(ruleset_book.get(store(), g.clinic.id, number))


def _page(found: RuleSet, sent: StepForm | None = None, verb: str = "") -> str:
    live = rulesets.live_set(store(), g.clinic.id, g.now)
    problems = ruleset_drafts.problems(store(), found) if found.state == "draft" else ()
    zone = g.clinic.hours.zone
    return render_template(
        "rules/draft.html",
        draft=rules_page.draft(store(), found, live, problems, zone, g.now),
        live=live.number,
        may=ruleset_drafts.may_change(g.staff),
        sent=sent,
        here=verb,
    )


def _step(form: StepForm) -> Step:
    return Step(g.staff, g.now, form.seen, form.reason.data or "")


def step(number: int, verb: str) -> ResponseReturnValue:
    """One step of a set: back-test, sign, propose, approve, put away, return to it."""
    if verb not in STEPS:
        abort(404)
    found = ruleset_book.get(store(), g.clinic.id, number)
    form = SignForm() if verb == "sign" else StepForm()
    if not form.validate():
        return _page(found, form, verb), 422
    try:
        said = STEPS[verb](found, _step(form))
    except (Refused, KnowledgeError) as refused:
        found = ruleset_book.get(store(), g.clinic.id, number)
        return _refused(form, refused, lambda: _page(found, form, verb))
    except Busy:
        form.reason.errors = ["This could not be saved just now. Nothing is lost: do it again."]
        return _page(found, form, verb), 503
    flash(said)
    return redirect(url_for("rules.one", number=number), 303)


def _refused(
    form: StepForm, refused: Refused | KnowledgeError, page: Callable[[], str]
) -> ResponseReturnValue:
    field = refused.field if isinstance(refused, Refused) else ""
    form[field or "version"].errors = [str(refused)]
    return page(), 409 if isinstance(refused, ChangedMeanwhile) else 422


def _test(found: RuleSet, asked: Step) -> str:
    _check_size(found, "backtest --set")
    tally = ruleset_drafts.try_out(store(), found, g.now)
    ruleset_drafts.keep_test(store(), found, tally, asked)
    return f"Back-tested on {tally.total} reports: {tally.lowered} lowered, {tally.raised} raised."


def _check_size(found: RuleSet, command: str) -> None:
    reports = backtest.count(store(), g.clinic.id)
    if reports > MOST_HERE:
        raise Refused(
            f"{reports} reports are too many to wait for here. Ask whoever runs the product for "
            f"`reporter rules {command} {found.number} --as {g.staff.email}`."
        )


def _sign(found: RuleSet, asked: Step) -> str:
    ruleset_drafts.sign_rest(store(), found, today(), asked)
    return "Signed. A second clinician makes it live."


def _propose(found: RuleSet, asked: Step) -> str:
    ruleset_approval.propose(store(), found, asked)
    return "Proposed. A second clinician can make it live now."


def _approve(found: RuleSet, asked: Step) -> str:
    ruleset_approval.check_approver(store(), found, asked)
    _check_size(found, "publish")
    tally = ruleset_drafts.try_out(store(), found, g.now)
    ruleset_approval.approve(store(), found, tally, asked)
    return f"Set {found.number} decides from now on."


def _withdraw(found: RuleSet, asked: Step) -> str:
    ruleset_drafts.withdraw(store(), found, asked)
    return "Put away. It stays here to be read."


def _back(found: RuleSet, asked: Step) -> str:
    ruleset_approval.go_back(store(), found, asked)
    return f"Set {found.number} decides again from now on."


STEPS: dict[str, Callable[[RuleSet, Step], str]] = {
    "test": _test,
    "sign": _sign,
    "propose": _propose,
    "approve": _approve,
    "withdraw": _withdraw,
    "back": _back,
}


def text(number: int) -> ResponseReturnValue:
    """The files of a set; those of a draft can be changed."""
    found = ruleset_book.get(store(), g.clinic.id, number)
    files = ruleset_book.files(store(), g.clinic.id, number)
    form = TextForm(
        rules=files["rules.toml"], cases=files["rules.cases.toml"], version=found.version
    )
    may = found.state == "draft" and ruleset_drafts.may_change(g.staff)

    def page() -> str:
        return render_template("rules/text.html", number=number, form=form, may=may)

    if not form.validate_on_submit():
        return page()
    try:
        ruleset_drafts.edit(store(), found, form.texts(), _step(form))
    except (Refused, KnowledgeError) as refused:
        return _refused(form, refused, page)
    flash("Saved. Back-test it before you propose it.")
    return redirect(url_for("rules.one", number=number), 303)


def rule(number: int, rule_id: str) -> ResponseReturnValue:
    """One rule of a draft: its level, its thresholds, its signature."""
    found = ruleset_book.get(store(), g.clinic.id, number)
    known = rulesets.of(store(), found)
    now = next((one for one in known.rules if one.id == rule_id), None)
    if now is None or found.state != "draft":
        abort(404)
    form = RuleForm(version=found.version)

    def page() -> str:
        asks = condition(now.when, known)
        return render_template("rules/rule.html", number=number, form=form, rule=now, asks=asks)

    if not form.is_submitted():
        form.show(now)
        return page()
    if not form.validate():
        return page(), 422
    keys = form.keys(now, g.staff.name, today().isoformat())
    try:
        ruleset_drafts.change_rule(store(), found, rule_id, keys, _step(form))
    except (Refused, KnowledgeError) as refused:
        return _refused(form, refused, page)
    flash(f"Rule {rule_id} saved.")
    return redirect(url_for("rules.one", number=number), 303)


def try_out(number: int) -> ResponseReturnValue:
    """A made-up report under this set and under the live one. Nothing of it is kept."""
    found = ruleset_book.get(store(), g.clinic.id, number)
    known = rulesets.of(store(), found)
    live = rulesets.of(store(), rulesets.live_set(store(), g.clinic.id, g.now))
    form = try_form(known)
    answer = None
    if form.validate_on_submit():
        told = form.report()
        decision = decide(told, known)
        now = None
        if {entry.symptom for entry in told.symptoms} <= live.symptoms.keys():
            now = decide(told, live).level
        answer = {
            "badge": staff_words.level_badge(decision.level),
            "live": staff_words.level_badge(now),
            "matched": matched(told, known, decision),
            "changes": what_would_change(told, known),
        }
    page = render_template("rules/try.html", number=number, form=form, answer=answer)
    return page, 422 if form.errors else 200


PAGES: tuple[tuple[str, Callable[..., ResponseReturnValue]], ...] = (
    ("/text", text),
    ("/rule/<rule_id>", rule),
    ("/try", try_out),
)
