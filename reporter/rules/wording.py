"""Rules and answers in plain sentences for staff."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from reporter.rules.conditions import NOT_ASKED, Condition
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.report import ReportedSymptom

LEVELS: Final = {
    Level.EMERGENCY: "emergency",
    Level.URGENT: "urgent",
    Level.CALL_BACK: "call-back",
    Level.SELF_CARE: "self-care",
}
SIDES: Final = {"left": "on the left", "right": "on the right", "both": "on both sides"}
EXTENTS: Final = {
    "local": "only where injected",
    "elsewhere": "elsewhere too",
    "spreading": "spreading",
    NOT_ASKED: "with nobody asked how far it reaches",
}
TRENDS: Final = {"better": "getting better", "same": "staying the same", "worse": "getting worse"}
DOMAINS: Final = {
    "eye": "the eyes",
    "face": "the face",
    "bulbar": "swallowing, speech or voice",
    "breathing": "breathing",
    "weakness": "strength of body, arms, legs or neck",
    "bladder": "the bladder",
    "dry_mouth": "a dry mouth",
}
# The knowledge speaks to the patient ("a rash where you were injected"); staff are told of them.
TO_STAFF: Final = (
    (re.compile(r"^(an?|the) "), ""),
    (re.compile(r" that bothers you$"), ""),
    (re.compile(r"\byou are\b"), "they are"),
    (re.compile(r"\byou were injected\b"), "injected"),
    (re.compile(r"\byou (?=pass|chew)"), "they "),
    (re.compile(r"\byourself\b"), "themselves"),
    (re.compile(r"\byour\b"), "the"),
)


def symptom(knowledge: Knowledge, symptom_id: str) -> str:
    """`droopy eyelid` for eyelid_droop; the id in plain letters for one that is not known."""
    known = knowledge.symptoms.get(symptom_id)
    text = known.en if known else symptom_id.replace("_", " ")
    for pattern, instead in TO_STAFF:
        text = pattern.sub(instead, text)
    return text


def factor(knowledge: Knowledge, factor_id: str) -> str:
    known = knowledge.factors.get(factor_id)
    return known.en if known else factor_id.replace("_", " ")


def area(area_id: str) -> str:
    return "DAO" if area_id == "dao" else area_id.replace("_", " ")


def listed(parts: Iterable[str], word: str = "or") -> str:
    """`a, b or c`."""
    *first, last = [part for part in parts if part] or [""]
    return f"{', '.join(first)} {word} {last}" if first else last


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def condition(asked: Condition, knowledge: Knowledge) -> str:
    """All that a rule asks, in one sentence."""
    sign = " ".join([_subject(asked, knowledge), *_about_the_sign(asked)])
    parts = [sign, *_about_the_report(asked, knowledge), *_about_the_treatment(asked, knowledge)]
    return capital("; ".join(part for part in parts if part)) + "."


def _symptoms(knowledge: Knowledge, ids: Iterable[str], word: str = "or") -> str:
    return listed((symptom(knowledge, one) for one in ids), word)


def _subject(asked: Condition, knowledge: Knowledge) -> str:
    if asked.any_symptom:
        return "any symptom"
    return _symptoms(knowledge, asked.any_of)


def _about_the_sign(asked: Condition) -> Iterator[str]:
    if asked.severity_at_least is not None:
        least = asked.severity_at_least
        yield {"mild": "of any severity", "moderate": "that is moderate, severe or not rated"}.get(
            least.id, f"that is {least.id}"
        )
    yield from _days("that began", asked.onset_from, asked.onset_to)
    if asked.past_usual:
        yield "that lasts past its usual time"
    yield from _named(asked.trend, TRENDS)
    yield from _named(asked.side, SIDES)
    yield from _named(asked.extent, EXTENTS)
    yield from _eye(asked)
    if asked.unless_fluids_pass:
        yield "unless drinks are known to go down"
    if asked.words_deny:
        yield "that the own words deny or take back"
    if asked.answered_no:
        yield "that was answered no on the form and named in the own words"


def _eye(asked: Condition | ReportedSymptom) -> Iterator[str]:
    answers: Mapping[str, tuple[str, str]] = {
        "covers_pupil": ("with the pupil covered", "with the pupil free"),
        "eye_closes": ("with an eye that closes", "with an eye that does not close"),
        "sight_changed": ("with changed sight", "with sight as before"),
    }
    for key, (yes, no) in answers.items():
        answer = getattr(asked, key)
        if answer is not None:
            yield yes if answer else no


def _named(ids: Iterable[str], words: Mapping[str, str]) -> Iterator[str]:
    if ids:
        yield listed(words[one] for one in ids)


def _days(what: str, first: int | None, last: int | None) -> Iterator[str]:
    if first is not None and last is not None:
        yield f"{what} on day {first} to {last}"
    elif first is not None:
        yield f"{what} on day {first} or later"
    elif last is not None:
        yield f"{what} by day {last}"


def _about_the_report(asked: Condition, knowledge: Knowledge) -> Iterator[str]:
    if asked.all_of:
        together = "together with " if asked.any_of else ""
        yield together + _symptoms(knowledge, asked.all_of, "and")
    if asked.with_any_of:
        yield f"together with {_symptoms(knowledge, asked.with_any_of)}"
    if asked.domains:
        counted = listed((DOMAINS[one] for one in asked.domains), "and")
        yield f"trouble in at least {asked.domains_at_least} of: {counted}"
    if asked.none_of:
        yield f"without {_symptoms(knowledge, asked.none_of)}"
    if asked.last_any_of:
        yield f"after {_symptoms(knowledge, asked.last_any_of)} in the last report"
    if asked.words:
        named = (*(symptom(knowledge, one) for one in asked.words if one in knowledge.symptoms),)
        named += (*(factor(knowledge, one) for one in asked.words if one in knowledge.factors),)
        yield f"the own words name {listed(named)}"
    if asked.words_of_another:
        others = _symptoms(knowledge, asked.words_of_another)
        yield f"the own words say that somebody else has {others} now"
    if asked.unsure_red_flag:
        yield "an answer “not sure” about a warning sign"
    if asked.call_me:
        yield "the patient asks for a call"
    if asked.free_text:
        yield "the patient wrote in own words"


def _about_the_treatment(asked: Condition, knowledge: Knowledge) -> Iterator[str]:
    yield from _days("reported", asked.day_from, asked.day_to)
    if asked.areas:
        yield f"treated: {listed(map(area, asked.areas))}"
    if asked.none_of_areas:
        yield f"not known to be treated: {listed(map(area, asked.none_of_areas))}"
    if asked.factors:
        yield f"with {listed(factor(knowledge, one) for one in asked.factors)}"
    if asked.products:
        yield f"product {listed(asked.products)}"
    if asked.lots:
        yield f"lot {listed(asked.lots)}"


def answers(entry: ReportedSymptom, knowledge: Knowledge) -> str:
    """One reported symptom with all that was answered about it."""
    details = [
        "" if entry.severity is None else entry.severity.id,
        "" if entry.onset_day is None else f"began on day {entry.onset_day}",
        TRENDS.get(entry.trend or "", ""),
        SIDES.get(entry.side or "", ""),
        EXTENTS.get(entry.extent or "", ""),
        *_eye(entry),
        {True: "drinks go down", False: "drinks do not go down"}.get(entry.fluids_pass, ""),  # type: ignore[arg-type]
    ]
    return ", ".join([capital(symptom(knowledge, entry.symptom)), *filter(None, details)])
