"""Due times and promises: edge tables, with a reason for each row."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.clinic import hours
from reporter.clinic.hours import Hours, promise
from reporter.rules.levels import Level

NEW_YORK = "America/New_York"
DAY = (("08:30", "17:30"),)
WEEKDAYS = Hours(
    NEW_YORK, (DAY, DAY, DAY, DAY, DAY, (), ()), frozenset({date(2026, 11, 26), date(2026, 12, 25)})
)


def here(text: str) -> datetime:
    """A local time in New York as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(NEW_YORK)).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "is_open", "why"),
    [
        ("2026-11-24 08:29", False, "a minute early"),
        ("2026-11-24 08:30", True, "the door opens"),
        ("2026-11-24 17:29", True, "the last minute"),
        ("2026-11-24 17:30", False, "closing time is closed"),
        ("2026-11-28 10:00", False, "Saturday"),
        ("2026-11-26 10:00", False, "a holiday"),
    ],
)
def test_open_or_closed(at: str, is_open: bool, why: str) -> None:
    assert hours.is_open(WEEKDAYS, here(at)) is is_open, why


@pytest.mark.parametrize(
    ("at", "due", "why"),
    [
        ("2026-11-24 10:12", "2026-11-24 11:15", "an hour, rounded up to a quarter"),
        ("2026-11-24 10:15", "2026-11-24 11:15", "already a quarter"),
        ("2026-11-24 16:50", "2026-11-24 17:30", "never past closing time"),
        ("2026-11-24 17:15", "2026-11-24 17:30", "fifteen minutes can still be kept"),
    ],
)
def test_an_urgent_call_is_promised_within_the_hour(at: str, due: str, why: str) -> None:
    kept = promise(Level.URGENT, here(at), WEEKDAYS, on_call=False)
    assert kept and kept.call_by == kept.due_at == here(due), why
    assert kept.open_now


@pytest.mark.parametrize(
    ("at", "opens", "why"),
    [
        ("2026-11-24 17:20", "2026-11-25 08:30", "too late to keep a promise today"),
        ("2026-11-24 22:00", "2026-11-25 08:30", "night"),
        ("2026-11-25 18:00", "2026-11-27 08:30", "tomorrow is a holiday"),
        ("2026-11-27 18:00", "2026-11-30 08:30", "a weekend follows"),
    ],
)
def test_no_urgent_call_is_promised_while_closed(at: str, opens: str, why: str) -> None:
    kept = promise(Level.URGENT, here(at), WEEKDAYS, on_call=False)
    assert kept and kept.call_by is None and not kept.open_now and not kept.pages_on_call
    assert kept.opens_at == here(opens), why
    assert kept.due_at == here(opens) + timedelta(hours=1)


def test_where_on_call_is_paged_the_urgent_clock_does_not_wait_for_the_morning() -> None:
    at = here("2026-11-24 22:00")
    kept = promise(Level.URGENT, at, WEEKDAYS, on_call=True)
    assert kept and kept.pages_on_call and kept.call_by is None
    assert kept.due_at == at + timedelta(hours=1)


@pytest.mark.parametrize("at", ["2026-11-24 10:00", "2026-11-24 03:00", "2026-11-26 12:00"])
def test_an_emergency_is_due_in_fifteen_minutes_at_any_hour(at: str) -> None:
    kept = promise(Level.EMERGENCY, here(at), WEEKDAYS, on_call=True)
    assert kept and kept.due_at == here(at) + timedelta(minutes=15)
    assert kept.pages_on_call is not kept.open_now


@pytest.mark.parametrize(
    ("at", "due", "why"),
    [
        ("2026-11-24 10:00", "2026-11-25 17:30", "tomorrow"),
        ("2026-11-24 23:00", "2026-11-25 17:30", "the next clinic day, also at night"),
        ("2026-11-25 10:00", "2026-11-27 17:30", "over a holiday"),
        ("2026-11-27 10:00", "2026-11-30 17:30", "over a weekend"),
        ("2026-11-24 00:10", "2026-11-25 17:30", "just after midnight the day has begun"),
    ],
)
def test_a_call_back_is_due_by_the_end_of_the_next_clinic_day(at: str, due: str, why: str) -> None:
    kept = promise(Level.CALL_BACK, here(at), WEEKDAYS, on_call=False)
    assert kept and kept.call_by == kept.due_at == here(due), why


def test_self_care_promises_nothing() -> None:
    assert promise(Level.SELF_CARE, here("2026-11-24 10:00"), WEEKDAYS, on_call=True) is None


@pytest.mark.parametrize(
    ("day", "clock", "utc", "why"),
    [
        (date(2026, 11, 24), "10:30", "2026-11-24T15:30", "winter"),
        (date(2026, 7, 1), "10:30", "2026-07-01T14:30", "summer"),
        (date(2026, 3, 8), "02:30", "2026-03-08T07:30", "skipped in spring: an hour on"),
        (date(2026, 11, 1), "01:30", "2026-11-01T05:30", "repeated in autumn: the first one"),
        (date(2028, 2, 29), "10:30", "2028-02-29T15:30", "a leap day"),
    ],
)
def test_local_times_survive_clock_changes(day: date, clock: str, utc: str, why: str) -> None:
    at = hours.at_local(NEW_YORK, day, clock)
    assert at == datetime.fromisoformat(utc).replace(tzinfo=UTC), why


@pytest.mark.parametrize(
    ("day", "nearest"),
    [
        (date(2026, 11, 24), date(2026, 11, 24)),
        (date(2026, 11, 28), date(2026, 11, 27)),
        (date(2026, 11, 29), date(2026, 11, 30)),
        (date(2026, 11, 26), date(2026, 11, 27)),
    ],
)
def test_the_nearest_open_day(day: date, nearest: date) -> None:
    assert hours.nearest_open_day(WEEKDAYS, day) == nearest


def test_a_lunch_break_is_closed() -> None:
    split = Hours(NEW_YORK, ((("08:30", "12:00"), ("13:00", "17:00")),) * 7)
    assert not hours.is_open(split, here("2026-11-24 12:30"))
    assert hours.next_opening(split, here("2026-11-24 12:30")) == here("2026-11-24 13:00")
    assert hours.closing(split, here("2026-11-24 12:30")) == here("2026-11-24 17:00")


def test_a_clinic_that_never_opens_can_promise_nothing() -> None:
    with pytest.raises(ValueError, match="no open day"):
        hours.next_opening(Hours(NEW_YORK, ((),) * 7), here("2026-11-24 12:00"))


ZONES = [NEW_YORK, "Europe/Madrid", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"]


@given(
    st.integers(0, 6 * 365 * 24 * 60),
    st.sampled_from(ZONES),
    st.sampled_from(list(Level)[1:]),
    st.booleans(),
)
def test_a_due_time_is_always_ahead_and_never_further_for_a_higher_level(
    minutes: int, zone: str, level: Level, on_call: bool
) -> None:
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    clinic_hours = Hours(zone, WEEKDAYS.week, WEEKDAYS.holidays)
    kept = promise(level, at, clinic_hours, on_call)
    assert kept and kept.due_at > at
    assert kept.call_by is None or hours.is_open(clinic_hours, kept.call_by - timedelta(minutes=1))
    if level is Level.EMERGENCY:
        urgent = promise(Level.URGENT, at, clinic_hours, on_call)
        assert urgent and kept.due_at <= urgent.due_at
