"""What saving would do to the check-ins that are not sent yet: shown before anything is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import g

from reporter.clinic import replanning
from reporter.clinic.checkin_changes import digest_of
from reporter.clinic.clinic_settings import hours_of
from reporter.clinic.clinics import Clinic
from reporter.clinic.replanning import Forecast, Move
from reporter.clinic.settings_changes import as_kept
from reporter.rules.knowledge import Knowledge
from reporter.web import clock_words
from reporter.web.at_hand import known, store


@dataclass(frozen=True)
class Plan:
    """`says` is one sentence, `first` are the first few by day and time, never by name. Whoever
    saves sends `seen` back: what was shown is what is kept."""

    says: str
    first: tuple[str, ...]
    seen: str


def plan(given: Mapping[str, Any]) -> Plan | None:
    """What these settings, in which nothing is wrong, change; None where it is nothing."""
    then = replace(g.clinic, hours=hours_of(as_kept(given)))
    return changed(g.clinic, then, known(), known())


def changed(now: Clinic, then: Clinic, before: Knowledge, after: Knowledge) -> Plan | None:
    """From these hours and protocols to those; the store is asked only where they differ."""
    seen = digest_of(then.hours, after.protocols)
    if seen == digest_of(now.hours, before.protocols):
        return None
    found = replanning.forecast(store(), then, after, g.now)
    first = tuple(_words(one, number, g.now) for one, number in found.first)
    return Plan(says(found), first, seen) if found else None


def says(found: Forecast) -> str:
    """How many: `12 check-ins that are not sent yet would move, 3 would be left out.`"""
    counts = ((found.moved, "move"), (found.added, "be added"), (found.removed, "be left out"))
    parts = [(number, word) for number, word in counts if number]
    first, *rest = parts
    name = "check-in or reminder that is" if first[0] == 1 else "check-ins and reminders that are"
    told = [f"{first[0]} {name} not sent yet would {first[1]}"]
    told += [f"{number} would {word}" for number, word in rest]
    least = "" if found.whole else "Among the follow-ups that were looked at, of very many: "
    return f"{least}{', '.join(told)}."


def _words(one: Move, number: int, now: datetime) -> str:
    was, will = (clock_words.moment(at, now, one.zone) if at else "" for at in (one.was, one.will))
    times = f"{number} × " if number > 1 else ""
    name = f"{times}Day {one.day}{', reminder' if one.kind == 'reminder' else ''}"
    if was and will:
        return f"{name}: {was} → {will}"
    return f"{name}: {will}, new" if will else f"{name}: {was}, left out"
