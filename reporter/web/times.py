"""Times in the reader's way, on the clinic's clock: `11:15 am`, `11:15 a. m.`. Pure."""

from datetime import date, datetime

from reporter.clinic.hours import local

DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "es": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto"),
        *("septiembre", "octubre", "noviembre", "diciembre"),
    ),
}
# A no-break space: a time that falls apart at a line's end is read wrongly.
HARD = "\u00a0"


def clock(at: datetime, zone: str, language: str) -> str:
    """`11:15 am` or `11:15 a. m.`"""
    there = local(zone, at)
    time = f"{there.hour % 12 or 12}:{there:%M}"
    half = "am" if there.hour < 12 else "pm"
    return f"{time}{HARD}{half}" if language == "en" else f"{time}{HARD}{half[0]}.{HARD}m."


def day(at: datetime, now: datetime, zone: str, language: str) -> str:
    """`today`, `tomorrow, Wednesday`, `on Monday`, `on Monday, Nov 30`; `hoy`, `el lunes` …"""
    there, today = local(zone, at).date(), local(zone, now).date()
    away, name = (there - today).days, DAYS[language][there.weekday()]
    if away == 0:
        return "today" if language == "en" else "hoy"
    if away == 1:
        return f"tomorrow, {name}" if language == "en" else f"mañana, {name}"
    if 1 < away < 7:
        return f"on {name}" if language == "en" else f"el {name}"
    return f"on {long_date(there, language)}" if language == "en" else long_date(there, language)


def long_date(there: date, language: str) -> str:
    """`Monday, Nov 30`, `el lunes 30 de noviembre`."""
    name, month = DAYS[language][there.weekday()], MONTHS[language][there.month - 1]
    if language == "en":
        return f"{name}, {month} {there.day}"
    return f"el {name} {there.day} de {month}"


def by(at: datetime, now: datetime, zone: str, language: str) -> str:
    """`by 11:15 am today`, `hoy antes de las 11:15 a. m.`"""
    when, time = day(at, now, zone, language), clock(at, zone, language)
    if language == "en":
        return f"by {time} {when}"
    comma = "," if "," in when else ""
    return f"{when}{comma} antes de {_article(time)} {time}"


def at(then: datetime, now: datetime, zone: str, language: str) -> str:
    """`at 10:40 am today`, `hoy a las 10:40 a. m.`, `at 2:05 pm on Monday, Nov 23`."""
    when, time = past_day(then, now, zone, language), clock(then, zone, language)
    if language == "en":
        return f"at {time} {when}"
    return f"{when} a {_article(time)} {time}"


def sent(then: datetime, now: datetime, zone: str, language: str) -> str:
    """`10:12 am`; `yesterday, 10:12 am` on a page that is opened again later."""
    time = clock(then, zone, language)
    if local(zone, then).date() == local(zone, now).date():
        return time
    return f"{past_day(then, now, zone, language)}, {time}"


def past_day(then: datetime, now: datetime, zone: str, language: str) -> str:
    """`today`, `yesterday`, `on Monday, Nov 23`; `hoy`, `ayer`, `el lunes 23 de noviembre`."""
    there, today = local(zone, then).date(), local(zone, now).date()
    if there == today:
        return "today" if language == "en" else "hoy"
    if (today - there).days == 1:
        return "yesterday" if language == "en" else "ayer"
    return f"on {long_date(there, language)}" if language == "en" else long_date(there, language)


def until(at: datetime, now: datetime, zone: str, language: str) -> str:
    """`until 8:30 am tomorrow, Wednesday`, `hasta mañana, miércoles, a las 8:30 a. m.`"""
    when, time = day(at, now, zone, language), clock(at, zone, language)
    if language == "en":
        return f"until {time} {when}"
    comma = "," if "," in when else ""
    return f"hasta {when}{comma} a {_article(time)} {time}"


def opening(at: datetime, now: datetime, zone: str, language: str) -> str:
    """`on Monday at 8:30 am`, `tomorrow, Wednesday, at 8:30 am`, `el lunes a las 8:30 a. m.`"""
    when, time = day(at, now, zone, language), clock(at, zone, language)
    before = f"a {_article(time)}" if language == "es" else "at"
    return f"{when}{',' if ',' in when else ''} {before} {time}"


def today_until(at: datetime, zone: str, language: str) -> str:
    """`today until 5:30 pm`, `hoy hasta las 5:30 p. m.`"""
    time = clock(at, zone, language)
    if language == "en":
        return f"today until {time}"
    return f"hoy hasta {_article(time)} {time}"


def _article(time: str) -> str:
    return "la" if time.startswith("1:") else "las"


def since(days: int, language: str) -> str:
    """How long ago, as one says it to an emergency operator: `today`, `4 days ago`."""
    if days == 0:
        return "today" if language == "en" else "hoy"
    if language == "en":
        return "yesterday" if days == 1 else f"{days} days ago"
    return "ayer" if days == 1 else f"hace {days} días"
