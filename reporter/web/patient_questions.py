"""One question a page: what is asked, what is kept of the answer, and where it leads on to."""

from typing import Any

from flask import Blueprint, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from reporter.rules import interview
from reporter.rules.interview import FIRST, NOTICED, WORDS, Answers, Step
from reporter.rules.questions import NEW
from reporter.web import face, patient_poster, sending, summary
from reporter.web.forms import AnswerForm, NoticedForm, WordsForm
from reporter.web.patient_page import ours, page, url
from reporter.web.sending import at_hand

OF_THEIR_OWN = frozenset({FIRST, NOTICED, WORDS})


def add_to(blueprint: Blueprint) -> None:
    path = "/c/<slug>/<key>/<int:number>"
    blueprint.add_url_rule(path, "question", question)
    blueprint.add_url_rule(path, "answer", answer, methods=["POST"])


@ours
def question(key: str, number: int) -> ResponseReturnValue:
    answers = sending.answers(key)
    steps = interview.steps(at_hand().questions, answers, g.visit.day)
    if not answers or not 1 <= number <= len(steps):
        return redirect(url("first"), 303)
    return show(key, steps[number - 1], number, answers)


@ours
def answer(key: str, number: int) -> ResponseReturnValue:
    """Keep one page's answer. The page itself says what it asked: another tab may be ahead."""
    answers = sending.answers(key)
    steps = interview.steps(at_hand().questions, answers, g.visit.day)
    step = next((one for one in steps if one.id == request.form.get("step")), None)
    if step is None or step.id == FIRST:
        return onward(key, answers)
    given, problem = _given(step, answers)
    if problem:
        return show(key, step, number, given, problem)
    sending.save(key, given)
    if step.id == WORDS and sending.is_emergency(given):
        return sending.send(key, sending.told(given))
    return onward(key, given)


def _given(step: Step, answers: Answers) -> tuple[Answers, str]:
    """The answers with this page's own, and what is wrong with it in one sentence."""
    if step.id == NOTICED:
        noticed = NoticedForm().chosen(at_hand().questions)
        missing = "" if noticed else _("Tell us what you have noticed")
        return {**answers, "noticed": noticed}, missing
    if step.id == WORDS:
        form = WordsForm()
        problem = "" if form.validate() else form.problem
        words = form.words.data or ""
        missing = "" if words.strip() else _("Tell us what you have noticed")
        return {**answers, "words": words}, problem or missing
    said = AnswerForm().chosen(step, g.visit.day)
    given = {**answers, "said": {**answers.get("said", {}), step.id: said}}
    may_skip = step.question is not None and step.question.map
    return given, "" if said or may_skip else _("Choose an answer")


def show(
    key: str, step: Step, number: int, answers: Answers, problem: str = ""
) -> ResponseReturnValue:
    """One page of questions, with what was answered before."""
    return page(
        step.id if step.id in OF_THEIR_OWN else "question",
        _title(step, answers),
        422 if problem else 200,
        key=key,
        step=step,
        number=number,
        answers=answers,
        problem=problem,
        **_offered(step, answers),
    )


def _offered(step: Step, answers: Answers) -> dict[str, Any]:
    """The answers to choose from, and which of them were chosen."""
    before = interview.chosen(answers, step, g.visit.day)
    options = interview.options(step.question, g.visit.day) if step.question else {}
    shown = face.places(options, g.visit.language) if step.question and step.question.map else ()
    return {
        "chosen": [option.id.partition(".")[2] for option in before],
        "options": options,
        "places": shown,
    }


def _title(step: Step, answers: Answers) -> str:
    if step.id == FIRST:
        return str(_("Warning signs"))
    if step.id == NOTICED:
        again = NEW in answers.get("said", {})
        return str(_("What is new?") if again else _("What have you noticed?"))
    if step.id == WORDS:
        return str(_("Tell us more in your own words"))
    return summary.question(at_hand().questions, step, g.language)


def onward(key: str, answers: Answers) -> ResponseReturnValue:
    """To the first page without an answer, else to the check page; the poster asks more before."""
    number = interview.next_step(at_hand().questions, answers, g.visit.day)
    if number is None:
        return redirect(patient_poster.next_url(key, answers) or url("check", key=key), 303)
    return redirect(url("question", key=key, number=number), 303)


def is_missing(key: str, answers: Answers) -> bool:
    """Whether a page has no answer yet, of the questions or of what only the poster asks."""
    step = interview.next_step(at_hand().questions, answers, g.visit.day)
    return step is not None or patient_poster.next_url(key, answers) is not None
