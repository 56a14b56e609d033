"""Minutes that count only while the clinic is open: nobody is written to at midnight. Pure."""

from datetime import datetime, timedelta

from reporter.clinic.hours import MINUTE, Hours, is_open, next_opening, span_at


def later(hours: Hours, at: datetime, minutes: int) -> datetime:
    """So many minutes of opening hours after an instant. Closing time itself still counts."""
    now, left = _when_there(hours, at), timedelta(minutes=minutes)
    while left:
        span = span_at(hours, now)
        if span is None:
            now = next_opening(hours, now)
            continue
        step = min(left, span[1] - now)
        now, left = now + step, left - step
    return now


def _when_there(hours: Hours, at: datetime) -> datetime:
    """This instant, when somebody is at the clinic then, or when it opens next."""
    if is_open(hours, at) or is_open(hours, at - MINUTE):
        return at
    return next_opening(hours, at)
