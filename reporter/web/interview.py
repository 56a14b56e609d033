"""The way through the questions: which page is next, what was answered, what it says in a report.

Pure: answers are a plain dict as a draft keeps it, so that a page can be left and come back to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reporter.rules.levels import Severity
from reporter.rules.questions import FINE_DENIES, ONCE, Notice, Option, Question, Questions
from reporter.rules.report import Report, ReportedSymptom

Answers = dict[str, Any]
"""flags: [id], unsure: bool, noticed: [id], said: {step: [answer]}, words: text. All may lack."""

FIRST, NOTICED, WORDS = "first", "noticed", "words"
NONE = "none"


@dataclass(frozen=True)
class Step:
    """One page. `question` is set for a follow-up, `notice` too unless it is about everything."""

    id: str
    question: Question | None = None
    notice: Notice | None = None


def steps(questions: Questions, answers: Answers, day: int) -> tuple[Step, ...]:
    """The pages that these answers lead through, in order, without the check page."""
    noticed = ticked(questions, answers)
    found = [Step(FIRST), Step(NOTICED)]
    if any(one.needs_words for one in noticed):
        found.append(Step(WORDS))
    found += [step for one in noticed for step in _follow_ups(questions, answers, one)]
    if any(not one.untimed and not one.call_me for one in noticed):
        found += [Step(id, questions.questions[id]) for id in ONCE if id != "started" or day > 0]
    return tuple(found)


def ticked(questions: Questions, answers: Answers) -> list[Notice]:
    """The tick boxes of the second page, in the order of the page."""
    chosen = set(answers.get("noticed", ()))
    return [one for one in questions.notices.values() if one.id in chosen]


def _follow_ups(questions: Questions, answers: Answers, notice: Notice) -> Iterator[Step]:
    for id in notice.ask:
        question = questions.questions[id]
        if question.not_with and question.not_with in answers.get("noticed", ()):
            continue
        before, _, answer = question.only_after.partition(".")
        if not before or answer in _said(answers, f"{notice.id}.{before}"):
            yield Step(f"{notice.id}.{id}", question, notice)


def _said(answers: Answers, step: str) -> list[str]:
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
    return [known[id] for id in _said(answers, step.id) if id in known]


def is_answered(questions: Questions, answers: Answers, step: Step, day: int) -> bool:
    if step.id == FIRST:
        return bool(answers.get("flags") or answers.get("unsure") or answers.get("no_flags"))
    if step.id == NOTICED:
        return bool(ticked(questions, answers))
    if step.id == WORDS:
        return bool(str(answers.get("words", "")).strip())
    return bool(chosen(answers, step, day))


def next_step(questions: Questions, answers: Answers, day: int) -> int | None:
    """The number of the first page without an answer, from 1; None: all is ready to be checked."""
    for number, step in enumerate(steps(questions, answers, day), start=1):
        if not is_answered(questions, answers, step, day):
            return number
    return None


def fine(questions: Questions, **told: Any) -> Report:
    """ "I feel fine" as a report: nothing present, and what was asked denied by name."""
    return Report(denied=(*questions.red_flags, *FINE_DENIES), **told)


def report(questions: Questions, answers: Answers, day: int, **told: Any) -> Report:
    """The answers as a report; `told` are the treatment's own facts."""
    noticed, every = ticked(questions, answers), steps(questions, answers, day)
    picked = [option for step in every for option in chosen(answers, step, day)]
    flags = [id for id in questions.red_flags if id in answers.get("flags", ())]
    found: dict[str, ReportedSymptom] = {}
    for entry in (*map(ReportedSymptom, flags), *_noticed(noticed, every, answers, day)):
        found[entry.symptom] = _merged(found.get(entry.symptom), entry)
    when = _when(every, answers, day)
    return Report(
        day=day,
        symptoms=tuple(replace(entry, **when) for entry in found.values()),
        free_text=_words(answers, picked, told.get("language")),
        denied=_denied(questions, answers, picked, found),
        unsure=_unsure(questions, answers, flags),
        call_me=bool(answers.get("call_me")) or any(one.call_me for one in noticed),
        **told,
    )


def _noticed(
    noticed: list[Notice], every: tuple[Step, ...], answers: Answers, day: int
) -> Iterator[ReportedSymptom]:
    for notice in noticed:
        picked = [
            option
            for step in every
            if step.notice is notice
            for option in chosen(answers, step, day)
        ]
        symptoms = next((o.instead for o in reversed(picked) if o.instead), notice.symptoms)
        details = _details(picked)
        yield from (ReportedSymptom(id, **details) for id in symptoms)
        yield from (ReportedSymptom(id) for option in picked for id in option.adds)


DETAILS = ("severity", "side", "extent", "covers_pupil", "eye_closes", "sight_changed")


def _details(picked: list[Option]) -> dict[str, Any]:
    return {
        name: getattr(option, name)
        for option in picked
        for name in DETAILS
        if getattr(option, name) is not None
    }


def _merged(before: ReportedSymptom | None, entry: ReportedSymptom) -> ReportedSymptom:
    """Two ticks that report one symptom: nothing is lost and the worse one counts."""
    if before is None:
        return entry
    kept = {
        name: getattr(entry, name) if getattr(before, name) is None else getattr(before, name)
        for name in DETAILS
    }
    kept["severity"] = _worse(before.severity, entry.severity)
    return replace(before, **kept)


def _worse(one: Severity | None, other: Severity | None) -> Severity | None:
    if one is None and other is None:
        return None
    return max(Severity.MODERATE if each is None else each for each in (one, other))


def _when(every: tuple[Step, ...], answers: Answers, day: int) -> dict[str, Any]:
    when: dict[str, Any] = {}
    for step in every:
        for option in chosen(answers, step, day):
            if step.id == "started":
                when["onset_day"] = option.onset(day)
            if step.id == "trend":
                when["trend"] = option.trend
    if day == 0 and "trend" in when:
        when["onset_day"] = 0
    return when


def _words(answers: Answers, picked: list[Option], language: str | None) -> str:
    """The patient's own words, then the answers that only words can hold, in brackets."""
    own = str(answers.get("words", "")).strip()
    said = [f"[{option.es if language == 'es' else option.en}]" for option in picked if option.says]
    return "\n".join([own, *said] if own else said)


def _denied(
    questions: Questions, answers: Answers, picked: list[Option], found: Mapping[str, Any]
) -> tuple[str, ...]:
    denied = list(questions.red_flags) if answers.get("no_flags") else []
    denied += [id for option in picked for id in option.denies]
    return tuple(id for id in dict.fromkeys(denied) if id not in found)


def _unsure(questions: Questions, answers: Answers, flags: list[str]) -> tuple[str, ...]:
    if not answers.get("unsure"):
        return ()
    return tuple(id for id in questions.red_flags if id not in flags)
