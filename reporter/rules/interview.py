"""The way through the questions: which page is next, and what was answered on it.

Pure: answers are a plain dict as a draft keeps it, so that a page can be left and come back to.
`heard` makes a report of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reporter.rules.questions import (
    DRINKS,
    NEW,
    NOW,
    ONCE,
    SINCE,
    Notice,
    Option,
    Question,
    Questions,
)
from reporter.rules.report import Report, ReportedSymptom, stored_symptom, symptom_to_json
from reporter.rules.symptoms import Named

Answers = dict[str, Any]
"""flags: [id], unsure: bool, noticed: [id], said: {step: [answer]}, words: text,
day: when it was begun, last: {symptoms, factors} of the report before. All may lack."""

FIRST, NOTICED, WORDS = "first", "noticed", "words"
SWALLOWING = "trouble_swallowing"
NONE = "none"
# What is only true on the day on which it was said.
OF_THE_DAY = ("started", "trend", NEW, DRINKS)


@dataclass(frozen=True)
class Step:
    """One page. `question` is set for a follow-up, `notice` too unless it is about everything;
    `before` is what the last report said of the symptom that the page asks about."""

    id: str
    question: Question | None = None
    notice: Notice | None = None
    before: ReportedSymptom | None = None


def steps(questions: Questions, answers: Answers, day: int) -> tuple[Step, ...]:
    """The pages that these answers lead through, in order, without the check page."""
    noticed = ticked(questions, answers)
    found = [Step(FIRST)]
    if SWALLOWING in answers.get("flags", ()):
        found.append(Step(DRINKS, questions.questions[DRINKS]))
    found += _last_time(questions, answers)
    if asks_all(questions, answers):
        found.append(Step(NOTICED))
    if any(one.needs_words for one in noticed):
        found.append(Step(WORDS))
    found += [step for one in noticed for step in _follow_ups(questions, answers, one)]
    if any(one.since for one in noticed):
        found.append(Step(SINCE, questions.questions[SINCE]))
    if any(not one.untimed and not one.call_me for one in noticed):
        found += [Step(id, questions.questions[id]) for id in ONCE if id != "started" or day > 0]
    return tuple(found)


def _last_time(questions: Questions, answers: Answers) -> Iterator[Step]:
    """ "Last time: bruise, mild. Now?" for each symptom, then "Anything new?"."""
    known = last_time(questions, answers)
    for entry in known:
        step = f"last_{entry.symptom}"
        yield Step(step, questions.questions[NOW], before=entry)
        if "worse" in said(answers, step):
            yield Step(f"{step}.severity", questions.questions["severity"], before=entry)
    if known:
        yield Step(NEW, questions.questions[NEW])


def last_time(questions: Questions, answers: Answers) -> tuple[ReportedSymptom, ...]:
    """What the report before said, as it was when this one was begun."""
    last = answers.get("last", {})
    found = [stored_symptom(entry) for entry in last.get("symptoms", ())]
    return tuple(entry for entry in found if entry.symptom in questions.names)


def asks_all(questions: Questions, answers: Answers) -> bool:
    """Whether "What have you noticed?" is asked: not after "nothing new"."""
    return not last_time(questions, answers) or "yes" in said(answers, NEW)


def with_last_time(questions: Questions, answers: Answers, before: Report) -> Answers:
    """These answers, begun by somebody who may see the report before. Warning signs are asked
    on the first page every time."""
    asked = [one for one in before.symptoms if one.symptom not in questions.red_flags]
    symptoms = [symptom_to_json(entry) for entry in asked]
    return {**answers, "last": {"symptoms": symptoms, "factors": list(before.factors)}}


def on_day(answers: Answers, day: int) -> Answers:
    """The answers as they still hold when somebody goes on with them on another day."""
    if answers.get("day", day) == day:
        return answers
    kept = {
        step: given
        for step, given in answers.get("said", {}).items()
        if step not in OF_THE_DAY and not step.startswith("last_")
    }
    without = {key: value for key, value in answers.items() if key != "no_flags"}
    return {**without, "said": kept, "day": day}


def ticked(questions: Questions, answers: Answers) -> list[Notice]:
    """The tick boxes of "What have you noticed?", in the order of the page."""
    if not asks_all(questions, answers):
        return []
    noticed = set(answers.get("noticed", ()))
    return [one for one in questions.notices.values() if one.id in noticed]


def _follow_ups(questions: Questions, answers: Answers, notice: Notice) -> Iterator[Step]:
    for id in notice.ask:
        question = questions.questions[id]
        if question.not_with and question.not_with in answers.get("noticed", ()):
            continue
        before, _, answer = question.only_after.partition(".")
        if not before or answer in said(answers, f"{notice.id}.{before}"):
            yield Step(f"{notice.id}.{id}", question, notice)


def said(answers: Answers, step: str) -> list[str]:
    found = answers.get("said", {}).get(step, [])
    return found if isinstance(found, list) else []


def options(question: Question, day: int) -> Mapping[str, Option]:
    """The answers that make sense on this day after treatment."""
    return {id: option for id, option in question.options.items() if option.from_day <= day}


def chosen(answers: Answers, step: Step, day: int) -> list[Option]:
    """What was answered on a page; answers that an older version knew are gone."""
    if step.question is None:
        return []
    known = options(step.question, day)
    return [known[id] for id in said(answers, step.id) if id in known]


def beside(questions: Questions, answers: Answers) -> dict[str, Option]:
    """What the check page asks beside: only what may change the advice and had no page."""
    noticed = ticked(questions, answers)
    if any(one.since for one in noticed):
        return {}
    also = {id for one in noticed for id in one.since_also}
    every = questions.questions[SINCE].options
    return {id: option for id, option in every.items() if option.always or id in also}


def is_answered(questions: Questions, answers: Answers, step: Step, day: int) -> bool:
    if step.id == FIRST:
        return bool(answers.get("flags") or answers.get("unsure") or answers.get("no_flags"))
    if step.id == NOTICED:
        return bool(ticked(questions, answers))
    if step.id == WORDS:
        return bool(str(answers.get("words", "")).strip())
    skipped = step.question is not None and step.question.map
    return bool(chosen(answers, step, day)) or (skipped and step.id in answers.get("said", {}))


def next_step(questions: Questions, answers: Answers, day: int) -> int | None:
    """The number of the first page without an answer, from 1; None: all is ready to be checked."""
    for number, step in enumerate(steps(questions, answers, day), start=1):
        if not is_answered(questions, answers, step, day):
            return number
    return None


def holds_something(questions: Questions, answers: Answers) -> bool:
    """Whether somebody should see these answers even if they are never sent."""
    still = any(
        {"better", "same", "worse"} & set(said(answers, f"last_{entry.symptom}"))
        for entry in last_time(questions, answers)
    )
    told = answers.get("flags") or answers.get("unsure") or str(answers.get("words", "")).strip()
    return bool(told or still or ticked(questions, answers))


def about(questions: Questions, before: ReportedSymptom) -> Named:
    """How "last time" speaks of a symptom: by the tick box where it has one of its own."""
    own = next((o for o in questions.notices.values() if o.symptoms == (before.symptom,)), None)
    return own or questions.names[before.symptom]
