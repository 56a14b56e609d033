"""Everyday work on a case, and what the next report of a patient does to it. Pure steps."""

from dataclasses import replace

from reporter.clinic.case_asking import unasked
from reporter.clinic.case_closing import not_closing
from reporter.clinic.case_limits import (
    CALL_RESULTS,
    EMERGENCY_CALL,
    Refused,
    need_mine,
    need_note,
    next_due,
    one_of,
)
from reporter.clinic.casebook import Asked, Case
from reporter.clinic.team import MEDICS


def claim(case: Case, asked: Asked) -> Case:
    if case.owner_id not in {None, asked.by.id}:
        raise Refused("Somebody else has this case. Ask them to release it, or release it first.")
    state = case.state if case.state == "escalated" else "claimed"
    return replace(case, state=state, owner_id=asked.by.id)


def release(case: Case, asked: Asked) -> Case:
    if case.owner_id != asked.by.id and not asked.note:
        raise Refused("Write why you release somebody else's case.", "note")
    return free(case, asked)


def free(case: Case, _: Asked) -> Case:
    """Nobody's again. Who waits for a practitioner, or for a second person, still does."""
    state = case.state if case.state in {"escalated", "closing"} else "new"
    return replace(case, state=state, owner_id=None)


def call(case: Case, asked: Asked) -> Case:
    """A call that reached nobody needs the time of the next one: nothing rests without a date."""
    result = one_of(asked, "result", CALL_RESULTS, "Choose what came of the call.")
    if asked.details.get("emergency_call"):
        one_of(asked, "emergency_call", EMERGENCY_CALL, "Say whether the number was called.")
    if result == "note":
        return note(case, asked)
    escalated = case.state == "escalated"
    if case.owner_id not in {None, asked.by.id} and not (escalated and asked.role in MEDICS):
        raise Refused(
            "Somebody else has this case. Save this as a note, or release the case first.", "result"
        )
    case = replace(case, owner_id=case.owner_id or asked.by.id)
    missed = result != "reached"
    if escalated:  # the practitioner's clock runs on
        return replace(case, attempts=case.attempts + missed)
    if not missed:
        return replace(case, state="claimed")
    due = next_due(asked, "next_due", asked.waits.of(case.gravity).longest_wait)
    return replace(case, state="waiting", attempts=case.attempts + 1, due_at=due)


def note(case: Case, asked: Asked) -> Case:
    need_note(asked, "Write the note first.")
    return case


def follow_up(case: Case, asked: Asked) -> Case:
    need_mine(case, asked)
    due = next_due(asked, "due_at", asked.waits.of(case.gravity).longest_follow_up)
    return replace(case, state="monitoring", owner_id=asked.by.id, due_at=due)


def unknown_person(case: Case, asked: Asked) -> Case:
    need_note(asked, "Write how you looked for this person.")
    return case


def reopen(case: Case, asked: Asked) -> Case:
    need_note(asked, "Write why you open it again.")
    return _opened_again(case, asked)


def report_again(case: Case, asked: Asked) -> Case:
    """A worse report raises the case; none moves its due time later or takes its owner away.

    Who acknowledged it looks at it again; what was about to be closed is not.
    """
    level, undecided = asked.details["level"], asked.details["undecided"]
    if not case.is_open:
        case = replace(_opened_again(case, asked), level=level, undecided=undecided)
    worse = level > case.level or (undecided and not case.undecided)
    due = asked.details["due_at"]
    after = replace(
        case,
        level=max(level, case.level),
        undecided=case.undecided or undecided,
        due_at=min(case.due_at or due, due),
    )
    if case.state == "closing":
        return not_closing(replace(after, state="new"))
    if not worse:
        return after
    if case.state == "escalated":
        return replace(after, acknowledged_by=None, acknowledged_at=None)
    return replace(after, state="new")


def same(case: Case, _: Asked) -> Case:
    """A line in the timeline: level, clock and owner stay."""
    return case


def _opened_again(case: Case, asked: Asked) -> Case:
    due = asked.details["due_at"]
    again = replace(case, state="new", owner_id=None, due_at=due, attempts=0, closed_at=None)
    return unasked(not_closing(again))
