"""Closing a case, by two people where it was an emergency: steps of the table. Pure."""

from dataclasses import replace

from reporter.clinic.case_asking import unasked
from reporter.clinic.case_limits import (
    EMERGENCY_CALL,
    OUTCOMES,
    REGULATOR,
    Refused,
    need_mine,
    need_note,
    one_of,
    span,
)
from reporter.clinic.casebook import Asked, Case
from reporter.clinic.team import MEDICS
from reporter.rules.levels import Level


def close(case: Case, asked: Asked) -> Case:
    """An emergency stays open until somebody else confirms."""
    outcome = one_of(asked, "outcome", OUTCOMES, "Choose what came of it.")
    _check_hands(case, asked)
    if outcome == "unreached":
        _check_unreached(case, asked)
    else:
        _check_asked(case, asked)
        _check_taught(case, asked)
    if asked.details.get("emergency_call"):
        one_of(asked, "emergency_call", EMERGENCY_CALL, "Say whether the number was called.")
    case = replace(case, outcome=outcome, regulator=_regulator(case, asked), closing_by=asked.by.id)
    if case.gravity < Level.EMERGENCY:
        return _closed(case, asked)
    if asked.team.others(asked.by.id):
        owner, due = case.owner_id or asked.by.id, asked.details["due_at"]
        return unasked(replace(case, state="closing", owner_id=owner, due_at=due))
    need_note(asked, "You are the only one who can close this emergency. Write why you alone do.")
    return _closed(case, asked)


def faults(case: Case, asked: Asked) -> tuple[Refused, ...]:
    """All that the form of a close still lacks, so that it is said at once and not one by one."""
    found = []
    for check in (_check_outcome, _check_asked, _check_taught, _regulator):
        try:
            check(case, asked)
        except Refused as refused:
            found.append(refused)
    return tuple(found)


def _check_outcome(_: Case, asked: Asked) -> None:
    one_of(asked, "outcome", OUTCOMES, "Choose what came of it.")


def _check_asked(_: Case, asked: Asked) -> None:
    if asked.details.get("outcome") != "unreached" and not asked.details.get("red_flags_asked"):
        raise Refused("Ask the warning signs again, then tick the box.", "red_flags_asked")


def _check_taught(_: Case, asked: Asked) -> None:
    if asked.details.get("outcome") != "unreached" and not asked.details.get("taught_back"):
        raise Refused(
            "Let the patient say back when to call for help, then tick the box.", "taught_back"
        )


def _check_hands(case: Case, asked: Asked) -> None:
    if case.state != "escalated":
        need_mine(case, asked, "outcome")
    elif asked.role not in MEDICS:
        raise Refused("A practitioner was asked. It is closed after their decision.", "outcome")


def _check_unreached(case: Case, asked: Asked) -> None:
    left = asked.waits.tries - asked.tries
    if left > 0:
        apart = span(asked.waits.of(case.gravity).between_tries)
        more = f"{left} more time{'s' * (left > 1)}, at least {apart} apart,"
        raise Refused(f"Try {more} before you close it as not reached.", "outcome")
    if asked.role in MEDICS:
        return
    if asked.team.has_medic:
        raise Refused(
            "Only a practitioner or the director closes a case as not reached. Escalate it.",
            "outcome",
        )
    need_note(asked, "There is no practitioner here. Write who decided to stop trying, and why.")


def _regulator(case: Case, asked: Asked) -> str | None:
    given = asked.details.get("regulator") or None
    if given is None and case.gravity < Level.URGENT:
        return None
    return one_of(asked, "regulator", REGULATOR, "Say whether it is reported to the regulator.")


def _closed(case: Case, asked: Asked) -> Case:
    return unasked(replace(case, state="closed", due_at=None, closed_at=asked.at))


def confirm_close(case: Case, asked: Asked) -> Case:
    if asked.by.id == case.closing_by:
        if asked.team.others(asked.by.id):
            raise Refused("You closed it first. Somebody else must look at it and confirm.")
        need_note(asked, "Nobody else is left to confirm. Write why you alone do.")
    return _closed(case, asked)


def keep_open(case: Case, asked: Asked) -> Case:
    """The second person thinks that it is not done."""
    need_note(asked, "Write why it must stay open.")
    state = "claimed" if case.owner_id else "new"
    return not_closing(replace(case, state=state, due_at=asked.details["due_at"]))


def not_closing(case: Case) -> Case:
    return replace(case, outcome=None, regulator=None, closing_by=None)
