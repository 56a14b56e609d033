"""The days on which a patient is asked how it goes, read strictly; and whose days are whose."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from reporter.rules.entries import Entry, EntryFile, KnowledgeError

STANDARD: Final = "standard"
# What an e-mail can say; each has its subject in templates/email/checkin.
WORDINGS: Final = ("day_1", "day_3", "day_7", "day_14", "day_28", "any_day")
LAST: Final = "day_28"
# More than this tires people out, and they stop to answer (ux, e-mails).
MOST_MAILS: Final = 7
REMINDER_HOURS: Final = 4


@dataclass(frozen=True)
class CheckinDay:
    """One check-in of the protocol. Hours are the patient's local time, ``HH:MM``.

    ``exact``: goes out on that very day; otherwise on the nearest open day. ``window_hours``: how
    long after its time it may still go out; after that it is missed and never sent late. The
    reminder, where there is one, goes out the day after and has a window of its own.
    """

    day: int
    hour: str
    exact: bool
    reminder_hour: str | None
    window_hours: int
    wording: str
    because: str
    source: str
    reminder_window_hours: int = REMINDER_HOURS


@dataclass(frozen=True)
class Protocol:
    """The check-ins of those whom it names: any of the products, areas and factors that it lists.

    A list that is empty asks nothing; the standard protocol names nobody and takes everybody else.
    """

    id: str
    days: tuple[CheckinDay, ...]
    products: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    because: str = ""
    source: str = ""

    def matches(self, product: str, areas: Collection[str], factors: Collection[str]) -> bool:
        """Whether a treatment has one of each list that is not empty."""
        return (
            (not self.products or any(_is_product(name, product) for name in self.products))
            and (not self.areas or not set(self.areas).isdisjoint(areas))
            and (not self.factors or not set(self.factors).isdisjoint(factors))
        )

    @property
    def how_specific(self) -> tuple[int, bool, bool, bool]:
        """More lists are more specific; a factor before an area, an area before a product."""
        asked = (bool(self.factors), bool(self.areas), bool(self.products))
        return (sum(asked), *asked)


def _is_product(name: str, product: str) -> bool:
    """Whole words, whatever their case: "Dysport" is in "dysport 300 U"."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", product, re.IGNORECASE) is not None


def most_specific(
    protocols: Iterable[Protocol], product: str, areas: Collection[str], factors: Collection[str]
) -> Protocol:
    """The protocol of a treatment; of two that are as specific, the one that stands first."""
    fitting = [one for one in protocols if one.matches(product, areas, factors)]
    return max(fitting, key=lambda one: one.how_specific)


def read_protocols(
    file: EntryFile, areas: Mapping[str, object], factors: Mapping[str, object]
) -> tuple[Protocol, ...]:
    """The standard protocol first, then those for some. Raises KnowledgeError."""
    days = tuple(read_checkin(entry) for entry in file.entries("checkin", key="day"))
    found = [Protocol(STANDARD, days)]
    _check_days(days, "checkins.toml, checkin")
    for entry in file.entries("protocol") if file.has("protocol") else ():
        found.append(_protocol(entry, areas, factors))
    _check_apart(found)
    return tuple(found)


def _protocol(entry: Entry, areas: Mapping[str, object], factors: Mapping[str, object]) -> Protocol:
    days = tuple(read_checkin(one) for one in entry.tables("checkin", key="day"))
    protocol = Protocol(
        id=entry.text("id"),
        days=days,
        products=entry.texts("products"),
        areas=entry.choices("areas", areas),
        factors=entry.choices("factors", factors),
        because=entry.text("because"),
        source="; ".join(entry.sources()),
    )
    entry.done()
    if not protocol.how_specific[0]:
        raise entry.wrong("is for everybody; give it products, areas or factors")
    if not days:
        raise entry.wrong("has no [[protocol.checkin]]; add at least one")
    _check_days(days, f"{entry.name}, checkin")
    return protocol


def read_checkin(entry: Entry) -> CheckinDay:
    reminder = entry.text("reminder_hour", "")
    wording = entry.choice("wording", WORDINGS)
    if wording is None:
        raise entry.wrong("has no wording; add one")
    checkin = CheckinDay(
        day=_needed(entry, "day"),
        hour=_hour(entry, entry.text("hour")),
        exact=entry.flag("exact"),
        reminder_hour=_hour(entry, reminder) if reminder else None,
        window_hours=_needed(entry, "window_hours"),
        wording=wording,
        because=entry.text("because"),
        source="; ".join(entry.sources()),
        reminder_window_hours=entry.whole("reminder_window_hours", 1) or REMINDER_HOURS,
    )
    entry.done()
    return checkin


def _needed(entry: Entry, key: str) -> int:
    value = entry.whole(key, least=1)
    if value is None:
        raise entry.wrong(f"has no {key}; add one")
    return value


def _hour(entry: Entry, text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise entry.wrong(f"{text!a:.20} is not an hour; write it as 10:30")
    return text


def _check_days(days: tuple[CheckinDay, ...], where: str) -> None:
    for first, second in pairwise(days):
        place = f"{where} {second.day}"
        if second.day <= first.day:
            raise KnowledgeError(f"{place}: stands after day {first.day}; sort the days")
        if first.window_hours > 24 * (second.day - first.day):
            raise KnowledgeError(f"{place}: begins before the window of day {first.day} has ended")
        if first.wording == LAST:
            raise KnowledgeError(f"{place}: comes after {LAST!r}, which says that it is the last")
    mails = len(days) + sum(one.reminder_hour is not None for one in days)
    if mails > MOST_MAILS:
        raise KnowledgeError(f"{where} {days[-1].day}: e-mail {mails}; at most {MOST_MAILS}")


def _check_apart(protocols: Iterable[Protocol]) -> None:
    """No two for the very same people, and no name of the standard one's."""
    seen: dict[object, str] = {}
    for one in protocols:
        asked = (frozenset(one.products), frozenset(one.areas), frozenset(one.factors))
        if asked in seen or one.id in seen.values():
            other = seen.get(asked, one.id)
            raise KnowledgeError(
                f"checkins.toml, protocol {one.id!r}: is for the same people as {other!r}; keep one"
            )
        seen[asked] = one.id
