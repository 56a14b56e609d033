"""What a patient who reports now would be told, by given settings: promises made visible. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import hours
from reporter.clinic.hours import Hours, Promise
from reporter.rules.levels import Level
from reporter.web import clock_words
from reporter.web.settings_form import LEVEL_WORDS

LEVELS = (Level.EMERGENCY, Level.URGENT, Level.CALL_BACK)


@dataclass(frozen=True)
class Preview:
    """One report: `told` by the settings given, `before` by those stored where that differs."""

    level: str
    reported: str
    told: str
    before: str


def previews(now: Hours, then: Hours, on_call: tuple[bool, bool], at: datetime) -> list[Preview]:
    """For a report of each level at this moment and one while the clinic is shut.

    `now` and `then` are the hours stored and the hours given; `on_call` says the same of paging.
    """
    moments = [at, shut_after(then, at)] if hours.is_open(then, at) else [at]
    return [
        _preview(level, moment, at, (now, then), on_call) for moment in moments for level in LEVELS
    ]


def shut_after(given: Hours, at: datetime) -> datetime:
    """An hour after the clinic closes next: the evening that most reports come in."""
    return hours.closing(given, at) + timedelta(hours=1)


def _preview(
    level: Level,
    moment: datetime,
    at: datetime,
    both: tuple[Hours, Hours],
    on_call: tuple[bool, bool],
) -> Preview:
    before, after = (
        told(hours.promise(level, moment, one, paged), level, one, at)
        for one, paged in zip(both, on_call, strict=True)
    )
    reported = "now" if moment == at else clock_words.moment(moment, at, both[1].zone)
    return Preview(LEVEL_WORDS[level.id], reported, after, "" if before == after else before)


def told(kept: Promise | None, level: Level, given: Hours, at: datetime) -> str:
    """What the patient reads, and who calls by when though the patient is promised nothing."""
    if kept is None:
        return "nobody has to call"
    paged = ", on-call is paged" if kept.pages_on_call else ""
    if kept.call_by:
        return f"told “by {clock_words.by(kept.call_by, at, given.zone)}”{paged}"
    due = clock_words.by(kept.due_at, at, given.zone)
    if level is Level.EMERGENCY:
        return f"told to call the emergency number; you call by {due}{paged}"
    return f"told no time, but the number while closed; you call by {due}{paged}"
