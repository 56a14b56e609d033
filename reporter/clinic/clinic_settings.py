"""What a clinic's director may set: how it is stored and read back. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from reporter.clinic import waits
from reporter.clinic.hours import Hours, Targets
from reporter.clinic.steps import LEVELS, Steps, StepTable

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

# What a promise to a patient needs, and why the clinic is asked for it.
NEEDED = {
    "name": "patients must know who writes to them",
    "zone": "every promised time is on the clinic's clock, like America/New_York",
    "phone": "patients are told to call it",
    "after_hours_phone": "patients who report while the clinic is closed are told to call it",
    "emergency_number": "the emergency page tells patients to call it, like 911",
    "crisis_line": "patients who think of harming themselves are told to call it, like 988",
    "reply_to": "a person must read what patients answer to an e-mail",
}
PHONES = ("phone", "after_hours_phone", "emergency_number", "crisis_line")
TEXTS = (
    "name",
    "phone",
    "after_hours_phone",
    "emergency_number",
    "crisis_line",
    "reply_to",
    "duty_nurse",
    "on_call_webhook",
    "on_call_email",
    "colour",
)
# What stands in its place where a clinic says nothing.
USUAL = {"colour": "#0b4f6c"}
# Each target with the least and the most that it may be.
TARGETS = {"emergency": (1, 60), "urgent": (15, 480), "call_back_days": (1, 5)}
ALLOWED = {*NEEDED, *TEXTS, "hours", "holidays", "targets", "steps", "waits"}


def kept(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of settings in which nothing is wrong."""
    texts = {name: str(given.get(name) or "").strip() for name in (*TEXTS, "zone")}
    week, off = given["hours"], listed(given, "holidays")
    return {
        **{name: text or USUAL.get(name, "") for name, text in texts.items()},
        "hours": {day: sorted(listed(week, day)) for day in DAYS},
        "holidays": sorted({str(date.fromisoformat(str(day))) for day in off}),
        "targets": {**vars(Targets()), **_numbers(given.get("targets") or {})},
        "steps": whole_steps(given.get("steps") or {}),
        "waits": waits.whole(given.get("waits") or {}),
    }


def hours_of(stored: Mapping[str, Any]) -> Hours:
    """Opening hours and targets as they were kept, by this version or an older one."""
    week = tuple(tuple((span[:5], span[6:]) for span in stored["hours"][day]) for day in DAYS)
    off = frozenset(map(date.fromisoformat, stored["holidays"]))
    return Hours(stored["zone"], week, off, Targets(**stored.get("targets", {})))


def steps_of(stored: Mapping[str, Any]) -> StepTable:
    told = whole_steps(stored.get("steps") or {})
    return StepTable(**{level: Steps(**who) for level, who in told.items()})


def listed(given: Mapping[str, Any], name: str) -> list[Any]:
    value = given.get(name) or []
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def table(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = given.get(name) or {}
    return value if isinstance(value, Mapping) else {name: value}


def _numbers(given: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(value) for name, value in given.items()}


def whole_steps(given: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    usual = StepTable()
    return {
        level: {**vars(getattr(usual, level)), **_numbers(given.get(level) or {})}
        for level in LEVELS
    }
