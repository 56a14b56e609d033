"""Three years in six zones, both clock changes in each that has them, against another calculation.

The other one asks the C library, which reads the same clock changes with its own code, and finds
each instant by trying, instead of by arithmetic.
"""

import os
import time
import zoneinfo
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from importlib.resources import files
from pathlib import Path

import pytest

from reporter.clinic.checkin_days import slots
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import Hours
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from tests.clinic.rounds import one_round

ZONES = (
    "America/New_York",  # an hour forward and back
    "Europe/Madrid",  # on other days
    "Australia/Lord_Howe",  # half an hour, and the other way round the year
    "Africa/Casablanca",  # twice a year more, around Ramadan
    "Pacific/Kiritimati",  # the first to see a day
    "Pacific/Pago_Pago",  # the last
)
FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)  # with a leap day
OPEN = (("08:30", "17:30"),)
# The holidays of the tests' clinic, and some more.
SHUT = frozenset(
    {
        date(2026, 11, 26),
        date(2026, 12, 25),
        date(2027, 1, 1),
        date(2027, 12, 24),
        date(2028, 2, 29),
        date(2028, 7, 4),
    }
)
# Day, hour, exact, the reminder's hour: as the clinical dossier and the designs say.
PROTOCOL = (
    (1, "10:30", True, ""),
    (3, "10:30", True, "17:30"),
    (7, "10:30", False, "17:30"),
    (14, "10:30", False, ""),
    (28, "10:30", False, ""),
)


@contextmanager
def living_in(zone: str) -> Iterator[None]:
    """The C library's clock set to that zone, by the very file that the product reads."""
    before = os.environ.get("TZ")
    homes = [Path(home) for home in zoneinfo.TZPATH] + [Path(str(files("tzdata"))) / "zoneinfo"]
    os.environ["TZ"] = f":{next(home / zone for home in homes if (home / zone).is_file())}"
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()


@cache
def shows(second: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(second))


def when_clocks_show(day: date, clock: str) -> datetime:
    """The first instant, by trying each quarter of an hour, at which the wall clock shows this."""
    middle = int(datetime.combine(day, datetime.min.time(), UTC).timestamp())
    wanted = f"{day} {clock}"
    found = [at for at in range(middle - 15 * 3600, middle + 39 * 3600, 900) if shows(at) == wanted]
    return datetime.fromtimestamp(found[0], UTC)


def is_open(day: date) -> bool:
    return day.isoweekday() <= 5 and day not in SHUT


def moved(day: date) -> date:
    candidates = [day + timedelta(days=away) for away in (0, 1, -1, 2, -2, 3, -3, 4, -4)]
    return next(candidate for candidate in candidates if is_open(candidate))


def expected(given_on: date) -> dict[datetime, tuple[int, str]]:
    """Which mail goes at which instant."""
    by_day: dict[date, tuple[int, str, str]] = {}
    for kind in ("checkin", "reminder"):
        for day, clock, exact, reminder in PROTOCOL:
            plain = date.fromordinal(given_on.toordinal() + day)
            on = plain if exact else moved(plain)
            if kind == "checkin":
                by_day.setdefault(on, (day, kind, clock))
            elif reminder:
                by_day.setdefault(date.fromordinal(on.toordinal() + 1), (day, kind, reminder))
    return {when_clocks_show(on, clock): (day, kind) for on, (day, kind, clock) in by_day.items()}


def all_days() -> Iterator[date]:
    return (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))


@pytest.mark.parametrize("zone", ZONES)
def test_each_day_of_three_years_is_planned_as_the_other_calculation_says(
    knowledge: Knowledge, zone: str
) -> None:
    shows.cache_clear()
    hours = Hours("America/New_York", (OPEN,) * 5 + ((), ()), SHUT)
    with living_in(zone):
        for given_on in all_days():
            found = slots(knowledge.checkins, given_on, zone, hours)
            assert {slot.due_at: (slot.day, slot.kind) for slot in found} == expected(given_on)
            assert len({shows(int(slot.due_at.timestamp()))[:10] for slot in found}) == len(found)


def test_the_other_calculation_knows_the_clock_changes() -> None:
    shows.cache_clear()
    with living_in("America/New_York"):
        assert when_clocks_show(date(2027, 3, 13), "10:30").hour == 15
        assert when_clocks_show(date(2027, 3, 14), "10:30").hour == 14
        assert when_clocks_show(date(2027, 11, 7), "10:30").hour == 15


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_three_years_of_rounds_send_each_once_on_its_day(
    db: Database, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> None:
    """People of all zones, treated around each clock change and the leap day. The rounds come each
    half hour around each mail that the calculation expects: that one must go, and no other."""
    run = partial(one_round, db, clinic)
    turning = [date(2026, 3, 5), date(2026, 3, 26), date(2026, 10, 22), date(2026, 10, 29),
               date(2027, 2, 5), date(2028, 2, 26), date(2028, 10, 31)]  # fmt: skip
    want: dict[datetime, list[tuple[str, int, str]]] = defaultdict(list)
    for number, given_on in enumerate(turning):
        for zone in ZONES:
            visit = enrolled(name=f"Pat {zone}{number}", email=f"p{len(want)}@patients.test",
                             given_on=given_on)  # fmt: skip
            at_home(db, clinic, visit, zone, given_on)
            shows.cache_clear()
            with living_in(zone):
                for due, (day, kind) in expected(given_on).items():
                    want[due].append((visit.id, day, kind))
    sent: dict[datetime, list[tuple[str, int, str]]] = defaultdict(list)
    around = {due + timedelta(minutes=30 * step) for due in want for step in range(-4, 5)}
    for at in sorted(around):
        sent[at] += gone(db, clinic, run, at)
    assert {at: sorted(who) for at, who in sent.items() if who} == {
        at: sorted(who) for at, who in want.items()
    }


def gone(
    db: Database, clinic: Clinic, run: Callable[[datetime], list[object]], at: datetime
) -> list[tuple[str, int, str]]:
    run(at)
    rows = db.query(
        "select treatment_id, day, kind from checkins where clinic_id = :c and sent_at = :at",
        c=clinic.id,
        at=at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    )
    return [(row["treatment_id"], row["day"], row["kind"]) for row in rows]


def at_home(db: Database, clinic: Clinic, visit: Treatment, zone: str, given_on: date) -> None:
    """As if they had been enrolled on the day itself, living in that zone."""
    from reporter.clinic import checkin_plan, treatments
    from reporter.rules.knowledge import shipped

    noon = datetime.combine(given_on, datetime.min.time(), UTC) + timedelta(hours=3)
    with db.transaction():
        db.run("delete from checkins where clinic_id = :c and treatment_id = :t",
               c=clinic.id, t=visit.id)  # fmt: skip
        db.run("update treatments set created_at = :at where clinic_id = :c and id = :t",
               at=noon.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), c=clinic.id, t=visit.id)  # fmt: skip
        db.run("update patients set zone = :zone where clinic_id = :c and id = :p",
               zone=zone, c=clinic.id, p=visit.patient.id)  # fmt: skip
        treatment = treatments.get(db, clinic.id, visit.id)
        checkin_plan.plan(db, clinic, treatment, shipped(), noon)
