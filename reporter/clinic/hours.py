"""Opening hours, holidays and clock changes: due times and what a patient may be promised. Pure."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from reporter.rules.levels import Level

# Less than this before closing, a promised call would be a race: the closed-hours way is kinder.
SHORTEST_URGENT = timedelta(minutes=15)
QUARTER = timedelta(minutes=15)
# Closing time itself is still a time by which somebody calls.
MINUTE = timedelta(minutes=1)
FARTHEST = 370  # days; a clinic that stays shut for longer than a year cannot promise anything


@dataclass(frozen=True)
class Targets:
    """How soon somebody calls: minutes after a report, and clinic days after its day.

    The numbers are those of a small clinic, for its director to sign; clinical judgement, not
    verified.
    """

    emergency: int = 15
    urgent: int = 60
    call_back_days: int = 1


@dataclass(frozen=True)
class Hours:
    """When the clinic is open: `week[0]` is Monday; each span is ("08:30", "17:30") local time.

    And how soon it calls, since every promised time follows from both.
    """

    zone: str
    week: tuple[tuple[tuple[str, str], ...], ...]
    holidays: frozenset[date] = frozenset()
    targets: Targets = Targets()


@dataclass(frozen=True)
class Promise:
    """What the patient was told. `call_by` is None where nobody would keep a promised call."""

    due_at: datetime
    call_by: datetime | None
    open_now: bool
    pages_on_call: bool
    opens_at: datetime | None


def local(zone: str, at: datetime) -> datetime:
    """The same instant on a clock in that zone."""
    return at.astimezone(ZoneInfo(zone))


@lru_cache(maxsize=1024)
def at_local(zone: str, day: date, clock: str) -> datetime:
    """The instant at which clocks there show `clock` on that day, in UTC.

    A time that a spring change skips is taken as the same distance from midnight, so it is one
    hour later on the clock; a time that an autumn change repeats is taken the first time.
    """
    return _combine(zone, day, clock).astimezone(UTC)


def _combine(zone: str, day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone))


def spans(hours: Hours, day: date) -> list[tuple[datetime, datetime]]:
    """The open spans of one day, as instants in UTC, in order; none on a holiday."""
    if day in hours.holidays:
        return []
    return [
        (at_local(hours.zone, day, opens), at_local(hours.zone, day, closes))
        for opens, closes in sorted(hours.week[day.weekday()])
    ]


def span_at(hours: Hours, at: datetime) -> tuple[datetime, datetime] | None:
    """The open span that holds this instant, or None when closed."""
    today = local(hours.zone, at).date()
    return next(((o, c) for o, c in spans(hours, today) if o <= at < c), None)


def is_open(hours: Hours, at: datetime) -> bool:
    return span_at(hours, at) is not None


def next_opening(hours: Hours, at: datetime) -> datetime:
    """The next instant at which the clinic opens. Raise ValueError when it never does."""
    today = local(hours.zone, at).date()
    for ahead in range(FARTHEST):
        for opens, _ in spans(hours, today + timedelta(days=ahead)):
            if opens > at:
                return opens
    raise ValueError("The clinic's opening hours name no open day")


def closing(hours: Hours, at: datetime) -> datetime:
    """When the span that is open now ends, or the one that opens next."""
    span = span_at(hours, at) or span_at(hours, next_opening(hours, at))
    if span is None:
        raise ValueError("The clinic's opening hours name no open day")
    return span[1]


def is_open_day(hours: Hours, day: date) -> bool:
    return bool(spans(hours, day))


def nearest_open_day(hours: Hours, day: date) -> date:
    """This day or the nearest one on which the clinic is open; of two equally near, the later."""
    for away in range(FARTHEST):
        for candidate in (day + timedelta(days=away), day - timedelta(days=away)):
            if is_open_day(hours, candidate):
                return candidate
    raise ValueError("The clinic's opening hours name no open day")


def end_of_next_clinic_day(hours: Hours, at: datetime, count: int = 1) -> datetime:
    """Closing time of the next day on which the clinic is open, after today; or of a later one."""
    day, left = local(hours.zone, at).date(), count
    for ahead in range(1, FARTHEST):
        todays = spans(hours, day + timedelta(days=ahead))
        left -= bool(todays)
        if not left:
            return todays[-1][1]
    raise ValueError("The clinic's opening hours name no open day")


def promise(level: Level, at: datetime, hours: Hours, on_call: bool) -> Promise | None:
    """When somebody must call, and what the patient is told of it; None when nobody has to."""
    if level is Level.SELF_CARE:
        return None
    span = span_at(hours, at)
    opens_at = None if span else next_opening(hours, at)
    if level is Level.EMERGENCY:
        paged, due = on_call and span is None, at + timedelta(minutes=hours.targets.emergency)
        return Promise(due, None, span is not None, paged, opens_at)
    if level is Level.URGENT:
        return _urgent(at, hours, span, on_call)
    due = end_of_next_clinic_day(hours, at, hours.targets.call_back_days)
    return Promise(due, due, span is not None, False, opens_at)


def _urgent(
    at: datetime, hours: Hours, span: tuple[datetime, datetime] | None, on_call: bool
) -> Promise:
    """Within the target, rounded up to a quarter; never a promise that ends after closing time."""
    within = timedelta(minutes=hours.targets.urgent)
    if span and span[1] - at >= SHORTEST_URGENT:
        due = min(_quarter(at + within), span[1])
        return Promise(due, due, True, False, None)
    opens_at = next_opening(hours, at)
    due = at + within if on_call else opens_at + within
    return Promise(due, None, False, on_call, opens_at)


def _quarter(at: datetime) -> datetime:
    """Rounded up to the next quarter of an hour."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + -(-(at - midnight) // QUARTER) * QUARTER


def soonest_call(at: datetime, hours: Hours, on_call: bool) -> Promise:
    """For a report that the rules could not decide: as for an urgent one."""
    kept = promise(Level.URGENT, at, hours, on_call)
    assert kept is not None  # noqa: S101 - only self-care has no promise
    return kept


def no_later_than(due: datetime | None, kept: Promise, hours: Hours, at: datetime) -> Promise:
    """An earlier promise on the same case stays the one that counts, while it can be kept.

    A time at which the clinic is closed is a clock for on-call, and nothing to tell a patient.
    """
    if kept.call_by and due and at < due < kept.call_by and is_open(hours, due - MINUTE):
        return replace(kept, due_at=due, call_by=due)
    return kept
