"""The verbs of a case: from which states, with which guards, to what. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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
TRIES_BEFORE_UNREACHED = 3
LONGEST_NOTE = 10_000
# The longest that a case may rest before somebody looks again; clinical judgement, not verified.
LONGEST_WAIT = {
    Level.EMERGENCY: timedelta(minutes=30),
    Level.URGENT: timedelta(hours=24),
    Level.CALL_BACK: timedelta(days=4),
    Level.SELF_CARE: timedelta(days=7),
}
LONGEST_MONITORING = {
    Level.EMERGENCY: timedelta(days=2),
    Level.URGENT: timedelta(days=7),
    Level.CALL_BACK: timedelta(days=30),
    Level.SELF_CARE: timedelta(days=30),
}


class Refused(Exception):
    """This move is not possible now: one sentence says why and what to do instead."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


Step = Callable[[Case, Asked], Case]


def _claim(case: Case, asked: Asked) -> Case:
    if case.owner_id not in {None, asked.by.id}:
        raise Refused("Somebody else has this case. Ask them to release it, or release it first.")
    return replace(case, state="claimed", owner_id=asked.by.id)


def _release(case: Case, asked: Asked) -> Case:
    if case.owner_id != asked.by.id and not asked.note:
        raise Refused("Write why you release somebody else's case.", "note")
    return replace(case, state="new", owner_id=None)


def _call(case: Case, asked: Asked) -> Case:
    """A call that reached nobody needs the time of the next one: nothing rests without a date."""
    result = asked.details.get("result")
    if result not in CALL_RESULTS:
        raise Refused("Choose what came of the call.", "result")
    if result == "note":
        return _note(case, asked)
    if case.owner_id not in {None, asked.by.id}:
        raise Refused(
            "Somebody else has this case. Save this as a note, or release the case first.", "result"
        )
    case = replace(case, owner_id=asked.by.id)
    if result == "reached":
        return replace(case, state="claimed")
    due = _due(case, asked, "next_due", LONGEST_WAIT)
    return replace(case, state="waiting", attempts=case.attempts + 1, due_at=due)


def _note(case: Case, asked: Asked) -> Case:
    if not asked.note:
        raise Refused("Write the note first.", "note")
    return case


def _follow_up(case: Case, asked: Asked) -> Case:
    if case.owner_id not in {None, asked.by.id}:
        raise Refused("Somebody else has this case. Release it first, with a reason.")
    due = _due(case, asked, "due_at", LONGEST_MONITORING)
    return replace(case, state="monitoring", owner_id=asked.by.id, due_at=due)


def _due(case: Case, asked: Asked, field: str, longest: Mapping[Level, timedelta]) -> datetime:
    due = asked.details.get(field)
    if not isinstance(due, datetime):
        raise Refused("Give the day and time of the next step.", field)
    if due <= asked.at:
        raise Refused("That time is past. Give one that is still to come.", field)
    limit = longest[Level.EMERGENCY if case.undecided else case.level]
    if due > asked.at + limit:
        raise Refused(f"That is too late for this level: at most {_span(limit)} from now.", field)
    return due


def _span(limit: timedelta) -> str:
    if limit >= timedelta(days=2):
        return f"{limit.days} days"
    hours, minutes = divmod(int(limit.total_seconds()) // 60, 60)
    return f"{hours} hours" if hours else f"{minutes} minutes"


def _close(case: Case, asked: Asked) -> Case:
    outcome = asked.details.get("outcome")
    if outcome not in OUTCOMES:
        raise Refused("Choose what came of it.", "outcome")
    if case.owner_id not in {None, asked.by.id}:
        raise Refused("Somebody else has this case. Release it first, with a reason.", "outcome")
    if outcome == "unreached" and case.attempts < TRIES_BEFORE_UNREACHED:
        left = TRIES_BEFORE_UNREACHED - case.attempts
        raise Refused(f"Try {left} more times before you close it as not reached.", "outcome")
    if outcome != "unreached" and not asked.details.get("red_flags_asked"):
        raise Refused("Ask the warning signs again, then tick the box.", "red_flags_asked")
    if outcome != "unreached" and not asked.details.get("taught_back"):
        raise Refused(
            "Let the patient say back when to call 911, then tick the box.", "taught_back"
        )
    return replace(case, state="closed", outcome=outcome, due_at=None, closed_at=asked.at)


def _match(case: Case, asked: Asked) -> Case:  # noqa: ARG001
    """Whose report it is, from now on; nothing of its state changes."""
    return case


def _unknown_person(case: Case, asked: Asked) -> Case:
    if not asked.note:
        raise Refused("Write how you looked for this person.", "note")
    return case


def _reopen(case: Case, asked: Asked) -> Case:
    if not asked.note:
        raise Refused("Write why you open it again.", "note")
    return _opened_again(case, asked)


def _report_again(case: Case, asked: Asked) -> Case:
    """A worse report raises the case; none moves its due time later or takes its owner away."""
    level, undecided = asked.details["level"], asked.details["undecided"]
    if not case.is_open:
        case = replace(_opened_again(case, asked), level=level, undecided=undecided)
    worse = level > case.level or (undecided and not case.undecided)
    due = asked.details["due_at"]
    return replace(
        case,
        state="new" if worse else case.state,
        level=max(level, case.level),
        undecided=case.undecided or undecided,
        due_at=min(case.due_at or due, due),
    )


def _remark(case: Case, _: Asked) -> Case:
    """What a patient adds changes nothing: level, clock and owner stay."""
    return case


def _opened_again(case: Case, asked: Asked) -> Case:
    due = asked.details["due_at"]
    return replace(
        case, state="new", owner_id=None, due_at=due, attempts=0, outcome=None, closed_at=None
    )


@dataclass(frozen=True)
class Verb:
    """From which states a verb may be used, by whom, and what it does."""

    from_states: frozenset[str]
    step: Step
    by_system: bool = False


OPEN = frozenset({"new", "claimed", "waiting", "monitoring"})
CLOSED = frozenset({"closed"})
VERBS: Mapping[str, Verb] = {
    "claim": Verb(OPEN, _claim),
    "release": Verb(OPEN, _release),
    "call": Verb(OPEN, _call),
    "note": Verb(OPEN | CLOSED, _note),
    "match": Verb(OPEN | CLOSED, _match),
    "unknown_person": Verb(OPEN | CLOSED, _unknown_person),
    "follow_up": Verb(OPEN, _follow_up),
    "close": Verb(OPEN, _close),
    "reopen": Verb(CLOSED, _reopen),
    "report_again": Verb(OPEN | CLOSED, _report_again, by_system=True),
    "remark": Verb(OPEN | CLOSED, _remark, by_system=True),
}
