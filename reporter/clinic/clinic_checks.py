"""Whether a clinic's settings are complete and sound. Pure.

A promise to a patient needs all of them, so nothing is kept until nothing is wrong.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from reporter.clinic import hours, waits
from reporter.clinic.clinic_settings import (
    ALLOWED,
    DAYS,
    NEEDED,
    PHONES,
    TARGETS,
    TEXTS,
    hours_of,
    kept,
    listed,
    table,
    whole_steps,
)
from reporter.clinic.steps import AFTER_DUE, LATEST, LEVELS, WHO
from reporter.letterhead import PLAIN_ADDRESS

SPAN = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")
NUMBER = re.compile(r"\+?[\d ()\-.]{3,24}")
MOST_SPANS, MOST_HOLIDAYS = 4, 200
LONGEST_SHUT = 180  # days

Faults = dict[str, str]


def faults(given: Mapping[str, Any]) -> Faults:
    """One sentence for each setting that is missing or wrong; empty when all is well.

    Each begins with the setting's name, such as `hours.monday`, and says how to mend it.
    """
    found: Faults = {
        name: f"There is no setting {name!r}. Known: {', '.join(sorted(ALLOWED))}."
        for name in sorted(set(given) - ALLOWED)
    }
    for name, why in NEEDED.items():
        if not str(given.get(name) or "").strip():
            found[name] = f"{name} is missing: {why}."
    for check in CHECKS:
        for name, sentence in check(given):
            found.setdefault(name, sentence)
    return found or dict(_shut_for_long(given))


def _lines(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in (*TEXTS, "zone"):
        text = str(given.get(name) or "").strip()
        if any(ord(sign) < 32 for sign in text) or len(text) > 300:
            yield name, f"{name} must be one line of at most 300 letters."


def _zone(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    zone = str(given.get("zone") or "").strip()
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        told = "Use a name like America/New_York or Europe/Madrid."
        yield "zone", f"There is no time zone {zone!r}. {told}"


def _contact(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    text = {name: str(given.get(name) or "").strip() for name in TEXTS}
    for name in PHONES:
        if not NUMBER.fullmatch(text[name]):
            yield name, f"{name} must be a telephone number, not {text[name]!r}."
    if "@" not in text["reply_to"]:
        yield "reply_to", f"reply_to must be an e-mail address, not {text['reply_to']!r}."
    if text["on_call_email"] and not PLAIN_ADDRESS.fullmatch(text["on_call_email"]):
        told = f"must be a plain e-mail address, not {text['on_call_email']!r}."
        yield "on_call_email", f"on_call_email {told}"
    if text["on_call_webhook"] and not _is_web_address(text["on_call_webhook"]):
        yield "on_call_webhook", "on_call_webhook must be an address that starts with https://."
    if text["colour"] and not re.fullmatch(r"#[0-9a-fA-F]{6}", text["colour"]):
        yield "colour", f"colour must look like #0b4f6c, not {text['colour']!r}."


def _is_web_address(text: str) -> bool:
    try:
        address = urlsplit(text)
        return address.scheme in {"http", "https"} and bool(address.hostname)
    except ValueError:  # such as a bracket that never closes
        return False


def _week(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    week = given.get("hours")
    if not isinstance(week, Mapping) or not any(week.values()):
        told = 'Give a line for each open day, like monday = ["08:30-17:30"].'
        yield "hours", f"hours is missing: promised calls follow from them. {told}"
        return
    for name in sorted(set(week) - set(DAYS)):
        known = ", ".join(DAYS)
        yield f"hours.{name}", f"{name!r} is no day of the week in hours. Use {known}."
    for day in DAYS:
        if wrong := _spans(listed(week, day)):
            yield f"hours.{day}", f"hours.{day} {wrong}"


def _spans(day: list[Any]) -> str:
    """What is wrong with the spans of one day, after its name."""
    for span in day:
        if not isinstance(span, str) or not SPAN.match(span) or not _forward(span):
            return f'must be spans like "08:30-17:30", not {span!r}.'
    if len(day) > MOST_SPANS:
        return f"holds {len(day)} spans; {MOST_SPANS} are the most."
    if any(one[6:] > two[:5] for one, two in pairwise(sorted(day))):
        return "has two spans that overlap. Make one of them."
    return ""


def _forward(span: str) -> bool:
    return time.fromisoformat(span[:5]) < time.fromisoformat(span[6:])


def _holidays(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    days = listed(given, "holidays")
    try:
        count = len({date.fromisoformat(str(day)) for day in days})
    except ValueError:
        yield "holidays", 'holidays must be a list of days like "2026-12-25".'
        return
    if count > MOST_HOLIDAYS:
        yield "holidays", f"holidays holds {count} days; {MOST_HOLIDAYS} are the most."


def _targets(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    told = table(given, "targets")
    for name in sorted(set(told) - set(TARGETS)):
        yield f"targets.{name}", f"targets.{name} is not known. Use {', '.join(TARGETS)}."
    for name, (least, most) in TARGETS.items():
        if name in told and not _is_within(told[name], least, most):
            sentence = f"targets.{name} must be a whole number from {least} to {most}."
            yield f"targets.{name}", sentence


def _is_within(value: Any, least: int, most: int) -> bool:
    text = str(value).strip()
    return text.isdecimal() and text.isascii() and len(text) < 6 and least <= int(text) <= most


def _escalation(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    told_of = table(given, "steps")
    for level in sorted(set(told_of) - set(LEVELS)):
        yield f"steps.{level}", f"steps.{level} is not known. Use {', '.join(LEVELS)}."
    for level in LEVELS:
        told = table(told_of, level)
        wrong = [who for who, value in told.items() if who not in WHO or not _minutes(value)]
        for who in wrong:
            sentence = f"must be {', '.join(WHO)}, in whole minutes from 0 to {LATEST}."
            yield f"steps.{level}.{who}", f"steps.{level}.{who} {sentence}"
        whole = {} if wrong else whole_steps({level: told})[level]
        order = [(who, whole[who]) for who in AFTER_DUE if whole]
        for (one, early), (two, late) in pairwise(order):
            if early > late:
                sentence = f"must not be earlier than the {one}'s {early} minutes."
                yield f"steps.{level}.{two}", f"steps.{level}.{two} {sentence}"


def _waits(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from waits.faults(table(given, "waits"))


def _minutes(value: Any) -> bool:
    return _is_within(value, 0, LATEST)


def _shut_for_long(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A clinic that does not open for months cannot promise a next clinic day."""
    clinic = hours_of(kept(given))
    for day in clinic.holidays:
        after = (day + timedelta(days=ahead) for ahead in range(LONGEST_SHUT))
        if not any(hours.is_open_day(clinic, later) for later in after):
            sentence = f"holidays leaves no open day for {LONGEST_SHUT} days from {day}."
            yield "holidays", sentence
            return


CHECKS: tuple[Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]], ...] = (
    _lines,
    _zone,
    _contact,
    _week,
    _holidays,
    _targets,
    _escalation,
    _waits,
)
