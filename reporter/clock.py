"""The only place that asks the time."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant in UTC, to the microsecond."""
    return datetime.now(UTC)


def stamp(at: datetime) -> str:
    """An instant as it is stored: UTC, fixed width, so that text order is time order."""
    if at.tzinfo is None:
        raise ValueError("An instant needs its zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def instant(stored: str) -> datetime:
    """The instant that `stamp` wrote."""
    return datetime.fromisoformat(stored)


def maybe_instant(stored: str | None) -> datetime | None:
    """As `instant`, for a column that may be empty."""
    return instant(stored) if stored else None


def maybe_stamp(at: datetime | None) -> str | None:
    """As `stamp`, for a column that may be empty."""
    return stamp(at) if at else None
