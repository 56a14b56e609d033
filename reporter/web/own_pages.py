"""Emergencies with a page of their own: thoughts of self-harm, and an ill infant. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from reporter.clinic.reports import StoredReport
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.triage import COUNTS_AS_REPORTED

SELF_HARM: Final = "self_harm"
INFANT: Final = "infant"
HARM_RULES: Final = frozenset({"suicidal_thoughts"})
CRISIS: Final = frozenset({"suicidal_thoughts", "low_mood", "anxiety"})
"""What shows the crisis line on every other page too."""
BABY: Final = re.compile(
    r"\b(baby|babies|newborns?|infants?|bub|toddler|(day|week|month)s?[ -]old|"
    r"beb[eé]s?|reci[eé]n nacid[oa]s?|lactantes?|nen[eéa]|"
    r"(d[ií]as|semanas|mes|meses) de nacid[oa])\b",
    re.IGNORECASE,
)


def which(said: Sequence[StoredReport], level: Level, knowledge: Knowledge) -> str:
    """The page of its own, or nothing. A warning sign of the patient's own goes first."""
    if level is not Level.EMERGENCY:
        return ""
    if is_self_harm(said):
        return SELF_HARM
    if _has_own_sign(said, knowledge) or not any(_of_a_baby(one) for one in said):
        return ""
    return INFANT


def is_self_harm(said: Iterable[StoredReport]) -> bool:
    """Whether thoughts of self-harm, and nothing else, make it an emergency."""
    fired = {r.rule for one in said for r in one.reasons if r.level is Level.EMERGENCY}
    return bool(fired) and fired <= HARM_RULES


def _has_own_sign(said: Iterable[StoredReport], knowledge: Knowledge) -> bool:
    ticked = {entry.symptom for one in said for entry in one.report.symptoms}
    return any(knowledge.symptoms[id].red_flag for id in ticked if id in knowledge.symptoms)


def _of_a_baby(one: StoredReport) -> bool:
    """Somebody else is ill now, and the words speak of a baby."""
    now = any(mention.status == "someone_else_now" for mention in one.mentions)
    return now and bool(BABY.search(one.words))


def named_in_words(said: Iterable[StoredReport], knowledge: Knowledge) -> tuple[str, ...]:
    """What the patient has now by their own words, without what is nobody's name for anything."""
    found = dict.fromkeys(
        mention.symptom
        for one in said
        for mention in one.mentions
        if mention.status == COUNTS_AS_REPORTED[0]
    )
    return tuple(id for id in found if id in knowledge.symptoms and id != "other")
