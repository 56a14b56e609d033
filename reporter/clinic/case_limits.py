"""What a move of a case may be given: its choices, and the sentences that refuse others. Pure."""

from datetime import datetime, timedelta

from reporter.clinic.casebook import Asked, Case

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
LONGEST_NOTE = 10_000
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Refused(Exception):
    """This move is not possible now: one sentence says why and what to do instead."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def next_due(asked: Asked, field: str, limit: timedelta) -> datetime:
    """The time that was given for the next step: nothing rests without a date."""
    due = asked.details.get(field)
    if not isinstance(due, datetime):
        raise Refused("Give the day and time of the next step.", field)
    if due <= asked.at:
        raise Refused("That time is past. Give one that is still to come.", field)
    if due > asked.at + limit:
        raise Refused(f"That is too late for this level: at most {span(limit)} from now.", field)
    return due


def span(limit: timedelta) -> str:
    if limit >= 2 * DAY and not limit.seconds:
        return f"{limit.days} days"
    hours, minutes = divmod(int(limit.total_seconds()) // 60, 60)
    parts = [_many(hours, "hour"), _many(minutes, "minute")]
    return " ".join(part for part in parts if part)


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count > 1)}" if count else ""


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
