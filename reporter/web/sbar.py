"""Situation, background, assessment, recommendation: a case in the four lines a practitioner reads.

No name and no telephone number stands in them; what is asked for is for the nurse to say.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reporter.clinic.casebook import Case, Move
from reporter.clinic.hours import local
from reporter.clinic.reports import StoredReport
from reporter.clinic.treatments import Treatment
from reporter.rules.knowledge import Knowledge
from reporter.web import staff_words
from reporter.web.headline import headline as signs_of
from reporter.web.queue_page import Desk

ASK = "R: Please say: "
SHORT, ASKED = 160, 220
ASSESSED = re.compile(r"(?:^|\s)A: *(.*?)(?=\sR:|\Z)", re.DOTALL)
REQUESTED = re.compile(r"(?:^|\s)R: *(?:Please say:)?(.*)", re.DOTALL)
SIGNS = 5
LONGEST_DENIED = 8


@dataclass(frozen=True)
class Told:
    """What the four lines are made of."""

    case: Case
    visit: Treatment
    reports: Sequence[StoredReport]
    moves: Sequence[Move]


def proposed(desk: Desk, told: Told) -> str:
    """The text that the escalation form begins with; the nurse corrects it."""
    return "\n".join(
        (
            f"S: {situation(desk, told)}",
            f"B: {background(desk.knowledge, told.visit)}",
            f"A: {assessment(desk, told)}",
            ASK,
        )
    )


def situation(desk: Desk, told: Told) -> str:
    """`58 years, day 4. Droopy eyelid (R) worse, Blurred vision. Urgent.`"""
    zone, visit = desk.clinic.hours.zone, told.visit
    age = visit.patient.age(local(zone, desk.now).date())
    day = "" if visit.day_unknown else f"day {visit.day(desk.now, zone)}"
    who = ", ".join(part for part in ("" if age is None else f"{age} years", day) if part)
    parts = [who, headline(desk, told), staff_words.badge(told.case).word]
    return " ".join(f"{part}." for part in parts if part)


def headline(desk: Desk, told: Told) -> str:
    """`Droopy eyelid (R) worse, Blurred vision`; quoted words stand without the name."""
    signs = signs_of(desk.knowledge, tuple(told.reports))
    named = ", ".join(f"{sign.text} {sign.trend}".strip() for sign in signs[:SIGNS])
    more = f" and {len(signs) - SIGNS} more" if len(signs) > SIGNS else ""
    return unnamed(named + more, told.visit.patient.name)


def background(knowledge: Knowledge, visit: Treatment) -> str:
    """`Botox Cosmetic, lot C8123F2, glabella 20, forehead 20 (40 U). Risks: none recorded.`"""
    areas = ", ".join(f"{staff_words.area(dose.area)} {dose.units:g}" for dose in visit.areas)
    total = staff_words.units(sum(dose.units for dose in visit.areas))
    given = [visit.product, f"lot {visit.lot}" if visit.lot else "", f"{areas} ({total})"]
    risks = "; ".join(staff_words.factor(knowledge, one) for one in visit.factors)
    treated = ", ".join(part for part in given if part) if visit.areas else "treatment not known"
    return f"{treated}. Risks: {risks or 'none recorded'}."


def assessment(desk: Desk, told: Told) -> str:
    """What was denied, which calls were made, what the last note says."""
    denied = dict.fromkeys(name for one in told.reports[:1] for name in one.report.denied)
    names = [staff_words.symptom(desk.knowledge, one).lower() for one in denied]
    parts = [_listed("Says no to", names), _calls(told.moves), last_note(told, SHORT)]
    return " ".join(part for part in parts if part) or "Nobody has spoken with the patient yet."


def on_paper(desk: Desk, told: Told) -> str:
    """The same for the hand-over: what was denied is counted, not listed."""
    denied = {name for one in told.reports[:1] for name in one.report.denied}
    flags = len(denied & set(desk.knowledge.red_flags))
    more = len(denied) - flags
    counted = [f"{flags} red flag{'s' * (flags > 1)}"] * bool(flags) + [f"{more} more"] * bool(more)
    said = f"Denied: {', '.join(counted)}." if counted else ""
    parts = [said, _calls(told.moves), last_note(told, SHORT)]
    return " ".join(part for part in parts if part) or "Nobody has spoken with the patient yet."


def on_the_wall(desk: Desk, told: Told) -> str:
    """As `headline`, without a word that the patient wrote."""
    signs = [one for one in signs_of(desk.knowledge, tuple(told.reports)) if "“" not in one.text]
    named = ", ".join(f"{sign.text} {sign.trend}".strip() for sign in signs[:SIGNS])
    more = f" and {len(signs) - SIGNS} more" if len(signs) > SIGNS else ""
    return named + more or "Own words: read the case"


def _listed(lead: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - LONGEST_DENIED} more" if len(names) > LONGEST_DENIED else ""
    return f"{lead}: {', '.join(names[:LONGEST_DENIED])}{more}."


def _calls(moves: Iterable[Move]) -> str:
    calls = [one.details.get("result") for one in moves if one.verb == "call"]
    reached = sum(1 for result in calls if result == "reached")
    tried = sum(1 for result in calls if result in {"voicemail", "no_answer", "wrong_number"})
    if reached:
        return f"Spoken with {'once' if reached == 1 else f'{reached} times'}."
    return f"Called in vain: {tried}." if tried else ""


def last_note(told: Told, longest: int) -> str:
    """The last thing that staff wrote, without the patient's name, in one line."""
    notes = (one.note for one in reversed(told.moves) if one.note and one.by_kind == "staff")
    note = next(notes, "")
    found = ASSESSED.search(note)  # the note of an escalation says all four letters again
    text = unnamed(" ".join((found[1] if found else note).split()), told.visit.patient.name)
    short = shortened(text, longest)
    return f"Note: {short}" if short else ""


def asked_for(told: Told) -> str:
    """What the nurse asked of the practitioner, while nobody has answered."""
    notes = (one.note for one in reversed(told.moves) if one.verb == "escalate")
    note = next(notes, "")
    found = REQUESTED.search(note)
    text = " ".join((found[1] if found and found[1].strip() else note).split())
    return unnamed(shortened(text, ASKED), told.visit.patient.name)


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def unnamed(text: str, name: str) -> str:
    """The text with the parts of the patient's name as initials, for paper and for pagers."""
    for part in name.split():
        if len(part) > 1:
            text = re.sub(rf"\b{re.escape(part)}\b", f"{part[0]}.", text, flags=re.IGNORECASE)
    return text


def initials(visit: Treatment) -> str:
    """`M.A.`"""
    return "".join(f"{part[0].upper()}." for part in visit.patient.name.split()[:3])
