"""A date of birth in three boxes, in the reader's order: no calendar to scroll back sixty years."""

from collections.abc import Mapping
from datetime import date, datetime

OLDEST = 120
PARTS = ("day", "month", "year")


def order(language: str) -> tuple[str, ...]:
    """Which box comes first: month in English here, day in Spanish."""
    return ("month", "day", "year") if language == "en" else PARTS


def is_empty(form: Mapping[str, str]) -> bool:
    return not any(form.get(part, "").strip() for part in PARTS)


def typed(form: Mapping[str, str], now: datetime) -> date | None:
    """The date in the boxes, or None when they hold none on which a patient may be born."""
    day, month, year = (_number(form.get(part, "")) for part in PARTS)
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if now.year - OLDEST <= year and found <= now.date() else None


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
