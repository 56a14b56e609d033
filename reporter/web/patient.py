"""The patient's pages: from the link in the e-mail to what to do now. No account, no script."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, g, make_response, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from reporter.web import interview, language, results, sending, summary, visit
from reporter.web.brand import brand
from reporter.web.forms import AnswerForm, FlagsForm, NoticedForm, WordsForm
from reporter.web.interview import FIRST, NOTICED, WORDS, Answers, Step
from reporter.web.patient_page import ours, page, url
from reporter.web.sending import at_hand

blueprint = Blueprint("patient", __name__)


@blueprint.url_value_preprocessor
def take_slug(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.slug = (values or {}).pop("slug", None)


@blueprint.before_request
def begin() -> ResponseReturnValue | None:
    """Who visits, in which language; g.visit is set on every page but the link itself."""
    if g.slug is None:
        return None
    if switched := language.switched():
        return switched
    g.visit = visit.begin(g.slug)
    g.language, g.brand = g.visit.language, brand(g.visit.clinic.colour)
    if not session.permanent:
        session.permanent = True
    return None


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
    key = _key(request.form.get("key"))
    return sending.send(key, sending.fine())


@blueprint.get("/c/<slug>/")
def first() -> ResponseReturnValue:
    return page("first", _("Warning signs"), key=visit.new_key(g.visit), answers={}, problem="")


@blueprint.post("/c/<slug>/")
def answer_first() -> ResponseReturnValue:
    """Any red flag is stored, decided and in the queue before the next page is shown."""
    form = FlagsForm()
    key, given = _key(form.key.data), form.answers(at_hand().questions)
    draft = sending.draft(key)
    answers = {**(draft.answers if draft else {}), **given}
    if given["flags"] or given["unsure"]:
        sent = sending.send(key, sending.told(answers))
        if draft:
            sending.save(key, answers)
        return sent
    if not given["no_flags"]:
        problem = _("Tick what you have, or tick “No, I do not have any of these”")
        return page("first", _("Warning signs"), 422, key=key, answers=given, problem=problem)
    sending.save(key, answers)
    return _onward(key, answers)


def _key(posted: str | None) -> str:
    """The form's own key. One that is not ours, say after cookies were cleared, is replaced:
    a report is never refused for it."""
    return posted if posted and visit.is_ours(g.visit, posted) else visit.new_key(g.visit)


@blueprint.get("/c/<slug>/<key>/<int:number>")
@ours
def question(key: str, number: int) -> ResponseReturnValue:
    answers = sending.answers(key)
    steps = interview.steps(at_hand().questions, answers, g.visit.day)
    if not answers or not 1 <= number <= len(steps):
        return redirect(url("first"), 303)
    return _show(key, steps[number - 1], number, answers)


@blueprint.post("/c/<slug>/<key>/<int:number>")
@ours
def answer(key: str, number: int) -> ResponseReturnValue:
    """Keep one page's answer. The page itself says what it asked: another tab may be ahead."""
    answers = sending.answers(key)
    steps = interview.steps(at_hand().questions, answers, g.visit.day)
    step = next((one for one in steps if one.id == request.form.get("step")), None)
    if step is None or step.id == FIRST:
        return _onward(key, answers)
    given, problem = _given(step, answers)
    if problem:
        return _show(key, step, number, given, problem)
    sending.save(key, given)
    return _onward(key, given)


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
    return given, "" if said else _("Choose an answer")


def _show(
    key: str, step: Step, number: int, answers: Answers, problem: str = ""
) -> ResponseReturnValue:
    """One page of questions, with what was answered before."""
    template = step.id if step.id in {FIRST, NOTICED, WORDS} else "question"
    before = interview.chosen(answers, step, g.visit.day)
    return page(
        template,
        _title(step),
        422 if problem else 200,
        key=key,
        step=step,
        number=number,
        answers=answers,
        chosen=[option.id.partition(".")[2] for option in before],
        options=interview.options(step.question, g.visit.day) if step.question else {},
        problem=problem,
    )


def _title(step: Step) -> str:
    titles = {FIRST: _("Warning signs"), NOTICED: _("What have you noticed?")}
    titles[WORDS] = _("Tell us more in your own words")
    return titles.get(step.id) or summary.question(step, g.language)


def _onward(key: str, answers: Answers) -> ResponseReturnValue:
    """To the first page without an answer, else to the check page."""
    number = interview.next_step(at_hand().questions, answers, g.visit.day)
    if number is None:
        return redirect(url("check", key=key), 303)
    return redirect(url("question", key=key, number=number) if number > 1 else url("first"), 303)


@blueprint.get("/c/<slug>/<key>/check")
@ours
def check(key: str) -> ResponseReturnValue:
    answers = sending.answers(key)
    if interview.next_step(at_hand().questions, answers, g.visit.day):
        return _onward(key, answers)
    return _check_page(key, answers)


def _check_page(key: str, answers: Answers, problem: str = "") -> ResponseReturnValue:
    steps = interview.steps(at_hand().questions, answers, g.visit.day)
    return page(
        "check",
        _("Check your answers"),
        422 if problem else 200,
        key=key,
        rows=summary.rows(at_hand().questions, answers, g.visit.day, g.language),
        words="" if any(step.id == WORDS for step in steps) else answers.get("words", ""),
        own_page=any(step.id == WORDS for step in steps),
        last=len(steps),
        problem=problem,
    )


@blueprint.post("/c/<slug>/<key>/check")
@ours
def send(key: str) -> ResponseReturnValue:
    form, before = WordsForm(), sending.answers(key)
    answers = before if form.words.data is None else {**before, "words": form.words.data}
    if not form.validate():
        return _check_page(key, answers, form.problem)
    if interview.next_step(at_hand().questions, answers, g.visit.day):
        return _onward(key, answers)
    if answers != before:
        sending.save(key, answers)
    return sending.send(key, sending.told(answers))


@blueprint.get("/c/<slug>/done/<key>")
@ours
def done(key: str) -> ResponseReturnValue:
    """What to do now. Only the device that sent the report sees it."""
    receipt = sending.receipt(key)
    if receipt is None:
        return redirect(url("first"), 303)
    here, draft = at_hand(), sending.draft(key)
    answers = draft.answers if draft else {}
    shown = results.page(
        g.visit,
        receipt,
        sending.said(key),
        answers,
        here.knowledge,
        here.questions,
        here.advice,
        sending.open_case(),
    )
    return page("result", shown.title, page=shown, key=key)


@blueprint.post("/c/<slug>/done/<key>/call")
@ours
def call_me(key: str) -> ResponseReturnValue:
    """ "I'd still like a call": the same report once more, with the wish added."""
    receipt = sending.receipt(key)
    if receipt is None:
        return redirect(url("first"), 303)
    wished = replace(receipt.report, call_me=True)
    return sending.send(key, lambda _: wished)
