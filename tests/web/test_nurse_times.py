"""Times in the words of the desk."""

from datetime import UTC, date, datetime, timedelta

import pytest

from reporter.web import clock_words
from tests.conftest import NOW

ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("left", "text", "late"),
    [
        (timedelta(minutes=52, seconds=59), "52 min left", False),
        (timedelta(0), "0 min left", False),
        (timedelta(seconds=-1), "0 min late", True),
        (timedelta(minutes=-4), "4 min late", True),
        (timedelta(minutes=-60), "1 h late", True),
        (timedelta(minutes=-95), "1 h 35 min late", True),
        (timedelta(days=-1), "1 day late", True),
        (timedelta(days=-40), "40 days late", True),
        (timedelta(minutes=119), "1 h 59 min left", False),
        (timedelta(minutes=120), "today 12:12 pm", False),
        (timedelta(hours=7, minutes=18), "today 5:30 pm", False),
        (timedelta(hours=31, minutes=18), "Wed 5:30 pm", False),
        (timedelta(days=6), "Mon 10:12 am", False),
        (timedelta(days=7), "Tue Dec 1, 10:12 am", False),
        (timedelta(days=60), "Sat Jan 23 2027, 10:12 am", False),
    ],
)
def test_what_is_left(left: timedelta, text: str, late: bool) -> None:
    due = clock_words.due(NOW + left, NOW, ZONE)
    assert (due.text, due.late) == (text, late)


def test_the_day_turns_at_the_clinics_midnight_not_in_utc() -> None:
    evening = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # 9 pm on the 24th in New York
    assert clock_words.moment(evening, NOW, ZONE) == "today 9:00 pm"
    assert clock_words.moment(evening, NOW, "Europe/Madrid") == "Wed 3:00 am"


def test_noon_and_midnight() -> None:
    assert clock_words.clock(datetime(2026, 11, 24, 0, 5)) == "12:05 am"  # noqa: DTZ001
    assert clock_words.clock(datetime(2026, 11, 24, 12, 0)) == "12:00 pm"  # noqa: DTZ001


def test_a_span_that_holds_the_change_of_clocks_is_counted_as_it_passes() -> None:
    before = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 1:30 am, an hour before it comes again
    assert clock_words.due(before + timedelta(minutes=90), before, ZONE).text == "1 h 30 min left"


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (timedelta(minutes=63), "11:15 am today"),
        (timedelta(days=-1), "10:12 am yesterday"),
        (timedelta(days=1), "10:12 am on Wed Nov 25"),
        (timedelta(days=400), "10:12 am on Wed Dec 29 2027"),
    ],
)
def test_inside_a_sentence(ahead: timedelta, text: str) -> None:
    assert clock_words.by(NOW + ahead, NOW, ZONE) == text


def test_a_day_reads_the_same_everywhere() -> None:
    assert clock_words.day(date(1968, 3, 2)) == "Mar 2, 1968"
