"""Who will call, by when, on which number; that it was tried; or that it is late. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import hours
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import Promise
from reporter.clinic.told import After, Call
from reporter.web import summary, times
from reporter.web.visit import Visit

TRIED = frozenset({"voicemail", "no_answer", "wrong_number"})
MOST_NAMED = 3


@dataclass(frozen=True)
class Called:
    """Empty texts stand for nothing promised. `tried` and `spoke` are when somebody did call."""

    by: str
    late: bool
    ending: str
    closed_until: str
    pages_on_call: bool
    tried: str
    spoke: str
    wrong_number: bool


def called(visit: Visit, promise: Promise | None, number: str, after: After) -> Called:
    """What was promised with a report, and what has come of it since."""
    zone, language, now = visit.clinic.hours.zone, visit.language, visit.now
    by = kept_by(visit.clinic, promise)
    open_now = hours.is_open(visit.clinic.hours, now)
    tries = [one for one in after.calls if one.result in TRIED]
    reached = [one for one in after.calls if one.result == "reached"]
    return Called(
        by=times.by(by, now, zone, language) if by else "",
        late=bool(by and by < now and not after.calls),
        ending=last_digits(number),
        closed_until="" if open_now else opening(visit.clinic, now, language),
        pages_on_call=bool(promise and promise.pages_on_call),
        tried=_moments(visit, tries),
        spoke=_moments(visit, reached[-1:]),
        wrong_number=bool(tries) and tries[-1].result == "wrong_number",
    )


def last_digits(number: str) -> str:
    return "".join(sign for sign in number if sign.isdigit())[-4:]


def _moments(visit: Visit, calls: Iterable[Call]) -> str:
    """`at 10:40 am today and 2:05 pm today`: the latest few, oldest first."""
    zone, language, now = visit.clinic.hours.zone, visit.language, visit.now
    lately = list(calls)[-MOST_NAMED:]
    return summary.joined([times.at(one.at, now, zone, language) for one in lately], language)


def kept_by(clinic: Clinic, promise: Promise | None) -> datetime | None:
    """The promised time, unless the clinic is shut then: nobody would keep it."""
    by = promise.call_by if promise else None
    if by is None or hours.is_open(clinic.hours, by - timedelta(minutes=1)):
        return by
    return hours.end_of_next_clinic_day(clinic.hours, by)


def opening(clinic: Clinic, now: datetime, language: str) -> str:
    """`until 8:30 am tomorrow, Wednesday`."""
    at = hours.next_opening(clinic.hours, now)
    return times.until(at, now, clinic.hours.zone, language)


def closing(clinic: Clinic, now: datetime, language: str) -> str:
    """`today until 5:30 pm`, while the clinic is open."""
    return times.today_until(hours.closing(clinic.hours, now), clinic.hours.zone, language)
