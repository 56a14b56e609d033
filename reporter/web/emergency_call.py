"""Whether 911 was called: what the patient was told, and what anybody has heard since. Pure.

The row of the queue, the head of a case, the hand-over and the board all say it from here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reporter.clinic.clinics import Clinic
from reporter.clinic.matching import CHANNEL
from reporter.clinic.report_columns import UNFINISHED
from reporter.clinic.reports import StoredReport
from reporter.clinic.told import CONFIRMED, NOT_NEEDED, TOLD_NOW, Told, is_only_ticked
from reporter.rules.levels import Level
from reporter.web import clock_words, own_pages, patient_says

SAID = {
    CONFIRMED: "{number} confirmed by {who} {when}",
    TOLD_NOW: "Told by {who} {when} to call {number} – not confirmed",
    NOT_NEEDED: "{number} not needed now, {who} {when}",
}


@dataclass(frozen=True)
class EmergencyCall:
    """What the head says of the number, and whether forms still ask."""

    line: str
    number: str
    is_open: bool


def of(
    clinic: Clinic, reports: Sequence[StoredReport], told: Iterable[Told], now: datetime
) -> EmergencyCall | None:
    """None where no report asks for it."""
    some = tuple(told)
    said = line(clinic, reports, some, now)
    if not said:
        return None
    return EmergencyCall(said, number_of(clinic, reports), is_open(reports, some))


def line(
    clinic: Clinic, reports: Sequence[StoredReport], told: Iterable[Told], now: datetime
) -> str:
    """`Told to call 911 – not confirmed`, `911 confirmed by Dana Reyes today 10:12 am`, `Nobody has
    told the patient to call 911`; empty where no report asks for it."""
    asked = _emergencies(reports)
    if not asked:
        return ""
    some, number = tuple(told), number_of(clinic, reports)
    if answer := _answer(asked, some):
        when = clock_words.moment(answer.at, now, clinic.hours.zone)
        return SAID[answer.what].format(number=number, who=answer.by, when=when)
    said = patient_says.called(clinic, some, now)
    if all(one.writer == "staff" for one in asked):  # no page was shown
        return said or f"Nobody has told the patient to call {number}"
    if not said and is_only_ticked(some):
        return f"Ticked only – has not seen the advice to call {number}"
    return f"Told to call {number} – {said or 'not confirmed'}"


def is_open(reports: Sequence[StoredReport], told: Iterable[Told]) -> bool:
    """Whether the number should have been called and nobody at the desk has settled it."""
    asked = _emergencies(reports)
    answer = _answer(asked, tuple(told)) if asked else None
    return bool(asked) and (answer is None or answer.what == TOLD_NOW)


def number_of(clinic: Clinic, reports: Sequence[StoredReport]) -> str:
    """988 where thoughts of self-harm alone make it an emergency."""
    harm = own_pages.is_self_harm(reports)
    return clinic.crisis_line if harm else clinic.emergency_number


def _emergencies(reports: Iterable[StoredReport]) -> list[StoredReport]:
    return [one for one in reports if one.level is Level.EMERGENCY and one.channel != UNFINISHED]


def _answer(asked: Sequence[StoredReport], told: Sequence[Told]) -> Told | None:
    """The latest that staff wrote down; what came before the last emergency says nothing of it."""
    said = [one for one in asked if one.channel != CHANNEL] or asked
    since = max(one.received_at for one in said)
    found = [one for one in told if one.what in SAID and one.at >= since]
    return found[-1] if found else None
