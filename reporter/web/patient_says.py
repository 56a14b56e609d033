"""What the patient added after the report, in the desk's words; it lowers nothing. Pure."""

from collections.abc import Iterable
from datetime import datetime

from reporter.clinic.clinics import Clinic
from reporter.clinic.told import (
    CALLED,
    CALLED_CRISIS,
    GONE,
    MISTAKE,
    OVER,
    PHOTO,
    Told,
    latest,
)
from reporter.clinic.wishes import ANY, Wish
from reporter.web import clock_words, staff_words

SAYS = {
    GONE: "says it has gone, {when}",
    MISTAKE: "says ticked by mistake, {when}",
    OVER: "says it is over, {when}",
    PHOTO: "added a photo, {when}",
}
TIMES = {
    ANY: "at any time",
    "before_noon": "before noon",
    "noon_to_three": "from noon to 3 pm",
    "after_three": "after 3 pm",
}


def lines(
    clinic: Clinic, told: Iterable[Told], wish: Wish | None, now: datetime
) -> tuple[str, ...]:
    """All of it for the case page, each in one line."""
    some = tuple(told)
    found = (called(clinic, some, now), *others(clinic, some, now), wished(clinic, wish, now))
    return tuple(line[0].upper() + line[1:] for line in found if line)


def called(clinic: Clinic, told: Iterable[Told], now: datetime) -> str:
    """`911 called, today 10:14 am`, when the patient said so; nobody here has checked it."""
    some = tuple(told)
    numbers = {CALLED: clinic.emergency_number, CALLED_CRISIS: clinic.crisis_line}
    both = ((number, latest(some, what)) for what, number in numbers.items())
    said = [f"{number} called, {_when(clinic, one, now)}" for number, one in both if one]
    return ", ".join(said)


def others(clinic: Clinic, told: Iterable[Told], now: datetime) -> list[str]:
    """`says it has gone, today 10:20 am`: each of the other things once, the latest of each."""
    some = tuple(told)
    return [
        words.format(when=_when(clinic, one, now))
        for what, words in SAYS.items()
        if (one := latest(some, what))
    ]


def _when(clinic: Clinic, one: Told, now: datetime) -> str:
    when = clock_words.moment(one.at, now, clinic.hours.zone)
    return f"{when}, before the last report" if one.is_old else when


def wished(clinic: Clinic, wish: Wish | None, now: datetime) -> str:
    """`wants the call after 3 pm, on (301) 555-0199 (asked today 10:20 am)`."""
    if wish is None:
        return ""
    number = f", on {staff_words.phone(wish.number)}" if wish.number else ""
    asked = clock_words.moment(wish.at, now, clinic.hours.zone)
    return f"wants the call {TIMES.get(wish.time, TIMES[ANY])}{number} (asked {asked})"
