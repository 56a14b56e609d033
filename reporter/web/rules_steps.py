"""The steps of a rule set that a page can take. Each answers with what it did, in one sentence."""

from collections.abc import Callable
from typing import Any

from flask import g

from reporter.clinic import (
    backtest,
    ruleset_approval,
    ruleset_drafts,
    ruleset_merging,
)
from reporter.clinic.ruleset_book import RuleSet
from reporter.clinic.ruleset_drafts import Refused, Step
from reporter.web.at_hand import store, today
from reporter.web.rules_forms import ChooseForm, SignForm, StepForm

MOST_HERE = 50_000
"""Stored reports that a page may back-test while a browser waits; the command line takes more."""


def asked(form: StepForm) -> Step:
    """Who asks, when, and on which version of the set."""
    return Step(g.staff, g.now, form.seen, form.reason.data or "")


def _test(found: RuleSet, form: StepForm) -> str:
    _check_size(found, "backtest --set")
    tally = ruleset_drafts.try_out(store(), found, g.now)
    ruleset_drafts.keep_test(store(), found, tally, asked(form))
    return f"Back-tested on {tally.total} reports: {tally.lowered} lowered, {tally.raised} raised."


def _check_size(found: RuleSet, command: str) -> None:
    reports = backtest.count(store(), g.clinic.id)
    if reports > MOST_HERE:
        raise Refused(
            f"{reports} reports are too many to wait for here. Ask whoever runs the product for "
            f"`reporter rules {command} {found.number} --as {g.staff.email}`."
        )


def _sign(found: RuleSet, form: StepForm) -> str:
    signed = ruleset_drafts.sign(store(), found, today(), asked(form))
    return f"You have signed {signed} rules."


def _catch_up(found: RuleSet, form: StepForm) -> str:
    after = ruleset_merging.catch_up(store(), found, asked(form))
    left = f" Choose for {len(after.conflicts)} rules." if after.conflicts else ""
    return f"Up to date with set {after.based_on}.{left} Back-test it again."


def _take_back(found: RuleSet, form: StepForm) -> str:
    ruleset_drafts.take_back(store(), found, asked(form))
    return "It is a draft again."


def _choose(found: RuleSet, form: ChooseForm) -> str:
    after = ruleset_merging.choose(
        store(), found, form.entry.data, form.side.data == "ours", asked(form)
    )
    left = len(after.conflicts)
    return f"Chosen. {left} left." if left else "Chosen. Back-test it before you propose it."


def _propose(found: RuleSet, form: StepForm) -> str:
    ruleset_approval.propose(store(), found, asked(form))
    return "Proposed. A second clinician can make it live now."


def _approve(found: RuleSet, form: StepForm) -> str:
    ruleset_approval.check_approver(store(), found, asked(form))
    _check_size(found, "publish")
    tally = ruleset_drafts.try_out(store(), found, g.now)
    ruleset_approval.approve(store(), found, tally, asked(form))
    return f"Set {found.number} decides from now on."


def _withdraw(found: RuleSet, form: StepForm) -> str:
    ruleset_drafts.withdraw(store(), found, asked(form))
    return "Put away. It stays here to be read."


def _back(found: RuleSet, form: StepForm) -> str:
    ruleset_approval.go_back(store(), found, asked(form))
    return f"Set {found.number} decides again from now on."


FORMS: dict[str, type[StepForm]] = {"sign": SignForm, "choose": ChooseForm}
STEPS: dict[str, Callable[[RuleSet, Any], str]] = {
    "test": _test,
    "sign": _sign,
    "propose": _propose,
    "approve": _approve,
    "withdraw": _withdraw,
    "back": _back,
    "take_back": _take_back,
    "catch_up": _catch_up,
    "choose": _choose,
}
