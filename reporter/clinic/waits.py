"""How long a case may wait for each next thing, as a clinic's director sets it. Pure.

The numbers are those of a small clinic, for its director to sign: clinical judgement, not verified.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from reporter.rules.levels import Level


@dataclass(frozen=True)
class Waits:
    """Minutes, and days for `follow_up`; those of call-backs count in opening hours where a
    practitioner is asked.

    `acknowledge`: for a practitioner to say "I have it"; `decide`: from then to a decision.
    `apart`: two calls that lie closer together are one try, since the patient is still away.
    `next_call`, `follow_up`: the longest that a case may rest before the next call, or look.
    """

    acknowledge: int
    decide: int
    apart: int
    next_call: int
    follow_up: int

    @property
    def between_tries(self) -> timedelta:
        return timedelta(minutes=self.apart)

    @property
    def longest_wait(self) -> timedelta:
        return timedelta(minutes=self.next_call)

    @property
    def longest_follow_up(self) -> timedelta:
        return timedelta(days=self.follow_up)


@dataclass(frozen=True)
class WaitTable:
    """The waits of each level, and those that are the same for all of them: minutes until a second
    person confirms a close, until a page that nobody took is followed by an e-mail, until a due
    case of somebody who is not seen is given back; and the tries before "not reached"."""

    emergency: Waits = Waits(5, 30, 5, 30, 2)
    urgent: Waits = Waits(15, 60, 30, 24 * 60, 7)
    call_back: Waits = Waits(120, 480, 120, 4 * 24 * 60, 30)
    confirm: int = 30
    second_way: int = 5
    away: int = 30
    tries: int = 3

    def of(self, level: Level) -> Waits:
        if level is Level.EMERGENCY:
            return self.emergency
        return self.urgent if level is Level.URGENT else self.call_back


LEVELS = ("emergency", "urgent", "call_back")
# Each with the least and the most that it may be, at any level.
KINDS: Mapping[str, tuple[int, int]] = {
    "acknowledge": (1, 480),
    "decide": (5, 1440),
    "apart": (1, 1440),
    "next_call": (5, 7 * 24 * 60),
    "follow_up": (1, 90),
}
FOR_ALL: Mapping[str, tuple[int, int]] = {
    "confirm": (5, 240),
    "second_way": (1, 60),
    "away": (15, 240),
    "tries": (3, 10),
}
USUAL = WaitTable()


def whole(given: Mapping[str, Any]) -> dict[str, Any]:
    """As stored: whatever is not given is as usual."""
    told = {
        level: {
            **vars(getattr(USUAL, level)),
            **{kind: int(value) for kind, value in (given.get(level) or {}).items()},
        }
        for level in LEVELS
    }
    return {**told, **{name: int(given.get(name, getattr(USUAL, name))) for name in FOR_ALL}}


def of_stored(stored: Mapping[str, Any]) -> WaitTable:
    told = whole(stored.get("waits") or {})
    return WaitTable(**{**told, **{level: Waits(**told[level]) for level in LEVELS}})


def faults(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """One sentence for each number that is missing, wrong or makes no sense beside another."""
    found = dict(_wrong_numbers(given))
    yield from found.items()
    if not found:
        yield from _senseless(whole(given))


def _wrong_numbers(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = (*LEVELS, *FOR_ALL)
    for name in sorted(set(given) - set(known)):
        yield f"waits.{name}", f"waits.{name} is not known. Use {', '.join(known)}."
    for level in LEVELS:
        told = given.get(level) or {}
        if not isinstance(told, Mapping) or set(told) - set(KINDS):
            yield f"waits.{level}", f"waits.{level} must hold only {', '.join(KINDS)}."
            continue
        for kind, value in told.items():
            yield from _outside(f"waits.{level}.{kind}", value, KINDS[kind])
    for name, limits in FOR_ALL.items():
        if name in given:
            yield from _outside(f"waits.{name}", given[name], limits)


def _outside(name: str, value: Any, limits: tuple[int, int]) -> Iterator[tuple[str, str]]:
    text, (least, most) = str(value).strip(), limits
    fits = text.isdecimal() and text.isascii() and len(text) < 6 and least <= int(text) <= most
    if not fits:
        yield name, f"{name} must be a whole number from {least} to {most}."


def _senseless(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for level in LEVELS:
        apart, next_call = told[level]["apart"], told[level]["next_call"]
        if apart > next_call:
            name = f"waits.{level}.apart"
            yield name, f"{name} must not be longer than the {next_call} minutes to the next call."
    for graver, other in pairwise(LEVELS):
        for kind in KINDS:
            name, most = f"waits.{graver}.{kind}", told[other][kind]
            if told[graver][kind] > most:
                yield name, f"{name} must not be longer than the {most} of a less urgent level."
