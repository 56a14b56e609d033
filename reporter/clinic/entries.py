"""One typed field at a time: its value, or one sentence that says how to mend it. Pure."""

import calendar
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from reporter.rules.symptoms import Named

# Invisible signs that hide or turn around what stands beside them: taken out of every entry.
# The joiners U+200C and U+200D stay, since names in Persian or Hindi need them.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_SLASHED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_YES = {"yes", "y", "true", "1", "x", "on", "si", "sí", "s"}
_NO = {"", "no", "n", "false", "0", "off", "none"}
_LANGUAGES = {
    "": "en",
    "en": "en",
    "english": "en",
    "ingles": "en",
    "es": "es",
    "spanish": "es",
    "espanol": "es",
    "castellano": "es",
}


class Fault(ValueError):
    """What is wrong with one entry, and how to mend it."""


def line(text: str, what: str, longest: int = 100) -> str:
    """One line of text as people see it. Raise Fault for line breaks and control signs."""
    shown = unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).replace("\t", " ").strip()
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} for sign in shown):
        raise Fault(f"{what} has a line break or a sign that cannot be shown. Type it again.")
    shown = re.sub(r"\s+", " ", shown)
    if len(shown) > longest:
        raise Fault(f"{what} is longer than {longest} letters. Shorten it.")
    return shown


def needed(text: str, what: str, longest: int = 100, hint: str = "") -> str:
    """As `line`, and not empty."""
    shown = line(text, what, longest)
    if not shown:
        raise Fault(f"{what} is missing. {hint or 'Write it.'}")
    return shown


def name(text: str, what: str) -> str:
    shown = needed(text, what, hint="Write the first and last name.")
    if not any(sign.isalpha() for sign in shown):
        raise Fault(f"{what} has no letters. Write the first and last name.")
    return shown


def day(text: str, what: str, *, day_first: bool = False, month_first: bool = False) -> date:
    """A date as 2026-11-20, or as 11/20/2026 or 20/11/2026 where it is clear which is meant."""
    shown = needed(text, what, 40, "Write it like 2026-11-20.")
    if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}([T ]00:00(:00)?)?", shown):
        year, month, number = map(int, re.split(r"[-T ]", shown)[:3])
        return _calendar_day(year, month, number, shown, what)
    parts = _SLASHED.fullmatch(shown)
    if not parts:
        raise Fault(f"{what} “{shown}” is not a date. Write it like 2026-11-20.")
    first, second, year = map(int, parts.groups())
    if day_first:
        return _calendar_day(year, second, first, shown, what)
    if first > 12 >= second:
        raise Fault(
            f"{what} “{shown}” stands day first. Say that dates are day first, or write it like "
            "2026-11-20."
        )
    if second <= 12 and first != second and not month_first:
        raise Fault(
            _two_readings(what, shown, date(year, first, second), date(year, second, first))
        )
    return _calendar_day(year, first, second, shown, what)


def _two_readings(what: str, shown: str, month_first: date, day_first: date) -> str:
    return (
        f"{what} “{shown}” can be read in two ways. Write {month_first} or {day_first}, "
        "or say that dates are day first."
    )


def _calendar_day(year: int, month: int, number: int, shown: str, what: str) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        raise Fault(f"{what} “{shown}” is not in the calendar. Check day and month.") from None


def month_order(texts: Iterable[str]) -> bool:
    """Whether the dates of a whole file prove that the month stands first in them."""
    parts = [found for text in texts if (found := _SLASHED.fullmatch(text.strip()))]
    day_seen = any(int(found[1]) > 12 for found in parts)
    month_seen = any(int(found[2]) > 12 for found in parts)
    return month_seen and not day_seen


def expiry(text: str, what: str, *, day_first: bool, month_first: bool) -> tuple[str, date]:
    """As on the vial's label, a month or a day, and the last day on which it may be used."""
    shown = needed(text, what, 40, "Copy it from the label, like 2027-05.")
    found = re.fullmatch(r"(\d{4})[-/](\d{1,2})|(\d{1,2})[-/](\d{4})", shown)
    if not found:
        last = day(shown, what, day_first=day_first, month_first=month_first)
        return last.isoformat(), last
    year, month = int(found[1] or found[4]), int(found[2] or found[3])
    first = _calendar_day(year, month, 1, shown, what)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return f"{first:%Y-%m}", last


def email(text: str, what: str) -> str:
    """An address that can be written to; whether anybody reads it is found out by writing."""
    shown = line(text, what, 320)
    if not shown:
        return ""
    try:
        found = validate_email(
            shown, check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError:
        raise Fault(
            f"{what} is not complete or mistyped. Write it like maria@example.org."
        ) from None
    return found.ascii_email or found.normalized


def mobile(text: str, what: str, region: str) -> str:
    """A number that can be dialled, as +13015550142."""
    shown = line(text, what, 40)
    if not shown:
        return ""
    try:
        number = phonenumbers.parse(shown, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise Fault(
            f"{what} cannot be dialled. Write a phone number, like 301 555 0142, "
            "or from another country like +52 55 5555 0142."
        )
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def yes_or_no(text: str, what: str) -> bool:
    shown = line(text, what, 40).casefold()
    if shown not in _YES | _NO:
        raise Fault(f"{what} must be yes or no.")
    return shown in _YES


def language(text: str, what: str) -> str:
    shown = line(text, what, 40).casefold()
    plain = "".join(s for s in unicodedata.normalize("NFKD", shown) if not unicodedata.combining(s))
    if plain not in _LANGUAGES:
        raise Fault(f"{what} must be en or es: we write in English and Spanish.")
    return _LANGUAGES[plain]


def as_id(text: str) -> str:
    """How people write an id: "Lateral canthal" and "lateral-canthal" are lateral_canthal."""
    return re.sub(r"[^\w]+", "_", re.sub(r"['’]", "", text.strip().casefold())).strip("_")


def known(
    text: str, those: Mapping[str, Named], cutoff: float = 0.6
) -> tuple[str | None, str | None]:
    """The id that was meant, else the nearest known one, else neither."""
    names = {as_id(name): key for key, thing in those.items() for name in _names(thing)}
    names |= {key: key for key in those}
    wanted = as_id(text)
    if wanted in names:
        return names[wanted], None
    near = get_close_matches(wanted, names, n=1, cutoff=cutoff)
    return None, names[near[0]] if near else None


def _names(thing: Named) -> Iterator[str]:
    """Both languages; what stands in brackets, like (crow's feet), is a name of its own."""
    for text in (thing.en, thing.es):
        yield text
        yield from re.findall(r"\(([^)]+)\)", text)
