"""What a move of a case may be given: its choices, and how long a case may rest. Pure.

All numbers are clinical judgement, not verified.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from reporter.clinic.casebook import Asked, Case
from reporter.rules.levels import Level

OUTCOMES = (
    "resolved",
    "improving",
    "referred",
    "treated_here",
    "sent_to_er",
    "unreached",
    "not_related",
)
CALL_RESULTS = ("reached", "voicemail", "no_answer", "wrong_number", "note")
# Whether the emergency number was called: yes; no, told again to call it; not needed now.
EMERGENCY_CALL = ("yes", "told", "not_needed")
# What a practitioner decides about a case that was brought to them.
DECISIONS = ("see_today", "advice", "treated", "send_to_er", "other")
IN_WORDS = frozenset({"advice", "other"})
# Whether the event goes to the regulator, such as MedWatch.
REGULATOR = ("reported", "will_report", "no_report")
TRIES_BEFORE_UNREACHED = 3
LONGEST_NOTE = 10_000
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# The longest that a case may rest before somebody looks again.
LONGEST_WAIT = {
    Level.EMERGENCY: 30 * MINUTE,
    Level.URGENT: 24 * HOUR,
    Level.CALL_BACK: 4 * DAY,
    Level.SELF_CARE: 7 * DAY,
}
LONGEST_MONITORING = {
    Level.EMERGENCY: 2 * DAY,
    Level.URGENT: 7 * DAY,
    Level.CALL_BACK: 30 * DAY,
    Level.SELF_CARE: 30 * DAY,
}
# Two tries that lie closer together are one: the patient is still away.
APART = {
    Level.EMERGENCY: 5 * MINUTE,
    Level.URGENT: 30 * MINUTE,
    Level.CALL_BACK: 2 * HOUR,
    Level.SELF_CARE: 2 * HOUR,
}
# Minutes for a practitioner to say "I have it", and then to decide; call-backs in opening hours.
ACKNOWLEDGE = {Level.EMERGENCY: 5, Level.URGENT: 15, Level.CALL_BACK: 120, Level.SELF_CARE: 120}
DECIDE = {Level.EMERGENCY: 30, Level.URGENT: 60, Level.CALL_BACK: 480, Level.SELF_CARE: 480}

# For a second person to confirm the close of an emergency, while somebody is there to do it.
CONFIRM = 30 * MINUTE


class Refused(Exception):
    """This move is not possible now: one sentence says why and what to do instead."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def next_due(case: Case, asked: Asked, field: str, longest: Mapping[Level, timedelta]) -> datetime:
    """The time that was given for the next step: nothing rests without a date."""
    due = asked.details.get(field)
    if not isinstance(due, datetime):
        raise Refused("Give the day and time of the next step.", field)
    if due <= asked.at:
        raise Refused("That time is past. Give one that is still to come.", field)
    limit = longest[case.gravity]
    if due > asked.at + limit:
        raise Refused(f"That is too late for this level: at most {span(limit)} from now.", field)
    return due


def span(limit: timedelta) -> str:
    if limit >= 2 * DAY:
        return f"{limit.days} days"
    hours, minutes = divmod(int(limit.total_seconds()) // 60, 60)
    return f"{hours} hours" if hours else f"{minutes} minutes"


def need_note(asked: Asked, sentence: str) -> None:
    if not asked.note:
        raise Refused(sentence, "note")


def one_of(asked: Asked, field: str, known: tuple[str, ...], sentence: str) -> str:
    """The choice that was made. Raise Refused for none, and for one that nobody offered."""
    given = asked.details.get(field)
    if given not in known:
        raise Refused(sentence, field)
    return str(given)


def need_mine(case: Case, asked: Asked, field: str = "") -> None:
    if case.owner_id not in {None, asked.by.id}:
        raise Refused("Somebody else has this case. Release it first, with a reason.", field)
