"""Dates, times and names the way the reader writes them. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import groupby

from babel import Locale
from babel.dates import format_date

LONGEST_NAME = 60
# So that a subject with a name stays one line of 78 signs.
LONGEST_FIRST = 30
MAKES_A_LINK, DOT_INSIDE = re.compile(r"[@/\\]+"), re.compile(r"(?<=\w)\.(?=\w)")
WORD, LATIN = re.compile(r"[^\W\d_]+"), re.compile(r"[A-Za-z]")
# Cyrillic and Greek letters that look exactly like Latin ones (UTS #39).
LOOKALIKES = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧον",
        "ABESIJKMHOPCTYXaesijopcyxdqwABEZHIKMNOPTYXov",
        strict=True,
    )
)
_DAY = {"en": "EEEE, MMM d", "es": "EEEE d 'de' MMMM"}
_SHORT_DAY = {"en": "MMM d", "es": "d 'de' MMMM"}
_HALVES = {"en": ("am", "pm"), "es": ("a.\u00a0m.", "p.\u00a0m.")}

Week = Sequence[Sequence[tuple[str, str]]]


def one_line(text: str, longest: int = 300) -> str:
    """`text` without line breaks, control signs and the marks that turn the reading direction.

    A name from a form must neither end a header nor make one look like another.
    """
    kept = "".join(" " if _breaks(sign) else sign for sign in text if not _turns(sign))
    return " ".join(kept.split())[:longest]


def _breaks(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}


def _turns(sign: str) -> bool:
    return unicodedata.category(sign) == "Cf"


def name(text: str) -> str:
    """A clinic's name, fit for a header."""
    return one_line(_harmless(text), LONGEST_NAME)


def first(text: str) -> str:
    """A first name, for a subject and a greeting."""
    return one_line(_harmless(text), LONGEST_FIRST)


def _harmless(text: str) -> str:
    """No address that a mail program would make a link of, and no letter that imitates another."""
    shown = MAKES_A_LINK.sub(" ", unicodedata.normalize("NFC", text))
    return WORD.sub(lambda word: _one_alphabet(word.group()), DOT_INSIDE.sub(". ", shown))


def _one_alphabet(word: str) -> str:
    """A Latin word has Latin letters only; one in another alphabet stays as it is."""
    return "".join(LOOKALIKES.get(sign, sign) for sign in word) if LATIN.search(word) else word


def dialled(number: str) -> str:
    """A telephone number as a tel: link takes it."""
    return "".join(sign for sign in number if sign.isdecimal() or sign == "+")


def day(day: date, language: str) -> str:
    """Friday, Nov 20 · viernes 20 de noviembre"""
    return format_date(day, _DAY[language], locale=language)


def short_day(day: date, language: str) -> str:
    """Jan 20 · 20 de enero"""
    return format_date(day, _SHORT_DAY[language], locale=language)


def clock(at: datetime | time, language: str) -> str:
    """10:12 am · 10:12 a. m."""
    return f"{at.hour % 12 or 12}:{at.minute:02d}\u00a0{_HALVES[language][at.hour >= 12]}"


def oclock(at: datetime, language: str) -> str:
    """As `clock`, with the article that Spanish wants: 1:15 pm · la 1:15 p. m."""
    article = {1: "la "}.get(at.hour % 12, "las ") if language == "es" else ""
    return article + clock(at, language)


def hours(week: Week, language: str) -> str:
    """Opening hours in one line, days with the same hours together: Mon–Fri 8:30 am–5:30 pm"""
    return "; ".join(_spells(week, language))


def _spells(week: Week, language: str) -> Iterator[str]:
    names = Locale.parse(language).days["stand-alone"]["abbreviated"]
    for spans, found in groupby(range(7), key=lambda number: tuple(week[number])):
        numbers = list(found)
        if not spans:
            continue
        days = names[numbers[0]].rstrip(".")
        if len(numbers) > 1:
            days += f"–{names[numbers[-1]].rstrip('.')}"
        yield f"{days} " + ", ".join(_span(opens, closes, language) for opens, closes in spans)


def _span(opens: str, closes: str, language: str) -> str:
    first, last = time.fromisoformat(opens), time.fromisoformat(closes)
    return f"{clock(first, language)}–{clock(last, language)}"
