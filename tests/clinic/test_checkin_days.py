"""Which day, which instant: by hand at the edges, and never two for one day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter.clinic.checkin_days import CHECKIN, REMINDER, Slot, slots
from reporter.clinic.hours import Hours
from reporter.rules.knowledge import CheckinDay, Knowledge

OPEN = (("08:30", "17:30"),)
WEEKDAYS = (OPEN, OPEN, OPEN, OPEN, OPEN, (), ())
HOLIDAYS = frozenset({date(2026, 11, 26), date(2026, 12, 25)})
HOURS = Hours("America/New_York", WEEKDAYS, HOLIDAYS)


def local(slot: Slot, zone: str) -> str:
    return slot.due_at.astimezone(ZoneInfo(zone)).strftime("%a %b %d %H:%M")


def plan(knowledge: Knowledge, given_on: date, zone: str = "America/New_York") -> list[str]:
    found = slots(knowledge.checkins, given_on, zone, HOURS)
    return [f"{slot.day} {slot.kind} {local(slot, zone)}" for slot in found]


def test_a_treatment_on_a_friday(knowledge: Knowledge) -> None:
    assert plan(knowledge, date(2026, 11, 20)) == [
        "1 checkin Sat Nov 21 10:30",  # exact, although the clinic is closed
        "3 checkin Mon Nov 23 10:30",
        "3 reminder Tue Nov 24 17:30",
        "7 checkin Fri Nov 27 10:30",
        "7 reminder Sat Nov 28 17:30",
        "14 checkin Fri Dec 04 10:30",
        "28 checkin Fri Dec 18 10:30",
    ]


def test_later_ones_move_to_the_nearest_open_day(knowledge: Knowledge) -> None:
    assert plan(knowledge, date(2026, 11, 21))[3:] == [
        "7 checkin Fri Nov 27 10:30",  # Saturday 28: Friday is nearer than Monday
        "7 reminder Sat Nov 28 17:30",
        "14 checkin Fri Dec 04 10:30",
        "28 checkin Fri Dec 18 10:30",
    ]
    # Day 7 is Thanksgiving; Wednesday and Friday are as near, the later one wins.
    assert "7 checkin Fri Nov 27 10:30" in plan(knowledge, date(2026, 11, 19))


def test_a_clinic_shut_for_weeks_does_not_move_a_check_in_for_weeks(knowledge: Knowledge) -> None:
    shut = frozenset(date(2026, 12, 1) + timedelta(days=day) for day in range(31))
    hours = Hours("America/New_York", WEEKDAYS, shut)
    found = slots(knowledge.checkins, date(2026, 12, 3), "America/New_York", hours)
    assert [slot.on for slot in found if slot.kind == CHECKIN][2:] == [
        date(2026, 12, 10),
        date(2026, 12, 17),
        date(2027, 1, 1),  # one day away
    ]


@pytest.mark.parametrize(
    ("zone", "given_on", "day_1_utc", "why"),
    [
        (
            "America/New_York",
            date(2026, 3, 7),
            "2026-03-08T14:30",
            "clocks went forward that night",
        ),
        ("America/New_York", date(2026, 10, 31), "2026-11-01T15:30", "clocks went back that night"),
        ("Europe/Madrid", date(2026, 3, 28), "2026-03-29T08:30", "clocks went forward"),
        ("Europe/Madrid", date(2026, 10, 24), "2026-10-25T09:30", "clocks went back"),
        ("Australia/Lord_Howe", date(2026, 4, 4), "2026-04-05T00:00", "half an hour back"),
        ("Asia/Kathmandu", date(2026, 5, 1), "2026-05-02T04:45", "a quarter hour zone"),
        ("Pacific/Kiritimati", date(2026, 5, 1), "2026-05-01T20:30", "a day ahead of UTC"),
        ("Pacific/Pago_Pago", date(2026, 5, 1), "2026-05-02T21:30", "a day behind Kiritimati"),
        ("America/New_York", date(2028, 2, 28), "2028-02-29T15:30", "a leap day"),
        ("America/New_York", date(2026, 12, 31), "2027-01-01T15:30", "over the year's end"),
    ],
)
def test_day_1_is_at_half_past_ten_where_the_patient_lives(
    knowledge: Knowledge, zone: str, given_on: date, day_1_utc: str, why: str
) -> None:
    first = slots(knowledge.checkins, given_on, zone, HOURS)[0]
    assert first.due_at == datetime.fromisoformat(day_1_utc).replace(tzinfo=UTC), why
    assert first.on == given_on + timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "on", "clock", "utc"),
    [
        ("America/New_York", date(2026, 3, 8), "02:30", "2026-03-08T07:30"),  # skipped: an hour on
        ("America/New_York", date(2026, 11, 1), "01:30", "2026-11-01T05:30"),  # twice: the first
    ],
)
def test_an_hour_that_is_skipped_or_repeated_comes_once(
    zone: str, on: date, clock: str, utc: str
) -> None:
    entry = CheckinDay(1, clock, True, None, 12, "day_1", "test", "test")
    (slot,) = slots([entry], on - timedelta(days=1), zone, HOURS)
    assert slot.due_at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_what_went_out_is_not_planned_and_its_day_is_taken(knowledge: Knowledge) -> None:
    found = slots(
        knowledge.checkins,
        date(2026, 11, 20),
        "America/New_York",
        HOURS,
        done={(1, CHECKIN)},
        taken={date(2026, 11, 23)},
    )
    keys = [(slot.day, slot.kind) for slot in found]
    assert (1, CHECKIN) not in keys
    assert (3, CHECKIN) not in keys, "something went out on that day already"
    assert (3, REMINDER) in keys


ZONES = ["America/New_York", "Europe/Madrid", "Pacific/Apia", "Africa/Casablanca", "Asia/Tehran"]
DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1))
entries = st.builds(
    CheckinDay,
    day=st.integers(1, 40),
    hour=st.sampled_from(["00:00", "02:30", "10:30", "23:59"]),
    exact=st.booleans(),
    reminder_hour=st.sampled_from([None, "00:30", "17:30"]),
    window_hours=st.integers(1, 300),
    wording=st.just("day_1"),
    because=st.just("x"),
    source=st.just("x"),
)


@settings(deadline=None)
@given(
    st.lists(entries, min_size=1, max_size=8, unique_by=lambda entry: entry.day),
    DAYS,
    st.sampled_from(ZONES),
    st.lists(st.booleans(), min_size=7, max_size=7).filter(any),
    st.sets(DAYS, max_size=40),
)
def test_never_two_for_one_day_and_never_a_window_backwards(
    protocol: list[CheckinDay], given_on: date, zone: str, week: list[bool], holidays: set[date]
) -> None:
    hours = Hours(zone, tuple(OPEN if is_open else () for is_open in week), frozenset(holidays))
    found = slots(protocol, given_on, zone, hours)
    assert len({slot.on for slot in found}) == len(found)
    assert len({(slot.day, slot.kind) for slot in found}) == len(found)
    assert all(slot.due_at < slot.closes_at for slot in found)
    assert all(slot.on > given_on - timedelta(days=13) for slot in found)
    local_days = [slot.due_at.astimezone(ZoneInfo(zone)).date() for slot in found]
    # A skipped hour just before midnight may land on the next day; none of these zones has one.
    assert local_days == [slot.on for slot in found]
