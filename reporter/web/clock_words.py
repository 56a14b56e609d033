"""Times in the words of the desk, on the clinic's own clock. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reporter.clinic.hours import local
from reporter.clock import stamp

# Beyond this nobody counts minutes: a time of day says more.
COUNTED = timedelta(hours=2)
NEAR = {-1: "yesterday", 0: "today"}


@dataclass(frozen=True)
class Due:
    """When somebody must act: `text` as of now, `at` so that a script can keep it up to date."""

    text: str
    late: bool
    at: str


def due(at: datetime, now: datetime, zone: str) -> Due:
    """`52 min left`, `4 min late`, `today 5:30 pm`, `Wed 5:30 pm`: what is left until `at`."""
    left = at - now
    return Due(_left(at, left, now, zone), left < timedelta(0), stamp(at))


def _left(at: datetime, left: timedelta, now: datetime, zone: str) -> str:
    if left < timedelta(0):
        return f"{span(-left)} late"
    if left < COUNTED:
        return f"{span(left)} left"
    return moment(at, now, zone)


def span(length: timedelta) -> str:
    """The largest unit that says enough; a started minute is not over yet."""
    minutes = int(length.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days = minutes // (24 * 60)
    return f"{days} day" if days == 1 else f"{days} days"


def moment(at: datetime, now: datetime, zone: str) -> str:
    """An instant as people name it: `today 5:30 pm`, `Wed 5:30 pm`, `Thu Dec 3, 5:30 pm`."""
    there, today = local(zone, at), local(zone, now).date()
    away = (there.date() - today).days
    if away in NEAR:
        return f"{NEAR[away]} {clock(there)}"
    if 0 < away < 7:
        return f"{there:%a} {clock(there)}"
    return f"{_date(there.date(), today)}, {clock(there)}"


def by(at: datetime, now: datetime, zone: str) -> str:
    """The same inside a sentence, after `by`: `5:30 pm today`, `5:30 pm on Wed Nov 25`."""
    there, today = local(zone, at), local(zone, now).date()
    day_word = NEAR.get((there.date() - today).days) or f"on {_date(there.date(), today)}"
    return f"{clock(there)} {day_word}"


def _date(on: date, today: date) -> str:
    year = "" if on.year == today.year else f" {on.year}"
    return f"{on:%a %b} {on.day}{year}"


def clock(there: datetime) -> str:
    """The time of day, of a local time: `5:30 pm`."""
    return f"{there.hour % 12 or 12}:{there:%M} {'am' if there.hour < 12 else 'pm'}"


def day(on: date) -> str:
    """A day without a weekday, in words that no country reads the other way round."""
    return f"{on:%b} {on.day}, {on.year}"
