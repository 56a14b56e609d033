"""A date of birth in three boxes, in the reader's order: no calendar to scroll back sixty years.

Whatever can mean one date only is taken: `3/5/82` in the first box, `marzo` for a month, a day and
a month in each other's box. What can mean two is read in the order that the page shows.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

OLDEST = 120
YOUNGEST = 12  # with two digits of the year: who is younger writes all four
PARTS = ("day", "month", "year")
MONTHS = (
    "january enero", "february febrero", "march marzo", "april abril", "may mayo", "june junio",
    "july julio", "august agosto", "september septiembre setiembre", "october octubre",
    "november noviembre", "december diciembre",
)  # fmt: skip
FILLERS = frozenset({"de", "del", "of", "the", "el", "st", "nd", "rd", "th", "o", "a"})
Reading = tuple[str, int, int]
"""The year as it was written, month and day."""


def order(language: str) -> tuple[str, ...]:
    """Which box comes first: month in English here, day in Spanish."""
    return ("month", "day", "year") if language == "en" else PARTS


def is_empty(form: Mapping[str, str]) -> bool:
    return not any(form.get(part, "").strip() for part in PARTS)


def typed(
    form: Mapping[str, str], now: datetime, language: str = "en", *, birth: bool = True
) -> date | None:
    """The date in the boxes, or None when they hold none that has been; of a `birth`, a year of
    two digits is that of somebody grown up."""
    words = [word for part in order(language) for word in _words(form.get(part, ""))]
    for written, month, day in _readings(words, day_first=order(language)[0] == "day"):
        year = _year(written, now.year - (YOUNGEST if birth else 0))
        found = _date(year, month, day)
        if found and now.year - OLDEST <= year and found <= now.date():
            return found
    return None


def _words(text: str) -> list[str]:
    """Numbers and names, without accents, signs and what only stands between them."""
    plain = unicodedata.normalize("NFD", text[:40]).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"^\s*(\d{1,2})(\d\d)(\d{4}|\d\d)\s*$", r"\1 \2 \3", plain)
    return [one for one in re.findall(r"[a-z]+|\d+", plain) if one not in FILLERS]


def _readings(words: Sequence[str], *, day_first: bool) -> Iterator[Reading]:
    """What these three may mean, the likeliest first."""
    months = [named for word in words if (named := _named(word))]
    numbers = [word for word in words if word.isdigit() and len(word) <= 4]
    if len(words) != 3 or len(months) + len(numbers) != 3 or len(months) > 1:
        return
    if months:
        yield numbers[1], months[0], int(numbers[0])
        yield numbers[0], months[0], int(numbers[1])
        return
    one, two, three = numbers
    if len(one) == 4:
        yield one, int(two), int(three)
        return
    day, month = (one, two) if day_first else (two, one)
    yield three, int(month), int(day)
    yield three, int(day), int(month)


def _named(word: str) -> int:
    """The month that begins so, in either language; 0 for none."""
    if len(word) < 3 or not word.isalpha():
        return 0
    found = {
        at
        for at, names in enumerate(MONTHS, start=1)
        if any(name.startswith(word) for name in names.split())
    }
    return found.pop() if len(found) == 1 else 0


def _year(written: str, latest: int) -> int:
    """As it was written; of two digits the latest year that can be meant."""
    year = int(written)
    return latest - (latest - year) % 100 if len(written) == 2 else year


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
