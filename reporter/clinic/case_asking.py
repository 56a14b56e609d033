"""Asking a practitioner, answering, and changing how grave a case is: steps of the table. Pure."""

from dataclasses import replace

from reporter.clinic.case_limits import (
    DECISIONS,
    IN_WORDS,
    Refused,
    need_note,
    next_due,
    one_of,
)
from reporter.clinic.casebook import Asked, Case
from reporter.clinic.team import MEDICS
from reporter.rules.levels import Level


def escalate(case: Case, asked: Asked) -> Case:
    """Anybody may ask for anybody's patient; whose case it is stays so."""
    need_note(asked, "Write what the practitioner must know first.")
    if not asked.team.has_medic:
        raise Refused(
            "Nobody here can answer: there is no practitioner and no director. "
            "Send the patient to a doctor outside, and write that in a note."
        )
    return replace(
        case,
        state="escalated",
        owner_id=case.owner_id or asked.by.id,
        due_at=asked.details["due_at"],
        escalated_by=asked.by.id,
        escalated_at=asked.at,
    )


def acknowledge(case: Case, asked: Asked) -> Case:
    """A practitioner has it. A second one may take it over, and gets no later time."""
    if asked.role not in MEDICS:
        raise Refused("Only a practitioner or the director acknowledges an escalation.")
    if case.acknowledged_by == asked.by.id:
        raise Refused("You have acknowledged this already. Say what you decided.")
    first = case.acknowledged_by is None
    return replace(
        case,
        acknowledged_by=asked.by.id,
        acknowledged_at=asked.at,
        due_at=asked.details["due_at"] if first else case.due_at,
    )


def give_back(case: Case, asked: Asked) -> Case:
    """The decision goes to whoever has the case, with the time of the next step."""
    if asked.role not in MEDICS and asked.team.has_medic:
        raise Refused("Only a practitioner or the director decides about an escalation.")
    decision = one_of(asked, "decision", DECISIONS, "Choose what you decided.")
    if decision in IN_WORDS:
        need_note(asked, "Write what is to be done.")
    if asked.role not in MEDICS:
        need_note(asked, "No practitioner is left here. Write who decided this, and how.")
    due = next_due(asked, "next_due", asked.waits.of(case.gravity).longest_follow_up)
    state = "claimed" if case.owner_id else "new"
    return unasked(replace(case, state=state, due_at=due))


def unasked(case: Case) -> Case:
    """Nobody waits for a practitioner any more."""
    return replace(
        case, escalated_by=None, escalated_at=None, acknowledged_by=None, acknowledged_at=None
    )


def raise_level(case: Case, asked: Asked) -> Case:
    """What rested comes back into somebody's hands, and no later than it was due."""
    level = _level(asked)
    if level < case.gravity or (level is case.gravity and not case.undecided):
        raise Refused("Choose a higher level than it has now.", "level")
    due = min(case.due_at or asked.details["due_at"], asked.details["due_at"])
    state = "claimed" if case.state in {"waiting", "monitoring"} else case.state
    return replace(case, level=level, undecided=False, state=state, due_at=due)


def lower_level(case: Case, asked: Asked) -> Case:
    """Never later by itself: the due time stays until somebody sets another."""
    level = _level(asked)
    if level >= case.gravity:
        raise Refused("Choose a lower level than it has now.", "level")
    if case.gravity is Level.EMERGENCY and asked.role not in MEDICS:
        raise Refused(
            "Only a practitioner or the director lowers an emergency. Escalate it to them.", "level"
        )
    need_note(asked, "Write why it is less urgent than it was.")
    return replace(case, level=level, undecided=False)


def _level(asked: Asked) -> Level:
    given = asked.details.get("level")
    if given not in {Level.CALL_BACK, Level.URGENT, Level.EMERGENCY}:
        raise Refused("Choose the level.", "level")
    return Level(given)
