"""The due times that the clinic's own hours and targets set, not somebody's form. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from reporter.clinic.case_limits import DAY
from reporter.clinic.casebook import Asked, Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import is_open, next_opening, promise, soonest_call
from reporter.clinic.open_minutes import later
from reporter.rules.levels import Level


def as_promised(level: Level, at: datetime, clinic: Clinic) -> datetime:
    """When somebody calls about a report of this level that comes now; at least as a call-back."""
    kept = promise(max(level, Level.CALL_BACK), at, clinic.hours, clinic.has_on_call)
    return (kept or soonest_call(at, clinic.hours, clinic.has_on_call)).due_at


def in_minutes(minutes: int, case: Case, at: datetime, clinic: Clinic) -> datetime:
    """Round the clock from urgent upwards, in opening hours for what can wait for them."""
    if runs_round_the_clock(case):
        return at + timedelta(minutes=minutes)
    return later(clinic.hours, at, minutes)


def runs_round_the_clock(case: Case) -> bool:
    """Also while a second person has yet to confirm the close: one person may have been wrong."""
    return case.gravity >= Level.URGENT


def _reopen(case: Case, asked: Asked, clinic: Clinic) -> datetime:
    return as_promised(case.level, asked.at, clinic)


def _raise_level(_: Case, asked: Asked, clinic: Clinic) -> datetime:
    level = asked.details.get("level")
    known = level if level in set(Level) else Level.EMERGENCY
    return as_promised(Level(known), asked.at, clinic)


def _escalate(case: Case, asked: Asked, clinic: Clinic) -> datetime:
    return in_minutes(clinic.waits.of(case.gravity).acknowledge, case, asked.at, clinic)


def _acknowledge(case: Case, asked: Asked, clinic: Clinic) -> datetime:
    return in_minutes(clinic.waits.of(case.gravity).decide, case, asked.at, clinic)


def _close(_: Case, asked: Asked, clinic: Clinic) -> datetime:
    """By when a second person looks at it: soon where somebody is there to, always in a day."""
    somebody = asked.team.others_here(asked.by.id) or clinic.has_on_call
    if somebody or is_open(clinic.hours, asked.at):
        return asked.at + timedelta(minutes=clinic.waits.confirm)
    return min(next_opening(clinic.hours, asked.at), asked.at + DAY)


SET_BY_CLINIC: Mapping[str, Callable[[Case, Asked, Clinic], datetime]] = {
    "reopen": _reopen,
    "raise_level": _raise_level,
    "escalate": _escalate,
    "acknowledge": _acknowledge,
    "close": _close,
    "keep_open": _reopen,
}


def due(verb: str, case: Case, asked: Asked, clinic: Clinic) -> datetime:
    return SET_BY_CLINIC[verb](case, asked, clinic)
