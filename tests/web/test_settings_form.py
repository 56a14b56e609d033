"""Opening hours as people type them."""

import pytest

from reporter.web.settings_form import spans


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", []),
        ("Closed", []),
        ("08:30-17:30", ["08:30-17:30"]),
        ("8:30-12 13-17.30", ["08:30-12:00", "13:00-17:30"]),
        ("9 am to 12 pm and 1 p.m. – 5 PM", ["09:00-12:00", "13:00-17:00"]),
        ("12am-1am", ["00:00-01:00"]),
        ("8:30 till 5", ["8:30 till 5"]),
        ("99:99-100:00", ["99:99-100:00"]),
    ],
)
def test_spans_are_read_as_people_write_them(typed: str, kept: list[str]) -> None:
    assert spans(typed) == kept
