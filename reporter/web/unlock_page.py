"""The page that asks for the date of birth before it shows what was answered on another device."""

from datetime import date

from flask import Blueprint, g, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from reporter.clinic import unlocking
from reporter.clinic.unlocking import TooManyTries
from reporter.web import birth_date, unlock, visit
from reporter.web.patient_page import page, url


def add_to(blueprint: Blueprint) -> None:
    for path in ("/c/<slug>/unlock", "/c/<slug>/unlock/<path:onward>"):
        blueprint.add_url_rule(path, "unlock", ask)
        blueprint.add_url_rule(path, "open", answer, methods=["POST"])


def ask(onward: str = "") -> ResponseReturnValue:
    if unlock.opened(g.visit):
        return redirect(_onward(onward), 303)
    return _page(onward)


def answer(onward: str = "") -> ResponseReturnValue:
    """Right leads on; wrong, and too often, each say one sentence, whoever the patient is."""
    typed = birth_date.typed(request.form, g.visit.now, g.visit.language)
    if typed is None:
        return _page(onward, _("Type the day, the month and the year, like 3 27 1962"))
    try:
        right = _is_right(typed)
    except TooManyTries:
        return _page(onward, _too_often(), status=429)
    if not right:
        return _page(onward, _("That is not the date that we have. Check it and try again."))
    led_on = make_response(redirect(_onward(onward), 303))
    unlock.remember(led_on, g.visit)
    return led_on


def _is_right(typed: date) -> bool:
    return unlocking.try_birth_date(
        visit.store(),
        g.visit.treatment,
        typed,
        address=request.remote_addr or "",
        at=g.visit.now,
    )


def _too_often() -> str:
    return str(
        _(
            "That was too often for today. Call us at %(phone)s: we can tell you what you sent.",
            phone=g.visit.clinic.phone,
        )
    )


def _onward(onward: str) -> str:
    """Always under this visit's own address: nobody can lead a patient elsewhere."""
    beginning: str = url("first")
    return beginning + onward


def _page(onward: str, problem: str = "", status: int = 422) -> ResponseReturnValue:
    return page(
        "unlock",
        _("Your date of birth"),
        status if problem else 200,
        problem=problem,
        onward=onward,
        parts=birth_date.order(g.visit.language),
        typed=request.form,
    )
