"""The last page before sending: what was answered, and how to reach whoever wrote it."""

from dataclasses import dataclass

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from reporter.clinic import contact, entries
from reporter.clinic.contact import Contact
from reporter.rules import interview
from reporter.rules.interview import WORDS, Answers
from reporter.rules.questions import SINCE
from reporter.web import patient_photos, patient_poster, sending, summary
from reporter.web.forms import WordsForm
from reporter.web.patient_page import ours, page
from reporter.web.patient_questions import is_missing, onward
from reporter.web.sending import at_hand

MASK = "••• ••• "
YES_NO = {"yes": True, "no": False}


@dataclass(frozen=True)
class Filled:
    """What the page was sent with. `problem` is one sentence, about `field`."""

    answers: Answers
    problem: str = ""
    field: str = WORDS


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/c/<slug>/<key>/check", "check", check)
    blueprint.add_url_rule("/c/<slug>/<key>/check", "send", send, methods=["POST"])


@ours
def check(key: str) -> ResponseReturnValue:
    answers = sending.answers(key)
    if is_missing(key, answers):
        return onward(key, answers)
    return _page(key, Filled(answers))


@ours
def send(key: str) -> ResponseReturnValue:
    before = sending.answers(key)
    filled = _filled(before)
    if filled.problem:
        return _page(key, filled)
    if is_missing(key, filled.answers):
        return onward(key, filled.answers)
    if filled.answers != before:
        sending.save(key, filled.answers)
    return sending.send(key, sending.told(filled.answers), wish(filled.answers))


def wish(answers: Answers) -> Contact:
    """How the writer wants to be called, as it was answered here."""
    return contact.from_data(answers.get("contact", {}))


def _filled(before: Answers) -> Filled:
    form, answers = WordsForm(), dict(before)
    if form.words.data is not None:
        answers["words"] = form.words.data
    beside = interview.beside(at_hand().questions, before)
    if beside and "contact" in request.form:
        ticked = [id for id in beside if id in request.form.getlist("since")]
        answers["said"] = {**before.get("said", {}), SINCE: ticked}
    if not form.validate():
        return Filled(answers, form.problem)
    if "contact" not in request.form:
        return Filled(answers)
    return _with_contact(answers)


def _with_contact(answers: Answers) -> Filled:
    typed, problem, before = request.form.get("number", ""), "", wish(answers).number
    shown = masked(before or g.visit.treatment.patient.mobile)
    try:
        number = entries.mobile(_new_digits(typed, shown), "", "US")
        number = number or (before if shown and shown in typed else "")
    except entries.Fault:
        number, problem = typed, _("Enter a phone number, like 301 555 0142")
    said = Contact(
        number=number,
        voicemail=YES_NO.get(request.form.get("voicemail", "")),
        interpreter=YES_NO.get(request.form.get("interpreter", "")),
        for_other=request.form.get("writer") == "other",
    )
    kept = {**answers, "contact": contact.as_data(said)}
    return Filled(kept, problem, "number" if problem else WORDS)


def _new_digits(typed: str, shown: str) -> str:
    """What was typed, without the masked number that stood there."""
    return typed.replace(shown, "").strip() if shown else typed


def masked(number: str) -> str:
    """Only the last four digits: the phone may be in other hands."""
    digits = "".join(sign for sign in number if sign.isdigit())
    return f"{MASK}{digits[-4:]}" if digits else ""


def _page(key: str, filled: Filled) -> ResponseReturnValue:
    questions, answers = at_hand().questions, filled.answers
    steps = interview.steps(questions, answers, g.visit.day)
    own_page = any(step.id == WORDS for step in steps)
    said = wish(answers)
    patient = g.visit.treatment.patient
    return page(
        "check",
        _("Check your answers"),
        422 if filled.problem else 200,
        key=key,
        rows=summary.rows(questions, answers, g.visit.day, g.visit.language),
        words="" if own_page else answers.get("words", ""),
        own_page=own_page,
        last=len(steps),
        about=patient_poster.rows(key),
        photos=patient_photos.count(key),
        may_be_seen=patient_photos.is_seen(answers),
        problem=filled.problem,
        wrong=filled.field,
        beside=interview.beside(questions, answers),
        ticked=interview.said(answers, SINCE),
        number=_shown_number(said, filled.problem),
        voicemail=patient.may_voicemail if said.voicemail is None else said.voicemail,
        interpreter=said.interpreter,
        for_other=said.for_other,
    )


def _shown_number(said: Contact, problem: str) -> str:
    if problem and said.number:
        return said.number
    return masked(said.number or g.visit.treatment.patient.mobile)
