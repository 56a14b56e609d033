"""The desk's short words for levels, symptoms, languages and how a case stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from reporter.clinic.casebook import Case
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level


@dataclass(frozen=True)
class Badge:
    """A level that is told apart by shape and word; `name` picks its colour."""

    shape: str
    word: str
    name: str


BADGES = {
    Level.EMERGENCY: Badge("▲", "Emergency", "emergency"),
    Level.URGENT: Badge("◆", "Urgent", "urgent"),
    Level.CALL_BACK: Badge("●", "Call-back", "call-back"),
    Level.SELF_CARE: Badge("○", "Self-care", "self-care"),
}
UNDECIDED = Badge("?", "Not decided", "undecided")
LANGUAGES = {"en": "English", "es": "Spanish"}
OUTCOMES = {
    "resolved": "Resolved",
    "improving": "Improving",
    "referred": "Referred",
    "treated_here": "Treated here",
    "sent_to_er": "Sent to the ER",
    "unreached": "Not reached",
    "not_related": "Not related",
}
CALL_RESULTS = {
    "reached": "Spoke",
    "voicemail": "Voicemail",
    "no_answer": "No answer",
    "wrong_number": "Wrong number",
    "note": "Only a note",
}
# Whether the emergency number was called, as a form asks it.
ANSWERED = {"yes": "Yes, confirmed", "told": "No, told again", "not_needed": "Not needed now"}
# The same as the timeline says it behind a comma, of the number that was shown.
EMERGENCY_CALLS = {
    "yes": "{number} was called",
    "told": "told to call {number}",
    "not_needed": "{number} is not needed now",
}
# What a practitioner returns an escalation with.
DECISIONS = {
    "see_today": "See today",
    "advice": "Advice",
    "treated": "Treated here",
    "send_to_er": "Send to the ER",
    "other": "Something else",
}
# Whether a suspected reaction was told to the regulator.
REGULATOR = {
    "reported": "Reported already",
    "will_report": "Will be reported",
    "no_report": "No report needed",
}
# What came of a call to somebody silent that reached nobody.
TRIED = {"no_answer": "No answer", "voicemail": "Voicemail", "wrong_number": "Wrong number"}
STATES = {
    "new": "waits for somebody to take it",
    "claimed": "is being worked on",
    "waiting": "waits for the next call",
    "monitoring": "waits for a follow-up",
    "closed": "is closed",
}
# The knowledge speaks to the patient ("a rash where you were injected"); the desk does not.
TO_STAFF = (
    (re.compile(r"^(an?|the) "), ""),
    (re.compile(r" that bothers you$"), ""),
    (re.compile(r"\byou are\b"), "they are"),
    (re.compile(r"\byou were injected\b"), "injected"),
    (re.compile(r"\byou (?=pass|chew)"), "they "),
    (re.compile(r"\byourself\b"), "themselves"),
    (re.compile(r"\byour\b"), "the"),
)


def badge(case: Case) -> Badge:
    return UNDECIDED if case.undecided else BADGES[case.level]


def level_badge(level: Level | None) -> Badge:
    return UNDECIDED if level is None else BADGES[level]


@lru_cache(maxsize=4096)
def symptom(knowledge: Knowledge, symptom_id: str) -> str:
    """`Droopy eyelid` for eyelid_droop; the id itself for one that has left the knowledge."""
    known = knowledge.symptoms.get(symptom_id)
    text = known.en if known else symptom_id.replace("_", " ")
    for pattern, instead in TO_STAFF:
        text = pattern.sub(instead, text)
    return text[:1].upper() + text[1:]


def area(area_id: str) -> str:
    """Nurses say glabella and DAO, not what patients are told."""
    return "DAO" if area_id == "dao" else area_id.replace("_", " ")


def factor(knowledge: Knowledge, factor_id: str) -> str:
    known = knowledge.factors.get(factor_id)
    return known.en if known else factor_id.replace("_", " ")


def phone(number: str) -> str:
    """`+12405550188` as people read it aloud: `(240) 555-0188`."""
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return number
    national = parsed.country_code == 1
    shape = PhoneNumberFormat.NATIONAL if national else PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, shape))


def units(amount: float) -> str:
    return f"{amount:g} U"


def inside(text: str) -> str:
    """As it stands inside a sentence: `sent to the ER`."""
    return text[:1].lower() + text[1:]


def named(words: Mapping[str, str], key: str | None) -> str:
    """The word for a stored id, or the id in plain letters when it is new to this page."""
    return words.get(key or "", (key or "").replace("_", " "))
