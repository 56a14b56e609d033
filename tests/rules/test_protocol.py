"""The check-in protocol: five days, at most seven mails, none of them late."""

from itertools import pairwise

from reporter.rules import knowledge

PROTOCOL = knowledge.load().checkins


def test_the_days_and_hours_are_those_of_the_protocol() -> None:
    assert [checkin.day for checkin in PROTOCOL] == [1, 3, 7, 14, 28]
    assert {checkin.hour for checkin in PROTOCOL} == {"10:30"}


def test_only_days_1_and_3_are_exact() -> None:
    assert [checkin.day for checkin in PROTOCOL if checkin.exact] == [1, 3]


def test_only_days_3_and_7_are_reminded() -> None:
    reminded = {checkin.day: checkin.reminder_hour for checkin in PROTOCOL}
    assert reminded == {1: None, 3: "17:30", 7: "17:30", 14: None, 28: None}


def test_a_treatment_gets_at_most_seven_mails() -> None:
    reminders = [checkin for checkin in PROTOCOL if checkin.reminder_hour]
    assert len(PROTOCOL) + len(reminders) == 7


def test_each_window_ends_before_the_next_check_in() -> None:
    for first, second in pairwise(PROTOCOL):
        assert 0 < first.window_hours <= 24 * (second.day - first.day)


def test_each_day_has_its_wording_reason_and_source() -> None:
    assert [checkin.wording for checkin in PROTOCOL] == [f"day_{c.day}" for c in PROTOCOL]
    for checkin in PROTOCOL:
        assert checkin.because.endswith(".")
        assert checkin.source
