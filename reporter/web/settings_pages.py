"""The clinic's settings: what every promise to a patient follows. The director changes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import on_call_test, settings_changes, settings_log
from reporter.clinic.clinic_checks import Faults
from reporter.clinic.clinic_settings import hours_of
from reporter.clinic.clinics import ClinicError
from reporter.clinic.roles import May, may
from reporter.clinic.settings_changes import SettingsMoved, SettingsRefused
from reporter.clinic.settings_log import Changed
from reporter.web import checkin_moves, clock_words, log_in, settings_form
from reporter.web.at_hand import store
from reporter.web.checkin_moves import Plan
from reporter.web.settings_preview import Preview, previews

blueprint = Blueprint("settings", __name__, url_prefix="/settings")
blueprint.before_request(log_in.let_in)


@dataclass(frozen=True)
class Desk:
    """What the page shows: what stands in the fields, and what is wrong or new about it."""

    typed: dict[str, str]
    version: int
    faults: Faults = field(default_factory=dict)
    crossed: dict[str, tuple[str, str]] = field(default_factory=dict)
    others: tuple[Changed, ...] = ()
    looked: bool = False
    plan: Plan | None = None


@blueprint.get("")
def page() -> str:
    stored = settings_changes.stored(store(), g.clinic.id)
    return _page(Desk(settings_form.shown(stored.settings), stored.version))


def _page(desk: Desk) -> str:
    return render_template(
        "settings/page.html",
        desk=desk,
        labels=settings_form.LABELS,
        form=settings_form,
        words=settings_form.words,
        may_change=may(g.staff.role, May.CHANGE_SETTINGS),
        previews=_previews(desk),
        tested=on_call_test.last(store(), g.clinic.id),
        log=settings_log.since(store(), g.clinic.id),
        moment=_moment,
    )


def _moment(at: Any) -> str:
    return clock_words.moment(at, g.now, g.clinic.hours.zone)


def _previews(desk: Desk) -> list[Preview]:
    """By what is typed, as far as it could be kept; else nothing that could be wrong is shown."""
    given = settings_form.given_by(desk.typed)
    if settings_changes.wrong_with(given):
        return []
    then = hours_of(settings_changes.as_kept(given))
    on_call = (g.clinic.has_on_call, bool(given["on_call_webhook"]))
    return previews(g.clinic.hours, then, on_call, g.now)


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else 0


@blueprint.post("/look")
def look() -> ResponseReturnValue:
    """What patients would be told, before anything is kept."""
    typed = settings_form.typed_in(request.form)
    given = settings_form.given_by(typed)
    wrong = settings_form.sentences(settings_changes.wrong_with(given))
    plan = None if wrong else checkin_moves.plan(given)
    return _page(Desk(typed, _version(), wrong, looked=True, plan=plan)), 422 if wrong else 200


@blueprint.post("")
def save() -> ResponseReturnValue:
    typed, version = settings_form.typed_in(request.form), _version()
    given = settings_form.given_by(typed)
    if plan := _not_shown_yet(given):
        return _page(Desk(typed, version, looked=True, plan=plan))
    try:
        changes = settings_changes.change(
            store(), g.clinic.id, given, version=version, by=g.staff.actor, at=g.now
        )
    except SettingsRefused as refused:
        return _page(Desk(typed, version, settings_form.sentences(refused.faults))), 422
    except SettingsMoved as moved:
        return _page(_beside_others(typed, moved)), 409
    flash("Saved. Promises follow it from now on." if changes else "Nothing was different.")
    return redirect(url_for("settings.page"), 303)


def _not_shown_yet(given: Mapping[str, Any]) -> Plan | None:
    """What would become of planned check-ins, unless it was on the page that was sent."""
    if settings_changes.wrong_with(given):
        return None
    plan = checkin_moves.plan(given)
    return plan if plan and plan.seen != request.form.get("seen") else None


def _beside_others(typed: dict[str, str], moved: SettingsMoved) -> Desk:
    """What was typed, with what somebody else saved meanwhile where it was left alone."""
    now = settings_changes.stored(store(), g.clinic.id)
    both = settings_log.merged(
        settings_form.plain(typed), moved.since, settings_log.flat(now.settings)
    )
    return Desk(
        settings_form.as_typed(both.typed),
        now.version,
        crossed=both.crossed,
        others=tuple(moved.since),
    )


@blueprint.post("/on-call-test")
def test_on_call() -> ResponseReturnValue:
    """A page that says it is a test, now: somebody sees whether the phone rings."""
    try:
        tested = on_call_test.run(store(), g.clinic, by=g.staff.actor, at=g.now)
    except ClinicError as none_set:
        flash(str(none_set))
    else:
        flash(
            "The line took the test page. Ask whoever is on call whether it rang."
            if tested.fine
            else f"The line did not take it: {tested.said} Nobody would be paged tonight."
        )
    return redirect(url_for("settings.page") + "#on-call", 303)


@blueprint.post("/secret")
def new_secret() -> str:
    """The only time that anybody sees it."""
    secret = settings_changes.new_secret(store(), g.clinic.id, by=g.staff.actor, at=g.now)
    return render_template("settings/secret.html", secret=secret)
