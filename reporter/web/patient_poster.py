"""The way in by the clinic's poster: the same questions, then who gave the treatment, when, and who
it is. Whatever is typed here is compared with nobody: the next page is the same for everybody.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from babel.dates import format_date
from flask import Blueprint, Response, g, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from reporter import clock
from reporter.clinic import entries, posters
from reporter.clinic.posters import Told
from reporter.rules import interview
from reporter.rules.interview import Answers
from reporter.web import birth_date, language, sending, visit
from reporter.web.forms import tidy
from reporter.web.patient_page import ours, page, url

PAGES = ("injector", "treated", "person")
LONGEST_NAME = 100
OLDEST_TREATMENT = timedelta(days=366)
# So many visits by the poster stay on one phone; a tablet in the waiting room has many.
VISITS_KEPT = 8


@dataclass(frozen=True)
class AboutRow:
    """A line of the check page, and where to change it."""

    label: str
    text: str
    url: str


def add_to(blueprint: Blueprint) -> None:
    """The poster's own pages, beside those that every patient has."""
    rule = blueprint.add_url_rule
    rule("/p/<code>", "poster", poster)
    rule("/c/<slug>/<key>/about/<name>", "about", about)
    rule("/c/<slug>/<key>/about/<name>", "say_about", say_about, methods=["POST"])
    rule("/c/<slug>/done/<key>/phone", "number", number)
    rule("/c/<slug>/done/<key>/phone", "leave_number", leave_number, methods=["POST"])


def poster(code: str) -> ResponseReturnValue:
    """A visit of its own for each time that a poster is read. Nothing is stored yet."""
    db, now = visit.store(), clock.now()
    clinic_id = posters.clinic_of(db, code)
    token = posters.new_visit(db, clinic_id, now)
    answer = make_response(visit.with_cookies(clinic_id, token, now, "patient.first"))
    if request.args.get("lang") in language.LANGUAGES:
        language.set_cookie(answer, "language", request.args["lang"], language.YEAR)
    _forget_oldest(answer)
    return answer


def _forget_oldest(answer: Response) -> None:
    """Cookies of long past visits would in the end be more than a request may carry."""
    begun = {}
    for name, value in request.cookies.items():
        token = [*value.split("."), ""][1]
        if "link-" in name and posters.TOKEN.fullmatch(token):
            begun[token[1:13] + name] = name
    for _begun, name in sorted(begun.items())[: -(VISITS_KEPT - 1) or None]:
        if len(begun) >= VISITS_KEPT:
            language.set_cookie(answer, name.removeprefix("__Host-"), "", 0)


def next_url(key: str, answers: Answers) -> str | None:
    """Where a visit by the poster is still asked something; None for every other visit."""
    found = _next_page(answers)
    return url("about", key=key, name=found) if found else None


def _next_page(answers: Answers) -> str | None:
    if not g.visit.from_poster:
        return None
    asked, told = answers.get("about", []), posters.told(g.visit.treatment)
    known = {"injector": told.injector, "treated": told.given_on, "person": told.name}
    return next((one for one in PAGES if one not in asked and not known[one]), None)


@ours
def about(key: str, name: str) -> ResponseReturnValue:
    if not g.visit.from_poster or name not in PAGES or not sending.answers(key):
        return redirect(url("first"), 303)
    return _page(key, name)


@ours
def say_about(key: str, name: str) -> ResponseReturnValue:
    """Keep one page's answer; all of them may be left out, since a report is never refused."""
    answers = sending.answers(key)
    if not g.visit.from_poster or name not in PAGES or not answers:
        return redirect(url("first"), 303)
    told, problem = _GIVEN[name](posters.told(g.visit.treatment))
    if problem:
        return _page(key, name, problem)
    keep(told)
    asked = [*answers.get("about", []), name]
    answers = {**answers, "about": list(dict.fromkeys(asked))}
    sending.save(key, answers)
    return redirect(next_url(key, answers) or url("check", key=key), 303)


def keep(told: Told) -> None:
    sending.settled()
    held = posters.tell(visit.store(), g.visit.treatment, told, g.visit.now)
    g.visit = replace(g.visit, treatment=held)


def _injector(told: Told) -> tuple[Told, str]:
    given = request.form.get("answer", "")
    if given not in posters.INJECTORS:
        return told, _("Choose an answer")
    return replace(told, injector=given), ""


def _treated(told: Told) -> tuple[Told, str]:
    """The day in three boxes, or that it is not known."""
    if request.form.get("answer") == "unknown":
        return replace(told, given_on=None), ""
    given = birth_date.typed(request.form, g.visit.now, g.visit.language, birth=False)
    today = g.visit.today
    if given is None or not today - OLDEST_TREATMENT <= given <= today:
        return told, _("Type the day, the month and the year in numbers, or choose “I don't know”")
    return replace(told, given_on=given), ""


def _person(told: Told) -> tuple[Told, str]:
    """Name, date of birth and number; wrong ones are asked for again, missing ones are not."""
    if request.form.get("answer") == "skip":
        return told, ""
    name = (tidy(request.form.get("name")) or "").replace("\n", " ").strip()[:LONGEST_NAME]
    born = birth_date.typed(request.form, g.visit.now, g.visit.language)
    phone = typed_number()
    if born is None and not birth_date.is_empty(request.form):
        return told, _("Type your date of birth, like 3 27 1962, or leave it empty")
    if phone is None:
        return told, _("Type a phone number with 7 digits or more, or leave it empty")
    if not name and not phone:
        return told, _("Give us your name or a phone number, or choose “I'd rather not say”")
    return replace(told, name=name, born=born, mobile=phone), ""


def typed_number() -> str | None:
    """The number in the form, empty where there is none, None where it is no number."""
    text = (tidy(request.form.get("phone")) or "").strip()
    if not text:
        return ""
    try:
        return entries.mobile(text, "", "US")
    except entries.Fault:
        digits = re.sub(r"\D", "", text)
        return digits if 7 <= len(digits) <= 15 else None


_GIVEN = {"injector": _injector, "treated": _treated, "person": _person}


def _page(key: str, name: str, problem: str = "") -> ResponseReturnValue:
    told = posters.told(g.visit.treatment)
    return page(
        f"about_{name}",
        titles()[name],
        422 if problem else 200,
        key=key,
        problem=problem,
        told=told,
        parts=birth_date.order(g.visit.language),
        typed=request.form or _typed(told.given_on if name == "treated" else told.born),
        injectors=injectors(),
        last=len(interview.steps(sending.at_hand().questions, sending.answers(key), g.visit.day)),
    )


def _typed(day: date | None) -> dict[str, str]:
    if day is None:
        return {}
    return {"day": str(day.day), "month": str(day.month), "year": str(day.year)}


def titles() -> dict[str, str]:
    return {
        "injector": _("Who gave you the injections?"),
        "treated": _("When was your treatment?"),
        "person": _("Who are you?"),
    }


def injectors() -> dict[str, str]:
    return {
        "here": _("This clinic"),
        "elsewhere": _("Another clinic or doctor"),
        "unlicensed": _("Somebody without a medical license"),
        "unsure": _("I'm not sure"),
    }


def rows(key: str) -> list[AboutRow]:
    """The poster's own lines of the check page."""
    if not g.visit.from_poster:
        return []
    told, asked = posters.told(g.visit.treatment), titles()
    not_said = _("Not given")
    person = ", ".join(part for part in (told.name, _day(told.born), told.mobile) if part)
    said = {
        "injector": injectors().get(told.injector, ""),
        "treated": _day(told.given_on),
        "person": person,
    }
    return [
        AboutRow(asked[one], said[one] or not_said, url("about", key=key, name=one))
        for one in PAGES
    ]


def _day(day: date | None) -> str:
    return format_date(day, "long", locale=g.visit.language) if day else ""


@ours
def number(key: str) -> ResponseReturnValue:
    return _number_page(key) if g.visit.from_poster else redirect(url("first"), 303)


@ours
def leave_number(key: str) -> ResponseReturnValue:
    """The one field under the emergency button: somebody can ring back."""
    phone = typed_number()
    if not g.visit.from_poster or sending.receipt(key) is None:
        return redirect(url("first"), 303)
    if not phone:
        return _number_page(key, _("Type a phone number with 7 digits or more"))
    keep(replace(posters.told(g.visit.treatment), mobile=phone))
    return redirect(url("done", key=key), 303)


def _number_page(key: str, problem: str = "") -> ResponseReturnValue:
    status = 422 if problem else 200
    return page("number", _("Your phone number"), status, key=key, problem=problem)
