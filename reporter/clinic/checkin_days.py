"""On which day and at what instant a treatment's check-ins fall due. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reporter.clinic.hours import Hours, at_local, local, nearest_open_day
from reporter.rules.knowledge import CheckinDay

CHECKIN, REMINDER = "checkin", "reminder"
Key = tuple[int, str]


@dataclass(frozen=True)
class Slot:
    """One message to come: `on` is its day on the patient's calendar."""

    day: int
    kind: str
    on: date
    due_at: datetime
    closes_at: datetime
    wording: str = ""


def slots(
    protocol: Sequence[CheckinDay],
    given_on: date,
    zone: str,
    hours: Hours,
    *,
    done: Collection[Key] = (),
    taken: Collection[date] = (),
) -> tuple[Slot, ...]:
    """All check-ins and reminders of a treatment, in order of time; never two for one day.

    `done` went out already, on the days `taken`. Where two fall on one day a check-in goes before
    a reminder, and an earlier check-in before a later one.
    """
    used, found = set(taken), []
    checkins = _checkins(protocol, given_on, zone, hours)
    for slot in (*checkins, *_reminders(protocol, given_on, zone, hours)):
        if (slot.day, slot.kind) not in done and slot.on not in used:
            used.add(slot.on)
            found.append(slot)
    return tuple(sorted(found, key=lambda slot: slot.due_at))


def _checkins(
    protocol: Sequence[CheckinDay], given_on: date, zone: str, hours: Hours
) -> Iterator[Slot]:
    for entry in protocol:
        on = _moved(entry, given_on, hours)
        yield _slot(entry, CHECKIN, zone, on, entry.hour, entry.window_hours)


def _reminders(
    protocol: Sequence[CheckinDay], given_on: date, zone: str, hours: Hours
) -> Iterator[Slot]:
    for entry in protocol:
        if entry.reminder_hour:
            on = _moved(entry, given_on, hours) + timedelta(days=1)
            yield _slot(entry, REMINDER, zone, on, entry.reminder_hour, entry.reminder_window_hours)


def _slot(entry: CheckinDay, kind: str, zone: str, on: date, clock: str, window: int) -> Slot:
    """Its day is asked of the instant: a zone that changed sides of the date line skipped one."""
    due = at_local(zone, on, clock)
    closes = due + timedelta(hours=window)
    return Slot(entry.day, kind, local(zone, due).date(), due, closes, entry.wording)


def _moved(entry: CheckinDay, given_on: date, hours: Hours) -> date:
    """The exact day, or the nearest open one; but never moved farther than its window is long:
    while a clinic is shut for weeks, a check-in on a closed day is better than one weeks late."""
    day = given_on + timedelta(days=entry.day)
    if entry.exact:
        return day
    open_day = nearest_open_day(hours, day)
    return open_day if abs(open_day - day) <= timedelta(hours=entry.window_hours) else day
