"""Who will call, by when, on which number; that it was tried; or that it is late. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clinic import hours
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import Promise
from reporter.clinic.told import After, Call
from reporter.rules.levels import Level
from reporter.web import summary, times
from reporter.web.visit import Visit

TRIED = frozenset({"voicemail", "no_answer", "wrong_number"})
MOST_NAMED = 3


@dataclass(frozen=True)
class Called:
    """Empty texts stand for nothing promised. `tried` and `spoke` are when somebody did call;
    `day` is that of the promise, `opens` when the clinic does, while it is shut."""

    by: str
    late: bool
    ending: str
    closed_until: str
    pages_on_call: bool
    tried: str
    spoke: str
    wrong_number: bool
    day: str = ""
    is_today: bool = False
    opens: str = ""


def called(
    visit: Visit, promise: Promise | None, number: str, after: After, case: Case | None
) -> Called:
    """What was promised with a report, or stands for its case, and what has come of it since."""
    zone, language, now = visit.clinic.hours.zone, visit.language, visit.now
    by = kept_by(visit.clinic, promise) or _standing(visit, case)
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
        day=times.day(by, now, zone, language) if by else "",
        is_today=by is not None and hours.local(zone, by).date() == visit.today,
        opens="" if open_now else _opens(visit),
    )


def _standing(visit: Visit, case: Case | None) -> datetime | None:
    """When the queue's own clock ends, for whoever was told no time: their report came while the
    clinic was shut, or was mild beside an open case. While it is shut nothing urgent is promised,
    and beside an emergency nobody is to wait for a call."""
    if case is None or not case.is_open or case.state == "closing" or case.due_at is None:
        return None
    level = Level.URGENT if case.undecided else case.level
    if level is Level.CALL_BACK:
        return kept_by_clinic(visit.clinic, case.due_at)
    if level is not Level.URGENT or not visit.open_now:
        return None
    today = visit.now < case.due_at <= hours.closing(visit.clinic.hours, visit.now)
    return case.due_at if today else None


def _opens(visit: Visit) -> str:
    at = hours.next_opening(visit.clinic.hours, visit.now)
    return times.opening(at, visit.now, visit.clinic.hours.zone, visit.language)


def last_digits(number: str) -> str:
    return "".join(sign for sign in number if sign.isdigit())[-4:]


def _moments(visit: Visit, calls: Iterable[Call]) -> str:
    """`at 10:40 am today and 2:05 pm today`: the latest few, oldest first."""
    zone, language, now = visit.clinic.hours.zone, visit.language, visit.now
    lately = list(calls)[-MOST_NAMED:]
    return summary.joined([times.at(one.at, now, zone, language) for one in lately], language)


def kept_by(clinic: Clinic, promise: Promise | None) -> datetime | None:
    """The promised time, unless the clinic is shut then: nobody would keep it."""
    return kept_by_clinic(clinic, promise.call_by) if promise and promise.call_by else None


def kept_by_clinic(clinic: Clinic, by: datetime) -> datetime:
    """The same of a time."""
    if hours.is_open(clinic.hours, by - timedelta(minutes=1)):
        return by
    return hours.end_of_next_clinic_day(clinic.hours, by)


def opening(clinic: Clinic, now: datetime, language: str) -> str:
    """`until 8:30 am tomorrow, Wednesday`."""
    at = hours.next_opening(clinic.hours, now)
    return times.until(at, now, clinic.hours.zone, language)


def closing(clinic: Clinic, now: datetime, language: str) -> str:
    """`today until 5:30 pm`, while the clinic is open."""
    return times.today_until(hours.closing(clinic.hours, now), clinic.hours.zone, language)
