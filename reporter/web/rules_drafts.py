"""One rule set: its text, one rule of it, a made-up report under it, and its way to going live."""

from collections.abc import Callable
from dataclasses import replace

from flask import abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import (
    rule_signatures,
    ruleset_book,
    ruleset_drafts,
    rulesets,
)
from reporter.clinic.ruleset_book import RuleSet
from reporter.clinic.ruleset_drafts import ChangedMeanwhile, Refused
from reporter.records.db import Busy
from reporter.rules.explain import changes, matched
from reporter.rules.knowledge import KnowledgeError, Rule
from reporter.rules.triage import decide_with_words
from reporter.rules.wording import condition
from reporter.web import checkin_moves, own_words, rules_page, rules_try_page, staff_words
from reporter.web.at_hand import store, today
from reporter.web.rules_forms import RuleForm, StepForm, TextForm, try_form
from reporter.web.rules_steps import FORMS, STEPS, asked


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
        plan=_plan(live, found),
        live=live.number,
        may=ruleset_drafts.may_change(g.staff),
        sent=sent,
        here=verb,
    )


def _plan(live: RuleSet, found: RuleSet) -> checkin_moves.Plan | None:
    """What its check-in protocols would do to what is planned, were it to go live."""
    if found.state == "live":
        return None
    try:
        before, after = rulesets.of(store(), live), rulesets.of(store(), found)
    except KnowledgeError:
        return None  # the page says so itself
    return checkin_moves.changed(g.clinic, g.clinic, before, after)


def step(number: int, verb: str) -> ResponseReturnValue:
    """One step of a set: back-test, sign, propose, approve, put away, return to it."""
    if verb not in STEPS:
        abort(404)
    found = ruleset_book.get(store(), g.clinic.id, number)
    form = FORMS.get(verb, StepForm)()
    if not form.validate():
        return _page(found, form, verb), 422
    try:
        said = STEPS[verb](found, form)
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
        ruleset_drafts.edit(store(), found, form.texts(), asked(form))
    except (Refused, KnowledgeError) as refused:
        return _refused(form, refused, page)
    flash("Saved. Back-test it before you propose it.")
    return redirect(url_for("rules.one", number=number), 303)


def rule(number: int, rule_id: str) -> ResponseReturnValue:
    """One rule of a draft: its level, its thresholds, its signature."""
    found = ruleset_book.get(store(), g.clinic.id, number)
    known = rulesets.of(store(), found)
    now = next((one for one in (*known.rules, *known.off) if one.id == rule_id), None)
    if now is None or found.state != "draft":
        abort(404)
    form = RuleForm(version=found.version)
    signed = rule_signatures.of(store(), g.clinic.id, known)

    def page() -> str:
        return render_template(
            "rules/rule.html",
            number=number,
            form=form,
            rule=now,
            asks=condition(now.when, known),
            signed=rules_page.signature(signed.get(rule_id)),
        )

    if not form.is_submitted():
        form.show(now)
        return page()
    if not form.validate():
        return page(), 422
    try:
        _save_rule(found, form, now)
    except (Refused, KnowledgeError) as refused:
        return _refused(form, refused, page)
    flash(f"Rule {rule_id} saved.")
    return redirect(url_for("rules.one", number=number), 303)


def _save_rule(found: RuleSet, form: RuleForm, now: Rule) -> None:
    """What was changed, and then the signature under the rule as it stands."""
    step, keys = asked(form), form.keys(now)
    if keys:
        found = ruleset_drafts.change_rule(store(), found, now.id, keys, step)
    if form.sign.data:
        step = replace(step, seen=found.version)
        ruleset_drafts.sign(store(), found, today(), step, {now.id})


def try_out(number: int) -> ResponseReturnValue:
    """A made-up report under this set and under the live one. Nothing of it is kept."""
    found = ruleset_book.get(store(), g.clinic.id, number)
    known = rulesets.of(store(), found)
    live = rulesets.of(store(), rulesets.live_set(store(), g.clinic.id, g.now))
    form = try_form(known)
    answer = None
    if form.validate_on_submit():
        told = form.report()
        decision = decide_with_words(told, known)
        now = None
        if {entry.symptom for entry in told.symptoms} <= live.symptoms.keys():
            now = decide_with_words(told, live).level
        answer = {
            "badge": staff_words.level_badge(decision.level),
            "live": staff_words.level_badge(now),
            "matched": matched(told, known, decision),
            "changes": changes(told, decision, known),
            "pieces": own_words.marked(known, told.free_text, decision.words),
            "patient": rules_try_page.patient(decision.level, told, g.clinic),
        }
    page = render_template("rules/try.html", number=number, form=form, answer=answer)
    return page, 422 if form.errors else 200


PAGES: tuple[tuple[str, Callable[..., ResponseReturnValue]], ...] = (
    ("/text", text),
    ("/rule/<rule_id>", rule),
    ("/try", try_out),
)
