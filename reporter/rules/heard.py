"""What was answered on the pages, as a report. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reporter.rules import interview
from reporter.rules.interview import Answers, Step
from reporter.rules.levels import Severity
from reporter.rules.questions import FINE_DENIES, SINCE, Notice, Option, Questions
from reporter.rules.report import Report, ReportedSymptom

SEEN = ("covers_pupil", "eye_closes", "sight_changed")
DETAILS = ("severity", "side", "extent", *SEEN, "fluids_pass")


def fine(questions: Questions, **told: Any) -> Report:
    """ "I feel fine" as a report: nothing present, and what was asked denied by name."""
    return Report(denied=(*questions.red_flags, *FINE_DENIES), **told)


def report(questions: Questions, answers: Answers, day: int, **told: Any) -> Report:
    """The answers as a report; `told` are the treatment's own facts."""
    noticed, every = interview.ticked(questions, answers), interview.steps(questions, answers, day)
    picked = [option for step in every for option in interview.chosen(answers, step, day)]
    flags = [id for id in questions.red_flags if id in answers.get("flags", ())]
    flagged = (_flagged(id, picked) for id in flags)
    new = (*flagged, *_noticed(noticed, every, answers, day))
    when, found = _when(every, answers, day), dict[str, ReportedSymptom]()
    for entry in (*_still_there(every, answers, day), *(replace(one, **when) for one in new)):
        found[entry.symptom] = _merged(found.get(entry.symptom), entry)
    return Report(
        day=day,
        symptoms=tuple(found.values()),
        free_text=_words(answers, picked, told.get("language")),
        denied=_denied(questions, answers, picked, every, found),
        unsure=_unsure(questions, answers, flags),
        call_me=bool(answers.get("call_me")) or any(one.call_me for one in noticed),
        **{**told, "factors": _factors(questions, answers, told.get("factors", ()))},
    )


def _flagged(id: str, picked: list[Option]) -> ReportedSymptom:
    """A warning sign, of which no page asks how bad it is."""
    drinks = next((one.fluids_pass for one in picked if one.fluids_pass is not None), None)
    return ReportedSymptom(id, fluids_pass=drinks if id == interview.SWALLOWING else None)


def _factors(questions: Questions, answers: Answers, known: tuple[str, ...]) -> tuple[str, ...]:
    """What the clinic knows, what was said the last time, and what was said now."""
    every = questions.questions[SINCE].options
    said = [every[id] for id in interview.said(answers, SINCE) if id in every]
    before = answers.get("last", {}).get("factors", ())
    return tuple(dict.fromkeys([*known, *before, *(f for one in said for f in one.factors)]))


def _still_there(every: tuple[Step, ...], answers: Answers, day: int) -> Iterator[ReportedSymptom]:
    """What was there the last time and has not gone, with when it started then."""
    for step in every:
        for option in interview.chosen(answers, step, day):
            if step.before is not None and option.trend is not None:
                worse = interview.said(answers, f"{step.id}.severity")
                severity = Severity.from_id(worse[0]) if worse else step.before.severity
                yield replace(step.before, trend=option.trend, severity=severity)


def _noticed(
    noticed: list[Notice], every: tuple[Step, ...], answers: Answers, day: int
) -> Iterator[ReportedSymptom]:
    for notice in noticed:
        own = [step for step in every if step.notice is notice]
        picked = [option for step in own for option in interview.chosen(answers, step, day)]
        symptoms = next((o.instead for o in reversed(picked) if o.instead), notice.symptoms)
        details = {**_details(picked), "zones": _zones(own, answers, day)}
        yield from (ReportedSymptom(id, **details) for id in symptoms)
        yield from (ReportedSymptom(id) for option in picked for id in option.adds)


def _zones(own: list[Step], answers: Answers, day: int) -> tuple[str, ...]:
    """The places that were ticked on the picture of a face."""
    maps = [step for step in own if step.question and step.question.map]
    return tuple(
        option.id.partition(".")[2]
        for step in maps
        for option in interview.chosen(answers, step, day)
    )


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
        for name in (*DETAILS, "onset_day", "trend")
    }
    kept["severity"] = _worse(before.severity, entry.severity)
    kept["zones"] = tuple(dict.fromkeys((*before.zones, *entry.zones)))
    return replace(before, **kept)


def _worse(one: Severity | None, other: Severity | None) -> Severity | None:
    if one is None and other is None:
        return None
    return max(Severity.MODERATE if each is None else each for each in (one, other))


def _when(every: tuple[Step, ...], answers: Answers, day: int) -> dict[str, Any]:
    when: dict[str, Any] = {}
    for step in every:
        for option in interview.chosen(answers, step, day):
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
    questions: Questions,
    answers: Answers,
    picked: list[Option],
    every: tuple[Step, ...],
    found: Mapping[str, Any],
) -> tuple[str, ...]:
    denied = list(questions.red_flags) if answers.get("no_flags") else []
    denied += [id for option in picked for id in option.denies]
    denied += [
        step.before.symptom
        for step in every
        if step.before and "gone" in interview.said(answers, step.id)
    ]
    return tuple(id for id in dict.fromkeys(denied) if id not in found)


def _unsure(questions: Questions, answers: Answers, flags: list[str]) -> tuple[str, ...]:
    if not answers.get("unsure"):
        return ()
    return tuple(id for id in questions.red_flags if id not in flags)
